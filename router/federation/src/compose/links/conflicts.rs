//! Names that two links claim: each name of a schema must come from one specification.

use apollo_compiler::Name;

use super::link::Reader;
use crate::compose::{error::ErrorCode, subgraph::Link};

/// Walks the links in the order they are written; a later one must not take what an earlier one has.
pub(super) struct Conflicts<'a> {
    seen: Vec<&'a Link>,
}

impl<'a> Conflicts<'a> {
    pub(super) fn check(links: &'a [Link], reader: &mut Reader<'_>) {
        let mut conflicts = Self { seen: Vec::new() };
        for link in links {
            let found = conflicts.of_link(link).or_else(|| conflicts.of_imports(link));
            if let Some(reason) = found {
                reader.fault(ErrorCode::InvalidLinkDirectiveUsage, link.span, reason);
            }
            conflicts.seen.push(link);
        }
    }

    fn of_link(&self, link: &Link) -> Option<String> {
        let Link { identity, prefix, .. } = link;
        if self.seen.iter().any(|other| other.identity == *identity) {
            return Some(format!("{identity} is linked twice; keep one @link"));
        }
        // Schemas that libraries print name these two by the federation specification that includes them.
        let is_included =
            link.imports.is_empty() && matches!(prefix.as_str(), "federation__tag" | "federation__inaccessible");
        if Name::new(prefix).is_err() || prefix.ends_with('_') || (prefix.contains("__") && !is_included) {
            return Some(format!("{identity} cannot be named {prefix:?}; give it a plain name with `as`"));
        }
        let other = self.seen.iter().find(|other| other.prefix == *prefix)?;
        Some(format!("{identity} is named {prefix:?} like {}; give one another name with `as`", other.identity))
    }

    fn of_imports(&self, link: &Link) -> Option<String> {
        let earlier = self.seen.iter().flat_map(|other| other.imports.iter().map(move |import| (*other, import)));
        let mut taken: Vec<(&Link, &(String, String))> = earlier.collect();
        for import in &link.imports {
            let (name, local) = import;
            let clash = taken.iter().find(|(other, (known, known_local))| {
                // The same import may be repeated.
                known_local == local && !(std::ptr::eq(*other, link) && known == name)
            });
            if let Some((other, (known, _))) = clash {
                return Some(format!(
                    "{name:?} is imported as {local:?}, which is {known:?} of {}; give one another name with `as`",
                    other.identity
                ));
            }
            if let Some(reason) = self.confusion(link, name, local) {
                return Some(reason);
            }
            taken.push((link, import));
        }
        None
    }

    /// `@foo__bar` and `@foo` are how the elements of a specification named `foo` are called without an import.
    fn confusion(&self, link: &Link, name: &str, local: &str) -> Option<String> {
        let bare = local.trim_start_matches('@');
        let (prefix, meant) = match bare.split_once("__") {
            Some((prefix, rest)) => (prefix, rest),
            None if local.starts_with('@') => (bare, bare),
            None => return None,
        };
        let is_own = link.prefix == prefix;
        let own_name = if bare.contains("__") { meant } else { link.spec.as_str() };
        let is_other = self.seen.iter().any(|other| other.prefix == prefix);
        if (is_own && name.trim_start_matches('@') != own_name) || (!is_own && is_other) {
            return Some(format!(
                "{name:?} cannot be imported as {local:?}, which has another meaning; rename it with `as`"
            ));
        }
        None
    }
}
