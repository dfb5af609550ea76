//! Telling discovery that an instance has died, so that nobody waits for its lease to run out.

use std::{net::SocketAddr, time::Duration};

use serde_json::Value;

use crate::{services::Service, trust::Secrets};

#[derive(Debug, Clone)]
pub struct Deregister {
    /// Ends in `/eureka/`.
    pub base: String,
    pub secrets: Secrets,
    pub http: reqwest::Client,
}

impl Deregister {
    /// Removes every registration of `service` at `address`. When discovery does not answer, the lease does it.
    pub async fn instance(&self, service: Service, address: SocketAddr) {
        if service == Service::Discovery {
            return;
        }
        let removed = tokio::time::timeout(Duration::from_secs(2), self.remove(service, address)).await;
        if !matches!(removed, Ok(Ok(()))) {
            tracing::debug!("{service} at {address} could not be deregistered; its lease will run out");
        }
    }

    async fn remove(&self, service: Service, address: SocketAddr) -> anyhow::Result<()> {
        let app = service.name().to_uppercase();
        let url = format!("{}apps/{app}", self.base);
        let answer = self.http.get(url).header("accept", "application/json").send().await?;
        if !answer.status().is_success() {
            return Ok(());
        }
        let listed: Value = answer.json().await?;
        for id in instances_at(&listed, address.port()) {
            let mut url = url::Url::parse(&self.base)?;
            url.path_segments_mut().map_err(|()| anyhow::anyhow!("not a base"))?.pop_if_empty().extend([
                "apps",
                app.as_str(),
                id.as_str(),
            ]);
            let secret = self.secrets.discovery.get(service.name());
            self.http.delete(url).basic_auth(service.name(), secret).send().await?;
        }
        Ok(())
    }
}

/// Ids of the instances of an `application` document that listen on `port`.
fn instances_at(listed: &Value, port: u16) -> Vec<String> {
    let instances = listed["application"]["instance"].as_array().cloned().unwrap_or_default();
    let at_port = instances.iter().filter(|instance| instance["port"]["$"].as_u64() == Some(u64::from(port)));
    at_port.filter_map(|instance| instance["instanceId"].as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dead_instance_is_found_by_its_port() {
        let listed = serde_json::json!({"application": {"name": "ORDERS", "instance": [
            {"instanceId": "127.0.0.1:orders:1", "port": {"$": 1, "@enabled": "true"}},
            {"instanceId": "127.0.0.1:orders:2", "port": {"$": 2, "@enabled": "true"}},
        ]}});
        assert_eq!(instances_at(&listed, 2), ["127.0.0.1:orders:2"]);
        assert!(instances_at(&Value::Null, 2).is_empty());
    }
}
