//! What is to be sent and is not there yet: kept on this machine's disk until it is, so that a crash
//! between keeping and sending loses nothing.
//!
//! A staged file holds the SHA-256 of what follows, then for each file: the length of its path
//! (4 bytes, little-endian), the length of its bytes (8), the path, the bytes.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use trail_record::{Blob, Digest};

use super::Error;

/// A file of the shared history.
pub(super) type Staged = (String, Arc<Vec<u8>>);

/// What a process before this one staged with one ticket.
pub(super) type Left = (u64, Vec<Staged>);

/// The folder of what is staged.
#[derive(Debug)]
pub(super) struct Stage {
    dir: PathBuf,
    next: AtomicU64,
}

impl Stage {
    /// Opens the folder and returns what a process before this one left in it, with its ticket.
    pub(super) fn open(dir: &Path) -> Result<(Self, Vec<Left>), Error> {
        fs::create_dir_all(dir).map_err(|error| disk("making", dir, &error))?;
        let mut found = Vec::new();
        let mut next = 0;
        for entry in fs::read_dir(dir).map_err(|error| disk("listing", dir, &error))? {
            let path = entry.map_err(|error| disk("listing", dir, &error))?.path();
            let name = path.file_name().and_then(|name| name.to_str());
            let name = name.unwrap_or_default();
            if name.ends_with(".tmp") {
                // Its put never returned.
                fs::remove_file(&path).map_err(|error| disk("removing", &path, &error))?;
                continue;
            }
            let Some(ticket) = name.strip_suffix(".staged").and_then(|n| n.parse().ok()) else {
                continue;
            };
            next = next.max(ticket + 1);
            let bytes = fs::read(&path).map_err(|error| disk("reading", &path, &error))?;
            match unpacked(&bytes) {
                Some(files) => found.push((ticket, files)),
                None => {
                    // Kept for a person to look at: what it held was promised to last.
                    let aside = path.with_extension("damaged");
                    tracing::error!(file = %aside.display(), "what was staged is damaged");
                    fs::rename(&path, &aside).map_err(|error| disk("renaming", &path, &error))?;
                }
            }
        }
        found.sort_by_key(|(ticket, _)| *ticket);
        let stage = Self {
            dir: dir.to_owned(),
            next: AtomicU64::new(next),
        };
        Ok((stage, found))
    }

    /// Keeps files; they are durable when it returns.
    pub(super) fn keep(&self, files: &[Staged]) -> Result<u64, Error> {
        let ticket = self.next.fetch_add(1, Ordering::Relaxed);
        let path = self.path(ticket);
        let draft = path.with_extension("tmp");
        let write = || -> io::Result<()> {
            let mut file = File::create(&draft)?;
            file.write_all(&packed(files))?;
            file.sync_all()?;
            fs::rename(&draft, &path)?;
            File::open(&self.dir)?.sync_all()
        };
        write().map_err(|error| disk("writing", &path, &error))?;
        Ok(ticket)
    }

    /// Forgets what has been sent. A crash that brings it back does no harm: it is there already.
    pub(super) fn forget(&self, ticket: u64) {
        let path = self.path(ticket);
        if let Err(error) = fs::remove_file(&path) {
            tracing::warn!(file = %path.display(), %error, "could not remove what was staged");
        }
    }

    fn path(&self, ticket: u64) -> PathBuf {
        self.dir.join(format!("{ticket:020}.staged"))
    }
}

/// Returns an error of the disk.
pub(super) fn disk(doing: &str, path: &Path, error: &io::Error) -> Error {
    Error::Unavailable(format!("{doing} {}: {error}", path.display()))
}

fn packed(files: &[Staged]) -> Vec<u8> {
    let mut body = Vec::new();
    for (path, bytes) in files {
        let short = u32::try_from(path.len()).expect("paths of the layout are short");
        body.extend(short.to_le_bytes());
        body.extend((bytes.len() as u64).to_le_bytes());
        body.extend(path.as_bytes());
        body.extend(bytes.iter());
    }
    let mut out = Digest::<Blob>::of(&body).as_bytes().to_vec();
    out.append(&mut body);
    out
}

fn unpacked(bytes: &[u8]) -> Option<Vec<Staged>> {
    let (digest, mut rest) = bytes.split_first_chunk::<32>()?;
    if Digest::<Blob>::of(rest).as_bytes() != digest {
        return None;
    }
    let mut files = Vec::new();
    while !rest.is_empty() {
        let (path, after) = rest.split_first_chunk::<4>()?;
        let (len, after) = after.split_first_chunk::<8>()?;
        let path = usize::try_from(u32::from_le_bytes(*path)).ok()?;
        let len = usize::try_from(u64::from_le_bytes(*len)).ok()?;
        let (path, after) = after.split_at_checked(path)?;
        let (bytes, after) = after.split_at_checked(len)?;
        let path = String::from_utf8(path.to_vec()).ok()?;
        files.push((path, Arc::new(bytes.to_vec())));
        rest = after;
    }
    Some(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, bytes: &[u8]) -> Staged {
        (path.to_owned(), Arc::new(bytes.to_vec()))
    }

    #[test]
    fn what_is_staged_is_found_again_until_it_is_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let (stage, before) = Stage::open(dir.path()).unwrap();
        assert!(before.is_empty());
        let (one, two) = ([file("a", b"1"), file("b", b"")], [file("c", b"\n\0")]);
        let first = stage.keep(&one).unwrap();
        stage.keep(&two).unwrap();
        fs::write(dir.path().join("half.tmp"), "half").unwrap();
        let (stage, found) = Stage::open(dir.path()).unwrap();
        assert_eq!(found, [(0, one.to_vec()), (1, two.to_vec())]);
        stage.forget(first);
        assert_eq!(stage.keep(&one).unwrap(), 2);
        assert!(!dir.path().join("half.tmp").exists());
        let (_, found) = Stage::open(dir.path()).unwrap();
        assert_eq!(found, [(1, two.to_vec()), (2, one.to_vec())]);
    }

    #[test]
    fn a_damaged_file_is_put_aside_and_the_others_are_found() {
        let dir = tempfile::tempdir().unwrap();
        let (stage, _) = Stage::open(dir.path()).unwrap();
        stage.keep(&[file("a", b"1")]).unwrap();
        stage.keep(&[file("b", b"2")]).unwrap();
        let path = stage.path(0);
        let mut bytes = fs::read(&path).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&path, bytes).unwrap();
        let (_, found) = Stage::open(dir.path()).unwrap();
        assert_eq!(found, [(1, vec![file("b", b"2")])]);
        assert!(path.with_extension("damaged").exists());
    }
}
