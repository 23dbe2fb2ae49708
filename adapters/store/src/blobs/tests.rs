use std::fs;
use std::os::unix::fs::FileExt;

use super::*;

fn flip(path: &Path, needle: &[u8]) {
    let bytes = fs::read(path).unwrap();
    let at = bytes
        .windows(needle.len())
        .position(|part| part == needle)
        .unwrap();
    let file = fs::File::options().write(true).open(path).unwrap();
    file.write_all_at(&[needle[0] ^ 1], at as u64).unwrap();
}

fn small(n: u8) -> Vec<u8> {
    [b"small blob number ".to_vec(), vec![n; 40]].concat()
}

#[tokio::test]
async fn small_and_big_blobs_are_there_after_a_reopen_and_known_ones_write_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let big = vec![5; SMALL + 1];
    let blobs: Vec<Vec<u8>> = vec![small(1), Vec::new(), vec![9; SMALL], big.clone()];
    let refs: Vec<&[u8]> = blobs.iter().map(Vec::as_slice).collect();
    {
        let store = LocalBlobs::open(dir.path()).unwrap();
        let before = store.syncs();
        store.put(&refs).await.unwrap();
        assert_eq!(store.syncs(), before + 1, "small blobs share one sync");
        store.put(&refs).await.unwrap();
        assert_eq!(
            store.syncs(),
            before + 1,
            "known blobs are not written again"
        );
    }
    let store = LocalBlobs::open(dir.path()).unwrap();
    for blob in &blobs {
        assert_eq!(
            store.get(&Digest::of(blob)).await.unwrap().as_ref(),
            Some(blob)
        );
    }
    assert_eq!(store.get(&Digest::of(b"absent")).await.unwrap(), None);
    assert!(big::path(dir.path(), &Digest::of(&big)).is_file());
}

#[tokio::test]
async fn a_reader_beside_the_writer_finds_what_is_added() {
    let dir = tempfile::tempdir().unwrap();
    let reader = LocalBlobs::open_read_only(&dir.path().join("blobs")).unwrap();
    assert_eq!(reader.get(&Digest::of(&small(1))).await.unwrap(), None);
    let writer = LocalBlobs::open(&dir.path().join("blobs")).unwrap();
    assert!(matches!(
        LocalBlobs::open(&dir.path().join("blobs")),
        Err(Error::Locked(_))
    ));
    for n in 1..5 {
        writer.put(&[&small(n), &vec![n; SMALL + 9]]).await.unwrap();
        assert_eq!(
            reader.get(&Digest::of(&small(n))).await.unwrap(),
            Some(small(n))
        );
        let big = vec![n; SMALL + 9];
        assert_eq!(reader.get(&Digest::of(&big)).await.unwrap(), Some(big));
    }
    assert!(reader.put(&[b"x"]).await.is_err());
}

#[tokio::test]
async fn damaged_bytes_are_reported_and_healed_by_the_next_put() {
    let dir = tempfile::tempdir().unwrap();
    let big = [b"big one".to_vec(), vec![7; SMALL]].concat();
    {
        let store = LocalBlobs::open(dir.path()).unwrap();
        store.put(&[&small(1), &small(2)]).await.unwrap();
        store.put(&[&small(3), &big]).await.unwrap();
    }
    flip(&dir.path().join("small/00000001.seg"), &small(1));
    flip(&big::path(dir.path(), &Digest::of(&big)), b"big one");
    for store in [
        LocalBlobs::open_read_only(dir.path()).unwrap(),
        LocalBlobs::open(dir.path()).unwrap(),
    ] {
        for damaged in [&small(1), &big] {
            let digest = Digest::of(damaged);
            let answer = store.get(&digest).await;
            assert!(
                matches!(answer, Err(BlobsError::Damaged(found)) if found == digest),
                "{answer:?}"
            );
        }
        // The others, in the damaged frame and behind it, are still good.
        for good in [small(2), small(3)] {
            assert_eq!(store.get(&Digest::of(&good)).await.unwrap(), Some(good));
        }
    }
    let store = LocalBlobs::open(dir.path()).unwrap();
    assert!(store.get(&Digest::of(&big)).await.is_err());
    store.put(&[&small(1), &big]).await.unwrap();
    for healed in [small(1), big] {
        assert_eq!(store.get(&Digest::of(&healed)).await.unwrap(), Some(healed));
    }
}

#[tokio::test]
async fn a_half_written_big_blob_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let draft = dir
        .path()
        .join(format!("{}.tmp", Digest::<Blob>::of(b"x").hex()));
    fs::write(&draft, b"half").unwrap();
    let store = LocalBlobs::open(dir.path()).unwrap();
    assert!(!draft.exists());
    assert_eq!(store.get(&Digest::of(b"x")).await.unwrap(), None);
}
