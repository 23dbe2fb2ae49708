//! Webhook deliveries: checked, and taken for a hint only.
//!
//! Plane signs the raw body with HMAC-SHA256 and sends it in hex as `X-Plane-Signature`. No time is
//! signed and deletions are not told, so a delivery says no more than that it is worth a look.

use ring::hmac;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use trail_record::ItemId;

use crate::plane::is_uuid;

/// What a delivery hints at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// The item in which something may have changed, if the body tells.
    pub item: Option<ItemId>,
}

/// Why a delivery is not heard.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The secret is empty: anybody could sign.
    #[error("the webhook's secret is empty; set the one that Plane showed when it was made")]
    NoSecret,
    /// The signature is missing, malformed or not that of the body under the secret.
    #[error("the signature is not that of the body; check the webhook's secret")]
    Signature,
    /// The body is signed and still makes no sense.
    #[error("the body is no delivery of Plane: {0}")]
    Body(String),
}

#[derive(Deserialize)]
struct Delivery {
    event: String,
    data: Option<Data>,
}

#[derive(Deserialize)]
struct Data {
    id: Option<String>,
    issue: Option<String>,
}

/// Checks the signature of a delivery, in constant time, and reads what it hints at.
///
/// # Errors
/// See [`Error`].
pub fn verify(secret: &SecretString, signature: &str, body: &[u8]) -> Result<Hint, Error> {
    let secret = secret.expose_secret();
    if secret.is_empty() {
        return Err(Error::NoSecret);
    }
    let signature = hex::decode(signature.trim()).map_err(|_| Error::Signature)?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    hmac::verify(&key, body, &signature).map_err(|_| Error::Signature)?;
    let delivery: Delivery =
        serde_json::from_slice(body).map_err(|error| Error::Body(error.to_string()))?;
    let named = delivery
        .data
        .and_then(|data| match delivery.event.as_str() {
            "issue" => data.id,
            "issue_comment" => data.issue,
            _ => None,
        });
    Ok(Hint {
        item: named.filter(|id| is_uuid(id)).map(ItemId::new),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sign(secret: &str, body: &[u8]) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        hex::encode(hmac::sign(&key, body))
    }

    #[test]
    fn a_signed_delivery_names_its_item() {
        let secret = SecretString::from("plane_wh_x");
        let id = "05f7266c-2146-4d95-b65e-1c38b6d9e26c";
        let table = [
            (
                format!(r#"{{"event":"issue","data":{{"id":"{id}"}}}}"#),
                true,
            ),
            (
                format!(r#"{{"event":"issue_comment","data":{{"id":"x","issue":"{id}"}}}}"#),
                true,
            ),
            (
                format!(r#"{{"event":"cycle","data":{{"id":"{id}"}}}}"#),
                false,
            ),
            (
                r#"{"event":"issue","data":{"id":"../users"}}"#.to_owned(),
                false,
            ),
            (r#"{"event":"issue"}"#.to_owned(), false),
        ];
        for (body, named) in table {
            let hint = verify(
                &secret,
                &sign("plane_wh_x", body.as_bytes()),
                body.as_bytes(),
            );
            let expected = named.then(|| ItemId::new(id));
            assert_eq!(hint.unwrap().item, expected, "{body}");
        }
    }

    #[test]
    fn whatever_is_not_signed_with_the_secret_is_not_heard() {
        let secret = SecretString::from("plane_wh_x");
        let body = br#"{"event":"issue"}"#;
        let good = sign("plane_wh_x", body);
        for bad in [
            "",
            "zz",
            &good[..62],
            &sign("other", body),
            &format!("{good}00"),
        ] {
            let heard = verify(&secret, bad, body);
            assert!(matches!(heard, Err(Error::Signature)), "{bad}: {heard:?}");
        }
        assert!(matches!(
            verify(&secret, &good, br#"{"event":"issues"}"#),
            Err(Error::Signature)
        ));
        let empty = SecretString::from("");
        assert!(matches!(
            verify(&empty, &sign("", body), body),
            Err(Error::NoSecret)
        ));
        let junk = b"junk";
        assert!(matches!(
            verify(&secret, &sign("plane_wh_x", junk), junk),
            Err(Error::Body(_))
        ));
    }
}
