//! Writing a bundle: the same contents give the same bytes.

use std::collections::BTreeMap;
use std::io::{self, Write};

use trail_record::{Digest, canonical};

use crate::archive;
use crate::layout;
use crate::manifest::{self, Manifest, Member};

/// Why a bundle cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A member cannot have this name.
    #[error(
        "{0:?} cannot be a member: a name has at most 100 plain characters, and leads nowhere else"
    )]
    Name(String),
    /// A member is too large.
    #[error("{name} has {size} bytes; a bundle takes up to {limit} of such")]
    Size {
        /// The member.
        name: String,
        /// Its size.
        size: u64,
        /// What there is room for.
        limit: u64,
    },
    /// Something in the history has no stored form.
    #[error("history: {0}")]
    History(#[from] trail_reader::history::Error),
    /// Something has no canonical form.
    #[error("bundle: {0}")]
    Form(#[from] canonical::Error),
    /// What is to be withheld cannot be.
    #[error("{0}")]
    Withhold(String),
}

/// The members of a bundle, by name.
pub(crate) type Members = BTreeMap<String, Vec<u8>>;

/// Writes a bundle; the manifest's members are set here.
pub(crate) fn write(
    mut manifest: Manifest,
    members: &Members,
    out: &mut impl Write,
) -> Result<Manifest, Error> {
    manifest.members = members
        .iter()
        .map(|(name, bytes)| {
            let size = bytes.len() as u64;
            match layout::limit(name) {
                Ok(limit) if size <= limit => Ok(Member {
                    name: name.clone(),
                    size,
                    sha256: Digest::of(bytes),
                }),
                Ok(limit) => Err(Error::Size {
                    name: name.clone(),
                    size,
                    limit,
                }),
                Err(_) => Err(Error::Name(name.clone())),
            }
        })
        .collect::<Result<_, _>>()?;
    put(out, manifest::NAME, &canonical::to_bytes(&manifest)?)?;
    for (name, bytes) in members {
        put(out, name, bytes)?;
    }
    out.write_all(&[0; 2 * archive::BLOCK as usize])?;
    out.flush()?;
    Ok(manifest)
}

fn put(out: &mut impl Write, name: &str, bytes: &[u8]) -> io::Result<()> {
    let size = bytes.len() as u64;
    out.write_all(&archive::header(name, size))?;
    out.write_all(bytes)?;
    let gap = usize::try_from(archive::gap(size)).unwrap_or_default();
    out.write_all(&[0; archive::BLOCK as usize][..gap])
}
