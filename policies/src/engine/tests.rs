use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use tempfile::TempDir;
use trail_port::Policy as _;
use trail_record::{Persona, UserId};

use super::*;

/// Writes the default policy into a folder, changed by `files`; an empty text removes a file.
fn policy(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    crate::write_default(dir.path()).unwrap();
    for (name, text) in files {
        let path: PathBuf = dir.path().join(name);
        if text.is_empty() {
            fs::remove_file(path).unwrap();
        } else {
            fs::write(path, text).unwrap();
        }
    }
    dir
}

/// Loads a changed default policy that must be refused; returns what is told.
fn refused(files: &[(&str, &str)]) -> String {
    Engine::from_dir(policy(files).path())
        .unwrap_err()
        .to_string()
}

fn gate(name: &str) -> Subject {
    Subject::Gate {
        name: name.to_owned(),
        requested_by: Persona::Coder,
        paths: Vec::new(),
    }
}

fn ask(principal: Principal, action: Action, risk: Risk, subject: Subject) -> Question {
    let item = "PROJ-1".to_owned();
    Question {
        principal,
        action,
        item,
        labels: Vec::new(),
        risk,
        subject,
    }
}

fn reviewer(action: Action, risk: Risk, subject: Subject) -> Question {
    ask(Principal::Persona(Persona::Reviewer), action, risk, subject)
}

const RULE: &str = "@id(\"mine\") @reason(\"because\") ";

#[test]
fn the_default_policy_loads_and_every_rule_of_it_has_an_example() {
    let engine = Engine::default_rules().unwrap();
    let examples: String = crate::default_files()
        .filter(|(name, _)| name.starts_with("examples/"))
        .map(|(_, text)| text)
        .collect();
    for id in engine.ids() {
        assert!(
            examples.contains(&format!("\"{id}\"")),
            "{id} has no example"
        );
    }
    let written = Engine::from_dir(policy(&[]).path()).unwrap();
    assert_eq!(written.digest(), engine.digest());
}

#[test]
fn the_reference_session_meets_exactly_two_gates() {
    let engine = Engine::default_rules().unwrap();
    let asks: Vec<&str> = ["plan", "file_write", "exec", "pr_create"]
        .into_iter()
        .filter(|name| {
            let question = reviewer(Action::Proceed, Risk::Medium, gate(name));
            !engine.judge(&question).allowed
        })
        .collect();
    assert_eq!(asks, ["file_write", "pr_create"]);
}

#[test]
fn what_no_rule_permits_is_denied_and_said() {
    let engine = Engine::default_rules().unwrap();
    let coder = Principal::Persona(Persona::Coder);
    let verdict = engine.judge(&ask(coder, Action::Deliver, Risk::Low, Subject::Item));
    let reason = "no rule permits the coder to deliver for PROJ-1".to_owned();
    assert_eq!(
        verdict,
        Verdict {
            allowed: false,
            rules: Vec::new(),
            reason
        }
    );
}

#[test]
fn a_question_that_fits_no_schema_is_denied() {
    let engine = Engine::default_rules().unwrap();
    let verdict = engine.judge(&reviewer(Action::Run, Risk::Low, gate("plan")));
    assert!(!verdict.allowed && verdict.rules.is_empty());
    assert!(
        verdict.reason.contains("does not fit the schema"),
        "{}",
        verdict.reason
    );
}

#[test]
fn a_rule_that_errs_denies() {
    // Overflow passes validation and fails at judgement.
    let rule = format!(
        "{RULE}forbid (principal, action == Action::\"think\", resource is Spend) \
         when {{ resource.spent + 9223372036854775807 < 0 }};"
    );
    let dir = policy(&[("rules/mine.cedar", &rule), ("examples/work.json", "[]")]);
    let engine = Engine::from_dir(dir.path()).unwrap();
    let spend = |spent_micros| Subject::Spend {
        spent_micros,
        budget_micros: None,
        calls: 0,
        max_calls: 1,
    };
    assert!(
        engine
            .judge(&reviewer(Action::Think, Risk::Low, spend(0)))
            .allowed
    );
    let verdict = engine.judge(&reviewer(Action::Think, Risk::Low, spend(1)));
    assert!(!verdict.allowed);
    assert_eq!(verdict.rules, ["mine"]);
    assert!(
        verdict.reason.contains("could not be evaluated"),
        "{}",
        verdict.reason
    );
}

