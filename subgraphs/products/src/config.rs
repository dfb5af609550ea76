//! The variables of this process; products has none of its own.

use souk_process::{ConfigFaults, Env};
use souk_subgraph::SubgraphConfig;

#[derive(Debug, Clone)]
pub struct Config {
    /// The variables of every subgraph.
    pub subgraph: SubgraphConfig,
}

impl Config {
    /// # Errors
    /// All faults of the environment together.
    pub fn read(env: &mut Env) -> Result<Self, ConfigFaults> {
        let subgraph = SubgraphConfig::read(env, "products");
        env.finish_with(subgraph.map(|subgraph| Self { subgraph }))
    }
}
