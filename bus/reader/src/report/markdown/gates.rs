//! Who approved what, in Markdown.

use std::fmt::Write as _;

use trail_item::quote::plain;
use trail_record::body::GateOutcome;

use crate::report::brief::span;
use crate::report::{Approval, Report};

pub(super) fn approvals(report: &Report, out: &mut String) {
    put!(out, "## Who approved what\n");
    if report.gates.is_empty() {
        put!(out, "No gate was asked for.\n");
        return;
    }
    for gate in &report.gates {
        let waited = gate
            .waited_ms
            .map_or_else(String::new, |ms| format!(", waited {}", span(ms)));
        put!(
            out,
            "- **{}**: {}. Code `{}`, request `{}`, asked {} by the {} for the {}{waited}",
            plain(&gate.gate, 80),
            gate.standing.as_str(),
            gate.code,
            gate.request,
            gate.asked,
            gate.requested_by,
            gate.performed_by,
        );
        let tree = gate
            .tree
            .as_ref()
            .map_or_else(String::new, |own| format!(", tree `{own}`"));
        put!(out, "  - covers `{}`{tree}", gate.subject);
        for own in &gate.decisions {
            put!(out, "  - {}", approval(own));
        }
    }
    out.push('\n');
}

fn approval(own: &Approval) -> String {
    let outcome = match own.outcome {
        GateOutcome::Approved => "approved",
        GateOutcome::Rejected => "rejected",
    };
    let who = if own.delegated {
        "the reviewer persona, delegated by a rule".to_owned()
    } else {
        format!(
            "{} (account {})",
            plain(&own.name, 100),
            plain(own.approver.as_str(), 100)
        )
    };
    let simulated = if own.simulated { ", **simulated**" } else { "" };
    let place = match (&own.comment, own.said) {
        (Some(comment), Some(said)) => {
            format!(" in comment {} of {said}", plain(comment.as_str(), 80))
        }
        (_, _) => String::new(),
    };
    let why = own
        .why
        .as_ref()
        .map_or_else(String::new, |why| format!(": {}", plain(why, 500)));
    format!(
        "{outcome} by {who}{simulated}{place}; attested by the {}, decision `{}`{why}",
        own.attested_by, own.digest
    )
}
