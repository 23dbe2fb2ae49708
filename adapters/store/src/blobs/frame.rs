//! Small blobs in the frames of a log.

use super::{FRAME, Place};
use crate::segment::Position;

/// The bytes before those of a blob: digest and length.
const HEAD: usize = 36;
/// The bytes of a frame before its payload.
const FRAME_HEADER: u32 = 16;

/// Gathers blobs into as few frames as they fit.
#[derive(Debug, Default)]
pub(super) struct Builder {
    full: Vec<Vec<u8>>,
    open: Vec<u8>,
    added: std::collections::HashSet<[u8; 32]>,
}

impl Builder {
    /// Adds a blob, once.
    pub(super) fn add(&mut self, digest: [u8; 32], bytes: &[u8]) {
        if !self.added.insert(digest) {
            return;
        }
        if self.open.len() + bytes.len() > FRAME {
            self.full.push(std::mem::take(&mut self.open));
        }
        let len = u32::try_from(bytes.len()).expect("small blobs are at most 64 KiB");
        self.open.extend_from_slice(&digest);
        self.open.extend_from_slice(&len.to_le_bytes());
        self.open.extend_from_slice(bytes);
    }

    /// Returns the payloads of the frames.
    pub(super) fn finish(mut self) -> Vec<Vec<u8>> {
        if !self.open.is_empty() {
            self.full.push(self.open);
        }
        self.full
    }
}

/// Returns the blobs of a payload that begins at `payload_at`, each with where its bytes stand.
/// It stops where the payload makes no sense.
pub(super) fn blobs(
    payload: &[u8],
    payload_at: Position,
) -> impl Iterator<Item = ([u8; 32], Position, &[u8])> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = payload.get(at..)?;
        let digest = *rest.first_chunk::<32>()?;
        let len = u32::from_le_bytes(*rest[32..].first_chunk::<4>()?);
        let bytes = rest[HEAD..].get(..usize::try_from(len).ok()?)?;
        let offset = payload_at.offset + u32::try_from(at + HEAD).ok()?;
        at += HEAD + bytes.len();
        Some((
            digest,
            Position {
                segment: payload_at.segment,
                offset,
            },
            bytes,
        ))
    })
}

/// Returns the place of a small blob.
pub(super) fn place(at: Position, bytes: &[u8]) -> Place {
    Place::Small {
        at,
        len: u32::try_from(bytes.len()).expect("small blobs are at most 64 KiB"),
    }
}

/// Returns where the payload of the frame at `frame` begins.
pub(super) const fn behind_header(frame: Position) -> Position {
    Position {
        segment: frame.segment,
        offset: frame.offset + FRAME_HEADER,
    }
}
