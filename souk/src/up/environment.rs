//! Which variables each service is started with. Pure: facts in, variables out.

use std::{collections::BTreeMap, net::SocketAddr};

use crate::{
    home::Home,
    infra::kafka::{KafkaAddress, KafkaKind},
    infra::ports::Ports,
    services::Service,
    trust::Trust,
};

/// What is known once the servers are up.
#[derive(Debug, Clone)]
pub struct Facts {
    pub home: Home,
    pub trust: Trust,
    pub ports: Ports,
    pub kafka: KafkaAddress,
    /// Service -> URL with the service's own user.
    pub mysql: BTreeMap<Service, String>,
}

/// The variables of one instance.
pub fn of(service: Service, instance: &str, facts: &Facts) -> Vec<(String, String)> {
    let mut variables = Variables(Vec::new());
    variables.set("SOUK_INSTANCE", instance);
    variables.set("SOUK_PROFILE", "dev");
    variables.set("SOUK_READY_FILE", ready_file(&facts.home, instance).display());
    for (name, value) in facts.trust.variables(service) {
        variables.set(name, value);
    }
    match service {
        Service::Discovery => variables.set("SOUK_LISTEN", facts.ports.discovery),
        Service::Provider => provider(&mut variables, facts),
        Service::Router => router(&mut variables, facts),
        Service::Accounts
        | Service::Products
        | Service::Inventory
        | Service::Orders
        | Service::Payments
        | Service::Notifications => subgraph(&mut variables, service, facts),
    }
    variables.0
}

pub fn ready_file(home: &Home, instance: &str) -> std::path::PathBuf {
    home.run().join(format!("{instance}.ready.json"))
}

/// The base URL that discovery's clients are given.
pub fn discovery_url(discovery: SocketAddr) -> String {
    format!("http://{discovery}/eureka/")
}

struct Variables(Vec<(String, String)>);

impl Variables {
    fn set(&mut self, name: &str, value: impl ToString) {
        self.0.push((name.to_owned(), value.to_string()));
    }
}

fn provider(variables: &mut Variables, facts: &Facts) {
    let Ports { provider, router, .. } = facts.ports;
    variables.set("SOUK_LISTEN", provider);
    variables.set("SOUK_PROVIDER_PUBLIC_URL", format!("http://{provider}"));
    variables.set("SOUK_PROVIDER_WEBHOOK_URL", format!("http://{router}/webhooks/sandbox"));
    variables.set("SOUK_PROVIDER_LEDGER", facts.home.provider_ledger().display());
}

fn router(variables: &mut Variables, facts: &Facts) {
    variables.set("SOUK_LISTEN", facts.ports.router);
    variables.set("SOUK_ADMIN_LISTEN", facts.ports.admin);
    variables.set("SOUK_ROUTER_STATE_DIR", facts.home.router_state().display());
    variables.set("SOUK_DISCOVERY_URLS", discovery_url(facts.ports.discovery));
}

fn subgraph(variables: &mut Variables, service: Service, facts: &Facts) {
    variables.set("SOUK_LISTEN", "127.0.0.1:0");
    if let Some(url) = facts.mysql.get(&service) {
        variables.set("SOUK_MYSQL_URL", url);
    }
    variables.set("SOUK_DISCOVERY_URLS", discovery_url(facts.ports.discovery));
    if service != Service::Accounts {
        variables.set("SOUK_KAFKA_BROKERS", &facts.kafka.brokers);
        // Other clusters tell their own id.
        if facts.kafka.kind == KafkaKind::Embedded {
            variables.set("SOUK_KAFKA_EPOCH", &facts.kafka.epoch);
        }
    }
    match service {
        Service::Accounts => {
            variables.set("SOUK_BOOTSTRAP_ACCOUNTS", facts.trust.people().display());
            variables.set("SOUK_PUBLIC_URL", format!("http://{}", facts.ports.router));
        }
        Service::Payments => variables.set("SOUK_PROVIDER_URL", format!("http://{}", facts.ports.provider)),
        Service::Notifications => variables.set("SOUK_MAILBOX_DIR", facts.home.mailbox().display()),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::infra::ports::PortChoice;

    #[test]
    fn each_service_gets_its_own_secrets_and_no_others() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(folder.path()).unwrap();
        let trust = Trust::prepare(&home, &[]).unwrap();
        let kafka = KafkaAddress { brokers: "b:1".to_owned(), kind: KafkaKind::Embedded, epoch: "e".to_owned() };
        let mysql = Service::SUBGRAPHS.into_iter().map(|service| (service, format!("mysql://{service}"))).collect();
        let facts = Facts { home, trust, ports: Ports::choose(PortChoice::Auto).unwrap(), kafka, mysql };
        let secrets = &facts.trust.secrets;
        for service in Service::ALL {
            let environment: BTreeMap<_, _> = of(service, service.name(), &facts).into_iter().collect();
            let holds = |secret: &str| environment.values().any(|value| value.contains(secret));
            for other in Service::ALL.into_iter().filter(|other| *other != service) {
                assert!(!holds(&secrets.discovery[other.name()]), "{service} holds the credential of {other}");
                assert!(!holds(&format!("{other}.key.json")), "{service} holds the key of {other}");
                assert!(!holds(&format!("mysql://{other}")), "{service} holds the database of {other}");
            }
            assert!(!holds(&secrets.mysql_root));
            let knows_provider = matches!(service, Service::Provider | Service::Payments);
            assert_eq!(holds(&secrets.provider_api_key), knows_provider, "{service}");
        }
    }
}
