//! What is known of the registry at one moment: an immutable value that readers share.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
    time::Duration,
};

use chrono::{DateTime, Utc};
use url::Url;

use crate::balance::Endpoint;

/// The state an instance reports, or that an operator set for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    Up,
    Down,
    Starting,
    OutOfService,
    Unknown,
}

impl Status {
    /// The protocol's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Up => "UP",
            Self::Down => "DOWN",
            Self::Starting => "STARTING",
            Self::OutOfService => "OUT_OF_SERVICE",
            Self::Unknown => "UNKNOWN",
        }
    }

    /// Unknown text is `Unknown`, as the protocol says.
    pub fn parse(text: &str) -> Self {
        match text {
            "UP" => Self::Up,
            "DOWN" => Self::Down,
            "STARTING" => Self::Starting,
            "OUT_OF_SERVICE" => Self::OutOfService,
            _ => Self::Unknown,
        }
    }
}

/// One running process of an application.
#[derive(Clone)]
pub struct Instance {
    /// The application's name, lower case: `orders`.
    pub app: String,
    /// Unique within the application.
    pub id: String,
    /// `http://host:port/`; ends with a slash.
    pub base_url: Url,
    pub status: Status,
    pub metadata: BTreeMap<String, String>,
    /// How long the registry believes in it without a renewal.
    pub lease: Duration,
    pub(crate) endpoint: Arc<Endpoint>,
}

/// The instances of one application.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AppView {
    /// Lower case.
    pub name: String,
    /// Every registered instance, ordered by id.
    pub all: Vec<Arc<Instance>>,
    /// Those with status UP, ordered by id.
    pub up: Vec<Arc<Instance>>,
}

/// The registry as last seen.
#[derive(Debug, Clone, Default)]
pub struct RegistryView {
    /// Rises by one whenever the instances differ from the view before.
    pub version: u64,
    /// False until a registry answered for the first time.
    pub loaded: bool,
    /// Since when no registry has answered; the instances are those of that time.
    pub stale_since: Option<DateTime<Utc>>,
    pub(crate) apps: BTreeMap<String, AppView>,
    pub(crate) departed: BTreeSet<(String, String)>,
}

impl RegistryView {
    /// All applications by lower-case name.
    pub fn apps(&self) -> impl Iterator<Item = &AppView> {
        self.apps.values()
    }

    /// One application; upper and lower case are the same.
    pub fn app(&self, name: &str) -> Option<&AppView> {
        self.apps.get(name).or_else(|| self.apps.get(&name.to_lowercase()))
    }

    /// Instances that take traffic.
    pub fn up(&self, app: &str) -> &[Arc<Instance>] {
        self.app(app).map_or(&[], |app| &app.up)
    }

    /// Application (lower case) and id of the instances that said goodbye (DOWN, then gone) within the last minute.
    /// Whatever else is missing expired or was deleted while it was UP.
    pub fn departed(&self) -> impl Iterator<Item = &(String, String)> {
        self.departed.iter()
    }

    /// Every instance, whatever its status.
    pub fn all(&self, app: &str) -> &[Arc<Instance>] {
        self.app(app).map_or(&[], |app| &app.all)
    }
}

impl Instance {
    /// The address of `path` at this instance; a leading slash is of no matter.
    pub fn url(&self, path: &str) -> Url {
        let mut url = self.base_url.clone();
        let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
        url.set_path(path);
        url.set_query(query);
        url
    }

    /// A metadata value, e.g. `graphql.path`.
    pub fn meta(&self, key: &str) -> Option<&str> {
        self.metadata.get(key).map(String::as_str)
    }
}

impl PartialEq for Instance {
    /// Equal in what the registry says; the balancer's knowledge of it is no part of that.
    fn eq(&self, other: &Self) -> bool {
        (&self.app, &self.id, &self.base_url, self.status, &self.metadata, self.lease)
            == (&other.app, &other.id, &other.base_url, other.status, &other.metadata, other.lease)
    }
}

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Instance")
            .field("app", &self.app)
            .field("id", &self.id)
            .field("base_url", &self.base_url.as_str())
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}
