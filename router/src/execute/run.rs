//! Walks the plan: what may be parallel is, what must wait waits. All of one request in one task, so that the
//! data needs no more than a lock that nobody ever waits for.

use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use federation::plan::nodes::{FetchNode, PathSegment, PlanNode};
use futures_util::future::{BoxFuture, FutureExt as _, join_all};

use super::{
    answer::{Asked, Merged, Targets},
    prepare::{PreparedFetch, PreparedPlan},
    representations::Batch,
    variables::Variables,
    walk::objects_at,
};
use crate::errors::GraphqlError;

/// Sends one request to one subgraph; the executor's only way to the world.
pub(crate) trait Ask: Sync {
    /// The answer's bytes, or an error without path and service that stands for it.
    fn ask(&self, fetch: &PreparedFetch, body: Bytes) -> impl Future<Output = Result<Bytes, GraphqlError>> + Send;
}

/// One execution under way.
pub(crate) struct Run<'a, A> {
    pub(crate) plan: &'a PreparedPlan,
    pub(crate) variables: &'a Variables,
    pub(crate) ask: &'a A,
    pub(crate) merged: Mutex<Merged>,
}

impl<A: Ask> Run<'_, A> {
    pub(crate) fn node<'a>(&'a self, node: &'a PlanNode) -> BoxFuture<'a, ()> {
        match node {
            PlanNode::Fetch(fetch) | PlanNode::Subscription { primary: fetch, .. } => self.fetch(fetch, None).boxed(),
            PlanNode::Sequence { nodes } => async move {
                for node in nodes {
                    self.node(node).await;
                }
            }
            .boxed(),
            PlanNode::Parallel { nodes } => async move {
                join_all(nodes.iter().map(|node| self.node(node))).await;
            }
            .boxed(),
            PlanNode::Flatten { paths, node } => self.flatten(paths, node),
            PlanNode::Condition { variable, if_true, if_false } => {
                let side = if self.variables.is_true(variable) { if_true } else { if_false };
                match side {
                    Some(side) => self.node(side),
                    None => std::future::ready(()).boxed(),
                }
            }
        }
    }

    fn flatten<'a>(&'a self, paths: &'a [Vec<PathSegment>], node: &'a PlanNode) -> BoxFuture<'a, ()> {
        match node {
            PlanNode::Fetch(fetch) => self.fetch(fetch, Some(paths)).boxed(),
            PlanNode::Condition { variable, if_true, if_false } => {
                let side = if self.variables.is_true(variable) { if_true } else { if_false };
                match side {
                    Some(side) => self.flatten(paths, side),
                    None => std::future::ready(()).boxed(),
                }
            }
            other => self.node(other),
        }
    }

    async fn fetch(&self, node: &FetchNode, paths: Option<&[Vec<PathSegment>]>) {
        let Some(fetch) = self.plan.fetch(node.id) else { return };
        let Some((representations, targets)) = self.targets(fetch, paths) else { return };
        let body = self.variables.body(fetch, representations.as_deref());
        let answer = self.ask.ask(fetch, body).await;
        let asked = Asked { fetch: fetch.id, subgraph: &fetch.subgraph, targets: &targets };
        let mut merged = self.merged();
        match answer {
            Ok(answer) => merged.absorb(&asked, answer),
            Err(error) => merged.fail(&asked, error),
        }
    }

    /// None when there is nothing to ask for.
    fn targets(&self, fetch: &PreparedFetch, paths: Option<&[Vec<PathSegment>]>) -> Option<(Option<Vec<u8>>, Targets)> {
        let Some(paths) = paths else { return Some((None, Targets::root())) };
        let mut merged = self.merged();
        let found = objects_at(&merged.data, (&merged.notes, self.plan), paths);
        let Some(representations) = &fetch.entities else {
            return if found.objects.is_empty() { None } else { Some((None, Targets::Objects(found.objects))) };
        };
        let mut batch = Batch::of((&merged.data, &merged.notes, self.plan), &found, representations);
        for (object, cause) in batch.robbed.drain(..) {
            merged.notes.inherit(object, fetch.id, cause);
        }
        if batch.entities.is_empty() {
            return None;
        }
        let json = batch.json();
        Some((Some(json), Targets::Entities(batch.entities.into_values().collect())))
    }

    fn merged(&self) -> MutexGuard<'_, Merged> {
        // Never held over an await; a panic in one fetch ends the whole request anyway.
        self.merged.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
