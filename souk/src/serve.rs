//! The table of services: which crate plays which role.

use std::time::Duration;

use router::Flags;
use souk_process::{
    Env, Shutdown,
    telemetry::{Telemetry, TelemetryConfig},
};

use crate::{infra::kafka, services::Service};

/// How long a start waits for the broker's answer.
const BROKER_PATIENCE: Duration = Duration::from_secs(5);

/// Reads a crate's configuration and runs the crate. Logs are set up in between, so that a configuration that
/// cannot be used is told in one sentence, without any log. A subgraph looks first whether its broker is there.
macro_rules! run {
    ($service:ident, $env:ident, $shutdown:ident) => {{
        let logs = TelemetryConfig::read($env);
        let config = $service::Config::read($env)?;
        if !broker_answers(config.subgraph.kafka_brokers.as_deref(), &$shutdown).await? {
            return Ok(());
        }
        $service::run(config, Telemetry::install(&logs), $shutdown).await?;
    }};
    ($service:ident, $config:expr, $env:ident, $shutdown:ident) => {{
        let logs = TelemetryConfig::read($env);
        let config = $config?;
        $service::run(config, Telemetry::install(&logs), $shutdown).await?;
    }};
}

/// Reads the service's configuration and runs it until `shutdown`. `flags` are for the router.
///
/// # Errors
/// Every fault of the configuration together, or why the service ended.
pub async fn run(service: Service, env: &mut Env, flags: &Flags, shutdown: Shutdown) -> anyhow::Result<()> {
    match service {
        // It sets its logs up itself.
        Service::Discovery => discovery_server::run(discovery_server::Config::read(env)?, shutdown).await?,
        Service::Provider => run!(sandbox_provider, sandbox_provider::Config::read(env), env, shutdown),
        Service::Router => run!(router, router::Config::read_with(env, flags), env, shutdown),
        Service::Accounts => run!(accounts, env, shutdown),
        Service::Products => run!(products, env, shutdown),
        Service::Inventory => run!(inventory, env, shutdown),
        Service::Orders => run!(orders, env, shutdown),
        Service::Payments => run!(payments, env, shutdown),
        Service::Notifications => run!(notifications, env, shutdown),
    }
    Ok(())
}

/// False when a stop was asked for meanwhile. A service that runs outlives its broker; one that starts does not start
/// without it, since nobody could tell it from one with a wrong address.
async fn broker_answers(brokers: Option<&str>, shutdown: &Shutdown) -> anyhow::Result<bool> {
    let Some(brokers) = brokers else { return Ok(true) };
    tokio::select! {
        answered = kafka::check_topics(brokers, BROKER_PATIENCE) => answered.map(|()| true),
        () = shutdown.requested() => Ok(false),
    }
}
