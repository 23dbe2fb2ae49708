//! The demo's scripts, played over its sample repository: the code in them is real, so are the
//! tests, and their figures come from cargo.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use serde_json::Value;
use trail_agents::briefing::{Reference, Tests};
use trail_agents::{Action, Briefing, Conversation, Prompts, Tool, Turn};
use trail_port::model::{Message, Request, ToolResult};
use trail_record::body::{Conclusion, Spec};

use crate::sample;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Script {
    name: String,
    about: String,
    actions: Vec<ScriptedAction>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScriptedAction {
    action: Action,
    round: u32,
    turns: Vec<ScriptedTurn>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScriptedTurn {
    expect: Option<String>,
    text: String,
    calls: Vec<ScriptedCall>,
    usage: ScriptedUsage,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScriptedCall {
    name: String,
    arguments: Value,
}

#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(deny_unknown_fields)]
struct ScriptedUsage {
    input: u64,
    output: u64,
}

/// What came of a script.
#[derive(Debug, Default, PartialEq, Eq)]
struct Played {
    calls: usize,
    conclusions: Vec<Conclusion>,
    runs: Vec<(usize, Vec<String>)>,
    delivered: Vec<(Action, u32)>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true if entry.file_name() == "target" => {}
            true => copy(&entry.path(), &target),
            false => {
                fs::copy(entry.path(), target).unwrap();
            }
        }
    }
}

/// A folder with the sample repository as the demo lays it out.
struct Sample {
    dir: tempfile::TempDir,
}

impl Sample {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let repo = dir.path().join("repo");
        copy(&root().join("src/demo/sample/repo"), &repo);
        let (annotations, trail) = (
            root().join("policies/annotations/rust"),
            repo.join("vendor/trail"),
        );
        fs::create_dir_all(trail.join("src")).unwrap();
        for file in ["Cargo.toml", "src/lib.rs"] {
            fs::copy(annotations.join(file), trail.join(file)).unwrap();
        }
        Self { dir }
    }

    fn path(&self, path: &str) -> PathBuf {
        assert!(!path.starts_with('/') && !path.contains(".."), "{path}");
        self.dir.path().join("repo").join(path)
    }

    fn files(&self) -> BTreeMap<PathBuf, String> {
        let mut found = BTreeMap::new();
        let mut folders = vec![self.path("")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => folders.push(path),
                    false => {
                        found.insert(path.clone(), fs::read_to_string(&path).unwrap());
                    }
                }
            }
        }
        found
    }

    /// Runs cargo as a sandbox would: offline, output away from the sources.
    fn cargo(&self, command: &[String]) -> (bool, String) {
        let output = Command::new(&command[0])
            .args(&command[1..])
            .current_dir(self.path(""))
            .env("CARGO_TARGET_DIR", self.dir.path().join("target"))
            .env("RUST_BACKTRACE", "0")
            .env_remove("RUSTFLAGS")
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        (
            output.status.success(),
            String::from_utf8_lossy(&text).into_owned(),
        )
    }

    /// Does what is asked; writes go through at once, as after an approval.
    fn perform(&self, tool: &Tool, played: &mut Played) -> String {
        match tool {
            Tool::List { path } => {
                let names = fs::read_dir(self.path(path)).unwrap();
                let mut names: Vec<_> = names
                    .map(|name| name.unwrap().file_name().into_string().unwrap())
                    .collect();
                names.sort();
                names.join("\n")
            }
            Tool::Read {
                path,
                from_line,
                lines,
            } => {
                let text = fs::read_to_string(self.path(path)).expect(path);
                let from = usize::try_from(from_line.unwrap_or(1)).unwrap() - 1;
                let count = usize::try_from(lines.unwrap_or(u64::from(u32::MAX))).unwrap();
                let shown: Vec<_> = text.lines().skip(from).take(count).collect();
                assert!(!shown.is_empty(), "nothing to read in {path}");
                shown.join("\n")
            }
            Tool::Search { pattern, path } => {
                if let Some(path) = path {
                    assert!(self.path(path).exists(), "{path}");
                }
                format!("searched for {pattern}")
            }
            Tool::Write { path, content } => {
                fs::create_dir_all(self.path(path).parent().unwrap()).unwrap();
                fs::write(self.path(path), content).unwrap();
                "staged".to_owned()
            }
            Tool::Patch { path, old, new } => {
                let text = fs::read_to_string(self.path(path)).expect(path);
                assert_eq!(text.matches(old).count(), 1, "{path}: {old}");
                fs::write(self.path(path), text.replacen(old, new, 1)).unwrap();
                "staged".to_owned()
            }
            Tool::Delete { path } => {
                fs::remove_file(self.path(path)).unwrap();
                "staged".to_owned()
            }
            Tool::Run { command } => {
                assert_eq!(command, &["cargo", "test", "--offline", "--test", "xbrl"]);
                let (_, output) = self.cargo(command);
                let verdicts = |end: &str| {
                    let tests = output.lines().filter(|line| line.ends_with(end));
                    let names =
                        tests.filter_map(|line| line.strip_prefix("test ")?.strip_suffix(end));
                    let mut names: Vec<_> = names.map(str::to_owned).collect();
                    names.sort();
                    names
                };
                played
                    .runs
                    .push((verdicts(" ... ok").len(), verdicts(" ... FAILED")));
                output
            }
            Tool::RecordDecision(conclusion) => {
                played.conclusions.push(conclusion.clone());
                "recorded".to_owned()
            }
            Tool::ReadWorkItem => {
                fs::read_to_string(root().join("src/demo/sample/item.md")).unwrap()
            }
            Tool::Deliver { .. } | Tool::GiveUp { .. } => "noted".to_owned(),
        }
    }
}

