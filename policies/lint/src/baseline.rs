//! The baseline: findings that were accepted, one a line, so that a repository can begin with what
//! it has and only get better.
//!
//! It is a ratchet. Nothing comes in unless somebody accepts it with a reason; what is gone goes out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::check::Report;
use crate::finding::{Finding, Standing, fingerprints, sort};
use crate::rule::{Level, Rule};
use crate::settings::Settings;

/// The version of the file this reads and writes.
///
/// Changelog:
/// - 1: first format.
pub const VERSION: u32 = 1;

/// Accepted findings by their fingerprints.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline {
    entries: BTreeMap<String, Entry>,
}

/// A finding that was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The finding's fingerprint.
    pub fingerprint: String,
    /// Its rule; as text, so that a baseline with a rule of a newer version can be read.
    pub rule: String,
    /// Its file; none where it had none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// What it was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thing: Option<String>,
    /// The claim it was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<String>,
    /// Why it was accepted; empty if it was entered by hand.
    #[serde(default)]
    pub reason: String,
    /// On which day, as `2026-11-21`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "version")]
    _version: u32,
    findings: Vec<Entry>,
}

/// What is wrong with a baseline.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is no JSON of the shape.
    #[error("it is not the JSON that `trail lint --accept` writes: {0}")]
    Json(#[from] serde_json::Error),
    /// It is of another version.
    #[error("it is of version {0}; this trail reads version {VERSION}")]
    Version(u64),
    /// It holds the same fingerprint twice, as after a merge.
    #[error("it holds {0} twice; take one of them out")]
    Twice(String),
}

/// How a baseline is applied.
#[derive(Debug, Clone, Copy)]
pub struct Apply<'a> {
    /// What rules matter how much.
    pub settings: &'a Settings,
    /// The baseline's path from the root, for findings about it.
    pub path: &'a str,
    /// The baseline as it was before, such as that of the main branch; what it does not hold has
    /// grown.
    pub before: Option<&'a Baseline>,
    /// Whether entries whose finding is gone are errors.
    pub strict: bool,
    /// The files that were looked at; none if the tree was whole.
    pub seen: Option<&'a BTreeSet<String>>,
}

