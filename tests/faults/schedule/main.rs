//! The fault schedule, seeded: customers buy in every way while something dies, stands still or is lied to, and after
//! each round `souk verify` finds every invariant whole. docs/FAULTS.md says how to play it at length.

mod blows;
mod buyers;
mod dice;
mod faults;
mod table;
mod webhooks;

use std::{
    panic::AssertUnwindSafe,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::Instant,
};

use buyers::Round;
use dice::Dice;
use faults::Fault;
use futures_util::{FutureExt as _, future::join_all};
use serde_json::Value;
use souk_tests::{Client, LIMIT, Seen, Shop, goods, until};
use table::Table;

/// Leases, windows and time-outs, scaled down; the order among them is that of the defaults.
const TIMES: [(&str, &str); 14] = [
    ("SOUK_CALL_TIMEOUT_MS", "1400"),
    ("SOUK_ORDERS_INLINE_MS", "1000"),
    ("SOUK_ORDERS_SAGA_LEASE_MS", "3000"),
    ("SOUK_ORDERS_PAYMENT_WINDOW_MS", "20000"),
    ("SOUK_ORDERS_RESERVATION_TTL_MS", "30000"),
    ("SOUK_SWEEP_MS", "300"),
    ("SOUK_PROVIDER_TIMEOUT_MS", "700"),
    ("SOUK_PAYMENT_REPLY_MS", "400"),
    ("SOUK_PAYMENT_RETRY_MS", "150"),
    ("SOUK_PAYMENT_RETRY_MOST_MS", "1500"),
    ("SOUK_PAYMENT_ASK_MS", "1000"),
    ("SOUK_PROVIDER_SLOW_MS", "500"),
    ("SOUK_PROVIDER_HANG_MS", "2000"),
    ("SOUK_PROVIDER_LATE_MS", "1500"),
];
/// At most so many points of one part in a round of the short form.
const EACH: usize = 3;
/// Units on the shelf at the beginning of a round: fewer than its customers want of both skus.
const UNITS: i64 = 18;

/// A shop to be hurt.
struct Ground {
    shop: Shop,
    skus: [String; 2],
}

impl Ground {
    async fn prepare() -> Self {
        let shop = Shop::start_with(&["--replicas", "orders=2,payments=2"], &TIMES).await;
        let staff = shop.login("staff").await;
        let skus = [goods::product(&staff, 0).await, goods::product(&staff, 0).await];
        Self { shop, skus }
    }

    /// All parts that the last round hurt are back, and the shelves are filled.
    async fn refill(&self) -> (Client, Client) {
        let parts = self.shop.ready.pids.len();
        until("all parts are back", LIMIT, || std::future::ready(self.shop.now().pids.len() == parts)).await;
        let (customer, staff) = (self.shop.anonymous().register().await, self.shop.login("staff").await);
        for sku in &self.skus {
            let (on_hand, reserved) = goods::stock(&staff, sku).await;
            if on_hand - reserved < UNITS {
                goods::adjust(&staff, sku, UNITS - (on_hand - reserved)).await;
            }
        }
        (customer, staff)
    }

    /// Keeps the logs of a shop in which something was found.
    fn keep_logs(&self, name: &str) -> PathBuf {
        let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("faults-{name}"));
        let _ = std::fs::create_dir_all(&kept);
        for log in std::fs::read_dir(self.shop.data().join("logs")).into_iter().flatten().flatten() {
            let _ = std::fs::copy(log.path(), kept.join(log.file_name()));
        }
        kept
    }
}

/// What one round came to: orders, and each fault's hits.
struct Played {
    orders: usize,
    hits: Vec<usize>,
    report: Result<(), String>,
}

