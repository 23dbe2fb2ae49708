//! Exact replays of simulated worlds: every entry comes out again, whatever happened in the run.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use trail_item::Stage;
use trail_port::model::{Answer, Error as ModelError, Identity, Request};
use trail_port::tracker::NewItem;
use trail_port::{Model, Tracker as _};
use trail_record::{ItemId, Persona};
use trail_tests::fakes::{Death, PlainPolicy, PushedClock, When};
use trail_tests::world::{BODY, CALLS, SCRIPT, World, rewriting};
use trail_worker::{Outcome, Ports, Stop, Worker};

use crate::support::reproduces;

/// Lets the workers work and approves whatever they ask, until nothing waits any more.
pub(crate) async fn deliver(world: &World, workers: &[Worker], item: &ItemId) {
    for _ in 0..8 {
        world.settle(workers, item).await;
        if world.view(item).await.state.waiting().is_none() {
            return;
        }
        world.approve(item).await;
    }
    panic!("the gates do not end");
}

async fn is_delivered(world: &World, item: &ItemId) -> bool {
    world.view(item).await.state.stage_name() == "delivered"
}

#[tokio::test]
async fn a_delivered_run_comes_out_the_same() {
    let world = World::playing(SCRIPT);
    let item = world.file(BODY, &[]).await;
    let workers = world.workers().await;
    deliver(&world, &workers, &item).await;
    let asked = world.model.asked();
    let exact = reproduces(&world, &item, &[]).await;
    assert_eq!(exact.taken_from_record.answers, u64::from(CALLS));
    assert_eq!(exact.taken_from_record.command_results, 2);
    assert_eq!(exact.taken_from_record.test_results, 2);
    assert_eq!(exact.taken_from_record.comments, 2);
    assert_eq!(exact.reproduced.commits, 3);
    assert_eq!(exact.reproduced.decisions, u64::from(CALLS));
    assert_eq!(world.model.asked(), asked, "no model was asked");
}

#[tokio::test]
async fn rejections_orders_and_mistakes_of_humans_come_out_the_same() {
    let world = World::playing(SCRIPT);
    let item = world.file(BODY, &["gate:security"]).await;
    let workers = world.workers().await;
    world.settle(&workers, &item).await;
    world.approve(&item).await;
    world.settle(&workers, &item).await;
    let view = world.view(&item).await;
    let code = view.state.waiting().unwrap().code.clone();
    world
        .say(&item, &format!("/reject {code} it greets nobody"))
        .await;
    world.settle(&workers, &item).await;
    world.say(&item, "/aprove it").await;
    world.say(&item, "/approve AAAAA-AAAAA").await;
    world.say(&item, "what a fine day").await;
    world.settle(&workers, &item).await;
    world.say(&item, "/hold until tomorrow").await;
    world.settle(&workers, &item).await;
    world.say(&item, "/resume").await;
    deliver(&world, &workers, &item).await;
    assert!(is_delivered(&world, &item).await);
    let exact = reproduces(&world, &item, &[]).await;
    assert!(exact.taken_from_record.comments >= 8);
}

#[tokio::test]
async fn a_run_that_is_not_over_comes_out_the_same_as_far_as_it_is() {
    let world = World::playing(SCRIPT);
    let item = world.file(BODY, &[]).await;
    let workers = world.workers().await;
    world.settle(&workers, &item).await;
    reproduces(&world, &item, &[]).await;
}

#[tokio::test]
async fn drift_amendment_and_restored_texts_come_out_the_same() {
    let world = World::playing(SCRIPT);
    let item = world.file(BODY, &[]).await;
    let workers = world.workers().await;
    world.settle(&workers, &item).await;
    let changed = BODY.replace("Hello, Ada!", "Hi, Ada!");
    // Nobody binds this text, so nothing holds it.
    world.edit_body(&item, &changed.replace("Hi", "Hey")).await;
    world.settle(&workers, &item).await;
    world.say(&item, "/aprove").await;
    world.settle(&workers, &item).await;
    world.edit_body(&item, BODY).await;
    world.settle(&workers, &item).await;
    world.edit_body(&item, &changed).await;
    world.settle(&workers, &item).await;
    let (_, code) = world.view(&item).await.state.drift.unwrap();
    world.say(&item, &format!("/amend {code}")).await;
    let stop = Stop::new();
    while world.view(&item).await.state.drift.is_some() {
        workers[0].turn(&item, &stop).await.unwrap();
    }
    // The unbound text, and the answer that was given while the item had it.
    reproduces(&world, &item, &[("unknown texts", 2)]).await;
}

