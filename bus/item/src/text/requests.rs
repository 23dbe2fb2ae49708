//! What Trail asks of humans: a start, a mended text, an approval.

use std::fmt::Write as _;

use trail_record::body::{
    Contract, Criterion, GateDecision, GateName, GateOutcome, GateRequest, Patchset, PullRequest,
};
use trail_record::{Digest, Record};

use super::Note;
use crate::quote;

/// The most characters of a diff or text that a gate request shows; the rest is named by digest.
const MAX_SHOWN: usize = 12_000;

/// What a gate request shows besides its contract.
#[derive(Debug, Clone, Copy)]
pub enum GateShown<'a> {
    /// A patchset with its unified diff.
    Patchset {
        /// The record.
        digest: Digest<Record>,
        /// The patchset.
        patchset: &'a Patchset,
        /// The diff, as a reviewer would read it.
        diff: &'a str,
    },
    /// A pull request with the diff from base to head.
    PullRequest {
        /// The record.
        digest: Digest<Record>,
        /// The pull request.
        pull_request: &'a PullRequest,
        /// The diff.
        diff: &'a str,
    },
    /// A record a human's own gate stands before.
    Record {
        /// The record.
        digest: Digest<Record>,
        /// What it is.
        title: &'a str,
        /// What it says.
        text: &'a str,
        /// What would be done next.
        next: &'a str,
    },
}

/// Renders what a gate request shows; it is part of the request and so of its digest and code.
#[must_use]
pub fn shown(
    gate: &GateName,
    criteria: &[Criterion],
    contract: Option<&Contract>,
    what: GateShown<'_>,
) -> String {
    let mut out = String::new();
    match what {
        GateShown::Patchset { digest, patchset, diff } => {
            write!(
                out,
                "Asked for: writing this patchset ({}, {} files) to the run's worktree.\n\n{}\n{}",
                digest.short(),
                patchset.files.len(),
                quote::quotation(&patchset.summary, 1500),
                cut_block("diff", diff, digest),
            )
        }
        GateShown::PullRequest { digest, pull_request, diff } => {
            write!(
                out,
                "Asked for: the pull request {} from branch {} at commit `{}`, tree `{}` (record {}).\n\n{}\n{}",
                quote::inline(&pull_request.title, 200),
                quote::inline(&pull_request.branch, 200),
                pull_request.head,
                pull_request.tree,
                digest.short(),
                cut_block("markdown", &pull_request.body, digest),
                cut_block("diff", diff, digest),
            )
        }
        GateShown::Record { digest, title, text, next } => {
            write!(
                out,
                "Asked for: going on to {next}. A human's label or a rule put gate {} here. It covers {} ({}):\n\n{}",
                quote::inline(gate.as_str(), 80),
                quote::inline(title, 100),
                digest.short(),
                cut_block("", text, digest),
            )
        }
    }
    .expect("a string takes all text");
    if let Some(contract) = contract {
        let paths: Vec<_> = contract
            .paths
            .iter()
            .map(|path| quote::inline(path, 120))
            .collect();
        write!(
            out,
            "\nWrite contract for the rest of this run: {} more patchsets of together {} bytes in {}. Anything else asks again.\n",
            contract.max_patchsets,
            contract.max_bytes,
            paths.join(", "),
        )
        .expect("a string takes all text");
    }
    let ids: Vec<_> = criteria
        .iter()
        .map(|own| format!("{}@{}", own.id, own.revision))
        .collect();
    writeln!(out, "\nCriteria: {}.", ids.join(", ")).expect("a string takes all text");
    out
}

/// Asks for approval; appended to the note of the action that came to the gate.
#[must_use]
pub fn gate_request(note: &Note, request: &GateRequest, code: &str) -> Note {
    let people = if request.approvals > 1 {
        format!(" by {} people", request.approvals)
    } else {
        String::new()
    };
    let body = format!(
        "{}\n### Gate {} waits for approval{people}\n\n{}\nTo approve exactly this, comment `/approve {code}`. To refuse, comment `/reject {code}` and why.\n",
        note.body.trim_end(),
        quote::inline(request.gate.as_str(), 80),
        request.shown,
    );
    Note::new(format!("{} — approval is asked for", note.headline), body)
}

/// Says that a gate was decided.
#[must_use]
pub fn gate_decided(decision: &GateDecision) -> Note {
    let word = match decision.outcome {
        GateOutcome::Approved => "approved",
        GateOutcome::Rejected => "rejected",
    };
    let how = match (&decision.comment, decision.simulated) {
        (Some(seen), true) => {
            format!(
                "comment {} of {}, a played approver (simulated)",
                seen.id,
                quote::plain(&decision.name, 100)
            )
        }
        (Some(seen), false) => {
            format!(
                "comment {} of {} (account {})",
                seen.id,
                quote::plain(&decision.name, 100),
                decision.approver
            )
        }
        (None, _) => format!("delegated by rule {}", decision.verdict.rules.join(", ")),
    };
    let why = decision
        .why
        .as_ref()
        .map_or_else(String::new, |why| quote::quotation(why, 2000));
    Note::new(
        format!(
            "attests: gate {} {word}",
            quote::inline(decision.gate.as_str(), 80)
        ),
        format!("By {how}, naming code `{}`.\n\n{why}", decision.code),
    )
}

/// Asks a permitted person to vouch for the text.
#[must_use]
pub fn asked_to_start(code: &str, criteria: &[Criterion], why: &str) -> Note {
    let mut body = format!("{why} These criteria would be built:\n\n");
    for criterion in criteria {
        writeln!(
            body,
            "- **{}** {}",
            criterion.id,
            quote::plain(&criterion.text, 500)
        )
        .expect("a string takes all text");
    }
    write!(
        body,
        "\nTo have exactly this text built, a permitted person comments `/start {code}`.\n"
    )
    .expect("a string takes all text");
    Note::new("waits for a start", body)
}

/// Says what must be mended before the item can be worked on.
#[must_use]
pub fn unfit(problems: &[String]) -> Note {
    let mut body = String::from("Please edit the item; it is read again by itself:\n\n");
    for problem in problems.iter().take(30) {
        writeln!(body, "- {}", quote::plain(problem, 500)).expect("a string takes all text");
    }
    body.push_str("\nThe form: a heading `## Acceptance criteria` with `- AC-1: ...` lines, each with an outcome that can be tested, and `## Scope` with `write: src/**`.\n");
    Note::new("cannot work on this yet", body)
}

fn cut_block(language: &str, text: &str, digest: Digest<Record>) -> String {
    let shown = quote::cut(text, MAX_SHOWN);
    let mut out = quote::fence(language, &shown);
    if shown.len() != text.len() {
        writeln!(
            out,
            "\nNot shown whole: the rest is in record {digest}; see `trail show`."
        )
        .expect("a string takes all text");
    }
    out
}
