//! Stage 6: from requests and their dependencies to a tree of nodes.
//!
//! A request that waits for one other stands right after it; one that waits for several stands after the
//! smallest group that holds them all. So nothing waits for a request it does not need, as far as a tree of
//! sequences and parallels can say it.

use std::collections::BTreeSet;

use super::{
    nodes::{Condition, FetchNode, OperationKind, PlanNode},
    steps::{Step, StepId},
};

/// None when nothing has to be fetched.
pub fn assemble(kind: OperationKind, steps: &[Step]) -> Option<PlanNode> {
    let assembler = Assembler { steps };
    let mut node = match kind {
        OperationKind::Subscription => assembler.subscription(),
        OperationKind::Query => assembler.all(|_| true),
        OperationKind::Mutation => assembler.turns(),
    }?;
    hoist(&mut node);
    number(&mut node, &mut 0);
    Some(node)
}

/// A request that still waits for others.
struct Waiting {
    id: StepId,
    missing: BTreeSet<StepId>,
}

struct Assembler<'a> {
    steps: &'a [Step],
}

impl Assembler<'_> {
    fn all(&self, part: impl Fn(&Step) -> bool) -> Option<PlanNode> {
        let steps = self.steps;
        let mine: BTreeSet<StepId> = (0..steps.len()).filter(|id| part(&steps[*id])).collect();
        let first = mine.iter().copied().filter(|id| steps[*id].after.is_disjoint(&mine)).collect();
        self.group(first).0
    }

    /// Mutation fields in their written order, each with everything below it.
    fn turns(&self) -> Option<PlanNode> {
        let turns: BTreeSet<usize> = self.steps.iter().map(|step| step.turn).collect();
        let nodes = turns.into_iter().filter_map(|turn| self.all(|step| step.turn == turn)).collect();
        sequence(nodes)
    }

    fn subscription(&self) -> Option<PlanNode> {
        let primary = self.steps.iter().find(|step| step.after.is_empty())?.fetch.clone();
        let rest = self.all(|step| !step.after.is_empty()).map(Box::new);
        Some(PlanNode::Subscription { primary, rest })
    }

    /// Requests that can all start now, and whatever becomes possible after them.
    fn group(&self, ready: Vec<StepId>) -> (Option<PlanNode>, Vec<Waiting>) {
        let mut steps = Vec::new();
        let mut waiting: Vec<Waiting> = Vec::new();
        let mut ready = ready;
        while !ready.is_empty() {
            let mut beside = Vec::new();
            for id in std::mem::take(&mut ready) {
                let (node, left) = self.with_followers(id);
                beside.extend(node);
                note_all(&mut waiting, left);
            }
            steps.extend(parallel(beside));
            for one in std::mem::take(&mut waiting) {
                if one.missing.is_empty() { ready.push(one.id) } else { waiting.push(one) }
            }
        }
        (sequence(steps), waiting)
    }

    /// One request, then those that wait for nothing else.
    fn with_followers(&self, id: StepId) -> (Option<PlanNode>, Vec<Waiting>) {
        let mut ready = Vec::new();
        let mut waiting = Vec::new();
        for (follower, step) in self.steps.iter().enumerate() {
            if step.after.contains(&id) {
                let mut missing = step.after.clone();
                missing.remove(&id);
                if missing.is_empty() { ready.push(follower) } else { waiting.push(Waiting { id: follower, missing }) }
            }
        }
        let (after, left) = self.group(ready);
        note_all(&mut waiting, left);
        // What was waiting for this request and for one of its followers can go now.
        let (now, later): (Vec<Waiting>, Vec<Waiting>) = waiting.into_iter().partition(|one| one.missing.is_empty());
        let (more, left) = self.group(now.into_iter().map(|one| one.id).collect());
        let mut waiting = later;
        note_all(&mut waiting, left);
        (sequence([Some(self.node(id)), after, more].into_iter().flatten().collect()), waiting)
    }

    fn node(&self, id: StepId) -> PlanNode {
        let step = &self.steps[id];
        let mut node = PlanNode::Fetch(step.fetch.clone());
        if !step.paths.is_empty() {
            node = PlanNode::Flatten { paths: step.paths.clone(), node: Box::new(node) };
        }
        step.conditions.iter().fold(node, wrap)
    }
}

/// The same request can be waited for in several branches: what is missing is missing in all of them.
fn note_all(waiting: &mut Vec<Waiting>, more: Vec<Waiting>) {
    for one in more {
        match waiting.iter_mut().find(|known| known.id == one.id) {
            Some(known) => known.missing = known.missing.intersection(&one.missing).copied().collect(),
            None => waiting.push(one),
        }
    }
}