/// Returns the spec of the demo's item, its body read as Trail reads bodies.
fn spec() -> Spec {
    let body = fs::read_to_string(root().join("src/demo/sample/item.md")).unwrap();
    let draft = trail_item::criteria::parse(&body).expect("the item is complete");
    let ids: Vec<_> = draft
        .criteria
        .iter()
        .map(|criterion| (criterion.id.as_str(), criterion.keeps))
        .collect();
    let expected = ["AC-1", "AC-2", "AC-3", "AC-4", "AC-5", "AC-6"].map(|id| (id, id == "AC-5"));
    assert_eq!(ids, expected);
    assert_eq!(
        draft.scope.write,
        ["src/**", "tests/**", "Cargo.toml", "Cargo.lock"]
    );
    assert_eq!(draft.references, ["docs/vsme-spec.md"]);
    let title = "Add XBRL export to the VSME sustainability report";
    Spec {
        criteria: draft.criteria,
        scope: draft.scope,
        risk: draft.risk,
        references: draft.references,
        ..sample::spec(title, &body, &[])
    }
}

fn newest(request: &Request) -> String {
    match request.messages.last().unwrap() {
        Message::User { text } | Message::Assistant { text, .. } => text.clone(),
        Message::Tool { results } => results
            .iter()
            .map(|result| result.content.as_str())
            .collect::<Vec<_>>()
            .join("\n"),
    }
}

fn play(script: &Script, sample: &Sample) -> Played {
    let prompts = Prompts::builtin();
    let mut played = Played::default();
    let mut usages = Vec::new();
    let mut last: Option<Tests> = None;
    for scripted in &script.actions {
        let mut briefing = Briefing::new(scripted.action, scripted.round, spec());
        let reference = "docs/vsme-spec.md".to_owned();
        let text = fs::read_to_string(sample.path(&reference)).unwrap();
        briefing.references = vec![Reference {
            path: reference,
            text: Some(text),
        }];
        briefing.conclusions = played.conclusions.clone();
        briefing.tests = last.clone();
        let mut conversation = Conversation::begin(&prompts, &briefing);
        let mut ended = false;
        for turn in &scripted.turns {
            let place = format!("{} {} {}", script.name, scripted.action, turn.text);
            assert!(!ended, "{place}: the action has ended");
            let request = conversation.request("VSME-142", scripted.round);
            if let Some(expect) = &turn.expect {
                assert!(
                    newest(&request).contains(expect),
                    "{place}: {}",
                    newest(&request)
                );
            }
            let calls: Vec<_> = turn
                .calls
                .iter()
                .map(|call| (call.name.as_str(), call.arguments.clone()))
                .collect();
            let (asked, delivered) =
                match conversation.answered(&sample::answer(&turn.text, &calls)) {
                    Turn::Work(asked) => (asked, false),
                    Turn::Delivered { asked, .. } => (asked, true),
                    other => panic!("{place}: {other:?}"),
                };
            let results: Vec<ToolResult> = asked
                .iter()
                .map(|asked| {
                    let tool = asked
                        .tool
                        .as_ref()
                        .unwrap_or_else(|error| panic!("{place}: {error}"));
                    sample::result(&asked.id, &sample.perform(tool, &mut played))
                })
                .collect();
            if let (Some(Tool::Run { .. }), Some((passed, failed))) = (
                asked
                    .iter()
                    .filter_map(|asked| asked.tool.as_ref().ok())
                    .find(|tool| tool.name() == "run"),
                played.runs.last(),
            ) {
                let (passed, failed) = (*passed, failed.clone());
                last = Some(Tests {
                    passed,
                    failed,
                    ended: None,
                    output: String::new(),
                });
            }
            if delivered {
                played.delivered.push((scripted.action, scripted.round));
                ended = true;
            } else {
                conversation.results(results).unwrap();
            }
            played.calls += 1;
            usages.push(&turn.usage);
        }
        assert!(ended, "{} {} delivers", script.name, scripted.action);
    }
    usages.sort();
    usages.dedup();
    assert_eq!(
        usages.len(),
        played.calls,
        "each call has its own token counts"
    );
    assert!(!script.about.is_empty());
    played
}

fn script(name: &str) -> Script {
    let path = root().join(format!("src/demo/scripts/{name}.json"));
    let script: Script = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(script.name, name);
    script
}

