//! What is told of compared runs: figures, marks, and every form of it.

use serde_json::{Value, json};
use trail_reader::Story;
use trail_reader::compare::{self, Comparison, ReplayOf, Side};
use trail_record::body::Usage;
use trail_record::{Digest, RunId};

use crate::{ask, choose, compared, frame, plain, read, run, side};

#[test]
fn a_run_is_the_same_as_itself_and_its_figures_are_the_storys() {
    let story = frame();
    let told = compared(&[&story, &story]);
    assert_eq!(told.against_first[0].first, None);
    assert!(told.against_first[0].later.is_empty());
    let (run, totals) = (&told.runs[0], story.totals());
    assert_eq!(told.against_first[0].same, totals.decisions);
    assert_eq!(run.calls, totals.decisions);
    assert_eq!(run.time.wall_ms, totals.wall_ms);
    assert_eq!(run.time.model_ms, totals.model_ms);
    assert_eq!(run.fix_cycles, totals.fixes);
    assert_eq!(run.refusals, totals.refusals);
    assert_eq!(run.last_tests.map(|own| own.tests), totals.last_tests);
    assert_eq!(run.gates.len(), story.gates.len());
    assert_eq!(told.choices.len(), story.conclusions.len());
}

#[test]
fn what_peers_did_not_tell_is_not_zero() {
    let mut story = run(&plain());
    for own in &mut story.decisions {
        own.body.usage = Usage::default();
        own.body.cost_micros = None;
        own.body.took_ms = u64::MAX / 2;
    }
    let told = compared(&[&story, &story]);
    let run = &told.runs[0];
    assert_eq!(run.tokens.input, None);
    assert_eq!(run.tokens.untold_calls, 4);
    assert_eq!((run.cost_micros, run.unpriced_calls), (None, 4));
    assert_eq!(
        run.time.own_ms, None,
        "models cannot take longer than the run"
    );
    let json = serde_json::to_value(&told).unwrap();
    assert_eq!(json["runs"][0]["tokens"]["input"], Value::Null);
    assert_eq!(json["runs"][0]["cost_micros"], Value::Null);
    assert!(compare::text(&told).contains("not known"));
    // A sum that lacks something says so.
    story.decisions[0].body.usage.input = Some(1_234_567);
    story.decisions[0].body.cost_micros = Some(10_000);
    let told = compared(&[&story, &story]);
    let text = compare::markdown(&told);
    assert!(
        text.contains("at least 1,234,567 (4 calls did not say)"),
        "{text}"
    );
    assert!(
        text.contains("at least \\$0.0100 (3 calls without a price)"),
        "{text}"
    );
}

#[test]
fn hostile_text_is_inert_in_every_form() {
    let hostile = "</style></p><script>alert(1)</script><img src=x onerror=\"a('b')\">\u{202e}| [x](http://evil.example) `c`\u{1b}[31m\n# head";
    let mut calls = plain();
    calls[1] = (
        "plan",
        hostile,
        vec![
            choose(hostile),
            read(hostile),
            ask(hostile, json!({}), hostile),
        ],
    );
    calls[2].0 = hostile;
    let mut story = run(&calls);
    let conclusion = story.conclusions.first_mut().unwrap();
    conclusion.body.name = hostile.to_owned();
    conclusion.body.statement = hostile.to_owned();
    conclusion.body.rationale = hostile.to_owned();
    conclusion.body.choice = Some(hostile.to_owned());
    conclusion.body.alternatives = vec![hostile.to_owned()];
    for gate in &mut story.gates {
        for own in &mut gate.decisions {
            own.body.name = hostile.to_owned();
            own.body.why = Some(hostile.to_owned());
        }
    }
    let told = compared(&[&run(&plain()), &story]);
    let html = compare::html(&told);
    assert_self_contained(&html);
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(
        html.contains("&lt;U+202E&gt;"),
        "hidden characters are made visible"
    );
    for form in [html, compare::markdown(&told), compare::text(&told)] {
        assert!(!form.contains('\u{202e}') && !form.contains('\u{1b}'));
    }
    let markdown = compare::markdown(&told);
    for form in [&markdown, &compare::text(&told)] {
        assert!(!form.contains("\n# head"), "{form}");
    }
    assert!(
        !markdown.contains("<script>") && !markdown.contains("[x](http"),
        "{markdown}"
    );
    // Every row of a table has as many cells as its head.
    for line in markdown.lines().filter(|line| line.starts_with('|')) {
        let bars = line.replace("\\|", "").matches('|').count();
        assert_eq!(bars, 4, "{line}");
    }
}

