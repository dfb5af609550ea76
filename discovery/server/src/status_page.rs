//! The page for people: who is registered, how they are, what changed. No script; it reloads itself.

use std::fmt::Write as _;

use axum::{
    extract::State,
    http::header,
    response::{Html, IntoResponse as _, Response},
};
use chrono::DateTime;
use serde_json::{Value, json};

use crate::{
    http::Format,
    registry::Protection,
    service::Service,
    wire::model::{Applications, Instance, Listed},
};

/// Changes shown at the end of the page.
const RECENT: usize = 20;

/// What the page shows, taken at one moment.
struct Picture {
    now_ms: i64,
    version: u64,
    protection: Protection,
    uptime_s: u64,
    registered: Applications,
    recent: Vec<Listed>,
}

/// HTML for people; JSON with the same facts when it is asked for.
pub(crate) async fn show(State(service): State<Service>, format: Format) -> Response {
    let picture = service.read(|registry, now_ms| Picture {
        now_ms,
        version: registry.version(),
        protection: registry.protection(now_ms),
        uptime_s: service.uptime().as_secs(),
        registered: registry.all(),
        recent: newest(registry.delta(now_ms)),
    });
    if format == Format::Json {
        return axum::Json(facts(&picture)).into_response();
    }
    // What an instance registers is foreign text: beside the escaping, nothing on this page may load or run.
    let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(page(&picture))).into_response()
}

fn newest(delta: Applications) -> Vec<Listed> {
    let mut recent: Vec<Listed> = delta.list.into_iter().flat_map(|application| application.instances).collect();
    recent.sort_by_key(|listed| std::cmp::Reverse(listed.instance.last_updated_ms));
    recent.truncate(RECENT);
    recent
}

fn protection_name(protection: Protection) -> &'static str {
    match protection {
        Protection::Off => "off",
        Protection::Watching => "watching",
        Protection::Active => "active",
    }
}

fn facts(picture: &Picture) -> Value {
    let instances = |application: &crate::wire::model::Application| -> Vec<Value> {
        let listed = application.instances.iter();
        listed
            .map(|listed| json!({"instanceId": listed.instance.id, "status": listed.instance.status.as_str()}))
            .collect()
    };
    let applications: Vec<Value> = picture
        .registered
        .list
        .iter()
        .map(|application| json!({"name": application.name, "instances": instances(application)}))
        .collect();
    json!({
        "version": picture.version,
        "hashCode": picture.registered.hash_code,
        "selfPreservation": protection_name(picture.protection),
        "uptimeSeconds": picture.uptime_s,
        "applications": applications,
    })
}

fn page(picture: &Picture) -> String {
    let mut out = String::from("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">");
    out.push_str("<meta http-equiv=\"refresh\" content=\"3\"><title>Souk registry</title><style>");
    out.push_str(include_str!("status_page.css"));
    out.push_str("</style></head><body><h1>Souk registry</h1>");
    let count: usize = picture.registered.list.iter().map(|application| application.instances.len()).sum();
    push(
        &mut out,
        format_args!(
            "<p class=\"facts\">{} applications, {count} instances · version {} · self-preservation {} · up for {}</p>",
            picture.registered.list.len(),
            picture.version,
            protection_name(picture.protection),
            duration(i64::try_from(picture.uptime_s).unwrap_or(i64::MAX)),
        ),
    );
    if picture.protection == Protection::Active {
        out.push_str(
            "<p class=\"warning\">Many instances fell silent at once. Their leases are kept until enough renew.</p>",
        );
    }
    if count == 0 {
        out.push_str("<p>Nothing is registered.</p>");
    }
    for application in &picture.registered.list {
        push(&mut out, format_args!("<h2>{}</h2>", escape(&application.name)));
        out.push_str("<table><tr><th>Instance<th>Status<th>Address<th>Renewed<th>Up for<th>Metadata</tr>");
        for listed in &application.instances {
            instance_row(&mut out, listed, picture.now_ms);
        }
        out.push_str("</table>");
    }
    recent_table(&mut out, picture);
    out.push_str("</body></html>");
    out
}

fn instance_row(out: &mut String, listed: &Listed, now_ms: i64) {
    let Instance { id, host, port, secure_port, status, overridden, terms, metadata, .. } = listed.instance.as_ref();
    let port = if secure_port.enabled && !port.enabled { secure_port.number } else { port.number };
    let since = |ms: i64| if ms == 0 { "–".to_owned() } else { duration((now_ms - ms) / 1_000) };
    let metadata: Vec<String> = metadata.iter().map(|(key, value)| escape(&format!("{key}={value}"))).collect();
    let set_by_operator = if *overridden == crate::wire::model::Status::Unknown { "" } else { " (set by an operator)" };
    push(
        out,
        format_args!(
            "<tr><td class=\"id\">{}<td class=\"{status}\">{status}{set_by_operator}<td>{}:{port}<td>{} ago, lease {} s<td>{}\
             <td class=\"meta\">{}</tr>",
            escape(id),
            escape(host),
            since(listed.times.renewed),
            terms.duration_s,
            since(listed.times.up_since),
            metadata.join("<br>"),
            status = status.as_str(),
        ),
    );
}

fn recent_table(out: &mut String, picture: &Picture) {
    if picture.recent.is_empty() {
        return;
    }
    out.push_str(
        "<h2>Recent changes</h2><table><tr><th>Time (UTC)<th>Application<th>Instance<th>Change<th>Status</tr>",
    );
    for listed in &picture.recent {
        let instance = &listed.instance;
        let time = DateTime::from_timestamp_millis(instance.last_updated_ms);
        let time = time.map_or_else(String::new, |time| time.format("%H:%M:%S").to_string());
        push(
            out,
            format_args!(
                "<tr><td>{time}<td>{}<td class=\"id\">{}<td>{}<td class=\"{status}\">{status}</tr>",
                escape(&instance.app),
                escape(&instance.id),
                instance.action.as_str().to_lowercase(),
                status = instance.status.as_str(),
            ),
        );
    }
    out.push_str("</table>");
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing into a String cannot fail.
    let _ = out.write_fmt(text);
}

/// `3 s`, `5 min`, `2 h`, `4 d`: one unit is enough to read at a glance.
fn duration(seconds: i64) -> String {
    match seconds {
        ..120 => format!("{} s", seconds.max(0)),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}
