//! Kills a process that commits with SIGKILL and looks for what it had acknowledged.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use trail_port::Store;
use trail_port::store::Op;
use trail_store::LocalStore;

const DIR: &str = "TRAIL_STORE_KILL_DIR";

/// What the child does: commits in rounds that replace and remove as well, and says each it is done.
fn commit_for_ever(dir: &Path) {
    let store = LocalStore::open(dir).expect("the store opens");
    let first = store.scan("n/").expect("it can be read").len();
    println!("\nopen {first}");
    for n in first.. {
        let value = n.to_le_bytes().repeat(10 + n % 300);
        store
            .commit(vec![
                Op::Put {
                    key: format!("n/{n:08}"),
                    value: value.clone(),
                },
                Op::Put {
                    key: "last".to_owned(),
                    value,
                },
                Op::Remove {
                    key: format!("gone/{}", n.saturating_sub(1)),
                },
                Op::Put {
                    key: format!("gone/{n}"),
                    value: Vec::new(),
                },
            ])
            .expect("it can be written");
        println!("done {n}");
    }
}

#[test]
fn no_acknowledged_commit_is_lost_by_kill_9() {
    if let Some(dir) = std::env::var_os(DIR) {
        return commit_for_ever(Path::new(&dir));
    }
    let dir = tempfile::tempdir().unwrap();
    let mut acknowledged = 0;
    for round in 0..6 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "no_acknowledged_commit_is_lost_by_kill_9",
                "--nocapture",
            ])
            .env(DIR, dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .map(Result::unwrap);
        let opened = lines.find_map(|line| line.strip_prefix("open ")?.parse::<usize>().ok());
        // One commit may stand that was written and not yet acknowledged.
        let opened = opened.unwrap();
        assert!(
            (acknowledged..=acknowledged + 1).contains(&opened),
            "{opened} {acknowledged}"
        );
        let id = child.id();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(40 + 17 * round));
            let killed = Command::new("kill")
                .args(["-9", &id.to_string()])
                .status()
                .unwrap();
            assert!(killed.success());
        });
        acknowledged = opened;
        for line in lines {
            if let Some(n) = line
                .strip_prefix("done ")
                .and_then(|n| n.parse::<usize>().ok())
            {
                acknowledged = n + 1;
            }
        }
        child.wait().unwrap();

        let store = LocalStore::open(dir.path()).unwrap();
        let found = store.scan("n/").unwrap();
        assert!(
            found.len() >= acknowledged,
            "round {round}: {} < {acknowledged}",
            found.len()
        );
        for (n, (key, value)) in found.iter().enumerate() {
            assert_eq!(*key, format!("n/{n:08}"));
            assert_eq!(*value, n.to_le_bytes().repeat(10 + n % 300));
        }
        // Commits are whole: what else they changed belongs to the last one.
        let last = found.len() - 1;
        assert_eq!(
            store.get("last").unwrap().as_ref(),
            found.last().map(|(_, value)| value)
        );
        let gone: Vec<_> = store
            .scan("gone/")
            .unwrap()
            .into_iter()
            .map(|(key, _)| key)
            .collect();
        assert_eq!(gone, [format!("gone/{last}")]);
    }
    assert!(
        acknowledged > 20,
        "the test did too little: {acknowledged} commits"
    );
}
