//! What the history bears on which clause of which regulation or standard.

use crate::clauses::{Bearing, ClauseTold, Standing};
use crate::page::{Html, Table};

pub(super) fn clauses(own: &Bearing) -> Html {
    let mut out = Html::text(own.notice).paragraph();
    let mut table = Table::new(
        "The evidence that this item's history holds",
        &["Evidence", "Standing", "Why"],
    );
    for held in &own.evidence {
        table.row([
            Html::text(held.title),
            chip(held.standing),
            Html::text(&held.reason),
        ]);
    }
    out.push(table.html());
    for framework in &own.frameworks {
        out.push(Html::text(framework.name).heading());
        let about = Html::text(framework.text).and(" ").and(framework.applies);
        out.push(about.within("p", "dim"));
        let mut table = Table::new(
            framework.name,
            &[
                "Clause",
                "What it asks, in our words",
                "Evidence",
                "Not covered by Trail",
            ],
        );
        for clause in &framework.clauses {
            table.row(row(clause));
        }
        out.push(table.html());
    }
    out
}

fn row(own: &ClauseTold) -> [Html; 4] {
    let name = Html::text(own.id)
        .within("strong", "")
        .and(" ")
        .and(own.topic);
    let mut evidence = chip(own.standing);
    if !own.evidence.is_empty() {
        let titles: Vec<&str> = own.evidence.iter().map(|own| own.title()).collect();
        evidence.push(Html::text(&titles.join(", ")).within("p", "dim"));
    }
    let missing = own.not_covered.iter().map(|own| Html::text(own));
    [
        name,
        Html::text(own.asks),
        evidence,
        Html::joined(missing, "; "),
    ]
}

fn chip(standing: Standing) -> Html {
    let tone = match standing {
        Standing::Present => "ok",
        Standing::Partly => "warn",
        Standing::Absent => "bad",
        Standing::NotCovered => "dim",
    };
    Html::chip(tone, standing.as_str())
}
