//! How many subgraphs there are, what they are called and how they write.

use std::collections::BTreeMap;

use super::{
    Maker,
    features::Feature,
    model::{Kind, SubgraphDef, TypeDef},
};

const NAMES: [&str; 9] = ["a", "b", "accounts", "Catalog", "c-3", "d_4", "stock", "x", "reviews"];
/// Directives that may be imported under another name.
const RENAMED: [(&str, &str); 4] =
    [("key", "identity"), ("shareable", "anywhere"), ("external", "foreign"), ("requires", "needs")];

impl Maker {
    pub fn set_the_scene(&mut self) {
        let count = self.dice.between(2, 6);
        let mut names = NAMES;
        self.dice.shuffle(&mut names);
        for name in &names[..count] {
            // One at least is of Federation 2.
            let is_fed1 = !self.model.subgraphs.is_empty() && self.uses(Feature::Federation1, 3);
            let renames_roots = self.uses(Feature::RenamedRoots, 2);
            let versions = ["v2.7", "v2.8", "v2.9"];
            let mut subgraph = SubgraphDef {
                name: (*name).to_owned(),
                is_fed1,
                version: versions[self.dice.below(versions.len())].to_owned(),
                renamed: BTreeMap::new(),
                namespace: "federation".to_owned(),
                query: if renames_roots { "RootQuery" } else { "Query" }.to_owned(),
                mutation: if renames_roots { "Changes" } else { "Mutation" }.to_owned(),
            };
            self.choose_link(&mut subgraph);
            self.model.subgraphs.push(subgraph);
        }
        let all = 0..count;
        for root in ["Query", "Mutation"] {
            let mut ty = TypeDef::new(Kind::Object);
            if root == "Query" {
                ty.places = all.clone().collect();
            }
            self.model.types.insert(root.to_owned(), ty);
        }
    }

    fn choose_link(&mut self, subgraph: &mut SubgraphDef) {
        if subgraph.is_fed1 || !self.has(Feature::Links) {
            return;
        }
        if self.dice.one_in(3) {
            "fed".clone_into(&mut subgraph.namespace);
        }
        for (name, local) in RENAMED {
            match self.dice.below(4) {
                0 => drop(subgraph.renamed.insert(name.to_owned(), local.to_owned())),
                // Not imported: by its whole name.
                1 => drop(subgraph.renamed.insert(name.to_owned(), format!("{}__{name}", subgraph.namespace))),
                _ => {}
            }
        }
    }
}
