//! The worker loop in a simulated world: from filing to delivery, and everything on the way.

mod delivery;
mod heard;
mod machines;
mod proving;
mod reporting;
mod reverting;
mod sight;

use std::collections::BTreeSet;
use std::time::Duration;

use trail_item::Stage;
use trail_port::Tracker;
use trail_record::{FindingKind, ItemId, Kind, Persona};
use trail_tests::fakes::{Death, PlainPolicy, When};
use trail_tests::world::{BODY, CALLS, SCRIPT, World};
use trail_worker::{Outcome, Stop};

async fn deliver(world: &World, item: &ItemId) {
    let workers = world.workers().await;
    world.settle(&workers, item).await;
    world.approve(item).await;
    world.settle(&workers, item).await;
    world.approve(item).await;
    world.settle(&workers, item).await;
}

fn titles(view: &trail_worker::View, kind: Kind) -> Vec<String> {
    view.entries()
        .flat_map(|signed| &signed.entry.records)
        .filter(|listed| listed.kind == kind)
        .map(|listed| listed.title.clone())
        .collect()
}

#[tokio::test]
async fn an_item_goes_from_filing_to_delivery() {
    let world = World::playing(SCRIPT);
    let item = world.file(BODY, &[]).await;
    deliver(&world, &item).await;
    let view = world.view(&item).await;
    assert!(
        matches!(view.state.stage, Stage::Delivered { .. }),
        "{:?}",
        view.state
    );
    assert_eq!(view.assembly.findings, vec![]);
    assert_eq!(view.state.calls, CALLS);
    assert_eq!(world.model.asked(), CALLS);
    assert_eq!(
        view.comments.len(),
        20,
        "comments from filing to delivery, approvals included"
    );
    let branch = world.repository.branches();
    let files = world
        .repository
        .files(&branch["trail/P-1.1"])
        .expect("it was delivered");
    assert!(files["src/greet.rs"].contains("fixed"));
    assert!(files.contains_key("tests/greet.rs"));
    for persona in Persona::ALL {
        assert!(
            view.entries().any(|signed| signed.entry.persona == persona),
            "{persona}"
        );
    }
}

