//! What was found: a finding an invariant, as a table for people and as JSON for programs.

use std::{
    collections::BTreeMap,
    fmt::{self, Display, Write as _},
};

use serde::Serialize;
use serde_json::{Value, json};

use super::invariant::Invariant;

/// Violations of one invariant that the table shows; JSON has all.
const SHOWN: usize = 12;

/// One row that breaks an invariant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The id of what is wrong.
    pub of: String,
    pub what: String,
}

/// How one invariant stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub invariant: Invariant,
    /// How much was looked at.
    pub figures: BTreeMap<&'static str, u64>,
    pub violations: Vec<Violation>,
    /// What could not be looked at, and why.
    pub not_checked: Vec<String>,
}

/// Whether the shop was at rest while it was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rest {
    Came {
        after_ms: u64,
    },
    /// What was still going on when the wait ended.
    Never {
        after_ms: u64,
        because: Vec<String>,
    },
    /// Only what holds under load was looked at, so often.
    NotAsked {
        looks: u64,
        missed: u64,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub rest: Rest,
    pub findings: Vec<Finding>,
}

impl Finding {
    pub fn of(invariant: Invariant) -> Self {
        Self { invariant, figures: BTreeMap::new(), violations: Vec::new(), not_checked: Vec::new() }
    }

    /// Notes how much of something was looked at.
    pub fn looked_at(&mut self, what: &'static str, count: usize) {
        *self.figures.entry(what).or_default() += count as u64;
    }

    pub fn violated(&mut self, of: impl Display, what: impl Into<String>) {
        self.violations.push(Violation { of: of.to_string(), what: what.into() });
    }

    pub fn not_checked(&mut self, why: impl Into<String>) {
        self.not_checked.push(why.into());
    }

    /// The same invariant seen from another side.
    pub fn and(mut self, other: Self) -> Self {
        for (what, count) in other.figures {
            *self.figures.entry(what).or_default() += count;
        }
        self.violations.extend(other.violations);
        self.not_checked.extend(other.not_checked);
        self
    }

    /// Nothing was looked at.
    fn is_blank(&self) -> bool {
        self.violations.is_empty() && self.figures.is_empty()
    }

    fn to_json(&self) -> Value {
        json!({
            "number": self.invariant.number(),
            "says": self.invariant.says(),
            "continuous": self.invariant.is_continuous(),
            "holds": self.violations.is_empty(),
            "figures": self.figures,
            "violations": self.violations,
            "notChecked": self.not_checked,
        })
    }
}

impl Report {
    /// Everything that was looked at holds, and the shop was at rest where that was asked for.
    pub fn holds(&self) -> bool {
        let rested = !matches!(self.rest, Rest::Never { .. });
        rested && self.findings.iter().all(|finding| finding.violations.is_empty())
    }

    pub fn to_json(&self) -> Value {
        let rest = match &self.rest {
            Rest::Came { after_ms } => json!({ "atRest": true, "waitedMs": after_ms }),
            Rest::Never { after_ms, because } => json!({ "atRest": false, "waitedMs": after_ms, "because": because }),
            Rest::NotAsked { looks, missed } => json!({ "atRest": null, "looks": looks, "missedLooks": missed }),
        };
        let findings: Vec<Value> = self.findings.iter().map(Finding::to_json).collect();
        json!({ "holds": self.holds(), "rest": rest, "invariants": findings })
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.rest {
            Rest::Came { after_ms } => writeln!(f, "the shop is at rest (waited {after_ms} ms)")?,
            Rest::NotAsked { looks, missed } => writeln!(f, "looked {looks} times under load ({missed} looks failed)")?,
            Rest::Never { after_ms, because } => {
                writeln!(f, "the shop did NOT come to rest within {after_ms} ms; what follows may be passing:")?;
                for reason in because {
                    writeln!(f, "      {reason}")?;
                }
            }
        }
        for finding in &self.findings {
            write!(f, "{finding}")?;
        }
        let violated = self.findings.iter().filter(|finding| !finding.violations.is_empty()).count();
        match (violated, self.holds()) {
            (_, true) => write!(f, "every invariant that was looked at holds"),
            (0, false) => write!(f, "no invariant is violated, but the shop is not at rest"),
            (violated, false) => write!(f, "{violated} of {} invariants are violated", self.findings.len()),
        }
    }
}

impl Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = match (self.violations.is_empty(), self.is_blank()) {
            (false, _) => "VIOLATED",
            (true, true) => "unknown",
            (true, false) => "holds",
        };
        let star = if self.invariant.is_continuous() { '*' } else { ' ' };
        let mut figures = String::new();
        for (what, count) in &self.figures {
            write!(figures, "{}{count} {what}", if figures.is_empty() { "" } else { ", " })?;
        }
        let says = self.invariant.says();
        writeln!(f, "{:>3}{star} {mark:<8}  {says}: {figures}", self.invariant.number())?;
        for Violation { of, what } in self.violations.iter().take(SHOWN) {
            writeln!(f, "      {of}: {what}")?;
        }
        if self.violations.len() > SHOWN {
            writeln!(f, "      and {} more: --json shows all", self.violations.len() - SHOWN)?;
        }
        for why in &self.not_checked {
            writeln!(f, "      not checked: {why}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_holds_when_nothing_is_violated_and_the_shop_is_at_rest() {
        let mut finding = Finding::of(Invariant::StockInBounds);
        finding.looked_at("stock rows", 3);
        let mut report = Report { rest: Rest::Came { after_ms: 7 }, findings: vec![finding] };
        assert!(report.holds());
        assert_eq!(report.to_json()["invariants"][0]["figures"]["stock rows"], 3);

        report.rest = Rest::Never { after_ms: 9, because: vec!["orders: 1 event is not published".to_owned()] };
        assert!(!report.holds());
        assert!(report.to_string().contains("not published"), "{report}");
    }

    #[test]
    fn a_violation_is_shown_with_its_id() {
        let mut finding = Finding::of(Invariant::StockInBounds);
        finding.violated("MUG@main", "reserved is -1");
        let report = Report { rest: Rest::Came { after_ms: 0 }, findings: vec![finding] };
        assert!(!report.holds());
        let shown = report.to_string();
        assert!(shown.contains("  1* VIOLATED") && shown.contains("MUG@main: reserved is -1"), "{shown}");
    }

    #[test]
    fn what_could_not_be_looked_at_is_unknown_and_says_why() {
        let mut finding = Finding::of(Invariant::SubscriptionsRise);
        finding.not_checked("no --seen file");
        assert!(finding.to_string().contains("unknown") && finding.to_string().contains("no --seen file"));
    }
}
