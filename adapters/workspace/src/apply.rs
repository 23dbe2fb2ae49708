//! Writes a patchset to the worktree: all of it or none.
//!
//! First every file is checked, then every new content is written beside its place, and only then
//! are they renamed into place; what was done is undone if a step fails. All of it works on folders
//! held open since the check (see `beneath`), so no link can redirect a write.

use std::fs::File;
use std::io::Write;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{AtFlags, Mode, OFlags, fchmod, openat, renameat, unlinkat};
use trail_port::workspace::Error;
use trail_record::body::FileChange;
use trail_record::{Blob, Digest};

use crate::beneath::{Beneath, Found, LARGEST, failed, kind, read_at};
use crate::index::Entry;
use crate::path::RepoPath;

/// A change that was checked against the file.
#[derive(Debug)]
struct Checked {
    path: RepoPath,
    before: Option<Found>,
    after: Option<Vec<u8>>,
}

/// What was done so far, so that it can be undone.
#[derive(Debug)]
pub(crate) struct Done {
    beneath: Beneath,
    folders: Vec<RepoPath>,
    temporary: Vec<(OwnedFd, String)>,
    replaced: Vec<(RepoPath, Option<Found>)>,
}

/// Checks and writes `files`; gives what to enter in the index, and the way back.
pub(crate) fn apply(
    beneath: &Beneath,
    submodules: &[String],
    files: &[FileChange],
) -> Result<(Vec<Entry>, Done), Error> {
    let checked = check(beneath, submodules, files)?;
    let mut done = Done {
        beneath: beneath.clone(),
        folders: Vec::new(),
        temporary: Vec::new(),
        replaced: Vec::new(),
    };
    match write(beneath, checked, &mut done) {
        Ok(entries) => Ok((entries, done)),
        Err(e) => {
            done.undo();
            Err(e)
        }
    }
}

/// Checks all changes before anything is written.
fn check(
    beneath: &Beneath,
    submodules: &[String],
    files: &[FileChange],
) -> Result<Vec<Checked>, Error> {
    let mut out: Vec<Checked> = Vec::with_capacity(files.len());
    for file in files {
        let path = RepoPath::parse(&file.path)?;
        if submodules.iter().any(|submodule| path.is_below(submodule)) {
            return Err(Error::Outside {
                path: file.path.clone(),
                why: "it is in a submodule",
            });
        }
        if out.iter().any(|other| other.path == path) {
            return Err(Error::Failed(format!(
                "the patchset names {} twice",
                file.path
            )));
        }
        if file
            .after
            .as_ref()
            .is_some_and(|text| text.len() as u64 > LARGEST)
        {
            return Err(Error::Failed(format!(
                "{} is larger than {LARGEST} bytes",
                file.path
            )));
        }
        let conflict = || {
            Err(Error::Conflict {
                path: file.path.clone(),
            })
        };
        let before = beneath.read(&path)?;
        let digest = before
            .as_ref()
            .map(|found| Digest::<Blob>::of(&found.bytes));
        if digest != file.before || (file.before.is_none() && file.after.is_none()) {
            return conflict();
        }
        if before.is_none() && occupied(beneath, &path)? {
            return conflict();
        }
        let after = file.after.as_ref().map(|text| text.clone().into_bytes());
        out.push(Checked {
            path,
            before,
            after,
        });
    }
    Ok(out)
}

/// Tells whether something other than a file is where a new file should go.
fn occupied(beneath: &Beneath, path: &RepoPath) -> Result<bool, Error> {
    let Some(parent) = beneath.parent(path)? else {
        return Ok(false);
    };
    Ok(kind(parent.as_fd(), path.split().1, path)?.is_some())
}

