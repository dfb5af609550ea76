//! Payments through its doors (GraphQL and webhooks over HTTP), with the sandbox provider and MySQL.

mod access;
mod cancel;
mod harness;
mod refunds;
mod start;
mod unknown;
mod webhooks;
