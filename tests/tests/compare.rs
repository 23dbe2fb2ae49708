//! `trail compare` by the built binary: the demo's run against its replay on the second model.

#![expect(clippy::unwrap_used, reason = "helpers of tests are test code too")]

use std::path::Path;
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::{Value, json};
use trail_tests::told::{json as read, told, trail};

const RUN: &str = "VSME-142.1";

/// What replays of the demo's run said: on the second model, and on it from call 7 on.
struct Replays {
    whole: Value,
    from_seven: Value,
}

/// Runs a command on the demo's set-up. It reads the exported history: the tracker is open to one
/// process at a time, and tests run side by side.
fn at(args: &[&str]) -> Output {
    let (dir, history) = (told().dir(), told().history());
    let operator = dir.join("operator.pub");
    let source = [
        "--dir",
        dir.to_str().unwrap(),
        "--history",
        history.to_str().unwrap(),
        "--operator",
        operator.to_str().unwrap(),
    ];
    trail(&[args, &source].concat(), &std::env::temp_dir())
}

fn replays() -> &'static Replays {
    static REPLAYS: OnceLock<Replays> = OnceLock::new();
    REPLAYS.get_or_init(|| {
        let replay = |more: &[&str]| {
            let args = ["replay", RUN, "--json", "--override", "model=scripted-b"];
            read(&at(&[&args[..], more].concat())).0
        };
        Replays {
            whole: replay(&[]),
            from_seven: replay(&["--from", "7"]),
        }
    })
}

fn compared(runs: &[&str]) -> Value {
    replays();
    let (told, exit) = read(&at(&[&["compare", "--json"], runs].concat()));
    assert_eq!(exit, 0);
    told
}

fn refused(output: &Output, exit: i32) -> String {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(exit), "{said}");
    assert!(output.stdout.is_empty());
    said
}

#[test]
fn the_second_model_parts_at_the_library_choice_and_needs_no_fix() {
    let told = compared(&[RUN, "VSME-142.1-1"]);
    let own = &told["against_first"][0];
    let first = &own["first"];
    for (field, expected) in [
        ("class", json!("choice")),
        ("action", json!("plan")),
        ("first_call", json!(5)),
        ("other_call", json!(5)),
        ("about", json!("library_choice")),
        ("first", json!("ex_xbrl")),
        ("other", json!("xml_hand")),
    ] {
        assert_eq!(first[field], expected, "{field}");
    }
    assert_eq!(own["same"], 4);
    assert_eq!(own["later"].as_array().unwrap().len(), 42);
    // Every call of both stands in one row.
    let rows = told["decisions"].as_array().unwrap();
    for (index, calls) in [(0, 47), (1, 24)] {
        let mut found: Vec<u64> = rows
            .iter()
            .filter_map(|row| row["runs"][index]["call"].as_u64())
            .collect();
        found.sort_unstable();
        assert_eq!(found, (1..=calls).collect::<Vec<u64>>());
    }
    let (one, two) = (&told["runs"][0], &told["runs"][1]);
    for (field, first, other) in [
        ("calls", json!(47), json!(24)),
        ("fix_cycles", json!(1), json!(0)),
        ("test_runs", json!(2), json!(1)),
        ("criteria", json!(6), json!(6)),
        ("criteria_with_passing_tests", json!(6), json!(6)),
        ("models", json!(["scripted-a"]), json!(["scripted-b"])),
        ("chain", json!("verified"), json!("tail: unchecked")),
        ("verified", json!(true), json!(true)),
        ("scripted", json!(true), json!(true)),
        ("delivered", json!(true), json!(true)),
        ("original_compared", json!(null), json!(true)),
        (
            "reused",
            json!(null),
            json!({"answers": 0, "test_results": 0}),
        ),
        ("cost_micros", json!(1_097_247), json!(230_540)),
        ("unpriced_calls", json!(0), json!(0)),
    ] {
        assert_eq!((&one[field], &two[field]), (&first, &other), "{field}");
    }
    let tests = |run: &Value, which: &str| {
        (
            run[which]["passed"].as_u64().unwrap(),
            run[which]["failed"].as_u64().unwrap(),
            run[which]["pass_rate"].as_f64().unwrap(),
        )
    };
    assert_eq!(tests(one, "first_tests"), (9, 3, 0.75));
    assert_eq!(tests(one, "last_tests"), (12, 0, 1.0));
    assert_eq!(tests(two, "first_tests"), (12, 0, 1.0));
    assert_ne!(one["tokens"]["input"], two["tokens"]["input"]);
    // The script told no cache: that is not 0.
    assert_eq!(one["tokens"]["cache_read"], Value::Null);
    let time = &one["time"];
    let sum: u64 = ["model_ms", "gates_ms", "commands_ms", "own_ms"]
        .iter()
        .map(|part| time[part].as_u64().unwrap())
        .sum();
    assert_eq!(time["wall_ms"], sum);
    assert_eq!(one["changes"]["added"], 3);
    assert_eq!(one["changes"]["changed"], 5);
}