/// Asserts that a page loads nothing and runs nothing, and that its elements close.
fn assert_self_contained(html: &str) {
    for forbidden in [
        "<script", "<img", "<link", "<a ", "<iframe", " src=", " href=", "url(", "@import",
    ] {
        let own = html.replace("&lt;img src=x", "");
        assert!(!own.contains(forbidden), "{forbidden}");
    }
    for element in [
        "div", "section", "table", "tr", "td", "p", "ul", "li", "span", "code", "style",
    ] {
        let opened = html.matches(&format!("<{element}>")).count()
            + html.matches(&format!("<{element} ")).count();
        let closed = html.matches(&format!("</{element}>")).count();
        assert_eq!(opened, closed, "{element}");
    }
    assert!(html.starts_with("<!DOCTYPE html>"));
    assert!(html.contains("default-src 'none'"));
}

#[test]
fn unverified_and_unreadable_histories_are_marked() {
    let one = frame();
    let mut two = frame();
    let finding = trail_record::Finding::new(
        trail_record::FindingKind::Drift,
        trail_record::Place::default(),
        "changed",
    );
    two.judgement.findings.push(finding);
    two.unread.push(trail_reader::story::Unread {
        digest: Digest::of(b"x"),
        kind: trail_record::Kind::Decision,
        title: "call 9".to_owned(),
        entry: two.entries[0].seq,
        why: "missing".to_owned(),
    });
    let told = compared(&[&one, &two]);
    assert!(!told.verified() && told.runs[0].verified && !told.runs[1].verified);
    for form in [
        compare::text(&told),
        compare::markdown(&told),
        compare::html(&told),
    ] {
        assert!(form.contains("UNVERIFIED: 1 finding"), "{form}");
        assert!(form.contains("INCOMPLETE: 1 record"), "{form}");
    }
    assert!(!compare::text(&compared(&[&one, &one])).contains("UNVERIFIED"));
}

#[test]
fn only_a_replays_decision_is_carried_over_and_its_original_confirms_it() {
    let original = frame();
    let gate = original
        .gates
        .iter()
        .find(|own| !own.decisions.is_empty())
        .unwrap();
    let (subject, decision) = (gate.request.body.subject, gate.decisions[0].digest);
    let run = RunId::new(format!("{}~0a1b2c3d", original.runs[0]));
    let replay = |why: String| {
        let mut own = original.clone();
        for fact in &mut own.decisions {
            fact.run = run.clone();
        }
        for gate in &mut own.gates {
            gate.request.run = run.clone();
            for told in &mut gate.decisions {
                told.body.why = Some(why.clone());
            }
        }
        own.runs = vec![run.clone()];
        own
    };
    let told = |story: &Story, replayed: bool| {
        let sides = [
            side(&original),
            Side {
                story,
                run: run.clone(),
                replay: replayed.then(|| ReplayOf {
                    run: original.runs[0].clone(),
                    head: original.head().unwrap(),
                    model: Some("rival".to_owned()),
                    temperature: None,
                    from: 1,
                    regate: Vec::new(),
                }),
            },
        ];
        compare::of(&sides)
    };
    let place = original
        .gates
        .iter()
        .position(|own| !own.decisions.is_empty())
        .unwrap();
    let carried = |comparison: &Comparison| comparison.runs[1].gates[place].decisions[0].carried;
    let why =
        format!("carried over from decision {decision} on {subject}; here it stands for {subject}");
    let own = told(&replay(why.clone()), true);
    let found = carried(&own).unwrap();
    assert!(found.same_subject);
    assert_eq!((found.decision, found.confirmed), (decision, Some(true)));
    assert_eq!(own.runs[1].original_compared, Some(true));
    assert_eq!(own.runs[1].reused.unwrap().answers, own.runs[0].calls);
    assert_eq!(
        own.runs[1].time.own_ms, None,
        "recorded answers took their time elsewhere"
    );
    let text = compare::text(&own);
    assert!(
        text.contains("REPLAYED") && text.contains(&decision.short()),
        "{text}"
    );
    // A decision that the original does not hold.
    let other = Digest::<trail_record::Record>::of(b"other");
    let forged =
        format!("carried over from decision {other} on {subject}; here it stands for {subject}");
    let own = told(&replay(forged), true);
    assert_eq!(carried(&own).unwrap().confirmed, Some(false));
    assert!(compare::text(&own).contains("holds NO such decision"));
    // Whoever writes these words in a live run carried nothing over.
    assert_eq!(carried(&told(&replay(why), false)), None);
}
