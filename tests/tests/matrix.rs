//! `trail matrix` and `trail report --format html` by the built binary, on the demo's history.

use std::process::Output;

use trail_tests::told::{json, told, trail};

/// Runs a command on the demo's exported history.
fn at(args: &[&str]) -> Output {
    told().ask(args)
}

#[test]
fn the_matrix_tells_each_criterion_of_the_demo_with_its_tests_and_both_approvals() {
    let (told, exit) = json(&at(&["matrix", "--json"]));
    assert_eq!(exit, 0);
    let rows = told["rows"].as_array().expect("there are rows");
    let criteria: Vec<&str> = rows
        .iter()
        .filter_map(|own| own["criterion"].as_str())
        .collect();
    assert_eq!(criteria, ["AC-1", "AC-2", "AC-3", "AC-4", "AC-5", "AC-6"]);
    for row in rows {
        let approvals = row["approvals"].as_array().expect("a list");
        assert_eq!(approvals.len(), 2, "{row}");
        assert!(
            approvals.iter().all(|own| own["simulated"] == true),
            "{row}"
        );
        assert!(
            !row["tests"].as_array().expect("a list").is_empty(),
            "{row}"
        );
        assert!(
            !row["commits"].as_array().expect("a list").is_empty(),
            "{row}"
        );
    }
}

#[test]
fn the_matrix_of_what_this_machine_keeps_is_the_same_and_says_where_it_is_from() {
    let dir = told().dir();
    let dir = dir.to_str().expect("a path of this test is text");
    let here = std::env::temp_dir();
    let (kept, exit) = json(&trail(
        &["--dir", dir, "matrix", "--offline", "--json"],
        &here,
    ));
    assert_eq!(exit, 0);
    assert_eq!(kept["gaps"][0]["kind"], "source");
    let (read, _) = json(&at(&["matrix", "--json"]));
    let names = |told: &serde_json::Value| -> Vec<String> {
        let rows = told["rows"].as_array().expect("there are rows");
        rows.iter()
            .map(|own| format!("{}{}", own["item"], own["criterion"]))
            .collect()
    };
    assert_eq!(names(&kept), names(&read));
}

#[test]
fn an_unknown_standing_is_refused_with_the_words_there_are() {
    let output = at(&["matrix", "--standing", "prooven"]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("not-proven") && said.contains("unclaimed"),
        "{said}"
    );
}

#[test]
fn a_label_that_no_item_has_is_said_to_fit_nothing() {
    let output = at(&["matrix", "--label", "area:nowhere"]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("no item or criterion fits"), "{said}");
}

#[test]
fn a_report_and_a_matrix_are_written_as_pages_to_files() {
    let dir = tempfile::tempdir().expect("a temporary directory can be made");
    for (command, name) in [
        (vec!["report", "VSME-142"], "report.html"),
        (vec!["matrix"], "matrix.html"),
    ] {
        let file = dir.path().join(name);
        let path = file.to_str().expect("a path of this test is text");
        let output = at(&[&command[..], &["--format", "html", "-o", path]].concat());
        assert!(output.status.success(), "{output:?}");
        let page = std::fs::read_to_string(&file).expect("it was written");
        assert!(page.starts_with("<!DOCTYPE html>") && page.contains("VSME-142"));
        assert!(!page.contains("<script"));
    }
    let nowhere = dir.path().join("no/such/folder/report.html");
    let nowhere = nowhere.to_str().expect("a path of this test is text");
    let output = at(&["report", "VSME-142", "--format", "html", "-o", nowhere]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("name a file that can be written"));
}
