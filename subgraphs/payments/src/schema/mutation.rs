//! Mutations that staff sees.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use souk_contracts::identity::Principal;
use souk_subgraph::{
    ApiError,
    auth::{RequiresScope, principal},
    graphql::{MoneyInput, UserError, UserErrorCode},
    idempotency::IdempotencyKey,
};

use super::{parts, payment::Payment};
use crate::{
    commands::{self, CommandError, Refund, RefundOutcome},
    domain::Fault,
};

/// Money to be given back.
#[derive(Debug, Clone, InputObject)]
pub struct PaymentRefundInput {
    /// The payment.
    pub payment_id: ID,
    /// How much; at most what was captured and not refunded yet, in the payment's currency.
    pub amount: MoneyInput,
    /// Why, for the record.
    pub reason: String,
    /// 16 to 255 characters: the same key is the same refund, however often it is sent.
    pub idempotency_key: String,
}

/// A payment after a change, or why it was refused.
#[derive(Debug, Clone, SimpleObject)]
pub struct PaymentPayload {
    /// The payment; null when refused.
    pub payment: Option<Payment>,
    /// What stood in the way; empty when all went well.
    pub user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct PaymentsMutation;

#[Object]
impl PaymentsMutation {
    /// Gives money of a captured payment back, whole or in part. The provider may take a moment: `refunded` rises
    /// when it has done so. Needs the scope payments:write.
    #[graphql(guard = r#"RequiresScope("payments:write")"#, requires_scopes = "payments:write")]
    async fn payment_refund(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to give back.")] input: PaymentRefundInput,
    ) -> Result<PaymentPayload, ApiError> {
        let caller = principal(ctx);
        let refund = match input.parse(caller)? {
            Ok(refund) => refund,
            Err(user_error) => return Ok(PaymentPayload::refused(user_error)),
        };
        match commands::refund(parts(ctx), refund).await {
            Ok(RefundOutcome::Accepted(payment)) => Ok(PaymentPayload::of(Payment::for_caller(&payment, caller))),
            Ok(RefundOutcome::KeyReused) => Ok(PaymentPayload::refused(key_reused())),
            Err(error) => refusal(error).map(PaymentPayload::refused),
        }
    }
}

impl PaymentPayload {
    fn of(payment: Payment) -> Self {
        Self { payment: Some(payment), user_errors: Vec::new() }
    }

    fn refused(user_error: UserError) -> Self {
        Self { payment: None, user_errors: vec![user_error] }
    }
}

impl PaymentRefundInput {
    fn parse(self, caller: &Principal) -> Result<Result<Refund, UserError>, ApiError> {
        let payment_id = self.payment_id.parse()?;
        let amount = match self.amount.parse() {
            Ok(amount) if amount.minor > 0 => amount,
            Ok(_) => return Ok(Err(invalid(&["amount"], "the amount must be above zero"))),
            Err(error) => return Ok(Err(invalid(&["amount"], error.to_string()))),
        };
        let reason = self.reason.trim().to_owned();
        if !(1..=255).contains(&reason.chars().count()) {
            return Ok(Err(invalid(&["reason"], "give a reason of 1 to 255 characters")));
        }
        let requested_by = caller.to_string();
        let canonical = (payment_id, amount, &reason);
        let key = IdempotencyKey::parse(&requested_by, "paymentRefund", &self.idempotency_key, &canonical)?;
        Ok(Ok(Refund { payment_id, amount, reason, requested_by, key }))
    }
}

fn refusal(error: CommandError) -> Result<UserError, ApiError> {
    match error {
        CommandError::NotFound => {
            Ok(UserError::at(UserErrorCode::NotFound, ["paymentId"], "there is no payment with this id"))
        }
        CommandError::Fault(fault @ Fault::TooMuch { .. }) => {
            Ok(UserError::at(UserErrorCode::AmountTooHigh, ["amount"], fault.to_string()))
        }
        CommandError::Fault(fault @ Fault::Currency(_)) => Ok(invalid(&["amount", "currencyCode"], fault.to_string())),
        CommandError::Fault(fault) => Ok(UserError::new(UserErrorCode::InvalidTransition, fault.to_string())),
        other => Err(other.into()),
    }
}

fn invalid(field: &[&str], message: impl Into<String>) -> UserError {
    UserError::at(UserErrorCode::Invalid, field.iter().copied(), message)
}

fn key_reused() -> UserError {
    let message = "this idempotency key was used for another refund: use a fresh one";
    UserError::at(UserErrorCode::IdempotencyKeyReused, ["idempotencyKey"], message)
}
