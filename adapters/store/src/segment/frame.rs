//! The bytes of one frame.

use super::MAX_PAYLOAD;

/// Begins every frame; no valid UTF-8 text contains it.
const MAGIC: [u8; 4] = [0xF5, b'T', b'F', 0xC0];
/// The bytes before the payload.
pub(super) const HEADER: usize = 16;
/// Frames begin at multiples of this.
pub(super) const ALIGN: u64 = 8;

/// What the checksums of a frame cover besides its payload: where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Site {
    pub(super) salt: u64,
    pub(super) segment: u32,
    pub(super) offset: u64,
}

/// What a frame header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) len: usize,
    body: u32,
}

impl Header {
    /// Returns how many bytes the whole frame takes.
    pub(super) const fn size(self) -> u64 {
        size(self.len)
    }
}

/// Returns how many bytes the frame of a payload takes.
pub(super) const fn size(payload: usize) -> u64 {
    ((HEADER + payload) as u64).next_multiple_of(ALIGN)
}

/// Starts the checksum that both fields of the header share.
fn head(site: Site, len: u32) -> crc32fast::Hasher {
    let mut crc = crc32fast::Hasher::new();
    crc.update(&site.salt.to_le_bytes());
    crc.update(&site.segment.to_le_bytes());
    crc.update(&site.offset.to_le_bytes());
    crc.update(&len.to_le_bytes());
    crc
}

/// Writes the frame of `payload` at `site` into `into`, replacing what was there.
pub(super) fn encode(site: Site, payload: &[u8], into: &mut Vec<u8>) {
    let len = u32::try_from(payload.len()).expect("payloads are limited to 256 MiB");
    let crc = head(site, len);
    let mut body = crc.clone();
    body.update(payload);
    into.clear();
    into.extend_from_slice(&MAGIC);
    into.extend_from_slice(&len.to_le_bytes());
    into.extend_from_slice(&crc.finalize().to_le_bytes());
    into.extend_from_slice(&body.finalize().to_le_bytes());
    into.extend_from_slice(payload);
    let size = usize::try_from(size(payload.len())).expect("a frame fits into memory");
    into.resize(size, 0);
}

/// Reads a frame header, or nothing if there is none at `site`.
pub(super) fn header(site: Site, bytes: &[u8]) -> Option<Header> {
    let bytes = bytes.first_chunk::<HEADER>()?;
    if bytes[..4] != MAGIC {
        return None;
    }
    let field =
        |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    let len = field(4);
    let header = Header {
        len: usize::try_from(len).ok()?,
        body: field(12),
    };
    (header.len <= MAX_PAYLOAD && head(site, len).finalize() == field(8)).then_some(header)
}

/// Tells whether `payload` is what `header` was written with.
pub(super) fn holds(site: Site, header: Header, payload: &[u8]) -> bool {
    let Ok(len) = u32::try_from(payload.len()) else {
        return false;
    };
    let mut crc = head(site, len);
    crc.update(payload);
    payload.len() == header.len && crc.finalize() == header.body
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITE: Site = Site {
        salt: 7,
        segment: 1,
        offset: 64,
    };

    #[test]
    fn a_frame_is_read_back_only_where_it_was_written() {
        let mut bytes = Vec::new();
        encode(SITE, b"hello", &mut bytes);
        assert_eq!(bytes.len(), 24);
        let read = header(SITE, &bytes).unwrap();
        assert!(holds(SITE, read, b"hello"));
        assert!(!holds(SITE, read, b"hellp"));
        for moved in [
            Site { offset: 72, ..SITE },
            Site { segment: 2, ..SITE },
            Site { salt: 8, ..SITE },
        ] {
            assert_eq!(header(moved, &bytes), None, "{moved:?}");
        }
    }

    #[test]
    fn a_length_beyond_the_limit_is_no_header() {
        let mut bytes = Vec::new();
        encode(SITE, b"hello", &mut bytes);
        bytes[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(header(SITE, &bytes), None);
    }
}
