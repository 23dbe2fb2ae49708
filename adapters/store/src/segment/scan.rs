//! Walks the frames of one segment file and says what it finds where none is.

use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use super::file::Segment;
use super::frame::{self, ALIGN, HEADER, Header};
use crate::Error;

/// What stands at an offset.
#[derive(Debug)]
pub(super) enum Found {
    /// A frame.
    Frame {
        offset: u64,
        next: u64,
        payload: Vec<u8>,
    },
    /// Bytes that are no frame, though a frame follows at `next`.
    Damage { offset: u64, next: u64 },
    /// Bytes that are no frame, and none follows: the last write was cut off.
    Torn { offset: u64 },
    /// Nothing but zeros up to the end of the file.
    End { offset: u64 },
}

/// Reads a segment from an offset on, through a window of its bytes.
#[derive(Debug)]
pub(super) struct Scanner {
    segment: Arc<Segment>,
    offset: u64,
    limit: u64,
    start: u64,
    window: Vec<u8>,
}

/// How much is read at a time.
const WINDOW: usize = 256 * 1024;

impl Scanner {
    /// Scans `segment` from `offset` up to `until`, or to the end of its file.
    pub(super) fn new(
        segment: Arc<Segment>,
        offset: u64,
        until: Option<u64>,
    ) -> Result<Self, Error> {
        let len = segment.len()?;
        let limit = until.map_or(len, |until| until.min(len));
        Ok(Self {
            segment,
            offset,
            limit,
            start: 0,
            window: Vec::new(),
        })
    }

    /// Goes on at another offset.
    pub(super) fn skip_to(&mut self, offset: u64) {
        self.offset = offset;
    }

    /// Returns what stands at the current offset and moves behind it if it is a frame.
    pub(super) fn step(&mut self) -> Result<Found, Error> {
        let offset = self.offset;
        let Some(header) = self.header(offset)? else {
            return self.gap(offset, offset + ALIGN);
        };
        match self.payload(offset, header)? {
            Some(payload) => {
                let payload = payload.to_vec();
                let next = offset + header.size();
                self.offset = next;
                Ok(Found::Frame {
                    offset,
                    next,
                    payload,
                })
            }
            // The header holds its checksum, so its length can be believed.
            None => self.gap(offset, offset + header.size()),
        }
    }

    /// Tells what a place without a frame is, looking for the next frame from `from` on.
    fn gap(&mut self, offset: u64, from: u64) -> Result<Found, Error> {
        let (mut at, mut zeros) = (offset, true);
        while at < self.limit {
            let part = ALIGN.min(self.limit - at);
            let part = self.bytes(at, usize::try_from(part).expect("at most eight"))?;
            // Most of what is walked here is the space kept free ahead of the frames.
            if part.is_some_and(|part| part.iter().any(|byte| *byte != 0)) {
                zeros = false;
                if at >= from
                    && let Some(header) = self.header(at)?
                    && self.payload(at, header)?.is_some()
                {
                    return Ok(Found::Damage { offset, next: at });
                }
            }
            at += ALIGN;
        }
        Ok(if zeros {
            Found::End { offset }
        } else {
            Found::Torn { offset }
        })
    }

    fn header(&mut self, offset: u64) -> Result<Option<Header>, Error> {
        let site = self.segment.site(offset);
        Ok(self
            .bytes(offset, HEADER)?
            .and_then(|bytes| frame::header(site, bytes)))
    }

    fn payload(&mut self, offset: u64, header: Header) -> Result<Option<&[u8]>, Error> {
        let site = self.segment.site(offset);
        let bytes = self.bytes(offset + HEADER as u64, header.len)?;
        Ok(bytes.filter(|payload| frame::holds(site, header, payload)))
    }

    /// Returns `len` bytes at `offset`, or none if the segment ends before.
    fn bytes(&mut self, offset: u64, len: usize) -> Result<Option<&[u8]>, Error> {
        let end = offset.saturating_add(len as u64);
        if end > self.limit {
            return Ok(None);
        }
        if offset < self.start || end > self.start + self.window.len() as u64 {
            let want = (self.limit - offset).min(len.max(WINDOW) as u64);
            self.window
                .resize(usize::try_from(want).expect("a window fits into memory"), 0);
            self.start = offset;
            match self.segment.file.read_exact_at(&mut self.window, offset) {
                Ok(()) => {}
                // The file was cut while it was read.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    self.window.clear();
                    return Ok(None);
                }
                Err(error) => return Err(Error::io("reading", &self.segment.path)(error)),
            }
        }
        let at = usize::try_from(offset - self.start).expect("the window holds the offset");
        Ok(Some(&self.window[at..at + len]))
    }
}
