//! The plan as values: what the planner hands to the executor. Nothing here runs.
//!
//! Two trees leave the planner. `PlanNode` says which subgraph is asked what, in which order, and where the
//! answers are merged. `Projection` says how the merged data becomes the client's answer: its field order, its
//! aliases, its conditions and its nullability. Keys that only the router needs are in the data and never in
//! the projection, so they cannot leak.

use std::sync::Arc;

use serde::Serialize;

/// A plan for one operation; independent of variable values, so it can be cached by operation text.
#[derive(Debug, Clone, Serialize)]
pub struct Plan {
    pub kind: OperationKind,
    /// None when no subgraph has to be asked (only `__typename` and introspection at the root).
    pub root: Option<PlanNode>,
    pub projection: Projection,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OperationKind {
    Query,
    Mutation,
    Subscription,
}

#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind")]
pub enum PlanNode {
    Fetch(FetchNode),
    /// One after the other; a later node sees what earlier ones merged.
    Sequence {
        nodes: Vec<PlanNode>,
    },
    /// All at once; no node needs what another one fetches.
    Parallel {
        nodes: Vec<PlanNode>,
    },
    /// `node` (a Fetch with `entities`) runs once for all the objects found at any of the `paths`. A Fetch without
    /// `entities` here enters the query type anew (a field that returns `Query`): it runs when any object is
    /// there, and its answer is merged into each of them.
    Flatten {
        paths: Vec<Vec<PathSegment>>,
        node: Box<PlanNode>,
    },
    /// Run one side, by the value of a boolean client variable.
    Condition {
        variable: Arc<str>,
        if_true: Option<Box<PlanNode>>,
        if_false: Option<Box<PlanNode>>,
    },
    /// `primary` opens the stream; `rest` runs for every event, on the event's data.
    Subscription {
        primary: FetchNode,
        rest: Option<Box<PlanNode>>,
    },
}

/// One step on the way from the root of the merged data to the objects a fetch is for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum PathSegment {
    /// A key of the merged data (`FetchedField` data key, not always the client's response key).
    Key(Arc<str>),
    /// Every element of a list (nested lists: one segment each).
    List,
    /// Only objects whose `__typename` is one of these.
    Types(Vec<Arc<str>>),
}

/// One request to one subgraph.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FetchNode {
    /// Unique in the plan, from 0, in print order.
    pub id: usize,
    /// The subgraph's name as composed (join__Graph name).
    pub subgraph: Arc<str>,
    pub kind: OperationKind,
    /// The document to send. An entity fetch declares `$representations: [_Any!]!` (see
    /// [`representations_variable`]) and selects `_entities(representations: $representations)`.
    pub operation: Arc<str>,
    /// Client variables that the document uses, to be forwarded under the same names.
    pub variables: Vec<Arc<str>>,
    /// Some for an entity fetch: how a representation is read from an object at the Flatten path.
    pub entities: Option<Vec<Representation>>,
}

/// What an entity fetch calls its representations: `representations`, unless the client's variables that it
/// forwards have that name already; then with as many underscores before it as it takes.
pub fn representations_variable<'v>(forwarded: impl IntoIterator<Item = &'v Arc<str>> + Clone) -> String {
    let mut name = "representations".to_owned();
    while forwarded.clone().into_iter().any(|taken| **taken == *name) {
        name.insert(0, '_');
    }
    name
}

/// How to make the representation of an object, chosen by its `__typename`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Representation {
    /// Applies to objects whose `__typename` in the merged data is one of these concrete types
    /// (or, coming from an interface object, the interface's name).
    pub types: Vec<Arc<str>>,
    /// `__typename` to send when it differs from the object's own (interface objects).
    pub typename: Option<Arc<str>>,
    /// Key fields and required fields.
    pub fields: Vec<RepresentationField>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RepresentationField {
    /// The key in the merged data.
    pub data_key: Arc<str>,
    /// The field's name in the representation.
    pub name: Arc<str>,
    /// True for fields of the @key; false for those of @requires.
    pub is_key: bool,
    /// A key, or a requirement whose type allows no null. A missing or null value means that it could not be had:
    /// the entity cannot be asked for, leave the object as it is. (Other requirements pass their null on.)
    pub never_null: bool,
    /// Only on these concrete types (fragments inside @requires); empty = on all.
    pub types: Vec<Arc<str>>,
    /// Sub-selection for objects and lists of objects; empty for leaves.
    pub fields: Vec<RepresentationField>,
}

/// How the answer is written from the merged data.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Projection {
    pub fields: Vec<ProjectedField>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProjectedField {
    /// What the client called it.
    pub response_key: Arc<str>,
    /// Where the merged data holds it.
    pub data_key: Arc<str>,
    /// The field's schema name, for error messages.
    pub name: Arc<str>,
    /// The concrete object types it is selected on; empty = on every type of this place.
    pub types: Vec<Arc<str>>,
    /// The field is there when every group... when ANY of these conjunctions holds; empty = always.
    /// (The same field selected twice under different @include gives two conjunctions.)
    pub conditions: Vec<Vec<Condition>>,
    /// List and non-null wrappers, outermost first.
    pub wrappers: Vec<Wrapper>,
    pub value: ProjectedValue,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Condition {
    pub variable: Arc<str>,
    /// The value the variable must have: true for @include, false for @skip.
    pub equals: bool,
}

/// `[T!]!` is `[NonNull, List, NonNull]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Wrapper {
    NonNull,
    List,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum ProjectedValue {
    /// `__typename`: the object's concrete type; `fallback` when the place has one possible type.
    Typename { fallback: Option<Arc<str>> },
    /// Int, Float, String, Boolean, ID are checked; custom scalars pass through.
    Scalar { name: Arc<str> },
    /// Values outside the API schema (unknown or @inaccessible) become null with an error.
    Enum { name: Arc<str>, values: Vec<Arc<str>> },
    /// `possible_types`: concrete types visible in the API schema; another `__typename` becomes null.
    Object { name: Arc<str>, possible_types: Vec<Arc<str>>, fields: Vec<ProjectedField> },
}
