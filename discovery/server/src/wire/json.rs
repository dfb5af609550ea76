//! The JSON spelling. Written so that Jackson with `FAIL_ON_UNKNOWN_PROPERTIES` reads it: the fields of the Java
//! classes and no others, and numbers as text where the Netflix codec has text.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    model::{Application, Applications, DataCenter, Instance, LeaseTimes, Listed, Pages, Port},
    submitted::{Submitted, SubmittedDataCenter, SubmittedPort},
};

/// `{"applications":{..}}`
pub(crate) fn applications(answer: &Applications) -> String {
    let list: Vec<Value> = answer.list.iter().map(application_value).collect();
    json!({"applications": {
        "versions__delta": answer.version.to_string(),
        "apps__hashcode": answer.hash_code,
        "application": list,
    }})
    .to_string()
}

/// `{"application":{..}}`
pub(crate) fn application(answer: &Application) -> String {
    json!({"application": application_value(answer)}).to_string()
}

/// `{"instance":{..}}`
pub(crate) fn instance(answer: &Listed) -> String {
    json!({"instance": instance_value(answer)}).to_string()
}

fn application_value(application: &Application) -> Value {
    let instances: Vec<Value> = application.instances.iter().map(instance_value).collect();
    json!({"name": application.name, "instance": instances})
}

fn instance_value(listed: &Listed) -> Value {
    let Instance { port, secure_port, metadata, pages, .. } = listed.instance.as_ref();
    let instance = &listed.instance;
    let mut fields = Map::new();
    let mut put = |key: &str, value: Value| fields.insert(key.to_owned(), value);
    put("instanceId", json!(instance.id));
    put("hostName", json!(instance.host));
    put("app", json!(instance.app));
    put("ipAddr", json!(instance.ip));
    put("status", json!(instance.status.as_str()));
    put("overriddenStatus", json!(instance.overridden.as_str()));
    put("port", port_value(*port));
    put("securePort", port_value(*secure_port));
    put("countryId", json!(instance.country_id));
    put("dataCenterInfo", data_center_value(&instance.data_center));
    put("leaseInfo", lease_value(instance, listed.times));
    put("metadata", metadata_value(metadata));
    put("isCoordinatingDiscoveryServer", json!(instance.is_coordinator.to_string()));
    put("lastUpdatedTimestamp", json!(instance.last_updated_ms.to_string()));
    put("lastDirtyTimestamp", json!(instance.last_dirty_ms.to_string()));
    put("actionType", json!(instance.action.as_str()));
    for (key, value) in [
        ("sid", &instance.sid),
        ("homePageUrl", &pages.home),
        ("statusPageUrl", &pages.status),
        ("healthCheckUrl", &pages.health),
        ("secureHealthCheckUrl", &pages.secure_health),
        ("vipAddress", &instance.vip),
        ("secureVipAddress", &instance.secure_vip),
        ("asgName", &instance.asg),
        ("appGroupName", &instance.group),
    ] {
        if let Some(value) = value {
            put(key, json!(value));
        }
    }
    Value::Object(fields)
}

fn port_value(port: Port) -> Value {
    json!({"$": port.number, "@enabled": port.enabled.to_string()})
}

fn data_center_value(center: &DataCenter) -> Value {
    match center {
        DataCenter::MyOwn | DataCenter::Netflix => json!({"@class": center.class(), "name": center.name()}),
        DataCenter::Amazon { metadata } => {
            json!({"@class": center.class(), "name": center.name(), "metadata": metadata})
        }
    }
}

fn lease_value(instance: &Instance, times: LeaseTimes) -> Value {
    json!({
        "renewalIntervalInSecs": instance.terms.renewal_interval_s,
        "durationInSecs": instance.terms.duration_s,
        "registrationTimestamp": times.registered,
        "lastRenewalTimestamp": times.renewed,
        "evictionTimestamp": times.evicted,
        "serviceUpTimestamp": times.up_since,
    })
}

fn metadata_value(metadata: &BTreeMap<String, String>) -> Value {
    if metadata.is_empty() { json!({"@class": "java.util.Collections$EmptyMap"}) } else { json!(metadata) }
}

