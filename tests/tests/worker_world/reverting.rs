//! Taking delivered work back: asked, told, begun under a code, through both gates, computed.

use std::collections::BTreeMap;
use std::sync::Arc;

use trail_item::Stage;
use trail_port::Workspace;
use trail_record::body::{Failure, PullRequest, Revert};
use trail_record::{ItemId, Kind, Record};
use trail_tests::fakes::Repository;
use trail_tests::world::{BODY, CALLS, SCRIPT, World};
use trail_worker::{View, Worker};

/// A world whose tests pass without what was delivered, and in which nothing is proven.
fn world() -> World {
    world_whose_tests(|files| {
        let passes = files
            .get("src/greet.rs")
            .is_none_or(|text| text.contains("fixed"));
        if passes {
            ("test greets ... ok\n".to_owned(), 0)
        } else {
            ("test greets ... FAILED\n".to_owned(), 101)
        }
    })
}

fn world_whose_tests(
    tests: impl Fn(&BTreeMap<String, String>) -> (String, i32) + Send + Sync + 'static,
) -> World {
    let mut world = World::playing(SCRIPT);
    world.repository = Repository::new(&[("src/lib.rs", "pub mod greet;\n")], Arc::new(tests));
    world.settings.tests.proving.enabled = false;
    world
}

/// Approves whatever is asked until nothing waits any more.
async fn pass(world: &World, workers: &[Worker], item: &ItemId) {
    for _ in 0..6 {
        world.settle(workers, item).await;
        if world.view(item).await.state.waiting().is_none() {
            return;
        }
        world.approve(item).await;
    }
    panic!("the gates do not end");
}

/// An item that was delivered and merged.
async fn merged(world: &World, workers: &[Worker]) -> ItemId {
    let item = world.file(BODY, &[]).await;
    pass(world, workers, &item).await;
    assert_eq!(stage(world, &item).await, "delivered");
    world.repository.merge("trail/P-1.1");
    item
}

async fn stage(world: &World, item: &ItemId) -> &'static str {
    world.view(item).await.state.stage_name()
}

/// Asks what taking it back would do; returns the code.
async fn asked(world: &World, workers: &[Worker], item: &ItemId) -> String {
    world.say(item, "/revert").await;
    world.settle(workers, item).await;
    let view = world.view(item).await;
    view.state.revert_asked.expect("it was told").code
}

async fn last_words(world: &World, item: &ItemId) -> String {
    world
        .comments(item)
        .await
        .pop()
        .expect("there are comments")
}

/// Returns the newest record of a kind.
fn newest(view: &View, kind: Kind) -> Record {
    let mut listed = view.entries().flat_map(|own| &own.entry.records);
    let listed = listed.rfind(|own| own.kind == kind).expect("it was sealed");
    listed.record.clone().expect("it is in its entry")
}

#[tokio::test]
async fn a_delivery_is_taken_back_through_both_gates_without_a_model() {
    let world = world();
    let workers = world.workers().await;
    let item = merged(&world, &workers).await;
    let code = asked(&world, &workers, &item).await;
    let told = last_words(&world, &item).await;
    assert!(
        told.contains("src/greet.rs") && told.contains(&code),
        "{told}"
    );
    assert_eq!(
        stage(&world, &item).await,
        "delivered",
        "nothing was changed"
    );

    world
        .say(&item, &format!("/revert {code} it greets the wrong people"))
        .await;
    world.settle(&workers, &item).await;
    let view = world.view(&item).await;
    assert_eq!(view.state.waiting().unwrap().name.as_str(), "file_write");
    assert_eq!(view.run().as_str(), "P-1.2");
    assert_eq!(view.state.contract, None);
    world.approve(&item).await;
    world.settle(&workers, &item).await;
    let view = world.view(&item).await;
    assert_eq!(view.state.waiting().unwrap().name.as_str(), "pr_create");
    let shown = last_words(&world, &item).await;
    assert!(shown.contains("it greets the wrong people"), "{shown}");
    world.approve(&item).await;
    world.settle(&workers, &item).await;

    let view = world.view(&item).await;
    assert!(
        matches!(view.state.stage, Stage::Delivered { .. }),
        "{:?}",
        view.state
    );
    assert!(view.state.reverts().is_some());
    assert_eq!(view.assembly.findings, vec![]);
    assert_eq!(
        world.model.asked(),
        CALLS,
        "nothing of it was asked of a model"
    );
    let branches = world.repository.branches();
    let files = world.repository.files(&branches["trail/P-1.2"]).unwrap();
    assert_eq!(
        files,
        BTreeMap::from([("src/lib.rs".to_owned(), "pub mod greet;\n".to_owned())])
    );
    let revert: Revert = newest(&view, Kind::Revert).read().unwrap();
    assert_eq!(revert.items.len(), 1);
    assert_eq!(revert.why.as_deref(), Some("it greets the wrong people"));
    let base = world.repository.base().await.unwrap();
    assert_eq!(
        revert.items[0].head, base,
        "what was merged is what is taken back"
    );

    world.say(&item, "/revert").await;
    world.settle(&workers, &item).await;
    let answer = last_words(&world, &item).await;
    assert!(answer.contains("once"), "{answer}");
}

