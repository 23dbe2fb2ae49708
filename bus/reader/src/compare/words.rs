//! A comparison in words, before it is laid out: plain text, not escaped for any format yet.

use trail_item::text::{count, dollars};
use trail_record::body::GateOutcome;

use super::{
    Against, Asked, Carried, Cell, Class, Comparison, Decided, GateTold, Rated, Row, RunTold,
};
use crate::report::{short, span};

/// What stands where the records do not say.
pub(super) const UNKNOWN: &str = "not known";

/// Returns the name of a run.
pub(super) fn name(run: &RunTold) -> String {
    short(run.run.as_str(), 80)
}

/// Says what must be known of a run before anything of it is believed.
pub(super) fn marks(run: &RunTold) -> Vec<String> {
    let mut marks = Vec::new();
    if !run.verified {
        let findings = usize::try_from(run.findings).unwrap_or(usize::MAX);
        marks.push(format!(
            "UNVERIFIED: {} against its history; nothing here is proven",
            count(findings, "finding")
        ));
    }
    if let Some(of) = &run.replay_of {
        let mut what = Vec::new();
        if let Some(model) = &of.model {
            what.push(format!("model {}", short(model, 60)));
        }
        if let Some(temperature) = of.temperature {
            what.push(format!("temperature {temperature}"));
        }
        what.push(format!("from call {}", of.from));
        let rooted = match run.original_compared {
            Some(true) => "",
            Some(false) | None => "; the original it names is not among the runs compared",
        };
        marks.push(format!(
            "REPLAYED: a replay of {} with {}, signed by keys of its own, delivered as a dry run only{rooted}",
            short(of.run.as_str(), 80),
            what.join(", ")
        ));
    }
    if run.scripted {
        marks.push("SCRIPTED: a script played the model".to_owned());
    }
    if run.simulated {
        marks.push("SIMULATED: a gate was not decided by a person in this run".to_owned());
    }
    if run.unread > 0 {
        let unread = usize::try_from(run.unread).unwrap_or(usize::MAX);
        marks.push(format!(
            "INCOMPLETE: {} cannot be read; the figures lack them",
            count(unread, "record")
        ));
    }
    marks
}

/// A figure: what it is called, and what it is in a run.
type Figure<'f> = (&'static str, &'f dyn Fn(&RunTold) -> String);

/// Returns the figures: what, and what it is in each run.
pub(super) fn figures(comparison: &Comparison) -> Vec<(&'static str, Vec<String>)> {
    let each = |of: &dyn Fn(&RunTold) -> String| comparison.runs.iter().map(of).collect();
    let rows: [Figure<'_>; 22] = [
        ("history", &|run| run.chain.to_owned()),
        ("outcome", &outcome),
        ("model", &|run| listed(&run.models)),
        ("calls", &|run| run.calls.to_string()),
        ("input tokens", &|run| tokens(run, run.tokens.input)),
        ("cached input", &|run| {
            let tokens = &run.tokens;
            match (tokens.cache_read, tokens.cache_write) {
                (None, None) => UNKNOWN.to_owned(),
                (read, write) => {
                    format!("{} read, {} written", or_unknown(read), or_unknown(write))
                }
            }
        }),
        ("output tokens", &|run| tokens(run, run.tokens.output)),
        ("cost", &cost),
        ("wall time", &|run| span(run.time.wall_ms)),
        ("- models", &|run| span(run.time.model_ms)),
        ("- waiting at gates", &|run| span(run.time.gates_ms)),
        ("- commands", &|run| span(run.time.commands_ms)),
        ("- own overhead", &|run| {
            run.time.own_ms.map_or_else(|| UNKNOWN.to_owned(), span)
        }),
        ("fix cycles", &|run| run.fix_cycles.to_string()),
        ("first test run", &|run| rated(run.first_tests)),
        ("last test run", &|run| rated(run.last_tests)),
        ("criteria with passing annotated tests", &|run| {
            format!("{} of {}", run.criteria_with_passing_tests, run.criteria)
        }),
        ("files", &|run| {
            let own = &run.changes;
            format!(
                "{} new, {} changed, {} deleted",
                own.added, own.changed, own.deleted
            )
        }),
        ("lines, of new files / of changed files as left", &|run| {
            let own = &run.changes;
            format!(
                "{} / {}",
                own.lines_in_new_files, own.lines_in_changed_files
            )
        }),
        ("gates", &|run| {
            let gates: Vec<String> = run.gates.iter().map(gate).collect();
            or_none(&gates)
        }),
        ("refused asks", &|run| run.refusals.to_string()),
        (
            "reused of the original",
            &|run| match (&run.reused, &run.replay_of) {
                (Some(own), _) => {
                    format!("{} answers, {} test results", own.answers, own.test_results)
                }
                (None, Some(_)) => UNKNOWN.to_owned(),
                (None, None) => "-".to_owned(),
            },
        ),
    ];
    rows.into_iter()
        .map(|(what, of)| (what, each(of)))
        .collect()
}

fn outcome(run: &RunTold) -> String {
    match (run.delivered, run.replay_of.is_some()) {
        (true, true) => "delivered, as a dry run",
        (true, false) => "delivered",
        (false, _) => "not delivered",
    }
    .to_owned()
}

fn listed(texts: &[String]) -> String {
    let texts: Vec<String> = texts.iter().map(|own| short(own, 60)).collect();
    if texts.is_empty() {
        UNKNOWN.to_owned()
    } else {
        texts.join(", ")
    }
}

