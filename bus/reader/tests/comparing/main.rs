//! Comparing runs: made-up decisions in a golden history's frame.

#![allow(clippy::unwrap_used, reason = "this is a test, helpers included")]

mod alignment;
mod telling;

use std::path::Path;

use serde_json::{Value, json};
use trail_item::Fold;
use trail_reader::Story;
use trail_reader::compare::{self, Comparison, Side};
use trail_reader::history::History;
use trail_reader::story::Fact;
use trail_record::Digest;
use trail_record::body::{Ask, Decision, Verdict};

/// Returns a story of one run, without its decisions.
fn frame() -> Story {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/v0");
    let history = History::load(&golden).unwrap();
    let judged = history.judge(Some(&mut |_| Box::new(Fold::default())));
    let trust = history.trust().ok();
    let mut stories = judged
        .iter()
        .map(|own| Story::of(own, trust.as_ref(), &history.blobs));
    stories
        .find(|story| story.decisions.len() > 1 && story.runs.len() == 1)
        .unwrap()
}

fn ask(tool: &str, arguments: Value, result: &str) -> Ask {
    Ask {
        id: "1".to_owned(),
        tool: tool.to_owned(),
        arguments,
        verdict: Verdict {
            allowed: true,
            rules: Vec::new(),
            reason: String::new(),
        },
        effects: Vec::new(),
        result: result.to_owned(),
        error: false,
    }
}

fn read(path: &str) -> Ask {
    ask("read", json!({ "path": path }), "text of it")
}

fn choose(choice: &str) -> Ask {
    let arguments =
        json!({ "name": "library", "statement": "s", "rationale": "r", "choice": choice });
    ask("record_decision", arguments, "recorded library")
}

/// Returns a run whose calls are these: action, words, asks.
fn run(calls: &[(&str, &str, Vec<Ask>)]) -> Story {
    let mut story = frame();
    let of = story.decisions[0].clone();
    story.decisions = calls
        .iter()
        .zip(1..)
        .map(|((action, text, asks), call)| Fact {
            digest: Digest::of(format!("{call} {text}").as_bytes()),
            body: Decision {
                call,
                action: (*action).to_owned(),
                text: (*text).to_owned(),
                asks: asks.clone(),
                ..of.body.clone()
            },
            ..of.clone()
        })
        .collect();
    story
}

fn side(story: &Story) -> Side<'_> {
    Side {
        story,
        run: story.runs[0].clone(),
        replay: None,
    }
}

fn compared(stories: &[&Story]) -> Comparison {
    let sides: Vec<Side<'_>> = stories.iter().map(|story| side(story)).collect();
    compare::of(&sides)
}

fn plain() -> Vec<(&'static str, &'static str, Vec<Ask>)> {
    vec![
        ("plan", "look", vec![read("a")]),
        ("plan", "choose", vec![choose("x"), read("b")]),
        ("implement", "do", vec![read("c")]),
        ("implement", "done", vec![]),
    ]
}
