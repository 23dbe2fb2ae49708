//! What was touched and refused, who worked with which keys and models, at what cost.

use trail_item::text::dollars;

use crate::page::{Html, Table, text};
use crate::report::Report;
use crate::report::brief::span;

pub(super) fn scope(report: &Report) -> Html {
    let own = &report.scope;
    let told = own
        .totals
        .iter()
        .map(|(access, times)| text!("{access} {times}"));
    let mut out = Html::text("Against the sealed scope: ")
        .with(Html::joined(told, ", "))
        .with(text!(
            "; {} outside it, {} refused.",
            own.violations.len(),
            own.refused
        ))
        .paragraph();
    let mut table = Table::new(
        "What happened and should not have",
        &["Why", "What", "Who", "When"],
    );
    for row in &own.violations {
        table.row([
            Html::chip("bad", row.why.as_deref().unwrap_or_default()),
            text!("{} ", row.access).with(Html::code(&row.target)),
            text!("{}, call {}", row.persona, row.call),
            Html::time(row.at),
        ]);
    }
    out.push(table.html());
    if own.unread > 0 {
        let word = format!(
            "{} AI calls cannot be read: what they touched is not known",
            own.unread
        );
        out.push(Html::chip("bad", &word).paragraph());
    }
    let mut table = Table::new(
        "What was asked and refused: nothing came of it",
        &["Asked", "Why it was refused", "Rules", "Who"],
    );
    for row in &report.refusals {
        table.row([
            Html::code(&row.tool)
                .and(" ")
                .with(Html::code(&row.arguments)),
            Html::text(&row.reason),
            Html::text(&row.rules.join(", ")),
            text!("{}, call {}", row.persona, row.call),
        ]);
    }
    out.push(table.html());
    if report.refusals.is_empty() {
        let word = "No agent asked for anything outside its scope or its rules.";
        out.push(Html::text(word).paragraph());
    }
    out
}

pub(super) fn people(report: &Report) -> Html {
    let mut table = Table::new(
        "Personas, with the keys that signed and the models that answered",
        &["Persona", "Account", "Models", "Entries", "Calls", "Keys"],
    );
    for own in &report.personas {
        let account = own
            .account
            .as_ref()
            .map_or_else(|| Html::text("unknown"), |own| Html::text(own.as_str()));
        let models = own.models.iter().map(|own| Html::code(own));
        let keys = own.keys.iter().map(|own| Html::code(&own.to_string()));
        table.row([
            Html::text(own.persona.as_str()).within("strong", ""),
            account,
            if own.models.is_empty() {
                Html::text("none")
            } else {
                Html::joined(models, ", ").with(text!(" at {}", own.endpoints.join(", ")))
            },
            text!("{}", own.entries),
            text!("{}", own.calls),
            Html::joined(keys, ", "),
        ]);
    }
    let mut out = table.html();
    if let Some(trusted) = &report.trusted {
        let shared = if trusted.shares_accounts {
            "Several personas share an account."
        } else {
            "Each persona has an account of its own."
        };
        out.push(
            text!(
                "{shared} Trust document {}. The humans did not sign: the personas named above attest what they said.",
                trusted.serial
            )
            .paragraph(),
        );
    }
    out
}

pub(super) fn cost(report: &Report) -> Html {
    let own = &report.totals;
    let cost = if own.unpriced_calls > 0 {
        format!(
            "{}, {} calls without a price",
            dollars(own.cost_micros),
            own.unpriced_calls
        )
    } else {
        dollars(own.cost_micros)
    };
    Html::facts([
        ("Cost", Html::text(&cost)),
        (
            "Time",
            text!(
                "{} in all, {} of it models, {} waiting at gates",
                span(own.wall_ms),
                span(own.model_ms),
                span(own.waiting_ms)
            ),
        ),
        (
            "Tokens",
            text!(
                "{} input, {} output, {} from cache, {} to cache",
                own.tokens.input,
                own.tokens.output,
                own.tokens.cache_read,
                own.tokens.cache_write
            ),
        ),
        (
            "History",
            text!(
                "{} decisions, {} gate decisions, {} intermediate records, {} outside actions, in {} entries and {} records",
                own.decisions,
                own.gates,
                own.intermediate,
                own.outside_actions,
                own.entries,
                own.records
            ),
        ),
        (
            "Tests",
            text!("{} test runs, {} fixes", own.test_runs, own.fixes),
        ),
    ])
}

pub(super) fn calls(report: &Report) -> Html {
    if report.calls.is_empty() {
        return Html::text("No AI call is recorded.").paragraph();
    }
    let mut table = Table::new(
        "Each call in short; trail show DIGEST tells one whole",
        &[
            "Call",
            "Who",
            "What it said and asked",
            "Model",
            "Tokens, cost, time",
            "Record",
        ],
    );
    for own in &report.calls {
        let asks: Vec<String> = own
            .asks
            .iter()
            .map(|ask| {
                let refused = if ask.allowed { "" } else { " (refused)" };
                format!("{} {}{refused}", ask.tool, ask.about)
            })
            .collect();
        let model = own.model_served.as_ref().map_or_else(
            || text!("{} (not confirmed)", own.model_requested),
            |own| Html::text(own),
        );
        let tokens = |own: Option<u64>| own.map_or_else(|| "?".to_owned(), |own| own.to_string());
        let cost = own
            .cost_micros
            .map_or_else(|| "no price".to_owned(), dollars);
        table.row([
            text!("{}", own.call),
            text!("{}, {}", own.persona, own.action),
            Html::text(&own.text).with(Html::text(&asks.join("; ")).within("p", "dim")),
            model,
            text!(
                "{} in, {} out, {cost}, {}",
                tokens(own.input_tokens),
                tokens(own.output_tokens),
                span(own.took_ms)
            ),
            Html::code(&own.digest.short()),
        ]);
    }
    table.html()
}
