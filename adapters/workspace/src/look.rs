//! Lists and searches the worktree: tracked and new files, without what `.gitignore` leaves out.
//!
//! Symbolic links are neither followed nor shown, and names that are not UTF-8 are left out with a
//! count in the log: no tool could ask for them.

use std::cell::Cell;
use std::path::Path;

use ignore::WalkBuilder;
use regex::{Regex, RegexBuilder};
use trail_port::workspace::{Error, Hit, Listed};

use crate::beneath::Beneath;
use crate::path::{RepoPath, names_git};

/// Files above this size are not searched.
const SEARCHED: u64 = 1 << 20;
/// Most memory a compiled pattern may take.
const PATTERN: usize = 4 << 20;
/// Most characters of a line that are shown.
const LINE: usize = 400;

/// One file or folder met on a walk.
struct Met {
    path: String,
    folder: bool,
    size: u64,
}

/// Lists one level of `folder`.
pub(crate) fn list(beneath: &Beneath, folder: &str) -> Result<Vec<Listed>, Error> {
    let start = existing(beneath, folder)?;
    let mut out: Vec<Listed> = walk(beneath, start.as_ref(), true)?
        .into_iter()
        .map(|met| Listed {
            path: met.path,
            folder: met.folder,
            size: met.size,
        })
        .collect();
    out.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(out)
}

/// Finds lines that match `pattern` below `folder`, which may also be one file.
pub(crate) fn search(
    beneath: &Beneath,
    pattern: &str,
    folder: &str,
    limit: usize,
) -> Result<Vec<Hit>, Error> {
    let regex = RegexBuilder::new(pattern)
        .size_limit(PATTERN)
        .dfa_size_limit(PATTERN)
        .build()
        .map_err(|e| Error::Failed(format!("the pattern cannot be used: {e}")))?;
    let file = RepoPath::folder(folder)?;
    let mut hits = Vec::new();
    if let Some(path) = &file
        && let Some(found) = beneath.read(path)?
    {
        matches(&regex, folder, &found.bytes, limit, &mut hits);
        return Ok(hits);
    }
    let start = existing(beneath, folder)?;
    let mut files = walk(beneath, start.as_ref(), false)?;
    files.retain(|met| !met.folder && met.size <= SEARCHED);
    files.sort_by(|a, b| a.path.cmp(&b.path));
    for met in files {
        if hits.len() >= limit {
            break;
        }
        // Opened anew without following links: what was walked may have been swapped.
        let Ok(Some(found)) = RepoPath::parse(&met.path).and_then(|path| beneath.read(&path))
        else {
            continue;
        };
        matches(&regex, &met.path, &found.bytes, limit, &mut hits);
    }
    Ok(hits)
}

/// Adds the matching lines of one file, unless it is binary.
fn matches(regex: &Regex, path: &str, bytes: &[u8], limit: usize, hits: &mut Vec<Hit>) {
    if bytes.iter().take(8192).any(|byte| *byte == 0) {
        return;
    }
    let text = String::from_utf8_lossy(bytes);
    for (number, line) in (1..).zip(text.lines()) {
        if hits.len() >= limit {
            return;
        }
        if regex.is_match(line) {
            let text = line.chars().take(LINE).collect();
            hits.push(Hit {
                path: path.to_owned(),
                line: number,
                text,
            });
        }
    }
}

/// Checks that `folder` is a folder of the worktree.
fn existing(beneath: &Beneath, folder: &str) -> Result<Option<RepoPath>, Error> {
    let path = RepoPath::folder(folder)?;
    match &path {
        Some(path) if !beneath.is_folder(path)? => {
            Err(Error::Failed(format!("there is no folder {folder:?}")))
        }
        _ => Ok(path),
    }
}

/// Walks the folder, one level or all; the rules of `.gitignore` files above it apply.
fn walk(beneath: &Beneath, start: Option<&RepoPath>, one_level: bool) -> Result<Vec<Met>, Error> {
    let root = beneath.root();
    let start = start.map_or("", RepoPath::as_str).to_owned();
    let depth = if start.is_empty() {
        0
    } else {
        start.split('/').count()
    };
    let unnamed = Cell::new(0_usize);
    let mut walker = WalkBuilder::new(root);
    // Only files of the repository itself decide what is ignored, nothing of the user's.
    walker
        .standard_filters(false)
        .git_ignore(true)
        .require_git(false)
        .follow_links(false);
    if one_level {
        walker.max_depth(Some(depth + 1));
    }
    let (base, wanted) = (root.to_owned(), start.clone());
    walker.filter_entry(move |entry| {
        let Some(path) = relative(&base, entry.path()) else {
            return true;
        };
        // Only the way down to the folder asked for, and what is below it.
        let on_the_way = wanted
            .strip_prefix(&path)
            .is_some_and(|rest| rest.starts_with('/'));
        let name = entry.file_name().to_str().unwrap_or_default();
        (path.is_empty() || on_the_way || below(&path, &wanted)) && !names_git(name)
    });
    let mut out = Vec::new();
    for entry in walker.build() {
        let Ok(entry) = entry else { continue };
        let Some(path) = relative(root, entry.path()) else {
            unnamed.set(unnamed.get() + 1);
            continue;
        };
        let Some(kind) = entry.file_type() else {
            continue;
        };
        if path.is_empty() || path == start || !below(&path, &start) || kind.is_symlink() {
            continue;
        }
        // A name that could not be asked for is not shown either.
        if RepoPath::parse(&path).is_err() || !(kind.is_file() || kind.is_dir()) {
            unnamed.set(unnamed.get() + 1);
            continue;
        }
        let size = if kind.is_file() {
            entry.metadata().map_or(0, |found| found.len())
        } else {
            0
        };
        out.push(Met {
            path,
            folder: kind.is_dir(),
            size,
        });
    }
    if unnamed.get() > 0 {
        tracing::warn!(
            count = unnamed.get(),
            "entries left out: special, or their names are not usable"
        );
    }
    Ok(out)
}

