//! Lets a proposed supergraph through, or says why not. Everything here is pure and slow enough to belong on a
//! blocking thread.

use std::{collections::BTreeMap, sync::Arc};

use apollo_compiler::{ExecutableDocument, Name};
use chrono::{DateTime, Utc};
use federation::{
    CompositionError, Subgraph,
    compose::compose,
    plan::{PlanError, PlanOptions},
};

use super::{
    book::{Proposal, Sdls},
    graph::Core,
    live::RefusalError,
};

/// Subgraph -> hash of its SDL.
pub(crate) type Served = BTreeMap<String, Arc<str>>;

/// What came of a set of proposals.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    pub(crate) accepted: Vec<Proposal>,
    /// Those that were refused, each with its reasons.
    pub(crate) refused: Vec<(Proposal, Vec<RefusalError>)>,
    /// The new supergraph; None when nothing was accepted or no subgraph is left.
    pub(crate) core: Option<Core>,
}

/// What a candidate is held against.
#[derive(Debug, Clone)]
pub(crate) struct Trial {
    pub(crate) sdls: Sdls,
    /// Operations of clients, lately: a supergraph on which one of them is valid must have a plan for it.
    pub(crate) recent: Vec<Arc<str>>,
    pub(crate) now: DateTime<Utc>,
}

/// Tries all proposals together, since some change only together (an enum that is input and output grows
/// everywhere at once); when that fails, each alone on what the ones before it left.
pub(crate) fn decide(served: &Served, proposals: Vec<Proposal>, trial: &Trial) -> Verdict {
    let everything = with(served, &proposals);
    let together = match try_compose(&everything, trial) {
        Ok(core) => return Verdict { accepted: proposals, refused: Vec::new(), core },
        Err(errors) => errors,
    };
    if proposals.len() == 1 {
        let refused = proposals.into_iter().map(|proposal| (proposal, together.clone())).collect();
        return Verdict { refused, ..Verdict::default() };
    }
    let mut good = served.clone();
    let mut verdict = Verdict::default();
    for proposal in proposals {
        let candidate = with(&good, std::slice::from_ref(&proposal));
        match try_compose(&candidate, trial) {
            Ok(core) => {
                good = candidate;
                verdict.core = core;
                verdict.accepted.push(proposal);
            }
            Err(errors) => verdict.refused.push((proposal, errors)),
        }
    }
    verdict
}

fn with(served: &Served, proposals: &[Proposal]) -> Served {
    let mut result = served.clone();
    for Proposal { subgraph, hash } in proposals {
        match hash {
            Some(hash) => result.insert(subgraph.clone(), Arc::clone(hash)),
            None => result.remove(subgraph),
        };
    }
    result
}

fn try_compose(served: &Served, trial: &Trial) -> Result<Option<Core>, Vec<RefusalError>> {
    if served.is_empty() {
        return Ok(None);
    }
    let subgraphs: Vec<Subgraph> = served
        .iter()
        .filter_map(|(name, hash)| {
            let sdl = trial.sdls.get(hash)?.text.to_string();
            Some(Subgraph { name: name.clone(), url: None, sdl })
        })
        .collect();
    let supergraph = compose(&subgraphs).map_err(|errors| errors.iter().map(RefusalError::from).collect::<Vec<_>>())?;
    let core =
        Core::new(supergraph, trial.now).map_err(|error| vec![RefusalError::ours("PLANNER", error.to_string())])?;
    warm_up(&core, &trial.recent)?;
    Ok(Some(core))
}

/// Plans the recent operations. One that is not valid any more is its clients' affair: the schema says so.
fn warm_up(core: &Core, recent: &[Arc<str>]) -> Result<(), Vec<RefusalError>> {
    let options = PlanOptions::default();
    for text in recent {
        let Ok(document) = ExecutableDocument::parse_and_validate(core.schema(), &**text, "recent.graphql") else {
            continue;
        };
        for operation in document.operations.iter() {
            let name = operation.name.as_ref().map(Name::as_str);
            if let Err(error @ (PlanError::Unreachable { .. } | PlanError::UnknownType(_))) =
                core.planner.plan(&document, name, &options)
            {
                let message = format!("an operation that clients use has no plan any more: {error}");
                return Err(vec![RefusalError::ours("WARM_UP_FAILED", message)]);
            }
        }
    }
    Ok(())
}

impl RefusalError {
    /// A reason that is not the composition's.
    pub(crate) fn ours(code: &str, message: String) -> Self {
        Self { code: code.to_owned(), message, subgraph: None, line: None, column: None }
    }
}

impl From<&CompositionError> for RefusalError {
    fn from(error: &CompositionError) -> Self {
        Self {
            code: error.code.to_string(),
            message: error.message.clone(),
            subgraph: error.subgraph.clone(),
            line: error.line,
            column: error.column,
        }
    }
}
