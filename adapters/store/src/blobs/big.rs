//! Big blobs, each in a file named by its digest.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use trail_record::{Blob, Digest};

use crate::Error;
use crate::lock::{create_dir, sync_dir};

/// Returns the file of a big blob.
pub(super) fn path(dir: &Path, digest: &Digest<Blob>) -> PathBuf {
    let hex = digest.hex();
    dir.join(&hex[..2]).join(hex)
}

/// Writes a blob whole or not at all; its name is durable only after [`sync`].
pub(super) fn write(dir: &Path, digest: &Digest<Blob>, bytes: &[u8]) -> Result<(), Error> {
    let path = path(dir, digest);
    let draft = dir.join(format!("{}.tmp", digest.hex()));
    let mut file = File::create(&draft).map_err(Error::io("making", &draft))?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .map_err(Error::io("writing", &draft))?;
    if let Some(parent) = path.parent() {
        create_dir(parent)?;
    }
    fs::rename(&draft, &path).map_err(Error::io("renaming", &draft))
}

/// Makes the names of `digests` durable.
pub(super) fn sync(dir: &Path, digests: &[Digest<Blob>]) -> Result<(), Error> {
    let parents: BTreeSet<_> = digests
        .iter()
        .filter_map(|digest| path(dir, digest).parent().map(Path::to_owned))
        .collect();
    parents.iter().try_for_each(|parent| sync_dir(parent))
}

/// Returns the bytes of a big blob, or none if there is no file.
pub(super) fn read(dir: &Path, digest: &Digest<Blob>) -> Result<Option<Vec<u8>>, Error> {
    let path = path(dir, digest);
    match fs::read(&path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("reading", &path)(error)),
    }
}

/// Removes what a crash left half written.
pub(super) fn remove_drafts(dir: &Path) -> Result<(), Error> {
    for entry in fs::read_dir(dir).map_err(Error::io("listing", dir))? {
        let path = entry.map_err(Error::io("listing", dir))?.path();
        if path.extension().is_some_and(|extension| extension == "tmp") {
            fs::remove_file(&path).map_err(Error::io("removing", &path))?;
        }
    }
    Ok(())
}
