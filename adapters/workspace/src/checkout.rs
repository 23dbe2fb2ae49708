//! The runs' worktrees on disk: making, finding again, mending and removing them.
//!
//! `git worktree add` registers a worktree in the repository and leaves a `.git` file in it. A
//! command in the sandbox may rewrite that file, so it is never trusted: which git directory a
//! worktree has is read from the registration, which lies outside the sandbox's reach.

use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use trail_port::workspace::Error;
use trail_record::{Blob, Digest, RunId};

use crate::git::Site;
use crate::repository::Repository;

/// Where one run's files lie.
#[derive(Debug, Clone)]
pub(crate) struct Checkout {
    /// The folder's name, unique to the run.
    pub(crate) name: String,
    /// The working tree.
    pub(crate) path: PathBuf,
    /// Home, temporary files and cargo's home of commands.
    pub(crate) scratch: PathBuf,
    /// Where contents are staged on their way into the repository; not visible to commands.
    pub(crate) stage: PathBuf,
    /// The worktree's own git directory.
    pub(crate) git_dir: PathBuf,
}

impl Checkout {
    /// Returns where git works for this worktree.
    pub(crate) fn site(&self) -> Site {
        Site {
            cwd: self.path.clone(),
            git_dir: Some(self.git_dir.clone()),
            work_tree: Some(self.path.clone()),
        }
    }

    /// Puts the `.git` file back as git made it, whatever is there now.
    pub(crate) fn mend_link(&self, trash: &Path) -> io::Result<()> {
        let link = self.path.join(".git");
        let mut wanted = b"gitdir: ".to_vec();
        wanted.extend(self.git_dir.as_os_str().as_bytes());
        wanted.push(b'\n');
        let is_file = fs::symlink_metadata(&link).is_ok_and(|found| found.is_file());
        if is_file && fs::read(&link).is_ok_and(|found| found == wanted) {
            return Ok(());
        }
        discard(&link, trash)?;
        fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&link)
            .and_then(|mut file| io::Write::write_all(&mut file, &wanted))
    }
}

/// Returns a folder name for the run: itself if it is fit for one, else cleaned and with a hash.
pub(crate) fn folder_name(run: &RunId) -> String {
    let text = run.as_str();
    let clean: String = text
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') {
                c
            } else {
                '-'
            }
        })
        .take(80)
        .collect();
    let fit = clean == text
        && clean.starts_with(|c: char| c.is_ascii_alphanumeric())
        && !clean.contains("..")
        && !clean.ends_with('.')
        && !clean.to_ascii_lowercase().ends_with(".lock");
    if fit {
        return clean;
    }
    let hash = Digest::<Blob>::of(text.as_bytes()).hex();
    let stem = clean
        .trim_matches(|c: char| !c.is_ascii_alphanumeric())
        .replace("..", "-");
    format!(
        "{}-{}",
        if stem.is_empty() { "run" } else { &stem },
        &hash[..16]
    )
}

/// Returns where the run's files lie, making what is missing; the files themselves may be anything.
pub(crate) async fn obtain(
    repository: &Repository,
    run: &RunId,
    at: &str,
) -> Result<Checkout, Error> {
    let name = folder_name(run);
    let path = repository.root.join("trees").join(&name);
    sweep(repository);
    let git_dir = match registered(repository, &path) {
        Some(git_dir) if fs::symlink_metadata(&path).is_ok_and(|found| found.is_dir()) => git_dir,
        _ => make(repository, &path, at).await?,
    };
    let checkout = Checkout {
        scratch: repository.root.join("scratch").join(&name),
        stage: repository.root.join("stage").join(&name),
        name,
        path,
        git_dir,
    };
    // Left by a git that was ended in the middle of its work.
    for lock in ["index.lock", "HEAD.lock"] {
        let _ = fs::remove_file(checkout.git_dir.join(lock));
    }
    checkout
        .mend_link(&trash(repository))
        .map_err(|e| disk("mend", &checkout.path, &e))?;
    Ok(checkout)
}

/// Throws the run's worktree and what belongs to it away; its commits stay.
pub(crate) fn dispose(repository: &Repository, run: &RunId) -> Result<(), Error> {
    let name = folder_name(run);
    let path = repository.root.join("trees").join(&name);
    if let Some(git_dir) = registered(repository, &path) {
        fs::remove_dir_all(&git_dir).map_err(|e| disk("remove", &git_dir, &e))?;
    }
    for place in ["trees", "scratch", "stage"] {
        let path = repository.root.join(place).join(&name);
        discard(&path, &trash(repository)).map_err(|e| disk("remove", &path, &e))?;
    }
    Ok(())
}

