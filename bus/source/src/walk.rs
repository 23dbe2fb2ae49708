//! The walk over a tree that all languages share: scopes, comments above things, and what is broken.

use std::collections::BTreeSet;

use tree_sitter::{Node, Tree};

use crate::source::{Source, end_line, number};
use crate::{Annotation, Claim, Problem, ProblemKind, Role, Target, TargetKind, Test, comment};

/// How many broken parts of a file are told one by one.
const TOLD: usize = 20;

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
}

/// An annotation in a comment that waits for the thing below it.
struct Pending {
    annotation: Annotation,
    /// Where what the comment stands in ends.
    until: usize,
    /// The first thing below it: where it begins, its row, and where it ends.
    below: Option<(usize, usize, usize)>,
}

/// A thing that annotations can stand on.
pub(crate) struct Thing<'t> {
    pub(crate) kind: TargetKind,
    pub(crate) name: String,
    /// The node with its name, for its line.
    pub(crate) named_by: Node<'t>,
    /// The whole, attributes aside.
    pub(crate) whole: Node<'t>,
    /// Where it begins with its attributes, in bytes.
    pub(crate) start: usize,
    /// Why it would not be run.
    pub(crate) dead: Option<String>,
    /// Whether it becomes several tests.
    pub(crate) many: bool,
    /// The annotations written on it in the language's own way.
    pub(crate) own: Vec<Annotation>,
}

