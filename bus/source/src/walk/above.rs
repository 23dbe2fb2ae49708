//! Comments, and the things below them.

use tree_sitter::Node;

use super::{Walk, whole_file};
use crate::source::end_line;
use crate::{Annotation, Problem, ProblemKind, Role, Target, comment};

/// An annotation in a comment that waits for the thing below it.
pub(super) struct Pending {
    pub(super) annotation: Annotation,
    /// Where what the comment stands in ends.
    pub(super) until: usize,
    /// The first thing below it: where it begins, its row, and where it ends.
    pub(super) below: Option<(usize, usize, usize)>,
}

/// What was declared last: a comment may still follow before its name, as between an annotation and
/// a method.
pub(super) struct Last {
    pub(super) start: usize,
    pub(super) named_at: usize,
    pub(super) target: Target,
    /// The test it is, by its place in the list.
    pub(super) test: Option<usize>,
}

impl Walk<'_> {
    /// Reads a comment; what it says waits for the thing below it.
    pub(super) fn comment(&mut self, node: Node<'_>, until: usize) {
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
}