#[tokio::test]
async fn an_unfit_task_that_was_mended_comes_out_the_same() {
    let world = World::playing(SCRIPT);
    let item = world.file("Make it nice.\n", &[]).await;
    let workers = world.workers().await;
    world.settle(&workers, &item).await;
    world.edit_body(&item, BODY).await;
    deliver(&world, &workers, &item).await;
    reproduces(&world, &item, &[("unknown texts", 1)]).await;
}

#[tokio::test]
async fn a_start_by_command_comes_out_the_same() {
    let world = World::playing(SCRIPT);
    let new = NewItem {
        title: "Greet people".to_owned(),
        body: BODY.to_owned(),
        labels: Vec::new(),
    };
    let item = world.stranger.create(&new).await.unwrap().id;
    let workers = world.workers().await;
    world.settle(&workers, &item).await;
    let Stage::AwaitingStart { code, .. } = world.view(&item).await.state.stage else {
        panic!("it waits for a start");
    };
    let said = world.stranger.say(&item, &format!("/start {code}")).await;
    said.unwrap();
    world.settle(&workers, &item).await;
    world.say(&item, &format!("/start {code}")).await;
    deliver(&world, &workers, &item).await;
    assert!(is_delivered(&world, &item).await);
    reproduces(&world, &item, &[]).await;
}

#[tokio::test]
async fn delegated_gates_and_two_approvals_come_out_the_same() {
    let policy = PlainPolicy {
        approvals: 1,
        delegates: true,
    };
    let world = World::with(SCRIPT, policy);
    let item = world.file(&format!("{BODY}\nRisk: low\n"), &[]).await;
    let workers = world.workers().await;
    deliver(&world, &workers, &item).await;
    assert!(is_delivered(&world, &item).await);
    reproduces(&world, &item, &[]).await;
}

#[tokio::test]
async fn refused_asks_and_an_agent_that_gives_up_come_out_the_same() {
    let script = SCRIPT
        .replace(
            r#"{"calls":[{"name":"read","arguments":{"path":"src/lib.rs"}}],"#,
            r#"{"reasoning":"hm","calls":[{"name":"read","arguments":{"path":"../../etc/passwd"}},{"name":"run","arguments":{"command":["sh"]}}],"#,
        )
        .replace(
            r#"{"calls":[{"name":"deliver","arguments":{"summary":"wrote greet"}}]}"#,
            r#"{"text":"No.","calls":[{"name":"give_up","arguments":{"reason":"it cannot be greeted"}}]}"#,
        );
    let world = World::playing(&script);
    let item = world.file(BODY, &[]).await;
    let workers = world.workers().await;
    world.settle(&workers, &item).await;
    let state = world.view(&item).await.state;
    assert!(matches!(state.stage, Stage::Stuck { .. }), "{state:?}");
    world.say(&item, "/retry").await;
    world.settle(&workers, &item).await;
    let exact = reproduces(&world, &item, &[]).await;
    assert!(exact.taken_from_record.answers >= 6, "{exact:?}");
}

#[tokio::test]
async fn a_reviewer_that_refuses_comes_out_the_same() {
    let script = SCRIPT.replace(
        r#"{"calls":[{"name":"deliver","arguments":{"summary":"as approved"}}]}"#,
        r#"{"calls":[{"name":"give_up","arguments":{"reason":"a test is missing"}}]}"#,
    );
    let world = World::playing(&script);
    let item = world.file(BODY, &[]).await;
    let workers = world.workers().await;
    world.settle(&workers, &item).await;
    world.approve(&item).await;
    world.settle(&workers, &item).await;
    world.approve(&item).await;
    // The script knows no second fix: the coder's model fails for good.
    world.settle(&workers, &item).await;
    reproduces(&world, &item, &[("failures", 1)]).await;
}

