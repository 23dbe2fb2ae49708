//! What Trail asks of humans: a start, a mended text, an approval.

use std::fmt::Write as _;

use trail_record::body::{
    Contract, Criterion, GateDecision, GateName, GateOutcome, GateRequest, Patchset, PullRequest,
};
use trail_record::{Digest, Record};

use super::proofs::{Standing, open_line};
use super::{Note, count};
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
        /// What is proven of each criterion; none where it was not found out.
        standings: Option<&'a [Standing]>,
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
                "**Asked for:** writing this patchset ({}, {}) to the run's worktree.\n\n{}\n{}",
                digest.short(),
                count(patchset.files.len(), "file"),
                quote::quotation(&patchset.summary, 1500),
                cut_block("diff", diff, digest),
            )
        }
        GateShown::PullRequest { digest, pull_request, diff, standings } => {
            write!(
                out,
                "**Asked for:** the pull request {} from branch {} at commit `{}`, tree `{}` (record {}).\n\n{}Its text:\n\n{}\nWhat it changes:\n\n{}",
                quote::inline(&pull_request.title, 200),
                quote::inline(&pull_request.branch, 200),
                pull_request.head,
                pull_request.tree,
                digest.short(),
                proven(standings),
                cut_block("markdown", &pull_request.body, digest),
                cut_block("diff", diff, digest),
            )
        }
        GateShown::Record { digest, title, text, next } => {
            write!(
                out,
                "**Asked for:** going on to {next}. A label or a rule put gate {} here; it covers {} ({}):\n\n{}",
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
            "\n**Write contract:** if approved, the rest of this run may write {} more without asking, of together at most {} bytes, in {}. Anything else asks again.\n",
            count(usize::try_from(contract.max_patchsets).unwrap_or(usize::MAX), "patchset"),
            contract.max_bytes,
            paths.join(", "),
        )
        .expect("a string takes all text");
    }
    let ids: Vec<_> = criteria
        .iter()
        .map(|own| format!("{}@{}", quote::plain(own.id.as_str(), 40), own.revision))
        .collect();
    writeln!(out, "\nCriteria: {}.", ids.join(", ")).expect("a string takes all text");
    out
}

/// Says what is not proven before anything else is shown: who approves the pull request accepts it.
fn proven(standings: Option<&[Standing]>) -> String {
    let Some(standings) = standings else {
        return String::new();
    };
    match open_line(standings) {
        Some(open) => format!("**Not proven:** {open}.\n\n"),
        None => format!(
            "All {} are proven by tests that failed without the change, or on a fault put into it.\n\n",
            count(standings.len(), "criterion")
        ),
    }
}

/// Asks for approval; appended to the note of the action that came to the gate.
#[must_use]
pub fn gate_request(note: &Note, request: &GateRequest, code: &str) -> Note {
    let people = if request.approvals > 1 {
        format!(" by {} different people", request.approvals)
    } else {
        String::new()
    };
    let body = format!(
        "{}### Gate {} waits for approval{people}\n\n{}\nTo approve exactly this, comment `/approve {code}`. To refuse it, comment `/reject {code}` followed by the reason.\n",
        above(&note.body),
        quote::inline(request.gate.as_str(), 80),
        request.shown,
    );
    Note::new(format!("{} — needs approval", note.headline), body)
}

/// Returns a body with room for what stands below it.
fn above(body: &str) -> String {
    let body = body.trim_end();
    if body.is_empty() {
        String::new()
    } else {
        format!("{body}\n\n")
    }
}

/// Says that a gate was decided; `missing` is how many more people must approve.
#[must_use]
pub fn gate_decided(decision: &GateDecision, missing: u32) -> Note {
    let word = match decision.outcome {
        GateOutcome::Approved => "approved",
        GateOutcome::Rejected => "rejected",
    };
    let name = quote::plain(&decision.name, 100);
    let how = match &decision.comment {
        Some(seen) => {
            let comment = quote::inline(seen.id.as_str(), 80);
            let who = if decision.simulated {
                format!("{name}, a played approver (simulated)")
            } else {
                let account = quote::inline(decision.approver.as_str(), 80);
                format!("{name} (account {account})")
            };
            format!(
                "By {who}, in comment {comment} naming code `{}`.",
                decision.code
            )
        }
        None => {
            let rules: Vec<_> = decision
                .verdict
                .rules
                .iter()
                .map(|rule| quote::inline(rule, 100))
                .collect();
            format!(
                "Decided by the reviewer, to whom {} delegates this gate; no human was asked.",
                rules.join(", ")
            )
        }
    };
    let why = decision.why.as_ref().map_or_else(String::new, |why| {
        format!("\n{}", quote::quotation(why, 2000))
    });
    let next = match (decision.outcome, decision.gate.as_str()) {
        (GateOutcome::Approved, _) if missing > 0 => {
            let missing = count(
                usize::try_from(missing).unwrap_or(usize::MAX),
                "more person",
            );
            format!("\nNeeds {missing} to approve.\n")
        }
        (GateOutcome::Approved, _) => {
            "\nExactly what the request shows may be done, once.\n".to_owned()
        }
        (GateOutcome::Rejected, GateName::FILE_WRITE | GateName::PR_CREATE | GateName::PLAN) => {
            "\nIt is done anew, with this reason.\n".to_owned()
        }
        (GateOutcome::Rejected, _) => {
            "\nThe item is held. On `/resume` the gate is asked for again.\n".to_owned()
        }
    };
    Note::new(
        format!(
            "attests: gate {} {word}",
            quote::inline(decision.gate.as_str(), 80)
        ),
        format!("{how}\n{why}{next}"),
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

/// The most problems that are listed at once.
const MAX_PROBLEMS: usize = 30;

/// Says what must be mended before the item can be worked on.
#[must_use]
pub fn unfit(problems: &[String]) -> Note {
    let mut body = String::from("Please edit the item; it is read again by itself:\n\n");
    for problem in problems.iter().take(MAX_PROBLEMS) {
        writeln!(body, "- {}", quote::plain(problem, 500)).expect("a string takes all text");
    }
    if let Some(more) = problems
        .len()
        .checked_sub(MAX_PROBLEMS)
        .filter(|more| *more > 0)
    {
        writeln!(body, "- and {}", count(more, "more problem")).expect("a string takes all text");
    }
    body.push_str("\nThe form: a heading `## Acceptance criteria` with lines such as `- AC-1: ...`, each with an outcome that can be tested, and a heading `## Scope` with a line such as `write: src/**`.\n");
    Note::new("cannot work on this yet", body)
}

fn cut_block(language: &str, text: &str, digest: Digest<Record>) -> String {
    let shown = quote::cut(text, MAX_SHOWN);
    let block = quote::fence(language, &shown);
    if shown.len() == text.len() {
        return block;
    }
    // Said before the block: who reads a long text to its end has decided already.
    format!("**Not shown whole.** The rest is in record `{digest}`; see `trail show`.\n\n{block}")
}
