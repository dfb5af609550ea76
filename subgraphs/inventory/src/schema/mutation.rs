//! Changes of stock by staff.

use async_graphql::{Context, Object};
use souk_contracts::Sku;
use souk_subgraph::{
    ApiError, StoreError,
    auth::{RequiresScope, principal},
    graphql::{UserError, UserErrorCode},
    idempotency::IdempotencyKey,
};

use super::{
    db,
    stock::{StockAdjustInput, StockAdjustPayload, StockLevel, Warehouse, WarehousePayload},
    stock_room,
};
use crate::{
    commands::{self, AdjustError, Adjustment},
    domain::{Reason, ShelfKey, WarehouseName},
    store,
};

const DELTA_MAX: i32 = 1_000_000;

#[derive(Debug, Default)]
pub struct StockMutation;

#[Object]
impl StockMutation {
    /// Corrects what is on hand of a sku, once for each idempotency key; never below what is reserved. Needs the
    /// scope inventory:write.
    #[graphql(guard = "RequiresScope(\"inventory:write\")", requires_scopes = "inventory:write")]
    async fn stock_adjust(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What, where, by how much and why.")] input: StockAdjustInput,
    ) -> Result<StockAdjustPayload, ApiError> {
        let adjustment = match input.parse() {
            Ok(adjustment) => adjustment,
            Err(user_errors) => return Ok(StockAdjustPayload { stock_level: None, user_errors }),
        };
        let key = input.key(&principal(ctx).to_string(), &adjustment)?;
        match commands::adjust(stock_room(ctx), &adjustment, &key).await {
            Ok(()) => Ok(StockAdjustPayload { stock_level: level(ctx, &adjustment.shelf).await?, user_errors: vec![] }),
            Err(AdjustError::Store(error)) => Err(error.into()),
            Err(refusal) => Ok(StockAdjustPayload { stock_level: None, user_errors: vec![user_error(&refusal)] }),
        }
    }

    /// Adds a warehouse. Needs the scope inventory:write.
    #[graphql(guard = "RequiresScope(\"inventory:write\")", requires_scopes = "inventory:write")]
    async fn warehouse_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its name: 1 to 32 lower-case letters, digits and '-'.")] name: String,
    ) -> Result<WarehousePayload, ApiError> {
        let refused = |error| WarehousePayload { warehouse: None, user_errors: vec![error] };
        let parsed = match WarehouseName::parse(&name) {
            Ok(parsed) => parsed,
            Err(error) => return Ok(refused(UserError::at(UserErrorCode::Invalid, ["name"], error.to_string()))),
        };
        if !store::warehouses::insert(db(ctx), &parsed).await? {
            let taken = format!("there is a warehouse {name} already");
            return Ok(refused(UserError::at(UserErrorCode::Conflict, ["name"], taken)));
        }
        Ok(WarehousePayload { warehouse: Some(Warehouse { name }), user_errors: vec![] })
    }
}

impl StockAdjustInput {
    fn parse(&self) -> Result<Adjustment, Vec<UserError>> {
        let mut faults = Vec::new();
        let mut fault =
            |field: &str, message: String| faults.push(UserError::at(UserErrorCode::Invalid, [field], message));
        let sku = self.sku.parse::<Sku>().map_err(|error| fault("sku", error.to_string())).ok();
        let warehouse = WarehouseName::parse(self.warehouse.as_deref().unwrap_or("main"));
        let warehouse = warehouse.map_err(|error| fault("warehouse", error.to_string())).ok();
        let reason = Reason::parse(&self.reason).map_err(|error| fault("reason", error.to_string())).ok();
        if self.delta == 0 || !(-DELTA_MAX..=DELTA_MAX).contains(&self.delta) {
            fault("delta", format!("delta must not be 0, and {DELTA_MAX} at most either way"));
        }
        match (sku, warehouse, reason) {
            (Some(sku), Some(warehouse), Some(reason)) if faults.is_empty() => {
                let shelf = ShelfKey { sku, warehouse: warehouse.as_str().to_owned() };
                Ok(Adjustment { shelf, warehouse, delta: self.delta.into(), reason })
            }
            _ => Err(faults),
        }
    }

    fn key(&self, caller: &str, adjustment: &Adjustment) -> Result<IdempotencyKey, ApiError> {
        let Adjustment { shelf, delta, reason, .. } = adjustment;
        let canonical = (&shelf.sku, &shelf.warehouse, delta, reason.as_str());
        IdempotencyKey::parse(caller, "stockAdjust", &self.idempotency_key, &canonical)
    }
}

async fn level(ctx: &Context<'_>, shelf: &ShelfKey) -> Result<Option<StockLevel>, StoreError> {
    let rows = store::stock::of_skus(db(ctx), std::slice::from_ref(&shelf.sku)).await?;
    Ok(rows.into_iter().find(|row| row.shelf == *shelf).map(StockLevel::from))
}

fn user_error(refusal: &AdjustError) -> UserError {
    let (code, field) = match refusal {
        AdjustError::KeyReused => (UserErrorCode::IdempotencyKeyReused, "idempotencyKey"),
        AdjustError::UnknownSku(_) => (UserErrorCode::UnknownSku, "sku"),
        AdjustError::UnknownWarehouse(_) => (UserErrorCode::NotFound, "warehouse"),
        AdjustError::BelowReserved { .. } => (UserErrorCode::OutOfStock, "delta"),
        AdjustError::AboveCeiling | AdjustError::Store(_) => (UserErrorCode::Invalid, "delta"),
    };
    UserError::at(code, [field], refusal.to_string())
}
