//! The variables of this process.

use std::time::Duration;

use souk_process::{ConfigFaults, Env};
use souk_subgraph::{SubgraphConfig, reconcile::Pace};

use crate::domain::Country;

#[derive(Debug, Clone)]
pub struct Config {
    /// The variables of every subgraph.
    pub subgraph: SubgraphConfig,
    /// `SOUK_SWEEP_MS`: pause between looks for reservations whose time is up, in milliseconds. Default 1000.
    pub sweep_every: Duration,
    /// How often reservations are held against their orders, and how far back.
    pub reconcile: Pace,
    /// `SOUK_HOME_COUNTRY`: ISO 3166-1 code of the country that parcels leave from. Default `DE`.
    pub home_country: Country,
}

impl Config {
    /// # Errors
    /// All faults of the environment together.
    pub fn read(env: &mut Env) -> Result<Self, ConfigFaults> {
        let subgraph = SubgraphConfig::read(env, "inventory");
        let sweep_every = env.millis_or("SOUK_SWEEP_MS", 1_000);
        let reconcile = Pace::read(env);
        let home_country = env.or("SOUK_HOME_COUNTRY", Country::GERMANY);
        env.finish_with(subgraph.map(|subgraph| Self { subgraph, sweep_every, reconcile, home_country }))
    }
}
