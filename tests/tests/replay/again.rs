//! Replays with an override, of simulated worlds.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use trail_item::{Fold, State};
use trail_model::Scripted;
use trail_port::tracker::{Append, Tracker as _};
use trail_port::{Model, Policy};
use trail_reader::{History, Story};
use trail_record::body::GateRequest;
use trail_record::chain;
use trail_record::{Digest, ItemId, Keypair, Persona, Record};
use trail_replay::{
    Asked, Error, Keys, Overrides, Plan, Root, Said, Standing, Summary, again, is_replay,
};
use trail_tests::fakes::{PlainPolicy, PushedClock, Repository};
use trail_tests::world::{BODY, CALLS, SCRIPT, World};
use trail_worker::Stop;

use crate::exact::deliver;
use crate::support::{history, house, recorded, trust};

/// A rival that plans in one call, gets it right at once, and takes six calls in all.
const RIVAL: &str = r#"{"name":"scripted-rival","actions":[
 {"action":"plan","round":1,"turns":[
   {"calls":[{"name":"record_decision","arguments":{"name":"greeting_form","statement":"a macro","choice":"macro","alternatives":["function"],"rationale":"short"}},
             {"name":"deliver","arguments":{"summary":"a macro will do"}}]}]},
 {"action":"implement","round":1,"turns":[
   {"calls":[{"name":"write","arguments":{"path":"src/greet.rs","content":"macro_rules! greet { () => {} } // fixed\n"}},
             {"name":"deliver","arguments":{"summary":"wrote a macro"}}]}]},
 {"action":"write-tests","round":1,"turns":[
   {"calls":[{"name":"write","arguments":{"path":"tests/greet.rs","content":"\n#[trail::validates(work_item = \"P-1\", criterion = \"AC-1\")]\n#[test]\nfn greets() {}\n"}},
             {"name":"deliver","arguments":{"summary":"one test"}}]}]},
 {"action":"run-tests","round":1,"turns":[
   {"calls":[{"name":"run","arguments":{"command":["test"]}}]},
   {"calls":[{"name":"deliver","arguments":{"summary":"green"}}]}]},
 {"action":"deliver","round":1,"turns":[
   {"calls":[{"name":"deliver","arguments":{"summary":"as approved"}}]}]}]}"#;

/// A person who says the same at every gate.
struct Person {
    says: Said,
    asked: Mutex<Vec<String>>,
}

impl Person {
    fn saying(says: Said) -> Self {
        Self {
            says,
            asked: Mutex::default(),
        }
    }
}

#[async_trait]
impl Asked for Person {
    async fn decide(&self, request: &GateRequest, _: &str) -> Said {
        let gate = request.gate.as_str().to_owned();
        self.asked.lock().unwrap().push(gate);
        self.says.clone()
    }

    fn told(&self, _: &State) {}
}

fn keys() -> Keys {
    let key = |seed: u8| Keypair::from_seed(&[seed; 32]);
    let personas = Persona::ALL.into_iter().zip(100..);
    Keys {
        operator: key(99),
        personas: personas
            .map(|(persona, seed)| (persona, key(seed)))
            .collect(),
    }
}

/// A repository in which commands are run, as in the world.
fn repository() -> Repository {
    let tested = |files: &BTreeMap<String, String>| {
        let fixed = files["src/greet.rs"].contains("fixed");
        let (word, exit) = if fixed { ("ok", 0) } else { ("FAILED", 101) };
        (format!("test greets ... {word}\n"), exit)
    };
    Repository::new(&[("src/lib.rs", "pub mod greet;\n")], Arc::new(tested))
}

async fn plan(world: &World, item: &ItemId, script: &str, dir: &Path) -> Plan {
    let history = history(world, item, &trust(world)).await;
    let model: Arc<dyn Model> = Arc::new(script.parse::<Scripted>().unwrap());
    let mut house = house(world);
    house.workspace = Arc::new(repository());
    let clock = PushedClock::new();
    clock.push(Duration::from_secs(7 * 24 * 3600));
    Plan {
        recorded: recorded(&history).unwrap(),
        house,
        models: Persona::ALL
            .map(|persona| (persona, Arc::clone(&model)))
            .into(),
        overrides: Overrides {
            model: Some(model.identity().model),
            temperature: None,
        },
        from: 1,
        regate: Vec::new(),
        dir: dir.join("replay"),
        keys: keys(),
        clock: Arc::new(clock),
    }
}

