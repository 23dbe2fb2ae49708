//! Revisions, impact and reverts over the golden history, changed by hand where it holds none.

#![allow(clippy::unwrap_used, reason = "this is a test, helpers included")]

use std::path::Path;

use trail_item::{Event, Fold};
use trail_reader::Story;
use trail_reader::graph::Graph;
use trail_reader::history::History;
use trail_reader::impact::{self, Asked, Change, Error, Impact, Kind};
use trail_reader::revert;
use trail_reader::revisions::criteria_changes;
use trail_reader::sources::Sources;
use trail_reader::story::{Fact, Standing};
use trail_record::body::proof::Reverted;
use trail_record::body::{Authority, Revert, Spec};
use trail_record::{CriterionId, Digest, Fence};

fn stories() -> Vec<Story> {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/v0");
    let history = History::load(&golden).unwrap();
    let judged = history.judge(Some(&mut |_| Box::new(Fold::default())));
    let trust = history.trust().ok();
    judged
        .iter()
        .map(|own| Story::of(own, trust.as_ref(), &history.blobs))
        .collect()
}

fn next_entry(story: &Story) -> u64 {
    story.entries.last().unwrap().seq + 1
}

/// Binds a changed text: AC-2 says something else, AC-3 is gone.
fn amend(story: &mut Story) -> u64 {
    let entry = next_entry(story);
    let first = story.specs[0].clone();
    let mut body: Spec = first.body.clone();
    body.revision = 2;
    body.criteria.retain(|own| own.id.as_str() != "AC-3");
    let two = body
        .criteria
        .iter_mut()
        .find(|own| own.id.as_str() == "AC-2");
    let two = two.unwrap();
    two.revision = 2;
    two.text = "flows have a duration in days".to_owned();
    body.authority = Authority::Command {
        user: "u-klara".into(),
        comment: "h-amend".into(),
        code: "AMEND-CODE0".to_owned(),
    };
    story.specs.push(Fact {
        digest: Digest::of(b"the amended spec"),
        entry,
        inputs: vec![first.digest],
        body,
        ..first
    });
    entry
}

fn ac(number: u32) -> CriterionId {
    CriterionId::new(format!("AC-{number}"))
}

const SOURCES: &str = r#"
#[trail::validates(work_item = "VSME-142", criterion = "AC-2")]
#[test]
fn flows_have_a_duration() {
    assert_eq!(1, 1);
}

#[trail::validates(work_item = "VSME-142", criterion = "AC-2", revision = 2)]
#[test]
fn flows_are_in_days() {
    assert_eq!(1, 1);
}

#[trail::validates(work_item = "VSME-142", criterion = "AC-3")]
#[test]
fn the_plain_output_stays() {
    assert_eq!(1, 1);
}

#[trail::validates(work_item = "OTHER-1", criterion = "AC-2")]
#[test]
fn of_another_item() {
    assert_eq!(1, 1);
}
"#;

fn sources() -> Sources {
    let mut sources = Sources::default();
    sources.read("tests/xbrl.rs", SOURCES.as_bytes());
    sources.read(
        "docs/xbrl.md",
        b"# XBRL\n\n<!-- trail:documents VSME-142 AC-2 -->\n## Periods\n\nFlows have a duration.\n",
    );
    sources
}

fn told(
    stories: &[Story],
    criterion: Option<&CriterionId>,
    if_changed: bool,
    sources: Option<&Sources>,
) -> Result<Impact, Error> {
    let graph = Graph::of(&stories.iter().collect::<Vec<_>>());
    impact::of(&Asked {
        story: &stories[0],
        criterion,
        if_changed,
        stories,
        graph: &graph,
        sources,
    })
}

fn of_kind(impact: &Impact, kind: Kind) -> Vec<&str> {
    let own = impact.suspects.iter().filter(|own| own.kind == kind);
    own.map(|own| own.address.as_str()).collect()
}

#[test]
fn amended_removed_and_waived_are_told_apart() {
    let mut stories = stories();
    let before = criteria_changes(&stories[0]);
    assert!(
        before
            .iter()
            .all(|own| !own.is_amended() && own.removed.is_none())
    );
    // No trial was made: every criterion went through on a human's word.
    for own in &before {
        let [waiver] = own.waived.as_slice() else {
            panic!("{own:?}")
        };
        assert_eq!(waiver.standing, Standing::AnnotatedTestsPass);
        assert_eq!(waiver.by.user.as_str(), "u-klara");
        assert_eq!(waiver.run.as_str(), "VSME-142.1");
    }
    let entry = amend(&mut stories[0]);
    let after = criteria_changes(&stories[0]);
    let own = |id: u32| after.iter().find(|own| own.criterion == ac(id)).unwrap();
    assert!(!own(1).is_amended() && own(1).removed.is_none());
    let revisions: Vec<u32> = own(2).revisions.iter().map(|own| own.revision).collect();
    assert_eq!(revisions, [1, 2]);
    let by = &own(2).newest().by;
    assert_eq!((by.entry, by.name.as_str()), (entry, "Klara Nilsson"));
    assert_eq!(by.comment.as_ref().unwrap().as_str(), "h-amend");
    assert_eq!(
        own(3).removed.as_ref().unwrap().code.as_deref(),
        Some("AMEND-CODE0")
    );
    assert!(!own(3).is_amended());
}

