//! Everything that the invariants at rest are judged by.

use std::{collections::HashMap, time::Duration};

use souk_contracts::OrderId;

use super::{
    broker,
    events::Emitted,
    judge::{self, Consumers, Limits, Written},
    ledger::Ledger,
    report::Finding,
    rows::{Change, Line, Movements, OpenSaga, Order, Payment, Refund, Reservation, Standing, Stock},
    seen::Sighting,
    sources::{Events, Sources},
    stars::Stars,
    store::{self, Databases},
};

/// Events are kept for 24 hours: of what is younger than 23, all are there for sure.
const YOUNG_MS: i64 = 23 * 60 * 60 * 1_000;

#[derive(Debug)]
pub struct Facts {
    stars: Stars,
    orders: Vec<Order>,
    lines: Vec<Line>,
    history: Vec<Change>,
    sagas: Vec<OpenSaga>,
    keys: Vec<String>,
    payments: Vec<Payment>,
    refunds: Vec<Refund>,
    stock: Vec<Stock>,
    movements: Vec<Movements>,
    reservations: Vec<Reservation>,
    consumers: Consumers,
    written: Written,
    emitted: Emitted,
    dead_letters: usize,
    ledger: Option<Ledger>,
}

impl Facts {
    /// Reads each database at one moment; the shop is at rest, so the moments are as one.
    ///
    /// # Errors
    /// When a database, the broker or the provider cannot be asked.
    pub async fn read(sources: &Sources, databases: &mut Databases) -> anyhow::Result<Self> {
        let mut facts = Self::blank(Stars::read(databases, Duration::MAX).await?);
        let Databases { products, inventory, orders, payments, notifications } = databases;
        for connection in [&mut *products, &mut *inventory, &mut *orders, &mut *payments, &mut *notifications] {
            store::freeze(connection).await?;
        }
        facts.read_payments(payments).await?;
        facts.read_orders(orders).await?;
        facts.read_inventory(inventory).await?;
        facts.consumers.notices = store::notifications::notices(notifications).await?;
        facts.consumers.notifications_of_orders = store::outbox::gates(notifications, "notifications.orders").await?;
        facts.written.products = store::products::standing(products).await?;
        for connection in [&mut *products, &mut *inventory, &mut *orders, &mut *payments] {
            facts.written.outbox.extend(store::outbox::rows(connection).await?);
            if sources.events == Events::Outbox {
                store::outbox::replay(connection, &mut facts.emitted).await?;
            }
        }
        for connection in [products, inventory, orders, payments, notifications] {
            store::release(connection).await?;
        }
        if let Events::Broker(brokers) = &sources.events {
            let topics = broker::read(brokers).await?;
            (facts.emitted, facts.dead_letters) = (topics.emitted, topics.dead_letters);
            facts.written.from_broker = true;
        }
        if let Some(provider) = &sources.provider {
            facts.ledger = Some(provider.ledger().await?);
        }
        Ok(facts)
    }

    fn blank(stars: Stars) -> Self {
        Self {
            stars,
            orders: Vec::new(),
            lines: Vec::new(),
            history: Vec::new(),
            sagas: Vec::new(),
            keys: Vec::new(),
            payments: Vec::new(),
            refunds: Vec::new(),
            stock: Vec::new(),
            movements: Vec::new(),
            reservations: Vec::new(),
            consumers: Consumers::default(),
            written: Written::default(),
            emitted: Emitted::default(),
            dead_letters: 0,
            ledger: None,
        }
    }

    async fn read_payments(&mut self, connection: &mut sqlx::MySqlConnection) -> Result<(), sqlx::Error> {
        let since = store::payments::ago(connection, Duration::MAX).await?;
        self.payments = store::payments::payments(connection, since).await?;
        self.refunds = store::payments::refunds(connection, since).await?;
        let standing = |row: &Payment| {
            let is_young = row.age_ms < YOUNG_MS;
            Standing { subject: row.id.to_string(), version: row.version, is_young }
        };
        self.written.payments = self.payments.iter().map(standing).collect();
        Ok(())
    }

