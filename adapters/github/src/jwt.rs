//! The token by which a GitHub App says who it is: a JWT (RFC 7519) signed with RS256 (RFC 7518).
//!
//! Source: "Generating a JSON Web Token (JWT) for a GitHub App" of GitHub's documentation: `iat` a
//! minute back against clock drift, `exp` at most ten minutes ahead, `iss` the App's id.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use secrecy::{ExposeSecret, SecretString};
use trail_port::tracker::Error;

/// How far `iat` lies back, in seconds.
const BACK: i64 = 60;
/// How far `exp` lies ahead, in seconds.
const AHEAD: i64 = 9 * 60;

/// Reads an App's private key.
pub(crate) fn key(pem: &SecretString) -> Result<RsaKeyPair, Error> {
    let malformed = |why: &str| {
        Error::Refused(format!(
            "the GitHub App's private key {why}; take the .pem file that GitHub made for the App"
        ))
    };
    let text = pem.expose_secret();
    for (kind, pkcs8) in [("RSA PRIVATE KEY", false), ("PRIVATE KEY", true)] {
        let begin = format!("-----BEGIN {kind}-----");
        let end = format!("-----END {kind}-----");
        let Some((_, after)) = text.split_once(&begin) else {
            continue;
        };
        let (body, _) = after
            .split_once(&end)
            .ok_or_else(|| malformed("is cut off"))?;
        let body: String = body.split_ascii_whitespace().collect();
        let der = STANDARD.decode(body).map_err(|_| malformed("is no PEM"))?;
        let key = if pkcs8 {
            RsaKeyPair::from_pkcs8(&der)
        } else {
            RsaKeyPair::from_der(&der)
        };
        return key.map_err(|error| malformed(&format!("cannot be used ({error})")));
    }
    Err(malformed("is no RSA key in PEM"))
}

/// Makes the token of an App at a time, in seconds since the Unix epoch.
pub(crate) fn token(app_id: &str, key: &RsaKeyPair, now: i64) -> Result<SecretString, Error> {
    let claims = serde_json::json!({"iat": now - BACK, "exp": now + AHEAD, "iss": app_id});
    let mut token = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256","typ":"JWT"}"#),
        URL_SAFE_NO_PAD.encode(claims.to_string())
    );
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        token.as_bytes(),
        &mut signature,
    )
    .map_err(|_| Error::Refused("the GitHub App's private key does not sign".to_owned()))?;
    token.push('.');
    token.push_str(&URL_SAFE_NO_PAD.encode(signature));
    Ok(token.into())
}

#[cfg(test)]
mod tests {
    use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

    use super::*;

    #[test]
    fn a_token_says_who_and_when_and_its_signature_is_good() {
        for pem in [
            include_str!("../tests/keys/pkcs1.pem"),
            include_str!("../tests/keys/pkcs8.pem"),
        ] {
            let key = key(&pem.into()).unwrap();
            let token = token("12345", &key, 1_800_000_000).unwrap();
            let (signed, signature) = token.expose_secret().rsplit_once('.').unwrap();
            let (header, claims) = signed.split_once('.').unwrap();
            let decoded = |part: &str| -> serde_json::Value {
                serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
            };
            assert_eq!(
                decoded(header),
                serde_json::json!({"alg": "RS256", "typ": "JWT"})
            );
            assert_eq!(
                decoded(claims),
                serde_json::json!({"iat": 1_799_999_940, "exp": 1_800_000_540, "iss": "12345"})
            );
            let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
            let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public());
            public.verify(signed.as_bytes(), &signature).unwrap();
            assert!(public.verify(b"another", &signature).is_err());
        }
    }

    #[test]
    fn a_key_that_is_none_is_refused_without_telling_it() {
        let good = include_str!("../tests/keys/pkcs1.pem");
        for (pem, why) in [
            ("s3cret".to_owned(), "no RSA key in PEM"),
            (good[..200].to_owned(), "cut off"),
            (good.replace('\n', "*"), "no PEM"),
            (
                "-----BEGIN PRIVATE KEY-----\nczNjcmV0\n-----END PRIVATE KEY-----".to_owned(),
                "cannot be used",
            ),
        ] {
            let refused = key(&pem.into()).unwrap_err().to_string();
            assert!(refused.contains(why), "{refused}");
            assert!(!refused.contains("s3cret") && !refused.contains("czNjcmV0"));
        }
    }
}
