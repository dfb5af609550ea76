//! The XML spelling, as XStream writes and reads it in the Java clients.

use std::collections::BTreeMap;

use quick_xml::escape::escape;

use super::{
    model::{Application, Applications, DataCenter, Instance, LeaseTimes, Listed, Pages, Port},
    submitted::{Submitted, SubmittedDataCenter, SubmittedPort},
    xml_tree::{self, Element, XmlError},
};

pub(crate) fn applications(answer: &Applications) -> String {
    let mut out = String::new();
    within(&mut out, "applications", |out| {
        element(out, "versions__delta", &answer.version.to_string());
        element(out, "apps__hashcode", &answer.hash_code);
        for application in &answer.list {
            write_application(out, application);
        }
    });
    out
}

pub(crate) fn application(answer: &Application) -> String {
    let mut out = String::new();
    write_application(&mut out, answer);
    out
}

pub(crate) fn instance(answer: &Listed) -> String {
    let mut out = String::new();
    write_instance(&mut out, answer);
    out
}

fn write_application(out: &mut String, application: &Application) {
    within(out, "application", |out| {
        element(out, "name", &application.name);
        for listed in &application.instances {
            write_instance(out, listed);
        }
    });
}

fn write_instance(out: &mut String, listed: &Listed) {
    let instance = listed.instance.as_ref();
    let Instance { pages, .. } = instance;
    within(out, "instance", |out| {
        element(out, "instanceId", &instance.id);
        element(out, "hostName", &instance.host);
        element(out, "app", &instance.app);
        element(out, "ipAddr", &instance.ip);
        optional(out, "sid", instance.sid.as_deref());
        element(out, "status", instance.status.as_str());
        element(out, "overriddenstatus", instance.overridden.as_str());
        write_port(out, "port", instance.port);
        write_port(out, "securePort", instance.secure_port);
        element(out, "countryId", &instance.country_id.to_string());
        write_data_center(out, &instance.data_center);
        write_lease(out, instance, listed.times);
        write_metadata(out, &instance.metadata);
        optional(out, "homePageUrl", pages.home.as_deref());
        optional(out, "statusPageUrl", pages.status.as_deref());
        optional(out, "healthCheckUrl", pages.health.as_deref());
        optional(out, "secureHealthCheckUrl", pages.secure_health.as_deref());
        optional(out, "vipAddress", instance.vip.as_deref());
        optional(out, "secureVipAddress", instance.secure_vip.as_deref());
        element(out, "isCoordinatingDiscoveryServer", &instance.is_coordinator.to_string());
        element(out, "lastUpdatedTimestamp", &instance.last_updated_ms.to_string());
        element(out, "lastDirtyTimestamp", &instance.last_dirty_ms.to_string());
        element(out, "actionType", instance.action.as_str());
        optional(out, "asgName", instance.asg.as_deref());
        optional(out, "appGroupName", instance.group.as_deref());
    });
}

fn write_port(out: &mut String, name: &str, port: Port) {
    let (enabled, number) = (port.enabled.to_string(), port.number.to_string());
    push_all(out, &["<", name, " enabled=\"", &enabled, "\">", &number, "</", name, ">"]);
}

fn write_data_center(out: &mut String, center: &DataCenter) {
    push_all(out, &["<dataCenterInfo class=\"", center.class(), "\">"]);
    element(out, "name", center.name());
    if let DataCenter::Amazon { metadata } = center {
        write_metadata(out, metadata);
    }
    out.push_str("</dataCenterInfo>");
}

fn write_lease(out: &mut String, instance: &Instance, times: LeaseTimes) {
    within(out, "leaseInfo", |out| {
        element(out, "renewalIntervalInSecs", &instance.terms.renewal_interval_s.to_string());
        element(out, "durationInSecs", &instance.terms.duration_s.to_string());
        element(out, "registrationTimestamp", &times.registered.to_string());
        element(out, "lastRenewalTimestamp", &times.renewed.to_string());
        element(out, "evictionTimestamp", &times.evicted.to_string());
        element(out, "serviceUpTimestamp", &times.up_since.to_string());
    });
}

fn write_metadata(out: &mut String, metadata: &BTreeMap<String, String>) {
    if metadata.is_empty() {
        return out.push_str("<metadata class=\"java.util.Collections$EmptyMap\"/>");
    }
    within(out, "metadata", |out| {
        for (key, value) in metadata {
            element(out, &key_to_name(key), value);
        }
    });
}

fn within(out: &mut String, name: &str, content: impl FnOnce(&mut String)) {
    push_all(out, &["<", name, ">"]);
    content(out);
    push_all(out, &["</", name, ">"]);
}

fn push_all(out: &mut String, parts: &[&str]) {
    for part in parts {
        out.push_str(part);
    }
}

fn optional(out: &mut String, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        element(out, name, value);
    }
}

fn element(out: &mut String, name: &str, value: &str) {
    // Characters that XML 1.0 cannot hold, even escaped, would make the whole answer unreadable.
    let legal: String = value.chars().filter(|char| is_legal(*char)).collect();
    within(out, name, |out| out.push_str(&escape(legal.as_str())));
}

