//! A real registry, subgraphs that register with it, and a router that follows it.

use std::{path::PathBuf, time::Duration};

use axum::{Router, routing::get};
use discovery_client::{Discovery, DiscoveryConfig, Registration, RegistrationHandle};
use futures_util::future::join_all;
use router::Flags;
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};
use souk_process::{Env, Shutdown};
use tempfile::TempDir;
use tokio::net::TcpListener;
use url::Url;

use super::{RunningRouter, Served, client::client, tokens::Tokens};

/// A registry on a free port, and a folder for what routers keep.
pub struct Town {
    pub registry: Url,
    pub folder: TempDir,
    pub tokens: Tokens,
    shutdown: Shutdown,
    discovery: Discovery,
}

/// A registered instance.
pub struct Resident {
    pub served: Served,
    pub handle: RegistrationHandle,
}

impl Drop for Town {
    fn drop(&mut self) {
        self.shutdown.request();
    }
}

impl Town {
    pub async fn found() -> Self {
        let folder = TempDir::new().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut env = Env::from_pairs([
            ("SOUK_DISCOVERY_SHARED_CREDENTIAL", "all:secret"),
            ("SOUK_DISCOVERY_EVICTION_INTERVAL_MS", "50"),
        ]);
        let config = discovery_server::Config::read(&mut env).unwrap();
        let shutdown = Shutdown::new();
        shutdown.spawn(discovery_server::serve(listener, config, shutdown.clone()));
        let registry = Url::parse(&format!("http://all:secret@{address}/eureka")).unwrap();
        let discovery = Discovery::start(DiscoveryConfig::new([registry.clone()]), &shutdown);
        let tokens = Tokens::new(folder.path());
        Self { registry, folder, tokens, shutdown, discovery }
    }

    pub fn state_dir(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// The registry's end; nobody is told.
    pub async fn abandon(&self) {
        assert!(self.shutdown.drain(Duration::from_secs(10)).await);
    }

    /// A router that learns of changes by the change feed alone.
    pub async fn router(&self, variables: &[(&str, &str)]) -> RunningRouter {
        let mut all = vec![
            ("SOUK_DISCOVERY_URLS", self.registry.to_string()),
            ("SOUK_DISCOVERY_REFRESH_MS", "600000".to_owned()),
            ("SOUK_TRUST_BUNDLE", self.tokens.bundle.display().to_string()),
            ("SOUK_ROUTER_STATE_DIR", self.state_dir().display().to_string()),
        ];
        for (name, value) in variables {
            all.retain(|(known, _)| known != name);
            all.push((name, (*value).to_owned()));
        }
        RunningRouter::start(&all, Flags::default(), self.folder.path()).await
    }

    /// Ten callers ask the same at once, each with a token of their own, so that none rides on another's request.
    pub async fn ask_at_once(&self, router: &RunningRouter, query: &str) -> Vec<Json> {
        let ask = |number: i32| async move {
            let token = self.tokens.customer(&format!("scope{number}"));
            router.ask_as(&token, query).await.json().await.unwrap()
        };
        join_all((0..10).map(ask)).await
    }

    /// Serves and registers a subgraph.
    pub async fn settle(&self, name: &str, sdl: &'static str, routes: Router) -> Resident {
        let served = serve(sdl, routes).await;
        let handle = self.discovery.register(registration(name, sdl, &served)).await;
        assert!(handle.is_registered());
        Resident { served, handle }
    }

    /// Serves a subgraph and registers it once, without ever renewing: after its lease it has crashed.
    pub async fn settle_mortal(&self, name: &str, sdl: &'static str, routes: Router) -> Served {
        let served = serve(sdl, routes).await;
        let registration = registration(name, sdl, &served);
        let port = json!({ "$": registration.port, "@enabled": "true" });
        let instance = json!({ "instance": {
            "instanceId": registration.instance_id, "hostName": "127.0.0.1", "ipAddr": "127.0.0.1",
            "app": name.to_uppercase(), "status": "UP", "port": port, "metadata": registration.metadata,
            "dataCenterInfo": { "@class": "com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo", "name": "MyOwn" },
            "leaseInfo": { "durationInSecs": 1, "renewalIntervalInSecs": 1 },
        }});
        let mut url = self.registry.join(&format!("eureka/apps/{}", name.to_uppercase())).unwrap();
        url.set_username("").unwrap();
        url.set_password(None).unwrap();
        let request = client().post(url).basic_auth("all", Some("secret")).json(&instance);
        assert_eq!(request.send().await.unwrap().status(), 204);
        served
    }

    /// Registers what is served already, under any SDL.
    pub async fn register_as(&self, name: &str, sdl: &str, served: &Served) -> RegistrationHandle {
        self.discovery.register(registration(name, sdl, served)).await
    }

    /// Registers something that is no subgraph.
    pub async fn settle_plain(&self, name: &str, routes: Router) -> Resident {
        let served = Served::start(routes).await;
        let handle = self.discovery.register(Registration::new(name, "127.0.0.1", served.address.port())).await;
        assert!(handle.is_registered());
        Resident { served, handle }
    }
}

async fn serve(sdl: &'static str, routes: Router) -> Served {
    Served::start(routes.route("/graphql/sdl", get(move || async move { sdl }))).await
}

fn registration(name: &str, sdl: &str, served: &Served) -> Registration {
    Registration::new(name, "127.0.0.1", served.address.port())
        .with("graphql.subgraph", name)
        .with("graphql.path", "/graphql")
        .with("graphql.subscriptions", "/graphql")
        .with("graphql.sdl.path", "/graphql/sdl")
        .with("graphql.sdl.sha256", format!("{:x}", Sha256::digest(sdl)))
}

impl RunningRouter {
    /// The names of the query fields.
    pub async fn query_fields(&self) -> Vec<String> {
        let answer = self.ask("{ __type(name: \"Query\") { fields { name } } }").await;
        let fields = answer["data"]["__type"]["fields"].as_array().cloned().unwrap_or_default();
        fields.iter().map(|field| field["name"].as_str().unwrap().to_owned()).collect()
    }

    pub async fn refusals(&self) -> Vec<Json> {
        self.admin_json("/admin/supergraph").await["refusals"].as_array().unwrap().clone()
    }
}
