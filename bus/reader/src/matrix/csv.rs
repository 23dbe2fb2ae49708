//! The matrix as comma-separated values (RFC 4180), one line for each criterion and test.
//!
//! A cell that a spreadsheet would take for a formula is told with a quote before it: texts come from
//! trackers and repositories, and spreadsheets run what they are given.

use trail_item::quote::visible;

use super::{Matrix, Row, Test};

/// The first line.
const HEADS: [&str; 17] = [
    "item",
    "criterion",
    "revision",
    "keeps",
    "text",
    "standing",
    "amended",
    "waived",
    "test",
    "outcome",
    "verdict",
    "proves",
    "proof",
    "commits",
    "approvals",
    "chain",
    "stage",
];

/// Writes the matrix as comma-separated values; a criterion without tests has one line too.
#[must_use]
pub fn csv(matrix: &Matrix) -> String {
    let mut out = String::new();
    line(&HEADS.map(str::to_owned), &mut out);
    let mut items = matrix.items.iter().peekable();
    for row in &matrix.rows {
        // Rows stand in the order of their items; an item may have none.
        while items.peek().is_some_and(|own| own.item != row.item) {
            items.next();
        }
        let (chain, stage) = items.peek().map_or(("", ""), |own| (own.chain, own.stage));
        let tests: Vec<Option<&Test>> = if row.tests.is_empty() {
            vec![None]
        } else {
            row.tests.iter().map(Some).collect()
        };
        for test in tests {
            line(&cells(row, test, chain, stage), &mut out);
        }
    }
    out
}

fn cells(row: &Row, test: Option<&Test>, chain: &str, stage: &str) -> [String; 17] {
    let of = |told: fn(&Test) -> String| test.map_or_else(String::new, told);
    let commits: Vec<&str> = row.commits.iter().map(|own| own.as_str()).collect();
    let approvals: Vec<String> = row
        .approvals
        .iter()
        .map(|own| {
            let simulated = if own.simulated { " (simulated)" } else { "" };
            format!(
                "{} {} {} by {}{simulated}",
                own.gate, own.code, own.at, own.name
            )
        })
        .collect();
    [
        row.item.to_string(),
        row.criterion.to_string(),
        row.revision.to_string(),
        row.keeps.to_string(),
        row.text.clone(),
        row.standing.word().to_owned(),
        row.amended.to_string(),
        row.waived.to_string(),
        of(|own| own.name.clone()),
        of(|own| super::outcome(own.outcome).to_owned()),
        of(|own| {
            own.verdict
                .map_or_else(String::new, |own| own.as_str().to_owned())
        }),
        of(|own| own.proves.to_string()),
        of(|own| own.proof.map_or_else(String::new, |own| own.to_string())),
        commits.join(" "),
        approvals.join("; "),
        chain.to_owned(),
        stage.to_owned(),
    ]
}

fn line(cells: &[String], out: &mut String) {
    for (index, cell) in cells.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        let text = visible(cell);
        let formula = text.starts_with(['=', '+', '-', '@', '\t']);
        let text = if formula { format!("'{text}") } else { text };
        if text.contains(['"', ',', '\n', '\r', ' ']) || formula {
            out.push('"');
            out.push_str(&text.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(&text);
        }
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn a_cell_is_neither_a_formula_nor_two_cells() {
        for (cell, shown) in [
            ("plain", "plain"),
            ("two words", "\"two words\""),
            ("a,b", "\"a,b\""),
            ("say \"x\"", "\"say \"\"x\"\"\""),
            ("a\nb", "\"a\nb\""),
            ("=1+1", "\"'=1+1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("-1", "\"'-1\""),
            ("", ""),
        ] {
            let mut out = String::new();
            line(&[cell.to_owned(), "end".to_owned()], &mut out);
            assert_eq!(out, format!("{shown},end\r\n"));
        }
    }
}
