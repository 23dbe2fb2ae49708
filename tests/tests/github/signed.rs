//! Apps' own routes.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};

use super::*;

fn jwt(issuer: u64, from: i64, to: i64) -> String {
    let pem: String = trail_fake_github::APP_KEY
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .collect();
    let key = RsaKeyPair::from_der(&STANDARD.decode(pem).unwrap()).unwrap();
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let said = format!(
        "{}.{}",
        part(json!({"alg": "RS256", "typ": "JWT"})),
        part(json!({"iat": from, "exp": to, "iss": issuer.to_string()}))
    );
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        said.as_bytes(),
        &mut signature,
    )
    .unwrap();
    format!("{said}.{}", URL_SAFE_NO_PAD.encode(signature))
}

pub(super) async fn walk(asker: &Asker) {
    let now = asker.fake.now();
    let good = jwt(7, now - 60, now + 540);
    let (get, post) = (Method::GET, Method::POST);
    for path in [
        "/app",
        "/app/installations",
        "/app/installations/1000007",
        "/repos/acme/widgets/installation",
    ] {
        let (status, body) = asker.ask(&good, get.clone(), path, Value::Null).await;
        assert_eq!(status, 200, "{path}: {body}");
    }
    let tokens = "/app/installations/1000007/access_tokens";
    let (status, made) = asker.ask(&good, post.clone(), tokens, Value::Null).await;
    assert_eq!(status, 201, "{made}");
    let token = made["token"].as_str().unwrap();
    let said = json!({"body": "by the app"});
    let path = format!("{REPO}/issues/1/comments");
    let (status, said) = asker.ask(token, post.clone(), &path, said).await;
    assert_eq!(status, 201, "{said}");
    assert_eq!(said["user"]["login"], "trail-coder[bot]");
    assert_eq!(said["performed_via_github_app"]["id"], 7);
    asker
        .refused(token, get.clone(), "/user", Value::Null, 403)
        .await;
    let pull = json!({"title": "p", "head": "trail/b", "base": "main"});
    asker
        .refused(token, post.clone(), &format!("{REPO}/pulls"), pull, 403)
        .await;
    let fewer = json!({"permissions": {"issues": "read"}});
    let (_, weak) = asker.ask(&good, post.clone(), tokens, fewer).await;
    let weak = weak["token"].as_str().unwrap().to_owned();
    asker
        .refused(&weak, post.clone(), &path, json!({"body": "x"}), 403)
        .await;
    asker
        .refused(
            &good,
            post.clone(),
            tokens,
            json!({"permissions": {"contents": "write"}}),
            422,
        )
        .await;
    for wrong in [
        jwt(8, now - 60, now + 540),
        jwt(7, now - 600, now - 1),
        jwt(7, now - 60, now + 700),
        // Another's signature under its words.
        format!(
            "{}.{}",
            jwt(7, now - 60, now + 500).rsplit_once('.').unwrap().0,
            good.rsplit_once('.').unwrap().1
        ),
    ] {
        asker
            .refused(&wrong, get.clone(), "/app", Value::Null, 401)
            .await;
    }
    asker.refused(MARIA, get, "/app", Value::Null, 401).await;
    asker
        .refused(
            &good,
            post,
            "/app/installations/1/access_tokens",
            Value::Null,
            404,
        )
        .await;
}
