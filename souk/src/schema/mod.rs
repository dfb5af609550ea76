//! What the code says of its interfaces, as files: each subgraph's SDL, what they compose to, examples of events.

mod events;

use std::{collections::BTreeMap, path::PathBuf};

use anyhow::{anyhow, bail};
use federation::{Subgraph, compose};

use crate::services::Service;

/// Paths below `schema/` and their content.
pub type Documents = BTreeMap<PathBuf, String>;

/// Everything that is committed below `schema/`.
///
/// # Errors
/// When our own subgraphs do not compose.
pub fn documents() -> anyhow::Result<Documents> {
    let mut documents = events::documents()?;
    let mut subgraphs = Vec::new();
    for service in Service::SUBGRAPHS {
        let sdl = sdl(service)?;
        documents.insert(PathBuf::from(format!("{service}.graphql")), sdl.clone());
        subgraphs.push(Subgraph { name: service.name().to_owned(), url: None, sdl });
    }
    let supergraph = compose(&subgraphs).map_err(|errors| {
        let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
        anyhow!("the subgraphs do not compose:\n  {}", told.join("\n  "))
    })?;
    documents.insert(PathBuf::from("supergraph.graphql"), ended(&supergraph.sdl));
    documents.insert(PathBuf::from("api.graphql"), ended(&supergraph.api_sdl()));
    Ok(documents)
}

/// The federation SDL of one subgraph, without any connection.
fn sdl(service: Service) -> anyhow::Result<String> {
    match service {
        Service::Accounts => Ok(accounts::sdl()),
        Service::Products => Ok(products::sdl()),
        Service::Orders => Ok(orders::sdl()),
        Service::Inventory => Ok(inventory::sdl()),
        Service::Payments => Ok(payments::sdl()),
        Service::Notifications => Ok(notifications::sdl()),
        Service::Discovery | Service::Provider | Service::Router => bail!("{service} is no subgraph"),
    }
}

/// With one newline at the end, as editors keep it.
fn ended(text: &str) -> String {
    format!("{}\n", text.trim_end())
}
