//! The JSON of the protocol as a client reads and writes it. Reading is lenient: numbers may be strings, one element
//! may stand where a list belongs, unknown fields are passed over.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::view::Status;

/// What a change did to an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Put,
    Deleted,
}

/// An instance as the registry describes it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Described {
    /// Lower case.
    pub(crate) app: String,
    pub(crate) id: String,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) secure: bool,
    pub(crate) status: Status,
    pub(crate) lease_s: u64,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) action: Action,
}

/// The answer to a full or delta fetch.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fetched {
    /// Over the whole registry, also in a delta; None when the registry sends none.
    pub(crate) hash_code: Option<String>,
    pub(crate) instances: Vec<Described>,
}

/// Parses an `applications` document.
pub(crate) fn read(body: &[u8]) -> Result<Fetched, serde_json::Error> {
    let document: Document = serde_json::from_slice(body)?;
    let applications = document.applications;
    let instances = applications
        .application
        .into_iter()
        .flat_map(|application| {
            let name = application.name;
            application.instance.into_iter().filter_map(move |instance| describe(&name, instance))
        })
        .collect();
    Ok(Fetched { hash_code: applications.hash_code, instances })
}

fn describe(app: &str, read: ReadInstance) -> Option<Described> {
    let secure = read.secure_port.as_ref().is_some_and(|port| port.enabled(false))
        && !read.port.as_ref().is_none_or(|port| port.enabled(true));
    let port = if secure { read.secure_port } else { read.port }.and_then(|port| port.number());
    let id = read.instance_id.or_else(|| read.host_name.clone())?;
    Some(Described {
        app: app.to_lowercase(),
        id,
        host: read.host_name.or(read.ip_addr)?,
        port: port.unwrap_or(if secure { 7002 } else { 7001 }),
        secure,
        status: read.status.as_deref().map_or(Status::Unknown, Status::parse),
        lease_s: read.lease_info.and_then(|lease| lease.duration_in_secs).unwrap_or(90),
        metadata: read.metadata.into_iter().filter(|(key, _)| key != "@class").filter_map(text_value).collect(),
        action: if read.action_type.as_deref() == Some("DELETED") { Action::Deleted } else { Action::Put },
    })
}

