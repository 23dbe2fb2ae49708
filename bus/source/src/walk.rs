//! The walk over a tree that all languages share.
//!
//! Here it goes from node to node; `above` reads comments and finds what they stand on, `declare` takes
//! what a language declares, `broken` keeps away from what the grammar could not read.
mod above;
mod broken;
mod declare;

use std::collections::BTreeSet;

use tree_sitter::{Node, Tree};

use crate::source::Source;
use crate::{Annotation, Claim, Problem, ProblemKind, Target, TargetKind, Test};
use above::{Last, Pending};
pub(crate) use declare::Thing;
use declare::{MOST_CLAIMS, MOST_NAMES};

/// What a language knows.
pub(crate) trait Reader<'s> {
    /// Whether a node of this kind is a comment.
    fn is_comment(&self, kind: &str) -> bool {
        kind == "comment"
    }

    /// Whether a node may stand between a comment and the thing below it: an attribute.
    fn is_attribute(&self, _walk: &Walk<'s>, _node: Node<'_>) -> bool {
        false
    }

    /// Reads a node that is no comment; returns whether its children are to be visited.
    fn visit(&mut self, walk: &mut Walk<'s>, node: Node<'_>) -> bool;
}

/// What is found, and where the walk stands.
pub(crate) struct Walk<'s> {
    pub(crate) source: &'s Source<'s>,
    pub(crate) annotations: Vec<Annotation>,
    pub(crate) tests: Vec<Test>,
    pub(crate) problems: Vec<Problem>,
    scopes: Vec<Scope>,
    pending: Vec<Pending>,
    /// How many of them know what is below them: the first ones.
    settled: usize,
    /// Up to which byte all of them go on waiting.
    wait_until: usize,
    /// What may still be taken of names and of claims.
    names_left: usize,
    claims_left: usize,
    last: Option<Last>,
    broken: BTreeSet<u32>,
    broken_parts: usize,
    broken_until: usize,
}

/// What a thing is that others stand in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Around {
    /// A module or namespace.
    Module,
    /// A class whose fitting methods are tests.
    TestClass,
    /// Any other type.
    Class,
    /// A function: what stands in it is run by nobody but itself.
    Function,
    /// A block of tests.
    Block,
}

struct Scope {
    end: usize,
    name: Option<String>,
    around: Around,
    claims: Vec<Claim>,
    dead: Option<String>,
    /// The annotations that stand on it, by their place in the list.
    own: Vec<usize>,
    tests_before: usize,
    target: Target,
}

impl<'s> Walk<'s> {
    pub(crate) fn new(source: &'s Source<'s>) -> Self {
        Self {
            source,
            annotations: Vec::new(),
            tests: Vec::new(),
            problems: Vec::new(),
            scopes: Vec::new(),
            pending: Vec::new(),
            settled: 0,
            wait_until: usize::MAX,
            names_left: MOST_NAMES,
            claims_left: MOST_CLAIMS,
            last: None,
            broken: BTreeSet::new(),
            broken_parts: 0,
            broken_until: 0,
        }
    }

