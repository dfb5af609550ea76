//! `souk schema [--check]`: the committed interfaces, written anew or compared.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context as _;

use super::say;
use crate::schema::{self, Documents};

#[derive(Debug, clap::Args)]
pub struct Options {
    /// Compare only; status 1 when the files differ from the code
    #[arg(long)]
    check: bool,
    /// The folder
    #[arg(long, value_name = "DIR", default_value = "schema")]
    dir: PathBuf,
}

/// # Errors
/// When the subgraphs do not compose or the folder cannot be written.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let documents = schema::documents()?;
    let stale = stale(&options.dir, &documents)?;
    if options.check {
        let mut differences: Vec<String> =
            documents.iter().filter_map(|(path, text)| difference(&options.dir.join(path), text)).collect();
        differences.extend(stale.iter().map(|path| format!("{}: the code knows no such file", path.display())));
        if differences.is_empty() {
            say(&format!("{} says what the code says", options.dir.display()));
            return Ok(ExitCode::SUCCESS);
        }
        for difference in &differences {
            say(difference);
        }
        say("run `souk schema` and commit the result");
        return Ok(ExitCode::FAILURE);
    }
    for (path, text) in &documents {
        write_if_changed(&options.dir.join(path), text)?;
    }
    for path in stale {
        fs::remove_file(&path)?;
        say(&format!("{} removed", path.display()));
    }
    say(&format!("{} files in {}", documents.len(), options.dir.display()));
    Ok(ExitCode::SUCCESS)
}

/// One line for a file that is not as the code says: its first difference.
fn difference(path: &Path, wanted: &str) -> Option<String> {
    let Ok(found) = fs::read_to_string(path) else { return Some(format!("{}: missing", path.display())) };
    if found == wanted {
        return None;
    }
    let mut lines = (1..).zip(found.lines().zip(wanted.lines()));
    let place = lines.find(|(_, (found, wanted))| found != wanted);
    Some(match place {
        Some((line, (found, wanted))) => {
            format!("{}:{line}: committed `{}`, the code says `{}`", path.display(), found.trim(), wanted.trim())
        }
        None => {
            let (found, wanted) = (found.lines().count(), wanted.lines().count());
            format!("{}: committed {found} lines, the code says {wanted}", path.display())
        }
    })
}

fn write_if_changed(path: &Path, text: &str) -> anyhow::Result<()> {
    if fs::read_to_string(path).is_ok_and(|found| found == text) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))?;
    say(&format!("{} written", path.display()));
    Ok(())
}

/// Files of the kinds that we write which nothing writes any more.
fn stale(dir: &Path, documents: &Documents) -> anyhow::Result<Vec<PathBuf>> {
    let mut stale = Vec::new();
    for (folder, extension) in [(dir.to_owned(), "graphql"), (dir.join("events"), "json")] {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry?.path();
            let ours = path.strip_prefix(dir).is_ok_and(|path| documents.contains_key(path));
            if !ours && path.extension().is_some_and(|found| found == extension) {
                stale.push(path);
            }
        }
    }
    Ok(stale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_told_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.graphql");
        assert!(difference(&path, "x").unwrap().ends_with("missing"));
        fs::write(&path, "one\ntwo\n").unwrap();
        assert_eq!(difference(&path, "one\ntwo\n"), None);
        assert!(difference(&path, "one\n 2\n").unwrap().ends_with(":2: committed `two`, the code says `2`"));
        assert!(difference(&path, "one\ntwo\nthree\n").unwrap().contains("committed 2 lines, the code says 3"));
    }
}