/// Makes the directory as the command does, and replays.
async fn run(plan: Plan, person: &Person) -> Result<Summary, Error> {
    std::fs::create_dir_all(&plan.dir).unwrap();
    again(plan, person, &Stop::new()).await
}

async fn delivered() -> (World, ItemId) {
    let world = World::playing(SCRIPT);
    let item = world.file(BODY, &[]).await;
    let workers = world.workers().await;
    deliver(&world, &workers, &item).await;
    (world, item)
}

/// Reads a replay's history and asserts that nothing is wrong with it.
fn read(dir: &Path) -> (History, Story) {
    let history = History::load(&dir.join("replay/history")).unwrap();
    let judged = history.judge(Some(&mut |_| Box::new(Fold::default())));
    let findings = &judged[0].judgement.findings;
    assert!(findings.is_empty(), "{findings:?}");
    assert!(judged[0].assembly.void.is_empty());
    let trust = history.trust().unwrap();
    let story = Story::of(&judged[0], Some(&trust), &history.blobs);
    (history, story)
}

fn decisions(story: &Story) -> Vec<Digest<Record>> {
    story.decisions.iter().map(|own| own.digest).collect()
}

async fn original(world: &World, item: &ItemId) -> Story {
    let history = history(world, item, &trust(world)).await;
    let judged = history.judge(Some(&mut |_| Box::new(Fold::default())));
    Story::of(&judged[0], Some(&world.trust), &history.blobs)
}

#[tokio::test]
async fn another_model_makes_a_run_of_its_own_that_readers_can_read() {
    let (world, item) = delivered().await;
    let dir = tempfile::tempdir().unwrap();
    let nobody = Person::saying(Said::Nothing);
    let (asked, entries) = (world.model.asked(), world.view(&item).await.state.entries);
    let summary = run(plan(&world, &item, RIVAL, dir.path()).await, &nobody)
        .await
        .unwrap();
    assert_eq!(summary.standing, Standing::Delivered, "{:?}", summary.why);
    assert_eq!((summary.calls, summary.asked), (6, 6));
    assert_eq!(summary.answers_from_record, 0);
    assert_eq!(summary.self_check.answers, u64::from(CALLS));

    // The original is as it was: its model, its tracker and its repository were not touched.
    assert_eq!(world.model.asked(), asked);
    assert_eq!(world.view(&item).await.state.entries, entries);
    assert_eq!(world.repository.branches().len(), 1);

    let (history, story) = read(dir.path());
    assert!(is_replay(&history.items[0].subject.project));
    let root = Root::read(story.observations.iter().map(|own| &own.body)).unwrap();
    let head = world.view(&item).await.state.head;
    assert_eq!(Some(root.replay_of.head), head);
    assert_eq!(root.replay_of.run.as_str(), "P-1.1");
    assert_eq!(root.overrides.model.as_deref(), Some("scripted-rival"));
    assert_eq!(story.runs, vec![summary.run.clone()]);
    assert!(summary.run.as_str().starts_with("P-1.1~"));
    assert_eq!(story.decisions.len(), 6);
    assert_eq!(story.head(), summary.head);

    // The same task, another choice.
    let before = original(&world, &item).await;
    assert_eq!(story.spec().unwrap().digest, before.spec().unwrap().digest);
    let choice = |story: &Story| story.conclusions[0].body.choice.clone();
    assert_eq!(choice(&before).as_deref(), Some("function"));
    assert_eq!(choice(&story).as_deref(), Some("macro"));

    // What was carried over says so, with both digests, and that nobody decided it here.
    assert_eq!(summary.carried.len(), 2);
    for (carried, gate) in summary.carried.iter().zip(&story.gates) {
        assert!(!carried.same_subject);
        assert_eq!(carried.subject, gate.request.body.subject);
        let decision = &gate.decisions[0].body;
        assert!(decision.simulated && decision.name.contains("carried over"));
        let why = decision.why.clone().unwrap();
        for digest in [carried.decision, carried.original_subject, carried.subject] {
            assert!(why.contains(&digest.to_string()), "{why}");
        }
    }
    let remote = story.deliveries[0].body.remote.clone().unwrap();
    assert!(remote.contains("dry run"), "{remote}");
    assert_eq!(
        summary.pull_request.unwrap().head,
        story.deliveries[0].body.head
    );
    let json = std::fs::read_to_string(dir.path().join("replay/replay.json")).unwrap();
    assert!(json.contains("\"standing\": \"delivered\""), "{json}");
    assert!(dir.path().join("replay/pull-request.md").is_file());
}

