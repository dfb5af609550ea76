//! Arming points, killing, freezing.

use std::{
    fmt::Write as _,
    fs,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use souk_tests::{LIMIT, Shop, until};

use crate::{
    buyers::Round,
    dice::Dice,
    faults::{Blow, Fault},
};

/// Longer than each lease of the shop that is played on.
const FROZEN: Duration = Duration::from_secs(7);

/// The replicas of a part.
fn instances(shop: &Shop, part: &str) -> Vec<String> {
    let is_of = |name: &&String| name.strip_prefix(part).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    shop.now().pids.keys().filter(is_of).cloned().collect()
}

/// Arms every point of a round in every replica of its part.
pub fn arm(shop: &Shop, faults: &[Fault], dice: &mut Dice) {
    let mut parts: Vec<&str> = faults.iter().filter(|fault| fault.point().is_some()).map(|fault| fault.part).collect();
    parts.dedup();
    for part in parts {
        let mut lines = String::new();
        for fault in faults.iter().filter(|fault| fault.part == part) {
            let Some(point) = fault.point() else { continue };
            let action = if matches!(fault.blow, Blow::StopAt(_)) { "stop" } else { "kill" };
            // Counts begin anew with the process, so where several points end one each takes its first hit.
            let most = if faults.len() == 1 { passed_at_least(point) } else { 1 };
            let _ = writeln!(lines, "{point}={action}@{}", 1 + dice.below(most));
        }
        for instance in instances(shop, part) {
            write(shop, &instance, &lines);
        }
    }
}

/// Whole, or not there: its reader may look at any moment.
fn write(shop: &Shop, instance: &str, lines: &str) {
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

/// Does what is done from outside, once `after` orders were told or all customers have gone; gives how often it hit.
pub async fn strike(round: &Round<'_>, fault: Fault, after: usize, gone: &AtomicBool) -> usize {
    let is_time = || gone.load(Ordering::SeqCst) || round.told.load(Ordering::SeqCst) >= after;
    let (shop, part) = (round.shop, fault.part);
    match fault.blow {
        // Counted at the end of the round: they come when they come.
        Blow::KillAt(_) => 0,
        Blow::Kill => {
            until("the turn of a kill", LIMIT, || std::future::ready(is_time())).await;
            let old = shop.kill(part);
            shop.restarted(part, old).await;
            1
        }
        Blow::Freeze => {
            until("the turn of a freeze", LIMIT, || std::future::ready(is_time())).await;
            freeze(shop, part).await;
            1
        }
        Blow::StopAt(point) => {
            let before = fired(shop).len();
            let stopped = || fired(shop).into_iter().skip(before).find(|(_, at)| at == point);
            let known = || std::future::ready(stopped().is_some() || gone.load(Ordering::SeqCst));
            until("the turn of a stop", LIMIT, known).await;
            disarm(shop, part);
            let Some((instance, _)) = stopped() else { return 0 };
            // The length of the fault, not a wait for something.
            tokio::time::sleep(FROZEN).await;
            // A second replica may have come to the point before it was disarmed.
            for instance in instances(shop, part) {
                shop.signal(&instance, "CONT");
            }
            usize::from(!instance.is_empty())
        }
    }
}

async fn freeze(shop: &Shop, part: &str) {
    // The embedded broker lives in the launcher.
    let signal = |name: &str| match part {
        "broker" if shop.now().pids.contains_key("kafka") => shop.signal("kafka", name),
        "broker" => shop.signal_launcher(name),
        part => shop.signal(part, name),
    };
    signal("STOP");
    tokio::time::sleep(FROZEN).await;
    signal("CONT");
}
