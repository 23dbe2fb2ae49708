//! Keeping and finding: on this machine, on another, after a crash, without a remote.

use trail_port::{Blobs, Mirror, blobs};

use crate::{Lab, REF, digest, holds, kept, subject};

#[tokio::test]
async fn what_one_machine_puts_another_gets_and_a_put_again_changes_nothing() {
    let lab = Lab::new();
    let (one, other) = (lab.machine("one").await, lab.machine("other").await);
    assert_eq!(one.get(&digest(b"not yet")).await.unwrap(), None);
    one.put(&[b"first", b"", b"with\nlines\0and zeros"])
        .await
        .unwrap();
    for bytes in [&b"first"[..], b"", b"with\nlines\0and zeros"] {
        holds(&other, bytes).await;
        holds(&one, bytes).await;
    }
    let head = lab.head();
    one.put(&[b"first"]).await.unwrap();
    other.put(&[b"first", b""]).await.unwrap();
    assert_eq!(lab.head(), head);
    assert_eq!(one.counts().pushes, 1);
}

#[tokio::test]
async fn a_blob_that_comes_after_a_miss_is_found_at_once() {
    let lab = Lab::new();
    let (one, other) = (lab.machine("one").await, lab.machine("other").await);
    for round in 0..20_u8 {
        let bytes = [round; 9];
        assert_eq!(other.get(&digest(&bytes)).await.unwrap(), None);
        one.put(&[&bytes]).await.unwrap();
        if round < 4 {
            holds(&other, &bytes).await;
        }
    }
    holds(&other, &[19; 9]).await;
}

#[tokio::test]
async fn thousands_of_reads_start_one_process_and_misses_do_not_fetch_each_time() {
    let lab = Lab::new();
    let one = lab.machine("one").await;
    let blobs: Vec<Vec<u8>> = (0..3000_u32).map(|n| n.to_le_bytes().to_vec()).collect();
    let refs: Vec<&[u8]> = blobs.iter().map(Vec::as_slice).collect();
    one.put(&refs).await.unwrap();
    assert_eq!(one.counts().pushes, 1);
    let before = one.counts();
    for bytes in &blobs {
        holds(&one, bytes).await;
    }
    assert!(
        one.counts().commands - before.commands <= 1,
        "{:?}",
        one.counts()
    );
    let before = one.counts();
    for n in 0..200_u32 {
        let absent = digest(&n.to_be_bytes().repeat(2));
        assert_eq!(one.get(&absent).await.unwrap(), None);
    }
    let fetches = one.counts().fetches - before.fetches;
    assert!(fetches < 20, "{fetches} fetches for 200 misses");
}

#[tokio::test]
async fn puts_that_wait_together_go_with_one_commit() {
    let lab = Lab::new();
    let one = lab.machine("one").await;
    let puts = (0..40_u8).map(|n| {
        let one = one.clone();
        tokio::spawn(async move { one.put(&[&[n; 3]]).await })
    });
    for put in puts.collect::<Vec<_>>() {
        put.await.unwrap().unwrap();
    }
    assert!(one.counts().pushes < 20, "{:?}", one.counts());
    assert_eq!(lab.files().len(), 40);
}

#[tokio::test]
async fn without_the_remote_a_put_fails_and_the_next_start_sends_it() {
    let lab = Lab::new();
    let one = lab.machine("one").await;
    let (remote, away) = (lab.path("remote.git"), lab.path("away.git"));
    std::fs::rename(&remote, &away).unwrap();
    let error = one.put(&[b"while away"]).await.unwrap_err();
    assert!(matches!(error, blobs::Error::Unavailable(_)), "{error}");
    // This machine has it all the same, and says of others that it cannot know.
    holds(&one, b"while away").await;
    let error = one.get(&digest(b"unknown")).await.unwrap_err();
    assert!(matches!(error, blobs::Error::Unavailable(_)), "{error}");
    drop(one);
    let one = lab.machine("one").await;
    holds(&one, b"while away").await;
    drop(one);
    std::fs::rename(&away, &remote).unwrap();
    let _one = lab.machine("one").await;
    holds(&lab.machine("other").await, b"while away").await;
    let staged = std::fs::read_dir(lab.path("one/staged")).unwrap().count();
    assert_eq!(staged, 0, "what was sent is staged no more");
}

#[tokio::test]
async fn a_remote_that_is_away_is_not_asked_by_every_look() {
    let lab = Lab::new();
    let one = lab.machine("one").await;
    std::fs::rename(lab.path("remote.git"), lab.path("away.git")).unwrap();
    assert!(one.look().await.is_err());
    for _ in 0..5 {
        one.look().await.unwrap();
    }
    assert_eq!(one.counts().fetches, 1);
}

