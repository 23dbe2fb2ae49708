//! A comparison as one HTML page that holds all it needs: no script, no link, nothing loaded.
//!
//! What models and people wrote is escaped, with hidden characters made visible; the page also forbids
//! itself everything but its own style.

use super::words;
use super::{Against, Cell, Choice, Chosen, Comparison, Row};
use crate::page::escaped;

/// The page's style.
const STYLE: &str = include_str!("html/style.css");

/// Writes the comparison as a page.
#[must_use]
pub fn html(comparison: &Comparison) -> String {
    let names: Vec<String> = comparison.runs.iter().map(words::name).collect();
    let title = format!("{} compared", names.join(" and "));
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body style=\"--runs: {}\">\n\
         <h1>Runs compared</h1>\n",
        escaped(&title),
        names.len()
    );
    runs(comparison, &mut out);
    for (index, own) in comparison.against_first.iter().enumerate() {
        parts(comparison, own, index + 1, &mut out);
    }
    figures(comparison, &names, &mut out);
    gates(comparison, &names, &mut out);
    choices(comparison, &names, &mut out);
    decisions(comparison, &names, &mut out);
    out.push_str("</body>\n</html>\n");
    out
}

fn runs(comparison: &Comparison, out: &mut String) {
    out.push_str("<div class=\"runs\">\n");
    for run in &comparison.runs {
        out.push_str(&format!(
            "<section class=\"card\"><h3>{}</h3>\n",
            escaped(&words::name(run))
        ));
        for mark in words::marks(run) {
            let bad = if mark.starts_with("UNVERIFIED") || mark.starts_with("INCOMPLETE") {
                " bad"
            } else {
                ""
            };
            out.push_str(&format!("<p class=\"mark{bad}\">{}</p>\n", escaped(&mark)));
        }
        out.push_str("</section>\n");
    }
    out.push_str("</div>\n");
}

fn parts(comparison: &Comparison, own: &Against, index: usize, out: &mut String) {
    let (one, two) = (&comparison.runs[0], &comparison.runs[index]);
    out.push_str(&format!(
        "<h2>Where {} and {} part</h2>\n<p>{}</p>\n",
        escaped(&words::name(one)),
        escaped(&words::name(two)),
        escaped(&words::summary(own))
    ));
    let Some(first) = &own.first else {
        return;
    };
    let class = first.class.as_str();
    out.push_str(&format!(
        "<p>First divergence: {}, {}, <span class=\"badge {class}\">{class}</span> ({}): <code>{}</code></p>\n\
         <div class=\"runs\" style=\"--runs: 2\">\n",
        words::calls(first.first_call, first.other_call),
        escaped(&first.action),
        words::meaning(first.class),
        escaped(&first.about)
    ));
    let choice = comparison
        .choices
        .iter()
        .find(|choice| choice.name == first.about);
    for (run, place, told) in [(one, 0, &first.first), (two, index, &first.other)] {
        out.push_str(&format!(
            "<section class=\"card\"><p class=\"dim\">{}</p><p class=\"pick\">{}</p>\n",
            escaped(&words::name(run)),
            escaped(told)
        ));
        if let Some(chosen) = choice.and_then(|choice| choice.runs[place].as_ref()) {
            reasons(chosen, out);
        }
        out.push_str("</section>\n");
    }
    out.push_str("</div>\n");
}

/// Writes what was concluded, why, and instead of what.
fn reasons(own: &Chosen, out: &mut String) {
    out.push_str(&format!(
        "<p>{}</p>\n<p class=\"dim\">Why: {}</p>\n",
        escaped(&own.statement),
        escaped(&own.rationale)
    ));
    if !own.alternatives.is_empty() {
        out.push_str("<p class=\"dim\">Instead of:</p><ul class=\"dim\">");
        for other in &own.alternatives {
            out.push_str(&format!("<li>{}</li>", escaped(other)));
        }
        out.push_str("</ul>\n");
    }
}

