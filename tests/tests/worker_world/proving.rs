//! What the tests prove, in the loop: vacuous ones go back, proven ones go on, and a crash repeats
//! nothing.

use std::time::Duration;

use trail_item::{Event, Stage};
use trail_record::body::Proof;
use trail_record::{Digest, Entry, ItemId, Kind, Persona};
use trail_tests::fakes::{Death, When};
use trail_tests::world::{BODY, SCRIPT, World, rewriting};
use trail_worker::{Stop, View, Worker};

use super::{deliver, titles};

/// A body whose criterion keeps something.
fn keeping() -> String {
    BODY.replace("- AC-1:", "- AC-1 (keeps):")
}

/// Lets the workers work up to the pull request's gate.
async fn prepared(world: &World, item: &ItemId) -> Vec<Worker> {
    let workers = world.workers().await;
    world.settle(&workers, item).await;
    world.approve(item).await;
    world.settle(&workers, item).await;
    workers
}

/// What each round proved: the open criteria, and whether the tests went back.
fn rounds(view: &View) -> Vec<(Vec<String>, bool)> {
    let events = view
        .entries()
        .flat_map(|signed| signed.entry.events.clone());
    events
        .filter_map(|event| serde_json::from_value(event).ok())
        .filter_map(|event| match event {
            Event::Proved { open, again, .. } => {
                Some((open.iter().map(ToString::to_string).collect(), again))
            }
            _ => None,
        })
        .collect()
}

fn open(again: bool) -> (Vec<String>, bool) {
    (vec!["AC-1".to_owned()], again)
}

const PROVEN: (Vec<String>, bool) = (Vec::new(), false);

#[tokio::test]
async fn a_vacuous_test_goes_back_with_the_reason_and_is_written_so_that_it_proves() {
    let world = World::playing(&rewriting(&["assert!(true)", "compares()"]));
    let item = world.file(BODY, &[]).await;
    deliver(&world, &item).await;
    let view = world.view(&item).await;
    assert!(
        matches!(view.state.stage, Stage::Delivered { .. }),
        "{:?}",
        view.state
    );
    assert_eq!(view.assembly.findings, vec![]);
    assert_eq!(rounds(&view), [open(true), PROVEN]);
    assert_eq!(world.prover.asked(), 2);
    let told = world.comments(&item).await.join("\n");
    assert!(
        told.contains("**0 of 1 criterion are proven.** The tests go back to the tester"),
        "{told}"
    );
    assert!(
        told.contains("is vacuous: it passes on the base already, without the change"),
        "{told}"
    );
    // The tester is told why, and what would prove it.
    let decisions = world.decisions(&item).await;
    let mut briefed = decisions.iter().filter(|own| own.action == "write-tests");
    let again = briefed
        .nth(1)
        .expect("the tests are written twice")
        .appended
        .to_string();
    assert!(again.contains("AC-1 is not proven"), "{again}");
    assert!(again.contains("fails by assertion without it"), "{again}");
    // What was laid over the base are the tests and nothing of the product.
    let asked = &world.prover.questions()[1];
    assert_eq!(asked.test_paths, ["tests/greet.rs"]);
    assert_eq!(asked.product, ["src/**", "tests/**"]);
}

#[tokio::test]
async fn when_the_rounds_are_used_up_the_pull_request_names_what_is_open() {
    let mut world = World::playing(&rewriting(&["assert!(true)", "assert!(true) /* really */"]));
    world.settings.tests.proving.rounds = 1;
    let item = world.file(BODY, &[]).await;
    let workers = prepared(&world, &item).await;
    let view = world.view(&item).await;
    assert_eq!(rounds(&view), [open(true), open(false)]);
    let asked = world.newest(&item).await.text;
    assert!(asked.contains("**Not proven:** AC-1@1 ("), "{asked}");
    assert!(asked.contains("- not proven: **AC-1@1**"), "{asked}");
    assert!(
        asked.contains("who decides about the pull request decides about this too"),
        "{asked}"
    );
    world.approve(&item).await;
    world.settle(&workers, &item).await;
    let state = world.view(&item).await.state;
    assert!(matches!(state.stage, Stage::Delivered { .. }), "{state:?}");
}

