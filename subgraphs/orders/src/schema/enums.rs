//! Enums of the graph; inside they are the domain's.

use async_graphql::Enum;

use crate::domain;

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::OrderStatus")]
pub enum OrderStatus {
    /// Placed; the units are being reserved.
    Pending,
    /// The units are held; the payment is under way.
    Reserved,
    /// The customer has to approve the payment, or the provider has not answered yet.
    AwaitingPayment,
    /// Paid, or to be paid at the door.
    Confirmed,
    /// The parcel is on its way.
    Shipped,
    /// The parcel was handed over.
    Delivered,
    /// Not enough units were available; nothing was reserved or charged.
    Rejected,
    /// The payment was declined; nothing is reserved or charged.
    PaymentFailed,
    /// Called off; the units are back on the shelf, the money was given back.
    Cancelled,
    /// Not paid in time; nothing is reserved or charged.
    Expired,
}

/// What became of an order's money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::PaymentStatus")]
pub enum PaymentStatus {
    /// Nothing was paid.
    None,
    /// Promised or held, not taken yet.
    Authorized,
    /// Taken.
    Captured,
    /// Taken, and a part given back.
    PartiallyRefunded,
    /// Taken, and all given back.
    Refunded,
    /// Held, and let go.
    Voided,
}

/// How an order is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::PaymentMethod")]
pub enum PaymentMethod {
    /// Credit or debit card.
    Card,
    /// UPI collect request, approved in the customer's UPI app.
    Upi,
    /// Prepaid wallet.
    Wallet,
    /// Transfer approved at the customer's bank.
    NetBanking,
    /// Cash, when the parcel is handed over.
    CashOnDelivery,
}
