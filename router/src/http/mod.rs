//! The client's door: routes, what is let in, and what is answered to browsers.

mod admin;
mod cross_site;
mod files;
mod forward;
mod negotiate;
mod rate;
mod server;
mod trace;

pub(crate) use negotiate::{Accepted, reply};
pub(crate) use rate::Rate;
pub(crate) use server::{Door, admin_routes, client_routes};
pub(crate) use trace::traceparent;
