//! Who is heard, and what strangers cannot do.

use std::sync::{Arc, Mutex};

use trail_item::Stage;
use trail_port::Tracker;
use trail_record::{FindingKind, ItemId, Kind, Persona};
use trail_tests::fakes::{Weak, Weakness};
use trail_tests::world::{BODY, SCRIPT, World};
use trail_tracker::Role;
use trail_worker::{Error, Outcome, Ports, Stop, Worker};

use super::titles;

type Shared = Arc<Mutex<Weakness>>;

pub(crate) async fn weak_workers(world: &World, weakness: &Shared) -> Vec<Worker> {
    let mut workers = Vec::new();
    for persona in Persona::ALL {
        let through = |ports: Ports| Ports {
            tracker: Arc::new(Weak::new(ports.tracker, weakness)),
            ..ports
        };
        workers.push(world.worker_through(persona, through).await);
    }
    workers
}

/// A world whose item waits at its first gate.
async fn waiting() -> (World, ItemId, Shared, Vec<Worker>) {
    let world = World::playing(SCRIPT);
    let item = world.file(BODY, &[]).await;
    let weakness = Shared::default();
    let workers = weak_workers(&world, &weakness).await;
    world.settle(&workers, &item).await;
    assert!(world.view(&item).await.state.waiting().is_some());
    (world, item, weakness, workers)
}

#[tokio::test]
async fn programs_backdated_comments_and_former_members_decide_nothing_and_are_told_why() {
    for (what, why) in [
        ("program", "a program wrote this comment"),
        ("backdated", "was set by hand"),
        ("left", "no member of the project"),
    ] {
        let (world, item, weakness, workers) = waiting().await;
        let comment = world.approve(&item).await;
        {
            let mut weakness = weakness.lock().expect("whole");
            match what {
                "program" => drop(weakness.programs.insert(comment)),
                "backdated" => drop(weakness.backdated.insert(comment)),
                _ => drop(weakness.left.insert(world.human_id.clone())),
            }
        }
        world.settle(&workers, &item).await;
        let view = world.view(&item).await;
        assert!(
            view.state.waiting().expect("it waits").approvals.is_empty(),
            "{what}"
        );
        let answer = world.newest(&item).await.text;
        assert!(answer.contains(why), "{what}: {answer}");
        assert_eq!(
            titles(&view, Kind::GateDecision),
            Vec::<String>::new(),
            "{what}"
        );
    }
}

#[tokio::test]
async fn while_the_tracker_does_not_say_who_is_a_member_nothing_is_decided_and_nothing_lost() {
    let (world, item, weakness, workers) = waiting().await;
    weakness.lock().expect("whole").silent = 2;
    world.approve(&item).await;
    let before = world.comments(&item).await.len();
    let stop = Stop::new();
    for _ in 0..2 {
        let turn = workers[0].turn(&item, &stop).await;
        assert!(matches!(turn, Err(Error::Tracker(_))), "{turn:?}");
        assert_eq!(world.comments(&item).await.len(), before);
    }
    assert_eq!(
        workers[0].turn(&item, &stop).await.expect("a turn"),
        Outcome::Worked
    );
    let view = world.view(&item).await;
    assert_eq!(titles(&view, Kind::GateDecision).len(), 1);
}

#[tokio::test]
async fn an_approval_is_read_again_when_it_is_used() {
    for what in ["program", "left"] {
        let (world, item, weakness, workers) = waiting().await;
        let comment = world.approve(&item).await;
        let stop = Stop::new();
        workers[0]
            .turn(&item, &stop)
            .await
            .expect("the planner attests");
        match what {
            "program" => drop(weakness.lock().expect("whole").programs.insert(comment)),
            _ => drop(
                weakness
                    .lock()
                    .expect("whole")
                    .left
                    .insert(world.human_id.clone()),
            ),
        }
        // The coder uses it before the planner looks again.
        let coder = &workers[Persona::ALL
            .iter()
            .position(|own| *own == Persona::Coder)
            .expect("one")];
        coder.turn(&item, &stop).await.expect("a turn");
        let view = world.view(&item).await;
        assert_eq!(titles(&view, Kind::Commit), Vec::<String>::new(), "{what}");
        assert!(view.state.is_closed(), "{what}: {:?}", view.state.findings);
        // Once somebody has looked at it, the gate is asked for anew.
        weakness.lock().expect("whole").left.clear();
        let code = view
            .state
            .findings
            .values()
            .next()
            .expect("one")
            .code
            .clone();
        world.say(&item, &format!("/dispose {code} seen to")).await;
        world.settle(&workers, &item).await;
        let state = world.view(&item).await.state;
        assert!(
            state
                .waiting()
                .is_some_and(|gate| gate.approvals.is_empty()),
            "{what}: {state:?}"
        );
    }
}

