//! MySQL and Kafka: private ones as parts of the shop, or those that the environment names.

use std::{collections::BTreeMap, env, time::Duration};

use anyhow::Context as _;

use super::{
    options::UpOptions,
    part::{Part, Readiness, Stage},
    shop::{Servers, Shop},
};
use crate::{
    infra::{
        kafka::{self, Apache, Embedded, KafkaAddress, KafkaChoice, KafkaKind},
        mysql::{self, ServiceAccount},
    },
    services::Service,
};

const PATIENCE: Duration = Duration::from_secs(60);
/// A broker that should run already.
const OUTSIDE_PATIENCE: Duration = Duration::from_secs(10);

impl Shop {
    /// Makes both servers ready; fetching and installing go on side by side.
    pub(super) async fn start_servers(&mut self, options: &UpOptions) -> anyhow::Result<Servers> {
        let ((mysql, urls), (kafka, broker)) = tokio::try_join!(self.prepare_mysql(), self.prepare_kafka(options))?;
        self.bring_up(mysql.into_iter().chain(kafka).collect()).await?;
        let kafka = match broker {
            Broker::Embedded(embedded) => self.embedded.insert(embedded).address(),
            Broker::Running(brokers, kind) => {
                let step = self.progress.begin("kafka", "making topics");
                let unusable = || format!("{kind}: {brokers} cannot be used; check that the brokers run");
                kafka::make_topics(&brokers, OUTSIDE_PATIENCE).await.with_context(unusable)?;
                let epoch = kafka::cluster_id(&brokers, OUTSIDE_PATIENCE).await.with_context(unusable)?;
                step.done("topics are there");
                KafkaAddress { brokers, kind, epoch }
            }
        };
        Ok((kafka, urls))
    }

    async fn prepare_mysql(&self) -> anyhow::Result<(Option<Part>, BTreeMap<Service, String>)> {
        let secrets = &self.ground.trust.secrets;
        let accounts = ServiceAccount::all(secrets);
        if let Some(url) = given("SOUK_MYSQL_URL") {
            let step = self.progress.begin("mysql", "making databases and users on the given server");
            let urls = mysql::prepare_outside(&url, &accounts).await?;
            step.done("given server");
            return Ok((None, urls.into_iter().map(|(account, url)| (account.service, url)).collect()));
        }
        let home = &self.ground.home;
        let binaries = mysql::find(&home.tools()).context(mysql::MISSING)?;
        if !home.mysql().exists() {
            let step = self.progress.begin("mysql", "making the data folder");
            let (found, data, cache) = (binaries.clone(), home.mysql(), home.cache());
            tokio::task::spawn_blocking(move || mysql::prepare_data(&found, &data, &cache)).await??;
            step.done("data folder made");
        }
        let address = self.ground.ports.mysql;
        let (script, scratch) = (home.run().join("mysql-start.sql"), home.run().join("mysql-tmp"));
        let server = mysql::Server { binaries, data: home.mysql(), script, scratch, address };
        server.prepare(secrets)?;
        let urls: BTreeMap<Service, String> =
            accounts.iter().map(|account| (account.service, account.url(address))).collect();
        let any_url = urls.values().next().cloned().unwrap_or_default();
        let mut part = server_part("mysql", server.command(), Readiness::Mysql(any_url))?;
        part.environment = server.binaries.environment();
        part.advice = "read the lines above; a full disk or a damaged data folder are the usual causes, and `souk \
                       reset` makes a new one";
        Ok((Some(part), urls))
    }

    async fn prepare_kafka(&self, options: &UpOptions) -> anyhow::Result<(Option<Part>, Broker)> {
        if let Some(brokers) = given("SOUK_KAFKA_BROKERS") {
            return Ok((None, Broker::Running(brokers, KafkaKind::Outside)));
        }
        if options.kafka == KafkaChoice::Embedded {
            return Ok((None, Broker::Embedded(Embedded::start()?)));
        }
        let step = self.progress.begin("kafka", "fetching Apache Kafka from Maven Central, when it is not here yet");
        let ports = self.ground.ports;
        let (folder, cache) = (self.ground.home.kafka(), self.ground.home.cache());
        let prepare = move || Apache::prepare(&folder, &cache, ports.kafka, ports.kafka_controller);
        let apache = tokio::task::spawn_blocking(prepare).await??;
        step.done("jars and data folder are there");
        let brokers = apache.address.to_string();
        let mut part = server_part("kafka", apache.command(), Readiness::Kafka(brokers.clone()))?;
        part.advice = "read the lines above; `java -version` must say 17 or newer, and `souk reset` empties its data";
        Ok((Some(part), Broker::Running(brokers, KafkaKind::Apache)))
    }
}

enum Broker {
    Embedded(Embedded),
    /// A process of its own, or somebody else's.
    Running(String, KafkaKind),
}

/// A server program, run through `souk guard` so that it cannot outlive the launcher.
fn server_part(name: &str, command: Vec<String>, readiness: Readiness) -> anyhow::Result<Part> {
    let binary = env::current_exe().context("this program's own path")?;
    let mut guarded = vec![binary.display().to_string(), "guard".to_owned(), "--".to_owned()];
    guarded.extend(command);
    Ok(Part {
        name: name.to_owned(),
        stage: Stage::Servers,
        service: None,
        command: guarded,
        environment: Vec::new(),
        readiness,
        patience: PATIENCE,
        grace: Duration::from_secs(30),
        advice: "read the lines above",
    })
}

fn given(variable: &str) -> Option<String> {
    env::var(variable).ok().filter(|value| !value.trim().is_empty())
}