impl Baseline {
    /// Reads a baseline.
    ///
    /// # Errors
    /// See [`enum@Error`].
    pub fn from_json(bytes: &[u8]) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Version {
            version: u64,
        }
        let Version { version } = serde_json::from_slice(bytes)?;
        if version != u64::from(VERSION) {
            return Err(Error::Version(version));
        }
        let File { findings, .. } = serde_json::from_slice(bytes)?;
        let mut entries = BTreeMap::new();
        for entry in findings {
            if let Some(twice) = entries.insert(entry.fingerprint.clone(), entry) {
                return Err(Error::Twice(twice.fingerprint));
            }
        }
        Ok(Self { entries })
    }

    /// Writes the baseline: one finding a line, by file, rule and thing, so that merges are easy.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut all: Vec<&Entry> = self.entries.values().collect();
        all.sort_by_key(|own| {
            (
                &own.path,
                &own.rule,
                &own.thing,
                &own.claim,
                &own.fingerprint,
            )
        });
        let mut text = format!("{{\n\"version\": {VERSION},\n\"findings\": [");
        for (index, entry) in all.iter().enumerate() {
            let line = serde_json::to_string(entry).expect("it has only text");
            let comma = if index == 0 { "" } else { "," };
            write!(text, "{comma}\n{line}").expect("a string takes all text");
        }
        text.push_str("\n]\n}\n");
        text
    }

    /// Returns how many findings it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Tells whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Marks the findings it holds as accepted, and tells what is wrong with it.
    pub fn apply(&self, report: &mut Report, how: &Apply<'_>) {
        for finding in &mut report.findings {
            if let (Some(entry), true) = (self.entries.get(&finding.fingerprint), finding.is_open())
                && !entry.reason.trim().is_empty()
            {
                finding.standing = Standing::Accepted {
                    reason: entry.reason.clone(),
                };
            }
        }
        let stale: BTreeSet<&str> = self.stale(report, how.seen).collect();
        for entry in self.entries.values() {
            let grown = self.grown(entry, how.before);
            let stale = stale
                .contains(entry.fingerprint.as_str())
                .then(|| gone(entry, how.strict));
            for mut found in grown.into_iter().chain(stale) {
                let set = how.settings.level(found.rule);
                found.level = match found.rule {
                    Rule::BaselineStale if how.strict => Level::Error,
                    _ => set,
                };
                if found.level > Level::Off {
                    report.findings.push(found.in_file(how.path));
                }
            }
        }
        report.baseline = Some(how.path.to_owned());
        sort(&mut report.findings);
        fingerprints(&mut report.findings);
    }

    fn grown(&self, entry: &Entry, before: Option<&Self>) -> Option<Finding> {
        let message = if entry.reason.trim().is_empty() {
            format!("{} is in the baseline without a reason", entry.says())
        } else if before.is_some_and(|own| !own.entries.contains_key(&entry.fingerprint)) {
            format!(
                "the baseline has grown by {}, accepted because: {}",
                entry.says(),
                entry.reason
            )
        } else {
            return None;
        };
        let found = Finding::new(Rule::BaselineGrown, message);
        Some(found.thing(entry.says()).claim(entry.fingerprint.clone()))
    }

    /// Returns the entries whose finding is gone, as far as that is known: their file was looked at,
    /// or the whole tree was.
    fn stale<'b>(
        &'b self,
        report: &Report,
        seen: Option<&BTreeSet<String>>,
    ) -> impl Iterator<Item = &'b str> {
        let accepted = |own: &&Finding| !matches!(own.standing, Standing::Suppressed { .. });
        let there: BTreeSet<&str> = report
            .findings
            .iter()
            .filter(accepted)
            .map(|own| own.fingerprint.as_str())
            .collect();
        let gone: Vec<&'b str> = self
            .entries
            .values()
            .filter(|own| !there.contains(own.fingerprint.as_str()))
            .filter(|own| match (seen, &own.path) {
                (None, _) => true,
                (Some(seen), Some(path)) => seen.contains(path),
                (Some(_), None) => false,
            })
            .map(|own| own.fingerprint.as_str())
            .collect();
        gone.into_iter()
    }

    /// Takes out what is gone, and returns how many that were. It never takes anything in.
    pub fn shrink(&mut self, report: &Report, seen: Option<&BTreeSet<String>>) -> usize {
        let gone: BTreeSet<String> = self.stale(report, seen).map(str::to_owned).collect();
        self.entries.retain(|own, _| !gone.contains(own));
        gone.len()
    }

    /// Takes the findings in that count, with the reason, and returns how many that were.
    pub fn accept(&mut self, report: &mut Report, reason: &str, day: Date) -> usize {
        let mut count = 0;
        let open = report.findings.iter_mut();
        for finding in open.filter(|own| own.is_open() && acceptable(own.rule)) {
            let entry = Entry {
                fingerprint: finding.fingerprint.clone(),
                rule: finding.rule.id().to_owned(),
                path: finding.path.clone(),
                thing: finding.thing.clone(),
                claim: finding.claim.clone(),
                reason: reason.to_owned(),
                accepted: Some(day.to_string()),
            };
            self.entries.insert(finding.fingerprint.clone(), entry);
            finding.standing = Standing::Accepted {
                reason: reason.to_owned(),
            };
            count += 1;
        }
        count
    }
}

/// Tells whether a finding may be in a baseline: not what is said of the baseline itself.
fn acceptable(rule: Rule) -> bool {
    !matches!(rule, Rule::BaselineGrown | Rule::BaselineStale)
}

impl Entry {
    /// Says what it was, for people.
    fn says(&self) -> String {
        let place = self.path.as_deref().or(self.thing.as_deref());
        format!("{} in {}", self.rule, place.unwrap_or("the repository"))
    }
}

fn gone(entry: &Entry, strict: bool) -> Finding {
    let message = format!("{} is in the baseline and gone", entry.says());
    let found = Finding::new(Rule::BaselineStale, message);
    let found = found.thing(entry.says()).claim(entry.fingerprint.clone());
    if strict {
        found.help("run `trail lint --update-baseline` and commit what it writes")
    } else {
        found
    }
}
