//! What a router must know, read once from `SOUK_*` variables and command line flags.

use std::{net::SocketAddr, path::PathBuf, str::FromStr, time::Duration};

use discovery_client::DiscoveryConfig;
use federation::plan::Limits;
use souk_process::{ConfigFaults, Env};

/// Where the supergraph comes from.
#[derive(Debug, Clone)]
pub enum GraphSource {
    /// Follow the registry and compose what is registered.
    Discovery(DiscoveryConfig),
    /// Read a file, and read it again when it changes.
    File(GraphFile),
}

/// A supergraph without a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GraphFile {
    /// Any join-spec SDL; its `join__Graph` URLs are called.
    Supergraph(PathBuf),
    /// A list of subgraphs (YAML or JSON), composed here.
    Subgraphs(PathBuf),
}

/// Who may be believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// Every token is verified against this trust bundle.
    Verified { trust_bundle: PathBuf },
    /// No bundle: tokens are passed on as they come and prove nothing here, so a field that asks for a caller
    /// (`@authenticated`, `@requiresScopes`) is refused to everybody.
    PassedOn,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// GraphiQL, introspection, open CORS, the order tracker.
    Dev,
    Production,
}

/// Whether something is done at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    On,
    Off,
}

/// Requests below `prefix` go, unchanged, to an instance of `app`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForwardRule {
    pub prefix: String,
    pub app: String,
}

/// Command line flags; they win over the environment.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    pub supergraph: Option<PathBuf>,
    pub subgraphs: Option<PathBuf>,
    pub listen: Option<SocketAddr>,
    pub admin_listen: Option<SocketAddr>,
}

/// How long things may take.
#[derive(Debug, Clone)]
pub struct Timeouts {
    /// `SOUK_ROUTER_SUBGRAPH_TIMEOUT_MS`: one request to a subgraph. Default 10,000 ms.
    pub subgraph: Duration,
    /// `SOUK_ROUTER_CONNECT_TIMEOUT_MS`: opening a connection to a subgraph. Default 1,000 ms.
    pub connect: Duration,
    /// `SOUK_ROUTER_TIMEOUT_MS`: one client request as a whole. Default 30,000 ms.
    pub request: Duration,
    /// `SOUK_ROUTER_DRAIN_MS`: how long requests under way may take after the stop signal. Default 10,000 ms.
    pub drain: Duration,
}

/// How much one client may ask for.
#[derive(Debug, Clone)]
pub struct ClientLimits {
    /// Depth, aliases, root fields, tokens, selections.
    pub operation: Limits,
    /// `SOUK_ROUTER_BODY_LIMIT`: bytes of a request body or WebSocket message. Default 1 MiB.
    pub body_bytes: usize,
    /// `SOUK_ROUTER_QUERY_LIMIT`: bytes of the operation's text. Default 256 KiB.
    pub query_bytes: usize,
    /// `SOUK_ROUTER_RATE`: requests a second for one principal or address. Default 100, in dev 1,000.
    pub rate_per_s: u32,
    /// `SOUK_ROUTER_SOCKET_OPERATIONS`: operations at once on one WebSocket. Default 100.
    pub socket_operations: usize,
    /// `SOUK_ROUTER_SOCKETS`: WebSockets at once. Default 20,000.
    pub sockets: usize,
    /// `SOUK_ROUTER_ANSWER_LIMIT`: bytes of one subgraph's answer. Default 32 MiB.
    pub answer_bytes: usize,
}

#[derive(Debug, Clone)]
pub struct Config {
    /// `SOUK_LISTEN`. Default 127.0.0.1:4000.
    pub listen: SocketAddr,
    /// `SOUK_ADMIN_LISTEN`. Default 127.0.0.1:4001.
    pub admin_listen: SocketAddr,
    /// `SOUK_READY_FILE`.
    pub ready_file: Option<PathBuf>,
    /// `SOUK_PROFILE`: dev or production. Default production.
    pub profile: Profile,
    pub source: GraphSource,
    /// `SOUK_TRUST_BUNDLE`. Required when discovery is followed.
    pub identity: Identity,
    /// `SOUK_ROUTER_FORWARD`. Default `/.well-known/=ACCOUNTS,/webhooks/=PAYMENTS`.
    pub forward: Vec<ForwardRule>,
    /// `SOUK_ROUTER_STATE_DIR`: where the last good supergraph is kept. None keeps nothing.
    pub state_dir: Option<PathBuf>,
    /// `SOUK_ROUTER_GRACE_MS`: how long the types of a subgraph stay whose instances vanished without saying
    /// goodbye. Default 30,000 ms.
    pub grace: Duration,
    /// `SOUK_ROUTER_CACHE`: documents and plans kept. Default 2,000 each.
    pub cached_operations: usize,
    /// `SOUK_ROUTER_SINGLE_FLIGHT`: `on` or `off`; whether equal subgraph queries of one caller that are under way at
    /// the same moment are sent once. Default on.
    pub single_flight: Switch,
    pub timeouts: Timeouts,
    pub limits: ClientLimits,
}

impl Config {
    /// Reads the environment.
    ///
    /// # Errors
    /// Every fault found, together.
    pub fn read(env: &mut Env) -> Result<Self, ConfigFaults> {
        Self::read_with(env, &Flags::default())
    }

