//! Unions: all members of all subgraphs.

use apollo_compiler::{Name, ast, collections::IndexMap};

use super::{
    Merger, Sources, description,
    joins::{directive, text},
};

impl Merger<'_> {
    pub(super) fn merge_union(&mut self, name: &Name, sources: &Sources<'_>) -> ast::Definition {
        let mut members: IndexMap<&Name, Vec<usize>> = IndexMap::default();
        for (at, ty) in sources {
            for member in &ty.members {
                members.entry(member).or_default().push(*at);
            }
        }
        let mut directives = self.type_joins(name, sources);
        for (member, found) in &members {
            for at in found {
                let arguments = vec![self.graph(*at), ("member", text(member.as_str()))];
                directives.push(directive("join__unionMember", arguments));
            }
        }
        directives.extend(self.type_applied(sources));
        ast::Definition::UnionTypeDefinition(
            ast::UnionTypeDefinition {
                description: description(sources.iter().map(|(_, ty)| ty.description.as_ref())),
                name: name.clone(),
                directives: ast::DirectiveList(directives),
                members: members.into_keys().cloned().collect(),
            }
            .into(),
        )
    }
}
