//! Which decisions stand side by side, and in which way they differ.

use serde_json::json;
use trail_reader::Story;
use trail_reader::compare::{self, Class};
use trail_record::body::{Ask, Effect};

use crate::{ask, choose, compared, plain, read, run};

/// Returns the class of each row.
fn classes(one: &Story, two: &Story) -> Vec<Option<Class>> {
    let rows = compared(&[one, two]).decisions;
    rows.iter().map(|row| row.classes[0]).collect()
}

#[test]
fn each_way_to_differ_has_its_class() {
    let one = run(&plain());
    type Change = fn(&mut Vec<(&'static str, &'static str, Vec<Ask>)>);
    let cases: [(Change, Option<Class>); 11] = [
        (|_| {}, None),
        (|own| own[1].1 = "other words", Some(Class::Text)),
        (|own| own[1].2[0] = choose("y"), Some(Class::Choice)),
        (|own| own[1].2[1] = read("z"), Some(Class::Argument)),
        (|own| own[1].2.push(read("z")), Some(Class::Argument)),
        (
            |own| own[1].2[1].result = "other".to_owned(),
            Some(Class::Result),
        ),
        (
            |own| own[1].2[1].verdict.allowed = false,
            Some(Class::Result),
        ),
        (
            |own| own[1].2[0].arguments["rationale"] = json!("other reasons"),
            Some(Class::Text),
        ),
        (
            |own| own[1].2[0].arguments["name"] = json!("another"),
            Some(Class::Argument),
        ),
        // The choice weighs more than all that comes with it.
        (
            |own| own[1] = ("plan", "other words", vec![read("z"), choose("y")]),
            Some(Class::Choice),
        ),
        // A refused conclusion is none.
        (
            |own| {
                own[1].2[0] = choose("y");
                own[1].2[0].verdict.allowed = false;
            },
            Some(Class::Argument),
        ),
    ];
    for (number, (change, expected)) in cases.into_iter().enumerate() {
        let mut calls = plain();
        change(&mut calls);
        let found = classes(&one, &run(&calls));
        assert_eq!(found, [None, expected, None, None], "case {number}");
    }
}

#[test]
fn times_and_places_of_a_result_do_not_count_but_what_came_out_does() {
    let tests = |took_ms: u64, result: &str, exit: i32| {
        let mut own = ask("run", json!({ "command": ["test"] }), result);
        own.effects = vec![Effect::Ran {
            command: vec!["test".to_owned()],
            exit: Some(exit),
            ended: None,
            sandbox: "s".to_owned(),
            took_ms,
        }];
        run(&[("run-tests", "go", vec![own])])
    };
    let one = tests(5, "Compiling x (/tmp/a/x)\n2 passed; finished in 0.10s", 0);
    let same = tests(9, "Compiling x (/var/b/x)\n2 passed; finished in 3.75s", 0);
    assert_eq!(classes(&one, &same), [None]);
    let fewer = tests(5, "Compiling x (/tmp/a/x)\n1 passed; finished in 0.10s", 0);
    assert_eq!(classes(&one, &fewer), [Some(Class::Result)]);
    let other = tests(5, "Compiling x (/tmp/a/x)\n2 passed; finished in 0.10s", 1);
    assert_eq!(classes(&one, &other), [Some(Class::Result)]);
}

#[test]
fn unequal_numbers_of_calls_part_and_meet_again_in_the_next_action() {
    let one = run(&plain());
    let mut calls = plain();
    calls.insert(2, ("plan", "one more", vec![read("d")]));
    let longer = run(&calls);
    let told = compared(&[&one, &longer]);
    let found: Vec<_> = told.decisions.iter().map(|row| row.classes[0]).collect();
    assert_eq!(found, [None, None, Some(Class::Added), None, None]);
    let first = told.against_first[0].first.as_ref().unwrap();
    assert_eq!(
        (first.row, first.first_call, first.other_call),
        (2, None, Some(3))
    );
    assert_eq!(told.against_first[0].same, 4);
    // The other way round the same call is missing.
    let told = compared(&[&longer, &one]);
    let first = told.against_first[0].first.as_ref().unwrap();
    assert_eq!((first.class, first.first_call), (Class::Missing, Some(3)));
    // An action that only one of them has stands where that has it.
    let mut calls = plain();
    calls.insert(2, ("review", "hm", vec![]));
    let told = compared(&[&one, &run(&calls)]);
    let actions: Vec<&str> = told
        .decisions
        .iter()
        .map(|row| row.action.as_str())
        .collect();
    assert_eq!(
        actions,
        ["plan", "plan", "review", "implement", "implement"]
    );
    // A run without any call has nothing in common.
    let told = compared(&[&one, &run(&[])]);
    assert_eq!(told.against_first[0].same, 0);
    assert_eq!(told.against_first[0].later.len(), 3);
}

#[test]
fn a_second_session_of_an_action_is_not_the_first() {
    let tests = |text| ("run-tests", text, vec![read("t")]);
    let one = run(&[tests("red"), ("fix", "mend", vec![]), tests("green")]);
    let two = run(&[tests("green")]);
    let told = compared(&[&one, &two]);
    let rows: Vec<_> = told
        .decisions
        .iter()
        .map(|row| (row.action.as_str(), row.session, row.classes[0]))
        .collect();
    let expected = [
        ("run-tests", 1, Some(Class::Text)),
        ("fix", 1, Some(Class::Missing)),
        ("run-tests", 2, Some(Class::Missing)),
    ];
    assert_eq!(rows, expected);
}

#[test]
fn more_than_two_runs_stand_in_columns_each_against_the_first() {
    let (one, mut calls) = (run(&plain()), plain());
    calls[0].1 = "other words";
    let two = run(&calls);
    calls[1].2[0] = choose("y");
    let three = run(&calls[..2]);
    let told = compared(&[&one, &two, &three]);
    assert_eq!(told.runs.len(), 3);
    let class = |index: usize| told.against_first[index].first.as_ref().unwrap().class;
    assert_eq!((class(0), class(1)), (Class::Text, Class::Text));
    assert_eq!(told.against_first[1].later[0].class, Class::Choice);
    let row = &told.decisions[2];
    assert_eq!(row.classes, [None, Some(Class::Missing)]);
    assert!(row.runs[2].is_none());
    for text in [
        compare::text(&told),
        compare::markdown(&told),
        compare::html(&told),
    ] {
        assert!(text.lines().count() > 20);
    }
    assert!(compare::html(&told).contains("--runs: 3"));
}
