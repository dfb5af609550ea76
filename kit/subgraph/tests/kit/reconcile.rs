//! The reconciler's frame: one replica looks at a time, and a finding is one row.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use souk_process::{
    Env, Shutdown,
    telemetry::{Telemetry, TelemetryConfig},
};
use souk_subgraph::reconcile::{self, Finding, LookError, OpenFindings, Reconciler};
use souk_testing::until;
use tokio::sync::Notify;

use crate::ground::{Ground, LIMIT};

/// Looks that count themselves, and fail every other time.
#[derive(Clone, Default)]
struct Looks {
    looking: Arc<AtomicBool>,
    collided: Arc<AtomicBool>,
    done: Arc<AtomicUsize>,
}

impl Reconciler for Looks {
    async fn look(&mut self) -> Result<(), LookError> {
        if self.looking.swap(true, Ordering::SeqCst) {
            self.collided.store(true, Ordering::SeqCst);
        }
        for _ in 0..200 {
            // Others may try meanwhile.
            tokio::task::yield_now().await;
        }
        self.looking.store(false, Ordering::SeqCst);
        match self.done.fetch_add(1, Ordering::SeqCst) % 2 {
            0 => Ok(()),
            _ => Err(LookError::Elsewhere("the other side is away".to_owned())),
        }
    }
}

/// Never comes to an end.
struct Endless(Arc<Notify>);

impl Reconciler for Endless {
    async fn look(&mut self) -> Result<(), LookError> {
        self.0.notify_one();
        std::future::pending().await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_replicas_one_looks_at_a_time_and_a_failed_look_is_followed_by_the_next() {
    let (ground, looks, shutdown) = (Ground::new().await, Looks::default(), Shutdown::new());
    for _ in 0..4 {
        let every = Duration::from_millis(1);
        shutdown.spawn(reconcile::run(ground.db.clone(), every, looks.clone(), shutdown.clone()));
    }
    until("twenty looks", LIMIT, || async { looks.done.load(Ordering::SeqCst) >= 20 }).await;
    assert!(shutdown.drain(LIMIT).await);
    assert!(!looks.collided.load(Ordering::SeqCst), "two replicas looked at once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_that_does_not_end_holds_no_stop_up_and_leaves_its_turn_to_the_next() {
    let (ground, started) = (Ground::new().await, Arc::new(Notify::new()));
    let every = Duration::from_millis(1);
    for _ in 0..2 {
        let shutdown = Shutdown::new();
        let endless = Endless(Arc::clone(&started));
        shutdown.spawn(reconcile::run(ground.db.clone(), every, endless, shutdown.clone()));
        tokio::time::timeout(LIMIT, started.notified()).await.unwrap();
        assert!(shutdown.drain(Duration::from_secs(5)).await);
    }
    assert_eq!(ground.number("SELECT fence FROM reconcile_turns").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finding_is_one_row_however_often_it_is_seen() {
    let ground = Ground::new().await;
    let finding = |subject: &str, repaired| Finding {
        kind: "test-differs",
        subject: subject.to_owned(),
        what: "it differs ".repeat(40),
        repaired,
    };
    for _ in 0..3 {
        finding("pay_1", false).note(&ground.db).await.unwrap();
    }
    finding("pay_2", true).note(&ground.db).await.unwrap();
    let count = |sql| ground.number(sql);
    assert_eq!(count("SELECT COUNT(*) FROM reconcile_findings").await, 2);
    let seen = "SELECT COUNT(*) FROM reconcile_findings
                WHERE subject = 'pay_1' AND times = 3 AND NOT repaired AND last_seen > first_seen";
    assert_eq!(count(seen).await, 1);
    finding("pay_1", true).note(&ground.db).await.unwrap();
    let mended = "SELECT COUNT(*) FROM reconcile_findings WHERE subject = 'pay_1' AND times = 4 AND repaired";
    assert_eq!(count(mended).await, 1);
}

/// How often a finding of this kind was told as not repaired.
fn told(telemetry: &Telemetry, kind: &str) -> usize {
    let label = format!("kind=\"{kind}\"");
    let metrics = telemetry.render_metrics();
    let mut lines = metrics.lines().filter(|line| line.contains(&label) && line.contains("repaired=\"false\""));
    lines.next().map_or(0, |line| line.rsplit(' ').next().unwrap().parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finding_that_comes_back_after_it_was_repaired_is_told_again() {
    let telemetry = Telemetry::install(&TelemetryConfig::read(&mut Env::process()));
    let ground = Ground::new().await;
    let finding = |repaired| Finding {
        kind: "test-comes-back",
        subject: "pay_1".to_owned(),
        what: "it differs".to_owned(),
        repaired,
    };
    for (repaired, times_told) in [(false, 1), (false, 1), (true, 1), (false, 2), (false, 2)] {
        finding(repaired).note(&ground.db).await.unwrap();
        assert_eq!(told(&telemetry, "test-comes-back"), times_told);
    }
    assert_eq!(ground.number("SELECT times FROM reconcile_findings WHERE NOT repaired").await, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finding_that_comes_back_after_people_mended_it_is_told_again() {
    let telemetry = Telemetry::install(&TelemetryConfig::read(&mut Env::process()));
    let (ground, kind) = (Ground::new().await, "test-mended-by-hand");
    let finding = |subject: &str| Finding {
        kind: "test-mended-by-hand",
        subject: subject.to_owned(),
        what: "it differs".to_owned(),
        repaired: false,
    };
    for subject in ["pay_1", "pay_2"] {
        finding(subject).note(&ground.db).await.unwrap();
    }
    let mut open = OpenFindings::read(&ground.db).await.unwrap();
    assert_eq!(open.of_kinds(&[kind]).len(), 2);
    open.over(&ground.db, "pay_1", &["test-differs", kind]).await.unwrap();
    assert_eq!(OpenFindings::read(&ground.db).await.unwrap().of_kinds(&[kind]), ["pay_2".to_owned()].into());
    for (subject, times_told) in [("pay_2", 2), ("pay_1", 3), ("pay_1", 3)] {
        finding(subject).note(&ground.db).await.unwrap();
        assert_eq!(told(&telemetry, kind), times_told, "{subject}");
    }
    assert_eq!(OpenFindings::read(&ground.db).await.unwrap().of_kinds(&[kind]).len(), 2);
}