#[tokio::test]
async fn a_test_proves_by_assertion_on_the_base_or_on_a_fault_of_the_change() {
    let keeping = keeping();
    for (word, body, proven, killed) in [
        ("compares()", BODY, true, false),
        ("only_here()", BODY, true, true),
        ("only_called()", BODY, false, false),
        ("stays()", keeping.as_str(), true, true),
        ("assert!(true)", keeping.as_str(), false, true),
        ("compares()", keeping.as_str(), false, false),
        ("sometimes()", BODY, false, false),
    ] {
        let mut world = World::playing(&rewriting(&[word]));
        world.settings.tests.proving.rounds = 0;
        let item = world.file(body, &[]).await;
        prepared(&world, &item).await;
        let view = world.view(&item).await;
        let expected = if proven { PROVEN } else { open(false) };
        assert_eq!(rounds(&view), [expected], "{word}");
        let proofs: Vec<Proof> = world.bodies(&item, Kind::Proof).await;
        let [proof] = proofs.as_slice() else {
            panic!("{word}: {proofs:?}");
        };
        assert_eq!(proof.claims[0].proves, proven, "{word}: {proof:?}");
        assert_eq!(
            proof.mutant.is_some(),
            killed && proven,
            "{word}: {proof:?}"
        );
        assert!(
            view.state.waiting().is_some(),
            "{word}: the pull request is asked for"
        );
    }
}

#[tokio::test]
async fn where_nothing_could_be_tried_nobody_is_sent_back() {
    let world = World::playing(SCRIPT);
    world.prover.stop("there is no sandbox here");
    let item = world.file(BODY, &[]).await;
    prepared(&world, &item).await;
    let view = world.view(&item).await;
    assert_eq!(rounds(&view), [open(false)]);
    let asked = world.newest(&item).await.text;
    assert!(
        asked.contains("Not all was tried: there is no sandbox here."),
        "{asked}"
    );
}

#[tokio::test]
async fn proving_can_be_switched_off_and_then_nothing_is_said_of_it() {
    let mut world = World::playing(SCRIPT);
    world.settings.tests.proving.enabled = false;
    let item = world.file(BODY, &[]).await;
    prepared(&world, &item).await;
    assert!(rounds(&world.view(&item).await).is_empty());
    assert_eq!(world.prover.asked(), 0);
    let asked = world.newest(&item).await.text;
    assert!(!asked.contains("roven"), "{asked}");
}

#[tokio::test]
async fn tests_that_prove_nothing_do_not_use_up_the_contract() {
    let mut world = World::playing(&rewriting(&["assert!(true)", "compares()"]));
    // Tests and a fix pass; there is no room for tests that are written anew.
    world.settings.contract_patchsets = 2;
    let item = world.file(BODY, &[]).await;
    prepared(&world, &item).await;
    let view = world.view(&item).await;
    assert_eq!(rounds(&view), [open(false)]);
    assert_eq!(titles(&view, Kind::TestPatchset).len(), 1);
}

