//! A registration as it came in, before it is known to be complete.

use std::collections::BTreeMap;

use super::model::{Action, DataCenter, Instance, LeaseTerms, Pages, Port, Status};

/// Lease and renewal times of an instance that names none.
const DEFAULT_TERMS: LeaseTerms = LeaseTerms { renewal_interval_s: 30, duration_s: 90 };

/// Every field optional: JSON and XML fill what they find.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Submitted {
    pub(crate) id: Option<String>,
    pub(crate) app: Option<String>,
    pub(crate) host: Option<String>,
    pub(crate) ip: Option<String>,
    pub(crate) status: Option<String>,
    /// From either spelling of the key.
    pub(crate) overridden: Vec<String>,
    pub(crate) port: SubmittedPort,
    pub(crate) secure_port: SubmittedPort,
    pub(crate) country_id: Option<i64>,
    pub(crate) sid: Option<String>,
    pub(crate) data_center: Option<SubmittedDataCenter>,
    pub(crate) renewal_interval_s: Option<i64>,
    pub(crate) duration_s: Option<i64>,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) pages: Pages,
    pub(crate) vip: Option<String>,
    pub(crate) secure_vip: Option<String>,
    pub(crate) is_coordinator: bool,
    pub(crate) last_dirty_ms: Option<i64>,
    pub(crate) asg: Option<String>,
    pub(crate) group: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct SubmittedPort {
    pub(crate) number: Option<u16>,
    pub(crate) enabled: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct SubmittedDataCenter {
    pub(crate) name: Option<String>,
    pub(crate) metadata: BTreeMap<String, String>,
}

/// Why a registration is refused; the texts are those of the Netflix server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Incomplete {
    #[error("Missing instanceId")]
    Id,
    #[error("Missing hostname")]
    Host,
    #[error("Missing ip address")]
    Ip,
    #[error("Missing appName")]
    App,
    #[error("Mismatched appName, expecting {expected} but was {found}")]
    OtherApp { expected: String, found: String },
    #[error("Missing dataCenterInfo")]
    DataCenter,
    #[error("Missing dataCenterInfo Name")]
    DataCenterName,
}

impl Submitted {
    /// The instance, when it is complete and belongs to `path_app` (upper case). The order of the checks is the
    /// protocol's.
    pub(crate) fn complete(self, path_app: &str, now_ms: i64) -> Result<Instance, Incomplete> {
        let data_center_id = self.data_center.as_ref().and_then(|center| center.metadata.get("instance-id").cloned());
        let id = filled(self.id).or(filled(data_center_id)).or(filled(self.host.clone())).ok_or(Incomplete::Id)?;
        let host = filled(self.host).ok_or(Incomplete::Host)?;
        let ip = filled(self.ip).ok_or(Incomplete::Ip)?;
        let app = filled(self.app).ok_or(Incomplete::App)?.to_uppercase();
        if app != path_app {
            return Err(Incomplete::OtherApp { expected: path_app.to_owned(), found: app });
        }
        let data_center = self.data_center.ok_or(Incomplete::DataCenter)?.complete()?;
        let overridden =
            self.overridden.iter().map(|text| Status::parse(text)).find(|status| *status != Status::Unknown);
        Ok(Instance {
            id,
            app,
            host,
            ip,
            // A registrant that names no status is up, as the Java builder has it.
            status: self.status.as_deref().map_or(Status::Up, Status::parse),
            overridden: overridden.unwrap_or(Status::Unknown),
            port: self.port.complete(Port { number: 7001, enabled: true }),
            secure_port: self.secure_port.complete(Port { number: 7002, enabled: false }),
            country_id: self.country_id.unwrap_or(1),
            sid: filled(self.sid).filter(|sid| sid != "na" && sid != "unknown"),
            data_center,
            terms: LeaseTerms {
                renewal_interval_s: positive(self.renewal_interval_s, DEFAULT_TERMS.renewal_interval_s),
                duration_s: positive(self.duration_s, DEFAULT_TERMS.duration_s),
            },
            metadata: self.metadata,
            pages: self.pages,
            vip: filled(self.vip),
            secure_vip: filled(self.secure_vip),
            is_coordinator: self.is_coordinator,
            last_updated_ms: now_ms,
            last_dirty_ms: self.last_dirty_ms.unwrap_or(now_ms),
            action: Action::Added,
            asg: filled(self.asg),
            group: filled(self.group),
        })
    }
}

