//! A checkout of the shared ref is a history directory, and says what the history says.

use std::path::Path;

use trail_port::mirror::Kept;
use trail_port::{Blobs, Mirror};
use trail_reader::history::Item;
use trail_reader::{History, Judged};
use trail_record::chain::AnyEntry;
use trail_record::{Envelope, Keypair};
use trail_workspace::refs;

use crate::{Lab, REF, git};

/// Returns a history as it is stored.
fn golden() -> History {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/v0");
    History::load(&dir).unwrap()
}

fn envelopes(documents: &[Vec<u8>]) -> Vec<Envelope> {
    let opened = documents.iter().map(|json| Envelope::from_json(json));
    opened.collect::<Result<_, _>>().unwrap()
}

fn entries(item: &Item) -> Vec<Kept> {
    let numbered = item.comments.iter().enumerate();
    numbered
        .map(|(seq, own)| Kept {
            seq: seq as u64,
            comment: own.comment.clone(),
            author: own.author.clone(),
            envelope: own.envelope.clone(),
        })
        .collect()
}

fn judged(history: &History) -> Vec<Judged> {
    let mut judged = history.judge(Some(&mut |_| Box::new(AnyEntry)));
    judged.sort_by_key(|own| own.subject.item.to_string());
    judged
}

#[tokio::test]
async fn a_checkout_is_judged_as_the_history_it_was_made_of() {
    let golden = golden();
    let lab = Lab::new();
    let one = lab.machine("one").await;
    let (trust, checkpoints) = (envelopes(&golden.trust), envelopes(&golden.checkpoints));
    one.found(&golden.operator, &trust, &checkpoints)
        .await
        .unwrap();
    for item in &golden.items {
        one.keep(&item.subject, entries(item));
    }
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/v0/blobs");
    for folder in std::fs::read_dir(from).unwrap() {
        for file in std::fs::read_dir(folder.unwrap().path()).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            one.put(&[&bytes]).await.unwrap();
        }
    }
    assert_eq!(
        one.counts().pushes,
        2,
        "what judges, then entries with the blob"
    );
    // Again changes nothing.
    one.found(&golden.operator, &trust, &checkpoints)
        .await
        .unwrap();
    assert_eq!(one.counts().pushes, 2);

    let clone = lab.path("clone");
    git(&lab.path("."), &["init", "-q", "clone"]);
    let remote = lab.path("remote.git");
    let refspec = "+refs/trail/*:refs/trail/*";
    git(&clone, &["fetch", "-q", remote.to_str().unwrap(), refspec]);
    git(&clone, &["checkout", "-q", REF]);
    let read = History::load(&clone).unwrap();
    assert_eq!(read.operator, golden.operator);
    assert_eq!(read.trust, golden.trust);
    assert_eq!(read.items.len(), golden.items.len());
    let (before, after) = (judged(&golden), judged(&read));
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before.subject, after.subject);
        assert!(before.judgement.counts.entries > 0);
        assert_eq!(before.judgement.counts, after.judgement.counts);
        assert_eq!(before.judgement.findings, after.judgement.findings);
        assert_eq!(before.judgement.tail, after.judgement.tail);
        assert_eq!(before.assembly.chain.head(), after.assembly.chain.head());
    }
    // What reads it reads it whole: without its blob it says so.
    std::fs::remove_dir_all(clone.join("blobs")).unwrap();
    let without = judged(&History::load(&clone).unwrap());
    assert_ne!(
        without
            .iter()
            .map(|own| own.judgement.findings.len())
            .sum::<usize>(),
        after
            .iter()
            .map(|own| own.judgement.findings.len())
            .sum::<usize>()
    );
}

#[tokio::test]
async fn the_history_of_another_operator_is_refused_and_left_as_it_is() {
    let golden = golden();
    let lab = Lab::new();
    let (one, other) = (lab.machine("one").await, lab.machine("other").await);
    let trust = envelopes(&golden.trust);
    one.found(&golden.operator, &trust, &[]).await.unwrap();
    let head = lab.head();
    let stranger = Keypair::from_seed(&[1; 32]).public();
    let error = other.found(&stranger, &trust, &[]).await.unwrap_err();
    assert!(
        matches!(&error, refs::Error::Damaged { path, .. } if path == "operator.pub"),
        "{error}"
    );
    assert_eq!(lab.head(), head);
}
