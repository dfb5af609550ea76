//! `@cost` and `@listSize`: that they stand where they can be counted.

use apollo_compiler::{Node, ast};

use crate::compose::{
    error::ErrorCode,
    report::Report,
    subgraph::{FieldDef, SubgraphSchema, TypeDef, TypeKind},
};

pub fn check(subgraph: &SubgraphSchema, report: &mut Report) {
    for ty in subgraph.types.values() {
        for field in ty.fields.values() {
            for directive in &field.applied {
                let mut check = Check { subgraph, ty, field, directive, report };
                match directive.name.as_str() {
                    "cost" if ty.kind == TypeKind::Interface => check.fault(
                        ErrorCode::CostAppliedToInterfaceField,
                        "is an interface field and cannot have a @cost; put it on the implementations",
                    ),
                    "listSize" => check.list_size(),
                    _ => {}
                }
            }
        }
    }
}

struct Check<'a, 'r> {
    subgraph: &'a SubgraphSchema,
    ty: &'a TypeDef,
    field: &'a FieldDef,
    directive: &'a Node<ast::Directive>,
    report: &'r mut Report,
}

impl Check<'_, '_> {
    fn fault(&mut self, code: ErrorCode, reason: &str) {
        let message = format!("field \"{}.{}\" {reason}", self.ty.name, self.field.name);
        self.report.at(code, self.subgraph, self.directive.location().or(self.field.span), message);
    }

    fn names(&self, argument: &str) -> Vec<String> {
        let list = self.directive.specified_argument_by_name(argument).and_then(|value| value.as_list());
        list.unwrap_or_default().iter().filter_map(|name| name.as_str().map(str::to_owned)).collect()
    }

    fn list_size(&mut self) {
        let sized = self.names("sizedFields");
        if sized.is_empty() && !self.field.ty.is_list() {
            self.fault(ErrorCode::ListSizeAppliedToNonList, "is not a list and has no size; remove @listSize");
        }
        let assumed = self.directive.specified_argument_by_name("assumedSize").and_then(|value| value.to_i32());
        if assumed.is_some_and(|size| size < 0) {
            self.fault(ErrorCode::ListSizeInvalidAssumedSize, "has a negative assumedSize; give 0 or more");
        }
        for name in self.names("slicingArguments") {
            let is_int = self
                .field
                .arguments
                .get(name.as_str())
                .is_some_and(|argument| argument.ty.is_named() && argument.ty.inner_named_type() == "Int");
            if !is_int {
                let reason = format!("has no Int argument {name:?} to slice by; correct slicingArguments");
                self.fault(ErrorCode::ListSizeInvalidSlicingArgument, &reason);
            }
        }
        let target = self.subgraph.types.get(self.field.ty.inner_named_type());
        for name in sized {
            match target.and_then(|target| target.fields.get(name.as_str())) {
                Some(field) if field.ty.is_list() => {}
                Some(_) => {
                    let reason = format!("has a sized field {name:?} that is not a list; correct sizedFields");
                    self.fault(ErrorCode::ListSizeAppliedToNonList, &reason);
                }
                None => {
                    let reason = format!("has a sized field {name:?} that does not exist; correct sizedFields");
                    self.fault(ErrorCode::ListSizeInvalidSizedField, &reason);
                }
            }
        }
    }
}