#[test]
fn carried_decisions_are_shown_with_both_digests_and_confirmed_by_the_original() {
    let told = compared(&[RUN, "VSME-142.1-1"]);
    let (one, two) = (&told["runs"][0]["gates"], &told["runs"][1]["gates"]);
    for (place, gate) in ["file_write", "pr_create"].iter().enumerate() {
        let (original, own) = (&one[place], &two[place]);
        assert_eq!(
            (original["gate"].as_str(), own["gate"].as_str()),
            (Some(*gate), Some(*gate))
        );
        assert_eq!(original["decisions"][0]["carried"], Value::Null);
        let carried = &own["decisions"][0]["carried"];
        assert_eq!(carried["original_subject"], original["subject"]);
        assert_eq!(carried["subject"], own["subject"]);
        assert_eq!(carried["same_subject"], false);
        assert_eq!(carried["confirmed"], true);
    }
    // Without its original, nothing confirms them.
    let alone = compared(&["VSME-142.1-1", "VSME-142.1-1"]);
    assert_eq!(alone["runs"][0]["original_compared"], false);
    assert_eq!(
        alone["runs"][0]["gates"][0]["decisions"][0]["carried"]["confirmed"],
        Value::Null
    );
    assert_eq!(alone["against_first"][0]["first"], Value::Null);
}

#[test]
fn a_replay_from_a_later_call_reuses_the_answers_before_and_parts_there() {
    let told = compared(&[RUN, "VSME-142.1-2", "VSME-142.1-1"]);
    assert_eq!(told["runs"][1]["replay_of"]["from"], 7);
    assert_eq!(told["runs"][1]["reused"]["answers"], 6);
    assert_eq!(told["runs"][1]["time"]["own_ms"], Value::Null);
    let first = &told["against_first"][0]["first"];
    assert_eq!(first["first_call"], 7);
    // The third run has columns of its own, against the first and not the second.
    assert_eq!(told["against_first"][1]["first"]["first_call"], 5);
    assert_eq!(told["decisions"][0]["classes"], json!([null, null]));
    assert_eq!(told["choices"][2]["name"], "library_choice");
    let choices = told["choices"][2]["runs"].as_array().unwrap();
    let choices: Vec<&Value> = choices.iter().map(|own| &own["choice"]).collect();
    assert_eq!(choices, ["ex_xbrl", "ex_xbrl", "xml_hand"]);
}

#[test]
fn a_run_is_found_by_every_name_it_has() {
    let whole = &replays().whole;
    let dir = whole["dir"].as_str().unwrap();
    let history = whole["history"].as_str().unwrap();
    let run = whole["replay"]["run"].as_str().unwrap();
    let behind = format!("{history}:{run}");
    for name in ["VSME-142.1-1", dir, history, run, &behind] {
        let told = compared(&["vsme-142", name]);
        assert_eq!(told["runs"][0]["run"], RUN, "{name}");
        assert_eq!(told["runs"][1]["run"], run, "{name}");
    }
    // Away from the set-up, by directories alone.
    let exported = format!("{}:{RUN}", told().history().to_str().unwrap());
    let output = trail(
        &["compare", "--json", &exported, history],
        &std::env::temp_dir(),
    );
    let (told, exit) = read(&output);
    assert_eq!(
        (exit, &told["runs"][1]["original_compared"]),
        (0, &json!(true))
    );
}