/// Returns the folder where things wait for their removal.
pub(crate) fn trash(repository: &Repository) -> PathBuf {
    repository.root.join("trash")
}

/// Moves whatever is at `path` out of the way and removes it as far as that works.
///
/// Moving always works, while removing may not: commands leave folders without permissions or
/// deeper than a path can name.
pub(crate) fn discard(path: &Path, trash: &Path) -> io::Result<()> {
    fs::create_dir_all(trash)?;
    for attempt in 0_u32.. {
        let name = format!("{}-{attempt}", std::process::id());
        let to = trash.join(name);
        if fs::symlink_metadata(&to).is_ok() {
            continue;
        }
        match fs::rename(path, &to) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(e) if e.kind() == io::ErrorKind::DirectoryNotEmpty => continue,
            result => result?,
        }
        let removed = match fs::symlink_metadata(&to) {
            Ok(found) if found.is_dir() => fs::remove_dir_all(&to),
            _ => fs::remove_file(&to),
        };
        if let Err(e) = removed {
            tracing::warn!(path = %to.display(), "could not be removed: {e}");
        }
        return Ok(());
    }
    Ok(())
}

/// Makes the worktree anew.
async fn make(repository: &Repository, path: &Path, at: &str) -> Result<PathBuf, Error> {
    // Half of one may be there: a folder without registration, or the other way round.
    if let Some(git_dir) = registered(repository, path) {
        fs::remove_dir_all(&git_dir).map_err(|e| disk("remove", &git_dir, &e))?;
    }
    discard(path, &trash(repository)).map_err(|e| disk("remove", path, &e))?;
    let trees = repository.root.join("trees");
    fs::create_dir_all(&trees).map_err(|e| disk("make", &trees, &e))?;
    let args: [&std::ffi::OsStr; 7] = [
        "worktree".as_ref(),
        "add".as_ref(),
        "--detach".as_ref(),
        "--no-checkout".as_ref(),
        "--end-of-options".as_ref(),
        path.as_ref(),
        at.as_ref(),
    ];
    repository.git.call(&repository.site, args).ok().await?;
    registered(repository, path).ok_or_else(|| {
        Error::Failed(format!(
            "git did not register the worktree {}",
            path.display()
        ))
    })
}

/// Returns the git directory registered for the worktree at `path`.
fn registered(repository: &Repository, path: &Path) -> Option<PathBuf> {
    let wanted = path.join(".git");
    registrations(repository)
        .into_iter()
        .find(|(_, link)| *link == wanted)
        .map(|(dir, _)| dir)
}

/// Removes registrations of worktrees below our root whose folder is gone; never the user's own.
fn sweep(repository: &Repository) {
    for (git_dir, link) in registrations(repository) {
        let gone = link
            .parent()
            .is_some_and(|tree| fs::symlink_metadata(tree).is_err());
        if gone
            && link.starts_with(repository.root.join("trees"))
            && let Err(e) = fs::remove_dir_all(&git_dir)
        {
            tracing::warn!(path = %git_dir.display(), "stale worktree stays registered: {e}");
        }
    }
}

/// Returns all registered worktrees: their git directory and their `.git` file.
fn registrations(repository: &Repository) -> Vec<(PathBuf, PathBuf)> {
    let Ok(entries) = fs::read_dir(repository.common.join("worktrees")) else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter_map(|entry| {
            let bytes = fs::read(entry.path().join("gitdir")).ok()?;
            let line = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
            Some((
                entry.path(),
                PathBuf::from(std::ffi::OsStr::from_bytes(line)),
            ))
        })
        .collect()
}

/// Returns the error of the file system.
pub(crate) fn disk(doing: &str, path: &Path, e: &io::Error) -> Error {
    Error::Failed(format!("cannot {doing} {}: {e}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folder_names_are_tame_and_distinct() {
        let name = |text: &str| folder_name(&RunId::new(text));
        assert_eq!(name("VSME-142.1"), "VSME-142.1");
        let odd = [
            "../../etc",
            "a/b",
            "a-b/",
            "",
            ".",
            "..",
            "-x",
            "x.lock",
            "é",
            "a b",
            "\0",
            ".git",
        ];
        let mut seen = std::collections::BTreeSet::new();
        for text in odd {
            let name = name(text);
            assert!(
                name.starts_with(|c: char| c.is_ascii_alphanumeric()),
                "{text:?}: {name}"
            );
            assert!(
                !name.contains('/') && !name.contains(".."),
                "{text:?}: {name}"
            );
            assert!(seen.insert(name), "{text:?}");
        }
        assert!(name(&"x".repeat(5000)).len() < 128);
    }
}
