//! Mutations of accounts.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use souk_contracts::CustomerId;
use souk_subgraph::{ApiError, ErrorCode, auth, db::Db, graphql::AddressInput};

use super::{
    address::{AddressPayload, address},
    loaders,
    session::{CustomerRegisterInput, SessionCreateInput, SessionPayload, SessionRefreshInput},
};
use crate::{
    commands::{self, Opened, Passwords, Registration, SignInLimit, split},
    keys::SigningKeys,
};

pub struct Mutation;

#[Object]
impl Mutation {
    /// Makes a customer's account and signs them in.
    async fn customer_register(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who they are.")] input: CustomerRegisterInput,
    ) -> Result<SessionPayload, ApiError> {
        let asked = Registration { email: input.email, name: input.name, password: input.password };
        let passwords = ctx.data_unchecked::<Passwords>();
        payload(ctx, commands::register(db(ctx), keys(ctx), passwords, asked).await).await
    }

    /// Signs in with email and password.
    async fn session_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The credentials.")] input: SessionCreateInput,
    ) -> Result<SessionPayload, ApiError> {
        let checks = (ctx.data_unchecked::<Passwords>(), ctx.data_unchecked::<SignInLimit>());
        let credentials = (input.email.as_str(), input.password.into());
        payload(ctx, commands::sign_in(db(ctx), keys(ctx), checks, credentials).await).await
    }

    /// Trades a refresh token for new tokens. The old one is used up: presented again, it ends the session.
    async fn session_refresh(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The refresh token.")] input: SessionRefreshInput,
    ) -> Result<SessionPayload, ApiError> {
        payload(ctx, commands::refresh(db(ctx), keys(ctx), &input.refresh_token).await).await
    }

    /// Signs out: ends the session of this refresh token.
    async fn session_revoke(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The refresh token.")] input: SessionRefreshInput,
    ) -> Result<SessionPayload, ApiError> {
        let (_, user_errors) = split(commands::revoke(db(ctx), &input.refresh_token).await)?;
        Ok(SessionPayload { session: None, user_errors })
    }

    /// Adds an address to your address book.
    async fn address_save(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The address.")] input: AddressInput,
    ) -> Result<AddressPayload, ApiError> {
        let saved = commands::save_address(db(ctx), customer(ctx)?, input).await;
        let (row, user_errors) = split(saved)?;
        Ok(AddressPayload { address: row.map(address), user_errors })
    }

    /// Removes an address from your address book.
    async fn address_remove(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The address's id.")] id: ID,
    ) -> Result<AddressPayload, ApiError> {
        let removed = commands::remove_address(db(ctx), customer(ctx)?, id.parse()?).await;
        let (row, user_errors) = split(removed)?;
        Ok(AddressPayload { address: row.map(address), user_errors })
    }
}

fn db<'a>(ctx: &Context<'a>) -> &'a Db {
    ctx.data_unchecked::<Db>()
}

fn keys<'a>(ctx: &Context<'a>) -> &'a SigningKeys {
    ctx.data_unchecked::<Arc<SigningKeys>>()
}

fn customer(ctx: &Context<'_>) -> Result<CustomerId, ApiError> {
    let message = "sign in first: send `Authorization: Bearer <accessToken>`";
    auth::principal(ctx).customer_id().ok_or_else(|| ApiError::new(ErrorCode::Unauthenticated, message))
}

async fn payload(
    ctx: &Context<'_>,
    outcome: Result<Opened, commands::CommandError>,
) -> Result<SessionPayload, ApiError> {
    SessionPayload::new(ctx.data_unchecked::<loaders::Customers>(), split(outcome)?).await
}
