//! Apache Kafka as a private server: jars from Maven Central, one broker that is its own controller (KRaft).

use std::{
    env, fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, bail};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::Uuid;

use crate::home::{make_private, unfinished};

pub const JAVA_MISSING: &str = "java was not found: apt-get install openjdk-17-jre-headless";
pub const MAVEN_MISSING: &str = "mvn was not found: apt-get install maven";
/// As the pom says.
const VERSION: &str = "3.9.1";
const POM: &str = include_str!("../../../kafka/pom.xml");
const PROPERTIES: &str = include_str!("../../../kafka/server.properties");
const LOGGING: &str = include_str!("../../../kafka/log4j.properties");
/// Small and quick to start; a shop of one machine needs no more.
const JAVA_OPTIONS: [&str; 6] = [
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Xshare:auto",
    "-Djava.net.preferIPv4Stack=true",
    "-Xms128m",
    "-Xmx384m",
];

/// A broker whose files are in place, ready to be started.
#[derive(Debug, Clone)]
pub struct Apache {
    java: PathBuf,
    jars: PathBuf,
    folder: PathBuf,
    pub address: SocketAddr,
}

impl Apache {
    /// Fetches the jars (once for each version) and formats the data folder (once). Blocks for as long.
    ///
    /// # Errors
    /// When Java or Maven is missing or fails.
    pub fn prepare(folder: &Path, cache: &Path, address: SocketAddr, controller: SocketAddr) -> anyhow::Result<Self> {
        let java = find_program("java").context(JAVA_MISSING)?;
        let jars = jars(cache)?;
        make_private(folder)?;
        let apache = Self { java, jars, folder: folder.to_owned(), address };
        fs::write(apache.properties(), filled_in(&apache.data(), address, controller))?;
        fs::write(apache.logging(), LOGGING)?;
        if !apache.data().join("meta.properties").exists() {
            apache.format()?;
        }
        Ok(apache)
    }

    /// Program and arguments of the broker.
    pub fn command(&self) -> Vec<String> {
        let mut command = vec![self.java.display().to_string()];
        command.extend(self.java_arguments());
        command.extend(["kafka.Kafka".to_owned(), self.properties().display().to_string()]);
        command
    }

    fn format(&self) -> anyhow::Result<()> {
        let cluster = cluster_id(Uuid::new_v4());
        let output = Command::new(&self.java)
            .args(self.java_arguments())
            .args(["kafka.tools.StorageTool", "format", "--cluster-id", &cluster, "--config"])
            .arg(self.properties())
            .output()
            .context(JAVA_MISSING)?;
        if !output.status.success() {
            let told = String::from_utf8_lossy(&output.stderr);
            bail!("Apache Kafka cannot format {}: {}", self.data().display(), told.trim());
        }
        Ok(())
    }

    fn java_arguments(&self) -> Vec<String> {
        let mut arguments = vec!["-cp".to_owned(), format!("{}/*", self.jars.display())];
        arguments.extend(JAVA_OPTIONS.map(str::to_owned));
        arguments.push(format!("-Dlog4j.configuration=file:{}", self.logging().display()));
        arguments
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn properties(&self) -> PathBuf {
        self.folder.join("server.properties")
    }

    fn logging(&self) -> PathBuf {
        self.folder.join("log4j.properties")
    }
}

/// An id as Kafka writes them. None begins with a dash, which the storage tool reads as the next option: every id that is
/// made of a random UUID would once in 64 times.
fn cluster_id(random: Uuid) -> String {
    let mut bytes = random.into_bytes();
    bytes[0] &= 0x7f;
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A program of `PATH`.
pub fn find_program(name: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(name)).find(|path| path.is_file())
}

fn filled_in(data: &Path, address: SocketAddr, controller: SocketAddr) -> String {
    PROPERTIES
        .replace("@PORT@", &address.port().to_string())
        .replace("@CONTROLLER_PORT@", &controller.port().to_string())
        .replace("@DATA@", &data.display().to_string())
}

fn jars(cache: &Path) -> anyhow::Result<PathBuf> {
    let jars = cache.join(format!("kafka-{VERSION}"));
    if jars.exists() {
        return Ok(jars);
    }
    let maven = find_program("mvn").context(MAVEN_MISSING)?;
    let fresh = unfinished(cache, "kafka");
    make_private(&fresh)?;
    fs::write(fresh.join("pom.xml"), POM)?;
    let output = Command::new(maven)
        .args(["-q", "-B", "-f"])
        .arg(fresh.join("pom.xml"))
        .args(["dependency:copy-dependencies", "-DincludeScope=runtime"])
        .arg(format!("-DoutputDirectory={}", fresh.display()))
        .output()
        .context(MAVEN_MISSING)?;
    if !output.status.success() {
        fs::remove_dir_all(&fresh)?;
        let told = String::from_utf8_lossy(&output.stdout).lines().take(10).collect::<Vec<_>>().join("\n");
        bail!("Maven cannot fetch Apache Kafka; is the network there? It says:\n{told}");
    }
    match fs::rename(&fresh, &jars) {
        Ok(()) => {}
        // Another launcher was quicker.
        Err(_) if jars.exists() => fs::remove_dir_all(&fresh)?,
        Err(error) => return Err(error.into()),
    }
    Ok(jars)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cluster_id_reads_as_an_option() {
        for first in 0..=u8::MAX {
            let mut bytes = [7; 16];
            bytes[0] = first;
            let id = cluster_id(Uuid::from_bytes(bytes));
            assert!(id.starts_with(|letter: char| letter.is_ascii_alphabetic()), "{id}");
            assert_eq!(id.len(), 22);
        }
    }

    #[test]
    fn the_servers_properties_leave_no_placeholder() {
        let address = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let text = filled_in(Path::new("/data"), address(9092), address(9093));
        assert!(!text.lines().any(|line| !line.starts_with('#') && line.contains('@') && !line.contains("1@127")));
        assert!(POM.contains(&format!("<version>{VERSION}</version>")));
        assert!(text.contains("voters=1@127.0.0.1:9093") && text.contains("log.dirs=/data"));
    }
}
