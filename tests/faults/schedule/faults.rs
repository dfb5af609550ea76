//! The schedule: every fault that is played, by name.

use crate::dice::Dice;

/// At most so many points of one part in a round: it can die only so often in it.
const POINTS: usize = 4;
/// At most so many faults in a round that are no points.
const FROM_OUTSIDE: usize = 2;
/// Parts that no checkout waits for.
const CALM: [&str; 4] = ["accounts", "router", "discovery", "notifications"];

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
    /// Refuses connections for a while.
    Away,
    /// The same, and then what waited comes backwards and several times.
    Disorder,
    /// Every event so far comes again, from the first one.
    Replay,
    /// Answers in fits and starts.
    Stutter,
    /// Signs with a new key.
    NewKey,
    /// Comes back from the dead with a clock that is wrong by so many seconds.
    Clock(i64),
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
            Blow::Away => format!("{part} goes away and comes back"),
            Blow::Disorder => format!("{part} brings what waited backwards, 2 to 5 times"),
            Blow::Replay => format!("{part} brings every event again from the first"),
            Blow::Stutter => format!("{part} answers in fits and starts"),
            Blow::NewKey => format!("{part} signs with a new key"),
            Blow::Clock(seconds) => format!("{part} has a clock {seconds:+} s apart"),
        }
    }

    pub const fn point(&self) -> Option<&'static str> {
        match self.blow {
            Blow::KillAt(point) | Blow::StopAt(point) => Some(point),
            _ => None,
        }
    }

    /// Takes longer than a lease each time.
    pub const fn is_slow(&self) -> bool {
        matches!(self.blow, Blow::StopAt(_) | Blow::Freeze)
    }
}

const fn dies(part: &'static str, point: &'static str) -> Fault {
    Fault { part, blow: Blow::KillAt(point) }
}

const fn meets(part: &'static str, blow: Blow) -> Fault {
    Fault { part, blow }
}

const fn stops(part: &'static str, point: &'static str) -> Fault {
    Fault { part, blow: Blow::StopAt(point) }
}

pub const SCHEDULE: [Fault; 68] = [
    dies("inventory", "inventory.hold.uncommitted"),
    dies("inventory", "inventory.hold.committed"),
    dies("inventory", "inventory.settle.uncommitted.release"),
    dies("inventory", "inventory.settle.uncommitted.commit"),
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
    dies("orders", "orders.saga.begun.AWAIT"),
    dies("orders", "orders.saga.uncommitted.AWAIT"),
    dies("orders", "orders.saga.committed.AWAIT"),
    dies("payments", "payments.intent.uncommitted"),
    dies("payments", "payments.intent.committed"),
    dies("payments", "payments.provider.asking.CHARGE"),
    dies("payments", "payments.provider.answered.CHARGE"),
    dies("payments", "payments.provider.answered.CAPTURE"),
    dies("payments", "payments.provider.asking.VOID"),
    dies("payments", "payments.provider.answered.VOID"),
    dies("payments", "payments.provider.asking.REFUND"),
    dies("payments", "payments.provider.answered.REFUND"),
    dies("payments", "payments.record.uncommitted.CAPTURED"),
    dies("payments", "payments.record.uncommitted.UNKNOWN"),
    dies("payments", "payments.record.uncommitted.VOIDED"),
    dies("payments", "payments.record.committed"),
    dies("payments", "payments.webhook.committed"),
    dies("payments", "payments.cancel.committed"),
    dies("payments", "payments.refund.committed"),
    dies("notifications", "consumer.committed.notifications.orders"),
    stops("orders", "orders.saga.uncommitted.RESERVE"),
    stops("orders", "orders.saga.begun.PAY"),
    stops("orders", "outbox.acked"),
    stops("payments", "payments.provider.answered.CHARGE"),
    stops("payments", "payments.provider.answered.REFUND"),
    stops("inventory", "inventory.hold.uncommitted"),
    meets("router", Blow::Kill),
    meets("provider", Blow::Kill),
    meets("mysql", Blow::Kill),
    meets("discovery", Blow::Kill),
    meets("discovery", Blow::Freeze),
    meets("inventory", Blow::Freeze),
    meets("payments", Blow::Freeze),
    meets("broker", Blow::Freeze),
    meets("broker", Blow::Away),
    meets("broker", Blow::Disorder),
    meets("broker", Blow::Replay),
    meets("broker", Blow::Stutter),
    meets("accounts", Blow::NewKey),
    meets("orders", Blow::NewKey),
    meets("orders", Blow::Clock(45)),
    meets("payments", Blow::Clock(-45)),
];

/// Whether a fault is part of the short form: of those that take longer than a lease each time two are, the runner of a
/// checkout that others take over meanwhile and a charge whose answer comes to one who slept.
fn is_short(fault: &Fault) -> bool {
    !fault.is_slow() || matches!(fault.point(), Some("orders.saga.begun.PAY" | "payments.provider.answered.CHARGE"))
}

/// Points that only some orders come to: REFUND one that ended before its late money came, AWAIT one that is not paid in
/// time, UNKNOWN one whose first question to the provider ran out of time. Other deaths of the part would hold those
/// orders up, or end the question.
fn late(fault: &Fault) -> Option<&'static str> {
    let point = fault.point().filter(|point| point.starts_with("orders.saga.") || point.ends_with(".UNKNOWN"))?;
    ["REFUND", "AWAIT", "UNKNOWN"].into_iter().find(|step| point.ends_with(step))
}

/// The schedule in rounds in which several faults meet, each fault in one of them; a seed of its own puts others
/// together. Points of one part come beside each other, at most `POINTS` of them.
pub fn together(short: bool, dice: &mut Dice) -> Vec<Vec<Fault>> {
    let mut faults: Vec<Fault> = SCHEDULE.into_iter().filter(|fault| !short || is_short(fault)).collect();
    if !short {
        dice.shuffle(&mut faults);
    }
    // Those that leave the fewest choices first.
    faults.sort_by_key(|fault| (late(fault).is_none(), !fault.is_slow(), matches!(fault.blow, Blow::KillAt(_))));
    let mut rounds: Vec<Vec<Fault>> = Vec::new();
    for fault in faults {
        match rounds.iter_mut().find(|round| fits(round, &fault)) {
            Some(round) => round.push(fault),
            None => rounds.push(vec![fault]),
        }
    }
    rounds
}

fn fits(round: &[Fault], fault: &Fault) -> bool {
    let is_point = |fault: &Fault| matches!(fault.blow, Blow::KillAt(_));
    let of_part: Vec<&Fault> = round.iter().filter(|other| other.part == fault.part).collect();
    // What stands still is disarmed when it does so.
    let bear = |other: &&Fault| {
        (is_point(other) || is_point(fault)) && !other.is_slow() && !fault.is_slow() && late(other) == late(fault)
    };
    // Whatever delays an order keeps it from ending before its late money comes.
    let is_calm = |fault: &Fault| late(fault) == Some("REFUND") || CALM.contains(&fault.part);
    let is_late = |fault: &Fault| late(fault) == Some("REFUND");
    let delays = round.iter().any(is_late) && !is_calm(fault) || is_late(fault) && !round.iter().all(is_calm);
    let of_kind = if is_point(fault) {
        of_part.iter().filter(|other| is_point(other)).count() < POINTS
    } else {
        round.iter().filter(|other| !is_point(other)).count() < FROM_OUTSIDE
    };
    of_part.iter().all(bear) && !delays && of_kind
}

/// The schedule with each fault alone.
pub fn one_by_one() -> Vec<Vec<Fault>> {
    SCHEDULE.iter().map(|fault| vec![*fault]).collect()
}
