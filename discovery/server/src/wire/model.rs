//! The protocol's values, parsed: what cannot exist here cannot be in the registry.

use std::collections::BTreeMap;

/// The state of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Status {
    Up,
    Down,
    Starting,
    OutOfService,
    Unknown,
}

impl Status {
    /// Text that is no status is UNKNOWN, as Java clients have it.
    pub(crate) fn parse(text: &str) -> Self {
        match text.trim().to_ascii_uppercase().as_str() {
            "UP" => Self::Up,
            "DOWN" => Self::Down,
            "STARTING" => Self::Starting,
            "OUT_OF_SERVICE" => Self::OutOfService,
            _ => Self::Unknown,
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Up => "UP",
            Self::Down => "DOWN",
            Self::Starting => "STARTING",
            Self::OutOfService => "OUT_OF_SERVICE",
            Self::Unknown => "UNKNOWN",
        }
    }
}

/// What a change did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Added,
    Modified,
    Deleted,
}

impl Action {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Added => "ADDED",
            Self::Modified => "MODIFIED",
            Self::Deleted => "DELETED",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Port {
    pub(crate) number: u16,
    pub(crate) enabled: bool,
}

/// Where the instance says that it runs. The class is a Java type name that readers need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DataCenter {
    MyOwn,
    Netflix,
    Amazon { metadata: BTreeMap<String, String> },
}

impl DataCenter {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::MyOwn => "MyOwn",
            Self::Netflix => "Netflix",
            Self::Amazon { .. } => "Amazon",
        }
    }

    pub(crate) fn class(&self) -> &'static str {
        match self {
            Self::MyOwn | Self::Netflix => "com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo",
            Self::Amazon { .. } => "com.netflix.appinfo.AmazonInfo",
        }
    }
}

/// What the instance asks for; the registry adds its own times when it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LeaseTerms {
    pub(crate) renewal_interval_s: u32,
    pub(crate) duration_s: u32,
}

/// The registry's own times of a lease, epoch milliseconds, 0 = never.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct LeaseTimes {
    pub(crate) registered: i64,
    pub(crate) renewed: i64,
    pub(crate) evicted: i64,
    pub(crate) up_since: i64,
}

/// Addresses that an instance offers to people and health checks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Pages {
    pub(crate) home: Option<String>,
    pub(crate) status: Option<String>,
    pub(crate) health: Option<String>,
    pub(crate) secure_health: Option<String>,
}

/// One registered process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Instance {
    pub(crate) id: String,
    /// Upper case.
    pub(crate) app: String,
    pub(crate) host: String,
    pub(crate) ip: String,
    pub(crate) status: Status,
    /// What an operator set over the reported status; UNKNOWN is none.
    pub(crate) overridden: Status,
    pub(crate) port: Port,
    pub(crate) secure_port: Port,
    pub(crate) country_id: i64,
    pub(crate) sid: Option<String>,
    pub(crate) data_center: DataCenter,
    pub(crate) terms: LeaseTerms,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) pages: Pages,
    pub(crate) vip: Option<String>,
    pub(crate) secure_vip: Option<String>,
    pub(crate) is_coordinator: bool,
    pub(crate) last_updated_ms: i64,
    /// When the instance last changed what it tells; newer wins.
    pub(crate) last_dirty_ms: i64,
    pub(crate) action: Action,
    pub(crate) asg: Option<String>,
    pub(crate) group: Option<String>,
}

impl Instance {
    /// The names under which clients look it up; a VIP may be a comma-separated list.
    pub(crate) fn vips(&self) -> impl Iterator<Item = &str> {
        names(self.vip.as_deref())
    }

    pub(crate) fn secure_vips(&self) -> impl Iterator<Item = &str> {
        names(self.secure_vip.as_deref())
    }
}

fn names(list: Option<&str>) -> impl Iterator<Item = &str> {
    list.unwrap_or_default().split(',').map(str::trim).filter(|name| !name.is_empty())
}

/// Whole applications as an answer lists them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Applications {
    /// "1" on a full fetch, the registry's version on a delta.
    pub(crate) version: u64,
    pub(crate) hash_code: String,
    pub(crate) list: Vec<Application>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Application {
    pub(crate) name: String,
    pub(crate) instances: Vec<Listed>,
}

/// An instance with its lease, as it stands at the moment of the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) instance: std::sync::Arc<Instance>,
    pub(crate) times: LeaseTimes,
}
