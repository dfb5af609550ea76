//! How requests come and answers go: POST and GET here, WebSocket below. All end in `pipeline::run`.

mod once;
mod websocket;

pub(crate) use once::{get_or_upgrade, post};
pub(crate) use websocket::upgrade;