fn write(beneath: &Beneath, checked: Vec<Checked>, done: &mut Done) -> Result<Vec<Entry>, Error> {
    // Deletions first: a new file may need a name that a deleted one occupied as folder.
    let mut entries = Vec::with_capacity(checked.len());
    let mut staged = Vec::new();
    let (kept, deleted): (Vec<_>, Vec<_>) = checked.into_iter().partition(|c| c.after.is_some());
    for change in deleted {
        let parent = beneath
            .parent(&change.path)?
            .ok_or_else(|| Error::Conflict {
                path: change.path.as_str().to_owned(),
            })?;
        unlinkat(parent.as_fd(), change.path.split().1, AtFlags::empty())
            .map_err(|e| failed("delete", &change.path, e))?;
        done.replaced.push((change.path.clone(), change.before));
        prune(beneath, &change.path);
        entries.push(Entry {
            path: change.path,
            after: None,
        });
    }
    for change in kept {
        let bytes = change.after.unwrap_or_default();
        let executable = change.before.as_ref().is_some_and(|found| found.executable);
        let folders = &mut done.folders;
        let parent = beneath.parent_made(&change.path, |made| {
            folders.extend(RepoPath::parse(&made).ok());
        })?;
        let name = format!(".trail-{}-{}", std::process::id(), staged.len());
        create(&parent, &name, &bytes, executable).map_err(|e| match e {
            Failure::Call(e) => failed("write", &change.path, e),
            Failure::Write(e) => {
                Error::Failed(format!("cannot write {}: {e}", change.path.as_str()))
            }
        })?;
        let held = parent
            .try_clone()
            .map_err(|e| Error::Failed(e.to_string()))?;
        done.temporary.push((held, name.clone()));
        staged.push((parent, name, change.path, change.before, bytes, executable));
    }
    for (parent, name, path, before, bytes, executable) in staged {
        renameat(
            parent.as_fd(),
            name.as_str(),
            parent.as_fd(),
            path.split().1,
        )
        .map_err(|e| failed("write", &path, e))?;
        done.temporary.retain(|(_, other)| *other != name);
        done.replaced.push((path.clone(), before));
        entries.push(Entry {
            path,
            after: Some((bytes, executable)),
        });
    }
    Ok(entries)
}

/// Why a new file could not be written.
enum Failure {
    Call(rustix::io::Errno),
    Write(std::io::Error),
}

/// Writes a new file `name` in `parent`.
fn create(parent: &OwnedFd, name: &str, bytes: &[u8], executable: bool) -> Result<(), Failure> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let fd = openat(parent, name, flags, Mode::from_raw_mode(0o600)).map_err(Failure::Call)?;
    let mut file = File::from(fd);
    let written = file
        .write_all(bytes)
        .map_err(Failure::Write)
        .and_then(|()| {
            let mode = if executable { 0o755 } else { 0o644 };
            fchmod(&file, Mode::from_raw_mode(mode)).map_err(Failure::Call)
        });
    if written.is_err() {
        let _ = unlinkat(parent, name, AtFlags::empty());
    }
    written
}

/// Removes the folders above `path` that are empty now, as git would.
fn prune(beneath: &Beneath, path: &RepoPath) {
    let mut at = path.as_str();
    while let Some((folder, _)) = at.rsplit_once('/') {
        let Ok(path) = RepoPath::parse(folder) else {
            return;
        };
        let Ok(Some(parent)) = beneath.parent(&path) else {
            return;
        };
        if unlinkat(parent.as_fd(), path.split().1, AtFlags::REMOVEDIR).is_err() {
            return;
        }
        at = folder;
    }
}

impl Done {
    /// Puts everything back as it was, as far as that works; the caller reports the first failure.
    pub(crate) fn undo(self) {
        for (parent, name) in &self.temporary {
            let _ = unlinkat(parent, name.as_str(), AtFlags::empty());
        }
        for (path, before) in self.replaced.into_iter().rev() {
            if let Err(e) = put_back(&self.beneath, &path, before) {
                tracing::error!(path = path.as_str(), "could not be put back: {e}");
            }
        }
        for folder in self.folders.into_iter().rev() {
            if let Ok(Some(parent)) = self.beneath.parent(&folder) {
                let _ = unlinkat(parent, folder.split().1, AtFlags::REMOVEDIR);
            }
        }
    }
}

fn put_back(beneath: &Beneath, path: &RepoPath, before: Option<Found>) -> Result<(), Error> {
    let parent = beneath.parent_made(path, |_| ())?;
    let name = path.split().1;
    if read_at(parent.as_fd(), path)?.is_some() {
        unlinkat(&parent, name, AtFlags::empty()).map_err(|e| failed("put back", path, e))?;
    }
    if let Some(found) = before {
        create(&parent, name, &found.bytes, found.executable)
            .map_err(|_| Error::Failed(format!("cannot put back {}", path.as_str())))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
