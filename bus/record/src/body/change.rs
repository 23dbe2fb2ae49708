//! Changes, tests and delivery.

use serde::{Deserialize, Serialize};

use crate::digest::{Blob, Digest};
use crate::id::{CommitId, CriterionId, ItemKey, Persona, TreeId};

/// A change to files: whole new contents, so what is approved, sealed and applied are the same bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Patchset {
    /// What it is for.
    pub purpose: PatchPurpose,
    /// The commit it applies to.
    pub onto: CommitId,
    /// The files, ordered by path, each once.
    pub files: Vec<FileChange>,
    /// What the author says of it.
    pub summary: String,
}

/// What a patchset is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PatchPurpose {
    /// Do what the item asks.
    Implement,
    /// Add or alter tests.
    Test,
    /// Mend what a test run or review found.
    Fix,
}

/// One file of a patchset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileChange {
    /// Path in the repository, `/`-separated.
    pub path: String,
    /// Digest of the bytes before; none for a new file.
    pub before: Option<Digest<Blob>>,
    /// The whole new text; none for a deletion.
    pub after: Option<String>,
}

/// What later patchsets of the run may do without asking again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// Globs of the paths that may be written.
    pub paths: Vec<String>,
    /// How many bytes of new text all patchsets of the run may hold together.
    pub max_bytes: u64,
    /// How many more patchsets may pass.
    pub max_patchsets: u32,
}

/// A patchset applied to the run's worktree and committed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommitMade {
    /// The commit.
    pub commit: CommitId,
    /// Its tree.
    pub tree: TreeId,
    /// Its parent.
    pub parent: CommitId,
    /// The persona that is its author.
    pub author: Persona,
    /// The whole message, trailers included.
    pub message: String,
}

/// What a test run gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestResult {
    /// The tree that was tested.
    pub tree: TreeId,
    /// The command.
    pub command: Vec<String>,
    /// Digest of what else could matter: sandbox kind, environment, limits.
    pub environment: Digest<Blob>,
    /// Which sandbox held it.
    pub sandbox: String,
    /// Exit code; none if the run was ended.
    pub exit: Option<i32>,
    /// How it ended if not by itself: `timeout`, `output`, `signal`.
    pub ended: Option<String>,
    /// The tests, ordered by name.
    pub cases: Vec<TestCase>,
    /// The last part of the output, redacted.
    pub output: String,
    /// Digest of the whole output as kept.
    pub output_digest: Digest<Blob>,
}

impl TestResult {
    /// Returns how many tests had `outcome`.
    #[must_use]
    pub fn count(&self, outcome: TestOutcome) -> usize {
        self.cases
            .iter()
            .filter(|case| case.outcome == outcome)
            .count()
    }

    /// Tells whether the command ended well, at least one test passed and none failed.
    #[must_use]
    pub fn is_green(&self) -> bool {
        self.exit == Some(0)
            && self.count(TestOutcome::Failed) == 0
            && self.count(TestOutcome::Passed) > 0
    }
}

/// One test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestCase {
    /// Its name as the runner gives it.
    pub name: String,
    /// How it went.
    pub outcome: TestOutcome,
    /// The criteria its annotations name.
    pub validates: Vec<Validates>,
    /// How it failed; left out where it did not fail, or the runner does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_by: Option<FailedBy>,
    /// What it said when it failed, the beginning; left out where it did not fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Where it stands; left out where its source was not found, or two could be meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<TestPlace>,
}

/// Where a test stands in the sources.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestPlace {
    /// The file, from the repository's root.
    pub path: String,
    /// The line its name stands in, from 1.
    pub line: u32,
}

/// How a test failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailedBy {
    /// An assertion did not hold.
    Assertion,
    /// It ended otherwise: a panic, an exception, a signal.
    Crash,
    /// It, or what it needs, could not be built or loaded.
    NotBuilt,
    /// It did not end in time.
    Timeout,
}

/// How a test went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TestOutcome {
    /// It passed.
    Passed,
    /// It failed or crashed.
    Failed,
    /// It did not run.
    Skipped,
}

/// The criterion a test claims to prove: always the pair.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validates {
    /// The item.
    pub work_item: ItemKey,
    /// The criterion.
    pub criterion: CriterionId,
    /// The revision it is meant in; left out where the annotation names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u32>,
}

/// The pull request as it will be opened, rendered from the records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PullRequest {
    /// The title.
    pub title: String,
    /// The whole body, Markdown.
    pub body: String,
    /// The branch that will be pushed.
    pub branch: String,
    /// The commit the work started from.
    pub base: CommitId,
    /// The commit to deliver.
    pub head: CommitId,
    /// Its tree: what `pr_create` covers.
    pub tree: TreeId,
}

/// What the reviewer found on the last look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// Whether it may be delivered exactly as approved.
    pub confirmed: bool,
    /// Why.
    pub summary: String,
    /// The tree that was reviewed.
    pub tree: TreeId,
}

/// What was done outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeliveryReceipt {
    /// Where: `item` for the embedded set-up, else the tracker's pull request URL.
    pub place: String,
    /// The branch.
    pub branch: String,
    /// The commit delivered.
    pub head: CommitId,
    /// Its tree.
    pub tree: TreeId,
    /// The remote it was pushed to, without credentials; none if it stays in the local repository.
    pub remote: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Raw, Record};

    #[test]
    fn a_result_that_was_sealed_before_failures_were_told_is_still_read() {
        let case = r#"{"name":"t","outcome":"failed","validates":[{"criterion":"AC-1","work_item":"P-1"}]}"#;
        let read = |case: &str| {
            let mut record = Record::new("r", [], &empty()).unwrap().record().clone();
            let body = record
                .body
                .as_str()
                .replace("\"cases\":[]", &format!("\"cases\":[{case}]"));
            record.body = serde_json::from_str::<Raw>(&body).unwrap();
            record.read::<TestResult>()
        };
        let result = read(case).unwrap();
        assert_eq!(result.cases[0].failed_by, None);
        assert_eq!(result.cases[0].validates[0].revision, None);
        assert!(read(&case.replace("\"outcome\":\"failed\",", "")).is_err());
        assert!(read(&case.replace("\"name\":\"t\"", "\"name\":\"t\",\"x\":1")).is_err());
    }

    fn empty() -> TestResult {
        TestResult {
            tree: TreeId::from("t"),
            command: Vec::new(),
            environment: Digest::of(b""),
            sandbox: String::new(),
            exit: None,
            ended: None,
            cases: Vec::new(),
            output: String::new(),
            output_digest: Digest::of(b""),
        }
    }
}
