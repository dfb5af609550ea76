//! Payments in the graph.

use async_graphql::{Enum, ID, Interface, SimpleObject};
use chrono::{DateTime, Utc};
use souk_contracts::identity::Principal;
use souk_subgraph::graphql::{CurrencyCode, Money};

use crate::domain;

/// A thing with a globally unique, opaque id.
#[derive(Debug, Interface)]
#[graphql(field(name = "id", ty = "&ID", desc = "Globally unique, opaque id."))]
pub enum Node {
    Payment(Payment),
}

/// How an order is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::Method")]
pub enum PaymentMethod {
    /// A card: authorised, then captured; the bank may ask the customer first (3-D Secure).
    Card,
    /// A UPI collect request: the customer approves it in their app.
    Upi,
    /// A wallet: paid at once.
    Wallet,
    /// The customer's bank: they approve on its page.
    NetBanking,
    /// Cash, handed over at the door.
    CashOnDelivery,
}

/// Where a payment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum PaymentState {
    /// Wished for; nobody was asked yet.
    Created,
    /// The provider is being asked.
    Processing,
    /// The customer has to do something: see nextAction.
    RequiresAction,
    /// The money is held for us.
    Authorized,
    /// The money was taken.
    Captured,
    /// Nothing was taken.
    Failed,
    /// The provider did not answer; it is asked again until it does.
    Unknown,
    /// The hold was given up.
    Voided,
}

/// A method that orders can be paid with.
#[derive(Debug, Clone, SimpleObject)]
pub struct PaymentMethodInfo {
    /// The method, as `orderPlace` takes it.
    pub method: PaymentMethod,
    /// Its name, for people.
    pub name: String,
    /// Currencies in which it can be used.
    pub currencies: Vec<CurrencyCode>,
}

/// What the customer has to do before the payment goes on.
#[derive(Debug, Clone, SimpleObject)]
pub struct PaymentAction {
    /// 3DS, UPI_COLLECT or REDIRECT.
    pub kind: String,
    /// The page where the customer decides.
    pub url: Option<String>,
    /// When it is too late.
    pub expires_at: Option<DateTime<Utc>>,
}

/// One try of an order to be paid.
#[derive(Debug, Clone, SimpleObject)]
pub struct Payment {
    /// Opaque id, `pay_...`.
    pub id: ID,
    /// How it is paid.
    pub method: PaymentMethod,
    /// Where it stands.
    pub state: PaymentState,
    /// What is to be paid.
    pub amount: Money,
    /// What was taken.
    pub captured: Money,
    /// What was given back.
    pub refunded: Money,
    /// What the customer has to do, while REQUIRES_ACTION; only they see it.
    pub next_action: Option<PaymentAction>,
    /// Why it failed: a short code such as `declined`.
    pub failure_reason: Option<String>,
}

impl Payment {
    /// The payment as `caller` may see it: the url of an action lets its holder approve, so it is the buyer's alone.
    pub fn for_caller(payment: &domain::Payment, caller: &Principal) -> Self {
        let buyer = caller.owns_order(payment.order_id, payment.customer_id);
        Self {
            id: payment.id.to_string().into(),
            method: payment.method.into(),
            state: PaymentState::from(&payment.state),
            amount: payment.amount.into(),
            captured: payment.money(payment.captured_minor).into(),
            refunded: payment.money(payment.refunded_minor).into(),
            next_action: payment.next_action().filter(|_| buyer).map(PaymentAction::from),
            failure_reason: payment.failure_reason().map(str::to_owned),
        }
    }
}

/// Buyers see their payments; so does staff that sees orders or payments.
pub fn may_see(caller: &Principal, payment: &domain::Payment) -> bool {
    let staff = ["orders:read", "payments:read", "payments:write"];
    caller.owns_order(payment.order_id, payment.customer_id) || staff.iter().any(|scope| caller.has_scope(scope))
}

impl From<&domain::State> for PaymentState {
    fn from(state: &domain::State) -> Self {
        match state {
            domain::State::Created => Self::Created,
            domain::State::Processing => Self::Processing,
            domain::State::RequiresAction(_) => Self::RequiresAction,
            domain::State::Authorized => Self::Authorized,
            domain::State::Captured => Self::Captured,
            domain::State::Failed { .. } => Self::Failed,
            domain::State::Unknown => Self::Unknown,
            domain::State::Voided => Self::Voided,
        }
    }
}

impl From<&domain::NextAction> for PaymentAction {
    fn from(action: &domain::NextAction) -> Self {
        Self { kind: action.kind.clone(), url: Some(action.url.clone()), expires_at: action.expires_at }
    }
}
