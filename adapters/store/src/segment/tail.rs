//! Follows a log from outside: reads what is new in it while another process may be writing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Position;
use super::file::{self, FIRST, Segment};
use super::frame::HEADER;
use super::scan::{Found, Scanner};
use crate::Error;

/// What a reader met.
#[derive(Debug)]
pub(crate) enum Seen {
    /// A frame whose payload begins at `payload_at`.
    Frame {
        payload_at: Position,
        payload: Vec<u8>,
    },
    /// Bytes that were a frame once, from behind its header on.
    Damaged {
        payload_at: Position,
        bytes: Vec<u8>,
    },
}

/// A reader's place in a log. It changes no file and needs no lock.
#[derive(Debug)]
pub(crate) struct Tail {
    dir: PathBuf,
    segments: BTreeMap<u32, Arc<Segment>>,
    number: u32,
    offset: u64,
}

impl Tail {
    /// Stands before the first frame of the log in `dir`, which need not be there yet.
    pub(crate) fn new(dir: &Path) -> Self {
        Self {
            dir: dir.to_owned(),
            segments: BTreeMap::new(),
            number: 1,
            offset: FIRST,
        }
    }

    /// Returns an open segment, if there is such a file.
    pub(crate) fn segment(&mut self, number: u32) -> Result<Option<Arc<Segment>>, Error> {
        if let Some(segment) = self.segments.get(&number) {
            return Ok(Some(Arc::clone(segment)));
        }
        let opened = Segment::open(&self.dir, number, false)?.map(Arc::new);
        if let Some(segment) = &opened {
            self.segments.insert(number, Arc::clone(segment));
        }
        Ok(opened)
    }

    /// Goes on behind a frame that this process itself has appended.
    pub(crate) fn skip_to(&mut self, next: Position) {
        self.number = next.segment;
        self.offset = u64::from(next.offset);
    }

    /// Reads everything that is new and calls `see` for it.
    pub(crate) fn advance(&mut self, mut see: impl FnMut(Seen)) -> Result<(), Error> {
        loop {
            let Some(segment) = self.segment(self.number)? else {
                return Ok(());
            };
            // Opened before the scan: what the next segment says of this one is final.
            let until = self.segment(self.number + 1)?.map(|next| next.previous_end);
            self.scan(&segment, until, &mut see)?;
            if until.is_none() {
                return Ok(());
            }
            self.number += 1;
            self.offset = FIRST;
        }
    }

    fn scan(
        &mut self,
        segment: &Arc<Segment>,
        until: Option<u64>,
        see: &mut impl FnMut(Seen),
    ) -> Result<(), Error> {
        let mut tries = 0;
        let mut scanner = Scanner::new(Arc::clone(segment), self.offset, until)?;
        loop {
            let payload_at = |offset: u64| Position {
                segment: segment.number,
                offset: file::offset(offset + HEADER as u64),
            };
            match scanner.step()? {
                Found::Frame {
                    offset,
                    next,
                    payload,
                } => {
                    see(Seen::Frame {
                        payload_at: payload_at(offset),
                        payload,
                    });
                    self.offset = next;
                }
                // A frame that was half written when it was read looks damaged, too.
                Found::Damage { .. } if tries < 3 => {
                    tries += 1;
                    scanner = Scanner::new(Arc::clone(segment), self.offset, until)?;
                }
                Found::Damage { offset, next } => {
                    let from = offset + HEADER as u64;
                    let len = usize::try_from(next.saturating_sub(from)).unwrap_or(0);
                    let bytes = segment.bytes(from, len)?.unwrap_or_default();
                    see(Seen::Damaged {
                        payload_at: payload_at(offset),
                        bytes,
                    });
                    scanner.skip_to(next);
                    self.offset = next;
                }
                Found::Torn { offset } | Found::End { offset } => {
                    // Frames up to `until` were acknowledged, so what is missing is damage.
                    if let Some(until) = until.filter(|until| offset < *until) {
                        let from = offset + HEADER as u64;
                        let len = usize::try_from(until.saturating_sub(from)).unwrap_or(0);
                        let bytes = segment.bytes(from, len)?.unwrap_or_default();
                        see(Seen::Damaged {
                            payload_at: payload_at(offset),
                            bytes,
                        });
                    }
                    return Ok(());
                }
            }
        }
    }
}
