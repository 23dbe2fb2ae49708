//! The log: its one writer and its readers.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::file::{self, FIRST, Segment, list};
use super::frame;
use super::frames::Frames;
use super::scan::{Found, Scanner};
use super::{MAX_PAYLOAD, Position};
use crate::Error;
use crate::lock::create_dir;

/// How a log is laid out on disk.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// How many bytes of zeros are written ahead at a time.
    pub chunk: u64,
    /// The size at which a new file is begun.
    pub roll: u64,
    /// Whether damage between frames is left to the reader instead of refusing to open.
    pub tolerant: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            chunk: 1024 * 1024,
            roll: 64 * 1024 * 1024,
            tolerant: false,
        }
    }
}

/// An append-only log of frames in a directory that this process owns.
///
/// The caller holds the lock of the directory; appends of several threads are put in a row.
#[derive(Debug)]
pub struct Log {
    dir: PathBuf,
    options: Options,
    segments: RwLock<BTreeMap<u32, Arc<Segment>>>,
    writer: Mutex<Writer>,
    syncs: AtomicU64,
}

#[derive(Debug)]
struct Writer {
    segment: Arc<Segment>,
    end: u64,
    allocated: u64,
    buffer: Vec<u8>,
    failed: bool,
}

impl Log {
    /// Opens the log in `dir`, making it if there is none, and cleans a torn last write away.
    ///
    /// The last file is read whole; the others are checked against what the one after says of them.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if acknowledged frames are damaged or missing.
    pub fn open(dir: &Path, options: Options) -> Result<Self, Error> {
        create_dir(dir)?;
        remove_drafts(dir)?;
        let mut segments: BTreeMap<u32, Arc<Segment>> = BTreeMap::new();
        for (number, expected) in list(dir)?.into_iter().zip(1..) {
            let segment = Segment::open(dir, expected, true)?.ok_or_else(|| Error::Corrupt {
                file: dir.join(format!("{expected:08}.seg")),
                offset: 0,
                what: format!("the file is missing, though {number:08}.seg is there"),
            })?;
            if let Some(previous) = segments.get(&(expected - 1)) {
                seal(previous, segment.previous_end)?;
            }
            segments.insert(expected, Arc::new(segment));
        }
        let syncs = AtomicU64::new(0);
        let last = match segments.last_key_value() {
            Some((_, last)) => {
                recover(last, options, &syncs)?;
                Arc::clone(last)
            }
            None => {
                let first = Arc::new(Segment::create(dir, 1, 0, options.chunk)?);
                syncs.fetch_add(1, Ordering::Relaxed);
                segments.insert(1, Arc::clone(&first));
                first
            }
        };
        let writer = Writer {
            end: last.end(),
            allocated: last.len()?,
            segment: last,
            buffer: Vec::new(),
            failed: false,
        };
        Ok(Self {
            dir: dir.to_owned(),
            options,
            segments: RwLock::new(segments),
            writer: Mutex::new(writer),
            syncs,
        })
    }

    /// Appends a frame and returns it; when this returns, it survives a power loss.
    ///
    /// # Errors
    /// If the disk refuses. From then on every append fails, since it is unknown what was kept.
    pub fn append(&self, payload: &[u8]) -> Result<Appended, Error> {
        self.write(payload, true)
    }

    /// Appends a frame that is durable only after [`Log::sync`]. A crash before may keep later
    /// frames and lose earlier ones, so this is for logs that are not in use yet.
    pub(crate) fn append_unsynced(&self, payload: &[u8]) -> Result<Appended, Error> {
        self.write(payload, false)
    }

    /// Makes all frames durable.
    pub(crate) fn sync(&self) -> Result<(), Error> {
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        self.sync_segment(&writer.segment)
    }

    fn write(&self, payload: &[u8], sync: bool) -> Result<Appended, Error> {
        if payload.len() > MAX_PAYLOAD {
            let (what, size) = ("a frame".to_owned(), payload.len());
            return Err(Error::TooLarge {
                what,
                size,
                limit: MAX_PAYLOAD,
            });
        }
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        if writer.failed {
            return Err(Error::Poisoned(self.dir.clone()));
        }
        writer.failed = true;
        let written = self.write_frame(&mut writer, payload, sync)?;
        writer.failed = false;
        Ok(written)
    }

    fn write_frame(
        &self,
        writer: &mut Writer,
        payload: &[u8],
        sync: bool,
    ) -> Result<Appended, Error> {
        let size = frame::size(payload.len());
        if writer.end > FIRST && writer.end + size > self.options.roll {
            self.roll(writer)?;
        }
        let end = writer.end + size;
        let segment = Arc::clone(&writer.segment);
        if end > writer.allocated {
            let allocated = end.next_multiple_of(self.options.chunk);
            file::zero(&segment.file, writer.allocated, allocated)
                .and_then(|()| segment.file.sync_all())
                .map_err(Error::io("filling", &segment.path))?;
            self.syncs.fetch_add(1, Ordering::Relaxed);
            writer.allocated = allocated;
        }
        frame::encode(segment.site(writer.end), payload, &mut writer.buffer);
        segment
            .file
            .write_all_at(&writer.buffer, writer.end)
            .map_err(Error::io("writing", &segment.path))?;
        if sync {
            self.sync_segment(&segment)?;
        }
        let at = Position {
            segment: segment.number,
            offset: file::offset(writer.end),
        };
        let next = Position {
            segment: segment.number,
            offset: file::offset(end),
        };
        segment.publish(end);
        writer.end = end;
        // One huge frame must not keep its memory for ever.
        writer.buffer.shrink_to(1024 * 1024);
        Ok(Appended { at, next })
    }

