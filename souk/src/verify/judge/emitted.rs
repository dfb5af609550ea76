//! 13, the owners' half: every change of an aggregate is an event, once, and every event is published.

use std::collections::HashMap;

use souk_contracts::events::EventBody;

use crate::verify::{
    events::{Emitted, OutboxRow, Stream, Streams},
    invariant::Invariant,
    report::Finding,
    rows::Standing,
};

/// What the owners' own tables say.
#[derive(Debug, Default)]
pub struct Written {
    pub products: Vec<Standing>,
    pub stock: Vec<Standing>,
    pub orders: Vec<Standing>,
    pub payments: Vec<Standing>,
    pub outbox: Vec<OutboxRow>,
    /// The events were read from the broker, so that each published row must be among them.
    pub from_broker: bool,
}

pub fn all_published(written: &Written, emitted: &Emitted) -> Finding {
    let mut finding = Finding::of(Invariant::EventsArrived);
    finding.looked_at("outbox rows", written.outbox.len());
    finding.looked_at("events", emitted.records);
    finding.looked_at("repeated events", emitted.repeated);
    for row in &written.outbox {
        let of = format!("{} version {}", row.subject, row.version);
        if !row.is_published {
            finding.violated(of, format!("its event {} is not published to {}", row.event, row.topic));
        } else if written.from_broker && !emitted.has(row) {
            finding.violated(of, format!("its event {} is marked as published, and {} lacks it", row.event, row.topic));
        }
    }
    for (place, why) in &emitted.malformed {
        finding.violated(place, why);
    }
    follow(&mut finding, &written.products, &emitted.products);
    follow(&mut finding, &written.stock, &emitted.stock);
    follow(&mut finding, &written.orders, &emitted.orders);
    follow(&mut finding, &written.payments, &emitted.payments);
    finding
}

fn follow<B: EventBody>(finding: &mut Finding, standing: &[Standing], streams: &Streams<B>) {
    let standing: HashMap<&str, &Standing> = standing.iter().map(|row| (row.subject.as_str(), row)).collect();
    for (subject, row) in &standing {
        // Events are kept for a day: of an older aggregate there may be none.
        if row.is_young && row.version > 0 && !streams.0.contains_key(*subject) {
            finding.violated(subject, format!("it is at version {}, and no event tells of it", row.version));
        }
    }
    for (subject, stream) in &streams.0 {
        match standing.get(subject.as_str()) {
            None => finding.violated(subject, format!("{} tells of it, and it does not exist", B::TOPIC)),
            Some(row) => {
                for fault in faults(row, stream) {
                    finding.violated(subject, fault);
                }
            }
        }
    }
}

fn faults<B>(row: &Standing, stream: &Stream<B>) -> Vec<String> {
    let mut faults: Vec<String> =
        stream.claimed_twice.iter().map(|version| format!("two events claim version {version}")).collect();
    faults.extend(stream.gaps().iter().map(|version| format!("no event tells of version {version}")));
    if row.is_young && stream.first() > 1 {
        faults.push(format!("no event tells of the versions before {}", stream.first()));
    }
    if stream.last() != row.version {
        faults.push(format!("it is at version {}, its events end at {}", row.version, stream.last()));
    }
    faults
}

#[cfg(test)]
mod tests {
    use souk_contracts::events::{Envelope, ORDERS_EVENTS};

    use super::*;
    use crate::verify::judge::samples::change_event;

    fn emitted(events: &[Envelope]) -> Emitted {
        let mut emitted = Emitted::default();
        for event in events {
            emitted.take(ORDERS_EVENTS, &serde_json::to_vec(event).unwrap());
        }
        emitted
    }

    fn written(events: &[Envelope], version: u64) -> Written {
        let row = |event: &Envelope| OutboxRow {
            event: event.id,
            topic: ORDERS_EVENTS.to_owned(),
            subject: event.subject.clone(),
            version: event.version,
            is_published: true,
        };
        let subject = change_event(1, None, "PENDING", "NONE").subject;
        let orders = vec![Standing { subject, version, is_young: true }];
        Written { orders, outbox: events.iter().map(row).collect(), from_broker: true, ..Written::default() }
    }

    fn events() -> [Envelope; 2] {
        [change_event(1, None, "PENDING", "NONE"), change_event(2, Some("PENDING"), "RESERVED", "NONE")]
    }

    #[test]
    fn an_event_that_is_not_published_or_not_there_breaks_13() {
        let events = events();
        let mut written = written(&events, 2);
        assert_eq!(all_published(&written, &emitted(&events)).violations, []);
        let told = all_published(&written, &emitted(&events[..1]));
        assert_eq!(told.violations.len(), 2, "marked and not there, and the versions end early: {told}");
        written.outbox[1].is_published = false;
        assert!(all_published(&written, &emitted(&events)).violations[0].what.contains("is not published"));
    }

    #[test]
    fn a_change_without_its_event_breaks_13() {
        let events = events();
        let told = |events: &[Envelope], version| {
            let finding = all_published(&Written { outbox: Vec::new(), ..written(&[], version) }, &emitted(events));
            finding.violations.into_iter().map(|violation| violation.what).collect::<Vec<_>>()
        };
        assert_eq!(told(&events, 2), [""; 0]);
        assert_eq!(told(&events, 3), ["it is at version 3, its events end at 2"]);
        assert_eq!(told(&[], 3), ["it is at version 3, and no event tells of it"]);
        assert_eq!(told(&events[1..], 2), ["no event tells of the versions before 2"]);
        let gap = [events[0].clone(), change_event(3, Some("RESERVED"), "CANCELLED", "NONE")];
        assert_eq!(told(&gap, 3), ["no event tells of version 2"]);
        let twice = [events[0].clone(), change_event(1, None, "PENDING", "NONE")];
        assert_eq!(told(&twice, 1), ["two events claim version 1"]);
    }
}