#[test]
fn spending_past_all_numbers_is_denied() {
    let engine = Engine::default_rules().unwrap();
    let subject = Subject::Spend {
        spent_micros: u64::MAX,
        budget_micros: Some(u64::MAX),
        calls: 0,
        max_calls: 1,
    };
    assert!(
        !engine
            .judge(&reviewer(Action::Think, Risk::Low, subject))
            .allowed
    );
}

#[test]
fn low_risk_gates_can_be_delegated_to_the_reviewer_by_rule() {
    let rule = include_str!("../../examples-off/delegate-low-risk.cedar");
    // The default examples say that nothing is delegated: they must disagree.
    let told = refused(&[("rules/delegate.cedar", rule)]);
    assert!(told.contains("examples/gates.json: the example `nothing is delegated by default` expects denied by no rule, but is allowed by reviewer-passes-low-risk"), "{told}");

    let dir = policy(&[
        ("rules/delegate.cedar", rule),
        ("examples/gates.json", "[]"),
    ]);
    let engine = Engine::from_dir(dir.path()).unwrap();
    let allowed = |risk, name| {
        engine
            .judge(&reviewer(Action::Delegate, risk, gate(name)))
            .allowed
    };
    assert!(allowed(Risk::Low, "file_write"));
    assert!(!allowed(Risk::Medium, "file_write"));
    assert!(!allowed(Risk::Low, "pr_create"));
    let mut labelled = reviewer(Action::Delegate, Risk::Low, gate("file_write"));
    labelled.labels = vec!["gate:file_write".to_owned()];
    assert_eq!(engine.judge(&labelled).rules, ["labelled-gates-ask"]);
    let mut own = reviewer(Action::Delegate, Risk::Low, gate("file_write"));
    if let Subject::Gate { requested_by, .. } = &mut own.subject {
        *requested_by = Persona::Reviewer;
    }
    assert_eq!(engine.judge(&own).rules, ["separation-of-duties"]);
}

#[test]
fn rules_say_how_many_must_approve() {
    let rule = include_str!("../../examples-off/two-approvals-at-high-risk.cedar");
    let told = refused(&[("rules/two.cedar", rule)]);
    assert!(told.contains("expects 1 approvals, but needs 2"), "{told}");
    let dir = policy(&[("rules/two.cedar", rule), ("examples/gates.json", "[]")]);
    let engine = Engine::from_dir(dir.path()).unwrap();
    let needed = |risk, name| engine.approvals(&reviewer(Action::Approve, risk, gate(name)));
    assert_eq!(needed(Risk::High, "pr_create"), 2);
    assert_eq!(needed(Risk::Medium, "pr_create"), 1);
    assert_eq!(needed(Risk::High, "file_write"), 1);
    // A question that cannot be asked gets the most that any rule wants.
    assert_eq!(
        engine.approvals(&reviewer(Action::Approve, Risk::Low, Subject::Item)),
        2
    );
    assert_eq!(
        Engine::default_rules().unwrap().approvals(&reviewer(
            Action::Approve,
            Risk::High,
            gate("pr_create")
        )),
        1
    );
}