#[tokio::test]
async fn a_tester_that_dies_between_evidence_and_seal_tries_nothing_again() {
    // It dies before each of its calls in turn; what it is told is journaled before it is used.
    let mut twice = 0;
    let mut strikes = 0;
    for strike in 1.. {
        let world = World::playing(SCRIPT);
        let item = world.file(BODY, &[]).await;
        let death = Death::at(strike, When::Before);
        let mut workers = Vec::new();
        for own in Persona::ALL {
            let fatal = (own == Persona::Tester).then_some(&death);
            workers.push(world.worker(own, fatal).await);
        }
        let stop = Stop::new();
        let mut reborn = false;
        for _ in 0..200 {
            for worker in &workers {
                match worker.turn(&item, &stop).await {
                    Ok(trail_worker::Outcome::Later(_)) => world.clock.push(Duration::from_secs(2)),
                    Ok(_) => {}
                    Err(error) => {
                        assert!(death.has_struck(), "only death may fail a turn: {error}")
                    }
                }
            }
            if death.has_struck() && !reborn {
                reborn = true;
                let own = Persona::ALL.iter().position(|own| *own == Persona::Tester);
                workers[own.expect("it is one")] = world.worker(Persona::Tester, None).await;
            }
            let view = world.view(&item).await;
            if matches!(view.state.stage, Stage::Green { .. } | Stage::Stuck { .. }) {
                break;
            }
            if view.state.waiting().is_some() {
                world.approve(&item).await;
            }
        }
        let view = world.view(&item).await;
        assert!(
            matches!(view.state.stage, Stage::Green { .. }),
            "strike {strike}: {:?}",
            view.state
        );
        assert_eq!(rounds(&view), [PROVEN], "strike {strike}");
        match world.prover.asked() {
            1 => {}
            2 => twice += 1,
            asked => panic!("strike {strike}: asked {asked} times"),
        }
        if !death.has_struck() {
            break;
        }
        strikes += 1;
    }
    assert!(strikes > 20, "only {strikes} deaths were tried");
    // Only who dies between the answer and its journal has to ask again.
    assert_eq!(twice, 1, "of {strikes} deaths");
}

#[tokio::test]
async fn the_lease_is_kept_while_trials_run() {
    let mut world = World::playing(SCRIPT);
    world.settings.lease = Duration::from_secs(2);
    world.prover.take(Duration::from_millis(900));
    let item = world.file(BODY, &[]).await;
    let pushed = std::sync::Arc::clone(&world.clock);
    let prover = world.prover.clone();
    let pushing = tokio::spawn(async move {
        while prover.asked() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        pushed.push(Duration::from_millis(1500));
    });
    prepared(&world, &item).await;
    pushing.await.expect("the clock is pushed");
    let view = world.view(&item).await;
    assert_eq!(rounds(&view), [PROVEN]);
    let renewed = |signed: &&trail_record::chain::Signed| {
        signed.entry.persona == Persona::Tester
            && signed
                .entry
                .events
                .iter()
                .any(|event| event["event"] == "renewed")
    };
    assert!(
        view.entries().any(|signed| renewed(&signed)),
        "the tester renewed its lease"
    );
}

#[tokio::test]
async fn a_person_may_have_the_tests_tried_again_and_it_moves_nothing() {
    let world = World::playing(SCRIPT);
    let item = world.file(BODY, &[]).await;
    let tester = world.worker_named(Persona::Tester, "asked", None).await;
    let early = tester
        .try_tests(&item, &[], true)
        .await
        .unwrap_err()
        .to_string();
    assert!(
        early.contains("is filed: what its tests prove is sealed when they have passed"),
        "{early}"
    );
    deliver(&world, &item).await;
    let before = world.view(&item).await;
    let head = |view: &View| -> Option<Digest<Entry>> { view.state.head };

    let shown = tester
        .try_tests(&item, &["greets".to_owned()], false)
        .await
        .expect("it is shown");
    assert_eq!(shown.sealed, None);
    assert!(shown.standings[0].is_proven());
    assert_eq!(
        head(&world.view(&item).await),
        head(&before),
        "nothing was sealed"
    );

    let none = tester
        .try_tests(&item, &["nobody".to_owned()], false)
        .await
        .unwrap_err()
        .to_string();
    assert!(
        none.contains("no test of P-1 has nobody in its name; there are: greets"),
        "{none}"
    );
    let part = tester
        .try_tests(&item, &["greets".to_owned()], true)
        .await
        .unwrap_err()
        .to_string();
    assert!(
        part.contains("a selection of tests is shown and not sealed"),
        "{part}"
    );

    let sealed = tester
        .try_tests(&item, &[], true)
        .await
        .expect("it is sealed");
    let after = world.view(&item).await;
    assert_eq!(after.state.stage, before.state.stage);
    assert_eq!(head(&after), sealed.sealed);
    assert_eq!(after.assembly.findings, vec![]);
    assert_eq!(rounds(&after), [PROVEN, PROVEN]);
    assert!(
        world
            .newest(&item)
            .await
            .text
            .contains("tried 1 test again on base, change and mutants")
    );
}
