//! What was emitted, folded: the newest of each aggregate, and what must follow from all of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use souk_contracts::{
    EventId, OrderId, PaymentId,
    events::{
        Envelope, EventBody, INVENTORY_EVENTS, ORDERS_EVENTS, OrderChanged, PAYMENTS_EVENTS, PRODUCTS_EVENTS,
        PaymentChanged, ProductChanged, StockChanged,
    },
};

use super::rows::is_open;

/// A row of an outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    pub event: EventId,
    pub topic: String,
    pub subject: String,
    pub version: u64,
    pub is_published: bool,
}

/// All events of all topics, in any order, with any repetition.
#[derive(Debug, Default)]
pub struct Emitted {
    pub records: usize,
    /// Records of an event that was there already.
    pub repeated: usize,
    /// Records that are no events of ours: where, and why.
    pub malformed: Vec<(String, String)>,
    pub products: Streams<ProductChanged>,
    pub stock: Streams<StockChanged>,
    pub orders: Streams<OrderChanged>,
    pub payments: Streams<PaymentChanged>,
    /// The messages that customers are owed.
    pub notices: BTreeSet<(OrderId, &'static str)>,
    /// The newest of each payment whose outcome was known.
    pub settled: HashMap<PaymentId, PaymentChanged>,
}

/// The aggregates of one topic, by subject.
#[derive(Debug)]
pub struct Streams<B>(pub HashMap<String, Stream<B>>);

/// One aggregate.
#[derive(Debug)]
pub struct Stream<B> {
    pub versions: BTreeMap<u64, EventId>,
    /// Versions that two different events claim.
    pub claimed_twice: Vec<u64>,
    pub newest: B,
}

impl<B> Default for Streams<B> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl Emitted {
    /// Takes one record of a topic.
    pub fn take(&mut self, topic: &str, record: &[u8]) {
        self.records += 1;
        let taken = Envelope::parse(record).and_then(|event| match topic {
            PRODUCTS_EVENTS => self.products.take(&event).map(|fresh| (fresh, None)),
            INVENTORY_EVENTS => self.stock.take(&event).map(|fresh| (fresh, None)),
            ORDERS_EVENTS => {
                self.owe(&event.body()?);
                self.orders.take(&event).map(|fresh| (fresh, None))
            }
            PAYMENTS_EVENTS => self.payments.take(&event).and_then(|fresh| Ok((fresh, Some(event.body()?)))),
            _ => Ok((true, None)),
        });
        match taken {
            Ok((fresh, payment)) => {
                self.repeated += usize::from(!fresh);
                if let Some(payment) = payment {
                    self.settle(payment);
                }
            }
            Err(error) => self.malformed.push((format!("record {} of {topic}", self.records), error.to_string())),
        }
    }

    /// Written down a second time, from the shop's rules: the moves that a customer is written to about.
    fn owe(&mut self, change: &OrderChanged) {
        if change.previous_status.as_deref() == Some(change.status.as_str()) {
            return;
        }
        let kind = match change.status.as_str() {
            "CONFIRMED" => "ORDER_CONFIRMED",
            "SHIPPED" => "ORDER_SHIPPED",
            "CANCELLED" => "ORDER_CANCELLED",
            _ => return,
        };
        self.notices.insert((change.order_id, kind));
    }

    fn settle(&mut self, payment: PaymentChanged) {
        if is_open(&payment.state) {
            return;
        }
        let known = self.settled.get(&payment.payment_id).map_or(0, |known| known.version);
        if payment.version > known {
            self.settled.insert(payment.payment_id, payment);
        }
    }

