//! A shared history that went backwards: found, told until a human disposes of it, mended on top.

use trail_port::{Blobs, Mirror, blobs};
use trail_record::FindingKind;
use trail_workspace::RefStore;

use crate::{Lab, REF, digest, holds, kept, subject};

/// Two machines that have seen the same: three commits, an item, four blobs.
async fn settled(lab: &Lab) -> (RefStore, RefStore) {
    let (one, other) = (lab.machine("one").await, lab.machine("other").await);
    one.put(&[b"a"]).await.unwrap();
    one.keep(&subject("1"), vec![kept(0), kept(1)]);
    one.put(&[b"b", b"c"]).await.unwrap();
    one.put(&[b"d"]).await.unwrap();
    other.refresh().await.unwrap();
    assert_eq!(other.head(), one.head());
    (one, other)
}

/// Asserts that nothing is sent while the finding stands, and nothing is lost.
async fn stopped(lab: &Lab, store: &RefStore) -> String {
    let rewound = store.rewound().expect("it was found");
    let before = lab.git(&["for-each-ref", REF]);
    let error = store.put(&[b"meanwhile"]).await.unwrap_err();
    assert!(matches!(error, blobs::Error::Rewound(_)), "{error}");
    store.keep(&subject("1"), vec![kept(2)]);
    assert!(store.flush().await.is_err());
    assert_eq!(lab.git(&["for-each-ref", REF]), before);
    for bytes in [&b"a"[..], b"b", b"c", b"d", b"meanwhile"] {
        holds(store, bytes).await;
    }
    assert_eq!(rewound.finding(None).kind, FindingKind::RewoundHistory);
    rewound.id().to_owned()
}

/// Asserts that all is there again, for everybody.
async fn whole(lab: &Lab, stores: &[&RefStore]) {
    let fresh = lab.machine("fresh").await;
    for store in stores.iter().copied().chain([&fresh]) {
        store.flush().await.unwrap();
        store.refresh().await.unwrap();
        assert_eq!(store.rewound(), None);
        for bytes in [&b"a"[..], b"b", b"c", b"d", b"meanwhile"] {
            holds(store, bytes).await;
        }
        let entries = store.recall(&subject("1")).await.unwrap();
        assert_eq!(entries, [kept(0), kept(1), kept(2)]);
    }
    assert_eq!(Some(lab.head()), fresh.head());
}

#[tokio::test]
async fn a_ref_forced_back_is_found_and_after_a_human_word_whole_again() {
    let lab = Lab::new();
    let (one, other) = settled(&lab).await;
    lab.git(&["update-ref", REF, &format!("{REF}~1")]);
    // Found by whoever writes next, and by whoever looks.
    assert!(matches!(
        one.put(&[b"e"]).await,
        Err(blobs::Error::Rewound(_))
    ));
    other.refresh().await.unwrap();
    let (id, others) = (stopped(&lab, &one).await, stopped(&lab, &other).await);
    assert_eq!(id, others, "both call it the same");
    assert_eq!(id, lab.head());
    one.accept("another finding").await.unwrap();
    assert!(one.rewound().is_some());

    // It outlives the process.
    drop(one);
    let one = lab.machine("one").await;
    assert_eq!(one.rewound().unwrap().id(), id);
    assert_eq!(one.rewound().unwrap().lost, Some(1));
    assert!(matches!(
        one.put(&[b"f"]).await,
        Err(blobs::Error::Rewound(_))
    ));

    one.accept(&id).await.unwrap();
    assert_eq!(one.rewound(), None);
    one.keep(&subject("1"), vec![kept(2)]);
    whole(&lab, &[&one, &other]).await;
    holds(&other, b"e").await;
    holds(&other, b"f").await;
}

#[tokio::test]
async fn a_deleted_ref_is_found_and_put_back_only_after_a_human_word() {
    let lab = Lab::new();
    let (one, other) = settled(&lab).await;
    lab.git(&["update-ref", "-d", REF]);
    assert!(matches!(
        one.put(&[b"e"]).await,
        Err(blobs::Error::Rewound(_))
    ));
    other.refresh().await.unwrap();
    let id = stopped(&lab, &other).await;
    assert_eq!(id, "gone");
    assert_eq!(stopped(&lab, &one).await, id);
    assert_eq!(lab.git(&["for-each-ref", REF]), "");
    other.accept(&id).await.unwrap();
    whole(&lab, &[&other, &one]).await;
}

#[tokio::test]
async fn another_history_in_its_place_is_found_and_both_are_kept() {
    let lab = Lab::new();
    let (one, other) = settled(&lab).await;
    // Somebody deletes the ref, and a new machine that never saw it begins another.
    lab.git(&["update-ref", "-d", REF]);
    let new = lab.machine("new").await;
    new.put(&[b"of the new one"]).await.unwrap();
    one.refresh().await.unwrap();
    let id = stopped(&lab, &one).await;
    // It grows further: the same finding.
    new.put(&[b"more of it"]).await.unwrap();
    one.refresh().await.unwrap();
    assert_eq!(one.rewound().unwrap().id(), id);
    holds(&one, b"more of it").await;
    one.accept(&id).await.unwrap();
    whole(&lab, &[&one, &other, &new]).await;
    for store in [&one, &other, &new] {
        holds(store, b"of the new one").await;
        holds(store, b"more of it").await;
    }
}

#[tokio::test]
async fn files_dropped_or_changed_by_a_later_commit_are_found_and_named() {
    for (change, lost) in [
        ("rm -r blobs", 4),
        ("f=$(ls -d blobs/*/* | head -n 1); printf x > $f", 1),
        ("rm $(ls -d blobs/*/* | head -n 1)", 1),
        ("f=$(ls items/*/subject.json); printf x > $f", 1),
        ("rm -r items", 2),
        (
            "f=$(ls items/*/comments.jsonl); head -n 1 $f > x; mv x $f",
            1,
        ),
        ("f=$(ls items/*/comments.jsonl); tac $f > x; mv x $f", 1),
        (
            "f=$(ls items/*/comments.jsonl); mv $f x; ln -s ../../x $f",
            1,
        ),
        ("rm -r blobs; printf x > blobs", 4),
    ] {
        let lab = Lab::new();
        let (one, other) = settled(&lab).await;
        lab.meddle(change);
        other.refresh().await.unwrap();
        let rewound = other
            .rewound()
            .unwrap_or_else(|| panic!("not found: {change}"));
        assert_eq!(rewound.lost, Some(lost), "{change}: {rewound}");
        assert_eq!(rewound.paths.len() as u64, lost, "{change}");
        let id = stopped(&lab, &other).await;
        other.accept(&id).await.unwrap();
        other.keep(&subject("1"), vec![kept(2)]);
        whole(&lab, &[&other, &one]).await;
    }
}

#[tokio::test]
async fn what_a_stranger_only_adds_is_no_finding_and_proves_nothing() {
    let lab = Lab::new();
    let (one, other) = settled(&lab).await;
    lab.meddle("printf x > note; mkdir -p blobs/zz; printf y > blobs/zz/name");
    other.refresh().await.unwrap();
    assert_eq!(other.rewound(), None);
    one.put(&[b"on top"]).await.unwrap();
    assert_eq!(one.rewound(), None);
    holds(&other, b"on top").await;
    assert_eq!(other.get(&digest(b"y")).await.unwrap(), None);
}
