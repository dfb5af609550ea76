//! How customers buy, and who of them comes to a round.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{dice::Dice, faults::Fault};

/// How one customer buys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Story {
    /// Pays with this, and leaves it at that.
    Pays(&'static str, &'static str),
    /// Approves or declines at the provider, by this method and token.
    Decides(&'static str, &'static str, &'static str),
    /// Pays in cash when the parcel comes.
    Cash,
    /// Approves while somebody sends forged, old and repeated webhooks about the payment.
    Attacked,
    /// Cancels as soon as the shop has told of the order; with some tokens the provider has not answered by then.
    CancelsAtOnce(&'static str),
    CancelsLater,
    /// The same with a parcel that was to be paid at the door.
    CancelsCash,
    /// Is asked to approve and cancels.
    Regrets,
    /// Gets a part back from staff, asked twice with one key.
    Refunded,
    /// The money comes after the order has failed.
    PaysLate,
    /// Is asked to approve and never does.
    Forgets,
    /// One cart sent from four tabs, each with its key.
    FourTabs,
    /// One key sent eight times at once.
    OneKey,
}

/// Of each kind that some point needs to be reached; the others by the dice.
const ALWAYS: [Story; 10] = [
    Story::Pays("CARD", "tok_ok"),
    Story::Decides("CARD", "tok_3ds", "approve"),
    Story::Cash,
    Story::Attacked,
    Story::CancelsAtOnce("tok_timeout_after"),
    Story::CancelsLater,
    Story::Regrets,
    Story::Refunded,
    Story::PaysLate,
    Story::Pays("CARD", "tok_declined"),
];
const CHOICES: [Story; 14] = [
    Story::Pays("WALLET", "tok_ok"),
    Story::Pays("CARD", "tok_slow"),
    Story::Pays("CARD", "tok_timeout_after"),
    Story::Pays("CARD", "tok_timeout_before"),
    Story::Pays("CARD", "tok_500_then_ok"),
    Story::Decides("UPI", "tok_ok", "approve"),
    Story::Decides("NET_BANKING", "tok_ok", "decline"),
    Story::Decides("CARD", "tok_3ds", "decline"),
    Story::CancelsAtOnce("tok_ok"),
    Story::CancelsAtOnce("tok_slow"),
    Story::CancelsLater,
    Story::CancelsCash,
    Story::FourTabs,
    Story::OneKey,
];

/// The customers of a round: some of every kind, and those without whom its points are not reached.
pub fn stories(dice: &mut Dice, faults: &[Fault]) -> Vec<Story> {
    let wanted: BTreeSet<Story> = faults.iter().filter_map(|fault| leads_to(fault.point()?)).collect();
    let twice = wanted.into_iter().flat_map(|story| [story; 2]);
    ALWAYS.into_iter().chain(twice).chain((0..4).map(|_| dice.pick(&CHOICES))).collect()
}

/// The story that comes to a point which others seldom pass. One customer alone may find the shelf empty.
fn leads_to(point: &str) -> Option<Story> {
    let ends = |end: &str| point.ends_with(end);
    match point {
        // Nobody else takes so long, so it comes only here.
        _ if ends(".AWAIT") => Some(Story::Forgets),
        _ if point.starts_with("orders.saga.") && ends(".REFUND") => Some(Story::PaysLate),
        _ if ends("refund.committed") => Some(Story::Refunded),
        _ if ends(".VOID") => Some(Story::Regrets),
        _ if ends(".UNKNOWN") => Some(Story::Pays("CARD", "tok_timeout_before")),
        _ if ends(".VOIDED") => Some(Story::CancelsCash),
        _ => None,
    }
}

/// Two skus in an order of the dice's choice: carts that lock the same rows from both ends.
pub fn lines(dice: &mut Dice, [one, other]: &[String; 2]) -> Value {
    let (first, second) = if dice.below(2) == 0 { (one, other) } else { (other, one) };
    json!([{ "sku": first, "quantity": 1 }, { "sku": second, "quantity": 1 + dice.below(2) }])
}

/// How many units of a sku all these carts hold.
pub fn wanted(carts: &[(Story, Value)], sku: &str) -> i64 {
    let of_cart = |(story, lines): &(Story, Value)| {
        let of_sku = lines.as_array().into_iter().flatten().filter(|line| line["sku"] == sku);
        let quantity: i64 = of_sku.filter_map(|line| line["quantity"].as_i64()).sum();
        if *story == Story::FourTabs { 4 * quantity } else { quantity }
    };
    carts.iter().map(of_cart).sum()
}
