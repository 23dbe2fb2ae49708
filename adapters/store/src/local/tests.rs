use std::collections::BTreeMap;
use std::os::unix::fs::FileExt;

use proptest::prelude::*;

use super::*;

const SMALL: Options = Options {
    chunk: 4096,
    roll: 64 * 1024,
    tolerant: false,
};

fn put(key: &str, value: impl Into<Vec<u8>>) -> Op {
    Op::Put {
        key: key.to_owned(),
        value: value.into(),
    }
}

fn remove(key: &str) -> Op {
    Op::Remove {
        key: key.to_owned(),
    }
}

fn all(store: &LocalStore) -> BTreeMap<String, Vec<u8>> {
    store.scan("").unwrap().into_iter().collect()
}

#[test]
fn commits_are_there_after_a_reopen_and_scans_are_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let large = vec![7; 5000];
    {
        let store = LocalStore::open(dir.path()).unwrap();
        let before = store.syncs();
        store
            .commit(vec![
                put("b/2", "y"),
                put("b/1", large.clone()),
                put("c", "z"),
            ])
            .unwrap();
        assert_eq!(store.syncs() - before, 1);
        store
            .commit(vec![remove("c"), put("b/2", "x"), remove("absent")])
            .unwrap();
        store.commit(Vec::new()).unwrap();
        assert_eq!(
            store.syncs() - before,
            2,
            "an empty commit has nothing to sync"
        );
    }
    let store = LocalStore::open(dir.path()).unwrap();
    let scanned = store.scan("b/").unwrap();
    assert_eq!(
        scanned,
        [("b/1".to_owned(), large), ("b/2".to_owned(), b"x".to_vec())]
    );
    assert_eq!(store.get("c").unwrap(), None);
    assert_eq!(store.get("b/2").unwrap().as_deref(), Some(&b"x"[..]));
}

#[test]
fn operations_of_one_commit_apply_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let store = LocalStore::open(dir.path()).unwrap();
    store
        .commit(vec![
            put("a", "1"),
            remove("a"),
            put("b", "1"),
            put("b", "2"),
        ])
        .unwrap();
    assert_eq!(
        all(&store),
        BTreeMap::from([("b".to_owned(), b"2".to_vec())])
    );
}

#[test]
fn a_second_owner_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let _store = LocalStore::open(dir.path()).unwrap();
    let refused: StoreError = LocalStore::open(dir.path()).unwrap_err().into();
    assert!(matches!(&refused, StoreError::Locked(path) if *path == dir.path().to_string_lossy()));
}

#[test]
fn keys_and_values_over_the_limit_are_refused_and_nothing_of_the_commit_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let store = LocalStore::open(dir.path()).unwrap();
    let refused = store
        .commit(vec![put("a", "1"), put(&"k".repeat(1025), "2")])
        .unwrap_err();
    assert!(refused.to_string().contains("1025"), "{refused}");
    assert_eq!(all(&store), BTreeMap::new());
    store.commit(vec![put("a", "1")]).unwrap();
}

#[test]
fn a_damaged_or_missing_index_is_rebuilt() {
    let dir = tempfile::tempdir().unwrap();
    let expected = {
        let store = LocalStore::open(dir.path()).unwrap();
        for n in 0..50 {
            store
                .commit(vec![put(
                    &format!("k/{n}"),
                    vec![n; 100 + 30 * usize::from(n)],
                )])
                .unwrap();
        }
        store.commit(vec![remove("k/7")]).unwrap();
        all(&store)
    };
    let index = dir.path().join("index");
    let damage: [&dyn Fn(); 5] = [
        &|| fs::remove_dir_all(&index).unwrap(),
        &|| fs::write(index.join("conf"), b"nonsense").unwrap(),
        &|| fs::write(index.join("db"), vec![0xEE; 600_000]).unwrap(),
        &|| fs::write(index.join("db"), b"").unwrap(),
        &|| {
            let file = fs::File::options()
                .write(true)
                .open(index.join("db"))
                .unwrap();
            (0..40).for_each(|n| file.write_all_at(&[0x5A; 64], n * 512).unwrap());
        },
    ];
    for (n, damage) in damage.iter().enumerate() {
        damage();
        let store = LocalStore::open(dir.path()).unwrap();
        assert_eq!(all(&store), expected, "damage {n}");
    }
}

