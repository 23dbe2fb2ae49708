//! The matrix as one HTML page that holds all it needs.

use super::markdown::{sentence, short};
use super::{Approval, ItemTold, Matrix, Row, Test, outcome};
use crate::page::{Html, Section, Table, page, text};
use crate::report::{tone, tone_of_chain};
use crate::story::Standing;

/// Renders the matrix as a page: gaps first, then items, then what is not proven, then all.
#[must_use]
pub fn html(matrix: &Matrix) -> String {
    let projects: Vec<&str> = matrix.projects.iter().map(|own| own.as_str()).collect();
    let title = format!(
        "Criteria, tests, proofs and approvals: {}",
        projects.join(", ")
    );
    let open: Vec<&Row> = matrix
        .rows
        .iter()
        .filter(|own| own.standing != Standing::Proven)
        .collect();
    let proven: Vec<&Row> = matrix
        .rows
        .iter()
        .filter(|own| own.standing == Standing::Proven)
        .collect();
    let sections = [
        ("gaps", "Gaps and open points", gaps(matrix)),
        ("items", "Items", items(&matrix.items)),
        (
            "open",
            "Criteria that are not proven",
            criteria(&open, "None: every criterion is proven."),
        ),
        (
            "proven",
            "Criteria that are proven",
            criteria(&proven, "None."),
        ),
    ];
    let sections = sections
        .into_iter()
        .map(|(id, title, body)| Section { id, title, body });
    page(&title, top(matrix), sections.collect())
}

fn top(matrix: &Matrix) -> Html {
    let proven = matrix.totals.standings.get(Standing::Proven.word());
    let proven = proven.copied().unwrap_or(0);
    let tone = if matrix.is_closed() { "ok" } else { "warn" };
    let word = format!("{proven} of {} criteria proven", matrix.totals.criteria);
    Html::chip(tone, &word)
        .paragraph()
        .with(Html::text(&sentence(&matrix.totals)).paragraph())
}

fn gaps(matrix: &Matrix) -> Html {
    if matrix.gaps.is_empty() {
        return Html::text("None.").paragraph();
    }
    Html::list(matrix.gaps.iter().map(|gap| {
        let tone = if gap.kind == "findings" {
            "bad"
        } else {
            "warn"
        };
        Html::chip(tone, gap.kind).and(" ").and(&gap.what)
    }))
}

fn items(items: &[ItemTold]) -> Html {
    if items.is_empty() {
        return Html::text("None.").paragraph();
    }
    let mut table = Table::new(
        "The items that are told",
        &[
            "Item",
            "Title",
            "Stage",
            "History",
            "Criteria proven",
            "Labels",
        ],
    );
    for own in items {
        let mut stage = Html::text(own.stage);
        if own.simulated {
            stage.push(Html::text(" ").with(Html::chip("warn", "simulated")));
        }
        let mut history = Html::chip(tone_of_chain(own.chain), own.chain);
        if own.findings > 0 {
            history.push(text!(" {}", own.findings));
        }
        table.row([
            Html::text(own.item.as_str()).within("strong", ""),
            Html::text(own.title.as_deref().unwrap_or("no task was sealed")),
            stage,
            history,
            text!("{} of {}", own.proven, own.criteria),
            match &own.labels {
                Some(labels) => Html::text(&labels.join(", ")),
                None => Html::text("not captured"),
            },
        ]);
    }
    table.html()
}

fn criteria(rows: &[&Row], none: &str) -> Html {
    if rows.is_empty() {
        return Html::text(none).paragraph();
    }
    let mut table = Table::new(
        "Tests are those of the last run; approvals are those that cover the revision",
        &[
            "Criterion",
            "What must hold",
            "Standing",
            "Tests",
            "Commits",
            "Approvals",
        ],
    );
    for own in rows {
        table.row(row(own));
    }
    table.html()
}

fn row(own: &Row) -> [Html; 6] {
    let mut standing = Html::chip(tone(own.standing), own.standing.as_str());
    for (is, word) in [
        (own.amended, "amended"),
        (own.waived, "waived"),
        (own.keeps, "keeps"),
    ] {
        if is {
            standing.push(Html::text(" ").with(Html::chip("dim", word)));
        }
    }
    let commits = own
        .commits
        .iter()
        .map(|own| Html::code(short(own.as_str())));
    [
        Html::text(own.item.as_str())
            .within("strong", "")
            .with(text!("{}@{}", own.criterion, own.revision).within("div", "")),
        Html::text(&own.text),
        standing,
        listed(own.tests.iter().map(test)),
        Html::joined(commits, ", "),
        listed(own.approvals.iter().map(approval)),
    ]
}

fn listed(items: impl ExactSizeIterator<Item = Html>) -> Html {
    if items.len() == 0 {
        Html::text("none")
    } else {
        Html::list(items)
    }
}

fn test(own: &Test) -> Html {
    let told = Html::code(&own.name).with(text!(" {}", outcome(own.outcome)));
    match own.verdict {
        None => told,
        Some(verdict) => {
            let tone = if own.proves { "ok" } else { "warn" };
            told.and(", ").with(Html::chip(tone, verdict.as_str()))
        }
    }
}

fn approval(own: &Approval) -> Html {
    let mut told = Html::code(&own.gate)
        .with(text!(" by {}, ", own.name))
        .with(Html::code(&own.code));
    if own.simulated {
        told.push(Html::text(" ").with(Html::chip("warn", "simulated")));
    }
    if own.delegated {
        told.push(Html::text(" ").with(Html::chip("warn", "delegated")));
    }
    told
}
