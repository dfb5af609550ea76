//! `@override`: who may take a field from whom.

use crate::compose::{
    error::ErrorCode,
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
        let own = &self.subgraphs[self.at];
        if self.ty.kind == TypeKind::Interface {
            self.fault(
                ErrorCode::OverrideOnInterface,
                "cannot be overridden on an interface; override it on the implementations",
            );
            return;
        }
        if self.taking.from == own.name {
            self.fault(
                ErrorCode::OverrideFromSelfError,
                "is overridden from its own subgraph; name the other subgraph, or remove @override",
            );
            return;
        }
        if let Some(label) = &self.taking.label
            && !is_label(label)
        {
            let reason = format!(
                "has the invalid override label {label:?}; write a name (letters, digits, _ - : . /) or percent(N), N from 0 to 100"
            );
            self.fault(ErrorCode::OverrideLabelInvalid, &reason);
        }
        if self.field.external {
            self.fault(
                ErrorCode::OverrideCollisionWithAnotherDirective,
                "is @external and cannot be taken over at the same time; remove one",
            );
        }
        self.check_source();
    }

    fn check_source(&mut self) {
        let Some(source) = self.subgraphs.iter().find(|subgraph| subgraph.name == self.taking.from) else { return };
        let Some(field) = source.types.get(&self.ty.name).and_then(|ty| ty.fields.get(&self.field.name)) else {
            return;
        };
        if field.overrides.is_some() {
            let reason =
                format!("is overridden from {:?}, which overrides it itself; keep one @override a field", source.name);
            self.fault(ErrorCode::OverrideSourceHasOverride, &reason);
        }
        for (present, directive) in [(field.requires.is_some(), "requires"), (field.provides.is_some(), "provides")] {
            if present {
                let reason =
                    format!("is overridden from {:?}, where it has @{directive}; remove that first", source.name);
                self.fault(ErrorCode::OverrideCollisionWithAnotherDirective, &reason);
            }
        }
    }

    fn fault(&mut self, code: ErrorCode, reason: &str) {
        let message = format!("field \"{}.{}\" {reason}", self.ty.name, self.field.name);
        self.report.at(code, &self.subgraphs[self.at], self.taking.span, message);
    }
}

/// A name, or `percent(N)`.
fn is_label(label: &str) -> bool {
    if let Some(number) = label.strip_prefix("percent(").and_then(|rest| rest.strip_suffix(')')) {
        let is_plain = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        return is_plain && number.parse::<f64>().is_ok_and(|percent| (0.0..=100.0).contains(&percent));
    }
    let mut characters = label.chars();
    characters.next().is_some_and(|first| first.is_ascii_alphabetic())
        && characters.all(|character| character.is_ascii_alphanumeric() || "_-:./".contains(character))
}
