//! The table of services: which crate plays which role.

use router::Flags;
use souk_process::{
    Env, Shutdown,
    telemetry::{Telemetry, TelemetryConfig},
};

use crate::services::Service;

/// Reads a crate's configuration and runs the crate. Logs are set up in between, so that a configuration that
/// cannot be used is told in one sentence, without any log.
macro_rules! run {
    ($service:ident, $env:ident, $shutdown:ident) => {
        run!($service, $service::Config::read($env), $env, $shutdown)
    };
    ($service:ident, $config:expr, $env:ident, $shutdown:ident) => {{
        let logs = TelemetryConfig::read($env);
        let config = $config?;
        $env.finish()?;
        let telemetry = Telemetry::install(&logs);
        $service::run(config, telemetry, $shutdown).await?;
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
        Service::Provider => run!(sandbox_provider, env, shutdown),
        Service::Accounts => run!(accounts, env, shutdown),
        Service::Products => run!(products, env, shutdown),
        Service::Payments => run!(payments, env, shutdown),
        Service::Notifications => run!(notifications, env, shutdown),
        Service::Router => run!(router, router::Config::read_with(env, flags), env, shutdown),
        Service::Orders => run!(orders, env, shutdown),
        Service::Inventory => run!(inventory, env, shutdown),
    }
    Ok(())
}
