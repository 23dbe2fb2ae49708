//! Things that annotations can stand on, and the scopes they make.

use tree_sitter::Node;

use super::above::Last;
use super::{Around, Scope, Walk};
use crate::source::{end_line, number};
use crate::{Annotation, Claim, Role, Target, TargetKind, Test};

/// How deep things may stand in each other; what stands deeper is read as if it stood here.
const DEEPEST: usize = 32;

/// The most characters of a name.
const LONGEST_NAME: usize = 1000;

/// How many bytes the names around the things of a file may take together, and how many claims its
/// tests may have from what they stand in. Both grow with the square of the length of a file that is
/// made for it.
pub(super) const MOST_NAMES: usize = 32 * 1024 * 1024;
pub(super) const MOST_CLAIMS: usize = 200_000;

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

impl Walk<'_> {
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
}

/// Cuts a name that is too long.
fn cut(mut name: String) -> String {
    if let Some((end, _)) = name.char_indices().nth(LONGEST_NAME) {
        name.truncate(end);
    }
    name
}
