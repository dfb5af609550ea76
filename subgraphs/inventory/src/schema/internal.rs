//! Operations for other services, called directly with their tokens; no client sees them.
//!
//! All are idempotent by the order's id: a caller that got no answer asks again.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use souk_contracts::{LineId, OrderId, Quantity};
use souk_subgraph::{ApiError, auth::CalledBy, outbox};

use super::{db, stock_room};
use crate::{
    commands::{self, Held, HoldRequest},
    domain::{Action, HoldLine, ReservationState},
    store,
};

/// Lines of one order at most.
const LINES_MAX: usize = 200;
/// Events in one answer at most; the caller asks again from the last one.
const EVENTS_MAX: u32 = 500;

/// One line of an order to reserve.
#[derive(Debug, InputObject)]
#[graphql(inaccessible)]
pub struct ReservationLineInput {
    /// The order line's id.
    line_id: ID,
    /// What is ordered.
    sku: String,
    /// How many units.
    quantity: i32,
}

/// The stock of one order to reserve.
#[derive(Debug, InputObject)]
#[graphql(inaccessible)]
pub struct ReservationHoldInput {
    /// The order; its reservation is made once.
    order_id: ID,
    /// The order's lines: all are reserved, or none.
    lines: Vec<ReservationLineInput>,
    /// Seconds for which the units are held.
    ttl_seconds: i32,
}

/// The outcome of a reservation.
#[derive(Debug, SimpleObject)]
#[graphql(inaccessible)]
pub struct ReservationHoldPayload {
    /// Whether every line is held (or committed already).
    held: bool,
    /// The skus that fell short; empty when held.
    short_skus: Vec<String>,
    /// When the units are freed unless extended or committed; null when not held.
    expires_at: Option<DateTime<Utc>>,
}

/// Where a reservation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "ReservationState", name = "ReservationState", inaccessible)]
pub enum ReservationStateName {
    /// The units are set aside until the reservation expires.
    Held,
    /// The units have left the stock for good.
    Committed,
    /// The units were given back before they were committed.
    Released,
    /// Nobody came back in time: the units were given back.
    Expired,
    /// The units were committed and put back on the shelf.
    Restocked,
}

/// Units of one order line, set aside or gone.
#[derive(Debug, SimpleObject)]
#[graphql(inaccessible)]
pub struct Reservation {
    /// The order line's id.
    line_id: ID,
    /// What is reserved.
    sku: String,
    /// From which warehouse.
    warehouse: String,
    /// How many units.
    quantity: i32,
    /// Where it stands.
    state: ReservationStateName,
    /// When a held one is freed.
    expires_at: DateTime<Utc>,
}

#[derive(Debug, Default)]
pub struct InternalQuery;

#[Object]
impl InternalQuery {
    /// The reservations of an order, by line. For orders.
    #[graphql(inaccessible, guard = "CalledBy(&[\"orders\"])")]
    async fn reservations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The order.")] order_id: ID,
    ) -> Result<Vec<Reservation>, ApiError> {
        let order: OrderId = order_id.parse()?;
        let rows = store::reservations::of_order(db(ctx), order).await?;
        Ok(rows.into_iter().map(Reservation::from).collect())
    }

    /// Events of one stock row (`SKU@warehouse`) newer than `version`, oldest first, as CloudEvents in JSON. For
    /// services that missed some.
    #[graphql(
        inaccessible,
        shareable,
        guard = "CalledBy(&[\"products\", \"orders\", \"payments\", \"notifications\"])"
    )]
    async fn events_since(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The aggregate's id, as in the events' subject.")] id: ID,
        #[graphql(desc = "The newest version that the caller has; 0 for all.")] version: i32,
    ) -> Result<Vec<String>, ApiError> {
        let since = u64::try_from(version).map_err(|_| ApiError::bad_input("version must not be negative"))?;
        let events = outbox::events_since(db(ctx), id.as_str(), since, EVENTS_MAX).await?;
        events.iter().map(|event| serde_json::to_string(event).map_err(|error| ApiError::internal(&error))).collect()
    }
}

#[derive(Debug, Default)]
pub struct InternalMutation;