fn is_legal(char: char) -> bool {
    matches!(char, '\t' | '\n' | '\r' | '\u{20}'..='\u{FFFD}' | '\u{10000}'..)
}

/// A metadata key as an element name, by XStream's rules: `_` is doubled, `$` is `_-`, what no name may hold is
/// `_.` and four hex digits.
fn key_to_name(key: &str) -> String {
    let mut name = String::new();
    for (index, char) in key.chars().enumerate() {
        let plain = char.is_ascii_alphabetic() || (index > 0 && (char.is_ascii_digit() || matches!(char, '-' | '.')));
        match char {
            '_' => name.push_str("__"),
            '$' => name.push_str("_-"),
            _ if plain => name.push(char),
            // Beyond the first plane a key takes two units, as Java chars do.
            _ => char
                .encode_utf16(&mut [0; 2])
                .iter()
                .for_each(|unit| push_all(&mut name, &["_.", &format!("{unit:04x}")])),
        }
    }
    if name.is_empty() { "_.0000".to_owned() } else { name }
}

fn name_to_key(name: &str) -> String {
    let mut units: Vec<u16> = Vec::new();
    let mut rest = name;
    while let Some(char) = rest.chars().next() {
        let hex = rest.get(2..6).and_then(|digits| u16::from_str_radix(digits, 16).ok());
        rest = match (rest.get(..2), hex) {
            (Some("__"), _) => {
                units.push(u16::from(b'_'));
                &rest[2..]
            }
            (Some("_-"), _) => {
                units.push(u16::from(b'$'));
                &rest[2..]
            }
            (Some("_."), Some(unit)) => {
                units.push(unit);
                &rest[6..]
            }
            _ => {
                units.extend_from_slice(char.encode_utf16(&mut [0; 2]));
                &rest[char.len_utf8()..]
            }
        };
    }
    String::from_utf16_lossy(&units)
}

/// Reads the body of a registration.
pub(crate) fn read_instance(body: &str) -> Result<Submitted, XmlError> {
    let root = xml_tree::parse(body)?;
    if root.name != "instance" {
        return Err(XmlError::Root { expected: "instance", found: root.name });
    }
    let at = |name: &str| root.text_of(name);
    let lease = |name: &str| root.child("leaseInfo")?.text_of(name)?.parse().ok();
    Ok(Submitted {
        id: at("instanceId"),
        app: at("app"),
        host: at("hostName"),
        ip: at("ipAddr"),
        status: at("status"),
        overridden: [at("overriddenstatus"), at("overriddenStatus")].into_iter().flatten().collect(),
        port: port(root.child("port")),
        secure_port: port(root.child("securePort")),
        country_id: at("countryId").and_then(|number| number.parse().ok()),
        sid: at("sid"),
        data_center: root.child("dataCenterInfo").map(data_center),
        renewal_interval_s: lease("renewalIntervalInSecs"),
        duration_s: lease("durationInSecs"),
        metadata: entries(root.child("metadata")),
        pages: Pages {
            home: at("homePageUrl"),
            status: at("statusPageUrl"),
            health: at("healthCheckUrl"),
            secure_health: at("secureHealthCheckUrl"),
        },
        vip: at("vipAddress"),
        secure_vip: at("secureVipAddress"),
        is_coordinator: at("isCoordinatingDiscoveryServer").as_deref() == Some("true"),
        last_dirty_ms: at("lastDirtyTimestamp").and_then(|number| number.parse().ok()),
        asg: at("asgName"),
        group: at("appGroupName"),
    })
}

fn port(element: Option<&Element>) -> SubmittedPort {
    SubmittedPort {
        number: element.and_then(|element| element.text.parse().ok()),
        enabled: element.and_then(|element| element.attributes.get("enabled")).map(|enabled| enabled == "true"),
    }
}

fn data_center(element: &Element) -> SubmittedDataCenter {
    SubmittedDataCenter { name: element.text_of("name"), metadata: entries(element.child("metadata")) }
}

fn entries(element: Option<&Element>) -> BTreeMap<String, String> {
    let children = element.into_iter().flat_map(|element| &element.children);
    children.map(|child| (name_to_key(&child.name), child.text.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_keys_become_element_names_and_return() {
        for (key, name) in [
            ("graphql.sdl.sha256", "graphql.sdl.sha256"),
            ("management_port", "management__port"),
            ("$x", "_-x"),
            ("2 words", "_.0032_.0020words"),
            ("é😀", "_.00e9_.d83d_.de00"),
            ("_.0041", "__.0041"),
        ] {
            assert_eq!(key_to_name(key), name, "{key}");
            assert_eq!(name_to_key(name), key, "{name}");
        }
    }

    #[test]
    fn text_that_xml_cannot_hold_is_left_out_and_the_rest_is_escaped() {
        let mut out = String::new();
        element(&mut out, "a", "<b>&\u{1}\u{FFFF}\"'");
        assert_eq!(out, "<a>&lt;b&gt;&amp;&quot;&apos;</a>");
    }
}
