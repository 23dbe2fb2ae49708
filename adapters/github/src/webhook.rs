//! Webhooks: a signed hint that there may be news. It shortens a wait; nothing rests on it.
//!
//! Source: "Validating webhook deliveries" of GitHub's documentation: the header
//! `X-Hub-Signature-256` is `sha256=` and the HMAC-SHA-256 of the body under the secret, in hex.

use ring::hmac;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use trail_record::ItemId;

use crate::name::Name;

/// The largest body that is looked at. Deliveries of issues and comments are far smaller.
pub const MAX_BODY: usize = 5 * 1024 * 1024;

/// Why a delivery is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No secret is set, so anybody could sign.
    #[error("no secret is set for webhooks; set the one that the hook has on GitHub")]
    NoSecret,
    /// The header is missing or no such signature.
    #[error("the delivery has no X-Hub-Signature-256; give the hook a secret on GitHub")]
    Unsigned,
    /// The signature is another's.
    #[error("the delivery's signature is wrong; is the secret the one the hook has on GitHub?")]
    Forged,
    /// The body is longer than [`MAX_BODY`].
    #[error("the delivery is too large")]
    TooLarge,
    /// It is signed, but no JSON.
    #[error("the delivery is no JSON; set the hook's content type to application/json")]
    Malformed,
}

/// What a delivery says there may be news of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hint {
    /// The item, if the delivery names one.
    pub item: Option<ItemId>,
    /// The repository it says to be from, `OWNER/REPO`.
    pub repository: Option<String>,
    /// What happened there, as GitHub names it: `created`, `labeled` and so on.
    pub action: Option<String>,
}

#[derive(Deserialize)]
struct Delivery {
    #[serde(default)]
    action: Option<String>,
    #[serde(default)]
    issue: Option<Issue>,
    #[serde(default)]
    repository: Option<Repository>,
}

#[derive(Deserialize)]
struct Issue {
    id: u64,
    number: u64,
    #[serde(default)]
    pull_request: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Repository {
    full_name: String,
}

/// Checks a delivery's signature, in constant time, and reads what it is about.
///
/// `signature` is the value of the header `X-Hub-Signature-256`, empty if there was none. Whoever
/// receives deliveries should still bound their number: a delivery can be sent again by anybody
/// who saw it, which costs one look at the tracker.
///
/// # Errors
/// If the delivery is not to be believed, or makes no sense.
pub fn verify(secret: &SecretString, signature: &str, body: &[u8]) -> Result<Hint, Error> {
    if secret.expose_secret().is_empty() {
        return Err(Error::NoSecret);
    }
    if body.len() > MAX_BODY {
        return Err(Error::TooLarge);
    }
    let digits = signature
        .trim()
        .strip_prefix("sha256=")
        .ok_or(Error::Unsigned)?;
    let tag = unhex(digits).ok_or(Error::Unsigned)?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes());
    hmac::verify(&key, body, &tag).map_err(|_| Error::Forged)?;
    let delivery: Delivery = serde_json::from_slice(body).map_err(|_| Error::Malformed)?;
    Ok(Hint {
        item: delivery
            .issue
            .filter(|own| own.pull_request.is_none())
            .map(|own| {
                let (number, id) = (own.number, own.id);
                Name { number, id }.item()
            }),
        repository: delivery.repository.map(|own| own.full_name),
        action: delivery.action,
    })
}

/// Reads 32 bytes in hexadecimal.
fn unhex(text: &str) -> Option<[u8; 32]> {
    let digit = |own: u8| char::from(own).to_digit(16);
    let text = text.as_bytes();
    if text.len() != 64 {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        *byte = u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    fn sign(secret: &str, body: &[u8]) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let tag = hmac::sign(&key, body);
        tag.as_ref()
            .iter()
            .fold("sha256=".to_owned(), |mut out, byte| {
                write!(out, "{byte:02x}").unwrap();
                out
            })
    }

    #[test]
    fn the_example_of_githubs_documentation_is_signed_well() {
        // "Validating webhook deliveries", section "Testing the webhook payload validation". The
        // body is no JSON, which is found after the signature.
        let secret = "It's a Secret to Everybody".into();
        let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        assert_eq!(
            verify(&secret, signature, b"Hello, World!"),
            Err(Error::Malformed)
        );
        assert_eq!(
            verify(&secret, signature, b"Hello, World?"),
            Err(Error::Forged)
        );
    }

    #[test]
    fn a_signed_delivery_names_its_item() {
        let secret = "s".into();
        let body = br#"{"action":"created","issue":{"id":77,"number":5,"title":"x"},
            "comment":{"id":1},"repository":{"id":1,"full_name":"acme/vsme"}}"#;
        let hint = verify(&secret, &sign("s", body), body).unwrap();
        assert_eq!(hint.item.unwrap().as_str(), "5-77");
        assert_eq!(hint.repository.as_deref(), Some("acme/vsme"));
        assert_eq!(hint.action.as_deref(), Some("created"));
        for body in [
            &br#"{"zen":"Keep it logically awesome.","hook_id":1}"#[..],
            br#"{"issue":{"id":77,"number":5,"pull_request":{}}}"#,
        ] {
            assert_eq!(verify(&secret, &sign("s", body), body).unwrap().item, None);
        }
    }

    #[test]
    fn what_is_not_signed_by_the_secret_is_not_read() {
        let secret = "s".into();
        let body = b"{}";
        let good = sign("s", body);
        for (signature, error) in [
            (String::new(), Error::Unsigned),
            ("sha256=".to_owned(), Error::Unsigned),
            (good.replace("sha256=", "sha1="), Error::Unsigned),
            (good[..good.len() - 2].to_owned(), Error::Unsigned),
            (format!("{}zz", &good[..good.len() - 2]), Error::Unsigned),
            (sign("t", body), Error::Forged),
            (sign("s", b"{ }"), Error::Forged),
        ] {
            assert_eq!(verify(&secret, &signature, body), Err(error), "{signature}");
        }
        assert_eq!(
            verify(&"".into(), &sign("", body), body),
            Err(Error::NoSecret)
        );
        let large = vec![b' '; MAX_BODY + 1];
        assert_eq!(
            verify(&secret, &sign("s", &large), &large),
            Err(Error::TooLarge)
        );
    }
}
