//! One to three texts as subgraphs: composed, read back, and an operation planned on what they compose to.

use std::fmt::Write as _;

use apollo_compiler::ExecutableDocument;
use federation::{
    Subgraph, Supergraph, compose,
    plan::{PlanError, PlanOptions, Planner},
};

use crate::{
    Input, Target, corpus,
    mutate::{bytes, mutate, soup},
    operations::{Dice, draw},
};

/// More subgraphs at once find no more and take longer.
const MAX_SUBGRAPHS: usize = 3;
/// Of so many inputs one begins from the shop's schemas, which are long.
const SHOP_IN: usize = 24;

/// Subgraphs of any text.
pub struct Texts {
    federations: Vec<Vec<Subgraph>>,
}

impl Texts {
    pub fn read() -> Self {
        Self { federations: corpus::federations() }
    }

    fn federation(&self, dice: &mut Dice) -> &[Subgraph] {
        let last = self.federations.len() - 1;
        let at = if dice.below(SHOP_IN) == 0 { last } else { dice.below(last) };
        &self.federations[at]
    }

    fn text(&self, dice: &mut Dice) -> &str {
        let federation = self.federation(dice);
        &federation[dice.below(federation.len())].sdl
    }

    /// Subgraphs of one case, or of as many cases as there are subgraphs.
    fn real(&self, dice: &mut Dice) -> Vec<(String, String)> {
        let named = |subgraph: &Subgraph| (subgraph.name.clone(), subgraph.sdl.clone());
        if dice.below(8) == 0 {
            let count = 1 + dice.below(MAX_SUBGRAPHS);
            return (0..count).map(|at| (format!("s{at}"), self.text(dice).to_owned())).collect();
        }
        let mut found: Vec<_> = self.federation(dice).iter().map(named).collect();
        while found.len() > MAX_SUBGRAPHS {
            found.remove(dice.below(found.len()));
        }
        found
    }
}

impl Target for Texts {
    fn input(&self, seed: u64) -> Input {
        let mut dice = Dice::new(seed);
        let mut files = self.real(&mut dice);
        match dice.below(32) {
            0 => files[0].1 = bytes(&mut dice),
            1 => files[0].1 = soup(self.text(&mut dice), &mut dice),
            _ => {
                let texts = if dice.below(4) > 0 { 1 } else { files.len() };
                for _ in 0..texts {
                    let at = dice.below(files.len());
                    let neighbour = files[dice.below(files.len())].1.clone();
                    let other = if dice.below(4) > 0 { &neighbour } else { self.text(&mut dice) };
                    files[at].1 = mutate(&files[at].1, other, &mut dice);
                }
            }
        }
        let files = files.into_iter().map(|(name, text)| (format!("{name}.graphql"), text)).collect();
        Input { scene: seed as usize, files }
    }

    fn answer(&self, input: &Input) -> Result<bool, String> {
        let subgraph = |(file, sdl): &(String, String)| Subgraph {
            name: file.trim_end_matches(".graphql").to_owned(),
            url: None,
            sdl: sdl.clone(),
        };
        let subgraphs: Vec<Subgraph> = input.files.iter().map(subgraph).collect();
        let Ok(supergraph) = compose(&subgraphs) else { return Ok(false) };
        let read = Supergraph::parse(&supergraph.sdl).map_err(|error| format!("it cannot be read back: {error}"))?;
        if read.api_sdl() != supergraph.api_sdl() {
            return Err("read back it is another API schema".to_owned());
        }
        plan_one(&supergraph, input.scene as u64)?;
        // A supergraph that someone has tampered with, or that others composed.
        let text = mutate(&supergraph.sdl, &subgraphs[0].sdl, &mut Dice::new(input.scene as u64));
        let _refused = Supergraph::parse(&text).map(|supergraph| Planner::new(&supergraph));
        Ok(true)
    }
}

/// What composes can be planned on: whatever clients see can be asked for.
fn plan_one(supergraph: &Supergraph, seed: u64) -> Result<(), String> {
    let planner = Planner::new(supergraph).map_err(|error| error.to_string())?;
    let drawn = draw(&supergraph.api_schema, seed);
    let Ok(document) = ExecutableDocument::parse_and_validate(&supergraph.api_schema, drawn.text.as_str(), "drawn")
    else {
        return Ok(());
    };
    match planner.plan(&document, None, &PlanOptions::default()) {
        Err(fault @ (PlanError::Unreachable { .. } | PlanError::UnknownType(_))) => {
            let mut told = format!("what composes cannot be planned on: {fault}");
            write!(told, "\n{}", drawn.text).unwrap();
            Err(told)
        }
        Ok(_) | Err(_) => Ok(()),
    }
}