/// Returns `path` relative to `root`, or none if it is not UTF-8.
fn relative(root: &Path, path: &Path) -> Option<String> {
    path.strip_prefix(root).ok()?.to_str().map(str::to_owned)
}

/// Tells whether `path` is `folder` or below it; everything is below `""`.
fn below(path: &str, folder: &str) -> bool {
    folder.is_empty()
        || path
            .strip_prefix(folder)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;
    use std::fs;
    use std::os::unix::ffi::OsStrExt;

    fn tree() -> (tempfile::TempDir, Beneath) {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        for folder in ["src/deep", "target/debug", ".git"] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        fs::write(root.join(".gitignore"), "/target\n*.log\n").unwrap();
        fs::write(root.join("src/main.rs"), "fn main() {}\n// needle\n").unwrap();
        fs::write(
            root.join("src/deep/x.rs"),
            format!("needle {}", "x".repeat(900)),
        )
        .unwrap();
        fs::write(root.join("src/a.log"), "needle").unwrap();
        fs::write(root.join("target/debug/out"), "needle").unwrap();
        fs::write(root.join(".git/config"), "needle").unwrap();
        fs::write(root.join("binary"), b"needle\0").unwrap();
        fs::write(root.join("large"), "needle\n".repeat(200_000)).unwrap();
        fs::write(root.join(OsStr::from_bytes(b"bad\xff")), "needle").unwrap();
        fs::write(root.join(OsStr::from_bytes(b"new\nline")), "needle").unwrap();
        std::os::unix::fs::symlink("/etc", root.join("link")).unwrap();
        let beneath = Beneath::new(root);
        (dir, beneath)
    }

    fn paths(listed: Vec<Listed>) -> Vec<String> {
        listed.into_iter().map(|one| one.path).collect()
    }

    #[test]
    fn a_listing_leaves_out_ignored_linked_and_unnameable_entries() {
        let (_dir, beneath) = tree();
        assert_eq!(
            paths(list(&beneath, "").unwrap()),
            [".gitignore", "binary", "large", "src"]
        );
        assert_eq!(
            paths(list(&beneath, "src").unwrap()),
            ["src/deep", "src/main.rs"]
        );
        assert_eq!(
            paths(list(&beneath, "src/deep").unwrap()),
            ["src/deep/x.rs"]
        );
    }

    #[test]
    fn listing_a_link_a_file_a_missing_folder_or_gits_own_is_refused() {
        let (_dir, beneath) = tree();
        for path in ["link", ".git", "..", "/etc", "link/x"] {
            let error = list(&beneath, path).unwrap_err();
            assert!(matches!(error, Error::Outside { .. }), "{path}: {error}");
        }
        for path in ["src/main.rs", "gone"] {
            assert!(
                matches!(list(&beneath, path), Err(Error::Failed(_))),
                "{path}"
            );
        }
    }

    #[test]
    fn a_search_is_sorted_cut_limited_and_skips_binary_and_large_files() {
        let (_dir, beneath) = tree();
        let hits = search(&beneath, "needle", "", 10).unwrap();
        let found: Vec<_> = hits
            .iter()
            .map(|hit| (hit.path.as_str(), hit.line))
            .collect();
        assert_eq!(found, [("src/deep/x.rs", 1), ("src/main.rs", 2)]);
        assert_eq!(hits[0].text.chars().count(), 400);
        assert_eq!(search(&beneath, "needle", "", 1).unwrap().len(), 1);
        assert_eq!(
            search(&beneath, "needle", "src/main.rs", 9).unwrap().len(),
            1
        );
        assert!(search(&beneath, "(", "", 1).is_err());
        assert!(search(&beneath, "(x{999}){999}", "", 1).is_err());
        assert!(search(&beneath, "root", "link", 1).is_err());
    }
}