fn or_none(texts: &[String]) -> String {
    if texts.is_empty() {
        "none".to_owned()
    } else {
        texts.join("; ")
    }
}

fn or_unknown(number: Option<u64>) -> String {
    number.map_or_else(|| UNKNOWN.to_owned(), grouped)
}

/// Writes a number with its thousands apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Names the place of a row: its action, which session of that, and the place in it.
pub(super) fn place(row: &Row) -> String {
    let action = short(&row.action, 20);
    match row.session {
        1 => format!("{action} {}", row.place),
        session => format!("{action} ({session}) {}", row.place),
    }
}

fn tokens(run: &RunTold, number: Option<u64>) -> String {
    match (number, run.tokens.untold_calls) {
        (None, _) => UNKNOWN.to_owned(),
        (Some(number), 0) => grouped(number),
        (Some(number), untold) => {
            format!("at least {} ({untold} calls did not say)", grouped(number))
        }
    }
}

fn cost(run: &RunTold) -> String {
    match (run.cost_micros, run.unpriced_calls) {
        (None, _) => UNKNOWN.to_owned(),
        (Some(cost), 0) => dollars(cost),
        (Some(cost), unpriced) => {
            format!(
                "at least {} ({unpriced} calls without a price)",
                dollars(cost)
            )
        }
    }
}

fn rated(own: Option<Rated>) -> String {
    let Some(own) = own else {
        return "none".to_owned();
    };
    let rate = own
        .pass_rate
        .map_or_else(String::new, |rate| format!(" ({:.0} %)", rate * 100.0));
    let skipped = match own.tests.skipped {
        0 => String::new(),
        skipped => format!(", {skipped} skipped"),
    };
    format!(
        "{} passed, {} failed{skipped}{rate}",
        own.tests.passed, own.tests.failed
    )
}

/// Says how a gate went, in short.
fn gate(own: &GateTold) -> String {
    let carried = own.decisions.iter().any(|own| own.carried.is_some());
    let carried = if carried { " (carried over)" } else { "" };
    format!("{} {}{carried}", short(&own.gate, 60), own.standing)
}

/// Says what was decided at a gate, and by whom.
pub(super) fn decided(own: &Decided) -> String {
    let word = match own.outcome {
        GateOutcome::Approved => "approved",
        GateOutcome::Rejected => "rejected",
    };
    let mut out = format!("{word} by {}", short(&own.name, 80));
    if own.simulated && own.carried.is_none() {
        out.push_str(", simulated");
    }
    if own.delegated {
        out.push_str(", delegated by a rule");
    }
    match &own.carried {
        Some(carried) => out.push_str(&from(carried)),
        None => {
            if let Some(why) = &own.why {
                out.push_str(&format!(": {}", short(why, 200)));
            }
        }
    }
    out
}

/// Says where a carried decision comes from, with both digests.
fn from(own: &Carried) -> String {
    let same = if own.same_subject {
        "the same"
    } else {
        "ANOTHER subject"
    };
    let confirmed = match own.confirmed {
        Some(true) => "",
        Some(false) => "; the original holds NO such decision",
        None => "; the original is not compared",
    };
    format!(
        ": decision {} on {}, standing here for {same}, {}{confirmed}",
        own.decision.short(),
        own.original_subject.short(),
        own.subject.short()
    )
}

/// Says what a decision asked for, ask by ask.
pub(super) fn asks(cell: &Cell) -> Vec<String> {
    if cell.asks.is_empty() {
        return vec!["asked for nothing".to_owned()];
    }
    cell.asks.iter().map(asked).collect()
}

fn asked(own: &Asked) -> String {
    let mut out = format!("{} {}", own.tool, own.about).trim_end().to_owned();
    if let Some(choice) = &own.choice {
        out.push_str(&format!(" = {choice}"));
    }
    if !own.allowed {
        out.push_str(" REFUSED");
    } else if own.error {
        out.push_str(" (error)");
    }
    out
}

/// Says what a class of divergence means.
pub(super) const fn meaning(class: Class) -> &'static str {
    match class {
        Class::Choice => "another choice",
        Class::Argument => "another ask",
        Class::Result => "the same asks, another result",
        Class::Text => "only words differ",
        Class::Added => "only in the other run",
        Class::Missing => "only in the first run",
    }
}

/// Says how far a run is the first's, and how the rest differs.
pub(super) fn summary(own: &Against) -> String {
    let all = || own.first.iter().chain(&own.later);
    let kinds = [
        Class::Choice,
        Class::Argument,
        Class::Result,
        Class::Text,
        Class::Added,
        Class::Missing,
    ];
    let counted: Vec<String> = kinds
        .into_iter()
        .map(|class| (class, all().filter(|own| own.class == class).count()))
        .filter(|(_, number)| *number > 0)
        .map(|(class, number)| format!("{number} {}", class.as_str()))
        .collect();
    let rest = if counted.is_empty() {
        "nothing differs".to_owned()
    } else {
        format!("{} divergences: {}", all().count(), counted.join(", "))
    };
    format!("{} decisions are the same; {rest}", own.same)
}

/// Names the calls of a divergence.
pub(super) fn calls(first: Option<u32>, other: Option<u32>) -> String {
    match (first, other) {
        (Some(one), Some(two)) if one == two => format!("call {one}"),
        (Some(one), Some(two)) => format!("call {one} / call {two}"),
        (Some(one), None) => format!("call {one} / no call"),
        (None, Some(two)) => format!("no call / call {two}"),
        (None, None) => "no call".to_owned(),
    }
}