/// What was declared: for entering it.
pub(crate) struct Declared {
    claims: Vec<Claim>,
    own: Vec<usize>,
    tests_before: usize,
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
        if !self.pending.is_empty() && node.is_named() && !reader.is_attribute(self, node) {
            let below = (
                node.start_byte(),
                node.start_position().row,
                node.end_byte(),
            );
            for pending in &mut self.pending {
                pending.below.get_or_insert(below);
            }
        }
        reader.visit(self, node)
    }

    /// Leaves what ends before a byte.
    fn leave(&mut self, at: usize) {
        while self.scopes.last().is_some_and(|scope| scope.end <= at) {
            self.leave_scope();
        }
        if !self.pending.is_empty() {
            let gone = |pending: &Pending| {
                pending.until <= at || pending.below.is_some_and(|(_, _, end)| end <= at)
            };
            for pending in std::mem::take(&mut self.pending) {
                if gone(&pending) {
                    self.annotations.push(pending.annotation);
                } else {
                    self.pending.push(pending);
                }
            }
        }
    }

    fn leave_scope(&mut self) {
        let Some(scope) = self.scopes.pop() else {
            return;
        };
        if self.tests.len() > scope.tests_before {
            // What holds tests is known only at its end.
            for own in scope.own {
                if let Some(target) = &mut self.annotations[own].target
                    && target.kind == TargetKind::Item
                {
                    target.kind = TargetKind::Tests;
                }
            }
        }
    }

    fn comment(&mut self, node: Node<'_>, until: usize) {
        let text = self.source.text(node);
        let said = comment::read(text, self.source.place(node), self.source.options);
        self.problems.extend(said.problems);
        if said.annotations.is_empty() {
            return;
        }
        let alone = self.source.begins_line(node);
        let of_file = said.of_file || text.starts_with("//!");
        let end = end_line(node);
        for mut annotation in said.annotations {
            annotation.end_line = end.max(annotation.line);
            if of_file {
                annotation.target = Some(whole_file(self.source));
                self.annotations.push(annotation);
            } else if alone {
                self.pending.push(Pending {
                    annotation,
                    until,
                    below: None,
                });
            } else {
                self.problems.push(Problem {
                    kind: ProblemKind::Ambiguous,
                    line: annotation.line,
                    column: annotation.column,
                    message: "an annotation at the end of a line could mean this line or the \
                              next; write it on a line of its own, directly above what it means"
                        .to_owned(),
                });
            }
        }
    }

    fn broken(&mut self, node: Node<'_>) {
        let (first, last) = (
            number(node.start_position().row + 1),
            number(node.end_position().row + 1),
        );
        self.broken.extend([first, last]);
        // Of a broken part in a broken part, the outer one is told.
        if node.is_error() && node.end_byte() <= self.broken_until {
            return;
        }
        self.broken_until = self.broken_until.max(node.end_byte());
        self.broken_parts += 1;
        if self.broken_parts > TOLD {
            return;
        }
        let what = if node.is_missing() {
            format!("a `{}` is missing here", node.kind())
        } else if first == last {
            "a part of this line cannot be read".to_owned()
        } else {
            format!("a part of lines {first} to {last} cannot be read")
        };
        let at = self.source.place(node);
        self.problems.push(Problem {
            kind: ProblemKind::Unparsed,
            line: at.line,
            column: at.column,
            message: format!("{what}: annotations and tests in it may not be seen"),
        });
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

    /// Returns whether a comment waits for the thing below it.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Returns the names of what the walk stands in, outermost first.
    fn within(&self) -> Vec<String> {
        self.scopes
            .iter()
            .filter_map(|scope| scope.name.clone())
            .collect()
    }

    /// Takes a thing with the annotations on it and above it.
    pub(crate) fn declare(&mut self, thing: Thing<'_>) -> Declared {
        let mut all = thing.own;
        if !self.pending.is_empty() {
            let row = thing.named_by.start_position().row;
            let name_at = thing.named_by.start_byte();
            for pending in std::mem::take(&mut self.pending) {
                let fits = pending.below.is_some_and(|(start, at_row, end)| {
                    (thing.start <= start || at_row == row) && start <= name_at && name_at < end
                });
                if fits {
                    all.push(pending.annotation);
                } else {
                    self.pending.push(pending);
                }
            }
        }
        let line = number(thing.named_by.start_position().row + 1);
        let end_line = end_line(thing.whole).max(line);
        let claims: Vec<Claim> = all
            .iter()
            .filter(|annotation| annotation.role == Role::Validates)
            .flat_map(|annotation| annotation.claims.iter().cloned())
            .collect();
        let first = self.annotations.len();
        if !all.is_empty() {
            let target = Target {
                kind: thing.kind,
                name: thing.name.clone(),
                within: self.within(),
                line,
                end_line,
            };
            for mut annotation in all {
                annotation.target = Some(target.clone());
                self.annotations.push(annotation);
            }
        }
        let tests_before = self.tests.len();
        if thing.kind == TargetKind::Test {
            let mut validates = claims.clone();
            for scope in &self.scopes {
                validates.extend(scope.claims.iter().cloned());
            }
            let around = self.scopes.iter().rev();
            self.tests.push(Test {
                name: thing.name,
                within: self.within(),
                line,
                end_line,
                validates,
                dead: thing
                    .dead
                    .or_else(|| around.filter_map(|scope| scope.dead.clone()).next()),
                many: thing.many,
            });
        }
        Declared {
            claims,
            own: (first..self.annotations.len()).collect(),
            tests_before,
        }
    }

    /// Enters a thing that was declared.
    pub(crate) fn enter(
        &mut self,
        declared: Declared,
        whole: Node<'_>,
        name: Option<String>,
        around: Around,
        dead: Option<String>,
    ) {
        self.scopes.push(Scope {
            end: whole.end_byte(),
            name,
            around,
            claims: declared.claims,
            dead,
            own: declared.own,
            tests_before: declared.tests_before,
        });
    }

    /// Adds what stands for the tests that follow in the thing the walk stands in.
    pub(crate) fn extend_scope(&mut self, annotations: Vec<Annotation>, dead: Option<String>) {
        let Some(scope) = self.scopes.last_mut() else {
            return;
        };
        for annotation in annotations {
            if annotation.role == Role::Validates {
                scope.claims.extend(annotation.claims.iter().cloned());
            }
            scope.own.push(self.annotations.len());
            self.annotations.push(annotation);
        }
        if dead.is_some() {
            scope.dead = dead;
        }
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
        if self.broken_parts > TOLD {
            self.problems.push(Problem {
                kind: ProblemKind::Unparsed,
                line: self.broken.last().copied().unwrap_or(1),
                column: 1,
                message: format!("{} more parts cannot be read", self.broken_parts - TOLD),
            });
        }
        // Where the grammar lost its way, the rest of a string can look like a comment or a call.
        let mut lost: Vec<Claim> = Vec::new();
        if !self.broken.is_empty() {
            let broken = &self.broken;
            for annotation in self
                .annotations
                .extract_if(.., |annotation| broken.contains(&annotation.line))
            {
                lost.extend(annotation.claims);
            }
        }
        for test in &mut self.tests {
            test.validates.retain(|claim| !lost.contains(claim));
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
        end_line: number(source.text.lines().count().max(1)),
    }
}