    /// Whether this event is among what was emitted.
    pub fn has(&self, row: &OutboxRow) -> bool {
        let found = match row.topic.as_str() {
            PRODUCTS_EVENTS => self.products.event(&row.subject, row.version),
            INVENTORY_EVENTS => self.stock.event(&row.subject, row.version),
            ORDERS_EVENTS => self.orders.event(&row.subject, row.version),
            PAYMENTS_EVENTS => self.payments.event(&row.subject, row.version),
            _ => None,
        };
        found == Some(row.event)
    }
}

impl<B: EventBody> Streams<B> {
    /// False when the event was there already.
    fn take(&mut self, event: &Envelope) -> Result<bool, souk_contracts::events::EnvelopeError> {
        let body: B = event.body()?;
        let Some(stream) = self.0.get_mut(&event.subject) else {
            let versions = BTreeMap::from([(event.version, event.id)]);
            let stream = Stream { versions, claimed_twice: Vec::new(), newest: body };
            self.0.insert(event.subject.clone(), stream);
            return Ok(true);
        };
        match stream.versions.insert(event.version, event.id) {
            Some(before) if before == event.id => return Ok(false),
            Some(before) => {
                // Which of the two counts cannot be known; the first stays.
                stream.versions.insert(event.version, before);
                stream.claimed_twice.push(event.version);
            }
            None if event.version > stream.newest.version() => stream.newest = body,
            None => {}
        }
        Ok(true)
    }

    fn event(&self, subject: &str, version: u64) -> Option<EventId> {
        self.0.get(subject).and_then(|stream| stream.versions.get(&version)).copied()
    }
}

impl<B> Stream<B> {
    pub fn first(&self) -> u64 {
        self.versions.first_key_value().map_or(0, |(version, _)| *version)
    }

    pub fn last(&self) -> u64 {
        self.versions.last_key_value().map_or(0, |(version, _)| *version)
    }

    /// Versions between the first and the last that are not there.
    pub fn gaps(&self) -> Vec<u64> {
        (self.first()..=self.last()).filter(|version| !self.versions.contains_key(version)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::judge::samples::{change_event, payment_event};

    #[test]
    fn order_and_repetition_make_no_difference() {
        let events = [
            change_event(1, None, "PENDING", "NONE"),
            change_event(2, Some("PENDING"), "RESERVED", "NONE"),
            change_event(3, Some("RESERVED"), "AWAITING_PAYMENT", "NONE"),
            change_event(4, Some("AWAITING_PAYMENT"), "CONFIRMED", "CAPTURED"),
        ];
        let mut emitted = Emitted::default();
        for event in [3, 0, 2, 1, 3, 0].map(|index: usize| &events[index]) {
            emitted.take(ORDERS_EVENTS, &serde_json::to_vec(event).unwrap());
        }
        assert_eq!((emitted.records, emitted.repeated, emitted.malformed.len()), (6, 2, 0));
        let stream = &emitted.orders.0[&events[0].subject];
        assert_eq!((stream.newest.status.as_str(), stream.gaps().len()), ("CONFIRMED", 0));
        assert_eq!(emitted.notices.iter().map(|(_, kind)| *kind).collect::<Vec<_>>(), ["ORDER_CONFIRMED"]);
    }

    #[test]
    fn gaps_and_versions_claimed_twice_are_kept() {
        let mut emitted = Emitted::default();
        for event in [
            change_event(1, None, "PENDING", "NONE"),
            change_event(4, Some("AWAITING_PAYMENT"), "CONFIRMED", "CAPTURED"),
            change_event(4, Some("AWAITING_PAYMENT"), "CANCELLED", "NONE"),
        ] {
            emitted.take(ORDERS_EVENTS, &serde_json::to_vec(&event).unwrap());
        }
        emitted.take(ORDERS_EVENTS, b"{}");
        let stream = emitted.orders.0.values().next().unwrap();
        assert_eq!((stream.gaps(), stream.claimed_twice.as_slice()), (vec![2, 3], [4].as_slice()));
        assert_eq!(emitted.malformed.len(), 1);
    }

    #[test]
    fn an_open_outcome_settles_nothing() {
        let mut emitted = Emitted::default();
        for event in [payment_event(2, "REQUIRES_ACTION", 0), payment_event(1, "UNKNOWN", 0)] {
            emitted.take(PAYMENTS_EVENTS, &serde_json::to_vec(&event).unwrap());
        }
        assert_eq!(emitted.settled.values().map(|payment| payment.version).collect::<Vec<_>>(), [2]);
    }
}
