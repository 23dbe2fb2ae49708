//! DSSE envelopes (secure-systems-lab/dsse, protocol 1.0.2): signed payloads that in-toto tools read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::canonical;
use crate::key::{KeyId, Keypair, PublicKey};

/// A payload with its type and the signatures over both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Envelope {
    /// The payload in standard base64 with padding.
    payload: String,
    /// What the payload is.
    payload_type: String,
    /// The signatures; more may be added later, for example by a notary.
    signatures: Vec<Signature>,
}

/// One signature of an envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// Which key to try; unauthenticated, as DSSE says.
    pub keyid: KeyId,
    /// The signature in standard base64 with padding.
    pub sig: String,
}

/// Why bytes are not an envelope that can be judged.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The envelope is not strict JSON of the right shape.
    #[error("not an envelope: {0}")]
    Shape(#[from] canonical::Error),
    /// The payload is not standard base64.
    #[error("envelope payload is not base64")]
    Base64,
    /// The payload is of another type than asked for.
    #[error("envelope holds {found:?}, not {expected:?}")]
    Type {
        /// What was asked for.
        expected: &'static str,
        /// What the envelope says.
        found: String,
    },
}

impl Envelope {
    /// Signs `payload` of the given type.
    #[must_use]
    pub fn sign(payload_type: &str, payload: &[u8], key: &Keypair) -> Self {
        let mut envelope = Self {
            payload: STANDARD.encode(payload),
            payload_type: payload_type.to_owned(),
            signatures: Vec::new(),
        };
        envelope.countersign(payload, key);
        envelope
    }

    /// Adds a signature over the same payload by another key.
    fn countersign(&mut self, payload: &[u8], key: &Keypair) {
        let signature = key.sign(&pre_authentication_encoding(&self.payload_type, payload));
        self.signatures.push(Signature {
            keyid: key.public().id(),
            sig: STANDARD.encode(signature),
        });
    }

    /// Reads an envelope from strict JSON, in canonical form or any other: what is signed is the
    /// payload, and people and trackers reformat comments.
    ///
    /// # Errors
    /// [`Error::Shape`] if it is none.
    pub fn from_json(bytes: &[u8]) -> Result<Self, Error> {
        Ok(canonical::from_any_form(bytes)?)
    }

    /// Writes the envelope as canonical JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        let bytes = canonical::to_bytes(self).expect("an envelope holds only strings");
        String::from_utf8(bytes).expect("JSON is UTF-8")
    }

    /// Returns the payload, if it is of type `expected`.
    ///
    /// # Errors
    /// [`Error::Type`] if it is of another type, [`Error::Base64`] if it cannot be decoded.
    pub fn payload(&self, expected: &'static str) -> Result<Vec<u8>, Error> {
        if self.payload_type != expected {
            return Err(Error::Type {
                expected,
                found: self.payload_type.clone(),
            });
        }
        STANDARD.decode(&self.payload).map_err(|_| Error::Base64)
    }

    /// Returns the first of `keys` that signed `payload` as this envelope's.
    #[must_use]
    pub fn signer<'k>(
        &self,
        payload: &[u8],
        keys: impl IntoIterator<Item = &'k PublicKey>,
    ) -> Option<&'k PublicKey> {
        let message = pre_authentication_encoding(&self.payload_type, payload);
        keys.into_iter().find(|key| {
            let id = key.id();
            self.signatures
                .iter()
                .filter(|signature| signature.keyid == id)
                .any(|signature| {
                    STANDARD
                        .decode(&signature.sig)
                        .is_ok_and(|sig| key.verifies(&message, &sig))
                })
        })
    }

    /// Returns the key ids the envelope names, in order.
    pub fn key_ids(&self) -> impl Iterator<Item = &KeyId> {
        self.signatures.iter().map(|signature| &signature.keyid)
    }
}

/// PAE of the DSSE protocol: `DSSEv1 SP LEN(type) SP type SP LEN(body) SP body`.
fn pre_authentication_encoding(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut out = format!(
        "DSSEv1 {} {payload_type} {} ",
        payload_type.len(),
        payload.len()
    )
    .into_bytes();
    out.extend_from_slice(payload);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encoding_is_the_one_in_the_dsse_protocol() {
        // The protocol's own test vector.
        assert_eq!(
            pre_authentication_encoding("http://example.com/HelloWorld", b"hello world"),
            b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
        );
    }

    #[test]
    fn an_envelope_is_read_in_any_strict_form_and_no_other_shape() {
        let envelope = Envelope::sign("t", b"body", &Keypair::from_seed(&[1; 32]));
        let json = envelope.to_json();
        let spaced = json.replace(':', " :\n ");
        assert_eq!(Envelope::from_json(spaced.as_bytes()).unwrap(), envelope);
        for bad in [
            json.replace("\"payload\":", "\"payload\":\"\",\"payload\":"),
            json.replace("\"payloadType\"", "\"type\""),
            json.replace("\"keyid\"", "\"extra\":1,\"keyid\""),
            format!("{json}x"),
            r#"["Ym9keQ==","t",[]]"#.to_owned(),
            r#"{"payload":"Ym9keQ==","payloadType":"t","signatures":[["a","b"]]}"#.to_owned(),
            r#"{"payload":"Ym9keQ==","payloadType":"t"}"#.to_owned(),
        ] {
            assert!(Envelope::from_json(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_signature_covers_payload_and_type_and_is_found_by_key() {
        let (good, other) = (Keypair::from_seed(&[1; 32]), Keypair::from_seed(&[2; 32]));
        let envelope = Envelope::sign("t", b"body", &good);
        let back = Envelope::from_json(envelope.to_json().as_bytes()).unwrap();
        assert_eq!(back, envelope);
        assert_eq!(back.payload("t").unwrap(), b"body");
        assert!(back.payload("u").is_err());
        let keys = [other.public(), good.public()];
        assert_eq!(back.signer(b"body", &keys), Some(&good.public()));
        assert_eq!(back.signer(b"bodY", &keys), None);
        assert_eq!(back.signer(b"body", &[other.public()]), None);
    }
}
