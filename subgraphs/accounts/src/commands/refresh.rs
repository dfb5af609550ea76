//! Rotation: a refresh token is good once. One that comes a second time was copied, so its session ends.

use souk_contracts::{CustomerId, identity::Role};
use souk_subgraph::{
    db::{Db, in_transaction},
    graphql::{UserError, UserErrorCode},
    random,
};

use super::{CommandError, Opened, session};
use crate::{domain::RefreshToken, keys::SigningKeys, store};

/// What a presented token led to; committed in every case, also when the session was ended.
enum Presented {
    Good(CustomerId, Role, RefreshToken),
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
            let Some(role) = store::role_of(tx, row.customer).await? else { return Ok(Presented::Bad) };
            store::mark_used(tx, token).await?;
            let next = RefreshToken::new(random::bytes());
            store::insert_refresh_token(tx, row.session, &next, session::REFRESH_DAYS).await?;
            Ok::<_, CommandError>(Presented::Good(row.customer, role, next))
        })
    })
    .await?;
    // Nothing but signing comes after the commit: a rotated token that does not reach the client ends its session.
    let Presented::Good(customer, role, next) = outcome else { return Err(refused()) };
    Ok(session::sign(keys, customer, role, next)?)
}