#[tokio::test]
async fn what_builds_on_it_is_told_and_taken_back_first_if_it_is_named() {
    // The second item's tester finds the first one's test as it would write it, so both leave a mark
    // of their own as well.
    let write = r#""calls":[{"name":"write","arguments":{"path":"tests/greet.rs""#;
    let mark = r#""calls":[{"name":"patch","arguments":{"path":"src/lib.rs","old":"pub mod greet;\n","new":"pub mod greet;\n// tested\n"}},{"name":"write","arguments":{"path":"tests/greet.rs""#;
    assert!(SCRIPT.contains(write), "the script writes one test");
    let mut world = World::playing(&SCRIPT.replace(write, mark));
    let like = self::world();
    (world.repository, world.settings) = (like.repository, like.settings);
    let workers = world.workers().await;
    let first = merged(&world, &workers).await;
    let second = world
        .file(&format!("{BODY}\n## Depends on\n\n- P-1\n"), &[])
        .await;
    pass(&world, &workers, &second).await;
    assert_eq!(stage(&world, &second).await, "delivered");
    world.repository.merge("trail/P-2.1");

    let code = asked(&world, &workers, &first).await;
    let told = last_words(&world, &first).await;
    assert!(
        told.contains("P-2") && told.contains("depends on P-1"),
        "{told}"
    );
    let receipts = world
        .view(&first)
        .await
        .state
        .revert_asked
        .unwrap()
        .receipts;
    assert_eq!(receipts.len(), 2);

    world.say(&first, &format!("/revert {code} with P-9")).await;
    world.settle(&workers, &first).await;
    let answer = last_words(&world, &first).await;
    assert!(answer.contains("P-9 is not among"), "{answer}");

    world
        .say(&first, &format!("/revert {code} with P-2 both are wrong"))
        .await;
    pass(&world, &workers, &first).await;
    let view = world.view(&first).await;
    assert_eq!(view.state.stage_name(), "delivered");
    let revert: Revert = newest(&view, Kind::Revert).read().unwrap();
    let keys: Vec<&str> = revert.items.iter().map(|own| own.key.as_str()).collect();
    assert_eq!(keys, ["P-2", "P-1"]);
    assert_eq!(receipts, [revert.items[1].receipt, revert.items[0].receipt]);

    // What another item's run took back does not stand any more.
    world.say(&second, "/revert").await;
    world.settle(&workers, &second).await;
    assert_eq!(view.assembly.findings, vec![]);
}

#[tokio::test]
async fn what_clashes_with_later_changes_fails_clearly_and_leaves_the_delivery_standing() {
    let world = world();
    let workers = world.workers().await;
    let item = merged(&world, &workers).await;
    world
        .repository
        .commit_to_base(&[("src/greet.rs", "pub fn greet() { /* fixed, by hand */ }\n")]);
    let code = asked(&world, &workers, &item).await;
    world.say(&item, &format!("/revert {code}")).await;
    world.settle(&workers, &item).await;
    let view = world.view(&item).await;
    assert_eq!(view.state.stage_name(), "stuck");
    let failure: Failure = newest(&view, Kind::Failure).read().unwrap();
    assert_eq!(failure.kind, "conflict");
    assert!(
        failure.reason.contains("src/greet.rs"),
        "{}",
        failure.reason
    );
    assert_eq!(
        world.repository.branches().len(),
        1,
        "nothing was published"
    );
    world.say(&item, "/cancel").await;
    world.settle(&workers, &item).await;
    assert_eq!(stage(&world, &item).await, "delivered");
    assert_eq!(world.view(&item).await.state.reverts(), None);
}

