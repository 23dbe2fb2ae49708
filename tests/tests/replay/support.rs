//! Histories of simulated worlds, and what replays of them are made with.

use std::collections::BTreeMap;
use std::sync::Arc;

use trail_agents::Prompts;
use trail_item::{Fold, text};
use trail_port::{Blobs as _, Tracker as _};
use trail_reader::history::{Blobs, Comment, History, Item};
use trail_record::chain::{self, Subject};
use trail_record::{Envelope, ItemId, ProjectId};
use trail_replay::{Error, Exact, House, Recorded, exact};
use trail_tests::fakes::Repository;
use trail_tests::world::World;

/// Gathers a world's history of one item, as `trail export` does.
pub(crate) async fn history(world: &World, item: &ItemId, trust: &[Envelope]) -> History {
    let read = world.human.read(item, None).await.unwrap();
    let mut blobs = BTreeMap::new();
    let mut comments = Vec::new();
    for own in &read.comments {
        let Some(envelope) = text::envelope_of(&own.text) else {
            continue;
        };
        if let Ok(signed) = chain::open(envelope.as_bytes(), &world.trust) {
            for listed in &signed.entry.records {
                let digest = listed.digest.cast();
                if let Some(bytes) = world.embedded.get(&digest).await.unwrap() {
                    blobs.insert(digest, bytes);
                }
            }
        }
        comments.push(Comment {
            comment: own.id.clone(),
            author: own.author.clone(),
            edited: own.edited,
            backdated: own.backdated,
            envelope: envelope.to_owned(),
        });
    }
    History {
        operator: world.operator.public(),
        trust: trust.iter().map(|own| own.to_json().into_bytes()).collect(),
        checkpoints: Vec::new(),
        items: vec![Item {
            subject: Subject {
                project: ProjectId::from("world"),
                item: read.item.id.clone(),
                key: read.item.key.clone(),
            },
            comments,
        }],
        blobs: Blobs::Memory(blobs),
    }
}

/// Seals the world's trust document again: the same words under the same key have the same digest.
pub(crate) fn trust(world: &World) -> Vec<Envelope> {
    let (digest, document) = world.trust.latest();
    let (sealed, envelope) = document.seal(&world.operator).unwrap();
    assert_eq!(sealed, digest);
    vec![envelope]
}

/// What a replay of a world's run is made with: a repository with the same base, and nothing else.
pub(crate) fn house(world: &World) -> House {
    let files = [("src/lib.rs", "pub mod greet;\n")];
    let tests = |_: &BTreeMap<String, String>| panic!("an exact replay runs no command");
    House {
        policies: vec![Arc::new(world.policy)],
        prompts: Prompts::builtin(),
        settings: world.settings.clone(),
        workspace: Arc::new(Repository::new(&files, Arc::new(tests))),
        prover: Arc::new(world.prover.clone()),
    }
}

/// Reads the newest run of a history's only item.
pub(crate) fn recorded(history: &History) -> Result<Arc<Recorded>, Error> {
    let judged = history.judge(Some(&mut |_| Box::new(Fold::default())));
    Recorded::of(history, &judged[0], None, false).map(Arc::new)
}

/// Replays a world's item exactly.
pub(crate) async fn replay(world: &World, item: &ItemId) -> Exact {
    let history = history(world, item, &trust(world)).await;
    let recorded = recorded(&history).unwrap();
    exact(&recorded, &house(world), &|_, _| {}).await.unwrap()
}

/// Replays a world's item and asserts that every entry comes out again, but for those that `given`
/// names.
pub(crate) async fn reproduces(world: &World, item: &ItemId, given: &[(&str, u64)]) -> Exact {
    let exact = replay(world, item).await;
    let shown = exact.difference.as_ref().map(ToString::to_string);
    assert_eq!(shown, None, "the first difference");
    assert!(exact.identical && exact.verified);
    let view = world.view(item).await;
    assert_eq!(exact.head, view.state.head);
    let expected: BTreeMap<String, u64> = given
        .iter()
        .map(|(why, count)| ((*why).to_owned(), *count))
        .collect();
    assert_eq!(exact.taken_from_record.entries, expected);
    let taken: u64 = expected.values().sum();
    assert_eq!(exact.reproduced.entries + taken, view.state.entries);
    exact
}
