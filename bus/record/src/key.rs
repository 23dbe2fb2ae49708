//! Ed25519 keys (RFC 8032).

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

/// A public key; its text form is `ed25519:` and 64 lowercase hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PublicKey(VerifyingKey);

/// The short name of a public key: the first 16 hexadecimal digits of the SHA-256 of its 32 bytes.
///
/// A hint for finding the key; a signature counts only under a key that the trust document names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyId(String);

/// A private key with its public one. Shown and debugged only as its key id; wiped when dropped.
pub struct Keypair(SigningKey);

/// Why bytes or text are not a usable key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The text is no public key.
    #[error("not a public key (expected `ed25519:` and 64 hexadecimal digits): {0:?}")]
    Public(String),
    /// The text is no PKCS#8 PEM private key.
    #[error("not an Ed25519 private key in PKCS#8 PEM form")]
    Private,
}

impl KeyId {
    /// Returns the text of the key id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl PublicKey {
    /// Returns the key's short name.
    #[must_use]
    pub fn id(&self) -> KeyId {
        KeyId(hex::encode(&Sha256::digest(self.0.as_bytes())[..8]))
    }

    /// Tells whether `signature` is this key's over `message`, by the strict rules that leave one
    /// valid form for each signature.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature)
            .is_ok_and(|signature| self.0.verify_strict(message, &signature).is_ok())
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ed25519:{}", hex::encode(self.0.as_bytes()))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for PublicKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let malformed = || Error::Public(text.to_owned());
        let digits = text.trim().strip_prefix("ed25519:").ok_or_else(malformed)?;
        let mut bytes = [0; 32];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| malformed())?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| malformed())?;
        if key.is_weak() {
            Err(malformed())
        } else {
            Ok(Self(key))
        }
    }
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        let key: Self = text.parse().map_err(D::Error::custom)?;
        // People may paste a key with spaces or capitals; what is stored has one form.
        if key.to_string() == text {
            Ok(key)
        } else {
            Err(D::Error::custom(Error::Public(text.into_owned())))
        }
    }
}

impl Keypair {
    /// Makes the key pair whose secret is `seed`: 32 bytes from a random source of the caller's.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// Reads a private key in PKCS#8 PEM form.
    ///
    /// # Errors
    /// [`Error::Private`] if it is none, or not for Ed25519.
    pub fn from_pem(pem: &str) -> Result<Self, Error> {
        SigningKey::from_pkcs8_pem(pem)
            .map(Self)
            .map_err(|_| Error::Private)
    }

    /// Writes the private key in PKCS#8 PEM form, for a file only its owner may read.
    #[must_use]
    pub fn to_pem(&self) -> String {
        self.0
            .to_pkcs8_pem(LineEnding::LF)
            .expect("an Ed25519 key always has a PKCS#8 form")
            .to_string()
    }

    /// Returns the public key.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// Signs `message`; the signature is 64 bytes.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for Keypair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keypair({})", self.public().id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_round_trip_and_never_show_their_secret() {
        let pair = Keypair::from_seed(&[7; 32]);
        let again = Keypair::from_pem(&pair.to_pem()).unwrap();
        assert_eq!(again.public(), pair.public());
        assert_eq!(pair.public().to_string().parse(), Ok(pair.public()));
        assert!(!format!("{pair:?}").contains(&hex::encode([7; 32])));
        assert!(pair.public().verifies(b"m", &pair.sign(b"m")));
        assert!(!pair.public().verifies(b"n", &pair.sign(b"m")));
    }

    #[test]
    fn a_stored_key_has_one_form() {
        let text = Keypair::from_seed(&[7; 32]).public().to_string();
        let read = |text: &str| serde_json::from_value::<PublicKey>(text.into());
        assert!(read(&text).is_ok());
        assert!(read(&format!(" {text}")).is_err());
        assert!(read(&text.to_uppercase().replace("ED25519", "ed25519")).is_err());
    }

    #[test]
    fn weak_and_malformed_public_keys_are_refused() {
        let zero = format!("ed25519:{}", "00".repeat(32));
        for text in ["", "ed25519:00", zero.as_str()] {
            assert!(text.parse::<PublicKey>().is_err(), "{text}");
        }
    }
}
