//! What the grammar could not read.

use std::collections::BTreeSet;

use tree_sitter::Node;

use super::Walk;
use crate::source::number;
use crate::{Claim, Problem, ProblemKind};

/// How many broken parts of a file are told one by one.
const TOLD: usize = 20;

impl Walk<'_> {
    /// Tells a broken part, and keeps its lines in mind.
    pub(super) fn broken(&mut self, node: Node<'_>) {
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

    /// Drops annotations that stand where the grammar lost its way: there the rest of a string can look
    /// like a comment or a call. Returns what they claimed.
    pub(super) fn drop_broken(&mut self) -> BTreeSet<Claim> {
        if self.broken_parts > TOLD {
            self.problems.push(Problem {
                kind: ProblemKind::Unparsed,
                line: self.broken.last().copied().unwrap_or(1),
                column: 1,
                message: format!("{} more parts cannot be read", self.broken_parts - TOLD),
            });
        }
        let broken = &self.broken;
        if broken.is_empty() {
            return BTreeSet::new();
        }
        self.annotations
            .extract_if(.., |annotation| broken.contains(&annotation.line))
            .flat_map(|annotation| annotation.claims)
            .collect()
    }
}