    /// Visits every node that the reader wants to see, without recursion.
    pub(crate) fn drive(&mut self, reader: &mut impl Reader<'s>, tree: &Tree) {
        let mut cursor = tree.walk();
        let mut ends = vec![self.source.text.len()];
        loop {
            let node = cursor.node();
            let until = ends.last().copied().unwrap_or_default();
            if self.step(reader, node, until) && cursor.goto_first_child() {
                ends.push(node.end_byte());
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    self.finish();
                    return;
                }
                ends.pop();
            }
        }
    }

    fn step(&mut self, reader: &mut impl Reader<'s>, node: Node<'_>, until: usize) -> bool {
        self.leave(node.start_byte());
        if node.is_error() || node.is_missing() {
            self.broken(node);
        }
        if node.is_extra() && reader.is_comment(node.kind()) {
            self.comment(node, until);
            return false;
        }
        let waiting = self.settled < self.pending.len();
        if waiting && node.is_named() && !reader.is_attribute(self, node) {
            let below = (
                node.start_byte(),
                node.start_position().row,
                node.end_byte(),
            );
            for pending in &mut self.pending[self.settled..] {
                pending.below = Some(below);
            }
            self.settled = self.pending.len();
            self.wait_until = self.wait_until.min(node.end_byte());
        }
        reader.visit(self, node)
    }

    /// Leaves what ends before a byte.
    fn leave(&mut self, at: usize) {
        while self.scopes.last().is_some_and(|scope| scope.end <= at) {
            self.leave_scope();
        }
        if self.wait_until <= at {
            self.wait_until = usize::MAX;
            self.settled = 0;
            for pending in std::mem::take(&mut self.pending) {
                let end = pending.below.map_or(pending.until, |(_, _, end)| end);
                if end <= at {
                    self.annotations.push(pending.annotation);
                    continue;
                }
                self.wait_until = self.wait_until.min(end);
                self.settled += usize::from(pending.below.is_some());
                self.pending.push(pending);
            }
        }
    }

    fn leave_scope(&mut self) {
        let Some(scope) = self.scopes.pop() else {
            return;
        };
        let tests = &self.tests[scope.tests_before..];
        if tests.is_empty() {
            return;
        }
        // What holds tests is known only at its end.
        for own in scope.own {
            let Some(target) = &mut self.annotations[own].target else {
                continue;
            };
            match (&scope.name, tests) {
                // A wrapper without a name, around one test: that is what it stands on.
                (None, [test]) if target.kind == TargetKind::Item => {
                    *target = Target {
                        kind: TargetKind::Test,
                        name: test.name.clone(),
                        within: test.within.clone(),
                        line: test.line,
                        end_line: test.end_line,
                    };
                }
                _ if target.kind == TargetKind::Item => target.kind = TargetKind::Tests,
                _ => {}
            }
        }
    }

    /// Tells a problem.
    pub(crate) fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Returns what the walk stands in directly.
    pub(crate) fn around(&self) -> Option<Around> {
        self.scopes.last().map(|scope| scope.around)
    }

    /// Returns whether the walk stands in something of a kind.
    pub(crate) fn is_within(&self, around: Around) -> bool {
        self.scopes.iter().any(|scope| scope.around == around)
    }

    /// Returns how many things the walk stands in.
    pub(crate) fn depth(&self) -> usize {
        self.scopes.len()
    }

    /// Returns whether a comment waits for the thing below it.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Takes annotations that stand on nothing.
    pub(crate) fn lose(&mut self, annotations: impl IntoIterator<Item = Annotation>) {
        self.annotations.extend(annotations);
    }

    fn finish(&mut self) {
        while !self.scopes.is_empty() {
            self.leave_scope();
        }
        let rest = std::mem::take(&mut self.pending);
        self.annotations
            .extend(rest.into_iter().map(|pending| pending.annotation));
        if self.names_left == 0 || self.claims_left == 0 {
            self.problems.push(Problem {
                kind: ProblemKind::TooLarge,
                line: 1,
                column: 1,
                message: "too much in this file stands in something else: not all of its names \
                          and inherited claims are told; split it"
                    .to_owned(),
            });
        }
        let lost = self.drop_broken();
        for test in &mut self.tests {
            if !lost.is_empty() {
                test.validates.retain(|claim| !lost.contains(claim));
            }
            if test.validates.len() > 1 {
                test.validates.sort();
                test.validates.dedup_by(|one, other| {
                    (&one.work_item, &one.criterion, one.revision)
                        == (&other.work_item, &other.criterion, other.revision)
                });
            }
        }
    }
}

/// Makes the target of what speaks of the whole file.
pub(crate) fn whole_file(source: &Source<'_>) -> Target {
    Target {
        kind: TargetKind::Section,
        name: crate::language::file_name(source.path).to_owned(),
        within: Vec::new(),
        line: 1,
        end_line: source.lines(),
    }
}
