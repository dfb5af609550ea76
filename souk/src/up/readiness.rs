//! Waiting until a part is up.

use std::{net::SocketAddr, path::Path, time::Duration};

use souk_process::ready;
use tokio::time::{Instant, sleep};

use super::part::{Listening, Part, Readiness};
use crate::infra::{kafka, mysql};

const POLL: Duration = Duration::from_millis(25);

/// Resolves when the part serves.
///
/// # Errors
/// Why it does not, as far as it can be seen from outside, when its patience is over.
pub async fn wait(part: &Part, http: &reqwest::Client) -> Result<Listening, String> {
    let result = match &part.readiness {
        Readiness::Announced(file) => return announced(file, part.patience, http).await,
        Readiness::Mysql(url) => mysql::wait_until_up(url, part.patience).await,
        Readiness::Kafka(brokers) => kafka::make_topics(brokers, part.patience).await,
    };
    result.map(|()| Listening::default()).map_err(|error| format!("{error:#}"))
}

async fn announced(file: &Path, patience: Duration, http: &reqwest::Client) -> Result<Listening, String> {
    let deadline = Instant::now() + patience;
    let addresses = loop {
        if let Some(addresses) = ready::read(file) {
            break addresses;
        }
        if Instant::now() > deadline {
            return Err(format!("it did not tell its address within {} s", patience.as_secs()));
        }
        sleep(POLL).await;
    };
    let main = addresses.get("http").copied();
    let Some(health) = addresses.get("admin").copied().or(main) else {
        return Err("its ready file names no address".to_owned());
    };
    loop {
        let report = ask(health, http).await;
        match report {
            Ok(()) => return Ok(Listening { http: main }),
            Err(reason) if Instant::now() > deadline => {
                return Err(format!("it was not ready within {} s: {reason}", patience.as_secs()));
            }
            Err(_) => sleep(POLL).await,
        }
    }
}

async fn ask(address: SocketAddr, http: &reqwest::Client) -> Result<(), String> {
    let url = format!("http://{address}/health/ready");
    let answer = http.get(url).timeout(Duration::from_secs(2)).send().await.map_err(|error| error.to_string())?;
    if answer.status().is_success() {
        return Ok(());
    }
    Err(answer.text().await.unwrap_or_default())
}