fn text_value((key, value): (String, Value)) -> Option<(String, String)> {
    match value {
        Value::String(text) => Some((key, text)),
        Value::Number(number) => Some((key, number.to_string())),
        Value::Bool(flag) => Some((key, flag.to_string())),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[derive(Deserialize)]
struct Document {
    applications: ReadApplications,
}

#[derive(Deserialize)]
struct ReadApplications {
    #[serde(rename = "apps__hashcode", alias = "apps_hashcode")]
    hash_code: Option<String>,
    #[serde(default, deserialize_with = "one_or_many")]
    application: Vec<ReadApplication>,
}

#[derive(Deserialize)]
struct ReadApplication {
    name: String,
    #[serde(default, deserialize_with = "one_or_many")]
    instance: Vec<ReadInstance>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReadInstance {
    instance_id: Option<String>,
    host_name: Option<String>,
    ip_addr: Option<String>,
    status: Option<String>,
    port: Option<ReadPort>,
    secure_port: Option<ReadPort>,
    lease_info: Option<ReadLease>,
    #[serde(default)]
    metadata: BTreeMap<String, Value>,
    action_type: Option<String>,
}

#[derive(Deserialize)]
struct ReadPort {
    #[serde(rename = "$")]
    number: Value,
    #[serde(rename = "@enabled")]
    enabled: Option<Value>,
}

impl ReadPort {
    fn number(&self) -> Option<u16> {
        match &self.number {
            Value::Number(number) => number.as_u64().and_then(|number| number.try_into().ok()),
            Value::String(text) => text.parse().ok(),
            _ => None,
        }
    }

    fn enabled(&self, default: bool) -> bool {
        match &self.enabled {
            Some(Value::Bool(flag)) => *flag,
            Some(Value::String(text)) => text == "true",
            _ => default,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReadLease {
    duration_in_secs: Option<u64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    Many(Vec<T>),
    One(T),
}

fn one_or_many<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    Ok(match Option::<OneOrMany<T>>::deserialize(from)? {
        Some(OneOrMany::Many(many)) => many,
        Some(OneOrMany::One(one)) => vec![one],
        None => Vec::new(),
    })
}

/// The body of a registration.
#[derive(Debug, Serialize)]
pub(crate) struct Registering<'a> {
    pub(crate) instance: WriteInstance<'a>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WriteInstance<'a> {
    pub(crate) instance_id: &'a str,
    pub(crate) host_name: &'a str,
    /// Upper case.
    pub(crate) app: String,
    pub(crate) ip_addr: &'a str,
    pub(crate) status: &'static str,
    pub(crate) port: WritePort,
    pub(crate) secure_port: WritePort,
    pub(crate) country_id: u8,
    pub(crate) data_center_info: WriteDataCenter,
    pub(crate) lease_info: WriteLease,
    pub(crate) metadata: &'a BTreeMap<String, String>,
    pub(crate) home_page_url: String,
    pub(crate) status_page_url: String,
    pub(crate) health_check_url: String,
    pub(crate) vip_address: &'a str,
    pub(crate) secure_vip_address: &'a str,
    /// Milliseconds, as text.
    pub(crate) last_dirty_timestamp: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct WritePort {
    #[serde(rename = "$")]
    pub(crate) number: u16,
    #[serde(rename = "@enabled")]
    pub(crate) enabled: &'static str,
}

#[derive(Debug, Serialize)]
pub(crate) struct WriteDataCenter {
    #[serde(rename = "@class")]
    pub(crate) class: &'static str,
    pub(crate) name: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WriteLease {
    pub(crate) renewal_interval_in_secs: u32,
    pub(crate) duration_in_secs: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spring_registry_is_read() {
        let body = br#"{"applications":{"versions__delta":"1","apps__hashcode":"UP_1_","application":[{"name":"ORDERS",
            "instance":[{"instanceId":"h:orders:1","hostName":"10.0.0.7","app":"ORDERS","ipAddr":"10.0.0.7","status":"UP",
            "overriddenStatus":"UNKNOWN","port":{"$":8080,"@enabled":"true"},"securePort":{"$":443,"@enabled":"false"},
            "leaseInfo":{"renewalIntervalInSecs":3,"durationInSecs":10},
            "metadata":{"@class":"java.util.Collections$EmptyMap","zone":"a"},"actionType":"ADDED"}]}]}}"#;
        let fetched = read(body).unwrap();
        assert_eq!(fetched.hash_code.as_deref(), Some("UP_1_"));
        let instance = &fetched.instances[0];
        assert_eq!((instance.app.as_str(), instance.port, instance.lease_s), ("orders", 8080, 10));
        assert_eq!(instance.metadata, BTreeMap::from([("zone".to_owned(), "a".to_owned())]));
    }

    #[test]
    fn one_element_may_stand_where_a_list_belongs_and_numbers_may_be_text() {
        let body = br#"{"applications":{"application":{"name":"A","instance":{"hostName":"h","port":{"$":"81","@enabled":"false"},
            "securePort":{"$":"444","@enabled":true},"actionType":"DELETED"}}}}"#;
        let instance = read(body).unwrap().instances.remove(0);
        assert_eq!((instance.id.as_str(), instance.port, instance.secure), ("h", 444, true));
        assert_eq!((instance.status, instance.action), (Status::Unknown, Action::Deleted));
    }

    #[test]
    fn an_empty_registry_is_read_in_all_its_spellings() {
        for body in [
            r#"{"applications":{"application":[]}}"#,
            r#"{"applications":{}}"#,
            r#"{"applications":{"application":null}}"#,
        ] {
            assert!(read(body.as_bytes()).unwrap().instances.is_empty(), "{body}");
        }
    }
}
