//! Locks that a git left behind which was ended in the middle.
//!
//! The cache belongs to one process, which holds its folder's lock; what it writes to one ref is
//! written by one git at a time. So a lock on a ref that stays is nobody's: its git was ended when
//! whoever waited for it gave up.

use std::path::Path;
use std::time::Duration;

/// How long a git that was just ended, or one that fetches, may still hold a lock.
const PATIENCE: Duration = Duration::from_millis(50);
const TRIES: u32 = 20;

/// Waits for the locks of these refs to go, and removes those that stay; tells whether there was one.
pub(super) async fn unlock(git_dir: &Path, refs: &[&str]) -> bool {
    let mut was = false;
    for name in refs {
        let lock = git_dir.join(format!("{name}.lock"));
        for _ in 0..TRIES {
            if !lock.exists() {
                break;
            }
            was = true;
            tokio::time::sleep(PATIENCE).await;
        }
        if lock.exists() {
            tracing::warn!(lock = %lock.display(), "a lock is removed that an ended git left behind");
            // If it cannot be removed, the next try says so in git's own words.
            let _ = std::fs::remove_file(&lock);
        }
    }
    was
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_lock_that_stays_is_removed_and_one_that_goes_is_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("refs/draft");
        std::fs::create_dir_all(&folder).unwrap();
        let refs = ["refs/draft/history", "refs/seen/history"];
        assert!(!unlock(dir.path(), &refs).await);
        std::fs::write(folder.join("history.lock"), "").unwrap();
        assert!(unlock(dir.path(), &refs).await);
        assert!(!folder.join("history.lock").exists());
    }
}
