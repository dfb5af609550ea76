//! Runs a plan: asks the subgraphs, merges what they say, and writes the client's answer.
//!
//! ```text
//! PreparedPlan ──run──> walk (objects) ─> representations ─> Ask (subgraph) ─> answer ─> data + notes
//!                                                                                         │
//!                                                       bytes and errors <──project (shape)
//! ```

mod answer;
mod data;
mod json;
mod keys;
mod leaf;
mod notes;
mod prepare;
mod project;
mod representations;
mod room;
mod run;
mod shape;
mod told;
mod variables;
mod walk;

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use federation::plan::nodes::PlanNode;

use answer::{Asked, Merged, Targets};
use data::{Data, Value};
use notes::Notes;
use run::Run;

pub(crate) use prepare::{PreparedFetch, PreparedPlan};
pub(crate) use run::Ask;
pub(crate) use shape::{Denied, Shape};
pub(crate) use variables::Variables;

use crate::errors::GraphqlError;

/// One execution's inputs.
pub(crate) struct Execution<'a, A> {
    pub(crate) plan: &'a PreparedPlan,
    pub(crate) variables: &'a Variables,
    /// Names of the supergraph's interfaces.
    pub(crate) interfaces: &'a Arc<HashSet<String>>,
    pub(crate) ask: &'a A,
}

/// What the client gets.
#[derive(Debug)]
pub(crate) struct Executed {
    /// `{"data":...`, not closed yet: errors may follow.
    pub(crate) body: Vec<u8>,
    pub(crate) errors: Vec<GraphqlError>,
}

impl<A: Ask> Execution<'_, A> {
    /// Runs a query or mutation. `introspection` is a JSON object with the answers of `__schema` and `__type`
    /// under the client's keys.
    pub(crate) async fn run(&self, introspection: Option<Bytes>) -> Executed {
        let mut merged = self.empty();
        if let Some(text) = introspection
            && let Ok(Value::Object(root)) = merged.data.scan(text)
        {
            merged.data.merge(Data::ROOT, root);
        }
        self.finish(merged, self.plan.root.as_ref()).await
    }

    /// Completes one event of a subscription: `event` is what the stream's subgraph sent as its payload.
    pub(crate) async fn event(&self, event: Bytes) -> Executed {
        let mut merged = self.empty();
        let rest = match &self.plan.root {
            Some(PlanNode::Subscription { primary, rest }) => {
                let targets = Targets::root();
                let asked = Asked { fetch: primary.id, subgraph: &primary.subgraph, targets: &targets };
                merged.absorb(&asked, event);
                rest.as_deref()
            }
            _ => None,
        };
        self.finish(merged, rest).await
    }

    fn empty(&self) -> Merged {
        let (keys, interfaces) = (Arc::clone(&self.plan.keys), Arc::clone(self.interfaces));
        Merged { data: Data::new(keys, interfaces, self.plan.room.arena()), notes: Notes::default() }
    }

    async fn finish(&self, merged: Merged, node: Option<&PlanNode>) -> Executed {
        let run = Run { plan: self.plan, variables: self.variables, ask: self.ask, merged: Mutex::new(merged) };
        if let Some(node) = node {
            run.node(node).await;
        }
        let mut merged = run.merged.into_inner().unwrap_or_else(PoisonError::into_inner);
        merged.notes.settle(&merged.data);
        let is_true = |name: &str| self.variables.is_true(name);
        let mut body = self.plan.room.answer();
        body.extend_from_slice(b"{\"data\":");
        let errors = project::project(&merged, self.plan, &is_true, &mut body);
        self.plan.room.note(body.len(), merged.data.lengths());
        Executed { body, errors }
    }
}

#[cfg(test)]
mod tests;