fn figures(comparison: &Comparison, names: &[String], out: &mut String) {
    out.push_str("<h2>Figures</h2>\n<table>\n<thead><tr><th></th>");
    for name in names {
        out.push_str(&format!("<th scope=\"col\">{}</th>", escaped(name)));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for (what, cells) in words::figures(comparison) {
        let mut classes = Vec::new();
        if cells.iter().any(|own| *own != cells[0]) {
            classes.push("other");
        }
        let what = match what.strip_prefix("- ") {
            Some(part) => {
                classes.push("sub");
                part
            }
            None => what,
        };
        out.push_str(&format!(
            "<tr class=\"{}\"><th scope=\"row\">{}</th>",
            classes.join(" "),
            escaped(what)
        ));
        for cell in cells {
            out.push_str(&format!("<td>{}</td>", escaped(&cell)));
        }
        out.push_str("</tr>\n");
    }
    out.push_str(
        "</tbody></table>\n<p class=\"dim\">Bold: not the same in all runs. Lines are those of whole files; \
         how many of a changed file's lines are new is not in the history.</p>\n",
    );
}

fn gates(comparison: &Comparison, names: &[String], out: &mut String) {
    out.push_str("<h2>Gates</h2>\n<div class=\"runs\">\n");
    for (run, name) in comparison.runs.iter().zip(names) {
        out.push_str(&format!(
            "<section class=\"card\"><h3>{}</h3>\n",
            escaped(name)
        ));
        if run.gates.is_empty() {
            out.push_str("<p class=\"dim\">none</p>\n");
        }
        for gate in &run.gates {
            out.push_str(&format!(
                "<p><code>{}</code> {}, subject <code>{}</code></p>\n<ul>",
                escaped(&gate.gate),
                gate.standing,
                gate.subject.short()
            ));
            for own in &gate.decisions {
                out.push_str(&format!("<li>{}</li>", escaped(&words::decided(own))));
            }
            out.push_str("</ul>\n");
        }
        out.push_str("</section>\n");
    }
    out.push_str("</div>\n");
}

fn choices(comparison: &Comparison, names: &[String], out: &mut String) {
    out.push_str("<h2>Conclusions</h2>\n");
    for choice in &comparison.choices {
        conclusion(choice, names, out);
    }
}

fn conclusion(choice: &Choice, names: &[String], out: &mut String) {
    let (class, badge) = if choice.differs {
        ("choice", " <span class=\"badge choice\">different</span>")
    } else {
        ("", "")
    };
    out.push_str(&format!(
        "<div class=\"row {class}\"><div class=\"head\"><code>{}</code>{badge}</div><div class=\"runs\">\n",
        escaped(&choice.name)
    ));
    for (own, name) in choice.runs.iter().zip(names) {
        out.push_str(&format!(
            "<div><span class=\"who\">{} </span>",
            escaped(name)
        ));
        match own {
            None => out.push_str("<span class=\"dim\">was not concluded</span>"),
            Some(own) => {
                if let Some(choice) = &own.choice {
                    out.push_str(&format!("<span class=\"call\">{}</span>", escaped(choice)));
                }
                reasons(own, out);
            }
        }
        out.push_str("</div>\n");
    }
    out.push_str("</div></div>\n");
}

fn decisions(comparison: &Comparison, names: &[String], out: &mut String) {
    out.push_str("<h2>Decisions side by side</h2>\n");
    for row in &comparison.decisions {
        decision(row, names, out);
    }
}

fn decision(row: &Row, names: &[String], out: &mut String) {
    // A row is coloured by what weighs most in it.
    let worst = row.classes.iter().flatten().min();
    let class = worst.map_or("same", |own| own.as_str());
    let told: Vec<String> = row
        .classes
        .iter()
        .map(|own| match own {
            None => "same".to_owned(),
            Some(own) => format!("<span class=\"badge {0}\">{0}</span>", own.as_str()),
        })
        .collect();
    out.push_str(&format!(
        "<div class=\"row {class}\"><div class=\"head\">{}: {}</div><div class=\"runs\">\n",
        escaped(&words::place(row)),
        told.join(", ")
    ));
    for (own, name) in row.runs.iter().zip(names) {
        out.push_str(&format!(
            "<div><span class=\"who\">{} </span>",
            escaped(name)
        ));
        match own {
            None => out.push_str("<span class=\"dim\">no such call</span>"),
            Some(cell) => call(cell, out),
        }
        out.push_str("</div>\n");
    }
    out.push_str("</div></div>\n");
}

fn call(cell: &Cell, out: &mut String) {
    out.push_str(&format!(
        "<span class=\"call\">call {}</span> <span class=\"dim\">{} <code>{}</code></span>\n<ul>",
        cell.call,
        cell.persona,
        cell.digest.short()
    ));
    for ask in words::asks(cell) {
        out.push_str(&format!("<li><code>{}</code></li>", escaped(&ask)));
    }
    out.push_str("</ul>\n");
    if !cell.said.is_empty() {
        out.push_str(&format!("<p class=\"said\">{}</p>\n", escaped(&cell.said)));
    }
}
