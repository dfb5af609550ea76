//! Accounts: people, their passwords, sessions and addresses, and the keys that sign access tokens.
//!
//! It alone issues access tokens; everybody verifies them by the public keys in the trust bundle. It writes no
//! events and calls nobody.
//!
//! ```text
//! session:        signed in ──(refresh: old token used, new one issued)──> signed in
//!                     │ sign-out, or a used token presented again
//!                     v
//!                  revoked
//! refresh token:  fresh ──> used          (a used one revokes its whole session: it was stolen)
//! ```

mod commands;
mod config;
mod domain;
mod keys;
mod schema;
mod store;

use std::sync::Arc;

use souk_process::{Shutdown, telemetry::Telemetry};
use souk_subgraph::{
    Runtime, StartError,
    serve::{self, Subgraph},
};

pub use config::Config;

/// Why accounts did not start.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Keys(#[from] keys::KeysError),
    #[error("the accounts to start with cannot be made: {0}")]
    Bootstrap(#[from] commands::BootstrapError),
}

/// The federation SDL of this subgraph, without any connection.
pub fn sdl() -> String {
    serve::sdl(&schema::build().finish())
}

/// Runs the service until a stop is requested.
///
/// # Errors
/// [`RunError`], one sentence that says what to do.
pub async fn run(config: Config, telemetry: Telemetry, shutdown: Shutdown) -> Result<(), RunError> {
    let keys = Arc::new(keys::SigningKeys::read(config.signing_keys.clone())?);
    let runtime =
        Runtime::start(config.subgraph, &sqlx::migrate!("../../migrations/accounts"), telemetry, shutdown).await?;
    let passwords = commands::Passwords::new();
    if let Some(path) = &config.bootstrap {
        commands::bootstrap(&runtime.db, &passwords, path).await?;
    }
    runtime.shutdown.spawn(commands::forget_expired(runtime.db.clone(), runtime.shutdown.clone()));
    let schema = schema::build()
        .data(runtime.db.clone())
        .data(keys.clone())
        .data(passwords)
        .data(commands::SignInLimit::new(config.sign_ins_a_minute))
        .finish();
    let routes = keys::routes(&keys, &config.public_url);
    let db = runtime.db.clone();
    let per_request = move |request| schema::per_request(request, &db);
    let subgraph = Subgraph { schema, per_request, routes, subscriptions: false };
    serve::serve(runtime, subgraph).await?;
    Ok(())
}
