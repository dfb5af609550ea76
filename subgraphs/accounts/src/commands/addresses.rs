//! The address book.

use souk_contracts::{AddressId, CustomerId};
use souk_process::clock;
use souk_subgraph::{
    db::{Db, in_transaction},
    graphql::{AddressInput, UserError, UserErrorCode},
    random,
};

use super::CommandError;
use crate::store::{self, AddressRow};

/// Addresses a customer may keep.
const MOST: i64 = 50;

/// # Errors
/// INVALID for each faulty field, or when the book is full.
pub async fn save_address(db: &Db, customer: CustomerId, input: AddressInput) -> Result<AddressRow, CommandError> {
    let address = input.parse(&["input"]).map_err(CommandError::Refused)?;
    let row = AddressRow { id: AddressId::new(clock::now(), random::bytes()), customer, address };
    let saved = &row;
    in_transaction(db, |tx| {
        Box::pin(async move {
            if store::address_count(tx, customer).await? >= MOST {
                let message = format!("at most {MOST} addresses can be kept: remove one first");
                return Err(CommandError::refused(UserError::new(UserErrorCode::Invalid, message)));
            }
            Ok(store::insert_address(tx, saved).await?)
        })
    })
    .await?;
    Ok(row)
}

/// # Errors
/// NOT_FOUND when the customer has no such address.
pub async fn remove_address(db: &Db, customer: CustomerId, id: AddressId) -> Result<AddressRow, CommandError> {
    in_transaction(db, |tx| {
        Box::pin(async move {
            let removed = store::delete_address(tx, customer, id).await?;
            removed.ok_or_else(|| {
                CommandError::refused(UserError::at(
                    UserErrorCode::NotFound,
                    ["id"],
                    "you have no address with this id",
                ))
            })
        })
    })
    .await
}
