//! The change feed, ours alone: `GET /eureka/changes` as server-sent events.
//!
//! `snapshot {"version":N}` comes first, and again whenever events were lost: fetch what you need now. Then one
//! `change {"version":N,"app":..,"instanceId":..,"action":..,"status":..}` for each change. It says that something
//! changed; what it is now is read from the delta.

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::State,
    http::StatusCode,
    response::{
        IntoResponse as _, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::Stream;
use serde_json::json;
use tokio::sync::broadcast::error::RecvError;

use crate::{registry::Change, service::Service};

/// Tells both sides that the connection lives.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

pub(super) async fn changes(State(service): State<Service>) -> Response {
    match events(service) {
        Some(events) => Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response(),
        None => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

fn events(service: Service) -> Option<impl Stream<Item = Result<Event, Infallible>>> {
    let (permit, mut changes, version) = service.open_feed()?;
    Some(async_stream::stream! {
        let _permit = permit;
        yield Ok(snapshot(version));
        loop {
            let received = tokio::select! {
                received = changes.recv() => received,
                () = service.shutdown().requested() => return,
            };
            match received {
                Ok(change) => yield Ok(event(&change)),
                Err(RecvError::Lagged(_)) => yield Ok(snapshot(service.read(|registry, _| registry.version()))),
                Err(RecvError::Closed) => return,
            }
        }
    })
}

fn snapshot(version: u64) -> Event {
    Event::default().event("snapshot").id(version.to_string()).data(json!({"version": version}).to_string())
}

fn event(change: &Change) -> Event {
    let data = json!({
        "version": change.version,
        "app": change.app,
        "instanceId": change.id,
        "action": change.action.as_str(),
        "status": change.status.as_str(),
    });
    Event::default().event("change").id(change.version.to_string()).data(data.to_string())
}