#[tokio::test]
async fn a_put_given_up_in_the_middle_is_sent_with_the_next() {
    let lab = Lab::new();
    let one = lab.machine("one").await;
    for wait in 0..25_u64 {
        let bytes = wait.to_le_bytes();
        let put: [&[u8]; 1] = [&bytes];
        let time = std::time::Duration::from_millis(wait * 2);
        let _ = tokio::time::timeout(time, one.put(&put)).await;
    }
    one.put(&[b"last"]).await.unwrap();
    let other = lab.machine("other").await;
    holds(&other, b"last").await;
    // The first was given up before it was polled at all.
    for wait in 1..25_u64 {
        holds(&other, &wait.to_le_bytes()).await;
    }
}

#[tokio::test]
async fn false_bytes_under_a_digest_are_damage_and_a_put_mends_them() {
    let lab = Lab::new();
    let one = lab.machine("one").await;
    one.put(&[b"something"]).await.unwrap();
    let path = lab.files()[0].replace("blobs/", "");
    let good = digest(b"the true bytes");
    let hex = good.hex();
    lab.meddle(&format!(
        "test -f blobs/{path}; mkdir -p blobs/{0}; printf false > blobs/{0}/{hex}",
        &hex[..2]
    ));
    let other = lab.machine("other").await;
    let error = other.get(&good).await.unwrap_err();
    assert!(
        matches!(error, blobs::Error::Damaged(found) if found == good),
        "{error}"
    );
    other.put(&[b"the true bytes"]).await.unwrap();
    holds(&other, b"the true bytes").await;
    one.refresh().await.unwrap();
    assert_eq!(one.rewound(), None);
    holds(&one, b"the true bytes").await;
}

#[tokio::test]
async fn a_second_process_in_the_same_folder_is_refused() {
    let lab = Lab::new();
    let one = lab.machine("one").await;
    let error = trail_workspace::RefStore::open(lab.settings("one"))
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("in use by another process"),
        "{error}"
    );
    drop(one);
    lab.machine("one").await;
}

#[tokio::test]
async fn entries_go_with_the_next_put_and_stay_as_first_kept() {
    let lab = Lab::new();
    let (one, other) = (lab.machine("one").await, lab.machine("other").await);
    let item = subject("7");
    one.keep(&item, vec![kept(0), kept(1)]);
    assert_eq!(one.recall(&item).await.unwrap(), [kept(0), kept(1)]);
    assert_eq!(other.recall(&item).await.unwrap(), []);
    one.put(&[b"blob"]).await.unwrap();
    assert_eq!(one.counts().pushes, 1);
    one.flush().await.unwrap();
    assert_eq!(one.counts().pushes, 1, "nothing was left to send");

    // The other machine knows the whole chain and one entry more.
    other.keep(&item, (0..3).map(kept).collect());
    other.flush().await.unwrap();
    // A changed or skipping entry is left out.
    let mut changed = kept(1);
    changed.envelope = "{}".to_owned();
    one.keep(&item, vec![changed, kept(2), kept(3)]);
    one.flush().await.unwrap();
    other.keep(&item, vec![kept(5)]);
    other.flush().await.unwrap();
    let third = lab.machine("third").await;
    assert_eq!(
        third.recall(&item).await.unwrap(),
        [kept(0), kept(1), kept(2)]
    );
    let heads = third.heads().await.unwrap();
    assert_eq!(heads.len(), 1);
    assert_eq!(
        (heads[0].entries, heads[0].last.clone()),
        (3, Some(kept(2)))
    );
    assert_eq!(heads[0].subject, item);
}

#[tokio::test]
async fn a_remote_that_refuses_says_so() {
    let lab = Lab::new();
    let hook = lab.path("remote.git/hooks/pre-receive");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    std::fs::write(&hook, "#!/bin/sh\necho protected; exit 1\n").unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&hook, mode).unwrap();
    let one = lab.machine("one").await;
    let error = one.put(&[b"x"]).await.unwrap_err().to_string();
    assert!(error.contains("pre-receive hook declined"), "{error}");
    std::fs::remove_file(&hook).unwrap();
    one.flush().await.unwrap();
    holds(&lab.machine("other").await, b"x").await;
}

#[tokio::test]
async fn hostile_configuration_of_the_user_and_the_cache_runs_nothing() {
    let lab = Lab::new();
    let one = lab.machine("one").await;
    one.put(&[b"x"]).await.unwrap();
    drop(one);
    let config = lab.path("one/history.git/config");
    let mark = lab.path("ran");
    let evil = format!(
        "[core]\n\tfsmonitor = touch {0}\n\thooksPath = {0}\n[remote \"trail\"]\n\turl = ext::touch {0}\n\tuploadpack = touch {0}\n\treceivepack = touch {0}\n",
        mark.display()
    );
    std::fs::write(&config, evil).unwrap();
    let one = lab.machine("one").await;
    one.put(&[b"y"]).await.unwrap();
    assert!(!mark.exists());
    assert!(
        lab.git(&["log", "--format=%an <%ae>", REF])
            .lines()
            .all(|who| who == "Trail <trail@trail.invalid>")
    );
}
