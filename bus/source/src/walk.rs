//! The walk over a tree that all languages share: scopes, comments above things, and what is broken.

use std::collections::BTreeSet;

use tree_sitter::{Node, Tree};

use crate::source::{Source, end_line, number};
use crate::{Annotation, Claim, Problem, ProblemKind, Role, Target, TargetKind, Test, comment};

/// How deep things may stand in each other; what stands deeper is read as if it stood here.
const DEEPEST: usize = 32;

/// The most characters of a name.
const LONGEST_NAME: usize = 1000;

/// How many bytes the names around the things of a file may take together, and how many claims its
/// tests may have from what they stand in. Both grow with the square of the length of a file that is
/// made for it.
const MOST_NAMES: usize = 32 * 1024 * 1024;
const MOST_CLAIMS: usize = 200_000;

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

/// An annotation in a comment that waits for the thing below it.
struct Pending {
    annotation: Annotation,
    /// Where what the comment stands in ends.
    until: usize,
    /// The first thing below it: where it begins, its row, and where it ends.
    below: Option<(usize, usize, usize)>,
}

/// What was declared last: a comment may still follow before its name, as between an annotation and
/// a method.
struct Last {
    start: usize,
    named_at: usize,
    target: Target,
    /// The test it is, by its place in the list.
    test: Option<usize>,
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
            } else if alone && self.belongs_to_last(node.start_byte()) {
                self.add_to_last(annotation);
            } else if alone {
                self.wait_until = self.wait_until.min(until);
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

    fn belongs_to_last(&self, at: usize) -> bool {
        self.last
            .as_ref()
            .is_some_and(|last| last.start < at && at < last.named_at)
    }

    fn add_to_last(&mut self, mut annotation: Annotation) {
        let Some(last) = &self.last else { return };
        annotation.target = Some(last.target.clone());
        if annotation.role == Role::Validates {
            let claims = annotation.claims.iter().cloned();
            if let Some(test) = last.test {
                self.tests[test].validates.extend(claims);
            } else if let Some(scope) = self.scopes.last_mut()
                && scope.target == last.target
            {
                scope.claims.extend(claims);
                scope.own.push(self.annotations.len());
            }
        }
        self.annotations.push(annotation);
    }

    /// Reads a comment whose thing is known to its caller.
    pub(crate) fn comment_into(&mut self, node: Node<'_>, own: &mut Vec<Annotation>) {
        let text = self.source.text(node);
        let said = comment::read(text, self.source.place(node), self.source.options);
        self.problems.extend(said.problems);
        own.extend(said.annotations);
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

    /// Returns how many things the walk stands in.
    pub(crate) fn depth(&self) -> usize {
        self.scopes.len()
    }

    /// Returns whether a comment waits for the thing below it.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Returns the names of what the walk stands in, outermost first.
    fn within(&mut self) -> Vec<String> {
        let names = || self.scopes.iter().filter_map(|scope| scope.name.as_ref());
        let cost: usize = names().map(|name| name.len() + size_of::<String>()).sum();
        let fits = cost <= self.names_left;
        let within = if fits {
            names().cloned().collect()
        } else {
            Vec::new()
        };
        self.names_left = if fits { self.names_left - cost } else { 0 };
        within
    }

    /// Takes a thing with the annotations on it and above it.
    pub(crate) fn declare(&mut self, thing: Thing<'_>) -> Declared {
        let mut all = thing.own;
        if !self.pending.is_empty() {
            let row = thing.named_by.start_position().row;
            let name_at = thing.named_by.start_byte();
            self.settled = 0;
            self.wait_until = usize::MAX;
            for pending in std::mem::take(&mut self.pending) {
                let fits = pending.below.is_some_and(|(start, at_row, end)| {
                    (thing.start <= start || at_row == row) && start <= name_at && name_at < end
                });
                if fits {
                    all.push(pending.annotation);
                } else {
                    // What is below it was not this, and nothing that follows is nearer.
                    self.annotations.push(pending.annotation);
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
        let target = Target {
            kind: thing.kind,
            name: cut(thing.name),
            within: self.within(),
            line,
            end_line,
        };
        for mut annotation in all {
            annotation.target = Some(target.clone());
            self.annotations.push(annotation);
        }
        let tests_before = self.tests.len();
        self.last = Some(Last {
            start: thing.start,
            named_at: thing.named_by.start_byte(),
            target: target.clone(),
            test: (thing.kind == TargetKind::Test).then_some(tests_before),
        });
        if thing.kind == TargetKind::Test {
            let mut validates = claims.clone();
            for scope in &self.scopes {
                let fits = scope.claims.len() <= self.claims_left;
                self.claims_left = if fits {
                    self.claims_left - scope.claims.len()
                } else {
                    0
                };
                if fits {
                    validates.extend(scope.claims.iter().cloned());
                }
            }
            let around = self.scopes.iter().rev();
            self.tests.push(Test {
                name: target.name.clone(),
                within: target.within.clone(),
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
            target,
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
        if self.scopes.len() >= DEEPEST {
            return;
        }
        self.scopes.push(Scope {
            end: whole.end_byte(),
            name: name.map(cut),
            around,
            claims: declared.claims,
            dead,
            own: declared.own,
            tests_before: declared.tests_before,
            target: declared.target,
        });
    }

    /// Enters something that gives a name and nothing else: the type a method is of.
    pub(crate) fn enter_name(&mut self, name: &str, whole: Node<'_>) {
        if self.scopes.len() >= DEEPEST {
            return;
        }
        self.scopes.push(Scope {
            end: whole.end_byte(),
            name: Some(cut(name.to_owned())),
            around: Around::Class,
            claims: Vec::new(),
            dead: None,
            own: Vec::new(),
            tests_before: self.tests.len(),
            target: Target {
                kind: TargetKind::Item,
                name: String::new(),
                within: Vec::new(),
                line: 0,
                end_line: 0,
            },
        });
    }

    /// Adds what stands for the tests that follow in the thing the walk stands in.
    pub(crate) fn extend_scope(&mut self, annotations: Vec<Annotation>, dead: Option<String>) {
        let Some(scope) = self.scopes.last_mut() else {
            self.annotations.extend(annotations);
            return;
        };
        for mut annotation in annotations {
            annotation.target = Some(scope.target.clone());
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

/// Cuts a name that is too long.
fn cut(mut name: String) -> String {
    if let Some((end, _)) = name.char_indices().nth(LONGEST_NAME) {
        name.truncate(end);
    }
    name
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