#[tokio::test]
async fn a_strangers_pose_closes_nothing_and_a_members_does() {
    let (world, item, _, workers) = waiting().await;
    let (guest, _) = world
        .embedded
        .add_user("visitor", "visitor", Role::Guest)
        .expect("a new user");
    let guest = world.embedded.as_user(&guest.id).expect("it was made");
    let pose = "**Trail** approves\n\n```trail-entry\n{\"payload\":\"e30=\"}\n```\n";
    for _ in 0..5 {
        guest.say(&item, pose).await.expect("guests comment");
    }
    world.settle(&workers, &item).await;
    world.approve(&item).await;
    world.settle(&workers, &item).await;
    let view = world.view(&item).await;
    assert!(!titles(&view, Kind::Commit).is_empty(), "work goes on");
    let poses: Vec<_> = view.state.findings.values().collect();
    assert_eq!(poses.len(), 1, "{poses:?}");
    assert!(!poses[0].closes && poses[0].kind == "posing");
    // It is no secret: every reader finds it.
    let found = |own: &trail_record::Finding| own.kind == FindingKind::Posing;
    assert_eq!(
        view.assembly
            .findings
            .iter()
            .filter(|own| found(own))
            .count(),
        1
    );
    // The same from a member is a finding that closes the gates.
    world
        .stranger
        .say(&item, pose)
        .await
        .expect("members comment");
    world.settle(&workers, &item).await;
    assert!(world.view(&item).await.state.is_closed());
    // And so is one of our own entries under a guest's account, however often.
    let world = World::playing(SCRIPT);
    let item = world.file(BODY, &[]).await;
    let workers = world.workers().await;
    world.settle(&workers, &item).await;
    let (guest, _) = world
        .embedded
        .add_user("visitor", "visitor", Role::Guest)
        .expect("a new user");
    let guest = world.embedded.as_user(&guest.id).expect("it was made");
    let copy = world.comments(&item).await[0].clone();
    for _ in 0..3 {
        guest.say(&item, &copy).await.expect("guests comment");
    }
    world.settle(&workers, &item).await;
    let state = world.view(&item).await.state;
    assert!(state.is_closed());
    assert_eq!(state.findings.len(), 1, "{:?}", state.findings);
}

#[tokio::test]
async fn an_entry_that_was_moved_to_another_account_is_reattributed() {
    let (world, item, weakness, workers) = waiting().await;
    let victim = world.view(&item).await.assembly.chain.entries()[1]
        .comment
        .clone();
    weakness
        .lock()
        .expect("whole")
        .moved
        .insert(victim, world.human_id.clone());
    // Something must be read again for the change to be seen.
    weakness.lock().expect("whole").whole = true;
    world.settle(&workers, &item).await;
    let newest = world.newest(&item).await.text;
    assert!(newest.contains("finding `reattributed`"), "{newest}");
}

#[tokio::test]
async fn an_item_that_is_gone_is_remembered_and_spins_nobody() {
    let (world, item, weakness, workers) = waiting().await;
    weakness.lock().expect("whole").gone.insert(item.clone());
    let stop = Stop::new();
    for _ in 0..3 {
        for worker in &workers {
            assert_eq!(
                worker.turn(&item, &stop).await.expect("a turn"),
                Outcome::Idle
            );
        }
    }
    let other = world.file(BODY, &[]).await;
    world.settle(&workers, &other).await;
    assert!(
        world.view(&other).await.state.waiting().is_some(),
        "others go on"
    );
    let remembered = trail_worker::remembered(world.store(Persona::Coder).as_ref(), &world.trust)
        .expect("the store can be read");
    let gone = remembered
        .iter()
        .find(|own| own.item == item)
        .expect("it is remembered");
    let finding = gone.finding().expect("it is gone");
    assert_eq!(finding.kind, FindingKind::Vanished);
    assert_eq!(Some(gone.head), world.view(&item).await.state.head);
    // It may come back.
    weakness.lock().expect("whole").gone.clear();
    world.approve(&item).await;
    world.settle(&workers, &item).await;
    assert!(!matches!(
        world.view(&item).await.state.stage,
        Stage::Proposed { .. }
    ));
}