#[tokio::test]
async fn calls_before_the_first_that_is_asked_anew_are_the_recorded_ones() {
    let (world, item) = delivered().await;
    let before = original(&world, &item).await;
    for from in [3, 5, CALLS] {
        let dir = tempfile::tempdir().unwrap();
        let plan = Plan {
            from,
            ..plan(&world, &item, SCRIPT, dir.path()).await
        };
        let summary = run(plan, &Person::saying(Said::Nothing)).await.unwrap();
        assert_eq!(summary.standing, Standing::Delivered);
        let (_, story) = read(dir.path());
        let same = usize::try_from(from - 1).unwrap();
        let same = same.min(usize::try_from(CALLS).unwrap() - 1);
        assert_eq!(summary.answers_from_record, same as u64, "from {from}");
        assert_eq!(summary.asked, u64::from(CALLS) - same as u64);
        // As long as nothing else came between, the records themselves are the same.
        let planned = before.conclusions.len() + 1;
        assert_eq!(
            decisions(&story)[..same.min(planned)],
            decisions(&before)[..same.min(planned)]
        );
        // The same answers make the same trees, and a known tree is not tested again.
        let trees = |story: &Story| -> Vec<_> {
            let commits = story.commits.iter().map(|own| own.body.tree.clone());
            commits.collect()
        };
        assert_eq!(trees(&story), trees(&before));
        let known = if from == CALLS { 0 } else { 2 };
        assert_eq!(summary.test_results_reused, known, "from {from}");
        let results = |story: &Story| -> Vec<_> {
            let tests = story.tests.iter().map(|own| own.body.clone());
            tests.collect()
        };
        assert_eq!(results(&story), results(&before));
    }
}

#[tokio::test]
async fn the_live_chain_takes_nothing_of_a_replay() {
    let world = World::playing(SCRIPT);
    let item = world.file(BODY, &[]).await;
    let workers = world.workers().await;
    deliver(&world, &workers, &item).await;
    let dir = tempfile::tempdir().unwrap();
    let nobody = Person::saying(Said::Nothing);
    run(plan(&world, &item, RIVAL, dir.path()).await, &nobody)
        .await
        .unwrap();
    let (replay, _) = read(dir.path());
    let before = world.view(&item).await;
    for (comment, persona) in replay.items[0]
        .comments
        .iter()
        .zip(Persona::ALL.iter().cycle())
    {
        // Whoever posts it, and wherever: it names another project and trust document.
        let opened = chain::open(comment.envelope.as_bytes(), &world.trust);
        assert!(opened.is_err(), "a replay's entry is signed by nobody here");
        let text = format!("```trail-entry\n{}\n```\n", comment.envelope);
        let append = Append {
            key: Digest::of(text.as_bytes()),
            after: world.newest(&item).await.id.into(),
            text,
        };
        let _ = world.seat(*persona).append(&item, &append).await;
        world.say(&item, &append.text).await;
    }
    let after = world.view(&item).await;
    assert_eq!(after.state, before.state, "nothing of it counts");
    assert_eq!(
        after.assembly.chain.entries().len(),
        before.assembly.chain.entries().len()
    );
    assert!(!after.assembly.findings.is_empty(), "and it is noticed");
}

#[tokio::test]
async fn a_gate_that_is_asked_anew_waits_for_the_person() {
    let (world, item) = delivered().await;
    for (says, standing, carried) in [
        (Said::Nothing, Standing::Waiting, 0),
        (Said::Approved(None), Standing::Delivered, 1),
        (Said::Rejected("no macros".to_owned()), Standing::Stuck, 0),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let plan = Plan {
            regate: vec!["file_write".to_owned()],
            ..plan(&world, &item, RIVAL, dir.path()).await
        };
        let person = Person::saying(says.clone());
        let summary = run(plan, &person).await.unwrap();
        assert_eq!(summary.standing, standing, "{says:?}: {:?}", summary.why);
        assert_eq!(summary.carried.len(), carried, "{says:?}");
        assert_eq!(person.asked.lock().unwrap()[0], "file_write");
        let (_, story) = read(dir.path());
        let decided = story.gates[0].decisions.first();
        assert_eq!(decided.is_some(), says != Said::Nothing);
        if let Some(decided) = decided {
            assert!(decided.body.simulated, "nobody proved who it was");
        }
    }
}