    /// Reads the environment under command line flags.
    ///
    /// # Errors
    /// Every fault found, together.
    pub fn read_with(env: &mut Env, flags: &Flags) -> Result<Self, ConfigFaults> {
        let source = source(env, flags);
        let profile = env.or("SOUK_PROFILE", Profile::Production);
        let config = source.map(|source| Self {
            listen: listen(env, flags.listen, "SOUK_LISTEN", 4000),
            admin_listen: listen(env, flags.admin_listen, "SOUK_ADMIN_LISTEN", 4001),
            ready_file: env.optional("SOUK_READY_FILE"),
            profile,
            identity: identity(env, &source),
            forward: forward(env),
            source,
            state_dir: env.optional("SOUK_ROUTER_STATE_DIR"),
            grace: env.millis_or("SOUK_ROUTER_GRACE_MS", 30_000),
            cached_operations: env.or("SOUK_ROUTER_CACHE", 2_000),
            single_flight: env.or("SOUK_ROUTER_SINGLE_FLIGHT", Switch::On),
            timeouts: Timeouts {
                subgraph: env.millis_or("SOUK_ROUTER_SUBGRAPH_TIMEOUT_MS", 10_000),
                connect: env.millis_or("SOUK_ROUTER_CONNECT_TIMEOUT_MS", 1_000),
                request: env.millis_or("SOUK_ROUTER_TIMEOUT_MS", 30_000),
                drain: env.millis_or("SOUK_ROUTER_DRAIN_MS", 10_000),
            },
            limits: client_limits(env, profile),
        });
        env.finish_with(config)
    }
}

fn source(env: &mut Env, flags: &Flags) -> Option<GraphSource> {
    match (&flags.supergraph, &flags.subgraphs) {
        (Some(_), Some(_)) => {
            env.fault("give either --supergraph or --subgraphs, not both");
            None
        }
        (Some(file), None) => Some(GraphSource::File(GraphFile::Supergraph(file.clone()))),
        (None, Some(file)) => Some(GraphSource::File(GraphFile::Subgraphs(file.clone()))),
        (None, None) => Some(GraphSource::Discovery(DiscoveryConfig::read(env))),
    }
}

fn identity(env: &mut Env, source: &GraphSource) -> Identity {
    let bundle: Option<PathBuf> = match source {
        GraphSource::Discovery(_) => env.required("SOUK_TRUST_BUNDLE", "path of the trust bundle"),
        GraphSource::File(_) => env.optional("SOUK_TRUST_BUNDLE"),
    };
    bundle.map_or(Identity::PassedOn, |trust_bundle| Identity::Verified { trust_bundle })
}

fn listen(env: &mut Env, flag: Option<SocketAddr>, variable: &str, port: u16) -> SocketAddr {
    flag.unwrap_or_else(|| env.or(variable, SocketAddr::from(([127, 0, 0, 1], port))))
}

fn forward(env: &mut Env) -> Vec<ForwardRule> {
    if env.raw("SOUK_ROUTER_FORWARD").is_none() {
        let rule = |prefix: &str, app: &str| ForwardRule { prefix: prefix.to_owned(), app: app.to_owned() };
        return vec![rule("/.well-known/", "ACCOUNTS"), rule("/webhooks/", "PAYMENTS")];
    }
    env.list("SOUK_ROUTER_FORWARD")
}

pub(crate) fn client_limits(env: &mut Env, profile: Profile) -> ClientLimits {
    let operation = Limits::default();
    let rate = match profile {
        Profile::Dev => 1_000,
        Profile::Production => 100,
    };
    ClientLimits {
        operation: Limits {
            max_tokens: env.or("SOUK_ROUTER_MAX_TOKENS", operation.max_tokens),
            max_depth: env.or("SOUK_ROUTER_MAX_DEPTH", operation.max_depth),
            max_aliases: env.or("SOUK_ROUTER_MAX_ALIASES", operation.max_aliases),
            ..operation
        },
        body_bytes: env.or("SOUK_ROUTER_BODY_LIMIT", 1 << 20),
        query_bytes: env.or("SOUK_ROUTER_QUERY_LIMIT", 256 << 10),
        rate_per_s: env.or("SOUK_ROUTER_RATE", rate).max(1),
        socket_operations: env.or("SOUK_ROUTER_SOCKET_OPERATIONS", 100),
        sockets: env.or("SOUK_ROUTER_SOCKETS", 20_000),
        answer_bytes: env.or("SOUK_ROUTER_ANSWER_LIMIT", 32 << 20),
    }
}

impl FromStr for Profile {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "dev" => Ok(Self::Dev),
            "production" => Ok(Self::Production),
            _ => Err("expected dev or production"),
        }
    }
}

impl FromStr for Switch {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "on" => Ok(Self::On),
            "off" => Ok(Self::Off),
            _ => Err("expected on or off"),
        }
    }
}

impl FromStr for ForwardRule {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((prefix, app)) if prefix.starts_with('/') && prefix.len() > 1 && !app.is_empty() => {
                Ok(Self { prefix: prefix.to_owned(), app: app.to_owned() })
            }
            _ => Err("expected /prefix/=APP"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_environment_names_everything_that_is_missing() {
        let mut env = Env::from_pairs([("SOUK_PROFILE", "x"), ("SOUK_ROUTER_FORWARD", "nonsense")]);
        let faults = Config::read(&mut env).unwrap_err().to_string();
        for variable in ["SOUK_DISCOVERY_URLS", "SOUK_TRUST_BUNDLE", "SOUK_PROFILE", "SOUK_ROUTER_FORWARD"] {
            assert!(faults.contains(variable), "{variable}: {faults}");
        }
    }

    #[test]
    fn files_need_no_registry_and_flags_win() {
        let mut env = Env::from_pairs([("SOUK_LISTEN", "127.0.0.1:1")]);
        let flags = Flags {
            subgraphs: Some("subgraphs.yaml".into()),
            listen: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
            ..Flags::default()
        };
        let config = Config::read_with(&mut env, &flags).unwrap();
        assert_eq!((config.listen.port(), config.identity), (0, Identity::PassedOn));
        let both = Flags { supergraph: Some("s".into()), ..flags };
        assert!(Config::read_with(&mut env, &both).is_err());
    }
}
