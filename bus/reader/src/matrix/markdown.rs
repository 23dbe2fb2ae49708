//! The matrix in Markdown.

use std::fmt::Write as _;

use trail_item::quote::{inline, plain};

use super::{Approval, Matrix, Test, Totals, outcome};

/// Renders the matrix for people.
#[must_use]
pub fn markdown(matrix: &Matrix) -> String {
    let mut out = String::new();
    let projects: Vec<String> = matrix
        .projects
        .iter()
        .map(|own| plain(own.as_str(), 100))
        .collect();
    put!(
        out,
        "# Criteria, tests, proofs and approvals: {}\n",
        projects.join(", ")
    );
    put!(out, "## Gaps and open points\n");
    if matrix.gaps.is_empty() {
        put!(out, "None.");
    }
    for gap in &matrix.gaps {
        put!(out, "- **{}**: {}", gap.kind, plain(&gap.what, 1000));
    }
    put!(
        out,
        "\n## Totals\n\n{}\n",
        plain(&sentence(&matrix.totals), 1000)
    );
    items(matrix, &mut out);
    criteria(matrix, &mut out);
    out
}

/// Says the sums in one sentence, every standing by its name.
pub(super) fn sentence(own: &Totals) -> String {
    let standings: Vec<String> = own
        .standings
        .iter()
        .map(|(word, number)| format!("{number} {word}"))
        .collect();
    let standings = if standings.is_empty() {
        String::new()
    } else {
        format!(" ({})", standings.join(", "))
    };
    let count =
        |own: u64, noun| trail_item::text::count(usize::try_from(own).unwrap_or(usize::MAX), noun);
    format!(
        "{} with {}{standings}; {} amended, {} removed, {} waived; {}, {} of them proving; {} with findings.",
        count(own.items, "item"),
        count(own.criteria, "criterion"),
        own.amended,
        own.removed,
        own.waived,
        count(own.tests, "test claim"),
        own.proving_tests,
        count(own.items_with_findings, "item"),
    )
}

fn items(matrix: &Matrix, out: &mut String) {
    put!(out, "## Items\n");
    put!(
        out,
        "| item | title | stage | history | criteria proven | labels |\n|---|---|---|---|---|---|"
    );
    for own in &matrix.items {
        let title = own.title.as_deref().unwrap_or("no task was sealed");
        let labels = own.labels.as_ref().map_or_else(
            || "not captured".to_owned(),
            |own| {
                own.iter()
                    .map(|own| inline(own, 80))
                    .collect::<Vec<_>>()
                    .join(", ")
            },
        );
        let mark = if own.simulated { ", simulated" } else { "" };
        put!(
            out,
            "| {} | {} | {}{mark} | {} | {} of {} | {labels} |",
            plain(own.item.as_str(), 100),
            plain(title, 200),
            own.stage,
            own.chain,
            own.proven,
            own.criteria
        );
    }
    out.push('\n');
}

fn criteria(matrix: &Matrix, out: &mut String) {
    put!(out, "## Criteria\n");
    put!(
        out,
        "| criterion | what must hold | standing | tests | commits | approvals |\n|---|---|---|---|---|---|"
    );
    for own in &matrix.rows {
        let mut marks = vec![own.standing.as_str()];
        let words = [
            (own.amended, "amended"),
            (own.waived, "waived"),
            (own.keeps, "keeps"),
        ];
        marks.extend(words.iter().filter(|(is, _)| *is).map(|(_, word)| *word));
        let tests: Vec<String> = own.tests.iter().map(test).collect();
        let commits: Vec<String> = own
            .commits
            .iter()
            .map(|own| format!("`{}`", short(own.as_str())))
            .collect();
        let approvals: Vec<String> = own.approvals.iter().map(approval).collect();
        put!(
            out,
            "| {} | {} | {} | {} | {} | {} |",
            plain(&super::gaps::name(own), 200),
            plain(&own.text, 500),
            marks.join(", "),
            tests.join("; "),
            commits.join(", "),
            approvals.join("; ")
        );
    }
}

fn test(own: &Test) -> String {
    let shown = match own.verdict {
        Some(verdict) if own.proves => format!(", **proves** ({})", verdict.as_str()),
        Some(verdict) => format!(", {}", verdict.as_str()),
        None => String::new(),
    };
    // In a table not even code may hold a bar.
    let name = inline(&own.name, 200).replace('|', "\\|");
    format!("{name} {}{shown}", outcome(own.outcome))
}

fn approval(own: &Approval) -> String {
    let simulated = if own.simulated { " (simulated)" } else { "" };
    format!(
        "{} by {}{simulated}, `{}`",
        plain(&own.gate, 80),
        plain(&own.name, 100),
        own.code
    )
}

/// Returns the beginning of a commit's id, as git shows it.
pub(super) fn short(commit: &str) -> &str {
    commit.get(..10).unwrap_or(commit)
}