fn wrap(node: PlanNode, condition: &Condition) -> PlanNode {
    let inner = Some(Box::new(node));
    let (if_true, if_false) = if condition.equals { (inner, None) } else { (None, inner) };
    PlanNode::Condition { variable: condition.variable.clone(), if_true, if_false }
}

fn sequence(mut nodes: Vec<PlanNode>) -> Option<PlanNode> {
    if nodes.len() <= 1 {
        return nodes.pop();
    }
    let nodes = nodes
        .into_iter()
        .flat_map(|node| match node {
            PlanNode::Sequence { nodes } => nodes,
            other => vec![other],
        })
        .collect();
    Some(PlanNode::Sequence { nodes })
}

fn parallel(mut nodes: Vec<PlanNode>) -> Option<PlanNode> {
    if nodes.len() <= 1 { nodes.pop() } else { Some(PlanNode::Parallel { nodes }) }
}

/// Says a condition once around those that share it.
fn hoist(node: &mut PlanNode) {
    match node {
        PlanNode::Sequence { nodes } | PlanNode::Parallel { nodes } => nodes.iter_mut().for_each(hoist),
        PlanNode::Flatten { node, .. } => hoist(node),
        PlanNode::Condition { if_true, if_false, .. } => {
            [if_true, if_false].into_iter().flatten().for_each(|inner| hoist(inner));
        }
        PlanNode::Subscription { rest, .. } => rest.iter_mut().for_each(|rest| hoist(rest)),
        PlanNode::Fetch(_) => {}
    }
    let is_sequence = matches!(node, PlanNode::Sequence { .. });
    let (PlanNode::Sequence { nodes } | PlanNode::Parallel { nodes }) = node else { return };
    let grouped = group_by_condition(std::mem::take(nodes), is_sequence);
    if let Some(group) = if is_sequence { sequence(grouped) } else { parallel(grouped) } {
        *node = group;
    }
}

/// Neighbours (in a sequence) or any members (in a parallel) with the same condition become one group under it.
fn group_by_condition(nodes: Vec<PlanNode>, is_sequence: bool) -> Vec<PlanNode> {
    let mut grouped: Vec<(Option<Condition>, Vec<PlanNode>)> = Vec::new();
    for node in nodes {
        let condition = outer_condition(&node);
        let reach = if is_sequence { grouped.len().saturating_sub(1) } else { 0 };
        let known = grouped[reach..].iter_mut().find(|(known, _)| condition.is_some() && *known == condition);
        match known {
            Some((_, members)) => members.push(node),
            None => grouped.push((condition, vec![node])),
        }
    }
    let write = |(condition, members): (Option<Condition>, Vec<PlanNode>)| {
        let Some(condition) = condition.filter(|_| members.len() > 1) else { return members };
        let inner: Vec<PlanNode> = members.into_iter().map(unwrap_condition).collect();
        let inner = if is_sequence { sequence(inner) } else { parallel(inner) };
        inner
            .map(|mut inner| {
                hoist(&mut inner);
                wrap(inner, &condition)
            })
            .into_iter()
            .collect()
    };
    grouped.into_iter().flat_map(write).collect()
}

fn outer_condition(node: &PlanNode) -> Option<Condition> {
    match node {
        PlanNode::Condition { variable, if_true: Some(_), if_false: None } => {
            Some(Condition { variable: variable.clone(), equals: true })
        }
        PlanNode::Condition { variable, if_true: None, if_false: Some(_) } => {
            Some(Condition { variable: variable.clone(), equals: false })
        }
        _ => None,
    }
}

fn unwrap_condition(node: PlanNode) -> PlanNode {
    match node {
        PlanNode::Condition { if_true: Some(inner), .. } | PlanNode::Condition { if_false: Some(inner), .. } => *inner,
        other => other,
    }
}

fn number(node: &mut PlanNode, next: &mut usize) {
    let mut give = |fetch: &mut FetchNode| {
        fetch.id = *next;
        *next += 1;
    };
    match node {
        PlanNode::Fetch(fetch) => give(fetch),
        PlanNode::Sequence { nodes } | PlanNode::Parallel { nodes } => {
            for node in nodes {
                number(node, next);
            }
        }
        PlanNode::Flatten { node, .. } => number(node, next),
        PlanNode::Condition { if_true, if_false, .. } => {
            [if_true, if_false].into_iter().flatten().for_each(|inner| number(inner, next));
        }
        PlanNode::Subscription { primary, rest } => {
            give(primary);
            if let Some(rest) = rest {
                number(rest, next);
            }
        }
    }
}