/// Plays the whole story while one persona's process dies at its `strike`-th call to the world and
/// is started again; returns how often its ports were called.
async fn with_a_death(persona: Persona, strike: u64, when: When) -> (u64, bool) {
    let world = World::playing(SCRIPT);
    let item = world.file(BODY, &[]).await;
    let death = Death::at(strike, when);
    let mut workers = Vec::new();
    for own in Persona::ALL {
        let fatal = (own == persona).then_some(&death);
        workers.push(world.worker(own, fatal).await);
    }
    let stop = Stop::new();
    let mut reborn = false;
    let mut approved = BTreeSet::new();
    for _ in 0..400 {
        let mut worked = false;
        for worker in &workers {
            match worker.turn(&item, &stop).await {
                Ok(Outcome::Worked) => worked = true,
                Ok(Outcome::Later(_)) => {
                    world.clock.push(Duration::from_secs(2));
                    worked = true;
                }
                Ok(Outcome::Idle) => {}
                Err(error) => {
                    assert!(death.has_struck(), "only death may fail a turn: {error}");
                    worked = true;
                }
            }
        }
        if death.has_struck() && !reborn {
            reborn = true;
            let index = Persona::ALL
                .iter()
                .position(|own| *own == persona)
                .expect("it is one");
            workers[index] = world.worker(persona, None).await;
            continue;
        }
        if worked {
            continue;
        }
        let state = world.view(&item).await.state;
        let Some(gate) = state.waiting() else { break };
        assert!(
            approved.insert(gate.code.clone()),
            "gate {} asked again",
            gate.name
        );
        world.approve(&item).await;
    }
    let view = world.view(&item).await;
    let told = format!("{persona} died {when:?} call {strike}");
    assert!(
        matches!(view.state.stage, Stage::Delivered { .. }),
        "{told}: {:?}",
        view.state
    );
    assert_eq!(view.assembly.findings, vec![], "{told}");
    assert_eq!(view.assembly.void, vec![], "{told}");
    assert_eq!(view.state.calls, CALLS, "{told}: every call is sealed once");
    let paid = world.model.asked();
    // An answer that was journaled is never paid for again; the one that was on its way may be.
    assert!(
        paid == CALLS || paid == CALLS + 1,
        "{told}: {paid} calls paid"
    );
    let branches = world.repository.branches();
    assert_eq!(branches.len(), 1, "{told}");
    let commits = titles(&view, Kind::Commit);
    assert_eq!(commits.len(), 3, "{told}");
    (death.calls(), death.has_struck())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_dies_at_any_call_leaves_a_run_that_ends_the_same() {
    // Every call of every persona, before and after: some hundreds of stories. By default a spread
    // sample of them; all with TRAIL_ALL_DEATHS=1.
    let step = if std::env::var_os("TRAIL_ALL_DEATHS").is_some() {
        1
    } else {
        9
    };
    let mut deaths = 0;
    for (offset, persona) in (1..).zip(Persona::ALL) {
        for (more, when) in [(0, When::Before), (4, When::After)] {
            let mut strike = if step == 1 { 1 } else { offset + more };
            while with_a_death(persona, strike, when).await.1 {
                deaths += 1;
                strike += step;
            }
        }
    }
    println!("{deaths} deaths survived");
    assert!(deaths > 30, "only {deaths} deaths were tried");
}

#[tokio::test]
async fn a_lapsed_lease_frees_the_item_for_another_process_of_the_same_persona() {
    // The first planner dies holding the item, and is not started again.
    let stop = Stop::new();
    let mut dead = None;
    for strike in 8..60 {
        let world = World::playing(SCRIPT);
        let item = world.file(BODY, &[]).await;
        let death = Death::at(strike, When::Before);
        let first = world.worker(Persona::Planner, Some(&death)).await;
        while !death.has_struck() && first.turn(&item, &stop).await.is_ok() {}
        if let Some(lease) = world.view(&item).await.state.lease {
            dead = Some((world, item, lease));
            break;
        }
    }
    let (world, item, lease) = dead.expect("some death strikes while the item is held");
    let second = world.worker_named(Persona::Planner, "2", None).await;
    // It trusts nobody's clock, its own included: it watches for as long as the lease is to last.
    let later = second.turn(&item, &stop).await.expect("a turn");
    assert!(
        matches!(later, Outcome::Later(then) if then >= lease.until),
        "{later:?}"
    );
    world.clock.push(world.settings.lease);
    while second.turn(&item, &stop).await.expect("a turn") == Outcome::Worked {}
    let state = world.view(&item).await.state;
    assert_eq!(state.stage, Stage::Planned);
    assert!(state.fence > lease.fence);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_workers_of_one_persona_never_act_on_one_item_at_once() {
    for round in 0..12 {
        let world = World::playing(SCRIPT);
        let item = world.file(BODY, &[]).await;
        let mut racing = Vec::new();
        for name in 0..8 {
            let worker = world
                .worker_named(Persona::Planner, &format!("{round}-{name}"), None)
                .await;
            let item = item.clone();
            racing.push(tokio::spawn(async move {
                let stop = Stop::new();
                for _ in 0..3 {
                    // Losing a race is no failure of the run; the winner's entry stands.
                    let _ = worker.turn(&item, &stop).await;
                }
            }));
        }
        for worker in racing {
            worker.await.expect("no worker panics");
        }
        let view = world.view(&item).await;
        assert_eq!(view.state.stage, Stage::Planned, "round {round}");
        assert_eq!(
            world.model.asked(),
            2,
            "round {round}: only the holder asks"
        );
        let specs = titles(&view, Kind::Spec);
        assert_eq!(specs.len(), 1, "round {round}");
    }
}

#[tokio::test]
async fn a_rejection_returns_the_item_with_its_reason() {
    let world = World::playing(SCRIPT);
    let item = world.file(BODY, &[]).await;
    let workers = world.workers().await;
    world.settle(&workers, &item).await;
    let code = world
        .view(&item)
        .await
        .state
        .waiting()
        .expect("a gate waits")
        .code
        .clone();
    world
        .say(&item, &format!("/reject {code} please write it anew"))
        .await;
    world.settle(&workers, &item).await;
    let view = world.view(&item).await;
    let gate = view.state.waiting().expect("a new patchset is asked for");
    assert_ne!(gate.code, code);
    assert_eq!(titles(&view, Kind::Patchset).len(), 2);
    // The old code covers nothing any more.
    world.say(&item, &format!("/approve {code}")).await;
    world.settle(&workers, &item).await;
    let view = world.view(&item).await;
    assert!(view.state.waiting().is_some());
    assert!(
        world
            .newest(&item)
            .await
            .text
            .contains("nothing was changed")
    );
}

#[tokio::test]
async fn nobody_but_the_permitted_human_approves_and_only_by_the_code() {
    let world = World::playing(SCRIPT);
    let item = world.file(BODY, &[]).await;
    let workers = world.workers().await;
    world.settle(&workers, &item).await;
    let code = world
        .view(&item)
        .await
        .state
        .waiting()
        .expect("a gate waits")
        .code
        .clone();
    let coder = world.seat(Persona::Coder);
    world
        .stranger
        .say(&item, &format!("/approve {code}"))
        .await
        .expect("anybody may comment");
    coder
        .say(&item, &format!("/approve {code}"))
        .await
        .expect("a persona may comment");
    for text in [
        "/approve",
        "LGTM, approved!",
        "/aprove it",
        "> /approve XXXXX-XXXXX",
        "```\n/approve\n```",
    ] {
        world.say(&item, text).await;
    }
    let edited = world.say(&item, "I will look at this").await;
    world
        .human
        .edit_comment(&item, &edited, &format!("/approve {code}"))
        .await
        .expect("people edit their comments");
    world.settle(&workers, &item).await;
    let view = world.view(&item).await;
    let gate = view.state.waiting().expect("the gate still waits");
    assert!(gate.approvals.is_empty());
    assert_eq!(titles(&view, Kind::GateDecision), Vec::<String>::new());
    // The bare word is answered with the code; the stranger and the edit with why not.
    let answers: Vec<String> = world
        .comments(&item)
        .await
        .into_iter()
        .filter(|text| text.contains("nothing was changed"))
        .collect();
    assert!(
        answers
            .iter()
            .any(|text| text.contains(&format!("/approve {code}")))
    );
    assert!(answers.iter().any(|text| text.contains("was edited")));
    assert!(answers.iter().any(|text| text.contains("not obeyed")));
}

#[tokio::test]
async fn an_approval_that_is_edited_before_it_is_used_closes_the_gates() {
    let world = World::playing(SCRIPT);
    let item = world.file(BODY, &[]).await;
    let workers = world.workers().await;
    world.settle(&workers, &item).await;
    let approval = world.approve(&item).await;
    // The planner attests it; before the coder uses it, somebody changes the comment.
    let stop = Stop::new();
    while workers[0].turn(&item, &stop).await.expect("a turn") == Outcome::Worked {}
    assert!(
        world
            .view(&item)
            .await
            .state
            .gate
            .expect("it is asked")
            .is_open()
    );
    world
        .admin
        .edit_comment(&item, &approval, "never mind")
        .await
        .expect("admins edit");
    world.settle(&workers, &item).await;
    let view = world.view(&item).await;
    assert!(view.state.is_closed(), "{:?}", view.state);
    assert_eq!(titles(&view, Kind::Commit), Vec::<String>::new());
    let (_, finding) = view
        .state
        .findings
        .iter()
        .next()
        .expect("a finding is sealed");
    assert_eq!(finding.kind, FindingKind::EditedApproval.as_str());
    // Only a permitted human opens the gates again, by name and with a reason.
    world
        .stranger
        .say(&item, &format!("/dispose {} fine", finding.code))
        .await
        .expect("said");
    world.settle(&workers, &item).await;
    assert!(world.view(&item).await.state.is_closed());
}

#[tokio::test]
async fn a_deleted_entry_is_found_and_the_history_goes_on_from_memory() {
    let world = World::playing(SCRIPT);
    let item = world.file(BODY, &[]).await;
    let workers = world.workers().await;
    world.settle(&workers, &item).await;
    let view = world.view(&item).await;
    let victim = view.assembly.chain.entries()[2].comment.clone();
    world
        .admin
        .delete_comment(&item, &victim)
        .await
        .expect("admins delete");
    world.settle(&workers, &item).await;
    let read = world
        .human
        .read(&item, None)
        .await
        .expect("the item can be read");
    let last = read.comments.last().expect("there are comments");
    assert!(
        last.text
            .contains("closes the gates: finding `deleted-entry`"),
        "{}",
        last.text
    );
    // Without memory, the rest of the chain hangs in the air, and a fresh observer says so.
    let fresh = world.view(&item).await;
    assert!(
        fresh
            .assembly
            .findings
            .iter()
            .any(|own| own.kind == FindingKind::MissingEntry),
        "{:?}",
        fresh.assembly.findings
    );
}

#[tokio::test]
async fn an_edited_task_stops_the_work_until_it_is_bound_or_restored() {
    let world = World::playing(SCRIPT);
    let item = world.file(BODY, &[]).await;
    let workers = world.workers().await;
    world.settle(&workers, &item).await;
    let changed = BODY.replace("Hello, Ada!", "Hi, Ada!");
    world.edit_body(&item, &changed).await;
    world.settle(&workers, &item).await;
    let view = world.view(&item).await;
    let (_, code) = view.state.drift.clone().expect("the drift is sealed");
    world.approve(&item).await;
    world.settle(&workers, &item).await;
    assert!(
        world.view(&item).await.state.waiting().is_some(),
        "no gate opens while it drifts"
    );
    world.edit_body(&item, BODY).await;
    world.settle(&workers, &item).await;
    assert!(world.view(&item).await.state.drift.is_none());
    world.edit_body(&item, &changed).await;
    world.settle(&workers, &item).await;
    // The same text at another head is another question: the old code binds nothing.
    world.say(&item, &format!("/amend {code}")).await;
    world.settle(&workers, &item).await;
    let (_, anew) = world
        .view(&item)
        .await
        .state
        .drift
        .expect("it still drifts");
    assert_ne!(anew, code);
    world.say(&item, &format!("/amend {anew}")).await;
    let stop = Stop::new();
    while world.view(&item).await.state.drift.is_some() {
        workers[0].turn(&item, &stop).await.expect("a turn");
    }
    let view = world.view(&item).await;
    assert_eq!(titles(&view, Kind::Spec).len(), 2);
    assert!(
        view.state.gate.is_none(),
        "what was approved for the old text is void"
    );
}

#[tokio::test]
async fn an_unfit_task_is_told_what_to_mend_and_taken_up_when_it_is() {
    let world = World::playing(SCRIPT);
    let item = world.file("Make it nice.\n", &[]).await;
    let workers = world.workers().await;
    world.settle(&workers, &item).await;
    assert!(matches!(
        world.view(&item).await.state.stage,
        Stage::Unfit { .. }
    ));
    assert!(
        world
            .newest(&item)
            .await
            .text
            .contains("cannot work on this yet")
    );
    world.edit_body(&item, BODY).await;
    world.settle(&workers, &item).await;
    assert!(world.view(&item).await.state.waiting().is_some());
}

#[tokio::test]
async fn a_task_by_somebody_without_permission_waits_for_a_start() {
    let world = World::playing(SCRIPT);
    let item = trail_port::tracker::NewItem {
        title: "Greet people".to_owned(),
        body: BODY.to_owned(),
        labels: Vec::new(),
    };
    let item = world
        .stranger
        .create(&item)
        .await
        .expect("anybody may file")
        .id;
    let workers = world.workers().await;
    world.settle(&workers, &item).await;
    let Stage::AwaitingStart { code, .. } = world.view(&item).await.state.stage else {
        panic!("it waits for a start");
    };
    world
        .stranger
        .say(&item, &format!("/start {code}"))
        .await
        .expect("anybody may comment");
    world.settle(&workers, &item).await;
    assert!(matches!(
        world.view(&item).await.state.stage,
        Stage::AwaitingStart { .. }
    ));
    world.say(&item, &format!("/start {code}")).await;
    world.settle(&workers, &item).await;
    assert!(world.view(&item).await.state.waiting().is_some());
}

#[tokio::test]
async fn a_label_gate_of_a_human_is_asked_for_and_removing_the_label_is_no_approval() {
    let world = World::playing(SCRIPT);
    let item = world.file(BODY, &["gate:legal"]).await;
    let workers = world.workers().await;
    world.settle(&workers, &item).await;
    let view = world.view(&item).await;
    assert_eq!(
        view.state.waiting().expect("it waits").name.as_str(),
        "legal"
    );
    assert_eq!(view.state.stage, Stage::Ready);
    world
        .human
        .set_labels(&item, &[], &["gate:legal"])
        .await
        .expect("labels change");
    world.settle(&workers, &item).await;
    assert_eq!(world.view(&item).await.state.stage, Stage::Ready);
    world.approve(&item).await;
    world.settle(&workers, &item).await;
    let view = world.view(&item).await;
    assert_eq!(
        view.state.waiting().expect("it waits").name.as_str(),
        "file_write"
    );
}

#[tokio::test]
async fn humans_hold_resume_and_cancel() {
    let world = World::playing(SCRIPT);
    let item = world.file(BODY, &[]).await;
    let workers = world.workers().await;
    let stop = Stop::new();
    workers[0].turn(&item, &stop).await.expect("intake");
    world.say(&item, "/hold until Monday").await;
    world.settle(&workers, &item).await;
    let state = world.view(&item).await.state;
    // What was begun is finished; nothing new is.
    assert!(state.held && state.stage == Stage::Planned, "{state:?}");
    world.say(&item, "/resume").await;
    world.settle(&workers, &item).await;
    assert!(world.view(&item).await.state.waiting().is_some());
    world.say(&item, "/cancel").await;
    world.settle(&workers, &item).await;
    assert_eq!(world.view(&item).await.state.stage, Stage::Cancelled);
}

#[tokio::test]
async fn two_people_approve_where_policy_asks_and_one_person_counts_once() {
    let policy = PlainPolicy {
        approvals: 2,
        delegates: false,
    };
    let world = World::with(SCRIPT, policy);
    let item = world.file(BODY, &[]).await;
    let workers = world.workers().await;
    world.settle(&workers, &item).await;
    world.approve(&item).await;
    world.settle(&workers, &item).await;
    world.approve(&item).await;
    world.settle(&workers, &item).await;
    let view = world.view(&item).await;
    let gate = view.state.waiting().expect("one person is not two");
    assert_eq!(gate.approvals.len(), 1, "{gate:?}");
}

#[tokio::test]
async fn a_low_risk_gate_is_delegated_to_the_reviewer_by_rule_and_the_record_says_so() {
    let policy = PlainPolicy {
        approvals: 1,
        delegates: true,
    };
    let world = World::with(SCRIPT, policy);
    let body = format!("{BODY}\nRisk: low\n");
    let item = world.file(&body, &[]).await;
    let workers = world.workers().await;
    world.settle(&workers, &item).await;
    let view = world.view(&item).await;
    let gate = view
        .state
        .waiting()
        .expect("delivery still waits for a human");
    assert_eq!(gate.name.as_str(), "pr_create");
    assert_eq!(
        titles(&view, Kind::GateDecision),
        ["gate file_write decided"]
    );
}

#[tokio::test]
async fn an_agent_that_reaches_out_of_its_scope_is_refused_and_the_refusal_is_sealed() {
    let script = SCRIPT.replace(
        r#"{"calls":[{"name":"read","arguments":{"path":"src/lib.rs"}}],"#,
        r#"{"calls":[{"name":"read","arguments":{"path":"../../etc/passwd"}},{"name":"read","arguments":{"path":"secret.txt"}},{"name":"run","arguments":{"command":["sh"]}}],"#,
    );
    let world = World::playing(&script);
    let item = world.file(BODY, &[]).await;
    let workers = world.workers().await;
    world.settle(&workers, &item).await;
    let decision = world.decisions(&item).await.remove(0);
    assert_eq!(decision.asks.len(), 3);
    for ask in &decision.asks {
        assert!(
            ask.error && !ask.verdict.allowed && ask.effects.is_empty(),
            "{ask:?}"
        );
    }
}

#[tokio::test]
async fn a_secret_in_a_patchset_blocks_and_is_never_rewritten() {
    let token = format!("ghp_{}", "a1B2".repeat(9));
    let script = SCRIPT.replace(
        r#""content":"pub fn greet() {}\n""#,
        &format!(r#""content":"const A: &str = \"{token}\";\n""#),
    );
    let world = World::playing(&script);
    let item = world.file(BODY, &[]).await;
    let workers = world.workers().await;
    world.settle(&workers, &item).await;
    let view = world.view(&item).await;
    assert!(
        matches!(view.state.stage, Stage::Stuck { .. }),
        "{:?}",
        view.state.stage
    );
    assert_eq!(titles(&view, Kind::Patchset), Vec::<String>::new());
    for comment in world.comments(&item).await {
        assert!(!comment.contains(&token));
    }
}
