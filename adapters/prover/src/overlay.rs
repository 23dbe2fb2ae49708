//! Laying the change's tests over the base.

use trail_port::Worktree;
use trail_port::workspace::Error;
use trail_record::body::FileChange;
use trail_record::{Blob, Digest};

/// A test file as the change has it.
#[derive(Debug, Clone)]
pub(crate) struct TestFile {
    pub(crate) path: String,
    /// Its text; none if the change has no such file.
    pub(crate) text: Option<String>,
}

/// Reads the change's test files; those that are no UTF-8 text are left out, as no patchset can
/// have written them.
pub(crate) async fn read(
    worktree: &dyn Worktree,
    paths: &[String],
) -> Result<Vec<TestFile>, Error> {
    let mut files = Vec::new();
    for path in paths {
        let text = match worktree.read(path).await? {
            None => None,
            Some(bytes) => match String::from_utf8(bytes) {
                Ok(text) => Some(text),
                Err(_) => continue,
            },
        };
        files.push(TestFile {
            path: path.clone(),
            text,
        });
    }
    Ok(files)
}

/// Returns the changes that make `worktree` hold `files`.
pub(crate) async fn changes(
    worktree: &dyn Worktree,
    files: &[TestFile],
) -> Result<Vec<FileChange>, Error> {
    let mut changes = Vec::new();
    for file in files {
        let before = worktree.read(&file.path).await?;
        if before.as_deref() == file.text.as_deref().map(str::as_bytes) {
            continue;
        }
        changes.push(FileChange {
            path: file.path.clone(),
            before: before.map(|bytes| Digest::<Blob>::of(&bytes)),
            after: file.text.clone(),
        });
    }
    Ok(changes)
}
