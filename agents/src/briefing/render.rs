//! Writes a briefing as the first message: what comes from outside is fenced and named.

use std::fmt::Write as _;

use serde_json::json;
use trail_record::body::{Conclusion, Contract, Criterion, PatchPurpose};

use super::{Briefing, Delivery, Patch, Reference, Setback, Tests};
use crate::prompts::{Prompts, Slot};
use crate::quote::{fenced, head, inline, tail};

/// How much of a file that the item refers to is shown; the rest can be read.
const REFERENCE_LIMIT: usize = 24 * 1024;
/// How much of the end of a test output is shown.
const OUTPUT_LIMIT: usize = 12 * 1024;
/// How much of a diff is shown; the rest can be read.
const DIFF_LIMIT: usize = 96 * 1024;
/// How much of any other text is shown.
const TEXT_LIMIT: usize = 24 * 1024;

impl Briefing {
    /// Returns the first message of the conversation.
    #[must_use]
    pub fn message(&self, prompts: &Prompts) -> String {
        prompts.message(self.action).render(|slot| self.slot(slot))
    }

    fn slot(&self, slot: Slot) -> String {
        match slot {
            Slot::Key => inline(self.spec.key.as_str()),
            Slot::Round => self.round.to_string(),
            Slot::Item => {
                let text = format!("{}\n\n{}", self.spec.title, self.spec.body);
                fenced("work item, title and body", &head(&text, TEXT_LIMIT))
            }
            Slot::Criteria => criteria(&self.spec.criteria),
            Slot::Scope => self.scope(),
            Slot::Outline => {
                let lines = self.outline.iter().map(|entry| match entry.folder {
                    true => format!("{}/", entry.path),
                    false => format!("{}  {} bytes", entry.path, entry.size),
                });
                block("top level of the repository", lines)
            }
            Slot::References => join(self.references.iter().map(reference)),
            Slot::Conclusions => join(self.conclusions.iter().map(conclusion)),
            Slot::Patches => join(self.patches.iter().map(patch)),
            Slot::Tests => self.tests.as_ref().map(tests).unwrap_or_default(),
            Slot::Setbacks => join(self.setbacks.iter().map(setback)),
            Slot::Contract => self.contract.as_ref().map(contract).unwrap_or_default(),
            Slot::TestCommand => match self.test_command.as_slice() {
                [] => String::new(),
                words => fenced("command", &json!(words).to_string()),
            },
            Slot::PullRequest => self.delivery.as_ref().map(delivery).unwrap_or_default(),
        }
    }

    fn scope(&self) -> String {
        let globs = |globs: &[String], none: &str| match globs {
            [] => none.to_owned(),
            globs => globs.join(", "),
        };
        let read = globs(&self.spec.scope.read, "everything in the repository");
        let write = globs(&self.spec.scope.write, "nothing");
        fenced("scope", &format!("read: {read}\nwrite: {write}"))
    }
}

/// Fences lines as one block; no lines, no block.
fn block(label: &str, lines: impl Iterator<Item = String>) -> String {
    let text = lines.collect::<Vec<_>>().join("\n");
    if text.is_empty() {
        text
    } else {
        fenced(label, &head(&text, TEXT_LIMIT))
    }
}

fn join(blocks: impl Iterator<Item = String>) -> String {
    blocks.collect::<Vec<_>>().join("\n\n")
}

fn criteria(criteria: &[Criterion]) -> String {
    let lines = criteria.iter().map(|criterion| {
        let Criterion {
            id,
            revision,
            text,
            keeps,
        } = criterion;
        let revision = if *revision > 1 {
            format!(" (revision {revision})")
        } else {
            String::new()
        };
        let keeps = if *keeps { " (keeps)" } else { "" };
        format!("{id}{revision}{keeps}: {text}")
    });
    block("acceptance criteria", lines)
}

fn reference(reference: &Reference) -> String {
    match &reference.text {
        Some(text) => fenced(
            &format!("file {}", reference.path),
            &head(text, REFERENCE_LIMIT),
        ),
        None => format!(
            "There is no text file {} in the repository.",
            inline(&reference.path)
        ),
    }
}

fn conclusion(conclusion: &Conclusion) -> String {
    let mut text = format!("{}\n", conclusion.statement);
    if let Some(choice) = &conclusion.choice {
        let _ = writeln!(text, "choice: {choice}");
    }
    for alternative in &conclusion.alternatives {
        let _ = writeln!(text, "alternative: {alternative}");
    }
    let _ = writeln!(text, "why: {}", conclusion.rationale);
    if !conclusion.criteria.is_empty() {
        let _ = writeln!(text, "criteria: {}", conclusion.criteria.join(", "));
    }
    fenced(
        &format!("conclusion {}", conclusion.name),
        &head(&text, TEXT_LIMIT),
    )
}

fn patch(patch: &Patch) -> String {
    let label = match patch.purpose {
        PatchPurpose::Implement => "patchset",
        PatchPurpose::Test => "test patchset",
        PatchPurpose::Fix => "fix patchset",
    };
    let text = format!("{}\nfiles: {}", patch.summary, patch.files.join(", "));
    fenced(label, &head(&text, TEXT_LIMIT))
}

fn tests(tests: &Tests) -> String {
    let mut out = format!("{} passed, {} failed.", tests.passed, tests.failed.len());
    if let Some(ended) = &tests.ended {
        let _ = write!(out, " The run was ended: {}.", inline(ended));
    }
    let blocks = [
        block(
            "names of the failed tests",
            tests.failed.iter().map(String::clone),
        ),
        match tests.output.as_str() {
            "" => String::new(),
            output => fenced("test output, its end", &tail(output, OUTPUT_LIMIT)),
        },
    ];
    for block in blocks.iter().filter(|block| !block.is_empty()) {
        let _ = write!(out, "\n\n{block}");
    }
    out
}

fn setback(setback: &Setback) -> String {
    fenced(&setback.what, &head(&setback.reason, TEXT_LIMIT))
}

fn contract(contract: &Contract) -> String {
    let Contract {
        paths,
        max_bytes,
        max_patchsets,
    } = contract;
    let paths = paths.join(", ");
    fenced(
        "write contract",
        &format!(
            "paths: {paths}\nbytes of new text at most: {max_bytes}\npatchsets at most: {max_patchsets}"
        ),
    )
}

fn delivery(delivery: &Delivery) -> String {
    let Delivery { title, body, diff } = delivery;
    let text = format!("{title}\n\n{body}");
    let parts = [
        fenced("pull request, title and body", &head(&text, DIFF_LIMIT)),
        fenced("diff", &head(diff, DIFF_LIMIT)),
    ];
    parts.join("\n\n")
}
