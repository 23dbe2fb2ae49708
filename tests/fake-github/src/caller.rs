//! Who asks: what a request's `Authorization` opens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::Value;

use crate::refusal::Refusal;
use crate::seed::{Permissions, TokenKind};
use crate::world::{Token, World};

/// How far ahead an App's token may lapse, in seconds.
const LONGEST: i64 = 600;
/// How far clocks may differ, in seconds.
const SKEW: i64 = 60;

/// Whoever asks.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// The account; none for strangers and for Apps as themselves.
    pub(crate) user: Option<u64>,
    pub(crate) via: Via,
}

/// By what means.
#[derive(Debug, Clone)]
pub(crate) enum Via {
    Nothing,
    /// The web interface: whatever the account may do.
    Web,
    Classic(Vec<String>),
    FineGrained(Permissions),
    Installation {
        app: u64,
        permissions: Permissions,
    },
    /// An App as itself, by a token that it signed.
    Jwt(u64),
}

impl Caller {
    pub(crate) const fn stranger() -> Self {
        Self {
            user: None,
            via: Via::Nothing,
        }
    }

    pub(crate) const fn web(user: u64) -> Self {
        Self {
            user: Some(user),
            via: Via::Web,
        }
    }

    /// Returns who the limits are counted for.
    pub(crate) fn metered(&self, world: &World) -> String {
        match (&self.via, self.user) {
            (Via::Installation { app, .. } | Via::Jwt(app), _) => format!("installation of {app}"),
            (_, Some(user)) => format!("user ID {user} ({})", world.login_of(user)),
            (_, None) => String::new(),
        }
    }

    /// Returns the App it acts through.
    pub(crate) const fn app(&self) -> Option<u64> {
        match self.via {
            Via::Installation { app, .. } => Some(app),
            Via::Nothing | Via::Web | Via::Classic(_) | Via::FineGrained(_) | Via::Jwt(_) => None,
        }
    }

    /// Returns the account, or asks for one.
    pub(crate) fn somebody(&self) -> Result<u64, Refusal> {
        self.user
            .ok_or_else(|| Refusal::new(401, "Requires authentication"))
    }

    /// Recognizes whoever sent this header.
    pub(crate) fn of(world: &World, header: Option<&str>, now: i64) -> Result<Self, Refusal> {
        let Some(header) = header else {
            return Ok(Self::stranger());
        };
        let token = header
            .split_once(' ')
            .filter(|(scheme, _)| {
                scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("token")
            })
            .map(|(_, token)| token.trim())
            .ok_or_else(Refusal::bad_credentials)?;
        if token.matches('.').count() == 2 {
            return Self::signed(world, token, now);
        }
        match world.tokens.get(token) {
            Some(Token::User(user, kind)) if world.users.contains_key(user) => Ok(Self {
                user: Some(*user),
                via: match kind {
                    TokenKind::Classic(scopes) => Via::Classic(scopes.clone()),
                    TokenKind::FineGrained(permissions) => Via::FineGrained(permissions.clone()),
                },
            }),
            Some(Token::Installation {
                app,
                permissions,
                expires,
            }) if *expires > now => {
                let installed = world.apps.get(app).ok_or_else(Refusal::bad_credentials)?;
                if installed.suspended {
                    let why = "This installation has been suspended";
                    return Err(Refusal::forbidden(why));
                }
                Ok(Self {
                    user: Some(installed.bot),
                    via: Via::Installation {
                        app: *app,
                        permissions: permissions.clone(),
                    },
                })
            }
            Some(_) | None => Err(Refusal::bad_credentials()),
        }
    }

    /// Recognizes an App by a JWT (RFC 7519, RS256), as GitHub asks for it:
    /// <https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app>.
    fn signed(world: &World, token: &str, now: i64) -> Result<Self, Refusal> {
        let bad = || Refusal::new(401, "A JSON web token could not be decoded");
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| bad());
        let (said, signature) = token.rsplit_once('.').ok_or_else(bad)?;
        let (header, claims) = said.split_once('.').ok_or_else(bad)?;
        let header: Value = serde_json::from_slice(&decode(header)?).map_err(|_| bad())?;
        let claims: Value = serde_json::from_slice(&decode(claims)?).map_err(|_| bad())?;
        if header["alg"] != "RS256" {
            return Err(bad());
        }
        let issuer = match &claims["iss"] {
            // The id, or the client id.
            Value::String(issuer) => issuer.trim_start_matches("Iv23").parse().ok(),
            other => other.as_u64(),
        };
        let installed = issuer.and_then(|id: u64| world.apps.get(&id));
        let missing = "'Issuer' claim ('iss') must be an Integer";
        let installed = installed.ok_or_else(|| Refusal::new(401, missing))?;
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &installed.app.public_key)
            .verify(said.as_bytes(), &decode(signature)?)
            .map_err(|_| bad())?;
        let claim = |name: &str| claims[name].as_i64().ok_or_else(bad);
        let (issued, expires) = (claim("iat")?, claim("exp")?);
        let wrong = if issued > now + SKEW {
            "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
        } else if expires <= now {
            "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires"
        } else if expires > now + LONGEST {
            "'Expiration time' claim ('exp') is too far in the future"
        } else {
            return Ok(Self {
                user: None,
                via: Via::Jwt(installed.app.id),
            });
        };
        Err(Refusal::new(401, wrong))
    }
}
