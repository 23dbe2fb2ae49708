//! A small Python project with a work item, and the session that does it.
//!
//! The session is written once, as a script, and can be had as fixtures of aimock as well.

use serde_json::{Value, json};

/// The repository's files.
pub const FILES: &[(&str, &str)] = &[
    ("README.md", "# Pages\n\nTitles of pages, in Python.\n"),
    // Python leaves them behind wherever tests run.
    (".gitignore", "__pycache__/\n"),
    ("pages/__init__.py", ""),
    (
        "pages/title.py",
        "\"\"\"Titles of pages.\"\"\"\n\n\ndef words(title):\n    \"\"\"Return the words of a title in lower case.\"\"\"\n    return title.lower().split()\n",
    ),
    ("tests/__init__.py", ""),
    (
        "tests/test_title.py",
        "import unittest\n\nfrom pages.title import words\n\n\nclass Words(unittest.TestCase):\n    def test_words_are_in_lower_case(self):\n        self.assertEqual(words(\"Hello World\"), [\"hello\", \"world\"])\n",
    ),
];

/// The command that runs the tests.
pub const TESTS: &str = "python3 -m unittest discover -v -s tests -t .";

/// The work item.
pub const ITEM: &str = "\
# Give every page an address

Addresses are made of titles, so titles need a short form.

## Acceptance criteria

- AC-1: `slug(\"Hello World\")` returns `hello-world`.
- AC-2: `slug(\"  \")` raises `ValueError`.

## Scope

