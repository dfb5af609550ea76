//! Health and metrics endpoints: `/health/live`, `/health/ready`, `/metrics`.
//!
//! Live means the process runs. Ready means every named part said that it can serve.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{Json, Router, http::StatusCode, response::IntoResponse, routing::get};
use serde::Serialize;

use crate::telemetry::Telemetry;

/// The state of each part of a process that must be up before it serves; clones share one state.
#[derive(Debug, Clone, Default)]
pub struct Health {
    parts: Arc<Mutex<BTreeMap<&'static str, Option<String>>>>,
}

#[derive(Debug, Serialize)]
struct Report {
    status: &'static str,
    /// Part -> why it is not ready; null when it is.
    parts: BTreeMap<&'static str, Option<String>>,
}

impl Health {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn set_ready(&self, part: &'static str) {
        self.lock().insert(part, None);
    }

    /// `reason` is shown to operators: no secrets, no addresses with passwords.
    pub fn set_unready(&self, part: &'static str, reason: impl Into<String>) {
        self.lock().insert(part, Some(reason.into()));
    }

    pub fn is_ready(&self) -> bool {
        self.lock().values().all(Option::is_none)
    }

    /// The three routes of an admin listener.
    pub fn routes(&self, telemetry: &Telemetry) -> Router {
        let health = self.clone();
        let telemetry = telemetry.clone();
        Router::new()
            .route("/health/live", get(|| async { "live" }))
            .route("/health/ready", get(move || async move { health.report() }))
            .route("/metrics", get(move || async move { telemetry.render_metrics() }))
    }

    fn report(&self) -> impl IntoResponse + use<> {
        let parts = self.lock().clone();
        let ready = parts.values().all(Option::is_none);
        let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        (status, Json(Report { status: if ready { "ready" } else { "unready" }, parts }))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<&'static str, Option<String>>> {
        // A panic while the map was held leaves it whole: every write is one insert.
        self.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
