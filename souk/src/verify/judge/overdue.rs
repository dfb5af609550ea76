//! 9: nothing waits for ever.

use std::time::Duration;

use crate::verify::{
    invariant::Invariant,
    report::Finding,
    rows::{OpenSaga, Payment, Reservation},
};

/// The shop's own limits; the variables of the services that have them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Between two looks for reservations whose time is up.
    pub sweep: Duration,
    /// How long a checkout may try one step.
    pub give_up: Duration,
    /// How long a customer may take.
    pub payment_window: Duration,
    /// After a crash a checkout lies this long before another takes it.
    pub lease: Duration,
}

pub fn nothing_overdue(
    reservations: &[Reservation],
    sagas: &[OpenSaga],
    payments: &[Payment],
    limits: Limits,
) -> Finding {
    let mut finding = Finding::of(Invariant::NothingOverdue);
    finding.looked_at("checkouts under way", sagas.len());
    finding.looked_at("held reservations", 0);
    for row in reservations.iter().filter(|row| row.state == "HELD") {
        finding.looked_at("held reservations", 1);
        if row.overdue_ms > millis(limits.sweep * 2) {
            finding.violated(row.id, format!("held for {}, {} ms past its time", row.order, row.overdue_ms));
        }
    }
    for saga in sagas {
        let OpenSaga { order, step, in_step_ms, untaken_ms } = saga;
        if *in_step_ms > millis(limits.of_step(step)) {
            finding.violated(order, format!("its checkout has been in {step} for {in_step_ms} ms"));
        }
        if untaken_ms.is_some_and(|untaken| untaken > millis(limits.lease)) {
            let untaken = untaken_ms.unwrap_or_default();
            finding.violated(order, format!("its checkout is due in {step}, and nobody has taken it for {untaken} ms"));
        }
    }
    for payment in payments.iter().filter(|payment| payment.is_open()) {
        finding.looked_at("payments whose outcome is open", 1);
        let Payment { id, order, state, age_ms, .. } = payment;
        if *age_ms > millis(limits.give_up) {
            finding.violated(id, format!("{state} of {order} {age_ms} ms after it began"));
        }
    }
    finding
}

impl Limits {
    /// A step gives up at its limit; what follows from that is one more lease at most.
    fn of_step(self, step: &str) -> Duration {
        let limit = self.give_up + self.lease;
        if step == "AWAIT" { limit + self.payment_window } else { limit }
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::judge::samples::{order_id, payment, reservation};

    const LIMITS: Limits = Limits {
        sweep: Duration::from_secs(1),
        give_up: Duration::from_secs(60),
        payment_window: Duration::from_secs(10),
        lease: Duration::from_secs(5),
    };

    fn saga(step: &str, in_step_ms: i64, untaken_ms: Option<i64>) -> OpenSaga {
        OpenSaga { order: order_id(7), step: step.to_owned(), in_step_ms, untaken_ms }
    }

    #[test]
    fn a_reservation_that_outlives_two_sweeps_breaks_9() {
        let told = |overdue_ms, state| {
            let row = Reservation { overdue_ms, ..reservation(1, state, 1) };
            nothing_overdue(&[row], &[], &[], LIMITS).violations.len()
        };
        assert_eq!((told(2_000, "HELD"), told(2_001, "HELD"), told(9_999, "EXPIRED")), (0, 1, 0));
    }

    #[test]
    fn a_checkout_past_its_limit_or_left_alone_breaks_9() {
        let told = |saga| nothing_overdue(&[], &[saga], &[], LIMITS).violations.len();
        assert_eq!(told(saga("PAY", 65_000, Some(5_000))), 0);
        assert_eq!(told(saga("PAY", 65_001, None)), 1);
        assert_eq!(told(saga("AWAIT", 75_000, None)), 0);
        assert_eq!(told(saga("END", 10, Some(5_001))), 1);
    }

    #[test]
    fn a_payment_that_stays_unknown_breaks_9() {
        let told = |state, age_ms| {
            let row = Payment { age_ms, ..payment(1, state, (0, 0, 0)) };
            nothing_overdue(&[], &[], &[row], LIMITS).violations.len()
        };
        assert_eq!((told("UNKNOWN", 60_000), told("UNKNOWN", 60_001), told("FAILED", 99_999)), (0, 1, 0));
    }
}