#[test]
fn broken_policies_are_refused_with_place_and_hint() {
    let forbid = "forbid (principal, action, resource)";
    let table: &[(&str, String, &str)] = &[
        ("rules/mine.cedar", "\n\npermit (principal, action resource);".to_owned(), "rules/mine.cedar:3: "),
        ("rules/mine.cedar", format!("// a\n{forbid};"), "rules/mine.cedar:2: a rule has no usable @id"),
        ("rules/mine.cedar", format!("@id(\"My Rule\")\n{forbid};"), "rules/mine.cedar:1: a rule has no usable @id"),
        ("rules/mine.cedar", format!("\n@id(\"mine\")\n{forbid};"), "rules/mine.cedar:2: the rule `mine` has no @reason"),
        ("rules/mine.cedar", format!("@id(\"high-risk-asks\") @reason(\"x\") {forbid};"), "rules/mine.cedar:1: the id `high-risk-asks` is already in rules/gates.cedar:"),
        ("rules/mine.cedar", format!("\n{RULE}\n{forbid}\nwhen {{ context.rsik == Risk::\"high\" }};"), "rules/mine.cedar:4: "),
        ("rules/mine.cedar", format!("{RULE}{forbid} when {{ context.risk == Risk::\"hihg\" }};"), "rules/mine.cedar:1: "),
        ("rules/mine.cedar", format!("{RULE}forbid (principal == Persona::\"codr\", action, resource);"), "codr"),
        ("rules/mine.cedar", format!("{RULE}forbid (principal, action == Action::\"aprove\", resource);"), "aprove"),
        ("rules/mine.cedar", format!("{RULE}forbid (principal, action, resource is Gate) when {{ resource.labels }};"), "rules/mine.cedar:1: "),
        ("rules/mine.cedar", format!("{RULE}forbid (principal == ?principal, action, resource);"), "has a slot"),
        ("rules/mine.cedar", format!("{RULE}@approvals(\"2\") permit (principal, action, resource);"), "does not fit the action `approvals`"),
        ("rules/mine.cedar", format!("{RULE}permit (principal, action == Action::\"approvals\", resource);"), "does not fit the action `approvals`"),
        ("rules/mine.cedar", format!("{RULE}@approvals(\"many\") permit (principal, action == Action::\"approvals\", resource);"), "asks for \"many\" approvals (write a number"),
        ("schema.cedarschema", "entity Human\n= {".to_owned(), "schema.cedarschema"),
        ("schema.cedarschema", "entity Human;".to_owned(), "schema.cedarschema"),
        ("examples/mine.json", "[\n{\"name\": 1}]".to_owned(), "examples/mine.json:2: "),
        ("examples/mine.json", "[{\"name\": \"n\", \"who\": {\"persona\": \"coder\"}, \"action\": \"fly\", \"allowed\": true, \"rules\": []}]".to_owned(), "the example `n` names the unknown action `fly`"),
        ("examples/mine.json", "[{\"name\": \"n\", \"who\": {\"persona\": \"coder\"}, \"action\": \"start\", \"allowed\": false, \"rules\": [\"nope\"]}]".to_owned(), "the example `n` expects the rule `nope`, which there is not"),
        ("examples/mine.json", "[{\"name\": \"n\", \"who\": {\"persona\": \"coder\"}, \"action\": \"start\", \"allowed\": true, \"rules\": []}]".to_owned(), "the example `n` expects allowed by no rule, but is denied by personas-never-approve"),
        ("risk.json", "{\"high\": [],\n \"lo\": []}".to_owned(), "risk.json:2: "),
        ("risk.json", "{\"high\": [\"/Auth/**\"], \"low\": []}".to_owned(), "can never match"),
    ];
    for (file, text, expected) in table {
        let told = refused(&[(file, text)]);
        assert!(
            told.contains(expected),
            "{file}: {text}\nexpected {expected}\ntold {told}"
        );
    }
}

#[test]
fn a_schema_that_no_longer_fits_the_questions_is_refused() {
    let schema = include_str!("../../schema.cedarschema");
    let changed = schema.replace("  program: String,", "  program: Long,");
    let told = refused(&[("schema.cedarschema", &changed)]);
    assert!(
        told.contains("does not fit what Trail asks for `run`"),
        "{told}"
    );
    let changed = schema.replace("action think appliesTo", "action ponder appliesTo");
    assert!(refused(&[("schema.cedarschema", &changed)]).contains("think"));
}

