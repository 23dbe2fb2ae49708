//! The matrix of a project.

use trail_reader::matrix::{self, Filter, Matrix};
use trail_reader::story::Standing;
use trail_record::body::{Observation, Observed};

use crate::{amend, criterion, golden, proven};

fn stories() -> Vec<trail_reader::Story> {
    golden("v0").into_iter().chain([proven()]).collect()
}

/// Replaces what changes with every byte of the format.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let cells: Vec<String> = line
            .split('`')
            .enumerate()
            .map(|(index, own)| {
                let code = index % 2 == 1 && (own.contains('-') || own.len() == 10);
                let changes = code
                    && own
                        .bytes()
                        .all(|own| own == b'-' || own.is_ascii_alphanumeric());
                if changes {
                    "<id>".to_owned()
                } else {
                    own.to_owned()
                }
            })
            .collect();
        out.push_str(&cells.join("`"));
        out.push('\n');
    }
    out
}

#[test]
fn a_matrix_tells_gaps_first_and_then_every_criterion() {
    let matrix = Matrix::of(&stories(), &Filter::default());
    insta::assert_snapshot!("matrix", plain(&matrix::markdown(&matrix)));
    assert!(!matrix.is_closed());
    let closed = Matrix::of(&[proven()], &Filter::default());
    assert!(closed.is_closed());
}

#[test]
fn rows_name_tests_proofs_commits_and_approvals() {
    let story = proven();
    let matrix = Matrix::of(std::slice::from_ref(&story), &Filter::default());
    let row = &matrix.rows[1];
    assert_eq!(
        (row.criterion.as_str(), row.standing),
        ("AC-2", Standing::Proven)
    );
    let proving: Vec<&str> = row
        .tests
        .iter()
        .filter(|own| own.proves)
        .map(|own| own.name.as_str())
        .collect();
    assert_eq!(proving, ["report::rounds_half_up"]);
    let commits: Vec<_> = story
        .commits
        .iter()
        .map(|own| own.body.commit.clone())
        .collect();
    assert_eq!(row.commits, commits);
    let gates: Vec<&str> = row.approvals.iter().map(|own| own.gate.as_str()).collect();
    assert_eq!(gates, ["file_write", "pr_create"]);
}

#[test]
fn approvals_and_commits_of_an_older_revision_are_none_of_the_newer() {
    let mut story = proven();
    amend(&mut story, |spec| {
        spec.criteria[0] = criterion("AC-1", 2, "every disclosure maps to two concepts");
    });
    let matrix = Matrix::of(&[story], &Filter::default());
    let (amended, kept) = (&matrix.rows[0], &matrix.rows[1]);
    assert!(amended.amended && amended.standing == Standing::Suspect);
    assert!(amended.approvals.is_empty() && amended.commits.is_empty());
    assert!(!kept.amended && kept.approvals.len() == 2);
    assert_eq!((matrix.totals.amended, matrix.totals.criteria), (1, 3));
}

#[test]
fn filters_tell_that_they_leave_something_out() {
    let mut stories = stories();
    let own = &mut stories[2];
    let mut seen = own.observations[0].clone();
    seen.body = Observation {
        observed: Observed::Labels {
            labels: vec!["area:export".to_owned()],
        },
        at: seen.at,
    };
    own.observations.push(seen);
    let keys = |filter: &Filter| -> Vec<String> {
        let matrix = Matrix::of(&stories, filter);
        let told = matrix.gaps.iter().any(|own| own.kind == "filter");
        assert_eq!(told, !filter.is_empty());
        matrix
            .items
            .iter()
            .map(|own| own.item.to_string())
            .collect()
    };
    assert_eq!(
        keys(&Filter::default()),
        ["VSME-142", "VSME-143", "VSME-150"]
    );
    let by_item = Filter {
        items: vec!["vsme-143".to_owned()],
        ..Filter::default()
    };
    assert_eq!(keys(&by_item), ["VSME-143"]);
    let by_label = Filter {
        labels: vec!["area:export".to_owned()],
        ..Filter::default()
    };
    assert_eq!(keys(&by_label), ["VSME-150"]);
    let by_standing = Filter {
        standings: vec![Standing::Proven],
        ..Filter::default()
    };
    assert_eq!(keys(&by_standing), ["VSME-150"]);
}

#[test]
fn comma_separated_values_have_a_line_for_each_claim_and_as_many_cells_in_each() {
    let matrix = Matrix::of(&stories(), &Filter::default());
    let text = matrix::csv(&matrix);
    let lines: Vec<&str> = text.split("\r\n").filter(|own| !own.is_empty()).collect();
    let claims: usize = matrix.rows.iter().map(|own| own.tests.len().max(1)).sum();
    assert_eq!(lines.len(), claims + 1);
    for line in &lines {
        let mut quoted = false;
        let commas = line
            .chars()
            .filter(|own| {
                quoted ^= *own == '"';
                *own == ',' && !quoted
            })
            .count();
        assert_eq!(commas, 16, "{line}");
    }
}