    fn roll(&self, writer: &mut Writer) -> Result<(), Error> {
        // Frames that were not synced yet must not be left behind.
        self.sync_segment(&writer.segment)?;
        let number = writer.segment.number + 1;
        let next = Segment::create(&self.dir, number, writer.end, self.options.chunk)?;
        self.syncs.fetch_add(1, Ordering::Relaxed);
        let next = Arc::new(next);
        let mut segments = self
            .segments
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        segments.insert(number, Arc::clone(&next));
        writer.allocated = next.len()?;
        writer.end = FIRST;
        writer.segment = next;
        Ok(())
    }

    fn sync_segment(&self, segment: &Segment) -> Result<(), Error> {
        self.syncs.fetch_add(1, Ordering::Relaxed);
        segment
            .file
            .sync_data()
            .map_err(Error::io("syncing", &segment.path))
    }

    /// Returns the payload of the frame that begins at `position`.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if no frame stands there, or a damaged one.
    pub fn read(&self, position: Position) -> Result<Vec<u8>, Error> {
        let segment = self.segment(position)?;
        let offset = u64::from(position.offset);
        let header = segment
            .bytes(offset, frame::HEADER)?
            .and_then(|bytes| frame::header(segment.site(offset), &bytes))
            .ok_or_else(|| segment.corrupt(offset, "no frame begins here"))?;
        segment
            .bytes(offset + frame::HEADER as u64, header.len)?
            .filter(|payload| frame::holds(segment.site(offset), header, payload))
            .ok_or_else(|| segment.corrupt(offset, "the frame does not have its checksum"))
    }

    /// Returns the segment that `position` stands in.
    pub(crate) fn segment(&self, position: Position) -> Result<Arc<Segment>, Error> {
        let segments = self.segments.read().unwrap_or_else(PoisonError::into_inner);
        segments
            .get(&position.segment)
            .cloned()
            .ok_or_else(|| Error::Corrupt {
                file: self.dir.join(format!("{:08}.seg", position.segment)),
                offset: u64::from(position.offset),
                what: "there is no such file".to_owned(),
            })
    }

    /// Iterates over the frames from `position` on, up to the last one there is now.
    #[must_use]
    pub fn iter_from(&self, position: Position) -> Frames {
        let segments = self.segments.read().unwrap_or_else(PoisonError::into_inner);
        let rest: Vec<_> = segments
            .range(position.segment..)
            .map(|(_, s)| Arc::clone(s))
            .collect();
        Frames::new(rest, position)
    }

    /// Returns where the next frame will begin, unless a new file is begun first.
    #[must_use]
    pub fn end(&self) -> Position {
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        Position {
            segment: writer.segment.number,
            offset: file::offset(writer.end),
        }
    }

    /// Returns a number that no other log has.
    #[must_use]
    pub fn identity(&self) -> u64 {
        let segments = self.segments.read().unwrap_or_else(PoisonError::into_inner);
        segments
            .first_key_value()
            .map_or(0, |(_, first)| first.salt)
    }

    /// Returns how many data syncs were made since the log was opened.
    #[must_use]
    pub fn syncs(&self) -> u64 {
        self.syncs.load(Ordering::Relaxed)
    }
}

/// Where an appended frame stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// Where it begins.
    pub at: Position,
    /// Where the next one begins.
    pub next: Position,
}

/// Checks that the frames of `segment` can end where the next one says, and lets readers see them.
fn seal(segment: &Segment, end: u64) -> Result<(), Error> {
    if end < FIRST || end > segment.len()? {
        return Err(segment.corrupt(segment.len()?, "frames at its end are missing"));
    }
    segment.publish(end);
    Ok(())
}

/// Finds the end of the last segment, overwriting a torn write with zeros.
fn recover(segment: &Arc<Segment>, options: Options, syncs: &AtomicU64) -> Result<(), Error> {
    // A frame that was written and not synced before a crash of the process is there to be read,
    // and would be relied on: it must be durable first.
    segment
        .file
        .sync_data()
        .map_err(Error::io("syncing", &segment.path))?;
    syncs.fetch_add(1, Ordering::Relaxed);
    let mut scanner = Scanner::new(Arc::clone(segment), FIRST, None)?;
    loop {
        match scanner.step()? {
            Found::Frame { .. } => {}
            Found::Damage { next, .. } if options.tolerant => scanner.skip_to(next),
            Found::Damage { offset, next } => {
                let what = format!("no frame stands here, though a good one follows at {next}");
                return Err(segment.corrupt(offset, &what));
            }
            Found::Torn { offset } => {
                tracing::warn!(
                    file = %segment.path.display(),
                    offset,
                    "the last write was cut off before it was acknowledged; it is removed"
                );
                file::zero(&segment.file, offset, segment.len()?)
                    .and_then(|()| segment.file.sync_data())
                    .map_err(Error::io("cleaning", &segment.path))?;
                syncs.fetch_add(1, Ordering::Relaxed);
                segment.publish(offset);
                return Ok(());
            }
            Found::End { offset } => {
                segment.publish(offset);
                return Ok(());
            }
        }
    }
}

fn remove_drafts(dir: &Path) -> Result<(), Error> {
    for entry in fs::read_dir(dir).map_err(Error::io("listing", dir))? {
        let path = entry.map_err(Error::io("listing", dir))?.path();
        if path.to_string_lossy().ends_with(".seg.tmp") {
            fs::remove_file(&path).map_err(Error::io("removing", &path))?;
        }
    }
    Ok(())
}
