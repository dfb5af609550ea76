//! Why subgraphs do not compose: a public code, a place, and a sentence that says what to change.

use std::fmt;

use serde::{Serialize, Serializer};

/// One reason for which the subgraphs do not compose.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, thiserror::Error)]
#[error("{code}{}: {message}", .subgraph.as_deref().map(|name| format!(" [{name}]")).unwrap_or_default())]
pub struct CompositionError {
    pub code: ErrorCode,
    pub message: String,
    /// The subgraph to look at first; None when the fault is between several.
    pub subgraph: Option<String>,
    /// From 1, in the SDL of `subgraph`.
    pub line: Option<u32>,
    pub column: Option<u32>,
}

/// Declares the codes once, with the names that other federation tools print.
macro_rules! error_codes {
    ($($variant:ident = $text:literal,)*) => {
        /// The public federation error codes that this composer can report.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ErrorCode { $($variant,)* }

        impl ErrorCode {
            /// The code as printed, e.g. `INVALID_FIELD_SHARING`.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    };
}

error_codes! {
    AuthRequirementsAppliedOnInterface = "AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE",
    CostAppliedToInterfaceField = "COST_APPLIED_TO_INTERFACE_FIELD",
    DefaultValueUsesInaccessible = "DEFAULT_VALUE_USES_INACCESSIBLE",
    DirectiveCompositionError = "DIRECTIVE_COMPOSITION_ERROR",
    DirectiveDefinitionInvalid = "DIRECTIVE_DEFINITION_INVALID",
    DisallowedInaccessible = "DISALLOWED_INACCESSIBLE",
    EmptyMergedEnumType = "EMPTY_MERGED_ENUM_TYPE",
    EmptyMergedInputType = "EMPTY_MERGED_INPUT_TYPE",
    EnumValueMismatch = "ENUM_VALUE_MISMATCH",
    ExtensionWithNoBase = "EXTENSION_WITH_NO_BASE",
    ExternalArgumentDefaultMismatch = "EXTERNAL_ARGUMENT_DEFAULT_MISMATCH",
    ExternalArgumentMissing = "EXTERNAL_ARGUMENT_MISSING",
    ExternalArgumentTypeMismatch = "EXTERNAL_ARGUMENT_TYPE_MISMATCH",
    ExternalCollisionWithAnotherDirective = "EXTERNAL_COLLISION_WITH_ANOTHER_DIRECTIVE",
    ExternalMissingOnBase = "EXTERNAL_MISSING_ON_BASE",
    ExternalOnInterface = "EXTERNAL_ON_INTERFACE",
    ExternalTypeMismatch = "EXTERNAL_TYPE_MISMATCH",
    ExternalUnused = "EXTERNAL_UNUSED",
    FieldArgumentDefaultMismatch = "FIELD_ARGUMENT_DEFAULT_MISMATCH",
    FieldArgumentTypeMismatch = "FIELD_ARGUMENT_TYPE_MISMATCH",
    FieldTypeMismatch = "FIELD_TYPE_MISMATCH",
    ImplementedByInaccessible = "IMPLEMENTED_BY_INACCESSIBLE",
    InputFieldDefaultMismatch = "INPUT_FIELD_DEFAULT_MISMATCH",
    InterfaceFieldNoImplem = "INTERFACE_FIELD_NO_IMPLEM",
    InterfaceKeyMissingImplementationType = "INTERFACE_KEY_MISSING_IMPLEMENTATION_TYPE",
    InterfaceKeyNotOnImplementation = "INTERFACE_KEY_NOT_ON_IMPLEMENTATION",
    InterfaceObjectUsageError = "INTERFACE_OBJECT_USAGE_ERROR",
    InvalidFederationSupergraph = "INVALID_FEDERATION_SUPERGRAPH",
    InvalidFieldSharing = "INVALID_FIELD_SHARING",
    InvalidGraphql = "INVALID_GRAPHQL",
    InvalidLinkDirectiveUsage = "INVALID_LINK_DIRECTIVE_USAGE",
    InvalidLinkIdentifier = "INVALID_LINK_IDENTIFIER",
    InvalidShareableUsage = "INVALID_SHAREABLE_USAGE",
    InvalidSubgraphName = "INVALID_SUBGRAPH_NAME",
    KeyDirectiveInFieldsArg = "KEY_DIRECTIVE_IN_FIELDS_ARG",
    KeyFieldsHasArgs = "KEY_FIELDS_HAS_ARGS",
    KeyFieldsSelectInvalidType = "KEY_FIELDS_SELECT_INVALID_TYPE",
    KeyInvalidFields = "KEY_INVALID_FIELDS",
    KeyInvalidFieldsType = "KEY_INVALID_FIELDS_TYPE",
    KeyUnsupportedOnInterface = "KEY_UNSUPPORTED_ON_INTERFACE",
    LinkImportNameMismatch = "LINK_IMPORT_NAME_MISMATCH",
    ListSizeAppliedToNonList = "LIST_SIZE_APPLIED_TO_NON_LIST",
    ListSizeInvalidAssumedSize = "LIST_SIZE_INVALID_ASSUMED_SIZE",
    ListSizeInvalidSizedField = "LIST_SIZE_INVALID_SIZED_FIELD",
    ListSizeInvalidSlicingArgument = "LIST_SIZE_INVALID_SLICING_ARGUMENT",
    MaxValidationSubgraphPathsExceeded = "MAX_VALIDATION_SUBGRAPH_PATHS_EXCEEDED",
    MergedDirectiveApplicationOnExternal = "MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL",
    MissingTransitiveAuthRequirements = "MISSING_TRANSITIVE_AUTH_REQUIREMENTS",
    NoQueries = "NO_QUERIES",
    OnlyInaccessibleChildren = "ONLY_INACCESSIBLE_CHILDREN",
    OverrideCollisionWithAnotherDirective = "OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE",
    OverrideFromSelfError = "OVERRIDE_FROM_SELF_ERROR",
    OverrideLabelInvalid = "OVERRIDE_LABEL_INVALID",
    OverrideOnInterface = "OVERRIDE_ON_INTERFACE",
    OverrideSourceHasOverride = "OVERRIDE_SOURCE_HAS_OVERRIDE",
    ProvidesDirectiveInFieldsArg = "PROVIDES_DIRECTIVE_IN_FIELDS_ARG",
    ProvidesFieldsHasArgs = "PROVIDES_FIELDS_HAS_ARGS",
    ProvidesFieldsMissingExternal = "PROVIDES_FIELDS_MISSING_EXTERNAL",
    ProvidesInvalidFields = "PROVIDES_INVALID_FIELDS",
    ProvidesInvalidFieldsType = "PROVIDES_INVALID_FIELDS_TYPE",
    ProvidesOnNonObjectField = "PROVIDES_ON_NON_OBJECT_FIELD",
    ProvidesUnsupportedOnInterface = "PROVIDES_UNSUPPORTED_ON_INTERFACE",
    QueryRootTypeInaccessible = "QUERY_ROOT_TYPE_INACCESSIBLE",
    ReferencedInaccessible = "REFERENCED_INACCESSIBLE",
    RequiredArgumentMissingInSomeSubgraph = "REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH",
    RequiredInaccessible = "REQUIRED_INACCESSIBLE",
    RequiredInputFieldMissingInSomeSubgraph = "REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH",
    RequiresDirectiveInFieldsArg = "REQUIRES_DIRECTIVE_IN_FIELDS_ARG",
    RequiresFieldsMissingExternal = "REQUIRES_FIELDS_MISSING_EXTERNAL",
    RequiresInvalidFields = "REQUIRES_INVALID_FIELDS",
    RequiresInvalidFieldsType = "REQUIRES_INVALID_FIELDS_TYPE",
    RequiresUnsupportedOnInterface = "REQUIRES_UNSUPPORTED_ON_INTERFACE",
    RootMutationUsed = "ROOT_MUTATION_USED",
    RootQueryUsed = "ROOT_QUERY_USED",
    RootSubscriptionUsed = "ROOT_SUBSCRIPTION_USED",
    SatisfiabilityError = "SATISFIABILITY_ERROR",
    ShareableHasMismatchedRuntimeTypes = "SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES",
    TypeDefinitionInvalid = "TYPE_DEFINITION_INVALID",
    TypeKindMismatch = "TYPE_KIND_MISMATCH",
    TypeWithOnlyUnusedExternal = "TYPE_WITH_ONLY_UNUSED_EXTERNAL",
    UnknownFederationLinkVersion = "UNKNOWN_FEDERATION_LINK_VERSION",
    UnknownLinkVersion = "UNKNOWN_LINK_VERSION",
    UnsupportedFeature = "UNSUPPORTED_FEATURE",
    UnsupportedLinkedFeature = "UNSUPPORTED_LINKED_FEATURE",
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for ErrorCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