#[tokio::test]
async fn a_secret_that_blocked_comes_out_the_same() {
    let token = format!("ghp_{}", "a1B2".repeat(9));
    let script = SCRIPT.replace(
        r#""content":"pub fn greet() {}\n""#,
        &format!(r#""content":"const A: &str = \"{token}\";\n""#),
    );
    let world = World::playing(&script);
    let item = world.file(BODY, &[]).await;
    let workers = world.workers().await;
    world.settle(&workers, &item).await;
    reproduces(&world, &item, &[]).await;
}

#[tokio::test]
async fn tests_that_nobody_asked_for_come_out_the_same() {
    let script = SCRIPT.replace(
        r#"{"calls":[{"name":"run","arguments":{"command":["test"]}}]},"#,
        "",
    );
    let world = World::playing(&script);
    let item = world.file(BODY, &[]).await;
    let workers = world.workers().await;
    deliver(&world, &workers, &item).await;
    assert!(is_delivered(&world, &item).await);
    let exact = reproduces(&world, &item, &[]).await;
    let taken = exact.taken_from_record;
    assert_eq!((taken.command_results, taken.test_results), (1, 2));
}

/// A model that fails at some calls and takes its time at all of them.
struct Moody {
    inner: Arc<dyn Model>,
    clock: Arc<PushedClock>,
    takes: Duration,
    fails_at: Vec<u32>,
    asked: AtomicU32,
}

#[async_trait]
impl Model for Moody {
    fn identity(&self) -> Identity {
        self.inner.identity()
    }

    async fn ask(&self, request: &Request) -> Result<Answer, ModelError> {
        self.clock.push(self.takes);
        let number = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        if self.fails_at.contains(&number) {
            return Err(ModelError::Transient {
                endpoint: "scripted".to_owned(),
                reason: "overloaded: try later".to_owned(),
                retry_after: None,
                attempts: Vec::new(),
            });
        }
        self.inner.ask(request).await
    }
}

async fn moody(world: &World, takes: Duration, fails_at: &[u32]) -> Vec<Worker> {
    let mut workers = Vec::new();
    for persona in Persona::ALL {
        let worker = world.worker_through(persona, |ports| Ports {
            model: Arc::new(Moody {
                inner: ports.model,
                clock: Arc::clone(&world.clock),
                takes,
                fails_at: fails_at.to_vec(),
                asked: AtomicU32::new(0),
            }),
            ..ports
        });
        workers.push(worker.await);
    }
    workers
}

#[tokio::test]
async fn renewed_leases_come_out_the_same() {
    let world = World::playing(SCRIPT);
    let item = world.file(BODY, &[]).await;
    let workers = moody(&world, world.settings.lease * 3 / 5, &[]).await;
    deliver(&world, &workers, &item).await;
    assert!(is_delivered(&world, &item).await);
    let renewals = world.view(&item).await;
    let renewals = renewals
        .entries()
        .flat_map(|own| &own.entry.events)
        .filter(|event| event["event"] == "renewed");
    assert!(renewals.count() >= 3);
    reproduces(&world, &item, &[]).await;
}

#[tokio::test]
async fn long_calls_without_a_renewal_come_out_the_same() {
    let world = World::playing(SCRIPT);
    let item = world.file(BODY, &[]).await;
    // The outcome comes late in the lease, and no further call looked at the clock before it.
    let workers = moody(&world, world.settings.lease * 9 / 20, &[]).await;
    deliver(&world, &workers, &item).await;
    assert!(is_delivered(&world, &item).await);
    reproduces(&world, &item, &[]).await;
}

#[tokio::test]
async fn failed_models_and_retries_come_out_the_same() {
    let world = World::playing(SCRIPT);
    let item = world.file(BODY, &[]).await;
    let workers = moody(&world, Duration::ZERO, &[2]).await;
    deliver(&world, &workers, &item).await;
    assert!(is_delivered(&world, &item).await);
    reproduces(&world, &item, &[("failures", 3)]).await;
}

#[tokio::test]
async fn a_holder_that_died_and_its_successor_come_out_the_same() {
    let stop = Stop::new();
    let mut died = 0;
    for strike in 8..40 {
        let world = World::playing(SCRIPT);
        let item = world.file(BODY, &[]).await;
        let death = Death::at(strike, When::Before);
        let first = world.worker(Persona::Planner, Some(&death)).await;
        while !death.has_struck() && first.turn(&item, &stop).await.is_ok() {}
        if world.view(&item).await.state.lease.is_none() {
            continue;
        }
        died += 1;
        let mut workers = vec![world.worker_named(Persona::Planner, "2", None).await];
        // It takes a lease for lapsed once it has watched it for as long as it was to last.
        workers[0].turn(&item, &stop).await.unwrap();
        world.clock.push(world.settings.lease);
        for persona in [Persona::Coder, Persona::Tester, Persona::Reviewer] {
            workers.push(world.worker(persona, None).await);
        }
        deliver(&world, &workers, &item).await;
        assert!(is_delivered(&world, &item).await);
        reproduces(&world, &item, &[]).await;
    }
    assert!(died > 3, "{died} holders died");
}

#[tokio::test]
async fn a_worker_that_was_told_to_stop_comes_out_the_same() {
    let world = World::playing(SCRIPT);
    let item = world.file(BODY, &[]).await;
    let stop = Stop::new();
    let planner = {
        let stop = stop.clone();
        world.worker_through(Persona::Planner, move |ports| Ports {
            model: Arc::new(Stopping {
                inner: ports.model,
                stop,
            }),
            ..ports
        })
    };
    let planner = planner.await;
    while planner.turn(&item, &stop).await.is_ok() {}
    let workers = world.workers().await;
    deliver(&world, &workers, &item).await;
    assert!(is_delivered(&world, &item).await);
    reproduces(&world, &item, &[("releases", 1)]).await;
}

/// A model after whose first answer the worker is told to stop.
struct Stopping {
    inner: Arc<dyn Model>,
    stop: Stop,
}

#[async_trait]
impl Model for Stopping {
    fn identity(&self) -> Identity {
        self.inner.identity()
    }

    async fn ask(&self, request: &Request) -> Result<Answer, ModelError> {
        self.stop.cancel();
        self.inner.ask(request).await
    }
}

#[tokio::test]
async fn findings_that_humans_disposed_come_out_the_same() {
    let again = r#"{"action":"implement","round":3,"turns":[
   {"calls":[{"name":"write","arguments":{"path":"src/greet.rs","content":"pub fn greet() { /* once more */ }\n"}},
             {"name":"deliver","arguments":{"summary":"wrote greet once more"}}]}]},
 {"action":"write-tests""#;
    let script = SCRIPT.replace(r#"{"action":"write-tests""#, again);
    let world = World::playing(&script);
    let item = world.file(BODY, &[]).await;
    let workers = world.workers().await;
    let stop = Stop::new();
    for _ in 0..2 {
        world.settle(&workers, &item).await;
        let approval = world.approve(&item).await;
        while workers[0].turn(&item, &stop).await.unwrap() == Outcome::Worked {}
        let edited = world.admin.edit_comment(&item, &approval, "never mind");
        edited.await.unwrap();
        world.settle(&workers, &item).await;
        let view = world.view(&item).await;
        let open = view.state.findings.values().find(|own| !own.disposed);
        let code = open.expect("a finding closes the gates").code.clone();
        world
            .say(&item, &format!("/dispose {code} I edited it myself"))
            .await;
    }
    deliver(&world, &workers, &item).await;
    let view = world.view(&item).await;
    assert_eq!(view.state.findings.len(), 2, "{:?}", view.state);
    assert_eq!(view.state.stage_name(), "delivered", "{:?}", view.state);
    reproduces(&world, &item, &[("findings", 2)]).await;
}

#[tokio::test]
async fn what_tests_prove_is_judged_again_from_the_same_trials() {
    // A vacuous test that was written anew, and one that needed a fault to fail.
    let world = World::playing(&rewriting(&["assert!(true)", "only_here()"]));
    let item = world.file(BODY, &[]).await;
    let workers = world.workers().await;
    deliver(&world, &workers, &item).await;
    assert!(is_delivered(&world, &item).await);
    let asked = world.prover.asked();
    let exact = reproduces(&world, &item, &[]).await;
    assert_eq!(world.prover.asked(), asked, "nothing was tried again");
    assert_eq!(exact.reproduced.proofs, 2);
    assert_eq!(
        exact.taken_from_record.trials, 5,
        "two rounds of base and change, and one fault"
    );
    assert_eq!(
        exact
            .digests
            .iter()
            .filter(|own| own.kind == "proof")
            .count(),
        2
    );
}

#[tokio::test]
async fn proofs_that_a_person_asked_for_are_taken_from_the_record() {
    let world = World::playing(SCRIPT);
    let item = world.file(BODY, &[]).await;
    let workers = world.workers().await;
    deliver(&world, &workers, &item).await;
    let tester = world.worker_named(Persona::Tester, "asked", None).await;
    tester.try_tests(&item, &[], true).await.unwrap();
    reproduces(&world, &item, &[("proofs a person asked for", 1)]).await;
}
