//! @skip and @include as values: when a selection is there.

use apollo_compiler::{ast::DirectiveList, ast::Value};

use crate::plan::{graph::selections::shared, nodes::Condition};

/// All must hold; sorted by variable, each variable once. Empty: always.
pub type Conjunction = Vec<Condition>;

/// Any must hold; no conjunctions: always.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Conditions(Vec<Conjunction>);

impl Conditions {
    /// The simplest equivalent of "one of these".
    pub fn any_of(conjunctions: Vec<Conjunction>) -> Self {
        let mut kept: Vec<Conjunction> = Vec::with_capacity(conjunctions.len());
        for conjunction in conjunctions {
            if !kept.contains(&conjunction) {
                kept.push(conjunction);
            }
        }
        while let Some((keep, drop, literal)) = find_complement(&kept) {
            kept[keep].remove(literal);
            kept.remove(drop);
        }
        let absorbed = |index: usize| {
            kept.iter().enumerate().any(|(other, smaller)| {
                other != index
                    && smaller.iter().all(|literal| kept[index].contains(literal))
                    && (smaller.len() < kept[index].len() || other < index)
            })
        };
        let survivors: Vec<usize> = (0..kept.len()).filter(|index| !absorbed(*index)).collect();
        let kept: Vec<Conjunction> = survivors.into_iter().map(|index| kept[index].clone()).collect();
        if kept.iter().any(Vec::is_empty) { Self::default() } else { Self(kept) }
    }

    /// Simplified, for a list in which "none" means never and not always.
    fn any_of_or_none(conjunctions: Vec<Conjunction>) -> Vec<Conjunction> {
        if conjunctions.is_empty() {
            return conjunctions;
        }
        let simple = Self::any_of(conjunctions);
        if simple.is_always() { vec![Conjunction::new()] } else { simple.0 }
    }

    pub fn is_always(&self) -> bool {
        self.0.is_empty()
    }

    pub fn conjunctions(&self) -> &[Conjunction] {
        &self.0
    }

    /// What holds whenever these conditions hold.
    pub fn literals(&self) -> Vec<Condition> {
        let Some((first, rest)) = self.0.split_first() else { return Vec::new() };
        first.iter().filter(|literal| rest.iter().all(|other| other.contains(literal))).cloned().collect()
    }

    /// The conditions left to check where `known` already holds.
    pub fn given(&self, known: &[Condition]) -> Self {
        let left = self
            .0
            .iter()
            .map(|conjunction| conjunction.iter().filter(|literal| !known.contains(literal)).cloned().collect())
            .collect();
        Self::any_of(left)
    }
}

/// Two conjunctions that differ in one negated literal say the same without it: (keep, drop, literal in keep).
fn find_complement(conjunctions: &[Conjunction]) -> Option<(usize, usize, usize)> {
    for (keep, left) in conjunctions.iter().enumerate() {
        for (drop, right) in conjunctions.iter().enumerate().skip(keep + 1) {
            if left.len() != right.len() {
                continue;
            }
            let mut differing = left.iter().zip(right).enumerate().filter(|(_, (a, b))| a != b);
            if let (Some((literal, (a, b))), None) = (differing.next(), differing.next())
                && a.variable == b.variable
            {
                return Some((keep, drop, literal));
            }
        }
    }
    None
}

/// Both must hold; None when they contradict each other.
pub fn conjoin(left: &[Condition], right: &[Condition]) -> Option<Conjunction> {
    let mut both = left.to_vec();
    for literal in right {
        match both.iter().find(|known| known.variable == literal.variable) {
            Some(known) if known.equals != literal.equals => return None,
            Some(_) => {}
            None => both.push(literal.clone()),
        }
    }
    both.sort_by(|a, b| a.variable.cmp(&b.variable));
    Some(both)
}

/// Alternatives beyond which saying a condition exactly costs more than it is worth.
const MAX_ALTERNATIVES: usize = 64;

/// When `conjunction` holds and none of `earlier` does. Empty: never; None: too long to say.
pub fn excluding(conjunction: &Conjunction, earlier: &[Conjunction]) -> Option<Vec<Conjunction>> {
    let mut left = vec![conjunction.clone()];
    for other in earlier {
        let opposites: Vec<Condition> =
            other.iter().map(|one| Condition { variable: one.variable.clone(), equals: !one.equals }).collect();
        left = left
            .iter()
            .flat_map(|known| opposites.iter().filter_map(|one| conjoin(known, std::slice::from_ref(one))))
            .collect();
        if left.len() > MAX_ALTERNATIVES {
            return None;
        }
        left = Conditions::any_of_or_none(left);
    }
    Some(left)
}

/// What `directives` ask for on top of `outer`; None when the selection can never be there.
pub fn under(outer: &[Condition], directives: &DirectiveList) -> Option<Conjunction> {
    let mut all = outer.to_vec();
    for (name, equals) in [("skip", false), ("include", true)] {
        let Some(value) = directives.get(name).and_then(|directive| directive.specified_argument_by_name("if")) else {
            continue;
        };
        match &**value {
            Value::Boolean(constant) if *constant != equals => return None,
            Value::Variable(variable) => {
                all = conjoin(&all, &[Condition { variable: shared(variable), equals }])?;
            }
            _ => {}
        }
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn literal(variable: &str, equals: bool) -> Condition {
        Condition { variable: Arc::from(variable), equals }
    }

    #[test]
    fn a_condition_and_its_opposite_are_no_condition() {
        let both = vec![vec![literal("a", true)], vec![literal("a", false)]];
        assert!(Conditions::any_of(both).is_always());
    }

    #[test]
    fn a_stricter_conjunction_is_absorbed_by_a_weaker_one() {
        let weak = vec![literal("a", true)];
        let strict = vec![literal("a", true), literal("b", false)];
        assert_eq!(Conditions::any_of(vec![strict, weak.clone()]).conjunctions(), [weak]);
    }

    #[test]
    fn the_second_mention_counts_when_the_first_does_not() {
        let (a, b) = (vec![literal("a", true)], vec![literal("b", true)]);
        let expected = vec![vec![literal("a", false), literal("b", true)]];
        assert_eq!(excluding(&b, std::slice::from_ref(&a)), Some(expected));
        assert_eq!(excluding(&a, &[Vec::new()]), Some(Vec::new()));
    }

    #[test]
    fn contradicting_conditions_leave_nothing() {
        assert_eq!(conjoin(&[literal("a", true)], &[literal("a", false)]), None);
    }
}
