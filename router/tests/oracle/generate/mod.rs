//! Makes a random graph and cuts it into subgraphs: `(seed, attempt)` to subgraph SDLs and the schema that clients
//! must see.
//!
//! ```text
//! features ─> setting (subgraphs, names) ─> types ─> cut (who has what) ─> roots
//!   ─> ties (requires, provides, override) ─> differences (null, hidden) ─> finish ─> print, expected
//! ```
//! What is drawn is meant to compose. A cut may still leave a field out of reach; the caller then tries the next
//! attempt, which uses fewer features.

mod cut;
mod differences;
mod expected;
mod features;
mod finish;
mod model;
mod print;
mod roots;
mod setting;
mod ties;
mod types;

use std::collections::BTreeSet;

use crate::dice::Dice;
use features::{Feature, Features};
use model::Model;

/// A federation as texts.
#[derive(Debug, Clone)]
pub struct Generated {
    /// Names and SDLs.
    pub subgraphs: Vec<(String, String)>,
    /// What clients must see, as SDL.
    pub expected: String,
    /// Progressive overrides that are on.
    pub labels: BTreeSet<String>,
}

pub fn federation(seed: u64, attempt: usize) -> Generated {
    let mut dice = Dice::new(seed.wrapping_mul(16).wrapping_add(attempt as u64));
    let features = Features::draw(&mut dice, attempt);
    let mut maker = Maker { dice, features, model: Model::default(), labels: BTreeSet::new(), next_name: 0 };
    maker.set_the_scene();
    maker.declare_types();
    maker.cut_entities();
    maker.place_interfaces();
    maker.add_fields();
    maker.add_roots();
    maker.add_ties();
    maker.finish();
    maker.differ();
    let subgraphs = maker.print();
    let labels = maker.labels.iter().filter(|label| !label.starts_with('-')).cloned().collect();
    Generated { subgraphs, expected: expected::print(&maker.model), labels }
}

/// The graph as far as it is drawn.
struct Maker {
    dice: Dice,
    features: Features,
    model: Model,
    /// Labels of progressive overrides that are on.
    labels: BTreeSet<String>,
    next_name: usize,
}

impl Maker {
    fn has(&self, feature: Feature) -> bool {
        self.features.has(feature)
    }

    /// Whether a feature that is on is used here.
    fn uses(&mut self, feature: Feature, one_in: usize) -> bool {
        self.has(feature) && self.dice.one_in(one_in)
    }

    /// A field name that is new to the graph, or common to it.
    fn field_name(&mut self, taken: impl Fn(&str) -> bool) -> String {
        const NAMES: [&str; 16] = [
            "name", "title", "size", "owner", "items", "next", "price", "kind", "note", "rank", "score", "tags",
            "parent", "best", "info", "data",
        ];
        let common = NAMES[self.dice.below(NAMES.len())];
        if !taken(common) {
            return common.to_owned();
        }
        self.next_name += 1;
        format!("f{}", self.next_name)
    }
}
