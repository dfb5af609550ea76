//! Arming points, killing, freezing; what is done to the broker, to keys and clocks stands beside.

use std::{
    fmt::Write as _,
    fs,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use serde_json::Value;
use souk_tests::{LIMIT, Shop, until};

use crate::{
    broker,
    buyers::Round,
    dice::Dice,
    faults::{Blow, Fault},
    identity, stories,
};

/// Longer than each lease of the shop that is played on.
const FROZEN: Duration = Duration::from_secs(7);

/// The replicas of a part, dead ones too.
pub fn instances(shop: &Shop, part: &str) -> Vec<String> {
    shop.ready.of_part(part).into_keys().collect()
}

/// Arms every point of a round in every replica of its part.
pub fn arm(shop: &Shop, faults: &[Fault], dice: &mut Dice) {
    let mut parts: Vec<&str> = faults.iter().filter(|fault| fault.point().is_some()).map(|fault| fault.part).collect();
    parts.sort_unstable();
    parts.dedup();
    for part in parts {
        let mut lines = String::new();
        for fault in faults.iter().filter(|fault| fault.part == part) {
            let Some(point) = fault.point() else { continue };
            let action = if matches!(fault.blow, Blow::StopAt(_)) { "stop" } else { "kill" };
            // Counts begin anew with the process, so where several points end one each takes its first hit.
            let of_part = faults.iter().filter(|other| other.part == part).count();
            let most = if of_part == 1 { passed_at_least(point) } else { 1 };
            let _ = writeln!(lines, "{point}={action}@{}", 1 + dice.below(most));
        }
        for instance in instances(shop, part) {
            write(shop, &instance, &lines);
        }
    }
}

/// Whole, or not there: its reader may look at any moment.
pub fn write(shop: &Shop, instance: &str, lines: &str) {
    let file = shop.failpoints().join(instance);
    let draft = file.with_extension("draft");
    fs::write(&draft, lines).and_then(|()| fs::rename(&draft, &file)).expect("the folder is ours");
}

/// How often each replica passes a point in any round.
fn passed_at_least(point: &str) -> u64 {
    let on_the_way_of_each = ["hold.", "place.", "RESERVE", "PAY", "CHARGE", "outbox.", "consumer."];
    if on_the_way_of_each.iter().any(|part| point.contains(part)) { 2 } else { 1 }
}

/// Disarms what has not fired.
pub fn disarm(shop: &Shop, part: &str) {
    for instance in instances(shop, part) {
        let _ = fs::remove_file(shop.failpoints().join(instance));
    }
}

/// Instance and point of what has fired since the shop was started, in order.
pub fn fired(shop: &Shop) -> Vec<(String, String)> {
    let log = fs::read_to_string(shop.failpoints().join("fired.log")).unwrap_or_default();
    log.lines().filter_map(|line| line.split_once(' ')).map(|(i, p)| (i.to_owned(), p.to_owned())).collect()
}

/// What one fault of a round is done with.
pub struct Turn {
    fault: Fault,
    /// When so many orders were told.
    after: usize,
    dice: Dice,
    /// For a customer who comes with the fault.
    lines: Value,
}

impl Turn {
    pub fn of(fault: Fault, dice: &mut Dice, skus: &[String; 2]) -> Self {
        Self { fault, after: 1 + dice.below(5) as usize, dice: dice.clone(), lines: stories::lines(dice, skus) }
    }
}

/// Does what is done from outside, once it is time or all customers have gone; gives how often it hit.
pub async fn strike(round: &Round<'_>, turn: &mut Turn, gone: &AtomicBool) -> usize {
    let Turn { fault, after, dice, lines } = turn;
    let is_time = || gone.load(Ordering::SeqCst) || round.told.load(Ordering::SeqCst) >= *after;
    let (shop, part) = (round.shop, fault.part);
    if !matches!(fault.blow, Blow::KillAt(_) | Blow::StopAt(_)) {
        until("the turn of a fault", LIMIT, || std::future::ready(is_time())).await;
    }
    match fault.blow {
        // Counted at the end of the round: they come when they come.
        Blow::KillAt(_) => return 0,
        Blow::StopAt(point) => return stop_at(shop, part, point, gone).await,
        Blow::Kill => {
            let old = shop.kill(part).await;
            shop.restarted(part, old).await;
        }
        Blow::Freeze => return freeze(shop, part).await,
        Blow::Away => broker::away(shop).await,
        Blow::Disorder => return broker::disorder(shop, dice).await,
        Blow::Replay => return broker::replay(shop).await,
        Blow::Stutter => broker::stutter(shop).await,
        Blow::NewKey => identity::renew_key(round, part, lines).await,
        Blow::Clock(seconds) => identity::set_clock(shop, part, seconds).await,
    }
    1
}

/// What a fault leaves behind goes with its round.
pub async fn mend(shop: &Shop, fault: Fault) {
    disarm(shop, fault.part);
    if matches!(fault.blow, Blow::Clock(_)) {
        identity::right_clock(shop, fault.part).await;
    }
}

async fn stop_at(shop: &Shop, part: &str, point: &str, gone: &AtomicBool) -> usize {
    let before = fired(shop).len();
    let stopped = || fired(shop).into_iter().skip(before).find(|(_, at)| at == point);
    let known = || std::future::ready(stopped().is_some() || gone.load(Ordering::SeqCst));
    until("the turn of a stop", LIMIT, known).await;
    disarm(shop, part);
    if stopped().is_none() {
        return 0;
    }
    // The length of the fault, not a wait for something.
    tokio::time::sleep(FROZEN).await;
    // A second replica may have come to the point before it was disarmed; the others do not mind.
    for pid in shop.now().of_part(part).into_values() {
        shop.resume(pid);
    }
    1
}

/// Not a hit when the frozen process was killed meanwhile.
async fn freeze(shop: &Shop, part: &str) -> usize {
    let pid = if part == "broker" { shop.signal_broker("STOP").await } else { shop.signal(part, "STOP").await };
    tokio::time::sleep(FROZEN).await;
    usize::from(shop.resume(pid))
}
