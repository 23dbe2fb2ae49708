//! What could not be read, or not be decided, while reading sources.

use trail_source::{Problem, ProblemKind};

use super::Question;
use crate::finding::Finding;
use crate::rule::Rule;
use crate::walk::is_code;

pub(super) fn check(question: &Question<'_>, findings: &mut Vec<Finding>) {
    for source in &question.tree.sources {
        for problem in &source.scan.problems {
            let rule = rule(problem);
            if rule == Rule::Unreadable && !is_code(&source.path) {
                // A picture is no source that could not be read.
                continue;
            }
            let own = Finding::new(rule, problem.message.clone());
            findings.push(match rule {
                // They are of the whole file.
                Rule::Unreadable => own.in_file(&source.path),
                _ => own
                    .at(&source.path, problem.line)
                    .column(problem.column)
                    // Two of a kind in one file are told apart by what is said.
                    .thing(around(source, problem.line)),
            });
        }
    }
    for unread in &question.tree.unread {
        let own = Finding::new(Rule::Unreadable, unread.why.clone());
        findings.push(match &unread.path {
            Some(path) => own.in_file(path),
            None => own,
        });
    }
}

/// Returns the test a line stands in, so that the finding is known again when lines move.
fn around(source: &crate::walk::Source, line: u32) -> String {
    let tests = source.scan.tests.iter();
    let mut around = tests.filter(|own| own.line <= line && line <= own.end_line);
    around
        .next_back()
        .map_or_else(String::new, |own| super::named(&own.within, &own.name))
}

const fn rule(problem: &Problem) -> Rule {
    match problem.kind {
        ProblemKind::NotText | ProblemKind::TooLarge => Rule::Unreadable,
        ProblemKind::Unparsed => Rule::Unparsed,
        ProblemKind::Malformed => Rule::Malformed,
        ProblemKind::NotDecidable => Rule::NotDecidable,
        ProblemKind::Ambiguous => Rule::Ambiguous,
    }
}