/// Reads the body of a registration, leniently: numbers and booleans may be text and the other way round, unknown
/// fields are passed over.
pub(crate) fn read_instance(body: &[u8]) -> Result<Submitted, serde_json::Error> {
    let Wrapped { instance } = serde_json::from_slice(body)?;
    Ok(submitted(&instance))
}

/// The root wrapper that every Eureka document has.
#[derive(Deserialize)]
struct Wrapped {
    instance: Map<String, Value>,
}

fn submitted(fields: &Map<String, Value>) -> Submitted {
    let at = |key: &str| fields.get(key).and_then(text);
    let lease = fields.get("leaseInfo").and_then(Value::as_object);
    let seconds = |key: &str| lease.and_then(|lease| lease.get(key)).and_then(integer);
    Submitted {
        id: at("instanceId"),
        app: at("app"),
        host: at("hostName"),
        ip: at("ipAddr"),
        status: at("status"),
        overridden: [at("overriddenStatus"), at("overriddenstatus")].into_iter().flatten().collect(),
        port: port(fields.get("port")),
        secure_port: port(fields.get("securePort")),
        country_id: fields.get("countryId").and_then(integer),
        sid: at("sid"),
        data_center: fields.get("dataCenterInfo").and_then(Value::as_object).map(data_center),
        renewal_interval_s: seconds("renewalIntervalInSecs"),
        duration_s: seconds("durationInSecs"),
        metadata: text_map(fields.get("metadata")),
        pages: Pages {
            home: at("homePageUrl"),
            status: at("statusPageUrl"),
            health: at("healthCheckUrl"),
            secure_health: at("secureHealthCheckUrl"),
        },
        vip: at("vipAddress"),
        secure_vip: at("secureVipAddress"),
        is_coordinator: at("isCoordinatingDiscoveryServer").as_deref() == Some("true"),
        last_dirty_ms: fields.get("lastDirtyTimestamp").and_then(integer),
        asg: at("asgName"),
        group: at("appGroupName"),
    }
}

fn port(value: Option<&Value>) -> SubmittedPort {
    // Hand-written clients send a bare number.
    let Some(fields) = value.and_then(Value::as_object) else {
        return SubmittedPort { number: value.and_then(integer).and_then(|n| n.try_into().ok()), enabled: None };
    };
    SubmittedPort {
        number: fields.get("$").and_then(integer).and_then(|number| number.try_into().ok()),
        enabled: fields.get("@enabled").and_then(text).map(|enabled| enabled == "true"),
    }
}

fn data_center(fields: &Map<String, Value>) -> SubmittedDataCenter {
    SubmittedDataCenter { name: fields.get("name").and_then(text), metadata: text_map(fields.get("metadata")) }
}

/// Without the Java class that marks the kind of map.
fn text_map(value: Option<&Value>) -> BTreeMap<String, String> {
    let entries = value.and_then(Value::as_object).into_iter().flatten();
    entries.filter(|(key, _)| *key != "@class").filter_map(|(key, value)| Some((key.clone(), text(value)?))).collect()
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn integer(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_flags_may_be_text_and_the_other_way_round() {
        for body in [
            r#"{"instance":{"port":{"$":8080,"@enabled":"true"},"leaseInfo":{"durationInSecs":10},"lastDirtyTimestamp":7}}"#,
            r#"{"instance":{"port":{"$":"8080","@enabled":true},"leaseInfo":{"durationInSecs":"10"},"lastDirtyTimestamp":"7","x":{}}}"#,
        ] {
            let read = read_instance(body.as_bytes()).unwrap();
            assert_eq!(read.port, SubmittedPort { number: Some(8080), enabled: Some(true) }, "{body}");
            assert_eq!((read.duration_s, read.last_dirty_ms), (Some(10), Some(7)), "{body}");
        }
    }

    #[test]
    fn a_body_without_the_root_wrapper_is_refused() {
        assert!(read_instance(br#"{"instanceId":"a"}"#).is_err());
        assert!(read_instance(b"[]").is_err());
    }
}
