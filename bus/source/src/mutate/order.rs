//! The order in which faults are tried.

use std::collections::BTreeMap;

use super::Mutation;

/// The operators, those that change most first.
const TELLING: [&str; 10] = [
    "string-literal",
    "return-value",
    "comparison",
    "negate-condition",
    "remove-statement",
    "logical",
    "boolean-literal",
    "arithmetic",
    "number-literal",
    "remove-branch",
];

/// Orders faults so that functions take turns, and operators within a function.
pub(super) fn ordered(all: Vec<(usize, Mutation)>) -> Vec<Mutation> {
    // Which fault of its operator in its group each one is.
    let mut seen: BTreeMap<(usize, &str), usize> = BTreeMap::new();
    let mut groups: BTreeMap<usize, Vec<(usize, usize, Mutation)>> = BTreeMap::new();
    for (group, mutation) in all {
        let count = seen.entry((group, mutation.operator)).or_default();
        let rank = TELLING
            .iter()
            .position(|operator| *operator == mutation.operator)
            .unwrap_or(TELLING.len());
        groups
            .entry(group)
            .or_default()
            .push((*count, rank, mutation));
        *count += 1;
    }
    let mut turns: Vec<(usize, usize, Mutation)> = Vec::new();
    for (group, mut own) in groups {
        own.sort_by_key(|(count, rank, mutation)| (*count, *rank, mutation.start));
        for (turn, (_, _, mutation)) in own.into_iter().enumerate() {
            turns.push((turn, group, mutation));
        }
    }
    turns.sort_by_key(|(turn, group, _)| (*turn, *group));
    turns.into_iter().map(|(_, _, mutation)| mutation).collect()
}
