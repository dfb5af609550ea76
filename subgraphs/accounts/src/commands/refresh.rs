//! Rotation: a refresh token is good once. One that comes a second time was copied, so its session ends.

use souk_subgraph::{
    db::{Db, in_transaction},
    graphql::{UserError, UserErrorCode},
    random,
};

use super::{CommandError, Opened, session};
use crate::{domain::RefreshToken, keys::SigningKeys, store};

/// What a presented token led to; committed in every case, also when the session was ended.
enum Presented {
    Good(store::TokenRow, RefreshToken),
    Bad,
}

/// # Errors
/// INVALID_CREDENTIALS for an unknown, expired, revoked or used token.
pub async fn refresh(db: &Db, keys: &SigningKeys, presented: &str) -> Result<Opened, CommandError> {
    let refused = || {
        CommandError::refused(UserError::at(
            UserErrorCode::InvalidCredentials,
            ["refreshToken"],
            "this refresh token cannot be used any more: sign in again",
        ))
    };
    let token = &RefreshToken::parse(presented);
    let outcome = in_transaction(db, |tx| {
        Box::pin(async move {
            let Some(row) = store::lock_refresh_token(tx, token).await? else { return Ok(Presented::Bad) };
            if row.used && !row.revoked {
                store::revoke_session(tx, row.session).await?;
                tracing::warn!(session.id = %row.session, "a used refresh token came again: {} is revoked", row.session);
            }
            if row.used || row.expired || row.revoked {
                return Ok(Presented::Bad);
            }
            store::mark_used(tx, token).await?;
            let next = RefreshToken::new(random::bytes());
            store::insert_refresh_token(tx, row.session, &next, session::REFRESH_DAYS).await?;
            Ok::<_, CommandError>(Presented::Good(row, next))
        })
    })
    .await?;
    let Presented::Good(row, next) = outcome else { return Err(refused()) };
    let customer = store::customers_by_id(db, &[row.customer]).await?.pop().ok_or_else(refused)?;
    Ok(session::sign(keys, customer.id, customer.role, next)?)
}
