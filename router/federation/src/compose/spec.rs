//! What the federation specifications define: directive names, the version each came with, their arguments.

use std::fmt;

/// The federation version a subgraph is written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// No `@link` to federation.
    One,
    /// `v2.N`
    Two(u32),
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One => f.write_str("v1"),
            Self::Two(minor) => write!(f, "v2.{minor}"),
        }
    }
}

/// The newest `v2.N` whose schemas are understood.
pub const NEWEST_MINOR: u32 = 14;

/// A directive of the federation specification or of one that it includes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Known {
    Key,
    Requires,
    Provides,
    External,
    Shareable,
    Override,
    Extends,
    Inaccessible,
    Tag,
    InterfaceObject,
    ComposeDirective,
    Authenticated,
    RequiresScopes,
    Policy,
    Context,
    FromContext,
    Cost,
    ListSize,
    CacheTag,
    Link,
}

/// One row of the table: what a directive is called, since when, where else it is specified, and its definition
/// (written with the name `%`).
pub struct KnownDirective {
    pub known: Known,
    pub name: &'static str,
    /// None: also part of Federation 1.
    pub since: Option<u32>,
    /// The stand-alone specification that defines it too, and the newest `v0.N` of that.
    pub spec: Option<(&'static str, u32)>,
    pub definition: &'static str,
}

const ELEMENTS: &str = "FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION";

macro_rules! row {
    ($known:ident, $name:literal, $since:expr, $spec:expr, $definition:literal) => {
        KnownDirective { known: Known::$known, name: $name, since: $since, spec: $spec, definition: $definition }
    };
}

/// Every directive with a meaning here. In `definition`, `%` stands for the name and `*` for all elements.
pub const DIRECTIVES: &[KnownDirective] = &[
    row!(
        Key,
        "key",
        None,
        None,
        "directive @%(fields: federation__FieldSet!, resolvable: Boolean = true) repeatable on OBJECT | INTERFACE"
    ),
    row!(Requires, "requires", None, None, "directive @%(fields: federation__FieldSet!) on FIELD_DEFINITION"),
    row!(Provides, "provides", None, None, "directive @%(fields: federation__FieldSet!) on FIELD_DEFINITION"),
    row!(External, "external", None, None, "directive @%(reason: String) on OBJECT | FIELD_DEFINITION"),
    row!(Extends, "extends", None, None, "directive @% on OBJECT | INTERFACE"),
    row!(Tag, "tag", None, Some(("tag", 3)), "directive @%(name: String!) repeatable on * | SCHEMA"),
    row!(Inaccessible, "inaccessible", Some(0), Some(("inaccessible", 2)), "directive @% on *"),
    row!(Shareable, "shareable", Some(0), None, "directive @% repeatable on OBJECT | FIELD_DEFINITION"),
    row!(Override, "override", Some(0), None, "directive @%(from: String!, label: String) on FIELD_DEFINITION"),
    row!(ComposeDirective, "composeDirective", Some(1), None, "directive @%(name: String) repeatable on SCHEMA"),
    row!(InterfaceObject, "interfaceObject", Some(3), None, "directive @% on OBJECT"),
    row!(
        Authenticated,
        "authenticated",
        Some(5),
        Some(("authenticated", 1)),
        "directive @% on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM"
    ),
    row!(
        RequiresScopes,
        "requiresScopes",
        Some(5),
        Some(("requiresScopes", 1)),
        "directive @%(scopes: [[federation__Scope!]!]!) on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM"
    ),
    row!(
        Policy,
        "policy",
        Some(6),
        Some(("policy", 1)),
        "directive @%(policies: [[federation__Policy!]!]!) on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM"
    ),
    row!(
        Context,
        "context",
        Some(8),
        Some(("context", 1)),
        "directive @%(name: String!) repeatable on INTERFACE | OBJECT | UNION"
    ),
    row!(
        FromContext,
        "fromContext",
        Some(8),
        Some(("context", 1)),
        "directive @%(field: federation__ContextFieldValue) on ARGUMENT_DEFINITION"
    ),
    row!(
        Cost,
        "cost",
        Some(9),
        Some(("cost", 1)),
        "directive @%(weight: Int!) on ARGUMENT_DEFINITION | ENUM | FIELD_DEFINITION | INPUT_FIELD_DEFINITION | OBJECT | SCALAR"
    ),
    row!(
        ListSize,
        "listSize",
        Some(9),
        Some(("cost", 1)),
        "directive @%(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!], requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION"
    ),
    row!(
        CacheTag,
        "cacheTag",
        Some(12),
        Some(("cacheTag", 1)),
        "directive @%(format: String!) repeatable on INTERFACE | OBJECT | FIELD_DEFINITION"
    ),
];

/// `@link` itself, under its local name.
pub const LINK_DEFINITION: &str = "directive @%(url: String, as: String, for: federation__LinkPurpose, import: [federation__LinkImport]) repeatable on SCHEMA";

/// Scalars of the definitions above; private to validation.
pub const SCALARS: &str = "scalar federation__FieldSet scalar federation__Scope scalar federation__Policy \
    scalar federation__ContextFieldValue scalar federation__LinkPurpose scalar federation__LinkImport";

impl KnownDirective {
    /// The definition under a local name, as `version` has it.
    pub fn definition_as(&self, local: &str, version: Version) -> String {
        let definition = match self.known {
            Known::Override if version < Version::Two(7) => self.definition.replace(", label: String", ""),
            Known::Shareable if version < Version::Two(2) => self.definition.replace(" repeatable", ""),
            _ => self.definition.to_owned(),
        };
        definition.replace('%', local).replace('*', ELEMENTS)
    }

    pub fn is_in(&self, version: Version) -> bool {
        match (version, self.since) {
            (Version::One, since) => since.is_none(),
            (Version::Two(minor), since) => since.is_none_or(|first| minor >= first),
        }
    }
}

/// Types of the federation specification that may be imported.
pub const IMPORTABLE_TYPES: &[&str] = &["FieldSet", "Scope", "Policy", "ContextFieldValue", "Any"];