#[test]
fn the_page_holds_all_it_needs_and_every_form_says_what_is_played() {
    replays();
    let temp = tempfile::tempdir().unwrap();
    let page = temp.path().join("page.html");
    let form = |format: &str| {
        let output = at(&["compare", RUN, "VSME-142.1-1", "--format", format]);
        assert_eq!(output.status.code(), Some(0));
        String::from_utf8(output.stdout).unwrap()
    };
    let html = form("html");
    let args = ["compare", RUN, "VSME-142.1-1", "--format", "html", "-o"];
    let written = at(&[&args[..], &[page.to_str().unwrap()]].concat());
    assert!(
        String::from_utf8(written.stdout)
            .unwrap()
            .contains("page.html")
    );
    assert_eq!(std::fs::read_to_string(&page).unwrap(), html);
    for forbidden in [
        "<script", "<link", "<img", "<a ", " src=", " href=", "url(", "@import", "http://",
        "https://",
    ] {
        assert!(!html.contains(forbidden), "{forbidden}");
    }
    assert!(html.contains("default-src 'none'") && html.contains("--runs: 2"));
    for form in [&html, &form("md"), &form("text")] {
        for mark in [
            "REPLAYED",
            "SCRIPTED",
            "SIMULATED",
            "carried over",
            "ex\u{5f}xbrl",
            "47",
        ] {
            let plain = form.replace("\\_", "_");
            assert!(plain.contains(mark), "{mark}");
        }
        assert!(!form.contains("UNVERIFIED"));
    }
    let json: Value = serde_json::from_str(&form("json")).unwrap();
    assert_eq!(json, compared(&[RUN, "VSME-142.1-1"]));
}

#[test]
fn names_that_fit_nothing_are_answered_with_what_there_is() {
    replays();
    for (name, parts) in [
        (
            "VSME-142.7",
            &["names nothing", "VSME-142.1", "VSME-142.1-1"][..],
        ),
        ("VSME-142.1-9", &["names nothing", "VSME-142.1-1"]),
        ("nonsense", &["names nothing", "VSME-142.1"]),
        ("library_choice", &["is no run", "VSME-142.1"]),
        ("/nowhere/history:VSME-142.1", &["names nothing"]),
    ] {
        let said = refused(&at(&["compare", RUN, name]), 2);
        for part in parts {
            assert!(said.contains(part), "{name}: {part}: {said}");
        }
    }
    refused(&at(&["compare", RUN]), 2);
    let many = [&["compare"][..], &[RUN; 9]].concat();
    assert!(refused(&at(&many), 2).contains("at most 8"));
    let there = ["compare", RUN, RUN, "-o", "/nowhere/at/all"];
    assert!(refused(&at(&there), 2).contains("/nowhere/at/all"));
}

fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-r").arg(from).arg(to).status();
    assert!(copied.unwrap().success());
}

#[test]
fn a_history_that_does_not_verify_is_refused_or_marked() {
    let temp = tempfile::tempdir().unwrap();
    let history = temp.path().join("history");
    copy(
        Path::new(replays().whole["history"].as_str().unwrap()),
        &history,
    );
    let comments = history.join("items/1/comments.jsonl");
    let text = std::fs::read_to_string(&comments).unwrap();
    let kept: Vec<&str> = text
        .lines()
        .enumerate()
        .filter(|(index, _)| *index != 5)
        .map(|(_, line)| line)
        .collect();
    std::fs::write(&comments, kept.join("\n") + "\n").unwrap();
    let name = history.to_str().unwrap();
    let said = refused(&at(&["compare", RUN, name]), 1);
    assert!(
        said.contains("does not verify") && said.contains("--unverified"),
        "{said}"
    );
    let (told, exit) = read(&at(&["compare", RUN, name, "--unverified", "--json"]));
    assert_eq!(exit, 0);
    assert_eq!(
        (&told["runs"][0]["verified"], &told["runs"][1]["verified"]),
        (&json!(true), &json!(false))
    );
    for format in ["text", "md", "html"] {
        let output = at(&["compare", RUN, name, "--unverified", "--format", format]);
        let form = String::from_utf8(output.stdout).unwrap();
        assert!(form.contains("UNVERIFIED"), "{format}");
    }
}

#[test]
fn a_replay_from_a_later_call_says_where_it_began() {
    assert_eq!(replays().from_seven["replay"]["answers_from_record"], 6);
    assert_eq!(replays().from_seven["replay"]["standing"], "delivered");
}
