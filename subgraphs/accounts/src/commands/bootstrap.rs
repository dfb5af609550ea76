//! The accounts to start with: staff and administrators cannot register themselves.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use souk_contracts::{CustomerId, identity::Role};
use souk_process::clock;
use souk_subgraph::{
    StoreError,
    db::{Db, in_transaction},
    random,
};

use super::Passwords;
use crate::{
    domain::{Email, Name, Password},
    store,
};

#[derive(Debug, thiserror::Error)]
pub enum BootstrapError {
    #[error("{path} cannot be read: {reason}")]
    File { path: PathBuf, reason: String },
    #[error("entry {index}: {reason}")]
    Entry { index: usize, reason: String },
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[derive(Deserialize)]
struct Entry {
    email: String,
    name: String,
    password: String,
    role: Role,
}

/// Makes the accounts of the file that are missing; those that exist are left as they are.
///
/// # Errors
/// A file or an entry that cannot be used.
pub async fn bootstrap(db: &Db, passwords: &Passwords, path: &Path) -> Result<(), BootstrapError> {
    let fault = |reason: String| BootstrapError::File { path: path.to_owned(), reason };
    let text = std::fs::read_to_string(path).map_err(|error| fault(error.to_string()))?;
    let entries: Vec<Entry> = serde_json::from_str(&text).map_err(|error| fault(error.to_string()))?;
    for (index, entry) in entries.into_iter().enumerate() {
        let fault = |reason: String| BootstrapError::Entry { index, reason };
        let email = &Email::parse(&entry.email).map_err(|refusal| fault(refusal.to_string()))?;
        if store::customer_by_email(db, email).await?.is_some() {
            continue;
        }
        let name = &Name::parse(&entry.name).map_err(|refusal| fault(refusal.to_string()))?;
        let password = Password::parse(entry.password).map_err(|refusal| fault(refusal.to_string()))?;
        let hash = passwords.hash(password).await.map_err(|error| fault(error.message))?;
        let (id, hash, role) = (CustomerId::new(clock::now(), random::bytes()), hash.as_str(), entry.role);
        // A replica that starts at the same time may have made it: then there is nothing left to do.
        in_transaction(db, |tx| {
            Box::pin(async move { store::insert_customer(tx, id, (email, name), hash, role).await.map(|_| ()) })
        })
        .await?;
    }
    Ok(())
}