impl SubmittedPort {
    fn complete(self, default: Port) -> Port {
        Port { number: self.number.unwrap_or(default.number), enabled: self.enabled.unwrap_or(default.enabled) }
    }
}

impl SubmittedDataCenter {
    fn complete(self) -> Result<DataCenter, Incomplete> {
        match self.name.as_deref() {
            Some("MyOwn") => Ok(DataCenter::MyOwn),
            Some("Netflix") => Ok(DataCenter::Netflix),
            Some("Amazon") => Ok(DataCenter::Amazon { metadata: self.metadata }),
            // Another name is no name: Java readers would fail on it.
            Some(_) | None => Err(Incomplete::DataCenterName),
        }
    }
}

fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

fn positive(seconds: Option<i64>, default: u32) -> u32 {
    seconds.and_then(|seconds| u32::try_from(seconds).ok()).filter(|seconds| *seconds > 0).unwrap_or(default)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> Submitted {
        Submitted {
            id: Some("i1".into()),
            app: Some("orders".into()),
            host: Some("h".into()),
            ip: Some("10.0.0.7".into()),
            data_center: Some(SubmittedDataCenter { name: Some("MyOwn".into()), metadata: BTreeMap::new() }),
            ..Submitted::default()
        }
    }

    type Spoil = fn(&mut Submitted);

    #[test]
    fn the_first_missing_part_is_named_in_the_protocols_order() {
        let cases: [(&str, Spoil, &str); 8] = [
            ("nothing", |s| *s = Submitted::default(), "Missing instanceId"),
            ("host", |s| s.host = None, "Missing hostname"),
            ("blank ip", |s| s.ip = Some("  ".into()), "Missing ip address"),
            ("app", |s| s.app = None, "Missing appName"),
            ("other app", |s| s.app = Some("payments".into()), "Mismatched appName, expecting ORDERS but was PAYMENTS"),
            ("data center", |s| s.data_center = None, "Missing dataCenterInfo"),
            ("its name", |s| s.data_center = Some(SubmittedDataCenter::default()), "Missing dataCenterInfo Name"),
            (
                "an unknown name",
                |s| s.data_center.as_mut().unwrap().name = Some("Moon".into()),
                "Missing dataCenterInfo Name",
            ),
        ];
        for (name, spoil, expected) in cases {
            let mut submitted = whole();
            spoil(&mut submitted);
            assert_eq!(submitted.complete("ORDERS", 5).unwrap_err().to_string(), expected, "{name}");
        }
    }

    #[test]
    fn what_is_left_out_gets_the_protocols_defaults() {
        let instance = whole().complete("ORDERS", 5).unwrap();
        assert_eq!((instance.app.as_str(), instance.status, instance.last_dirty_ms), ("ORDERS", Status::Up, 5));
        assert_eq!(instance.terms, LeaseTerms { renewal_interval_s: 30, duration_s: 90 });
        assert_eq!((instance.port.number, instance.secure_port.number), (7001, 7002));
        assert!(instance.port.enabled && !instance.secure_port.enabled);
        let by_host = Submitted { id: None, ..whole() }.complete("ORDERS", 5).unwrap();
        assert_eq!(by_host.id, "h");
    }

    #[test]
    fn of_two_overrides_the_known_one_counts() {
        let submitted = Submitted { overridden: vec!["UNKNOWN".into(), "OUT_OF_SERVICE".into()], ..whole() };
        assert_eq!(submitted.complete("ORDERS", 5).unwrap().overridden, Status::OutOfService);
    }
}
