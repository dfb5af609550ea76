//! `souk verify`: does the shop hold what it promises?

use std::{collections::BTreeMap, path::PathBuf, process::ExitCode, time::Duration};

use anyhow::{Context as _, bail};
use secrecy::SecretString;
use souk_process::Shutdown;
use url::Url;

use super::say;
use crate::{
    home::Home,
    infra::kafka::KafkaKind,
    trust::Secrets,
    up::ShopFile,
    verify::{self, Events, Limits, Pace, Provider, Report, Sources},
};

#[derive(Debug, clap::Args)]
pub struct Options {
    /// The running shop's data folder; what is named below is asked instead
    #[arg(long, value_name = "DIR", default_value = ".souk")]
    data: PathBuf,
    /// A service's database
    #[arg(long, value_name = "SERVICE=URL", env = "SOUK_VERIFY_MYSQL", hide_env_values = true, value_delimiter = ',')]
    mysql: Vec<String>,
    /// Brokers whose topics hold what was emitted; without one, the outboxes are read
    #[arg(long, value_name = "HOST:PORT", env = "SOUK_KAFKA_BROKERS")]
    kafka: Option<String>,
    /// The payment provider; its key is SOUK_PROVIDER_API_KEY
    #[arg(long, value_name = "URL", env = "SOUK_PROVIDER_URL")]
    provider: Option<Url>,
    /// What clients saw, one JSON object a line (docs/OPERATIONS.md)
    #[arg(long, value_name = "FILE")]
    seen: Option<PathBuf>,
    /// How long the shop may take to come to rest
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    wait: u64,
    /// Check what must hold at every moment, again and again, until --for is over or Ctrl-C
    #[arg(long, conflicts_with = "seen")]
    watch: bool,
    /// How long to watch
    #[arg(long = "for", value_name = "SECONDS", requires = "watch")]
    length: Option<u64>,
    /// Between two looks of a watch
    #[arg(long, value_name = "MS", default_value_t = 1_000, requires = "watch")]
    every: u64,
    /// Print the report as one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    limits: LimitOptions,
}

/// As the services of this shop were given them.
#[derive(Debug, clap::Args)]
struct LimitOptions {
    #[arg(long, value_name = "MS", env = "SOUK_SWEEP_MS", default_value_t = 1_000, hide = true)]
    sweep: u64,
    #[arg(long, value_name = "MS", env = "SOUK_ORDERS_GIVE_UP_MS", default_value_t = 1_800_000, hide = true)]
    give_up: u64,
    #[arg(long, value_name = "MS", env = "SOUK_ORDERS_PAYMENT_WINDOW_MS", default_value_t = 600_000, hide = true)]
    payment_window: u64,
    #[arg(long, value_name = "MS", env = "SOUK_ORDERS_SAGA_LEASE_MS", default_value_t = 12_000, hide = true)]
    lease: u64,
}

/// Failure when an invariant is violated, or the shop did not come to rest.
///
/// # Errors
/// When something that has to be asked cannot be.
pub async fn run(options: Options) -> anyhow::Result<ExitCode> {
    let sources = options.sources()?;
    let report = if options.watch {
        options.watch(&sources).await?
    } else {
        let seen = options.seen.as_deref().map(verify::read_seen).transpose()?;
        verify::verify(&sources, seen.as_deref(), Duration::from_secs(options.wait)).await?
    };
    if options.json {
        say(&format!("{:#}", report.to_json()));
    } else {
        say(&report.to_string());
    }
    Ok(if report.holds() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Options {
    async fn watch(&self, sources: &Sources) -> anyhow::Result<Report> {
        let length = self.length.map(Duration::from_secs);
        let pace = Pace { every: Duration::from_millis(self.every.max(10)), length };
        let shutdown = Shutdown::on_signals();
        let quiet = self.json;
        let mut tell = |line: &str| {
            if !quiet {
                say(line);
            }
        };
        let report = verify::watch(sources, pace, &shutdown, &mut tell).await;
        shutdown.request();
        report
    }

    /// What is named here, and the rest of the shop that runs on the data folder.
    fn sources(&self) -> anyhow::Result<Sources> {
        let given = self.given_databases()?;
        let shop = if given.is_empty() { Some(self.shop()?) } else { None };
        let mut mysql = shop.as_ref().map(|shop| shop.file.mysql.clone()).unwrap_or_default();
        mysql.extend(given);
        Ok(Sources {
            mysql,
            events: self.events(shop.as_ref()),
            provider: self.provider(shop.as_ref())?,
            limits: self.limits.limits(),
        })
    }

    fn shop(&self) -> anyhow::Result<Shop> {
        let home = Home::existing(&self.data)?;
        Ok(Shop { file: ShopFile::read(&home)?, secrets: Secrets::read(&home)? })
    }

    fn given_databases(&self) -> anyhow::Result<BTreeMap<String, String>> {
        let pair = |text: &String| {
            let (service, url) = text.split_once('=').with_context(|| "--mysql takes SERVICE=mysql://..".to_owned())?;
            Ok((service.trim().to_owned(), url.trim().to_owned()))
        };
        self.mysql.iter().map(pair).collect()
    }

    fn events(&self, shop: Option<&Shop>) -> Events {
        match (&self.kafka, shop) {
            // The shop knows best on which broker it runs, also when this machine has another one.
            (_, Some(Shop { file, .. })) if file.kafka.kind == KafkaKind::Embedded => Events::Outbox,
            (_, Some(Shop { file, .. })) => Events::Broker(file.kafka.brokers.clone()),
            (Some(brokers), None) => Events::Broker(brokers.clone()),
            (None, None) => Events::Outbox,
        }
    }

    fn provider(&self, shop: Option<&Shop>) -> anyhow::Result<Option<Provider>> {
        let given_key = std::env::var("SOUK_PROVIDER_API_KEY").ok().filter(|key| !key.is_empty());
        let (url, key) = match (shop, &self.provider) {
            (_, Some(url)) => (url.clone(), given_key.or_else(|| shop.map(Shop::provider_key))),
            (Some(shop), None) => {
                let url = shop.file.provider.parse().context("shop.json names no provider")?;
                (url, Some(shop.provider_key()))
            }
            (None, None) => return Ok(None),
        };
        let Some(key) = key else { bail!("the provider's ledger needs its key: set SOUK_PROVIDER_API_KEY") };
        Ok(Some(Provider { url, api_key: SecretString::from(key) }))
    }
}

impl LimitOptions {
    fn limits(&self) -> Limits {
        Limits {
            sweep: Duration::from_millis(self.sweep),
            give_up: Duration::from_millis(self.give_up),
            payment_window: Duration::from_millis(self.payment_window),
            lease: Duration::from_millis(self.lease),
        }
    }
}

/// A shop of this machine.
struct Shop {
    file: ShopFile,
    secrets: Secrets,
}

impl Shop {
    fn provider_key(&self) -> String {
        self.secrets.provider_api_key.clone()
    }
}
