//! No other site's page may act in a visitor's browser. There are no cookies to abuse, but a browser may sit
//! inside a network that trusts its address. In production a browser's cross-site request is refused, and CORS
//! stays closed; plain GETs without headers of their own (a link) stay allowed.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderMap, Method, StatusCode, header};

use super::{Accepted, reply};
use crate::{config::Profile, errors::Code, request::Refusal};

/// Middleware for the client's routes.
pub(crate) async fn refuse_cross_site(State(profile): State<Profile>, request: Request, next: Next) -> Response {
    let upgrade = request.headers().contains_key(header::UPGRADE);
    let changes = request.method() != Method::GET && request.method() != Method::HEAD;
    if profile == Profile::Production && (changes || upgrade) && is_cross_site(request.headers()) {
        let message = "requests from pages of other sites are refused";
        return reply(Accepted::Json, Err(Refusal::transport(StatusCode::FORBIDDEN, Code::Forbidden, message)));
    }
    next.run(request).await
}

/// By `Sec-Fetch-Site`, which scripts cannot set; by `Origin` for browsers that do not send it.
fn is_cross_site(headers: &HeaderMap) -> bool {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = headers.get("sec-fetch-site").and_then(|value| value.to_str().ok()) {
        return !matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text(header::ORIGIN) else { return false };
    let host = origin.split_once("://").map_or(origin, |(_, host)| host);
    text(header::HOST) != Some(host)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn only_browsers_on_other_sites_are_cross_site() {
        for (headers, expected) in [
            (vec![], false),
            (vec![("sec-fetch-site", "same-origin")], false),
            (vec![("sec-fetch-site", "none")], false),
            (vec![("sec-fetch-site", "cross-site")], true),
            (vec![("sec-fetch-site", "same-site")], true),
            (vec![("origin", "http://shop.example"), ("host", "shop.example")], false),
            (vec![("origin", "http://evil.example"), ("host", "shop.example")], true),
            (vec![("origin", "null"), ("host", "shop.example")], true),
        ] {
            let map: HeaderMap = headers
                .iter()
                .map(|(name, value)| (header::HeaderName::from_static(name), HeaderValue::from_static(value)))
                .collect();
            assert_eq!(is_cross_site(&map), expected, "{headers:?}");
        }
    }
}