#[test]
fn groups_of_actions_work_in_rules() {
    let schema = include_str!("../../schema.cedarschema").replace(
        "action run appliesTo",
        "action doing;\naction run in [Action::\"doing\"] appliesTo",
    );
    let rule = format!("{RULE}forbid (principal, action in Action::\"doing\", resource);");
    let files = [
        ("schema.cedarschema", &*schema),
        ("rules/mine.cedar", &*rule),
        ("examples/work.json", "[]"),
    ];
    let engine = Engine::from_dir(policy(&files).path()).unwrap();
    let subject = Subject::Command {
        argv: vec!["ls".to_owned()],
        configured: true,
    };
    let tester = Principal::Persona(Persona::Tester);
    let verdict = engine.judge(&ask(tester, Action::Run, Risk::Low, subject));
    assert_eq!(verdict.rules, ["mine"]);
}

#[test]
fn the_rules_are_described() {
    let described = Engine::default_rules().unwrap().describe();
    let rules = described["rules"].as_array().unwrap();
    let rule = rules
        .iter()
        .find(|rule| rule["id"] == "reviewer-delivers")
        .unwrap();
    assert_eq!(rule["effect"], "permit");
    assert_eq!(rule["file"], "rules/gates.cedar");
    assert!(rules.iter().all(|rule| {
        rule["reason"]
            .as_str()
            .is_some_and(|reason| !reason.is_empty())
    }));
}

/// Returns any subject.
fn subjects() -> impl Strategy<Value = Subject> {
    let persona = || prop::sample::select(&Persona::ALL[..]);
    let name = || {
        prop_oneof![
            Just("file_write".to_owned()),
            Just("pr_create".to_owned()),
            ".{0,8}"
        ]
    };
    let paths = || prop::collection::vec(".{0,12}", 0..3);
    prop_oneof![
        Just(Subject::Item),
        (name(), persona(), paths()).prop_map(|(name, requested_by, paths)| Subject::Gate {
            name,
            requested_by,
            paths
        }),
        (".{0,12}", any::<bool>()).prop_map(|(path, in_scope)| Subject::Path { path, in_scope }),
        (paths(), any::<bool>())
            .prop_map(|(argv, configured)| Subject::Command { argv, configured }),
        (
            any::<u64>(),
            any::<Option<u64>>(),
            any::<u32>(),
            any::<u32>()
        )
            .prop_map(
                |(spent_micros, budget_micros, calls, max_calls)| Subject::Spend {
                    spent_micros,
                    budget_micros,
                    calls,
                    max_calls
                }
            ),
        (paths(), any::<bool>()).prop_map(|(paths, inside)| Subject::Patchset { paths, inside }),
    ]
}

proptest! {
    #[test]
    fn no_persona_is_ever_allowed_what_only_humans_may(
        persona in prop::sample::select(&Persona::ALL[..]),
        risk in prop::sample::select(vec![Risk::Low, Risk::Medium, Risk::High]),
        labels in prop::collection::vec("(gate:|allow:)?[a-z_]{0,10}", 0..3),
        subject in subjects(),
    ) {
        static ENGINE: std::sync::LazyLock<Engine> =
            std::sync::LazyLock::new(|| Engine::default_rules().expect("the default policy loads"));
        let human = Principal::Human { id: UserId::from("eve"), approver: false };
        for action in ACTIONS {
            let mut question = ask(Principal::Persona(persona), action, risk, subject.clone());
            question.labels.clone_from(&labels);
            let commands = matches!(
                action,
                Action::File | Action::Start | Action::Approve | Action::Reject | Action::Amend
                    | Action::Hold | Action::Resume | Action::Retry | Action::Cancel
                    | Action::Dispose | Action::Revert | Action::Delegate
            );
            let verdict = ENGINE.judge(&question);
            prop_assert!(!(commands && verdict.allowed), "{question:?}");
            prop_assert_eq!(&verdict, &ENGINE.judge(&question));
            prop_assert!(!verdict.reason.is_empty());
            prop_assert!(verdict.rules.is_sorted());
            prop_assert!(!verdict.allowed || !verdict.rules.is_empty());
            question.principal = human.clone();
            prop_assert!(!ENGINE.judge(&question).allowed, "{question:?}");
            prop_assert_eq!(ENGINE.approvals(&question), 1);
        }
    }
}
