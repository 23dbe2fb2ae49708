//! What the linter found, and by what it is known again.

use std::collections::HashMap;

use serde::Serialize;
use trail_record::{Blob, Digest};

use crate::rule::{Level, Rule};

/// One thing that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// How much it matters.
    pub level: Level,
    /// The file, from the root, `/`-separated; none for what is wrong with a criterion itself.
    pub path: Option<String>,
    /// The line, from 1; none for a whole file.
    pub line: Option<u32>,
    /// The column, in characters, from 1.
    pub column: Option<u32>,
    /// The line it ends in.
    pub end_line: Option<u32>,
    /// What it is about: the names around a test and its own, or the item.
    pub thing: Option<String>,
    /// The claim it is about: `VSME-142 AC-3@2`.
    pub claim: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: String,
    /// By what it is known again; see [`fingerprints`].
    pub fingerprint: String,
    /// Whether it counts.
    pub standing: Standing,
    /// Whether it is a warning at most, however strict its rule is set.
    #[serde(skip)]
    pub(crate) soft: bool,
}

/// Whether a finding counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "standing")]
pub enum Standing {
    /// It counts.
    Open,
    /// The baseline holds it.
    Accepted {
        /// Why it was accepted.
        reason: String,
    },
    /// A comment in the source suppresses it.
    Suppressed {
        /// The reason the comment gives.
        reason: String,
        /// The last day on which it does, as `2027-01-31`.
        until: String,
    },
}

impl Finding {
    /// Makes a finding that counts, without a place.
    pub(crate) fn new(rule: Rule, message: impl Into<String>) -> Self {
        Self {
            rule,
            level: rule.level(),
            path: None,
            line: None,
            column: None,
            end_line: None,
            thing: None,
            claim: None,
            message: message.into(),
            help: rule.instead().to_owned(),
            fingerprint: String::new(),
            standing: Standing::Open,
            soft: false,
        }
    }

    pub(crate) fn at(mut self, path: &str, line: u32) -> Self {
        self.path = Some(path.to_owned());
        self.line = Some(line);
        self
    }

    pub(crate) fn in_file(mut self, path: &str) -> Self {
        self.path = Some(path.to_owned());
        self
    }

    pub(crate) const fn column(mut self, column: u32) -> Self {
        self.column = Some(column);
        self
    }

    pub(crate) const fn ending_at(mut self, end: u32) -> Self {
        self.end_line = Some(end);
        self
    }

    pub(crate) fn thing(mut self, thing: impl Into<String>) -> Self {
        self.thing = Some(thing.into());
        self
    }

    pub(crate) fn claim(mut self, claim: impl Into<String>) -> Self {
        self.claim = Some(claim.into());
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    pub(crate) const fn soft(mut self, soft: bool) -> Self {
        self.soft = soft;
        self
    }

    /// Tells whether it counts.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self.standing, Standing::Open)
    }

    fn key(&self) -> [&str; 4] {
        [
            self.rule.id(),
            self.path.as_deref().unwrap_or_default(),
            self.thing.as_deref().unwrap_or_default(),
            self.claim.as_deref().unwrap_or_default(),
        ]
    }
}

/// Brings findings into the order in which they are told: by file and line, then by rule; those
/// without a file last.
pub(crate) fn sort(findings: &mut [Finding]) {
    findings.sort_by(|one, other| {
        let place = |own: &Finding| (own.path.is_none(), own.path.clone(), own.line, own.column);
        let what = |own: &Finding| (own.rule, own.thing.clone(), own.claim.clone());
        (place(one), what(one)).cmp(&(place(other), what(other)))
    });
}

/// Gives each finding its fingerprint: the first 16 hexadecimal digits of the SHA-256 of rule, path,
/// thing, claim and a count, each ended by a zero byte.
///
/// Lines are not in it, so a finding stays the same when the file changes elsewhere; the count tells
/// those apart that agree in all else, in the order of their lines. Findings must be sorted.
pub(crate) fn fingerprints(findings: &mut [Finding]) {
    let mut seen: HashMap<String, u32> = HashMap::new();
    for finding in findings {
        let mut text = finding.key().join("\0");
        let count = seen.entry(text.clone()).or_default();
        text.push_str(&format!("\0{count}\0"));
        *count += 1;
        finding.fingerprint = Digest::<Blob>::of(text.as_bytes()).hex()[..16].to_owned();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(places: &[(&str, u32, &str)]) -> Vec<Finding> {
        let make = |(path, line, thing): &(&str, u32, &str)| {
            Finding::new(Rule::DeadTest, "m")
                .at(path, *line)
                .thing(*thing)
        };
        let mut all: Vec<Finding> = places.iter().map(make).collect();
        sort(&mut all);
        fingerprints(&mut all);
        all
    }

    fn prints(all: &[Finding]) -> Vec<&str> {
        all.iter().map(|own| own.fingerprint.as_str()).collect()
    }

    #[test]
    fn a_finding_is_known_again_when_its_lines_move() {
        let before = all(&[("a.py", 3, "test_a"), ("a.py", 9, "test_b")]);
        let after = all(&[("a.py", 13, "test_b"), ("a.py", 99, "test_a")]);
        let (mut one, mut other) = (prints(&before), prints(&after));
        one.sort_unstable();
        other.sort_unstable();
        assert_eq!(one, other);
        assert!(one.iter().all(|own| own.len() == 16));
    }

    #[test]
    fn findings_that_agree_in_all_but_their_lines_are_told_apart() {
        let found = all(&[("a.py", 3, "t"), ("a.py", 9, "t"), ("b.py", 3, "t")]);
        let mut prints = prints(&found);
        prints.sort_unstable();
        prints.dedup();
        assert_eq!(prints.len(), 3);
    }
}
