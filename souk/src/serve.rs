//! The table of services: which crate plays which role.

use anyhow::bail;
use souk_process::{
    Env, Shutdown,
    telemetry::{Telemetry, TelemetryConfig},
};

use crate::services::Service;

/// Reads a crate's configuration and runs the crate. Logs are set up in between, so that a configuration that
/// cannot be used is told in one sentence, without any log.
macro_rules! run {
    ($service:ident, $env:ident, $shutdown:ident) => {{
        let logs = TelemetryConfig::read($env);
        let config = $service::Config::read($env)?;
        $env.finish()?;
        let telemetry = Telemetry::install(&logs);
        $service::run(config, telemetry, $shutdown).await?;
    }};
}

/// Reads the service's configuration and runs it until `shutdown`.
///
/// # Errors
/// Every fault of the configuration together, or why the service ended.
pub async fn run(service: Service, env: &mut Env, shutdown: Shutdown) -> anyhow::Result<()> {
    match service {
        // It sets its logs up itself.
        Service::Discovery => discovery_server::run(discovery_server::Config::read(env)?, shutdown).await?,
        Service::Provider => run!(sandbox_provider, env, shutdown),
        Service::Accounts => run!(accounts, env, shutdown),
        Service::Products
        | Service::Inventory
        | Service::Orders
        | Service::Payments
        | Service::Notifications
        | Service::Router => bail!("{service} is not in this build"),
    }
    Ok(())
}
