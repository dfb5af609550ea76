//! The shop: its parts in order, from nothing to all up and back.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use anyhow::Context as _;
use futures_util::future::{join_all, try_join_all};
use serde_json::json;

use super::{
    board::{Board, ShopFile},
    checks::Ground,
    deregister::Deregister,
    environment::{self, Facts, discovery_url},
    logs::Logs,
    options::UpOptions,
    part::{Part, Readiness, Stage},
    progress::Progress,
    screen::Screen,
    supervise::{Supervised, Surroundings},
};
use crate::{
    infra::kafka::{Embedded, KafkaAddress},
    seed,
    services::Service,
};

pub struct Shop {
    pub(super) ground: Ground,
    pub(super) progress: Progress,
    around: Surroundings,
    parts: Vec<Supervised>,
    /// Lives as long as the shop: every subscriber and producer hangs on it.
    pub(super) embedded: Option<Embedded>,
    file: Option<ShopFile>,
}

impl Shop {
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(ground: Ground, screen: Screen, progress: Progress, longest_pause: Duration) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder().no_proxy().build()?;
        let deregister = Deregister {
            base: discovery_url(ground.ports.discovery),
            secrets: ground.trust.secrets.clone(),
            http: http.clone(),
        };
        let board = Board::new(&ground.home, ground.ready_file.clone(), screen.clone());
        let logs = Logs::new(ground.home.logs(), screen.clone());
        let around = Surroundings { screen, logs, board, http, deregister, longest_pause };
        Ok(Self { ground, progress, around, parts: Vec::new(), embedded: None, file: None })
    }

    /// Starts everything in order.
    ///
    /// # Errors
    /// The first part that fails, with its last log lines and what to do.
    pub async fn start(&mut self, options: &UpOptions) -> anyhow::Result<()> {
        seed::write_people(&self.ground.trust.people())?;
        let (kafka, mysql) = self.start_servers(options).await?;
        let Ground { home, trust, ports, .. } = &self.ground;
        let facts = Facts { home: home.clone(), trust: trust.clone(), ports: *ports, kafka, mysql };
        self.bring_up(vec![service_part(Service::Discovery, 1, &facts)?]).await?;
        self.bring_up(vec![service_part(Service::Provider, 1, &facts)?]).await?;
        let mut subgraphs = Vec::new();
        for service in Service::SUBGRAPHS {
            for number in 1..=options.instances(service) {
                subgraphs.push(service_part(service, number, &facts)?);
            }
        }
        self.bring_up(subgraphs).await?;
        self.bring_up(vec![service_part(Service::Router, 1, &facts)?]).await?;
        let file = shop_file(&facts);
        self.open(&file, options).await?;
        self.around.board.publish(file.clone())?;
        self.file = Some(file);
        Ok(())
    }

    /// Where everything listens; None before the start is done.
    pub fn shop_file(&self) -> Option<&ShopFile> {
        self.file.as_ref()
    }

    /// Starts parts side by side and waits until all are up.
    pub(super) async fn bring_up(&mut self, parts: Vec<Part>) -> anyhow::Result<()> {
        let first = self.parts.len();
        let mut steps = Vec::new();
        for part in parts {
            steps.push(self.progress.begin(&part.name, "starting"));
            self.parts.push(Supervised::start(part, self.around.clone()));
        }
        let waits = self.parts[first..].iter().zip(steps).map(|(supervised, step)| async move {
            match supervised.up().await {
                Ok(_) => {
                    step.done("up");
                    Ok(())
                }
                Err(failure) => {
                    step.failed();
                    Err(failure)
                }
            }
        });
        try_join_all(waits).await?;
        Ok(())
    }

    /// Stops everything in reverse order, each stage together.
    pub async fn stop(&mut self) {
        self.around.board.retract();
        for stage in [Stage::Router, Stage::Subgraphs, Stage::Provider, Stage::Discovery, Stage::Servers] {
            let stopping = self.parts.iter_mut().filter(|supervised| supervised.part.stage == stage);
            join_all(stopping.map(Supervised::stop)).await;
            self.parts.retain(|supervised| supervised.part.stage != stage);
        }
        self.embedded = None;
    }

    /// Ends everything at once.
    pub async fn kill(&mut self) {
        join_all(self.parts.iter_mut().map(Supervised::kill)).await;
        self.parts.clear();
    }

    /// Waits until the graph answers, then loads the demo catalogue.
    async fn open(&self, file: &ShopFile, options: &UpOptions) -> anyhow::Result<()> {
        let seeding = seed::Shop { graphql: file.graphql.clone(), staff: file.logins["staff"].clone() };
        let step = self.progress.begin("graph", "waiting for all subgraphs");
        seed::wait_for_graph(&seeding, Duration::from_secs(60)).await.context("the graph does not answer")?;
        step.done("answers");
        if options.no_seed || seed::is_loaded(&self.ground.home) {
            return Ok(());
        }
        let step = self.progress.begin("catalogue", "loading the demo products");
        let loaded = seed::load(&seeding, &mut |what| step.doing(what)).await.context("the demo catalogue")?;
        seed::mark_loaded(&self.ground.home)?;
        step.done(&loaded.to_string());
        Ok(())
    }
}

fn service_part(service: Service, number: usize, facts: &Facts) -> anyhow::Result<Part> {
    let name = if number == 1 { service.name().to_owned() } else { format!("{service}-{number}") };
    let binary = std::env::current_exe().context("this program's own path")?;
    let stage = match service {
        Service::Discovery => Stage::Discovery,
        Service::Provider => Stage::Provider,
        Service::Router => Stage::Router,
        _ => Stage::Subgraphs,
    };
    Ok(Part {
        stage,
        service: Some(service),
        command: vec![binary.display().to_string(), "serve".to_owned(), service.name().to_owned()],
        environment: environment::of(service, &name, facts),
        readiness: Readiness::Announced(environment::ready_file(&facts.home, &name)),
        patience: Duration::from_secs(60),
        // Longer than a service's own drains together.
        grace: Duration::from_secs(25),
        advice: "read the lines above; `souk doctor` checks this machine, `souk reset` empties the data folder",
        name,
    })
}

fn shop_file(facts: &Facts) -> ShopFile {
    let router = facts.ports.router;
    let more = json!({ "credentials": facts.trust.credentials(), "trust_bundle": facts.trust.bundle() });
    ShopFile {
        graphql: format!("http://{router}/graphql"),
        ws: format!("ws://{router}/graphql"),
        admin: format!("http://{}", facts.ports.admin),
        discovery: discovery_url(facts.ports.discovery),
        kafka: facts.kafka.clone(),
        mysql: by_name(&facts.mysql),
        provider: format!("http://{}", facts.ports.provider),
        tracker: format!("http://{router}/order-tracker/"),
        logins: seed::logins(),
        mailbox: facts.home.mailbox(),
        data: PathBuf::from(facts.home.root()),
        more: more.as_object().cloned().unwrap_or_default(),
    }
}

fn by_name(mysql: &BTreeMap<Service, String>) -> BTreeMap<String, String> {
    mysql.iter().map(|(service, url)| (service.name().to_owned(), url.clone())).collect()
}

/// What the servers' start gives.
pub(super) type Servers = (KafkaAddress, BTreeMap<Service, String>);
