//! What was touched and refused, who worked, at what cost, in Markdown.

use std::fmt::Write as _;

use trail_item::quote::{inline, plain};
use trail_item::text::dollars;

use crate::report::Report;
use crate::report::brief::span;

/// Tells what was touched outside the scope.
pub(super) fn scope(report: &Report, out: &mut String) {
    let own = &report.scope;
    put!(out, "## What was touched\n");
    let told: Vec<String> = own
        .totals
        .iter()
        .map(|(access, times)| format!("{access} {times}"))
        .collect();
    let told = if told.is_empty() {
        "nothing is recorded".to_owned()
    } else {
        told.join(", ")
    };
    put!(
        out,
        "Against the sealed scope: {told}; {} outside it, {} refused.\n",
        own.violations.len(),
        own.refused
    );
    for row in &own.violations {
        put!(
            out,
            "- **{}** call {}, {}: {} {}",
            plain(row.why.as_deref().unwrap_or_default(), 300),
            row.call,
            row.persona,
            row.access,
            inline(&row.target, 300)
        );
    }
    if own.unread > 0 {
        put!(
            out,
            "- {} AI calls cannot be read: what they touched is not known",
            own.unread
        );
    }
    if !own.violations.is_empty() || own.unread > 0 {
        out.push('\n');
    }
}

pub(super) fn refusals(report: &Report, out: &mut String) {
    put!(out, "## What was refused\n");
    if report.refusals.is_empty() {
        put!(
            out,
            "No agent asked for anything outside its scope or its rules.\n"
        );
        return;
    }
    for own in &report.refusals {
        put!(
            out,
            "- call {}, {}: {} {}: {}",
            own.call,
            own.persona,
            inline(&own.tool, 40),
            inline(&own.arguments, 200),
            plain(&own.reason, 300)
        );
    }
    out.push('\n');
}

pub(super) fn personas(report: &Report, out: &mut String) {
    put!(out, "## Who worked\n");
    for own in &report.personas {
        let account = own
            .account
            .as_ref()
            .map_or_else(|| "unknown".to_owned(), |own| plain(own.as_str(), 100));
        let keys: Vec<_> = own.keys.iter().map(|own| format!("`{own}`")).collect();
        let models: Vec<_> = own.models.iter().map(|own| inline(own, 100)).collect();
        let models = if models.is_empty() {
            "none".to_owned()
        } else {
            models.join(", ")
        };
        put!(
            out,
            "- {}: account {account}, key {}, {} entries, {} calls, models {models}",
            own.persona,
            keys.join(", "),
            own.entries,
            own.calls
        );
    }
    if let Some(trusted) = &report.trusted {
        let shared = if trusted.shares_accounts {
            "Several personas share an account."
        } else {
            "Each persona has an account of its own."
        };
        put!(
            out,
            "\n{shared} Trust document {}. The humans did not sign: the personas named above attest what they said.\n",
            trusted.serial
        );
    }
}

pub(super) fn totals(report: &Report, out: &mut String) {
    let own = &report.totals;
    put!(out, "## Cost and time\n");
    let unpriced = if own.unpriced_calls > 0 {
        format!(", {} calls without a price", own.unpriced_calls)
    } else {
        String::new()
    };
    put!(
        out,
        "- {} decisions, {} gate decisions, {} intermediate records, {} outside actions, in {} entries and {} records",
        own.decisions,
        own.gates,
        own.intermediate,
        own.outside_actions,
        own.entries,
        own.records
    );
    put!(
        out,
        "- tokens: {} input, {} output, {} from cache, {} to cache",
        own.tokens.input,
        own.tokens.output,
        own.tokens.cache_read,
        own.tokens.cache_write
    );
    put!(out, "- cost: {}{unpriced}", dollars(own.cost_micros));
    put!(
        out,
        "- time: {} in all, {} of it models, {} waiting at gates; {} test runs, {} fixes",
        span(own.wall_ms),
        span(own.model_ms),
        span(own.waiting_ms),
        own.test_runs,
        own.fixes
    );
}
