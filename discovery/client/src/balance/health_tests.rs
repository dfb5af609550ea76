//! Ejection and latency as tables: what happened when, and what the instance is then.

use super::*;

const POLICY: EjectionPolicy = EjectionPolicy {
    unreachable_in_a_row: 2,
    failures_in_a_row: 3,
    base: Duration::from_secs(1),
    limit: Duration::from_secs(8),
};

enum Step {
    Done(Outcome),
    Begin { probe: bool },
    Abandon,
}
use Availability::{Closed, HalfOpen, Open};
use Outcome::{Failed, Ok, Unreachable};
use Step::{Abandon, Begin, Done};

/// Plays steps at milliseconds and checks the availability after each.
fn play(name: &str, steps: &[(u64, Step, Availability)]) {
    let start = Instant::now();
    let mut health = Health::default();
    for (index, (at_ms, step, expected)) in steps.iter().enumerate() {
        let now = start + Duration::from_millis(*at_ms);
        match step {
            Done(outcome) => {
                health.record(now, *outcome, Duration::from_millis(10), &POLICY);
            }
            Begin { probe } => assert_eq!(health.begin(now, &POLICY), *probe, "{name}, step {index}"),
            Abandon => health.abandon_probe(now),
        }
        assert_eq!(health.availability(now), *expected, "{name}, step {index}");
    }
}

#[test]
fn failures_in_a_row_eject_and_a_success_between_them_forgives() {
    play("unreachable", &[(0, Done(Unreachable), Open), (1, Done(Unreachable), Closed)]);
    play("failed", &[(0, Done(Failed), Open), (1, Done(Failed), Open), (2, Done(Failed), Closed)]);
    play("mixed", &[(0, Done(Unreachable), Open), (1, Done(Failed), Open), (2, Done(Unreachable), Closed)]);
    play("forgiven", &[(0, Done(Failed), Open), (1, Done(Failed), Open), (2, Done(Ok), Open), (3, Done(Failed), Open)]);
}

#[test]
fn an_ejected_instance_is_probed_once_and_returns_when_the_probe_succeeds() {
    play(
        "probe ok",
        &[
            (0, Done(Unreachable), Open),
            (0, Done(Unreachable), Closed),
            (999, Begin { probe: false }, Closed),
            (1_000, Begin { probe: true }, Closed),
            (1_001, Begin { probe: false }, Closed),
            (1_002, Done(Ok), Open),
        ],
    );
}

#[test]
fn each_failed_probe_doubles_the_ejection_up_to_the_limit() {
    let start = Instant::now();
    let mut health = Health::default();
    health.record(start, Unreachable, Duration::ZERO, &POLICY);
    let mut now = start;
    let mut seconds = vec![health.record(now, Unreachable, Duration::ZERO, &POLICY).unwrap().as_secs()];
    for _ in 0..4 {
        now += Duration::from_secs(*seconds.last().unwrap());
        assert!(health.begin(now, &POLICY));
        seconds.push(health.record(now, Failed, Duration::ZERO, &POLICY).unwrap().as_secs());
    }
    assert_eq!(seconds, [1, 2, 4, 8, 8]);
}

#[test]
fn past_ejections_are_forgotten_after_good_behaviour() {
    for (behaves_s, expected_s) in [(1, 2), (9, 1)] {
        let start = Instant::now();
        let mut health = Health::default();
        health.record(start, Unreachable, Duration::ZERO, &POLICY);
        health.record(start, Unreachable, Duration::ZERO, &POLICY);
        let back = start + Duration::from_secs(1);
        health.begin(back, &POLICY);
        health.record(back, Ok, Duration::ZERO, &POLICY);
        let again = back + Duration::from_secs(behaves_s);
        health.record(again, Unreachable, Duration::ZERO, &POLICY);
        let ejected = health.record(again, Unreachable, Duration::ZERO, &POLICY);
        assert_eq!(ejected, Some(Duration::from_secs(expected_s)), "after {behaves_s} s");
    }
}

#[test]
fn a_probe_that_is_never_told_of_does_not_close_the_instance_for_ever() {
    play(
        "abandoned",
        &[
            (0, Done(Unreachable), Open),
            (0, Done(Unreachable), Closed),
            (1_000, Begin { probe: true }, Closed),
            (1_100, Abandon, HalfOpen),
            (1_200, Begin { probe: true }, Closed),
            (1_200 + 8_000, Begin { probe: true }, Closed),
        ],
    );
}

#[test]
fn calls_under_way_at_the_ejection_do_not_lengthen_it() {
    play(
        "late failures",
        &[
            (0, Done(Unreachable), Open),
            (0, Done(Unreachable), Closed),
            (500, Done(Unreachable), Closed),
            (1_000, Begin { probe: true }, Closed),
        ],
    );
}

#[test]
fn latency_rises_at_once_and_falls_slowly_and_failing_fast_is_not_fast() {
    let start = Instant::now();
    let at = |seconds: u64| start + Duration::from_secs(seconds);
    let mut health = Health::default();
    health.record(at(0), Ok, Duration::from_millis(100), &POLICY);
    assert!((health.latency_ms(at(0)) - 100.0).abs() < 0.1);
    health.record(at(0), Ok, Duration::from_millis(400), &POLICY);
    assert!((health.latency_ms(at(0)) - 400.0).abs() < 0.1);
    health.record(at(1), Ok, Duration::from_millis(100), &POLICY);
    let calmer = health.latency_ms(at(1));
    assert!(calmer > 300.0 && calmer < 400.0, "{calmer}");
    health.record(at(1), Failed, Duration::from_millis(1), &POLICY);
    assert!((health.latency_ms(at(1)) - calmer).abs() < 0.1);
    assert!(health.latency_ms(at(60)) < 5.0, "silence fades, so that it is tried again");
}
