//! The queries; open to everyone who reaches the registry.

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};

use super::encode::{self, Format};
use crate::{registry::Registry, service::Service, wire::model::Applications};

pub(super) async fn all(State(service): State<Service>, format: Format) -> Response {
    encode::applications(format, &service.read(|registry, _| registry.all()))
}

pub(super) async fn delta(State(service): State<Service>, format: Format) -> Response {
    encode::applications(format, &service.read(Registry::delta))
}

pub(super) async fn application(State(service): State<Service>, Path(app): Path<String>, format: Format) -> Response {
    let found = service.read(|registry, _| registry.application(&app.to_uppercase()));
    encode::application(format, found.as_ref())
}

pub(super) async fn instance(
    State(service): State<Service>,
    Path((app, id)): Path<(String, String)>,
    format: Format,
) -> Response {
    let found = service.read(|registry, _| registry.instance(&(app.to_uppercase(), id)));
    encode::instance(format, found.as_ref())
}

pub(super) async fn instance_by_id(State(service): State<Service>, Path(id): Path<String>, format: Format) -> Response {
    let found = service.read(|registry, _| registry.instance_by_id(&id));
    encode::instance(format, found.as_ref())
}

pub(super) async fn by_vip(State(service): State<Service>, Path(vip): Path<String>, format: Format) -> Response {
    found(format, service.read(|registry, _| registry.by_vip(&vip)))
}

pub(super) async fn by_secure_vip(State(service): State<Service>, Path(vip): Path<String>, format: Format) -> Response {
    found(format, service.read(|registry, _| registry.by_secure_vip(&vip)))
}

fn found(format: Format, answer: Option<Applications>) -> Response {
    answer.map_or_else(|| StatusCode::NOT_FOUND.into_response(), |answer| encode::applications(format, &answer))
}
