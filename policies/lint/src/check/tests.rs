//! Tests: do they say what they are for, would they run, can their results be told apart.

use std::collections::HashMap;

use trail_source::Test;

use super::claims::text;
use super::{Question, named};
use crate::finding::Finding;
use crate::rule::Rule;

pub(super) fn check(question: &Question<'_>, findings: &mut Vec<Finding>) {
    for source in &question.tree.sources {
        let governed = question.settings.governs(&source.path);
        for test in &source.scan.tests {
            let thing = named(&test.within, &test.name);
            let at = |own: Finding| own.at(&source.path, test.line).thing(thing.clone());
            if test.validates.is_empty() {
                if governed {
                    let message = format!("{thing} names no criterion, and its path is governed");
                    findings.push(at(Finding::new(Rule::UnannotatedTest, message)));
                }
            } else if let Some(why) = &test.dead {
                let claims: Vec<String> = test.validates.iter().map(text).collect();
                let message = format!("{thing} claims {} and never runs: {why}", claims.join(", "));
                let own = Finding::new(Rule::DeadTest, message).claim(claims.join(", "));
                findings.push(at(own).ending_at(test.end_line));
            }
        }
        twice(&source.path, &source.scan.tests, governed, findings);
    }
}

/// Tells of tests that have a name another one has, where it matters which of them ran.
fn twice(path: &str, tests: &[Test], governed: bool, findings: &mut Vec<Finding>) {
    let mut named_so: HashMap<(&[String], &str), Vec<&Test>> = HashMap::new();
    for test in tests {
        let name = (test.within.as_slice(), test.name.as_str());
        named_so.entry(name).or_default().push(test);
    }
    for ((within, name), own) in named_so {
        let matters = governed || own.iter().any(|own| !own.validates.is_empty());
        let [first, later @ ..] = own.as_slice() else {
            continue;
        };
        for test in later.iter().filter(|_| matters) {
            let thing = named(within, name);
            let message = format!("{thing} is the name of the test in line {} too", first.line);
            let own = Finding::new(Rule::DuplicateTestName, message);
            findings.push(own.at(path, test.line).thing(thing));
        }
    }
}
