//! The fault schedule, seeded: customers buy in every way while something dies, stands still or is lied to, and after
//! each round `souk verify` finds every invariant whole. docs/FAULTS.md says how to play it at length.

mod blows;
mod broker;
mod buyers;
mod dice;
mod faults;
mod identity;
mod stories;
mod table;
mod watchers;
mod webhooks;

use std::{
    panic::AssertUnwindSafe,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use buyers::Round;
use dice::Dice;
use faults::Fault;
use futures_util::{FutureExt as _, future::join_all};
use serde_json::Value;
use souk_tests::{Client, LIMIT, Seen, Shop, goods, until};
use stories::Story;
use table::Table;
use tokio::{runtime::Handle, task::spawn_blocking};

/// Leases, windows and time-outs, scaled down; the order among them is that of the defaults.
const TIMES: [(&str, &str); 16] = [
    ("SOUK_OUTBOX_LEASE_MS", "1500"),
    ("SOUK_KAFKA_SESSION_MS", "4000"),
    ("SOUK_CALL_TIMEOUT_MS", "1400"),
    ("SOUK_ORDERS_INLINE_MS", "1000"),
    ("SOUK_ORDERS_SAGA_LEASE_MS", "3000"),
    ("SOUK_ORDERS_PAYMENT_WINDOW_MS", "9000"),
    ("SOUK_ORDERS_RESERVATION_TTL_MS", "16000"),
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
/// So many units fewer are on the shelf at the beginning of a round than its customers want, of both skus.
const SHORT: i64 = 3;

/// A shop to be hurt.
struct Ground {
    shop: Shop,
    skus: [String; 2],
}

impl Ground {
    async fn prepare() -> Self {
        let shop = Shop::start_with(&["--replicas", "orders=2,payments=2", "--longest-pause", "400"], &TIMES).await;
        let staff = shop.login("staff").await;
        let skus = [goods::product(&staff, 0).await, goods::product(&staff, 0).await];
        Self { shop, skus }
    }

    /// All parts that the last round hurt are back, and the shelves are filled.
    async fn refill(&self, carts: &[(Story, Value)]) -> (Client, Client) {
        let parts = self.shop.ready.pids.len();
        until("all parts are back", LIMIT, || std::future::ready(self.shop.now().pids.len() == parts)).await;
        let (customer, staff) = (self.shop.anonymous().register().await, self.shop.login("staff").await);
        for sku in &self.skus {
            let (on_hand, reserved) = goods::stock(&staff, sku).await;
            let missing = stories::wanted(carts, sku) - SHORT - (on_hand - reserved);
            if missing != 0 {
                goods::adjust(&staff, sku, missing).await;
            }
        }
        (customer, staff)
    }

    /// What it runs on.
    async fn servers(&self) -> String {
        let mut root = self.shop.as_root().await;
        let (version,): (String,) = sqlx::query_as("SELECT VERSION()").fetch_one(&mut root).await.expect("a version");
        let number = version.split('-').next().unwrap_or_default();
        let database = if version.contains("MariaDB") { "MariaDB" } else { "MySQL" };
        let kafka = if self.shop.ready.pids.contains_key("kafka") { "Apache Kafka" } else { "the embedded broker" };
        format!("{database} {number}, {kafka}")
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
    /// Until every customer was told all.
    told_after: Duration,
    report: Result<(), String>,
}

/// Plays one round to its rest and verifies.
async fn play(ground: &Ground, faults: &[Fault], seed: u64) -> Played {
    let Ground { shop, skus } = ground;
    let (began, mut dice) = (Instant::now(), Dice::of(seed, &faults[0].name()));
    let carts: Vec<_> =
        stories::stories(&mut dice, faults).into_iter().map(|story| (story, stories::lines(&mut dice, skus))).collect();
    let (customer, staff) = ground.refill(&carts).await;
    let seen = Seen::default();
    let round = Round { shop, customer: &customer, staff: &staff, seen: &seen, told: AtomicUsize::new(0) };
    let already_fired = blows::fired(shop).len();
    blows::arm(shop, faults, &mut dice);
    let gone = AtomicBool::new(false);
    let buying = async {
        join_all(carts.iter().map(|(story, lines): &(_, Value)| round.play(*story, lines))).await;
        gone.store(true, Ordering::SeqCst);
    };
    let mut turns: Vec<_> = faults.iter().map(|fault| blows::Turn::of(*fault, &mut dice, skus)).collect();
    let striking = join_all(turns.iter_mut().map(|turn| blows::strike(&round, turn, &gone)));
    let ((), struck) = tokio::join!(buying, striking);
    let told_after = began.elapsed();
    let output = shop.report(&seen).await;
    // Points that only the news of the round reach may have fired until now.
    for fault in faults {
        blows::mend(shop, *fault).await;
    }
    let fired: Vec<_> = blows::fired(shop).into_iter().skip(already_fired).collect();
    let at_point = |fault: &Fault| fired.iter().filter(|(_, point)| Some(point.as_str()) == fault.point()).count();
    let hits = faults.iter().zip(struck).map(|(fault, struck)| struck.max(at_point(fault))).collect();
    let told = || format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let report = if output.status.success() { Ok(()) } else { Err(told()) };
    Played { orders: round.told.load(Ordering::SeqCst), hits, told_after, report }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// What is played, as the environment asks for it.
struct Plan {
    /// None: the short form.
    seeds: Option<u64>,
    from: u64,
    /// So many shops are played on at a time, each with a seed of its own.
    shops: u64,
    only: String,
    alone: bool,
}

impl Plan {
    fn read() -> Self {
        let number =
            |name: &str| variable(name).map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")));
        let at_least_one = |name: &str| number(name).inspect(|number| assert!(*number > 0, "{name} is at least 1"));
        Self {
            seeds: at_least_one("FAULTS_SEEDS"),
            from: number("FAULTS_FROM").unwrap_or(1),
            shops: at_least_one("FAULTS_SHOPS").unwrap_or(1),
            only: variable("FAULTS_ONLY").unwrap_or_default(),
            alone: variable("FAULTS_ALONE").is_some(),
        }
    }

    fn seeds(&self) -> std::ops::Range<u64> {
        self.from..self.from + self.seeds.unwrap_or(1)
    }

    fn rounds(&self, seed: u64) -> Vec<Vec<Fault>> {
        let dice = &mut Dice::of(seed, "rounds");
        let mut rounds = if self.alone { faults::one_by_one() } else { faults::together(self.seeds.is_none(), dice) };
        rounds.retain(|round| round.iter().any(|fault| fault.name().contains(&self.only)));
        rounds
    }

    fn told(&self) -> String {
        let Some(seeds) = self.seeds else { return "The short form".to_owned() };
        let how = if self.alone { "each fault in a round of its own" } else { "several faults a round" };
        format!("Seeds {} to {}, {how}, {} at a time", self.from, self.from + seeds - 1, self.shops)
    }
}

/// Seeds that wait to be played, and what came of the others.
struct Schedule {
    plan: Plan,
    waiting: Mutex<std::ops::Range<u64>>,
    table: Mutex<Table>,
    broken_off: Mutex<Vec<u64>>,
    began: Instant,
}

#[expect(clippy::print_stdout, reason = "what is played is told as it goes, in the test's output")]
impl Schedule {
    fn of(plan: Plan) -> Self {
        let (table, broken_off) = (Mutex::default(), Mutex::default());
        Self { waiting: Mutex::new(plan.seeds()), table, broken_off, began: Instant::now(), plan }
    }

    /// Plays one seed after another until none waits.
    async fn play_seeds(self: Arc<Self>) {
        loop {
            let next = self.waiting.lock().expect("nothing panics with it").next();
            let Some(seed) = next else { return };
            // A shop that cannot be opened: what the other seeds found is told all the same.
            if AssertUnwindSafe(self.play_seed(seed)).catch_unwind().await.is_err() {
                println!("seed {seed} was broken off, see above");
                self.broken_off.lock().expect("nothing panics with it").push(seed);
            }
        }
    }

    async fn play_seed(&self, seed: u64) {
        // What came before must not slow down a seed, nor be what it finds.
        let mut ground = None;
        for round in self.plan.rounds(seed) {
            let names: Vec<String> = round.iter().map(Fault::name).collect();
            println!("{:>5} s  seed {seed}: {}", self.began.elapsed().as_secs(), names.join(", "));
            let here = match &mut ground {
                Some(here) => here,
                none => none.insert(Ground::prepare().await),
            };
            // A customer who is never told ends by a panic, which is a finding of its round and not the end of all.
            let played = AssertUnwindSafe(play(here, &round, seed)).catch_unwind().await;
            let Played { orders, hits, told_after, report } = played.unwrap_or_else(|_| Played {
                orders: 0,
                hits: vec![0; round.len()],
                told_after: Duration::ZERO,
                report: Err("a customer was not told, see above".to_owned()),
            });
            let holds = if report.is_ok() { "all holds" } else { "FOUND" };
            let told_after = told_after.as_secs_f32();
            println!("         seed {seed}: {orders} orders, hits {hits:?}, told after {told_after:.1} s, {holds}");
            for (fault, hits) in round.iter().zip(hits) {
                self.table.lock().expect("nothing panics with it").played(*fault, orders, hits, report.is_ok());
            }
            if let Err(told) = report {
                let kept = here.keep_logs(&format!("{seed}-{}", names[0].replace([' ', '`'], "-")));
                println!("seed {seed}: {told}\nlogs: {}", kept.display());
                // What is broken stays broken: the next fault gets a shop of its own.
                ground = None;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_invariant_holds_after_every_fault_of_the_schedule() {
    let schedule = Arc::new(Schedule::of(Plan::read()));
    // A thread each: starting and ending a shop blocks.
    let on_thread = |schedule: Arc<Schedule>| move || Handle::current().block_on(schedule.play_seeds());
    let shops: Vec<_> = (0..schedule.plan.shops).map(|_| spawn_blocking(on_thread(schedule.clone()))).collect();
    for shop in shops {
        shop.await.expect("what panics in a seed is caught there");
    }
    let (plan, seconds) = (&schedule.plan, schedule.began.elapsed().as_secs());
    let table = std::mem::take(&mut *schedule.table.lock().expect("nothing panics with it"));
    println!("{}\n{seconds} s", table.markdown());
    let broken_off = std::mem::take(&mut *schedule.broken_off.lock().expect("nothing panics with it"));
    assert_eq!(broken_off, [0; 0], "seeds that were broken off");
    if variable("FAULTS_WRITE").is_some() {
        let servers = Ground::prepare().await.servers().await;
        table.write(&servers, &format!("{}: {seconds} s.", plan.told()));
    }
    assert_eq!(table.findings(), 0, "invariants that do not hold");
    assert_eq!(table.missed(), [""; 0], "faults that never hit");
}
