//! The variables of orders.

use std::time::Duration;

use souk_process::{ConfigFaults, Env};
use souk_subgraph::{SubgraphConfig, reconcile::Pace};

use crate::domain::{
    pricing::{PerCurrency, Rates},
    saga::Counted,
};

#[derive(Debug, Clone)]
pub struct Config {
    pub subgraph: SubgraphConfig,
    pub rules: Rules,
    /// How often orders are held against their payments, and how far back.
    pub reconcile: Pace,
}

/// What the shop charges, and how long it waits for whom.
#[derive(Debug, Clone)]
pub struct Rules {
    /// `SOUK_ORDERS_TAX_BASIS_POINTS`, `SOUK_ORDERS_SHIPPING_MINOR`: flat figures a currency.
    pub rates: Rates,
    /// `SOUK_ORDERS_PAYMENT_WINDOW_MS`: how long a customer may take to approve a payment. Default 600000.
    pub payment_window: Duration,
    /// `SOUK_ORDERS_RESERVATION_TTL_MS`: how long stock is held, longer than the payment window. Default 900000.
    pub reservation_ttl: Duration,
    /// `SOUK_ORDERS_INLINE_MS`: how long a mutation waits for the checkout to come to rest. Default 2000.
    pub inline_wait: Duration,
    /// `SOUK_ORDERS_SAGA_LEASE_MS`: after a crash a checkout lies this long before another takes it. Default 12000,
    /// longer than two calls to another service.
    pub lease: Duration,
    /// `SOUK_ORDERS_WORKER_POLL_MS`: how often unfinished checkouts are looked for. Default 250.
    pub poll: Duration,
    /// `SOUK_ORDERS_WORKER_PARALLEL`: checkouts carried on at the same time. Default 8.
    pub parallel: usize,
    /// `SOUK_ORDERS_GIVE_UP_MS`: a checkout that cannot go on for so long is cancelled. Default 1800000.
    pub give_up: Duration,
}

impl Config {
    /// Reads all variables.
    ///
    /// # Errors
    /// Every fault, together.
    pub fn read(env: &mut Env) -> Result<Self, ConfigFaults> {
        let subgraph = SubgraphConfig::read(env, "orders");
        let rules = Rules::read(env);
        let reconcile = Pace::read(env);
        if rules.payment_window >= rules.reservation_ttl {
            env.fault("SOUK_ORDERS_PAYMENT_WINDOW_MS must be shorter than SOUK_ORDERS_RESERVATION_TTL_MS");
        }
        env.finish_with(subgraph.map(|subgraph| Self { subgraph, rules, reconcile }))
    }
}

impl Rules {
    fn read(env: &mut Env) -> Self {
        let tax: Option<PerCurrency> = env.optional("SOUK_ORDERS_TAX_BASIS_POINTS");
        let shipping: Option<PerCurrency> = env.optional("SOUK_ORDERS_SHIPPING_MINOR");
        Self {
            rates: Rates {
                tax_basis_points: tax.unwrap_or_else(PerCurrency::default_tax_basis_points),
                shipping_minor: shipping.unwrap_or_else(PerCurrency::default_shipping_minor),
            },
            payment_window: env.millis_or("SOUK_ORDERS_PAYMENT_WINDOW_MS", 600_000),
            reservation_ttl: env.millis_or("SOUK_ORDERS_RESERVATION_TTL_MS", 900_000),
            inline_wait: env.millis_or("SOUK_ORDERS_INLINE_MS", 2_000),
            lease: env.millis_or("SOUK_ORDERS_SAGA_LEASE_MS", 12_000),
            poll: env.millis_or("SOUK_ORDERS_WORKER_POLL_MS", 250),
            parallel: env.or("SOUK_ORDERS_WORKER_PARALLEL", 8_usize).max(1),
            give_up: env.millis_or("SOUK_ORDERS_GIVE_UP_MS", 1_800_000),
        }
    }

    /// For how long a reservation that is asked for under a lease can be counted on from the lease's beginning: less
    /// than its TTL by a tenth, at most a minute, for a commit that takes its time.
    pub fn counted_on(&self) -> Counted {
        let margin = (self.reservation_ttl / 10).min(Duration::from_secs(60));
        Counted { sure_for: self.reservation_ttl.saturating_sub(margin), lease: self.lease }
    }
}
