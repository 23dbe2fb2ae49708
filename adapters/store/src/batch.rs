//! The bytes of one commit: what a frame of the store's log carries.
//!
//! Operations follow each other: a tag byte (1 put, 2 remove), the length of the key (2 bytes,
//! little-endian), the key; for a put the length of the value (4 bytes) and the value.

use trail_port::store::Op;

use crate::Error;

/// The most bytes of a key.
pub(crate) const MAX_KEY: usize = 1024;
/// The most bytes of a value.
pub(crate) const MAX_VALUE: usize = 64 * 1024 * 1024;

const PUT: u8 = 1;
const REMOVE: u8 = 2;

/// An operation as it stands in the bytes of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stored<'a> {
    Put {
        key: &'a str,
        value: &'a [u8],
        /// Where in the batch the value begins.
        at: usize,
    },
    Remove {
        key: &'a str,
    },
}

/// Writes the bytes of a commit.
pub(crate) fn encode(ops: &[Op]) -> Result<Vec<u8>, Error> {
    let size = ops.iter().map(|op| match op {
        Op::Put { key, value } => 7 + key.len() + value.len(),
        Op::Remove { key } => 3 + key.len(),
    });
    let mut bytes = Vec::with_capacity(size.sum());
    for op in ops {
        match op {
            Op::Put { key, value } => put(key, value, &mut bytes)?,
            Op::Remove { key } => {
                bytes.push(REMOVE);
                push_key(key, &mut bytes)?;
            }
        }
    }
    Ok(bytes)
}

/// Adds one put to the bytes of a commit.
pub(crate) fn put(key: &str, value: &[u8], bytes: &mut Vec<u8>) -> Result<(), Error> {
    let len = u32::try_from(value.len())
        .ok()
        .filter(|_| value.len() <= MAX_VALUE);
    let len = len.ok_or_else(|| Error::TooLarge {
        what: format!("the value of {key:?}"),
        size: value.len(),
        limit: MAX_VALUE,
    })?;
    bytes.push(PUT);
    push_key(key, bytes)?;
    bytes.extend_from_slice(&len.to_le_bytes());
    bytes.extend_from_slice(value);
    Ok(())
}

fn push_key(key: &str, bytes: &mut Vec<u8>) -> Result<(), Error> {
    let len = u16::try_from(key.len())
        .ok()
        .filter(|_| key.len() <= MAX_KEY);
    let len = len.ok_or_else(|| Error::TooLarge {
        what: "a key".to_owned(),
        size: key.len(),
        limit: MAX_KEY,
    })?;
    bytes.extend_from_slice(&len.to_le_bytes());
    bytes.extend_from_slice(key.as_bytes());
    Ok(())
}

/// Reads the operations of a commit, or none if the bytes are no batch.
pub(crate) fn decode(bytes: &[u8]) -> Option<Vec<Stored<'_>>> {
    let mut ops = Vec::new();
    let mut rest = bytes;
    while let Some((tag, after)) = rest.split_first() {
        let (len, after) = after.split_first_chunk::<2>()?;
        let (key, after) = after.split_at_checked(usize::from(u16::from_le_bytes(*len)))?;
        let key = std::str::from_utf8(key).ok()?;
        rest = match *tag {
            PUT => {
                let (len, after) = after.split_first_chunk::<4>()?;
                let len = usize::try_from(u32::from_le_bytes(*len)).ok()?;
                let at = bytes.len() - after.len();
                let (value, after) = after.split_at_checked(len)?;
                ops.push(Stored::Put { key, value, at });
                after
            }
            REMOVE => {
                ops.push(Stored::Remove { key });
                after
            }
            _ => return None,
        };
    }
    Some(ops)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_read_as_it_was_written_and_cut_bytes_are_none() {
        let ops = [
            Op::Put {
                key: "a/ü".to_owned(),
                value: vec![0, 1, 2],
            },
            Op::Remove { key: String::new() },
            Op::Put {
                key: "b".to_owned(),
                value: Vec::new(),
            },
        ];
        let bytes = encode(&ops).unwrap();
        let read = decode(&bytes).unwrap();
        assert_eq!(read.len(), 3);
        assert_eq!(
            read[0],
            Stored::Put {
                key: "a/ü",
                value: &[0, 1, 2],
                at: 11
            }
        );
        assert_eq!(read[1], Stored::Remove { key: "" });
        let whole: Vec<_> = (1..bytes.len())
            .filter(|n| decode(&bytes[..*n]).is_some())
            .collect();
        assert_eq!(whole, [14, 17], "only whole operations are read");
    }

    #[test]
    fn keys_over_a_kibibyte_are_refused() {
        let long = [Op::Remove {
            key: "k".repeat(MAX_KEY + 1),
        }];
        assert!(matches!(encode(&long), Err(Error::TooLarge { .. })));
    }
}
