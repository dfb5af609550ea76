//! A new customer.

use souk_contracts::{CustomerId, identity::Role};
use souk_process::clock;
use souk_subgraph::{
    db::{Db, in_transaction},
    graphql::{UserError, UserErrorCode},
    random,
};

use super::{CommandError, Opened, Passwords, session};
use crate::{
    domain::{Email, Name, Password},
    keys::SigningKeys,
    store::{self, Inserted},
};

/// A registration as it came in.
#[derive(Debug)]
pub struct Registration {
    pub email: String,
    pub name: String,
    pub password: String,
}

/// Makes the customer and signs them in.
///
/// # Errors
/// INVALID for each faulty field, EMAIL_TAKEN.
pub async fn register(
    db: &Db,
    keys: &SigningKeys,
    passwords: &Passwords,
    asked: Registration,
) -> Result<Opened, CommandError> {
    let (email, name, password) = parse(asked)?;
    let hash = passwords.hash(password).await?;
    let id = CustomerId::new(clock::now(), random::bytes());
    let (email, name, hash) = (&email, &name, hash.as_str());
    let refresh = in_transaction(db, |tx| {
        Box::pin(async move {
            match store::insert_customer(tx, id, (email, name), hash, Role::Customer).await? {
                Inserted::Yes => Ok(session::open(tx, id).await?),
                Inserted::EmailTaken => Err(CommandError::refused(UserError::at(
                    UserErrorCode::EmailTaken,
                    ["email"],
                    "an account with this email exists: sign in instead",
                ))),
            }
        })
    })
    .await?;
    Ok(session::sign(keys, id, Role::Customer, refresh)?)
}

fn parse(asked: Registration) -> Result<(Email, Name, Password), CommandError> {
    let mut faults = Vec::new();
    let mut fault = |field, refusal: crate::domain::Refusal| {
        faults.push(UserError::at(UserErrorCode::Invalid, [field], refusal.to_string()));
    };
    let email = Email::parse(&asked.email).map_err(|refusal| fault("email", refusal)).ok();
    let name = Name::parse(&asked.name).map_err(|refusal| fault("name", refusal)).ok();
    let password = Password::parse(asked.password).map_err(|refusal| fault("password", refusal)).ok();
    match (email, name, password) {
        (Some(email), Some(name), Some(password)) => Ok((email, name, password)),
        _ => Err(CommandError::Refused(faults)),
    }
}