#[tokio::test]
async fn a_rejection_is_carried_over_once() {
    let world = World::playing(SCRIPT);
    let item = world.file(BODY, &[]).await;
    let workers = world.workers().await;
    world.settle(&workers, &item).await;
    let code = world
        .view(&item)
        .await
        .state
        .waiting()
        .unwrap()
        .code
        .clone();
    world.say(&item, &format!("/reject {code} anew")).await;
    world.settle(&workers, &item).await;
    // The original ends here, waiting: all that was decided is the rejection.
    let dir = tempfile::tempdir().unwrap();
    let rival = RIVAL.replace(
        r#"{"action":"write-tests""#,
        r#"{"action":"implement","round":2,"turns":[
   {"calls":[{"name":"write","arguments":{"path":"src/greet.rs","content":"// fixed\n"}},
             {"name":"deliver","arguments":{"summary":"again"}}]}]},
 {"action":"write-tests""#,
    );
    let nobody = Person::saying(Said::Nothing);
    let summary = run(plan(&world, &item, &rival, dir.path()).await, &nobody)
        .await
        .unwrap();
    assert_eq!(summary.standing, Standing::Waiting, "{:?}", summary.why);
    assert_eq!(summary.carried.len(), 1);
    let (_, story) = read(dir.path());
    assert_eq!(story.gates.len(), 2);
}

#[tokio::test]
async fn what_cannot_be_applied_is_refused_and_writes_nothing() {
    let (world, item) = delivered().await;
    let nobody = Person::saying(Said::Nothing);
    let dir = tempfile::tempdir().unwrap();
    type Change = fn(Plan) -> Plan;
    let cases: [(&str, Change); 4] = [
        ("there is no call 0", |plan| Plan { from: 0, ..plan }),
        ("there is no call 11", |plan| Plan { from: 11, ..plan }),
        (
            "had no gate \"plan\"; its gates: file_write, pr_create",
            |plan| Plan {
                regate: vec!["plan".to_owned()],
                ..plan
            },
        ),
        ("is not here", |mut plan| {
            plan.house.policies = vec![Arc::new(PlainPolicy {
                approvals: 7,
                delegates: false,
            }) as Arc<dyn Policy>];
            plan
        }),
    ];
    for (expected, change) in cases {
        let plan = change(plan(&world, &item, RIVAL, dir.path()).await);
        let error = run(plan, &nobody).await.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    // The self-check lane: where the original cannot be reproduced, no override of it counts.
    let mut changed = plan(&world, &item, RIVAL, dir.path()).await;
    changed.house.settings.tests.command = vec!["other".to_owned()];
    let error = run(changed, &nobody).await.unwrap_err();
    assert!(matches!(error, Error::SelfCheck(_)), "{error}");
    let made: Vec<_> = dir.path().join("replay").read_dir().unwrap().collect();
    assert!(made.is_empty(), "{made:?}");
}

#[tokio::test]
async fn a_replay_that_is_told_to_stop_says_that_it_is_not_finished() {
    let (world, item) = delivered().await;
    let dir = tempfile::tempdir().unwrap();
    let plan = plan(&world, &item, RIVAL, dir.path()).await;
    std::fs::create_dir_all(&plan.dir).unwrap();
    let stop = Stop::new();
    stop.cancel();
    let nobody = Person::saying(Said::Nothing);
    let summary = again(plan, &nobody, &stop).await.unwrap();
    assert_eq!(summary.standing, Standing::Stopped);
    let json = std::fs::read_to_string(dir.path().join("replay/replay.json")).unwrap();
    assert!(json.contains("\"standing\": \"stopped\""));
    let (_, story) = read(dir.path());
    assert_eq!(story.entries.len(), 1);
}