#[test]
fn nothing_is_suspect_where_nothing_changed() {
    let stories = stories();
    let impact = told(&stories, None, false, Some(&sources())).unwrap();
    assert_eq!(
        (
            impact.causes.len(),
            impact.suspects.len(),
            impact.plan.len()
        ),
        (0, 0, 0)
    );
    assert!(impact::text(&impact).contains("nothing is suspect"));
}

#[test]
fn everything_that_rested_on_the_older_revision_is_suspect_with_lines_and_a_plan() {
    let mut stories = stories();
    amend(&mut stories[0]);
    let impact = told(&stories, Some(&ac(2)), false, Some(&sources())).unwrap();
    assert_eq!(impact.causes.len(), 1);
    assert_eq!(
        (impact.causes[0].change, impact.causes[0].to),
        (Change::Amended, Some(2))
    );
    // The test that names the new revision is not suspect, nor is one of another item.
    assert_eq!(of_kind(&impact, Kind::Test), ["tests/xbrl.rs:2-6"]);
    assert_eq!(of_kind(&impact, Kind::Document).len(), 1);
    assert_eq!(of_kind(&impact, Kind::Approval).len(), 2);
    assert_eq!(of_kind(&impact, Kind::TestResult).len(), 2);
    for kind in [Kind::Review, Kind::PullRequest, Kind::Delivery] {
        assert_eq!(of_kind(&impact, kind).len(), 1, "{kind:?}");
    }
    // Nothing says which decisions bear on AC-2, so all that rest on the task are named.
    assert!(!of_kind(&impact, Kind::Decision).is_empty());
    assert!(impact.suspects.iter().all(|own| own.settled.is_none()));
    let steps: Vec<&str> = impact.plan.iter().map(|own| own.what.as_str()).collect();
    assert_eq!(steps[0], "read what changed");
    let at = |what: &str| steps.iter().position(|own| own.starts_with(what)).unwrap();
    assert!(at("re-read the code") < at("bring the tests to AC-2@2"));
    assert!(at("bring the tests to AC-2@2") < at("run the tests and prove"));
    assert!(at("run the tests and prove") < at("ask for the approvals again"));
    let removed = told(&stories, Some(&ac(3)), false, Some(&sources())).unwrap();
    assert_eq!(removed.causes[0].change, Change::Removed);
    assert_eq!(of_kind(&removed, Kind::Test), ["tests/xbrl.rs:14-18"]);
    let whole = told(&stories, None, false, Some(&sources())).unwrap();
    assert_eq!(whole.causes.len(), 2);
    assert_eq!(of_kind(&whole, Kind::Test).len(), 2);
}

#[test]
fn conclusions_that_bear_on_the_criterion_narrow_what_is_suspect() {
    let mut stories = stories();
    let all = told(&stories, Some(&ac(2)), true, None).unwrap();
    // Every conclusion of the golden history bears on AC-1; now one alone bears on AC-2.
    let own = stories[0].conclusions.last_mut().unwrap();
    own.body.criteria = vec!["AC-2".to_owned()];
    let narrow = told(&stories, Some(&ac(2)), true, None).unwrap();
    assert_eq!(of_kind(&narrow, Kind::Conclusion).len(), 1);
    let (few, many) = (
        of_kind(&narrow, Kind::Decision),
        of_kind(&all, Kind::Decision),
    );
    assert!(few.len() < many.len(), "{few:?} of {many:?}");
}

#[test]
fn what_was_made_again_since_is_settled_and_by_what() {
    let mut stories = stories();
    let entry = amend(&mut stories[0]);
    let again = Fact {
        digest: Digest::of(b"another run of the tests"),
        entry: entry + 1,
        ..stories[0].tests.last().unwrap().clone()
    };
    let short = again.digest.short();
    stories[0].tests.push(again);
    let impact = told(&stories, Some(&ac(2)), false, None).unwrap();
    let results: Vec<_> = impact
        .suspects
        .iter()
        .filter(|own| own.kind == Kind::TestResult)
        .collect();
    assert_eq!(results.len(), 2, "the new run is not suspect");
    for own in results {
        assert!(own.settled.as_ref().unwrap().contains(&short), "{own:?}");
    }
    let last = impact.suspects.last().unwrap();
    assert!(last.settled.is_some(), "what is open comes first");
}

