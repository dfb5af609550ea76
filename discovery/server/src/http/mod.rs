//! The door: routes, and on each the same way through it: auth, decode, registry, encode.

mod auth;
mod decode;
mod encode;
mod feed;
mod reads;
mod writes;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{MethodRouter, get, post, put},
};
use tower_http::{compression::CompressionLayer, decompression::RequestDecompressionLayer};

pub(crate) use encode::Format;

use crate::{service::Service, status_page};

/// A registration with plenty of metadata has 5 KB.
const BODY_LIMIT: usize = 256 * 1024;

/// All routes, under both base paths of the protocol and with or without a trailing slash.
pub(crate) fn routes(service: Service) -> Router {
    let eureka = Router::new();
    let eureka = route(eureka, "/apps", get(reads::all));
    let eureka = route(eureka, "/apps/delta", get(reads::delta));
    let eureka = route(eureka, "/apps/{app}", get(reads::application).merge(post(writes::register)));
    let instance = get(reads::instance).merge(put(writes::renew).delete(writes::cancel));
    let eureka = route(eureka, "/apps/{app}/{id}", instance);
    let eureka = route(eureka, "/apps/{app}/{id}/status", put(writes::set_status).delete(writes::clear_status));
    let eureka = route(eureka, "/apps/{app}/{id}/metadata", put(writes::merge_metadata));
    let eureka = route(eureka, "/instances/{id}", get(reads::instance_by_id));
    let eureka = route(eureka, "/vips/{vip}", get(reads::by_vip));
    let eureka = route(eureka, "/svips/{vip}", get(reads::by_secure_vip));
    let eureka = route(eureka, "/changes", get(feed::changes));
    let eureka = route(eureka, "/status", get(status_page::show));
    Router::new()
        .route("/", get(status_page::show))
        .route("/status", get(status_page::show))
        .nest("/eureka", eureka.clone())
        .nest("/eureka/v2", eureka)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        // The limit counts what comes out of the decompression, so a small bomb stays small.
        .layer(RequestDecompressionLayer::new())
        .layer(CompressionLayer::new())
        .with_state(service)
}

fn route(router: Router<Service>, path: &str, methods: MethodRouter<Service>) -> Router<Service> {
    router.route(path, methods.clone()).route(&format!("{path}/"), methods)
}
