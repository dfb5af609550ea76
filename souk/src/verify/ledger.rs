//! The provider's own book: JSON lines of `GET /v1/ledger`, folded to each charge's newest state.

use std::collections::{BTreeMap, HashSet};

use anyhow::Context as _;
use serde::Deserialize;

/// A charge as the provider knows it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Charge {
    pub id: String,
    /// The shop's own id: the payment's.
    pub reference: String,
    pub amount_minor: i64,
    pub currency: String,
    pub method: String,
    pub status: String,
    pub captured_minor: i64,
    pub refunded_minor: i64,
    pub refunds: Vec<ChargeRefund>,
    /// When the money of a failed charge is still to arrive.
    #[serde(default)]
    pub late_success_at: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ChargeRefund {
    /// The refund's id.
    pub reference: String,
    pub amount_minor: i64,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    pub lines: usize,
    pub charges: Vec<Charge>,
    /// Webhooks that the shop has not taken yet.
    pub undelivered: usize,
    /// Failed charges whose money is still on its way.
    pub late: usize,
}

#[derive(Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
enum Line {
    Charge {
        charge: Box<Charge>,
        #[serde(default)]
        webhook: Option<String>,
    },
    WebhookDelivered {
        webhook: String,
    },
    /// What changes no charge.
    #[serde(other)]
    Other,
}

impl Ledger {
    /// # Errors
    /// When a line is not one of a ledger: it is numbered.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let mut charges: BTreeMap<String, Charge> = BTreeMap::new();
        let mut waiting = HashSet::new();
        let mut lines = 0;
        for text in text.lines() {
            lines += 1;
            match serde_json::from_str(text).with_context(|| format!("line {lines} of the provider's ledger"))? {
                Line::Charge { charge, webhook } => {
                    waiting.extend(webhook);
                    charges.insert(charge.id.clone(), *charge);
                }
                Line::WebhookDelivered { webhook } => {
                    waiting.remove(&webhook);
                }
                Line::Other => {}
            }
        }
        let charges: Vec<Charge> = charges.into_values().collect();
        let late = charges.iter().filter(|charge| charge.is_late()).count();
        Ok(Self { lines, charges, undelivered: waiting.len(), late })
    }
}

impl Charge {
    fn is_late(&self) -> bool {
        self.status == "failed" && self.late_success_at.is_some()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn line(status: &str, webhook: Option<&str>, late: Option<&str>) -> String {
        let charge = json!({
            "id": "ch_1", "version": 1, "reference": "pay_1", "amount_minor": 5, "currency": "EUR", "method": "CARD",
            "capture": true, "status": status, "captured_minor": 0, "refunded_minor": 0, "failure_code": null,
            "refunds": [], "action": null, "return_url": null, "late_success_at": late, "created_at": "2026-01-01T00:00:00Z",
        });
        let mut line =
            json!({ "seq": 1, "at": "2026-01-01T00:00:00Z", "entry": "charge", "change": "created", "charge": charge });
        if let Some(webhook) = webhook {
            line["webhook"] = json!(webhook);
        }
        line.to_string()
    }

    #[test]
    fn the_newest_line_of_a_charge_counts() {
        let text = format!("{}\n{}\n", line("requires_action", None, None), line("captured", Some("wh_1"), None));
        let ledger = Ledger::parse(&text).unwrap();
        assert_eq!((ledger.lines, ledger.charges.len(), ledger.undelivered, ledger.late), (2, 1, 1, 0));
        assert_eq!(ledger.charges[0].status, "captured");
        let delivered =
            r#"{"seq":3,"at":"2026-01-01T00:00:00Z","entry":"webhook_delivered","webhook":"wh_1","line":2}"#;
        assert_eq!(Ledger::parse(&format!("{text}{delivered}\n")).unwrap().undelivered, 0);
    }

    #[test]
    fn money_that_is_still_to_arrive_is_counted() {
        let ledger = Ledger::parse(&line("failed", None, Some("2026-01-01T00:00:02Z"))).unwrap();
        assert_eq!(ledger.late, 1);
        let shown = r#"{"seq":1,"at":"2026-01-01T00:00:00Z","entry":"fault_shown","request":{"key":"k","hash":"h"}}"#;
        assert_eq!(Ledger::parse(shown).unwrap().charges, []);
    }
}
