//! Applying to real folders, with links and races in the way.

use super::*;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

fn change(path: &str, before: Option<&str>, after: Option<&str>) -> FileChange {
    FileChange {
        path: path.into(),
        before: before.map(|text| Digest::of(text.as_bytes())),
        after: after.map(Into::into),
    }
}

fn tree() -> (tempfile::TempDir, Beneath) {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a"), "old a").unwrap();
    fs::create_dir(dir.path().join("d")).unwrap();
    fs::write(dir.path().join("d/b"), "old b").unwrap();
    fs::set_permissions(dir.path().join("a"), fs::Permissions::from_mode(0o755)).unwrap();
    let beneath = Beneath::new(dir.path());
    (dir, beneath)
}

#[test]
fn files_are_written_deleted_and_keep_their_executable_bit() {
    let (dir, beneath) = tree();
    let files = [
        change("a", Some("old a"), Some("new a")),
        change("d/b", Some("old b"), None),
        change("n/e/w", None, Some("w")),
    ];
    apply(&beneath, &[], &files).unwrap();
    assert_eq!(fs::read_to_string(dir.path().join("a")).unwrap(), "new a");
    let mode = fs::metadata(dir.path().join("a"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o755);
    assert!(!dir.path().join("d").exists());
    assert_eq!(fs::read_to_string(dir.path().join("n/e/w")).unwrap(), "w");
}

#[test]
fn one_file_that_is_not_as_expected_leaves_all_untouched() {
    let (dir, beneath) = tree();
    for bad in [
        change("d/b", Some("something else"), Some("x")),
        change("d/b", None, Some("x")),
        change("gone", Some("x"), Some("y")),
        change("gone", None, None),
        change("d", None, Some("x")),
    ] {
        let files = [change("a", Some("old a"), Some("new a")), bad.clone()];
        let error = apply(&beneath, &[], &files).unwrap_err();
        assert!(matches!(error, Error::Conflict { .. }), "{bad:?}: {error}");
        assert_eq!(fs::read_to_string(dir.path().join("a")).unwrap(), "old a");
    }
}

#[test]
fn a_failure_half_way_is_undone() {
    let (dir, beneath) = tree();
    // `a/x` needs `a` as folder while `a` stays a file: found only when writing.
    let files = [
        change("d/b", Some("old b"), None),
        change("new/x", None, Some("1")),
        change("a/x", None, Some("2")),
    ];
    assert!(apply(&beneath, &[], &files).is_err());
    assert_eq!(fs::read_to_string(dir.path().join("d/b")).unwrap(), "old b");
    let mut left: Vec<_> = fs::read_dir(dir.path())
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    left.sort();
    assert_eq!(left, ["a", "d"]);
}

#[test]
fn neither_a_linked_file_nor_a_linked_folder_is_written_through() {
    let (dir, beneath) = tree();
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret"), "s").unwrap();
    symlink(outside.path().join("secret"), dir.path().join("file")).unwrap();
    symlink(outside.path(), dir.path().join("folder")).unwrap();
    symlink(outside.path().join("dangling"), dir.path().join("dangling")).unwrap();
    for bad in [
        change("file", Some("s"), Some("x")),
        change("file", None, Some("x")),
        change("folder/secret", Some("s"), Some("x")),
        change("folder/new", None, Some("x")),
        change("dangling", None, Some("x")),
    ] {
        let error = apply(&beneath, &[], std::slice::from_ref(&bad)).unwrap_err();
        let refused = matches!(error, Error::Outside { .. });
        assert!(refused, "{bad:?}: {error}");
    }
    assert_eq!(
        fs::read_to_string(outside.path().join("secret")).unwrap(),
        "s"
    );
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);
}

#[test]
fn a_folder_swapped_for_a_link_while_writing_never_redirects_a_write() {
    let (dir, beneath) = tree();
    let outside = tempfile::tempdir().unwrap();
    let (inside, link) = (dir.path().join("d"), dir.path().join("link"));
    symlink(outside.path(), &link).unwrap();
    let stop = std::sync::atomic::AtomicBool::new(false);
    let (mut won, mut lost) = (0_u32, 0_u32);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let here = rustix::fs::CWD;
            let exchange = rustix::fs::RenameFlags::EXCHANGE;
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                rustix::fs::renameat_with(here, &inside, here, &link, exchange).unwrap();
            }
        });
        let started = std::time::Instant::now();
        for round in 0_u32.. {
            let path = format!("d/new-{round}");
            match apply(&beneath, &[], &[change(&path, None, Some("x"))]) {
                Ok(_) => won += 1,
                Err(_) => lost += 1,
            }
            let met = round > 2000 && won > 50 && lost > 50;
            if met || started.elapsed() > std::time::Duration::from_secs(15) {
                break;
            }
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    assert_eq!(
        fs::read_dir(outside.path()).unwrap().count(),
        0,
        "{won} {lost}"
    );
    assert!(
        won > 0 && lost > 0,
        "the race was never met: {won} written, {lost} refused"
    );
}
