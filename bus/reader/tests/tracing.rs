//! Addresses, traces and audits over the golden history.

#![allow(clippy::unwrap_used, reason = "this is a test, helpers included")]

use std::path::{Path, PathBuf};

use trail_item::Fold;
use trail_reader::Story;
use trail_reader::address::{self, Error, Named};
use trail_reader::audit::{self, Filter};
use trail_reader::graph::{Graph, Way};
use trail_reader::history::History;
use trail_reader::trace::{self, Reach};
use trail_record::Kind;

fn stories() -> Vec<Story> {
    let golden: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/v0");
    let history = History::load(&golden).unwrap();
    let judged = history.judge(Some(&mut |_| Box::new(Fold::default())));
    let trust = history.trust().ok();
    judged
        .iter()
        .map(|own| Story::of(own, trust.as_ref(), &history.blobs))
        .collect()
}

#[test]
fn every_edge_goes_from_a_later_record_to_an_earlier_one() {
    let stories = stories();
    let graph = Graph::of(&stories.iter().collect::<Vec<_>>());
    assert!(graph.nodes().len() > 10);
    let mut edges = 0;
    for node in graph.nodes() {
        for input in graph.inputs(node).0 {
            assert!(
                input.entry <= node.entry,
                "{} rests on the future",
                node.label()
            );
            let users = graph.reach(input.digest, Way::Users, 1);
            assert!(users.iter().any(|own| own.node.digest == node.digest));
            edges += 1;
        }
    }
    assert!(edges > 10, "{edges} edges");
}

#[test]
fn what_is_reached_one_way_reaches_back_the_other() {
    let stories = stories();
    let graph = Graph::of(&stories.iter().collect::<Vec<_>>());
    for node in graph.nodes() {
        for reached in graph.reach(node.digest, Way::Inputs, u32::MAX) {
            let back = graph.reach(reached.node.digest, Way::Users, u32::MAX);
            let own = back.iter().find(|own| own.node.digest == node.digest);
            assert_eq!(own.map(|own| own.depth), Some(reached.depth));
        }
    }
}

#[test]
fn names_lead_to_what_they_name() {
    let stories = stories();
    let graph = Graph::of(&stories.iter().collect::<Vec<_>>());
    for node in graph.nodes() {
        let whole = node.digest.to_string();
        let found = address::find(&whole, &stories, &graph).unwrap();
        assert!(matches!(found, Named::Record(_, own) if own.digest == node.digest));
        if let Some(call) = node.call {
            let found = address::find(&format!("{}#{call}", node.run), &stories, &graph).unwrap();
            assert!(matches!(found, Named::Record(_, own) if own.digest == node.digest));
        }
    }
    for story in &stories {
        let lower = story.key.as_str().to_lowercase();
        assert!(matches!(
            address::find(&lower, &stories, &graph),
            Ok(Named::Item(own)) if own.key == story.key
        ));
        for step in &story.entries {
            let found = address::find(&step.digest.to_string(), &stories, &graph).unwrap();
            assert!(matches!(found, Named::Entry(_, digest) if digest == step.digest));
        }
    }
}

#[test]
fn a_name_that_fits_nothing_or_several_says_what_there_is() {
    let stories = stories();
    let graph = Graph::of(&stories.iter().collect::<Vec<_>>());
    let run = stories[0].runs[0].clone();
    for (name, hint) in [
        ("nothing-like-it", stories[0].key.as_str().to_owned()),
        (&format!("{run}#9999"), format!("{run}#1 to")),
        (&format!("{run}#x"), format!("{run}#1 to")),
        ("abcdef0123456789", stories[0].key.as_str().to_owned()),
    ] {
        let error = address::find(name, &stories, &graph).unwrap_err();
        assert!(matches!(error, Error::Nothing { .. }), "{error}");
        assert!(error.help().contains(&hint), "{name}: {}", error.help());
    }
    // Titles repeat: commits all have the same.
    let commits = graph.nodes().iter().filter(|node| node.title == "commit");
    let commits = commits.count();
    assert!(commits > 1);
    let error = address::find("commit", &stories, &graph).unwrap_err();
    let Error::Several { candidates, .. } = &error else {
        panic!("{error}")
    };
    assert_eq!(candidates.len(), commits);
    for candidate in candidates {
        assert!(address::find(&candidate.address, &stories, &graph).is_ok());
    }
}

#[test]
fn a_trace_is_the_same_in_every_drawing() {
    let stories = stories();
    let graph = Graph::of(&stories.iter().collect::<Vec<_>>());
    let spec = graph
        .nodes()
        .iter()
        .find(|node| node.kind == Kind::Spec)
        .unwrap();
    let story = stories.iter().find(|own| own.key == spec.item).unwrap();
    let trace = trace::of(story, &graph, spec, Reach::ALL);
    assert!(!trace.led_to.is_empty());
    let (dot, mermaid) = (trace::dot(&trace), trace::mermaid(&trace));
    for step in trace.saw.iter().chain(&trace.led_to) {
        let name = format!("n{}", step.node.digest.short());
        assert!(dot.contains(&format!("{name} [label=")), "{name}");
        assert!(mermaid.contains(&format!("{name}[\"")), "{name}");
    }
    let edges = |text: &str, arrow: &str| text.lines().filter(|line| line.contains(arrow)).count();
    assert_eq!(edges(&dot, " -> "), edges(&mermaid, " --> "));
    assert_eq!(dot.matches('{').count(), dot.matches('}').count());
    let near = trace::of(story, &graph, spec, Reach { up: 0, down: 1 });
    assert!(near.saw.is_empty() && near.led_to.iter().all(|step| step.depth == 1));
    assert!(near.led_to.len() < trace.led_to.len());
}

#[test]
fn an_audit_counts_every_ask_once_and_holds_it_against_the_scope() {
    let stories = stories();
    let mut asks = 0;
    for story in &stories {
        let all = audit::of(story, &Filter::default(), None);
        let rows = all.violations.len() + all.refusals.len() + all.accesses.len();
        let told: usize = story
            .decisions
            .iter()
            .map(|own| {
                1 + own
                    .body
                    .asks
                    .iter()
                    .map(|ask| ask.effects.len().max(1))
                    .sum::<usize>()
            })
            .sum();
        assert_eq!(rows, told);
        assert_eq!(all.totals.values().sum::<u64>(), told as u64);
        asks += told;
        // A scope that covers nothing makes every touched file a violation.
        let none = audit::of(story, &Filter::default(), Some(&["nowhere/**".to_owned()]));
        let touching =
            |row: &&audit::Row| matches!(row.access, "read" | "stage") && row.verdict.allowed;
        let touched = [&none.violations, &none.accesses]
            .into_iter()
            .flatten()
            .filter(touching)
            .count();
        assert_eq!(none.violations.iter().filter(touching).count(), touched);
        assert_eq!(
            none.is_clean(false),
            touched == 0 && none.violations.is_empty()
        );
    }
    assert!(asks > 0);
}
