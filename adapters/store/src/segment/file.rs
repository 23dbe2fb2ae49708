//! One segment file: its header, its name and reading from it.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::frame::Site;
use crate::Error;
use crate::lock::sync_dir;

/// Where the first frame begins.
pub(super) const FIRST: u64 = 64;
const MAGIC: &[u8; 8] = b"TRAILSEG";
const VERSION: u32 = 0;

/// An open segment file.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) number: u32,
    pub(crate) path: PathBuf,
    pub(super) salt: u64,
    pub(super) file: File,
    /// Where the frames of the segment before end.
    pub(super) previous_end: u64,
    /// Where the frames of this one end, as far as this process knows.
    end: AtomicU32,
}

impl Segment {
    /// Makes segment `number` of `dir`, with `allocate` bytes of zeros, durably or not at all.
    pub(super) fn create(
        dir: &Path,
        number: u32,
        previous_end: u64,
        allocate: u64,
    ) -> Result<Self, Error> {
        let path = path(dir, number);
        let draft = path.with_extension("seg.tmp");
        let failed = |doing: &str| Error::io(doing, &draft);
        let mut salt = [0; 8];
        getrandom::fill(&mut salt)
            .map_err(|error| failed("making a salt for")(io::Error::other(error)))?;
        let salt = u64::from_le_bytes(salt);
        let file = File::options()
            .create(true)
            .truncate(true)
            .read(true)
            .write(true)
            .open(&draft)
            .map_err(failed("making"))?;
        file.write_all_at(&header(number, salt, previous_end), 0)
            .map_err(failed("writing"))?;
        zero(&file, FIRST, allocate).map_err(failed("filling"))?;
        file.sync_all().map_err(failed("syncing"))?;
        fs::rename(&draft, &path).map_err(failed("renaming"))?;
        sync_dir(dir)?;
        Ok(Self {
            number,
            path,
            salt,
            file,
            previous_end,
            end: AtomicU32::new(offset(FIRST)),
        })
    }

    /// Opens segment `number` of `dir`; none if there is no such file.
    pub(crate) fn open(dir: &Path, number: u32, write: bool) -> Result<Option<Self>, Error> {
        let path = path(dir, number);
        let file = match File::options().read(true).write(write).open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io("opening", &path)(error)),
        };
        let mut bytes = [0; 64];
        let corrupt = |what: &str| Error::Corrupt {
            file: path.clone(),
            offset: 0,
            what: what.to_owned(),
        };
        file.read_exact_at(&mut bytes, 0)
            .map_err(|error| match error.kind() {
                io::ErrorKind::UnexpectedEof => corrupt("the header is cut off"),
                _ => Error::io("reading", &path)(error),
            })?;
        let number_at = |at: usize| {
            u64::from_le_bytes(
                bytes[at..at + 8]
                    .try_into()
                    .expect("eight bytes were sliced"),
            )
        };
        let (salt, previous_end) = (number_at(16), number_at(24));
        if &bytes[..8] != MAGIC {
            return Err(corrupt("this is no segment file"));
        }
        if bytes[8..12] != VERSION.to_le_bytes() {
            return Err(corrupt("it was written by a newer version of this program"));
        }
        if bytes != header(number, salt, previous_end) {
            return Err(corrupt("the header does not have its checksum"));
        }
        let end = AtomicU32::new(offset(FIRST));
        Ok(Some(Self {
            number,
            path,
            salt,
            file,
            previous_end,
            end,
        }))
    }

    /// Returns where the frames end, as far as this process knows.
    pub(super) fn end(&self) -> u64 {
        u64::from(self.end.load(Ordering::Acquire))
    }

    /// Lets readers see the frames up to `end`.
    pub(super) fn publish(&self, end: u64) {
        self.end.store(offset(end), Ordering::Release);
    }

    /// Returns what the checksums of a frame at `offset` cover.
    pub(super) const fn site(&self, offset: u64) -> Site {
        Site {
            salt: self.salt,
            segment: self.number,
            offset,
        }
    }

    /// Returns the length of the file.
    pub(super) fn len(&self) -> Result<u64, Error> {
        Ok(self
            .file
            .metadata()
            .map_err(Error::io("reading", &self.path))?
            .len())
    }

    /// Reads `len` bytes at `offset`, or none if the file ends before.
    pub(crate) fn bytes(&self, offset: u64, len: usize) -> Result<Option<Vec<u8>>, Error> {
        if offset.saturating_add(len as u64) > self.len()? {
            return Ok(None);
        }
        let mut bytes = vec![0; len];
        match self.file.read_exact_at(&mut bytes, offset) {
            Ok(()) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(Error::io("reading", &self.path)(error)),
        }
    }

    /// Returns the error for damage at `offset`.
    pub(super) fn corrupt(&self, offset: u64, what: &str) -> Error {
        Error::Corrupt {
            file: self.path.clone(),
            offset,
            what: what.to_owned(),
        }
    }
}

/// Narrows an offset: segments stay below 4 GiB.
pub(super) fn offset(offset: u64) -> u32 {
    u32::try_from(offset).expect("a segment holds at most its roll size and one frame")
}

/// Fills a file with zeros from `from` up to `until`.
pub(super) fn zero(file: &File, from: u64, until: u64) -> io::Result<()> {
    static ZEROS: [u8; 64 * 1024] = [0; 64 * 1024];
    let mut at = from;
    while at < until {
        let part = (until - at).min(ZEROS.len() as u64);
        file.write_all_at(&ZEROS[..usize::try_from(part).expect("at most 64 KiB")], at)?;
        at += part;
    }
    Ok(())
}

/// Returns the numbers of the segments in `dir`, in order; none if there is no such directory.
pub(super) fn list(dir: &Path) -> Result<Vec<u32>, Error> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io("listing", dir)(error)),
    };
    let mut numbers = Vec::new();
    for entry in entries {
        let name = entry.map_err(Error::io("listing", dir))?.file_name();
        let number = name.to_str().and_then(|name| name.strip_suffix(".seg"));
        if let Some(number) = number.and_then(|number| number.parse().ok()) {
            numbers.push(number);
        }
    }
    numbers.sort_unstable();
    Ok(numbers)
}

fn path(dir: &Path, number: u32) -> PathBuf {
    dir.join(format!("{number:08}.seg"))
}

fn header(number: u32, salt: u64, previous_end: u64) -> [u8; 64] {
    let mut bytes = [0; 64];
    bytes[..8].copy_from_slice(MAGIC);
    bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
    bytes[12..16].copy_from_slice(&number.to_le_bytes());
    bytes[16..24].copy_from_slice(&salt.to_le_bytes());
    bytes[24..32].copy_from_slice(&previous_end.to_le_bytes());
    let crc = crc32fast::hash(&bytes[..32]);
    bytes[32..36].copy_from_slice(&crc.to_le_bytes());
    bytes
}
