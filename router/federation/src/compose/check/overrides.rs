//! `@override`: who may take a field from whom.

use crate::compose::{
    error::ErrorCode,
    merge::interface_objects::abstracting,
    report::Report,
    subgraph::{FieldDef, Override, SubgraphSchema, TypeDef, TypeKind},
};

pub fn check(subgraphs: &[SubgraphSchema], report: &mut Report) {
    for (at, subgraph) in subgraphs.iter().enumerate() {
        for ty in subgraph.types.values() {
            for field in ty.fields.values() {
                if let Some(taking) = &field.overrides {
                    let mut check = Check { subgraphs, at, ty, field, taking, report };
                    check.run();
                }
            }
        }
    }
}

struct Check<'a, 'r> {
    subgraphs: &'a [SubgraphSchema],
    at: usize,
    ty: &'a TypeDef,
    field: &'a FieldDef,
    taking: &'a Override,
    report: &'r mut Report,
}

impl Check<'_, '_> {
    fn run(&mut self) {
        if self.ty.kind == TypeKind::Interface {
            self.fault(
                ErrorCode::OverrideOnInterface,
                "cannot be overridden on an interface; override it on the implementations",
            );
        } else if self.ty.is_interface_object {
            self.fault(
                ErrorCode::OverrideCollisionWithAnotherDirective,
                "is of an interface object, whose fields cannot be overridden; remove @override",
            );
        } else if self.taking.from == self.subgraphs[self.at].name {
            self.fault(
                ErrorCode::OverrideFromSelfError,
                "is overridden from its own subgraph; name the other subgraph, or remove @override",
            );
        } else {
            self.check_source();
        }
    }

    fn check_source(&mut self) {
        let Some(source) = self.subgraphs.iter().find(|subgraph| subgraph.name == self.taking.from) else { return };
        let Some(field) = source.types.get(&self.ty.name).and_then(|ty| ty.fields.get(&self.field.name)) else {
            self.check_abstracted(source);
            return;
        };
        if field.overrides.is_some() {
            let reason =
                format!("is overridden from {:?}, which overrides it itself; keep one @override a field", source.name);
            self.fault(ErrorCode::OverrideSourceHasOverride, &reason);
            return;
        }
        let directive = if field.requires.is_some() { "requires" } else { "provides" };
        if field.requires.is_some() || field.provides.is_some() {
            let reason = format!("is overridden from {:?}, where it has @{directive}; remove that first", source.name);
            self.fault(ErrorCode::OverrideCollisionWithAnotherDirective, &reason);
        } else if self.field.external {
            self.fault(
                ErrorCode::OverrideCollisionWithAnotherDirective,
                "is @external and cannot be taken over at the same time; remove one",
            );
        } else {
            self.check_label();
        }
    }

    fn check_abstracted(&mut self, source: &SubgraphSchema) {
        let found = abstracting(self.subgraphs, &self.ty.name, &self.field.name)
            .find(|(at, _, _)| self.subgraphs[*at].name == source.name);
        if let Some((_, interface, _)) = found {
            let reason = format!(
                "is overridden from {:?}, which resolves it for all of the interface {:?}; a part of that cannot be taken \
                 over: remove @override",
                source.name, interface.name
            );
            self.fault(ErrorCode::OverrideCollisionWithAnotherDirective, &reason);
        }
    }

    fn check_label(&mut self) {
        if let Some(label) = self.taking.label.as_ref().filter(|label| !is_label(label)) {
            let reason = format!(
                "has the invalid override label {label:?}; write a name (letters, digits, _ - : . /) or percent(N), N \
                 from 0 to 100"
            );
            self.fault(ErrorCode::OverrideLabelInvalid, &reason);
        }
    }

    fn fault(&mut self, code: ErrorCode, reason: &str) {
        let message = format!("field \"{}.{}\" {reason}", self.ty.name, self.field.name);
        self.report.at(code, &self.subgraphs[self.at], self.taking.span, message);
    }
}

/// A name, or `percent(N)` with up to two digits before the point and eight after it.
fn is_label(label: &str) -> bool {
    if let Some(number) = label.strip_prefix("percent(").and_then(|rest| rest.strip_suffix(')')) {
        let are_digits = |text: &str, most: usize| {
            (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        return match number.split_once('.') {
            Some((whole, fraction)) => are_digits(whole, 2) && are_digits(fraction, 8),
            None => number == "100" || are_digits(number, 2),
        };
    }
    let mut characters = label.chars();
    characters.next().is_some_and(|first| first.is_ascii_alphabetic())
        && characters.all(|character| character.is_ascii_alphanumeric() || "_-:./".contains(character))
}

#[cfg(test)]
mod tests {
    use super::is_label;

    #[test]
    fn a_label_is_a_name_or_a_percentage() {
        for label in ["a", "Roll-out:1./x", "percent(0)", "percent(7.5)", "percent(99.12345678)", "percent(100)"] {
            assert!(is_label(label), "{label}");
        }
        for label in
            ["", "1a", "a b", "percent(101)", "percent(100.0)", "percent(1.)", "percent()", "percent(1.123456789)"]
        {
            assert!(!is_label(label), "{label}");
        }
    }
}