/// Plays one round to its rest and verifies.
async fn play(ground: &Ground, faults: &[Fault], seed: u64) -> Played {
    let Ground { shop, skus } = ground;
    let mut dice = Dice::of(seed, &faults[0].name());
    let (customer, staff) = ground.refill().await;
    let seen = Seen::default();
    let round = Round { shop, customer: &customer, staff: &staff, seen: &seen, told: AtomicUsize::new(0) };
    let carts: Vec<_> =
        buyers::stories(&mut dice).into_iter().map(|story| (story, buyers::lines(&mut dice, skus))).collect();
    let already_fired = blows::fired(shop).len();
    blows::arm(shop, faults, &mut dice);
    let (after, gone) = (1 + dice.below(5) as usize, AtomicBool::new(false));
    let buying = async {
        join_all(carts.iter().map(|(story, lines): &(_, Value)| round.play(*story, lines))).await;
        gone.store(true, Ordering::SeqCst);
    };
    let striking = join_all(faults.iter().map(|fault| blows::strike(&round, *fault, after, &gone)));
    let ((), struck) = tokio::join!(buying, striking);
    let output = shop.report(&seen).await;
    // Points that only the news of the round reach may have fired until now.
    for fault in faults {
        blows::disarm(shop, fault.part);
    }
    let fired: Vec<_> = blows::fired(shop).into_iter().skip(already_fired).collect();
    let at_point = |fault: &Fault| fired.iter().filter(|(_, point)| Some(point.as_str()) == fault.point()).count();
    let hits = faults.iter().zip(struck).map(|(fault, struck)| struck.max(at_point(fault))).collect();
    let told = || format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let report = if output.status.success() { Ok(()) } else { Err(told()) };
    Played { orders: round.told.load(Ordering::SeqCst), hits, report }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_invariant_holds_after_every_fault_of_the_schedule() {
    let seeds: Option<u64> = variable("FAULTS_SEEDS").map(|seeds| seeds.parse().expect("FAULTS_SEEDS is a number"));
    let from: u64 = variable("FAULTS_FROM").map_or(1, |from| from.parse().expect("FAULTS_FROM is a number"));
    let only = variable("FAULTS_ONLY").unwrap_or_default();
    let rounds = if seeds.is_some() { faults::one_by_one() } else { faults::together(EACH) };
    let wanted = |round: &&Vec<Fault>| round.iter().any(|fault| fault.name().contains(&only));
    let (began, mut table, mut ground) = (Instant::now(), Table::default(), Ground::prepare().await);
    for (seed, round) in
        (from..from + seeds.unwrap_or(1)).flat_map(|s| rounds.iter().filter(wanted).map(move |r| (s, r)))
    {
        let names: Vec<String> = round.iter().map(Fault::name).collect();
        println!("{:>5} s  seed {seed}: {}", began.elapsed().as_secs(), names.join(", "));
        // A customer who is never told ends by a panic, which is a finding of its round and not the end of all.
        let played = AssertUnwindSafe(play(&ground, round, seed)).catch_unwind().await;
        let Played { orders, hits, report } = played.unwrap_or_else(|_| Played {
            orders: 0,
            hits: vec![0; round.len()],
            report: Err("a customer was not told, see above".to_owned()),
        });
        println!("         {orders} orders, hits {hits:?}, {}", if report.is_ok() { "all holds" } else { "FOUND" });
        for (fault, hits) in round.iter().zip(hits) {
            table.played(*fault, orders, hits, report.is_ok());
        }
        if let Err(told) = report {
            let kept = ground.keep_logs(&format!("{seed}-{}", names[0].replace([' ', '`'], "-")));
            println!("{told}\nlogs: {}", kept.display());
            // What is broken stays broken: the next fault gets a shop of its own.
            ground = Ground::prepare().await;
        }
    }
    println!("{}\n{} s", table.markdown(), began.elapsed().as_secs());
    if variable("FAULTS_WRITE").is_some() {
        let seeds =
            seeds.map_or("Seed 1, several faults a round".to_owned(), |n| format!("Seeds {from} to {}", from + n - 1));
        table.write(&format!("{seeds}, on MariaDB and the embedded broker: {} s.", began.elapsed().as_secs()));
    }
    assert_eq!(table.findings(), 0, "invariants that do not hold");
    assert_eq!(table.missed(), [""; 0], "faults that never hit");
}