#[Object]
impl InternalMutation {
    /// Reserves all lines of an order, or none. Asked again for the same order it tells what stands. For orders.
    #[graphql(inaccessible, guard = "CalledBy(&[\"orders\"])")]
    async fn reservation_hold(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The order, its lines and for how long.")] input: ReservationHoldInput,
    ) -> Result<ReservationHoldPayload, ApiError> {
        let request = input.parse()?;
        Ok(commands::hold(stock_room(ctx), &request).await?.into())
    }

    /// Holds the units of an order longer, up to a cap from its first hold. True when every line is still held.
    /// For orders.
    #[graphql(inaccessible, guard = "CalledBy(&[\"orders\"])")]
    async fn reservation_extend(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The order.")] order_id: ID,
        #[graphql(desc = "Seconds from now for which the units are held.")] ttl_seconds: i32,
    ) -> Result<bool, ApiError> {
        let order: OrderId = order_id.parse()?;
        Ok(commands::extend(stock_room(ctx), order, parse_ttl(ttl_seconds)?).await?)
    }

    /// Gives held units of an order back. True when no unit of it is held or committed afterwards. For orders.
    #[graphql(inaccessible, guard = "CalledBy(&[\"orders\"])")]
    async fn reservation_release(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The order.")] order_id: ID,
    ) -> Result<bool, ApiError> {
        let states = commands::settle(stock_room(ctx), order_id.parse()?, Action::Release).await?;
        Ok(!states.iter().any(|state| state.occupies_stock()))
    }

    /// Takes held units of an order out of the stock for good. True when every line is committed afterwards. For
    /// orders.
    #[graphql(inaccessible, guard = "CalledBy(&[\"orders\"])")]
    async fn reservation_commit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The order.")] order_id: ID,
    ) -> Result<bool, ApiError> {
        let states = commands::settle(stock_room(ctx), order_id.parse()?, Action::Commit).await?;
        Ok(!states.is_empty() && states.iter().all(|state| *state == ReservationState::Committed))
    }

    /// Puts committed units of a cancelled order back on the shelf, and releases what was only held. True when no
    /// unit of it is held or committed afterwards. For orders.
    #[graphql(inaccessible, guard = "CalledBy(&[\"orders\"])")]
    async fn reservation_restock(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The order.")] order_id: ID,
    ) -> Result<bool, ApiError> {
        let states = commands::settle(stock_room(ctx), order_id.parse()?, Action::Restock).await?;
        Ok(!states.iter().any(|state| state.occupies_stock()))
    }
}

impl ReservationHoldInput {
    fn parse(&self) -> Result<HoldRequest, ApiError> {
        if !(1..=LINES_MAX).contains(&self.lines.len()) {
            return Err(ApiError::bad_input(format!("lines must be 1 to {LINES_MAX}")));
        }
        let lines = self.lines.iter().map(ReservationLineInput::parse).collect::<Result<_, ApiError>>()?;
        Ok(HoldRequest { order: self.order_id.parse()?, lines, ttl_seconds: parse_ttl(self.ttl_seconds)? })
    }
}

impl ReservationLineInput {
    fn parse(&self) -> Result<HoldLine, ApiError> {
        let line: LineId = self.line_id.parse()?;
        Ok(HoldLine { line, sku: self.sku.parse()?, quantity: Quantity::new(self.quantity.into())? })
    }
}

fn parse_ttl(seconds: i32) -> Result<u32, ApiError> {
    match u32::try_from(seconds) {
        Ok(fit @ 1..=86_400) => Ok(fit),
        _ => Err(ApiError::bad_input("ttlSeconds must be 1 to 86400")),
    }
}

impl From<Held> for ReservationHoldPayload {
    fn from(held: Held) -> Self {
        match held {
            Held::Until(expires_at) => Self { held: true, short_skus: Vec::new(), expires_at: Some(expires_at) },
            Held::Short(skus) => {
                let short_skus = skus.iter().map(ToString::to_string).collect();
                Self { held: false, short_skus, expires_at: None }
            }
        }
    }
}

impl From<store::ReservationRow> for Reservation {
    fn from(row: store::ReservationRow) -> Self {
        Self {
            line_id: row.line.to_string().into(),
            sku: row.shelf.sku.to_string(),
            warehouse: row.shelf.warehouse,
            quantity: row.quantity as i32,
            state: row.state.into(),
            expires_at: row.expires_at,
        }
    }
}
