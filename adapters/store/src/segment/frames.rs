//! Reads the frames of a log in order.

use std::sync::Arc;

use super::Position;
use super::file::{self, FIRST, Segment};
use super::scan::{Found, Scanner};
use crate::Error;

/// A frame and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Where it begins.
    pub at: Position,
    /// Where the next one begins.
    pub next: Position,
    /// What it carries.
    pub payload: Vec<u8>,
}

/// Iterates over the frames of a log.
#[derive(Debug)]
pub struct Frames {
    rest: std::vec::IntoIter<Arc<Segment>>,
    from: Position,
    current: Option<(Arc<Segment>, Scanner)>,
}

impl Frames {
    /// Iterates over `segments`, of which the first may be the one that `from` stands in.
    pub(super) fn new(segments: Vec<Arc<Segment>>, from: Position) -> Self {
        Self {
            rest: segments.into_iter(),
            from,
            current: None,
        }
    }

    fn step(&mut self) -> Result<Option<Frame>, Error> {
        loop {
            let Some((segment, scanner)) = &mut self.current else {
                let Some(segment) = self.rest.next() else {
                    return Ok(None);
                };
                let from = match segment.number == self.from.segment {
                    true => u64::from(self.from.offset).max(FIRST),
                    false => FIRST,
                };
                let scanner = Scanner::new(Arc::clone(&segment), from, Some(segment.end()))?;
                self.current = Some((segment, scanner));
                continue;
            };
            let number = segment.number;
            let at = |offset| Position {
                segment: number,
                offset: file::offset(offset),
            };
            match scanner.step()? {
                Found::Frame {
                    offset,
                    next,
                    payload,
                } => {
                    return Ok(Some(Frame {
                        at: at(offset),
                        next: at(next),
                        payload,
                    }));
                }
                Found::End { offset } if offset >= segment.end() => self.current = None,
                Found::End { offset } | Found::Torn { offset } | Found::Damage { offset, .. } => {
                    return Err(segment.corrupt(offset, "the frame here is damaged"));
                }
            }
        }
    }
}

impl Iterator for Frames {
    type Item = Result<Frame, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let item = self.step().transpose();
        if matches!(item, Some(Err(_))) {
            // What follows damage is not read by those who rely on the order of frames.
            self.current = None;
            self.rest = Vec::new().into_iter();
        }
        item
    }
}
