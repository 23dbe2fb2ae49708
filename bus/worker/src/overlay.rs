//! Staged writes: what an agent wants written, before anything touches the disk.

use std::collections::BTreeMap;

use trail_port::Worktree;
use trail_port::workspace;
use trail_record::Digest;
use trail_record::body::FileChange;

/// Staged contents by path; none is a deletion.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Overlay {
    files: BTreeMap<String, Option<String>>,
}

impl Overlay {
    /// Stages new contents, or a deletion.
    pub(crate) fn stage(&mut self, path: &str, content: Option<String>) {
        self.files.insert(path.to_owned(), content);
    }

    /// Returns what is staged for a path: none if nothing is, `Some(None)` if it is deleted.
    pub(crate) fn get(&self, path: &str) -> Option<&Option<String>> {
        self.files.get(path)
    }

    /// Returns the staged paths with their contents.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&String, &Option<String>)> {
        self.files.iter()
    }

    /// Tells whether nothing is staged.
    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Returns the staged changes against the worktree, without those that change nothing.
    pub(crate) async fn changes(
        &self,
        worktree: &dyn Worktree,
    ) -> Result<Vec<FileChange>, workspace::Error> {
        let mut changes = Vec::new();
        for (path, after) in &self.files {
            let before = worktree.read(path).await?;
            if before.as_deref() == after.as_ref().map(String::as_bytes) {
                continue;
            }
            changes.push(FileChange {
                path: path.clone(),
                before: before.map(|bytes| Digest::of(&bytes)),
                after: after.clone(),
            });
        }
        Ok(changes)
    }
}

/// Renders changes as a unified diff for people.
pub(crate) async fn diff(
    changes: &[FileChange],
    worktree: &dyn Worktree,
) -> Result<String, workspace::Error> {
    let mut out = String::new();
    for change in changes {
        let before = worktree.read(&change.path).await?.unwrap_or_default();
        let before = String::from_utf8_lossy(&before);
        let after = change.after.as_deref().unwrap_or_default();
        let (from, to) = (
            change
                .before
                .map_or_else(|| "/dev/null".to_owned(), |_| format!("a/{}", change.path)),
            change
                .after
                .as_ref()
                .map_or_else(|| "/dev/null".to_owned(), |_| format!("b/{}", change.path)),
        );
        let text = similar::TextDiff::from_lines(before.as_ref(), after);
        out.push_str(
            &text
                .unified_diff()
                .context_radius(3)
                .header(&from, &to)
                .to_string(),
        );
    }
    Ok(out)
}