#[test]
fn an_index_that_lags_behind_is_caught_up() {
    let dir = tempfile::tempdir().unwrap();
    let old = tempfile::tempdir().unwrap();
    let index = dir.path().join("index");
    {
        let store = LocalStore::open(dir.path()).unwrap();
        store.commit(vec![put("a", "1"), put("b", "1")]).unwrap();
    }
    for name in ["conf", "db"] {
        fs::copy(index.join(name), old.path().join(name)).unwrap();
    }
    {
        let store = LocalStore::open(dir.path()).unwrap();
        store.commit(vec![put("b", "2"), put("c", "1")]).unwrap();
        store.commit(vec![remove("a")]).unwrap();
    }
    fs::remove_dir_all(&index).unwrap();
    fs::rename(old.path(), &index).unwrap();
    let store = LocalStore::open(dir.path()).unwrap();
    let expected = [
        ("b".to_owned(), b"2".to_vec()),
        ("c".to_owned(), b"1".to_vec()),
    ];
    assert_eq!(all(&store), BTreeMap::from(expected));
}

#[test]
fn a_damaged_value_is_an_error_and_not_another_value() {
    let dir = tempfile::tempdir().unwrap();
    let store = LocalStore::open(dir.path()).unwrap();
    store.commit(vec![put("a", vec![0xAB; 4000])]).unwrap();
    let path = dir.path().join("log-1/00000001.seg");
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.write_all_at(&[0], 1000).unwrap();
    let refused = store.get("a").unwrap_err().to_string();
    assert!(refused.contains("00000001.seg"), "{refused}");
}

#[test]
fn dead_bytes_are_compacted_away_and_live_ones_kept() {
    let dir = tempfile::tempdir().unwrap();
    let open = || LocalStore::open_with(dir.path(), SMALL, 100_000).unwrap();
    let kept = vec![1; 3000];
    {
        let store = open();
        store.commit(vec![put("kept", kept.clone())]).unwrap();
        for n in 0..500u32 {
            store
                .commit(vec![put("journal", n.to_le_bytes().repeat(250))])
                .unwrap();
        }
        assert_eq!(store.get("kept").unwrap().as_ref(), Some(&kept));
    }
    let logs: Vec<_> = fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().contains("log-"))
        .collect();
    assert_eq!(logs.len(), 1, "{logs:?}");
    assert!(!logs[0].ends_with("log-1"), "nothing was compacted");
    let size: u64 = fs::read_dir(&logs[0])
        .unwrap()
        .map(|e| e.unwrap().metadata().unwrap().len())
        .sum();
    assert!(size < 250_000, "{size} bytes are left");
    let store = open();
    assert_eq!(store.get("kept").unwrap(), Some(kept));
    assert_eq!(
        store.get("journal").unwrap(),
        Some(499u32.to_le_bytes().repeat(250))
    );
}

#[test]
fn a_crash_in_a_compaction_leaves_one_generation_whole() {
    let dir = tempfile::tempdir().unwrap();
    {
        let store = LocalStore::open(dir.path()).unwrap();
        store
            .commit(vec![put("a", vec![1; 900]), put("b", "old")])
            .unwrap();
    }
    // Before the rename: a draft stands beside the log.
    fs::create_dir(dir.path().join("log.tmp")).unwrap();
    fs::write(dir.path().join("log.tmp/00000001.seg"), b"half").unwrap();
    let store = LocalStore::open(dir.path()).unwrap();
    assert_eq!(store.get("b").unwrap(), Some(b"old".to_vec()));
    drop(store);
    // After the rename: the new generation stands, the old one and its index are still there.
    {
        let log = Log::open(&log_dir(dir.path(), 2), Options::default()).unwrap();
        log.append(&batch::encode(&[put("a", vec![1; 900]), put("b", "new")]).unwrap())
            .unwrap();
    }
    let store = LocalStore::open(dir.path()).unwrap();
    assert_eq!(store.get("b").unwrap(), Some(b"new".to_vec()));
    assert_eq!(store.get("a").unwrap(), Some(vec![1; 900]));
    assert!(!log_dir(dir.path(), 1).exists());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// The store is a map, whatever is reopened, rebuilt and compacted in between.
    #[test]
    fn the_store_answers_as_a_map_does(
        steps in proptest::collection::vec((0..12u8, 0..3000usize, 0..8u8), 1..60),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let open = || LocalStore::open_with(dir.path(), SMALL, 20_000).unwrap();
        let mut map = BTreeMap::new();
        let mut store = open();
        for (key, size, what) in steps {
            let key = format!("k/{key}");
            match what {
                0 => {
                    drop(store);
                    store = open();
                }
                1 => {
                    drop(store);
                    fs::remove_dir_all(dir.path().join("index")).unwrap();
                    store = open();
                }
                2 => {
                    map.remove(&key);
                    store.commit(vec![remove(&key)]).unwrap();
                }
                _ => {
                    map.insert(key.clone(), vec![what; size]);
                    store.commit(vec![put(&key, vec![what; size])]).unwrap();
                }
            }
        }
        prop_assert_eq!(all(&store), map);
    }
}