    async fn read_orders(&mut self, connection: &mut sqlx::MySqlConnection) -> Result<(), sqlx::Error> {
        self.orders = store::orders::orders(connection).await?;
        self.lines = store::orders::lines(connection).await?;
        self.history = store::orders::history(connection).await?;
        self.sagas = store::orders::open_sagas(connection).await?;
        self.keys = store::orders::key_results(connection).await?;
        self.consumers.known_payments = store::orders::known_payments(connection).await?;
        self.consumers.orders_of_payments = store::outbox::gates(connection, "orders.payments").await?;
        let standing =
            |row: &Order| Standing { subject: row.id.to_string(), version: row.version, is_young: row.is_young };
        self.written.orders = self.orders.iter().map(standing).collect();
        Ok(())
    }

    async fn read_inventory(&mut self, connection: &mut sqlx::MySqlConnection) -> Result<(), sqlx::Error> {
        self.stock = store::inventory::stock(connection).await?;
        self.movements = store::inventory::movements(connection).await?;
        self.reservations = store::inventory::reservations(connection).await?;
        self.consumers.inventory_of_products = store::outbox::gates(connection, "inventory.products").await?;
        self.consumers.inventory_of_orders = store::outbox::gates(connection, "inventory.orders").await?;
        let standing = |row: &Stock| {
            let subject = format!("{}@{}", row.sku, row.warehouse);
            Standing { subject, version: row.version, is_young: false }
        };
        self.written.stock = self.stock.iter().map(standing).collect();
        Ok(())
    }

    /// Every invariant, in the order of its number.
    pub fn judge(&self, limits: Limits, seen: Option<&[Sighting]>) -> Vec<Finding> {
        let Self { lines, payments, refunds, stock, reservations, movements, history, .. } = self;
        let orders: HashMap<OrderId, &Order> = self.orders.iter().map(|order| (order.id, order)).collect();
        let mut findings = self.stars.judge();
        findings.extend([
            judge::reserved_is_held(stock, reservations),
            judge::adds_up(stock, reservations, movements),
            judge::confirmed_is_paid(&self.orders, lines, payments, reservations),
            judge::capture_has_order(&orders, payments),
            self.judge_ledger(payments, refunds),
            judge::nothing_overdue(reservations, &self.sagas, payments, limits),
            judge::ended_holds_nothing(&orders, payments, reservations),
            judge::one_order_a_key(&orders, &self.keys, seen),
            judge::history_is_a_path(&orders, history),
            self.judge_events(),
            judge::subscriptions_rise(&orders, seen),
            judge::acknowledged_exists(&orders, &self.told_of(), seen),
        ]);
        findings.sort_by_key(|finding| finding.invariant);
        findings
    }

    fn judge_ledger(&self, payments: &[Payment], refunds: &[Refund]) -> Finding {
        match &self.ledger {
            Some(ledger) => judge::ledger_agrees(ledger, payments, refunds),
            None => {
                let mut finding = Finding::of(super::invariant::Invariant::LedgerAgrees);
                finding.not_checked("no provider is named: give --provider and SOUK_PROVIDER_API_KEY");
                finding
            }
        }
    }

    fn judge_events(&self) -> Finding {
        let mut finding = judge::all_published(&self.written, &self.emitted).and(judge::consumers_agree(
            &self.emitted,
            &self.consumers,
            &self.stock,
            &self.reservations,
        ));
        if self.written.from_broker {
            finding.looked_at("dead letters", self.dead_letters);
        } else {
            finding.not_checked("the embedded broker forgets, so events were read from the outboxes");
        }
        finding
    }

    /// Which orders other services know of.
    fn told_of(&self) -> [(&'static str, Vec<OrderId>); 3] {
        let distinct = |orders: &mut dyn Iterator<Item = OrderId>| {
            let orders: std::collections::BTreeSet<OrderId> = orders.collect();
            orders.into_iter().collect()
        };
        [
            ("orders with reservations", distinct(&mut self.reservations.iter().map(|row| row.order))),
            ("orders with payments", distinct(&mut self.payments.iter().map(|row| row.order))),
            ("orders with messages", distinct(&mut self.consumers.notices.iter().map(|row| row.order))),
        ]
    }
}
