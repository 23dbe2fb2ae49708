//! Opens files beneath a folder, component by component and never through a symbolic link.
//!
//! Every step is an `openat` with `O_NOFOLLOW` on the folder opened before it, so that a link
//! swapped in between check and use cannot redirect it: what was checked is what is held open.

use std::fs::File;
use std::io::Read;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, mkdirat, openat, statat, unlinkat};
use rustix::io::Errno;
use trail_port::workspace::Error;

use crate::path::RepoPath;

/// The largest file that is read or written.
pub(crate) const LARGEST: u64 = 64 << 20;

const LINK: &str = "it goes through a symbolic link";
const SPECIAL: &str = "it is no regular file";

/// A worktree's folder.
#[derive(Debug, Clone)]
pub(crate) struct Beneath {
    root: PathBuf,
}

/// A file as found.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) bytes: Vec<u8>,
    pub(crate) executable: bool,
}

impl Beneath {
    /// Stands for the files below `root`.
    pub(crate) fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Returns the root's path.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Opens the root.
    pub(crate) fn open(&self) -> Result<OwnedFd, Error> {
        rustix::fs::open(&self.root, DIRECTORY, Mode::empty()).map_err(|e| {
            Error::Failed(format!(
                "cannot open the worktree {}: {e}",
                self.root.display()
            ))
        })
    }

    /// Opens the folder that holds `path`, or none if a component of it is missing or no folder.
    pub(crate) fn parent(&self, path: &RepoPath) -> Result<Option<OwnedFd>, Error> {
        let mut at = self.open()?;
        for part in path.split().0 {
            match step(at.as_fd(), part, path)? {
                Some(next) => at = next,
                None => return Ok(None),
            }
        }
        Ok(Some(at))
    }

    /// As [`parent`](Self::parent), making folders that are missing; tells `made` each one's path.
    pub(crate) fn parent_made(
        &self,
        path: &RepoPath,
        mut made: impl FnMut(String),
    ) -> Result<OwnedFd, Error> {
        let mut at = self.open()?;
        let mut so_far = String::new();
        for part in path.split().0 {
            if !so_far.is_empty() {
                so_far.push('/');
            }
            so_far.push_str(part);
            at = if let Some(next) = step(at.as_fd(), part, path)? {
                next
            } else {
                match mkdirat(at.as_fd(), part, Mode::from_raw_mode(0o755)) {
                    Ok(()) => made(so_far.clone()),
                    Err(Errno::EXIST) => {}
                    Err(e) => return Err(failed("make a folder for", path, e)),
                }
                step(at.as_fd(), part, path)?.ok_or_else(|| Error::Conflict {
                    path: so_far.clone(),
                })?
            };
        }
        Ok(at)
    }

    /// Tells whether a folder is at `path`, which must not be or go through a link.
    pub(crate) fn is_folder(&self, path: &RepoPath) -> Result<bool, Error> {
        let Some(parent) = self.parent(path)? else {
            return Ok(false);
        };
        Ok(step(parent.as_fd(), path.split().1, path)?.is_some())
    }

    /// Reads the file at `path`, or gives none if there is no such file.
    pub(crate) fn read(&self, path: &RepoPath) -> Result<Option<Found>, Error> {
        let Some(parent) = self.parent(path)? else {
            return Ok(None);
        };
        read_at(parent.as_fd(), path)
    }

    /// Removes the file or link at `path`, never what a link points to; a folder stays.
    pub(crate) fn remove(&self, path: &RepoPath) -> Result<(), Error> {
        let Some(parent) = self.parent(path)? else {
            return Ok(());
        };
        match unlinkat(parent, path.split().1, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT | Errno::ISDIR | Errno::PERM) => Ok(()),
            Err(e) => Err(failed("remove", path, e)),
        }
    }
}

const DIRECTORY: OFlags = OFlags::DIRECTORY
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC)
    .union(OFlags::RDONLY);

/// Opens the folder `part` in `at`; none if it is missing or a file; an error if it is a link.
fn step(at: BorrowedFd<'_>, part: &str, whole: &RepoPath) -> Result<Option<OwnedFd>, Error> {
    match openat(at, part, DIRECTORY, Mode::empty()) {
        Ok(next) => Ok(Some(next)),
        Err(Errno::NOENT) => Ok(None),
        Err(e @ (Errno::NOTDIR | Errno::LOOP)) => match kind(at, part, whole)? {
            Some(FileType::Symlink) => Err(outside(whole, LINK)),
            // A folder now: it was swapped in just this moment, so nothing can be relied on.
            Some(FileType::Directory) => Err(failed("open", whole, e)),
            _ => Ok(None),
        },
        Err(e) => Err(failed("open", whole, e)),
    }
}

/// Returns what `name` in `at` is, the link itself if it is one, or none.
pub(crate) fn kind(
    at: BorrowedFd<'_>,
    name: &str,
    whole: &RepoPath,
) -> Result<Option<FileType>, Error> {
    match statat(at, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => Ok(Some(FileType::from_raw_mode(stat.st_mode))),
        Err(Errno::NOENT) => Ok(None),
        Err(e) => Err(failed("look at", whole, e)),
    }
}

/// Reads the file that `path` names in its already opened parent.
pub(crate) fn read_at(parent: BorrowedFd<'_>, path: &RepoPath) -> Result<Option<Found>, Error> {
    let name = path.split().1;
    // Non-blocking, so that a named pipe cannot hold the reader up.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = match openat(parent, name, flags, Mode::empty()) {
        Ok(fd) => File::from(fd),
        Err(Errno::NOENT) => return Ok(None),
        Err(Errno::LOOP) => return Err(outside(path, LINK)),
        Err(Errno::NXIO) => return Err(outside(path, SPECIAL)),
        Err(e) => return Err(failed("read", path, e)),
    };
    let stat = rustix::fs::fstat(&file).map_err(|e| failed("read", path, e))?;
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => {}
        FileType::Directory => return Ok(None),
        _ => return Err(outside(path, SPECIAL)),
    }
    let mut bytes = Vec::new();
    file.take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| Error::Failed(format!("cannot read {}: {e}", path.as_str())))?;
    if bytes.len() as u64 > LARGEST {
        return Err(Error::Failed(format!(
            "{} is larger than {LARGEST} bytes",
            path.as_str()
        )));
    }
    Ok(Some(Found {
        bytes,
        executable: stat.st_mode & 0o100 != 0,
    }))
}

/// Returns the error of a path that leaves the worktree.
fn outside(path: &RepoPath, why: &'static str) -> Error {
    Error::Outside {
        path: path.as_str().to_owned(),
        why,
    }
}

/// Returns the error of a system call on `path`.
pub(crate) fn failed(doing: &str, path: &RepoPath, e: Errno) -> Error {
    Error::Failed(format!("cannot {doing} {}: {e}", path.as_str()))
}