/// Checks the state a script leaves: twelve annotated tests for all criteria, clean lock file.
fn check_end(sample: &Sample) {
    let tests = fs::read_to_string(sample.path("tests/xbrl.rs")).unwrap();
    let annotated = tests
        .split("#[test]\n")
        .skip(1)
        .filter(|test| {
            test.starts_with("#[trail::validates(work_item = \"VSME-142\", criterion = \"AC-")
        })
        .count();
    assert_eq!((tests.matches("#[test]").count(), annotated), (12, 12));
    for criterion in 1..=6 {
        assert!(
            tests.contains(&format!("criterion = \"AC-{criterion}\"")),
            "AC-{criterion}"
        );
    }
    let before = sample.files();
    let locked = [
        "cargo",
        "metadata",
        "--offline",
        "--locked",
        "--format-version",
        "1",
    ];
    let (ok, output) = sample.cargo(&locked.map(str::to_owned));
    assert!(ok, "the lock file fits the manifest: {output}");
    assert_eq!(sample.files(), before, "cargo leaves nothing behind");
}

fn names(played: &Played) -> Vec<&str> {
    played
        .conclusions
        .iter()
        .map(|conclusion| conclusion.name.as_str())
        .collect()
}

#[test]
fn script_a_fails_three_tests_first_and_passes_twelve_after_the_fix() {
    let sample = Sample::new();
    let played = play(&script("scripted-a"), &sample);
    assert_eq!(played.calls, 47);
    let failed = [
        "b3_energy_is_reported_over_a_duration",
        "energy_of_a_short_financial_year_begins_with_that_year",
        "flows_are_durations_and_stocks_are_instants",
    ];
    let failed = failed.map(str::to_owned).to_vec();
    assert_eq!(played.runs, [(9, failed), (12, Vec::new())]);
    let expected = [
        "vsme-spec-summary",
        "code-analysis",
        "library_choice",
        "xbrl-schema-mapping",
        "diagnosis",
    ];
    assert_eq!(names(&played), expected);
    assert_eq!(played.conclusions[2].choice.as_deref(), Some("ex_xbrl"));
    let turns: Vec<_> = script("scripted-a")
        .actions
        .iter()
        .map(|a| a.turns.len())
        .collect();
    assert_eq!(turns, [12, 16, 6, 4, 5, 3, 1]);
    check_end(&sample);

    // The annotations are checked when the tests are compiled.
    for (arguments, fault) in [
        ("work_item = \"VSME-142\"", "`criterion` is missing"),
        (
            "work_item = \"VSME-142\", criterion = \"3\"",
            "`3` cannot be a criterion",
        ),
        (
            "item = \"VSME-142\", criterion = \"AC-3\"",
            "unknown argument `item`",
        ),
    ] {
        let test = format!("#[test]\n#[trail::validates({arguments})]\nfn t() {{}}\n");
        fs::write(sample.path("tests/annotation.rs"), test).unwrap();
        let check = ["cargo", "check", "--offline", "--test", "annotation"].map(str::to_owned);
        let (ok, output) = sample.cargo(&check);
        assert!(!ok && output.contains(fault), "{arguments}: {output}");
    }
}

#[test]
fn script_b_chooses_the_other_library_and_passes_at_the_first_run() {
    let sample = Sample::new();
    let played = play(&script("scripted-b"), &sample);
    assert_eq!(played.runs, [(12, Vec::new())]);
    assert_eq!(played.conclusions[2].choice.as_deref(), Some("xml_hand"));
    assert!(
        played
            .delivered
            .iter()
            .all(|(action, _)| *action != Action::Fix)
    );
    let fifth = &script("scripted-b").actions[0].turns[4].calls[0];
    assert_eq!(fifth.arguments["name"], "library_choice");
    check_end(&sample);
}

#[test]
fn on_the_base_the_tests_of_the_new_format_fail_by_assertion() {
    let sample = Sample::new();
    let script = script("scripted-a");
    let writing = script
        .actions
        .iter()
        .filter(|scripted| scripted.action == Action::WriteTests);
    for call in writing
        .flat_map(|scripted| &scripted.turns)
        .flat_map(|turn| &turn.calls)
    {
        if ["write", "patch"].contains(&call.name.as_str()) {
            let answer = sample::answer("", &[(call.name.as_str(), call.arguments.clone())]);
            let tool = Tool::parse(Action::WriteTests, &[], &answer.calls[0]).unwrap();
            sample.perform(&tool, &mut Played::default());
        }
    }
    let command = ["cargo", "test", "--offline", "--test", "xbrl"].map(str::to_owned);
    let (_, output) = sample.cargo(&command);
    assert!(output.contains("1 passed; 11 failed"), "{output}");
    assert!(
        output.contains("test the_text_output_stays_byte_identical ... ok"),
        "{output}"
    );
    assert_eq!(
        output.matches("assertion `left == right` failed").count(),
        11,
        "{output}"
    );
}
