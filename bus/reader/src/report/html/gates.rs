//! Who approved what, when, by which code, and who attests it.

use trail_record::body::GateOutcome;

use crate::page::{Html, text, when};
use crate::report::brief::span;
use crate::report::{Approval, GateTold, Report};
use crate::story::GateStanding;

pub(super) fn gates(report: &Report) -> Html {
    if report.gates.is_empty() {
        return Html::text("No gate was asked for.").paragraph();
    }
    let mut out = Html::new();
    for own in &report.gates {
        out.push(gate(own));
    }
    out
}

fn gate(own: &GateTold) -> Html {
    let tone = match own.standing {
        GateStanding::Approved => "ok",
        GateStanding::Rejected => "bad",
        GateStanding::Waiting => "warn",
        GateStanding::Overtaken => "dim",
    };
    let mut out = Html::code(&own.gate)
        .and(" ")
        .with(Html::chip(tone, own.standing.as_str()))
        .heading();
    let waited = own
        .waited_ms
        .map_or_else(String::new, |ms| format!(", waited {}", span(ms)));
    let mut facts = vec![
        ("Code", Html::code(&own.code)),
        (
            "Asked",
            text!(
                "{} by the {} for the {}{waited}",
                when(own.asked),
                own.requested_by,
                own.performed_by
            ),
        ),
        ("Request", Html::code(&own.request.to_string())),
        ("Covers", Html::code(&own.subject.to_string())),
    ];
    if let Some(tree) = &own.tree {
        facts.push(("Tree", Html::code(tree.as_str())));
    }
    if own.needed > 1 {
        facts.push(("Needed", text!("{} approvals", own.needed)));
    }
    out.push(Html::facts(facts));
    if own.decisions.is_empty() {
        out.push(Html::text("Nobody decided.").paragraph());
    } else {
        out.push(Html::list(own.decisions.iter().map(approval)));
    }
    out.within("div", "card")
}

fn approval(own: &Approval) -> Html {
    let (tone, word) = match own.outcome {
        GateOutcome::Approved => ("ok", "approved"),
        GateOutcome::Rejected => ("bad", "rejected"),
    };
    let who = if own.delegated {
        Html::text("the reviewer persona, delegated by a rule")
    } else {
        Html::text(&own.name)
            .within("strong", "")
            .with(text!(" (account {})", own.approver))
    };
    let mut told = Html::chip(tone, word).and(" by ").with(who);
    if own.simulated {
        told.push(Html::text(" ").with(Html::chip("warn", "simulated")));
    }
    if let (Some(comment), Some(said)) = (&own.comment, own.said) {
        told.push(text!(", in comment {comment} of {}", when(said)));
    }
    if let Some(why) = &own.why {
        told.push(text!(": {why}"));
    }
    let rules = if own.rules.is_empty() {
        String::new()
    } else {
        format!(", by rule {}", own.rules.join(", "))
    };
    let attested = text!(
        "attested by the {} and sealed {}{rules}, decision ",
        own.attested_by,
        when(own.sealed)
    );
    let attested = attested.with(Html::code(&own.digest.to_string()));
    told.with(attested.within("p", "dim"))
}
