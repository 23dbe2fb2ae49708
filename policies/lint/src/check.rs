//! Holds what stands in sources against what items ask for. Pure: files were read before, and the
//! day comes in as a value.

mod claims;
mod criteria;
mod reading;
mod suppressions;
mod tests;

use jiff::civil::Date;
use serde::Serialize;

use crate::finding::{self, Finding};
use crate::known::Known;
use crate::rule::Level;
use crate::settings::Settings;
use crate::walk::Tree;

/// What is checked, against what.
#[derive(Debug, Clone, Copy)]
pub struct Question<'q> {
    /// What items and criteria there are.
    pub known: &'q Known,
    /// What is looked for, and how strictly.
    pub settings: &'q Settings,
    /// The sources.
    pub tree: &'q Tree,
    /// Whether the tree is whole: only then it is known that a criterion has no test.
    pub whole: bool,
    /// The day, to judge suppressions by.
    pub today: Date,
}

/// What there is, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Files that were looked at.
    pub files: usize,
    /// Tests found.
    pub tests: usize,
    /// Those that name a criterion.
    pub annotated: usize,
    /// Annotations, in all roles.
    pub annotations: usize,
    /// Items known.
    pub items: usize,
    /// Their criteria, without those of items that were cancelled or reverted.
    pub criteria: usize,
    /// Those that a test which would run names; only known of a whole tree.
    pub covered: Option<usize>,
}

/// What the linter says of a tree.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What is not as it should be, by file and line.
    pub findings: Vec<Finding>,
    /// What there is.
    pub counts: Counts,
    /// The baseline the findings were compared with; none if there is none.
    pub baseline: Option<String>,
    /// What people should know of where the criteria came from.
    pub notes: Vec<String>,
}

impl Report {
    /// Returns the findings that count, of one level.
    pub fn open(&self, level: Level) -> impl Iterator<Item = &Finding> {
        let counts = move |own: &&Finding| own.is_open() && own.level == level;
        self.findings.iter().filter(counts)
    }

    /// Tells whether the lint fails: by an error, or where warnings count too by a warning.
    #[must_use]
    pub fn fails(&self, strict: bool) -> bool {
        self.open(Level::Error).next().is_some()
            || (strict && self.open(Level::Warn).next().is_some())
    }
}

/// Checks sources against what is known.
#[must_use]
pub fn check(question: &Question<'_>) -> Report {
    let mut findings = Vec::new();
    claims::check(question, &mut findings);
    tests::check(question, &mut findings);
    reading::check(question, &mut findings);
    let covered = criteria::check(question, &mut findings);
    // What is off is neither told nor suppressed: its suppressions are unused then.
    let weigh = |own: &mut Finding| {
        let set = question.settings.level(own.rule);
        own.level = if own.soft { set.min(Level::Warn) } else { set };
        own.level > Level::Off
    };
    findings.retain_mut(weigh);
    let mut of_suppressions = suppressions::apply(question, &mut findings);
    of_suppressions.retain_mut(weigh);
    findings.append(&mut of_suppressions);
    finding::sort(&mut findings);
    finding::fingerprints(&mut findings);
    let sources = &question.tree.sources;
    let tests = || sources.iter().flat_map(|own| &own.scan.tests);
    Report {
        findings,
        counts: Counts {
            files: question.tree.files,
            tests: tests().count(),
            annotated: tests().filter(|own| !own.validates.is_empty()).count(),
            annotations: sources.iter().map(|own| own.scan.annotations.len()).sum(),
            items: question.known.items().count(),
            criteria: wanted(question.known),
            covered: question.whole.then_some(covered),
        },
        baseline: None,
        notes: Vec::new(),
    }
}

/// Returns how many criteria are asked for: not those of items that were cancelled or reverted.
fn wanted(known: &Known) -> usize {
    let items = known.items().filter(|own| own.state.is_wanted());
    items.map(|own| own.criteria.len()).sum()
}

/// Names a thing with what stands around it: `TestMoney::test_rounding`.
pub(crate) fn named(within: &[String], name: &str) -> String {
    let mut all: Vec<&str> = within.iter().map(String::as_str).collect();
    all.push(name);
    all.join("::")
}
