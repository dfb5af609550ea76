//! The schedule: every fault that is played, by name.

/// What is done to the shop while its customers buy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blow {
    /// The process that passes this point dies there.
    KillAt(&'static str),
    /// It stands still there, longer than any lease, and goes on.
    StopAt(&'static str),
    /// kill -9 at any moment.
    Kill,
    /// SIGSTOP at any moment, and SIGCONT.
    Freeze,
}

#[derive(Debug, Clone, Copy)]
pub struct Fault {
    /// Whom it meets: a part of the shop, each of its replicas; `broker` for the embedded one.
    pub part: &'static str,
    pub blow: Blow,
}

impl Fault {
    pub fn name(&self) -> String {
        let part = self.part;
        match self.blow {
            Blow::KillAt(point) => format!("{part} dies at `{point}`"),
            Blow::StopAt(point) => format!("{part} stops at `{point}`"),
            Blow::Kill => format!("{part} is killed"),
            Blow::Freeze => format!("{part} stands still"),
        }
    }

    pub const fn point(&self) -> Option<&'static str> {
        match self.blow {
            Blow::KillAt(point) | Blow::StopAt(point) => Some(point),
            Blow::Kill | Blow::Freeze => None,
        }
    }
}

const fn dies(part: &'static str, point: &'static str) -> Fault {
    Fault { part, blow: Blow::KillAt(point) }
}

const fn stops(part: &'static str, point: &'static str) -> Fault {
    Fault { part, blow: Blow::StopAt(point) }
}

pub const SCHEDULE: [Fault; 49] = [
    dies("inventory", "inventory.hold.uncommitted"),
    dies("inventory", "inventory.hold.committed"),
    dies("inventory", "inventory.settle.uncommitted.release"),
    dies("inventory", "inventory.settle.committed.restock"),
    dies("inventory", "consumer.uncommitted.inventory.orders"),
    dies("inventory", "consumer.committed.inventory.orders"),
    dies("orders", "orders.place.uncommitted"),
    dies("orders", "orders.place.committed"),
    dies("orders", "orders.saga.begun.RESERVE"),
    dies("orders", "orders.saga.uncommitted.RESERVE"),
    dies("orders", "orders.saga.committed.RESERVE"),
    dies("orders", "orders.saga.begun.PAY"),
    dies("orders", "orders.saga.uncommitted.PAY"),
    dies("orders", "orders.saga.committed.PAY"),
    dies("orders", "orders.saga.begun.END"),
    dies("orders", "orders.saga.uncommitted.END"),
    dies("orders", "orders.saga.committed.END"),
    dies("orders", "outbox.publishing"),
    dies("orders", "outbox.sent"),
    dies("orders", "outbox.acked"),
    dies("orders", "outbox.marked"),
    dies("orders", "consumer.uncommitted.orders.payments"),
    dies("orders", "consumer.committed.orders.payments"),
    dies("orders", "orders.saga.begun.REFUND"),
    dies("orders", "orders.saga.uncommitted.REFUND"),
    dies("payments", "payments.intent.uncommitted"),
    dies("payments", "payments.intent.committed"),
    dies("payments", "payments.provider.asking.CHARGE"),
    dies("payments", "payments.provider.answered.CHARGE"),
    dies("payments", "payments.provider.answered.CAPTURE"),
    dies("payments", "payments.provider.asking.REFUND"),
    dies("payments", "payments.provider.answered.REFUND"),
    dies("payments", "payments.record.uncommitted.CAPTURED"),
    dies("payments", "payments.record.committed"),
    dies("payments", "payments.webhook.committed"),
    dies("payments", "payments.cancel.committed"),
    dies("payments", "payments.refund.committed"),
    dies("notifications", "consumer.committed.notifications.orders"),
    stops("orders", "orders.saga.uncommitted.RESERVE"),
    stops("orders", "orders.saga.begun.PAY"),
    stops("orders", "outbox.acked"),
    stops("payments", "payments.provider.answered.CHARGE"),
    Fault { part: "router", blow: Blow::Kill },
    Fault { part: "provider", blow: Blow::Kill },
    Fault { part: "mysql", blow: Blow::Kill },
    Fault { part: "discovery", blow: Blow::Kill },
    Fault { part: "discovery", blow: Blow::Freeze },
    Fault { part: "inventory", blow: Blow::Freeze },
    Fault { part: "broker", blow: Blow::Freeze },
];

/// Whether a fault is part of the short form. Standing still takes longer than any lease each time, so of those one
/// is: the runner of a checkout that others take over meanwhile.
fn is_short(fault: &Fault) -> bool {
    match fault.blow {
        Blow::KillAt(_) | Blow::Kill => true,
        Blow::StopAt(point) => point == "orders.saga.begun.PAY",
        Blow::Freeze => false,
    }
}

/// REFUND is reached only by an order that ended before its late money came, which other deaths hold up.
fn is_late(fault: &Fault) -> bool {
    fault.point().is_some_and(|point| point.starts_with("orders.saga.") && point.ends_with(".REFUND"))
}

/// The short form: rounds in which several faults meet, each fault in one of them. A part has at most `each` in a
/// round, since it can die only so often in it, and what stops or has no point of its own comes with no other.
pub fn together(each: usize) -> Vec<Vec<Fault>> {
    let mut rounds: Vec<Vec<Fault>> = Vec::new();
    for fault in SCHEDULE.into_iter().filter(is_short) {
        let fits = |round: &&mut Vec<Fault>| {
            let dies = |fault: &Fault| matches!(fault.blow, Blow::KillAt(_));
            let of_part = round.iter().filter(|other| other.part == fault.part).count();
            let meets = |other: &Fault| dies(other) && is_late(other) == is_late(&fault);
            dies(&fault) && round.iter().all(meets) && of_part < each
        };
        match rounds.iter_mut().find(fits) {
            Some(round) => round.push(fault),
            None => rounds.push(vec![fault]),
        }
    }
    rounds
}

/// The long form: each alone.
pub fn one_by_one() -> Vec<Vec<Fault>> {
    SCHEDULE.iter().map(|fault| vec![*fault]).collect()
}
