//! What bears on which clause, in Markdown.

use std::fmt::Write as _;

use crate::clauses::{Bearing, Evidence, Standing};

/// Tells the evidence once, and then which clauses it bears on. All of it is our own text.
pub(super) fn clauses(own: &Bearing, out: &mut String) {
    put!(out, "\n## What this bears on which clause\n");
    put!(out, "{}\n", own.notice);
    put!(out, "| evidence | standing | why |\n|---|---|---|");
    for held in &own.evidence {
        put!(
            out,
            "| {} | {} | {} |",
            held.title,
            held.standing.as_str(),
            trail_item::quote::plain(&held.reason, 500)
        );
    }
    for framework in &own.frameworks {
        put!(out, "\n### {}\n", framework.name);
        put!(out, "{} {}\n", framework.text, framework.applies);
        put!(
            out,
            "| clause | what it asks, in our words | evidence | not covered by Trail |\n|---|---|---|---|"
        );
        for clause in &framework.clauses {
            let by: Vec<&str> = clause
                .evidence
                .iter()
                .map(|own| Evidence::title(*own))
                .collect();
            let by = if clause.standing == Standing::NotCovered {
                String::new()
            } else {
                format!(": {}", by.join(", "))
            };
            put!(
                out,
                "| **{}** {} | {} | {}{by} | {} |",
                clause.id,
                clause.topic,
                clause.asks,
                clause.standing.as_str(),
                clause.not_covered.join("; ")
            );
        }
    }
}
