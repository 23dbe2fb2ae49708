//! Digests: SHA-256 (FIPS 180-4), each with the type of what it names.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

/// Marks the digest of a blob: any bytes kept outside an entry.
#[derive(Debug)]
pub enum Blob {}

/// Marks the digest of a policy: its rules, schema and examples as loaded.
#[derive(Debug)]
pub enum Policy {}

/// Marks the digest of a text a human wrote: a comment or an item body, as UTF-8 bytes.
#[derive(Debug)]
pub enum Text {}

/// Marks the digest of what a model saw when it was asked.
#[derive(Debug)]
pub enum Context {}

/// The SHA-256 of some bytes, typed by what the bytes are.
///
/// Its text form, in JSON too, is `sha256:` and 64 lowercase hexadecimal digits.
pub struct Digest<K> {
    bytes: [u8; 32],
    of: PhantomData<fn() -> K>,
}

/// What is wrong with a text that should be a digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a digest (expected `sha256:` and 64 lowercase hexadecimal digits): {0:?}")]
pub struct Malformed(pub String);

impl<K> Digest<K> {
    /// Returns the digest of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self::from_bytes(Sha256::digest(bytes).into())
    }

    /// Wraps 32 bytes that are already a digest.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self {
            bytes,
            of: PhantomData,
        }
    }

    /// Returns the 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// Returns the 64 hexadecimal digits without the `sha256:`.
    #[must_use]
    pub fn hex(&self) -> String {
        hex::encode(self.bytes)
    }

    /// Returns the first twelve hexadecimal digits, for people.
    #[must_use]
    pub fn short(&self) -> String {
        hex::encode(&self.bytes[..6])
    }

    /// Returns the same digest as the digest of another kind of thing.
    ///
    /// Used where the stored bytes are one thing seen as two: a record kept as a blob.
    #[must_use]
    pub const fn cast<L>(self) -> Digest<L> {
        Digest::from_bytes(self.bytes)
    }
}

impl<K> Clone for Digest<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for Digest<K> {}

impl<K> PartialEq for Digest<K> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl<K> Eq for Digest<K> {}

impl<K> PartialOrd for Digest<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<K> Ord for Digest<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.bytes.cmp(&other.bytes)
    }
}

impl<K> Hash for Digest<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bytes.hash(state);
    }
}

impl<K> fmt::Display for Digest<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", self.hex())
    }
}

impl<K> fmt::Debug for Digest<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<K> FromStr for Digest<K> {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let malformed = || Malformed(text.to_owned());
        let digits = text.strip_prefix("sha256:").ok_or_else(malformed)?;
        if digits.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(malformed());
        }
        let mut bytes = [0; 32];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| malformed())?;
        Ok(Self::from_bytes(bytes))
    }
}

impl<K> Serialize for Digest<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, K> Deserialize<'de> for Digest<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_form_round_trips_and_matches_a_published_vector() {
        // FIPS 180-4 example: SHA-256("abc").
        let digest = Digest::<Blob>::of(b"abc");
        assert_eq!(
            digest.to_string(),
            "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(digest.to_string().parse::<Digest<Blob>>(), Ok(digest));
    }

    #[test]
    fn upper_case_short_and_foreign_texts_are_refused() {
        for text in [
            "",
            "sha256:",
            "sha256:AB",
            "sha1:00",
            &format!("sha256:{}", "AB".repeat(32)),
        ] {
            assert!(text.parse::<Digest<Blob>>().is_err(), "{text}");
        }
    }
}
