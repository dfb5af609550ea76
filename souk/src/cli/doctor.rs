//! `souk doctor`: what this machine has, what it lacks, and what to do about it.

use std::{
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use super::say;
use crate::infra::{
    kafka::{JAVA_MISSING, MAVEN_MISSING, find_program},
    limits, mysql,
    ports::check_free,
};

/// Below this, some thousand subscribers do not fit.
const ENOUGH_FILES: u64 = 16_384;

#[derive(Debug, clap::Args)]
pub struct Options {
    /// The shop's data folder
    #[arg(long, value_name = "DIR", default_value = ".souk")]
    data: PathBuf,
}

/// One line of the report.
enum Finding {
    Fine(String),
    /// Something that only some uses need.
    Optional(String),
    Missing(String),
}

/// Prints a line a check; failure when something is missing that every shop needs.
pub fn run(options: &Options) -> ExitCode {
    let findings = [
        ("MySQL", database(&options.data)),
        ("Java", optional("java", "for --kafka apache", JAVA_MISSING)),
        ("Maven", optional("mvn", "for --kafka apache", MAVEN_MISSING)),
        ("Node", node()),
        ("ports", ports()),
        ("disk", disk(&options.data)),
        ("open files", files()),
    ];
    let mut whole = true;
    for (what, finding) in findings {
        let (mark, text) = match finding {
            Finding::Fine(text) => ("ok      ", text),
            Finding::Optional(text) => ("optional", text),
            Finding::Missing(text) => {
                whole = false;
                ("MISSING ", text)
            }
        };
        say(&format!("{mark}  {what:<11} {text}"));
    }
    if whole { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn database(data: &Path) -> Finding {
    if std::env::var("SOUK_MYSQL_URL").is_ok_and(|url| !url.is_empty()) {
        return Finding::Fine("given by SOUK_MYSQL_URL".to_owned());
    }
    match mysql::find(&[data.join("tools"), PathBuf::from(".souk/tools")]) {
        Some(found) => Finding::Fine(format!("{} ({})", found.server.display(), found.version)),
        None => Finding::Missing(mysql::MISSING.to_owned()),
    }
}

fn optional(program: &str, purpose: &str, missing: &str) -> Finding {
    match find_program(program) {
        Some(path) => Finding::Fine(format!("{} ({purpose})", path.display())),
        None => Finding::Optional(format!("{missing} ({purpose})")),
    }
}

fn node() -> Finding {
    let purpose = "for `make setup` to bundle GraphiQL; without it the page comes from a public CDN";
    let version = Command::new("node").arg("--version").output().ok();
    let version = version.and_then(|output| String::from_utf8(output.stdout).ok()).unwrap_or_default();
    let major = version.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    match major {
        Some(20..) => Finding::Fine(format!("{} ({purpose})", version.trim())),
        Some(_) => Finding::Optional(format!("{} is older than 20 ({purpose})", version.trim())),
        None => Finding::Optional(format!("node was not found: install Node 20 or newer ({purpose})")),
    }
}

fn ports() -> Finding {
    match check_free(&[("discovery", 8761), ("router", 4000), ("the router's admin listener", 4001)]) {
        Ok(()) => Finding::Fine("8761, 4000 and 4001 are free".to_owned()),
        Err(used) => Finding::Optional(used.to_string()),
    }
}

fn disk(data: &Path) -> Finding {
    let there = if data.exists() { data } else { Path::new(".") };
    match limits::check_disk(there).and_then(|()| limits::free_disk_mb(there)) {
        Ok(free) => Finding::Fine(format!("{free} MB free")),
        Err(error) => Finding::Missing(error.to_string()),
    }
}

fn files() -> Finding {
    match limits::raise_file_limit() {
        limit @ ENOUGH_FILES.. => Finding::Fine(format!("up to {limit}")),
        limit => Finding::Optional(format!("only {limit}: `ulimit -n 65536` lets more subscribers in")),
    }
}
