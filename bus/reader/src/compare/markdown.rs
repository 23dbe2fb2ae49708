//! A comparison as Markdown, for a comment or a wiki: whatever models said is inert in it.

use trail_item::quote::plain;

use super::words;
use super::{Comparison, text};

/// How long a cell may be.
const CELL: usize = 400;

/// Writes the comparison as Markdown.
#[must_use]
pub fn markdown(comparison: &Comparison) -> String {
    let cell = |text: &str| plain(text, CELL);
    let mut out = String::from("# Runs compared\n\n");
    for run in &comparison.runs {
        out.push_str(&format!("- **{}**\n", cell(&words::name(run))));
        for mark in words::marks(run) {
            out.push_str(&format!("  - {}\n", cell(&mark)));
        }
    }
    out.push_str("\n## Where they part\n\n");
    let first = comparison.runs.first().map(words::name).unwrap_or_default();
    for (own, run) in comparison.against_first.iter().zip(&comparison.runs[1..]) {
        out.push_str(&format!(
            "- {} and {}: {}\n",
            cell(&first),
            cell(&words::name(run)),
            cell(&words::summary(own))
        ));
        if let Some(first) = &own.first {
            out.push_str(&format!(
                "  - first divergence: {}\n",
                plain(&text::one_line(first), 2 * CELL)
            ));
        }
    }
    let names: Vec<String> = comparison.runs.iter().map(words::name).collect();
    out.push_str("\n## Figures\n\n");
    head("", &names, &mut out);
    for (what, cells) in words::figures(comparison) {
        line(what, &cells, &mut out);
    }
    out.push_str("\n## Gates\n\n");
    for run in &comparison.runs {
        for gate in &run.gates {
            let decided: Vec<String> = gate.decisions.iter().map(words::decided).collect();
            out.push_str(&format!(
                "- {}, {}: {}; {}\n",
                cell(&words::name(run)),
                cell(&gate.gate),
                gate.standing,
                cell(&decided.join("; "))
            ));
        }
    }
    out.push_str("\n## Conclusions\n\n");
    head("name", &names, &mut out);
    for choice in &comparison.choices {
        let cells: Vec<String> = choice
            .runs
            .iter()
            .map(|own| match own {
                None => "-".to_owned(),
                Some(own) => match &own.choice {
                    Some(choice) => format!("{choice}: {}", own.rationale),
                    None => own.statement.clone(),
                },
            })
            .collect();
        line(&choice.name, &cells, &mut out);
    }
    out.push_str("\n## Decisions side by side\n\n");
    head(
        "action, place, how they differ from the first",
        &names,
        &mut out,
    );
    for row in &comparison.decisions {
        let classes: Vec<&str> = row
            .classes
            .iter()
            .map(|own| own.map_or("same", super::Class::as_str))
            .collect();
        let cells: Vec<String> = row
            .runs
            .iter()
            .map(|own| {
                own.as_ref().map_or_else(
                    || "-".to_owned(),
                    |cell| format!("call {}: {}", cell.call, words::asks(cell).join(", ")),
                )
            })
            .collect();
        let label = format!("{}: {}", words::place(row), classes.join(", "));
        line(&label, &cells, &mut out);
    }
    out
}

fn head(what: &str, names: &[String], out: &mut String) {
    line(what, names, out);
    out.push_str(&format!("|---{}|\n", "|---".repeat(names.len())));
}

fn line(what: &str, cells: &[String], out: &mut String) {
    out.push_str(&format!("| {} |", plain(what, CELL)));
    for cell in cells {
        out.push_str(&format!(" {} |", plain(cell, CELL)));
    }
    out.push('\n');
}