#[test]
fn an_unknown_criterion_says_what_there_is() {
    let stories = stories();
    let error = told(&stories, Some(&ac(9)), false, None).unwrap_err();
    assert!(error.to_string().contains("AC-1, AC-2, AC-3"), "{error}");
}

/// Lets the first item be taken back by a run of its own.
fn take_back(story: &mut Story) {
    let delivery = story.deliveries[0].clone();
    let entry = next_entry(story);
    let revert = Revert {
        items: vec![Reverted {
            item: story.item.clone(),
            key: story.key.clone(),
            run: "VSME-142.1".into(),
            receipt: delivery.digest,
            base: story.pull_requests[0].body.base.clone(),
            head: story.pull_requests[0].body.head.clone(),
        }],
        user: "u-klara".into(),
        comment: "h-revert".into(),
        code: "REVER-T0000".to_owned(),
        why: Some("it was wrong".to_owned()),
    };
    let digest = Digest::of(b"the revert");
    story.reverts.push(Fact {
        digest,
        title: "revert".to_owned(),
        entry,
        at: delivery.at,
        persona: delivery.persona,
        run: "VSME-142.2".into(),
        inputs: Vec::new(),
        body: revert,
    });
    let mut step = story.entries.last().unwrap().clone();
    step.seq = entry;
    step.run = "VSME-142.2".into();
    step.events = vec![Event::Reverting {
        revert: digest,
        run: "VSME-142.2".into(),
        comment: "h-revert".into(),
        code: "REVER-T0000".to_owned(),
    }];
    story.entries.push(step);
}

fn deliver_revert(story: &mut Story) {
    let mut step = story.entries.last().unwrap().clone();
    step.seq += 1;
    step.events = vec![Event::Delivered {
        fence: Fence(9),
        receipt: Digest::of(b"the receipt of the revert"),
    }];
    story.entries.push(step);
}

#[test]
fn what_rests_on_reverted_work_is_suspect_once_the_revert_was_delivered() {
    let mut stories = stories();
    take_back(&mut stories[0]);
    let spec = stories[1].specs.last_mut().unwrap();
    spec.body.depends_on = vec!["VSME-142".into()];
    let word_alone = told(&stories, None, false, Some(&sources())).unwrap();
    assert_eq!(
        word_alone.causes.len(),
        0,
        "a word alone takes nothing back"
    );
    deliver_revert(&mut stories[0]);
    let impact = told(&stories, None, false, Some(&sources())).unwrap();
    assert_eq!(impact.causes[0].change, Change::Reverted);
    assert_eq!(of_kind(&impact, Kind::Item), ["VSME-143"]);
    assert_eq!(of_kind(&impact, Kind::Test).len(), 3);
    assert_eq!(impact.plan.len(), 2);
    let text = impact::text(&impact);
    assert!(
        text.contains("Klara Nilsson") && text.contains("it was wrong"),
        "{text}"
    );
}

#[test]
fn a_closure_names_commits_files_tests_decisions_and_what_waits() {
    let mut stories = stories();
    assert_eq!(
        revert::closure(&stories[1], &stories, None),
        None,
        "it was not delivered"
    );
    let spec = stories[1].specs.last_mut().unwrap();
    spec.body.depends_on = vec!["VSME-142".into()];
    let closure = revert::closure(&stories[0], &stories, Some(&sources())).unwrap();
    assert_eq!(closure.own.commits.len(), 3);
    assert_eq!(closure.own.tests, ["tests/xbrl.rs"]);
    assert_eq!(
        closure.own.files,
        ["Cargo.toml", "src/period.rs", "src/xbrl.rs"]
    );
    assert_eq!(closure.own.decisions.len(), 4);
    assert!(closure.dependants.is_empty());
    assert_eq!(closure.waiting, ["VSME-143".into()]);
    // The tests go with the commits; the document names the item from elsewhere.
    let named: Vec<&str> = closure
        .annotated
        .iter()
        .map(|own| own.place.path.as_str())
        .collect();
    assert_eq!(named, ["docs/xbrl.md"]);
    let range = closure.own.range.clone().unwrap();
    assert_eq!(closure.ranges(&[]), Some(vec![range]));
    assert!(!closure.is_covered(), "nobody asked yet");
    take_back(&mut stories[0]);
    deliver_revert(&mut stories[0]);
    let closure = revert::closure(&stories[0], &stories, None).unwrap();
    assert_eq!(closure.taken_back.unwrap().run.as_str(), "VSME-142.2");
}