#[tokio::test]
async fn what_was_never_merged_has_nothing_to_take_back() {
    let world = world();
    let workers = world.workers().await;
    let item = world.file(BODY, &[]).await;
    pass(&world, &workers, &item).await;
    let code = asked(&world, &workers, &item).await;
    world.say(&item, &format!("/revert {code}")).await;
    world.settle(&workers, &item).await;
    let view = world.view(&item).await;
    assert_eq!(view.state.stage_name(), "stuck");
    let failure: Failure = newest(&view, Kind::Failure).read().unwrap();
    assert_eq!(failure.kind, "nothing");
    assert!(
        failure.reason.contains("never merged"),
        "{}",
        failure.reason
    );
}

#[tokio::test]
async fn a_wrong_code_a_stranger_and_what_is_not_delivered_take_nothing_back() {
    let world = world();
    let workers = world.workers().await;
    let early = world.file(BODY, &[]).await;
    world.say(&early, "/revert").await;
    world.settle(&workers, &early).await;
    let all = world.comments(&early).await.join("\n");
    assert!(all.contains("only what was delivered"), "{all}");
    pass(&world, &workers, &early).await;
    world.repository.merge("trail/P-1.1");

    let code = asked(&world, &workers, &early).await;
    for (seat, text, answer) in [
        (
            &world.human,
            "/revert AAAAA-AAAAA".to_owned(),
            "nothing that waits now has that code",
        ),
        (&world.stranger, format!("/revert {code}"), "was not obeyed"),
        (&world.stranger, "/revert".to_owned(), "was not obeyed"),
    ] {
        trail_port::Tracker::say(seat, &early, &text).await.unwrap();
        world.settle(&workers, &early).await;
        let last = last_words(&world, &early).await;
        assert!(last.contains(answer), "{text}: {last}");
        assert_eq!(stage(&world, &early).await, "delivered", "{text}");
    }
    // A code that was told before is replaced by the next.
    let newer = asked(&world, &workers, &early).await;
    assert_ne!(newer, code, "the chain's head is in it");
    world.say(&early, &format!("/revert {code}")).await;
    world.settle(&workers, &early).await;
    assert_eq!(stage(&world, &early).await, "delivered");
}

#[tokio::test]
async fn a_rejected_revert_leaves_the_delivery_standing_and_red_tests_are_judged_at_the_gate() {
    let world = world_whose_tests(|files| match files.get("src/greet.rs") {
        Some(text) if text.contains("fixed") => ("test greets ... ok\n".to_owned(), 0),
        _ => ("test greets ... FAILED\n".to_owned(), 101),
    });
    let workers = world.workers().await;
    let item = merged(&world, &workers).await;
    let code = asked(&world, &workers, &item).await;
    world.say(&item, &format!("/revert {code}")).await;
    world.settle(&workers, &item).await;
    let gate = world
        .view(&item)
        .await
        .state
        .waiting()
        .unwrap()
        .code
        .clone();
    world.say(&item, &format!("/reject {gate} keep it")).await;
    world.settle(&workers, &item).await;
    assert_eq!(stage(&world, &item).await, "delivered");

    let code = asked(&world, &workers, &item).await;
    world.say(&item, &format!("/revert {code}")).await;
    world.settle(&workers, &item).await;
    world.approve(&item).await;
    world.settle(&workers, &item).await;
    let view = world.view(&item).await;
    let waiting = view.state.waiting().unwrap();
    assert_eq!(waiting.name.as_str(), "pr_create", "a human decides");
    let asked: PullRequest = newest(&view, Kind::PullRequest).read().unwrap();
    assert!(
        asked
            .body
            .contains("do not pass without what is taken back"),
        "{}",
        asked.body
    );
    assert_eq!(view.run().as_str(), "P-1.3");
    assert_eq!(world.model.asked(), CALLS, "nobody was asked to mend it");
    world.say(&item, "/cancel").await;
    world.settle(&workers, &item).await;
    assert_eq!(stage(&world, &item).await, "delivered");
}
