//! What the caller of `souk up` may choose.

use std::{path::PathBuf, str::FromStr};

use clap::ValueEnum as _;

use crate::{
    infra::{kafka::KafkaChoice, ports::PortChoice},
    services::Service,
};

/// A shop has at most this many instances of one service on one machine.
const MOST_REPLICAS: usize = 8;

#[derive(Debug, Clone, clap::Args)]
pub struct UpOptions {
    /// Folder that keeps the shop's data for the next start
    #[arg(long, value_name = "DIR", default_value = ".souk")]
    pub data: PathBuf,
    /// When all is up, write where everything listens to this file, as JSON
    #[arg(long, value_name = "FILE")]
    pub ready_file: Option<PathBuf>,
    /// Well-known ports, or free ones so that many shops run side by side
    #[arg(long, value_enum, default_value = "fixed")]
    pub ports: PortChoice,
    /// Instances of subgraphs, e.g. orders=2,products=3 (one each by default)
    #[arg(long, value_name = "SERVICE=N", value_delimiter = ',')]
    pub replicas: Vec<Replicas>,
    /// Which broker to run; SOUK_KAFKA_BROKERS overrides it with one that runs already
    #[arg(long, value_enum, default_value = "embedded")]
    pub kafka: KafkaChoice,
    /// Leave the catalogue empty
    #[arg(long)]
    pub no_seed: bool,
    /// An application of yours that may register with discovery (repeatable); its credential then stands in
    /// DIR/trust/discovery.json
    #[arg(long, value_name = "NAME")]
    pub app: Vec<String>,
    /// Neither progress nor logs on the screen; logs still go to DIR/logs
    #[arg(long)]
    pub quiet: bool,
    /// Between two starts of a part that keeps dying, at most: less for tests that kill all the time
    #[arg(long, value_name = "MS", default_value_t = 5_000, hide = true)]
    pub longest_pause: u64,
}

/// How many instances of one subgraph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replicas {
    pub service: Service,
    pub count: usize,
}

impl UpOptions {
    /// Instances of one service in this shop.
    pub fn instances(&self, service: Service) -> usize {
        self.replicas.iter().rev().find(|replicas| replicas.service == service).map_or(1, |replicas| replicas.count)
    }
}

impl FromStr for Replicas {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (service, count) = text.split_once('=').ok_or("expected SERVICE=N, e.g. orders=2")?;
        let service = Service::from_str(service, false)?;
        if !Service::SUBGRAPHS.contains(&service) {
            return Err(format!("{service} runs once in a shop; subgraphs can have replicas"));
        }
        match count.parse() {
            Ok(count) if (1..=MOST_REPLICAS).contains(&count) => Ok(Self { service, count }),
            _ => Err(format!("{count:?} instances are not possible: choose 1 to {MOST_REPLICAS}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replicas_are_parsed_at_the_door() {
        assert_eq!("orders=2".parse(), Ok(Replicas { service: Service::Orders, count: 2 }));
        for text in ["orders", "orders=0", "orders=9", "orders=two", "router=2", "nobody=2"] {
            assert!(text.parse::<Replicas>().is_err(), "{text}");
        }
    }
}
