//! Staged writes: what an agent wants written, before anything touches the disk.

use std::collections::BTreeMap;

use trail_port::Worktree;
use trail_port::workspace::{self, Hit};
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

    /// Tells whether a file is staged at `path` or below it.
    pub(crate) fn holds(&self, path: &str) -> bool {
        let staged = self.files.iter().filter(|(_, content)| content.is_some());
        staged.into_iter().any(|(own, _)| below(own, path))
    }

    /// Finds matching lines in staged files at or below `path`; a pattern that cannot be used finds
    /// nothing here, for the worktree says so.
    pub(crate) fn search(&self, pattern: &str, path: &str, limit: usize) -> Vec<Hit> {
        let Ok(regex) = regex::RegexBuilder::new(pattern)
            .size_limit(1 << 20)
            .build()
        else {
            return Vec::new();
        };
        let mut hits = Vec::new();
        for (own, content) in self.files.iter().filter(|(own, _)| below(own, path)) {
            let text = content.as_deref().unwrap_or_default();
            for (number, line) in (1..)
                .zip(text.lines())
                .filter(|(_, line)| regex.is_match(line))
            {
                if hits.len() >= limit {
                    return hits;
                }
                hits.push(Hit {
                    path: own.clone(),
                    line: number,
                    text: line.chars().take(400).collect(),
                });
            }
        }
        hits
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

/// Tells whether `file` is `path` or lies below it; `""` is the root.
fn below(file: &str, path: &str) -> bool {
    let rest = file.strip_prefix(path);
    path.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_sees_what_is_staged_and_not_what_is_deleted() {
        let mut overlay = Overlay::default();
        overlay.stage("tests/a.rs", Some("one\ntwo\n".to_owned()));
        overlay.stage("testsuite.rs", Some("two\n".to_owned()));
        overlay.stage("src/gone.rs", None);
        let found = |path: &str| -> Vec<(String, u64)> {
            let hits = overlay.search("tw.", path, 10);
            hits.into_iter().map(|hit| (hit.path, hit.line)).collect()
        };
        assert_eq!(found("tests"), vec![("tests/a.rs".to_owned(), 2)]);
        assert_eq!(found("tests/a.rs"), found("tests"));
        assert_eq!(found("").len(), 2);
        assert!(overlay.search("(", "", 10).is_empty());
        assert!(overlay.holds("tests") && overlay.holds("") && !overlay.holds("src"));
    }
}
