//! The demo with the second half of its story, by the built binary.

#![expect(clippy::unwrap_used, reason = "helpers of tests are test code too")]

use serde_json::{Value, json};
use trail_tests::told::{json as read, trail};

fn names(questions: &Value) -> Vec<Vec<String>> {
    let words = |own: &Value| own.as_str().unwrap().to_owned();
    let all = questions.as_array().unwrap().iter();
    all.map(|own| {
        own["command"]
            .as_array()
            .unwrap()
            .iter()
            .map(words)
            .collect()
    })
    .collect()
}

#[test]
fn the_story_is_told_as_one_value_and_every_answer_is_right() {
    let temp = tempfile::tempdir().unwrap();
    // A folder whose name a shell would split.
    let place = temp.path().join("the demo");
    let place = place.to_str().unwrap();
    let args = ["demo", "--yes", "--story", "--json", "--dir", place];
    let (told, exit) = read(&trail(&args, temp.path()));
    assert_eq!(exit, 0, "{told:#}");
    let counts = ["decisions", "gates", "intermediate", "outside_actions"].map(|own| &told[own]);
    assert_eq!(counts, [&json!(47), &json!(2), &json!(11), &json!(1)]);

    let story = told["story"].as_array().unwrap();
    let commands = names(&told["story"]);
    assert_eq!(commands, names(&told["questions"]));
    let verbs: Vec<&str> = commands.iter().map(|own| own[2].as_str()).collect();
    assert_eq!(
        verbs,
        [
            "why", "trace", "audit", "replay", "replay", "compare", "compare"
        ]
    );
    for (answer, command) in story.iter().zip(&commands) {
        assert_eq!(answer["exit"], 0, "{command:?}: {}", answer["said"]);
        assert_eq!(command[..2], ["--dir".to_owned(), place.to_owned()]);
    }
    let [why, trace, audit, exact, replay, compare, page] = story.as_slice() else {
        panic!("{story:?}");
    };
    let why = &why["answer"];
    assert!(
        why["line"]["text"]
            .as_str()
            .unwrap()
            .contains("Period::duration")
    );
    assert_eq!(why["binding"], "same");
    assert_eq!(why["history"]["item"], "VSME-142");
    assert_eq!(trace["answer"]["said"]["choice"], "ex_xbrl");
    assert_eq!(audit["answer"]["violations"], json!([]));
    let exact = &exact["answer"];
    assert_eq!(
        (&exact["identical"], &exact["head"]),
        (&json!(true), &told["head"])
    );
    let replay = &replay["answer"]["replay"];
    assert_eq!(replay["standing"], "delivered");
    assert_eq!(replay["overrides"]["model"], "scripted-b");
    let compare = &compare["answer"];
    let first = &compare["against_first"][0]["first"];
    assert_eq!(
        (&first["first_call"], &first["class"]),
        (&json!(5), &json!("choice"))
    );
    assert_eq!(compare["runs"][1]["first_tests"]["passed"], 12);
    assert_eq!(compare["runs"][1]["run"], replay["run"]);
    // The page is a file, not an answer.
    assert_eq!(page["answer"], Value::Null);
    let page = std::fs::read_to_string(temp.path().join("the demo/compare.html")).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("xml_hand"));

    // What was told can be asked again as it was shown, and the set-up still has its four workers'
    // model and the second one.
    let again: Vec<&str> = commands[1].iter().map(String::as_str).collect();
    assert_eq!(trail(&again, temp.path()).status.code(), Some(0));
    let (doctor, exit) = read(&trail(&["doctor", "--json", "--dir", place], temp.path()));
    assert_eq!(exit, 0, "{doctor:#}");
}

#[test]
fn the_story_as_people_read_it_gives_each_command_before_its_answer() {
    let temp = tempfile::tempdir().unwrap();
    let place = temp.path().join("demo");
    let place = place.to_str().unwrap();
    let output = trail(&["demo", "--yes", "--story", "--dir", place], temp.path());
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let text = String::from_utf8(output.stdout).unwrap();
    let commands = [
        ("why src/xbrl.rs:", "Period::duration"),
        ("trace library_choice", "ex_xbrl is maintained"),
        ("audit VSME-142", "violation"),
        ("replay VSME-142.1\n", "VSME-142.1: reproduced"),
        (
            "replay VSME-142.1 --override model=scripted-b",
            "delivered (a dry run",
        ),
        (
            "compare VSME-142.1 VSME-142.1-1\n",
            "first divergence: call 5, plan: choice",
        ),
        ("--format html --output", "written to"),
    ];
    let mut rest = text.as_str();
    for (command, answer) in commands {
        let shown = format!("$ trail --dir {place} ");
        let (_, after) = rest
            .split_once(&shown)
            .unwrap_or_else(|| panic!("{command}: {text}"));
        let (_, after) = after
            .split_once(command)
            .unwrap_or_else(|| panic!("{command}: {text}"));
        let next = after.find("\n$ trail ").unwrap_or(after.len());
        let own = after[..next].to_lowercase();
        assert!(own.contains(&answer.to_lowercase()), "{command}: {own}");
        rest = after;
    }
    // It ends with what can be asked, and by which command.
    let (_, end) = rest.split_once("And ask:").unwrap();
    for (command, _) in commands {
        assert!(end.contains(command), "{command}: {end}");
    }
}
