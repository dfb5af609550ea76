//! The changes; each takes a [`Writer`], so each needs the application's credential.

use std::collections::HashMap;

use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};

use super::{
    auth::{Denied, Writer},
    decode::{Arguments, Registration, bad_request},
    encode::{self, Format},
};
use crate::{
    registry::{Full, Renewal},
    service::Service,
    wire::{Incomplete, model::Status},
};

type Parameters = Query<Vec<(String, String)>>;

/// 204, the only answer that a Java client takes for success.
pub(super) async fn register(
    State(service): State<Service>,
    writer: Writer,
    Registration(submitted): Registration,
) -> Response {
    let registered = service.write(|registry, now_ms| {
        let instance = submitted.complete(&writer.app, now_ms).map_err(Refusal::Incomplete)?;
        writer.may_claim(&instance, service.config()).map_err(Refusal::Denied)?;
        tracing::info!(
            instance.id = %instance.id,
            app = %instance.app,
            "{} of {} registers as {}",
            instance.id,
            instance.app,
            instance.status.as_str()
        );
        registry.register(instance, writer.origin, now_ms).map_err(|Full| Refusal::Full)
    });
    match registered {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(Refusal::Incomplete(incomplete)) => bad_request(incomplete.to_string()),
        Err(Refusal::Denied(denied)) => denied.into_response(),
        Err(Refusal::Full) => {
            tracing::error!("registry is full: raise SOUK_DISCOVERY_MAX_INSTANCES");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

/// Why a registration is not taken.
enum Refusal {
    Incomplete(Incomplete),
    Denied(Denied),
    Full,
}

/// 200 with an empty body; 404 makes the client register again.
pub(super) async fn renew(
    State(service): State<Service>,
    writer: Writer,
    Query(parameters): Parameters,
    format: Format,
) -> Response {
    let dirty_ms = Arguments(parameters).dirty_ms();
    let origin = writer.origin;
    let key = writer.key();
    match service.write(|registry, now_ms| registry.renew(&key, dirty_ms, origin, now_ms)) {
        Renewal::Renewed => StatusCode::OK.into_response(),
        Renewal::RegisterAgain => StatusCode::NOT_FOUND.into_response(),
        Renewal::PeerIsBehind(newer) => (StatusCode::CONFLICT, encode::instance(format, Some(&newer))).into_response(),
    }
}

pub(super) async fn cancel(State(service): State<Service>, writer: Writer) -> StatusCode {
    let key = writer.key();
    let known = service.write(|registry, now_ms| registry.cancel(&key, now_ms));
    if known {
        tracing::info!(instance.id = %key.1, app = %key.0, "{} of {} leaves", key.1, key.0);
    }
    found(known)
}

pub(super) async fn set_status(
    State(service): State<Service>,
    writer: Writer,
    Query(parameters): Parameters,
) -> Response {
    let arguments = Arguments(parameters);
    let Some(value) = arguments.get("value") else { return bad_request("Missing value") };
    let (status, key) = (Status::parse(value), writer.key());
    found(service.write(|registry, now_ms| registry.set_status(&key, status, arguments.dirty_ms(), now_ms)))
        .into_response()
}

pub(super) async fn clear_status(
    State(service): State<Service>,
    writer: Writer,
    Query(parameters): Parameters,
) -> StatusCode {
    let arguments = Arguments(parameters);
    let status = arguments.get("value").map_or(Status::Unknown, Status::parse);
    let key = writer.key();
    found(service.write(|registry, now_ms| registry.clear_status(&key, status, arguments.dirty_ms(), now_ms)))
}

pub(super) async fn merge_metadata(
    State(service): State<Service>,
    writer: Writer,
    Query(parameters): Parameters,
) -> StatusCode {
    let mut entries = HashMap::new();
    for (name, value) in parameters {
        entries.entry(name).or_insert(value);
    }
    let key = writer.key();
    found(service.write(|registry, now_ms| registry.merge_metadata(&key, entries, now_ms)))
}

fn found(known: bool) -> StatusCode {
    if known { StatusCode::OK } else { StatusCode::NOT_FOUND }
}
