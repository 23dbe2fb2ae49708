//! What the store keeps in sled: where a value stands, and how far the log is applied.

use std::path::Path;

use crate::Error;
use crate::segment::{Log, Position};

/// Values up to this many bytes stand in the index itself.
const INLINE: usize = 512;
/// The bytes of a frame before its payload.
const FRAME_HEADER: usize = 16;

/// A value in the index: itself while small, else where it stands in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Inline(Vec<u8>),
    Logged { at: Position, len: u32, crc: u32 },
}

impl Place {
    /// Returns the place of `value`, which stands `value_at` bytes into the payload of the frame at
    /// `frame`.
    pub(super) fn of(value: &[u8], frame: Position, value_at: usize) -> Self {
        if value.len() <= INLINE {
            return Self::Inline(value.to_vec());
        }
        let fits = "frames are limited to 256 MiB";
        let offset = frame.offset + u32::try_from(FRAME_HEADER + value_at).expect(fits);
        Self::Logged {
            at: Position {
                segment: frame.segment,
                offset,
            },
            len: u32::try_from(value.len()).expect(fits),
            crc: crc32fast::hash(value),
        }
    }

    /// Returns how many bytes the value has.
    pub(super) const fn len(&self) -> u64 {
        match self {
            Self::Inline(value) => value.len() as u64,
            Self::Logged { len, .. } => *len as u64,
        }
    }

    /// Returns the value.
    pub(super) fn value(self, log: &Log) -> Result<Vec<u8>, Error> {
        let (at, len, crc) = match self {
            Self::Inline(value) => return Ok(value),
            Self::Logged { at, len, crc } => (at, len, crc),
        };
        let segment = log.segment(at)?;
        let len = usize::try_from(len).expect("values are limited to 64 MiB");
        segment
            .bytes(u64::from(at.offset), len)?
            .filter(|bytes| crc32fast::hash(bytes) == crc)
            .ok_or_else(|| corrupt(&segment.path, at))
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        match self {
            Self::Inline(value) => [&[0], value.as_slice()].concat(),
            Self::Logged { at, len, crc } => {
                let mut bytes = vec![1];
                bytes.extend_from_slice(&at.to_u64().to_be_bytes());
                bytes.extend_from_slice(&len.to_be_bytes());
                bytes.extend_from_slice(&crc.to_be_bytes());
                bytes
            }
        }
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        match bytes.split_first()? {
            (0, value) => Some(Self::Inline(value.to_vec())),
            (1, rest) => {
                let rest: &[u8; 16] = rest.try_into().ok()?;
                let [at, lens] = [u64_at(rest, 0)?, u64_at(rest, 8)?];
                let len = u32::try_from(lens >> 32).ok()?;
                let crc = u32::try_from(lens & u64::from(u32::MAX)).ok()?;
                Some(Self::Logged {
                    at: Position::from_u64(at),
                    len,
                    crc,
                })
            }
            _ => None,
        }
    }
}

/// How far the index has applied the log, and what was counted on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    /// Which log it is.
    pub(super) log: u64,
    /// Where the first frame begins that is not applied.
    pub(super) next: Position,
    pub(super) live: u64,
    pub(super) total: u64,
}

impl Mark {
    pub(super) fn encode(self) -> Vec<u8> {
        [self.log, self.next.to_u64(), self.live, self.total]
            .iter()
            .flat_map(|number| number.to_be_bytes())
            .collect()
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; 32] = bytes.try_into().ok()?;
        Some(Self {
            log: u64_at(bytes, 0)?,
            next: Position::from_u64(u64_at(bytes, 8)?),
            live: u64_at(bytes, 16)?,
            total: u64_at(bytes, 24)?,
        })
    }
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes[at..]
        .first_chunk()
        .map(|number| u64::from_be_bytes(*number))
}

fn corrupt(file: &Path, at: Position) -> Error {
    Error::Corrupt {
        file: file.to_owned(),
        offset: u64::from(at.offset),
        what: "the value here does not have its checksum".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_marks_are_read_as_they_were_written() {
        let frame = Position {
            segment: 3,
            offset: 64,
        };
        for place in [
            Place::of(b"small", frame, 9),
            Place::of(&[7; 2000], frame, 9),
        ] {
            assert_eq!(Place::decode(&place.encode()), Some(place));
        }
        let mark = Mark {
            log: u64::MAX,
            next: frame,
            live: 5,
            total: 6,
        };
        assert_eq!(Mark::decode(&mark.encode()), Some(mark));
        assert_eq!(Place::decode(&[]), None);
        assert_eq!(Place::decode(&[1, 2]), None);
        assert_eq!(Mark::decode(&[0; 31]), None);
    }
}
