//! `souk topics`: the topics of the shop on a broker of yours.

use std::time::Duration;

use anyhow::Context as _;

use super::say;
use crate::infra::kafka;

#[derive(Debug, clap::Args)]
pub struct Options {
    /// The brokers to ask
    #[arg(long, value_name = "HOST:PORT,...", env = "SOUK_KAFKA_BROKERS")]
    brokers: String,
}

const PATIENCE: Duration = Duration::from_secs(10);

/// # Errors
/// When the broker does not answer or refuses.
pub async fn run(options: Options) -> anyhow::Result<()> {
    let brokers = &options.brokers;
    kafka::make_topics(brokers, PATIENCE).await.with_context(|| format!("the topics cannot be made at {brokers}"))?;
    say(&format!("{} is ready for the shop", options.brokers));
    Ok(())
}