Write: pages/**, tests/**
";

/// The item's key.
pub const KEY: &str = "PAGES-1";

/// The session: eight calls.
const SCRIPT: &str = r#"{"name": "scripted-pages", "about": "slugs of titles in Python", "actions": [
 {"action": "plan", "round": 1, "turns": [
   {"text": "What is there already?",
    "calls": [{"name": "read", "arguments": {"path": "pages/title.py"}}],
    "usage": {"input": 900, "output": 20}},
   {"expect": "def words", "text": "words() does half of it.", "calls": [
     {"name": "record_decision", "arguments": {"name": "build_on_words", "statement": "slug() joins what words() returns.", "choice": "join words()", "alternatives": ["a regular expression"], "rationale": "pages/title.py lowers and splits already.", "criteria": ["AC-1"]}},
     {"name": "deliver", "arguments": {"summary": "A new module pages/slug.py on top of words()."}}],
    "usage": {"input": 1100, "output": 80}}]},
 {"action": "implement", "round": 1, "turns": [
   {"text": "The function to build on.",
    "calls": [{"name": "read", "arguments": {"path": "pages/title.py"}}]},
   {"expect": "def words", "text": "A module of its own.", "calls": [
     {"name": "write", "arguments": {"path": "pages/slug.py", "content": "\"\"\"Addresses of pages.\"\"\"\n\nfrom pages.title import words\n\n\ndef slug(title):\n    \"\"\"Return the short form of a title.\"\"\"\n    found = words(title)\n    if not found:\n        raise ValueError(\"a title has words\")\n    return \"-\".join(found)\n"}},
     {"name": "deliver", "arguments": {"summary": "slug() in pages/slug.py."}}]}]},
 {"action": "write-tests", "round": 1, "turns": [
   {"text": "One test for each criterion.", "calls": [
     {"name": "write", "arguments": {"path": "tests/test_slug.py", "content": "import unittest\n\nfrom pages.slug import slug\n\n\nclass Slug(unittest.TestCase):\n    # trail:validates PAGES-1 AC-1\n    def test_words_are_joined(self):\n        self.assertEqual(slug(\"Hello World\"), \"hello-world\")\n\n    # trail:validates PAGES-1 AC-2\n    def test_a_title_without_words_is_refused(self):\n        with self.assertRaises(ValueError):\n            slug(\"  \")\n"}},
     {"name": "deliver", "arguments": {"summary": "Two tests, one for each criterion."}}],
    "usage": {"input": 1400, "output": 120}}]},
 {"action": "run-tests", "round": 1, "turns": [
   {"text": "I run all tests.", "calls": [{"name": "run", "arguments": {"command": ["python3", "-m", "unittest", "discover", "-v", "-s", "tests", "-t", "."]}}]},
   {"expect": "Ran 3 tests", "text": "All pass.",
    "calls": [{"name": "deliver", "arguments": {"summary": "Three tests pass, two of them new."}}]}]},
 {"action": "deliver", "round": 1, "turns": [
   {"text": "I compared the change with both criteria.",
    "calls": [{"name": "deliver", "arguments": {"summary": "Confirmed: AC-1 and AC-2 are met and tested."}}]}]}]}"#;

/// Returns the session as a script; each action begins with `padding` calls more that only look.
///
/// # Panics
/// Never: the script is JSON.
#[must_use]
pub fn script(padding: usize, latency_ms: u64) -> Value {
    let mut script: Value = serde_json::from_str(SCRIPT).expect("the script is JSON");
    script["latency_ms"] = latency_ms.into();
    for action in actions(&mut script) {
        for number in (1..=padding).rev() {
            let look = json!({
                "text": format!("Look number {number}."),
                "calls": [{"name": "list", "arguments": {"path": "pages"}}],
            });
            turns(action).insert(0, look);
        }
    }
    script
}

/// Returns how many calls a script takes.
#[must_use]
pub fn calls(script: &Value) -> usize {
    let mut script = script.clone();
    actions(&mut script)
        .iter_mut()
        .map(|action| turns(action).len())
        .sum()
}

/// Returns the session as fixtures of aimock, which sees texts and call ids only.
///
/// # Panics
/// Never: the script is JSON.
#[must_use]
pub fn fixtures() -> Value {
    let mut script = script(0, 0);
    let mut fixtures = Vec::new();
    for action in actions(&mut script) {
        let name = action["action"].as_str().unwrap_or_default().to_owned();
        let mut before: Option<String> = None;
        for (number, turn) in turns(action).iter().enumerate() {
            let mut matched = json!({"userMessage": opening(&name), "turnIndex": number});
            if let Some(before) = &before {
                matched["toolCallId"] = before.clone().into();
            }
            if let Some(expected) = turn.get("expect") {
                matched["toolResultContains"] = expected.clone();
            }
            let asked = turn["calls"].as_array().into_iter().flatten();
            let calls: Vec<Value> = asked
                .enumerate()
                .map(|(at, call)| {
                    let id = format!("{name}_{number}_{at}");
                    let arguments = call["arguments"].to_string();
                    json!({"id": id, "name": call["name"], "arguments": arguments})
                })
                .collect();
            before = calls
                .last()
                .and_then(|call| call["id"].as_str())
                .map(str::to_owned);
            let mut response =
                json!({"model": "aimock-pages", "content": turn["text"], "toolCalls": calls});
            if let Some(usage) = turn.get("usage") {
                let (input, output) = (&usage["input"], &usage["output"]);
                response["usage"] = json!({"input_tokens": input, "output_tokens": output,
                    "prompt_tokens": input, "completion_tokens": output});
            }
            fixtures.push(json!({"match": matched, "response": response}));
        }
    }
    json!({ "fixtures": fixtures })
}

/// Returns what the first message of an action begins with.
fn opening(action: &str) -> String {
    match action {
        "plan" => format!("Plan the work on `{KEY}`."),
        "implement" => format!("Implement `{KEY}` as planned."),
        "write-tests" => format!("Write the tests for `{KEY}`."),
        "run-tests" => format!("Run the tests of `{KEY}` "),
        other => {
            assert_eq!(other, "deliver", "the session has no such action");
            format!("Take the last look at `{KEY}`:")
        }
    }
}

fn actions(script: &mut Value) -> &mut Vec<Value> {
    let actions = script["actions"].as_array_mut();
    actions.expect("a script has actions")
}

fn turns(action: &mut Value) -> &mut Vec<Value> {
    let turns = action["turns"].as_array_mut();
    turns.expect("an action has turns")
}
