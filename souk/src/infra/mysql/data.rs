//! The data folder of a private server, copied from a template that is made once for each server version.

use std::{
    fs, io,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use anyhow::{Context as _, anyhow, bail};

use super::find::{Binaries, Flavour};
use crate::home::{make_private, unfinished};

/// Makes `data` when it is not there. A copy of the template takes 0.1 s, an installation 3 to 8 s.
///
/// # Errors
/// When the installation fails (its last lines are told) or the disk refuses.
pub fn prepare_data(binaries: &Binaries, data: &Path, cache: &Path) -> anyhow::Result<()> {
    if data.exists() {
        return Ok(());
    }
    let template = template(binaries, cache)?;
    // Copied beside and renamed, so that a start that was cut short leaves no half data folder.
    let beside = data.with_extension("new");
    remove_if_there(&beside)?;
    copy_tree(&template, &beside).context("the database's template cannot be copied")?;
    fs::rename(&beside, data)?;
    Ok(())
}

fn template(binaries: &Binaries, cache: &Path) -> anyhow::Result<PathBuf> {
    let version: String =
        binaries.version.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect();
    let template = cache.join(format!("mysql-{version}"));
    if template.exists() {
        return Ok(template);
    }
    make_private(cache)?;
    let fresh = unfinished(cache, "mysql");
    remove_if_there(&fresh)?;
    make_private(&fresh)?;
    let data = fresh.join("data");
    install(binaries, &data)?;
    // Each server makes an identity of its own at its first start.
    remove_if_there(&data.join("auto.cnf"))?;
    match fs::rename(&data, &template) {
        Ok(()) => {}
        // Another launcher was quicker; its template is as good.
        Err(_) if template.exists() => {}
        Err(error) => return Err(error).context("the database's template cannot be put into the cache"),
    }
    remove_if_there(&fresh)?;
    Ok(template)
}

/// The installer is a shell script that loses its way in a path with blanks: it gets there by a link without.
fn install(binaries: &Binaries, target: &Path) -> anyhow::Result<()> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+".contains(c);
    if target.to_string_lossy().chars().all(plain) {
        return run_installer(binaries, target);
    }
    let (folder, name) = target.parent().zip(target.file_name()).context("the database's folder has no name")?;
    let link = std::env::temp_dir().join(format!("souk-{}", uuid::Uuid::new_v4().simple()));
    symlink(folder, &link)?;
    let installed = run_installer(binaries, &link.join(name));
    let _ = fs::remove_file(&link);
    installed
}

fn run_installer(binaries: &Binaries, target: &Path) -> anyhow::Result<()> {
    let mut command = match (binaries.flavour, &binaries.installer) {
        (Flavour::MariaDb, Some(installer)) => {
            let mut command = Command::new(installer);
            command.args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"]);
            command
        }
        (Flavour::MariaDb, None) => bail!("mariadb-install-db is missing: run `make setup`"),
        (Flavour::MySql, _) => {
            let mut command = Command::new(&binaries.server);
            command.args(["--no-defaults", "--initialize-insecure", "--secure-file-priv=NULL"]);
            command
        }
    };
    if let Some(root) = &binaries.unpacked {
        command.arg(format!("--basedir={}", root.join("usr").display()));
    }
    if rustix::process::geteuid().is_root() {
        command.arg("--user=root");
    }
    let scratch = target.with_file_name("tmp");
    make_private(&scratch)?;
    let output = command
        .arg(format!("--datadir={}", target.display()))
        .envs(binaries.environment())
        // A folder of its own: MariaDB deletes what looks like its own temporary tables when it starts, and with it
        // those of every server that shares the folder.
        .env("TMPDIR", &scratch)
        .output()
        .context("the database's installer cannot be started")?;
    if !output.status.success() {
        return Err(anyhow!("the database cannot be installed ({}):\n{}", output.status, last_lines(&output)));
    }
    Ok(())
}

fn last_lines(output: &Output) -> String {
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}

fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    make_private(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
