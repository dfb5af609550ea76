//! Joins requests that go to the same subgraph for the same place.

use std::collections::BTreeSet;

use super::{Draft, DraftId, DraftKind, Needed, needed::reaches, representations};
use crate::plan::{
    alike::{Asked, is_key},
    nodes::RepresentationField,
    normalise::{FieldId, PositionId, Tree},
    paths::{Scene, State},
};

/// Joins whatever can be, then leaves out dependencies that others imply.
pub fn join(joiner: &Joiner<'_>, mut drafts: Vec<Draft>) -> Vec<Draft> {
    // A joined request can be alike to one that its parts were not alike to: pass by pass until nothing changes.
    while joiner.join_once(&mut drafts) {}
    join_turns(&mut drafts);
    reduce(&mut drafts);
    drafts
}

/// Says which requests can be one.
pub struct Joiner<'j> {
    pub scene: &'j Scene<'j>,
    pub tree: &'j Tree,
    pub state: &'j State,
    pub needed: &'j Needed,
}

impl Joiner<'_> {
    fn join_once(&self, drafts: &mut Vec<Draft>) -> bool {
        let before = drafts.len();
        let mut left = 0;
        while left < drafts.len() {
            let mut right = left + 1;
            while right < drafts.len() {
                if self.may_join(drafts, left, right) {
                    absorb(drafts, left, right);
                    let starts = &drafts[left].starts;
                    drafts[left].representations = representations::write(self.scene, self.tree, self.state, starts);
                } else {
                    right += 1;
                }
            }
            left += 1;
        }
        drafts.len() < before
    }

    fn may_join(&self, drafts: &[Draft], left: DraftId, right: DraftId) -> bool {
        let (a, b) = (&drafts[left], &drafts[right]);
        a.subgraph == b.subgraph
            && a.kind == b.kind
            && a.turn == b.turn
            && a.scope == b.scope
            && a.path.is_beside(&b.path)
            && self.read_alike(a, b)
            && !reaches(drafts, left, right)
            && !reaches(drafts, right, left)
            && self.behind_interfaces_alike(a, b)
    }

    /// An object has one representation in a request. Hops at one position may add up their requirements when they
    /// use the same key; hops from different positions must read the same fields, or objects of one would be sent
    /// with holes where the other's requirements are.
    fn read_alike(&self, a: &Draft, b: &Draft) -> bool {
        let positions = |draft: &Draft| -> BTreeSet<PositionId> {
            draft.starts.iter().map(|start| self.state.visit(*start).position).collect()
        };
        let one_place = positions(a) == positions(b);
        a.representations.iter().all(|left| {
            b.representations.iter().filter(|right| left.types.iter().any(|ty| right.types.contains(ty))).all(|right| {
                let keys = |fields: &[RepresentationField]| {
                    fields.iter().filter(|field| field.is_key).cloned().collect::<Vec<_>>()
                };
                left.typename == right.typename
                    && (left.fields == right.fields
                        || one_place
                            && keys(&left.fields) == keys(&right.fields)
                            && !contradict(&left.fields, &right.fields))
            })
        })
    }

    /// What is sent as an interface object is asked for in one fragment, whatever its types: unless both requests are
    /// for exactly the same types, all of them must then bring the same fields, and no type may be harmed by what only
    /// the other's objects are asked for.
    fn behind_interfaces_alike(&self, a: &Draft, b: &Draft) -> bool {
        let alone = a.representations.len() == 1 && b.representations.len() == 1;
        let mut same_types = true;
        for left in a.representations.iter().filter(|left| left.typename.is_some()) {
            for right in b.representations.iter().filter(|right| right.typename == left.typename) {
                let same = left.types == right.types;
                if left.fields != right.fields && !(alone && same) {
                    return false;
                }
                same_types &= same;
            }
        }
        same_types || self.is_harmless(a, b)
    }

    fn is_harmless(&self, a: &Draft, b: &Draft) -> bool {
        let (graph, tree) = (self.scene.graph, self.tree);
        let fields = |draft: &Draft| -> Vec<Vec<FieldId>> {
            draft.starts.iter().map(|start| self.needed.asked(self.state, *start)).collect()
        };
        let (a, b, subgraph) = (fields(a), fields(b), a.subgraph);
        let spares = |all: &[Vec<FieldId>], others: &[Vec<FieldId>]| {
            others.iter().all(|other| {
                let other = Asked::of(tree, other.iter().copied());
                all.iter().flatten().all(|field| {
                    tree.def(*field).is_none_or(|def| is_key(graph, def, subgraph))
                        || other.is_unharmed_by(graph, tree, *field)
                })
            })
        };
        spares(&a, &b) && spares(&b, &a)
    }
}

/// One name for two values: a requirement with two sets of arguments.
fn contradict(left: &[RepresentationField], right: &[RepresentationField]) -> bool {
    left.iter().any(|a| {
        right.iter().filter(|b| a.name == b.name).any(|b| a.data_key != b.data_key || contradict(&a.fields, &b.fields))
    })
}

fn absorb(drafts: &mut Vec<Draft>, keep: DraftId, gone: DraftId) {
    let absorbed = drafts.remove(gone);
    let renumber = |id: DraftId| {
        let id = if id == gone { keep } else { id };
        if id > gone { id - 1 } else { id }
    };
    let kept_id = renumber(keep);
    for draft in drafts.iter_mut() {
        draft.after = draft.after.iter().map(|id| renumber(*id)).collect();
    }
    let kept = &mut drafts[kept_id];
    kept.path.widen(&absorbed.path);
    kept.starts.extend(absorbed.starts);
    kept.after.extend(absorbed.after.into_iter().map(renumber));
    kept.after.remove(&kept_id);
}

/// Mutation fields next to each other in one subgraph travel together, unless the earlier one has more to
/// fetch: its own data is read before the next field runs.
fn join_turns(drafts: &mut Vec<Draft>) {
    while let Some((keep, gone)) = next_pair(drafts) {
        let turn = drafts[gone].turn;
        absorb(drafts, keep, gone);
        drafts[if gone < keep { keep - 1 } else { keep }].turn = turn;
    }
}

/// Two turns in a row that can be one request.
fn next_pair(drafts: &[Draft]) -> Option<(DraftId, DraftId)> {
    let mut roots: Vec<DraftId> = (0..drafts.len()).filter(|id| drafts[*id].kind == DraftKind::Root).collect();
    roots.sort_by_key(|id| drafts[*id].turn);
    let mut pairs = roots.windows(2).map(|pair| (pair[0], pair[1]));
    pairs.find(|(first, second)| drafts[*first].subgraph == drafts[*second].subgraph && is_alone(drafts, *first))
}

fn is_alone(drafts: &[Draft], root: DraftId) -> bool {
    drafts.iter().filter(|draft| draft.turn == drafts[root].turn).count() == 1
}

/// Leaves out what is implied: a request need not wait for A when it waits for B and B waits for A.
fn reduce(drafts: &mut [Draft]) {
    for id in 0..drafts.len() {
        let direct: Vec<DraftId> = drafts[id].after.iter().copied().collect();
        let kept: BTreeSet<DraftId> = direct
            .iter()
            .copied()
            .filter(|first| !direct.iter().any(|via| via != first && reaches(drafts, *via, *first)))
            .collect();
        drafts[id].after = kept;
    }
}
