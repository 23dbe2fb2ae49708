//! Who requests are sent as: a token, or an App's installation whose tokens are made and renewed.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use http::{HeaderValue, Method, StatusCode};
use ring::signature::RsaKeyPair;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;
use trail_port::tracker::Error;
use trail_record::Moment;

use crate::failure::Failure;
use crate::settings::{Checked, Credential};
use crate::transport::{Ask, Http};
use crate::{jwt, wire};

/// How long before its end a token is renewed. Tokens of installations live for an hour.
const RENEW: Duration = Duration::from_secs(5 * 60);
/// A difference of clocks at which an App's token may be refused.
const DRIFT: Duration = Duration::from_secs(30);

/// Who requests are sent as.
pub(crate) enum Auth {
    Token(HeaderValue),
    App(Box<App>),
}

/// A GitHub App's installation in the repository.
pub(crate) struct App {
    id: String,
    key: RsaKeyPair,
    /// The path of the REST API and of the repository.
    root: String,
    repository: String,
    /// Held while a token is made, so that concurrent requests make one.
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    installation: Option<u64>,
    token: Option<Installed>,
}

/// A token of an installation.
#[derive(Clone)]
struct Installed {
    bearer: HeaderValue,
    until: Moment,
    permissions: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Made {
    token: SecretString,
    expires_at: Moment,
    #[serde(default)]
    permissions: BTreeMap<String, String>,
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Token(_) => "Token",
            Self::App(_) => "App",
        })
    }
}

impl Auth {
    pub(crate) fn of(credential: &Credential, checked: &Checked) -> Result<Self, Error> {
        match credential {
            Credential::Token(token) => Ok(Self::Token(bearer(token)?)),
            Credential::App {
                app_id,
                installation,
                key,
            } => {
                let state = State {
                    installation: *installation,
                    token: None,
                };
                Ok(Self::App(Box::new(App {
                    id: app_id.trim().to_owned(),
                    key: jwt::key(key)?,
                    root: checked.root.clone(),
                    repository: checked.repository.clone(),
                    state: Mutex::new(state),
                })))
            }
        }
    }
}

/// Writes a token as the value of the authorization header.
fn bearer(token: &SecretString) -> Result<HeaderValue, Error> {
    let text = token.expose_secret().trim();
    if text.is_empty() {
        return Err(Error::Denied(
            "there is no token; make one on GitHub and set it".to_owned(),
        ));
    }
    let mut value = HeaderValue::from_str(&format!("Bearer {text}"))
        .map_err(|_| Error::Denied("the token has characters no token has".to_owned()))?;
    value.set_sensitive(true);
    Ok(value)
}

impl Http {
    /// Returns what the next request is sent with; makes or renews an App's token.
    pub(crate) async fn bearer(&self) -> Result<HeaderValue, Failure> {
        match &self.auth {
            Auth::Token(bearer) => Ok(bearer.clone()),
            Auth::App(app) => Ok(self.installed(app).await?.bearer),
        }
    }

    /// Returns the permissions of the App's installation; none if a plain token is used.
    pub(crate) async fn granted(&self) -> Result<Option<BTreeMap<String, String>>, Failure> {
        match &self.auth {
            Auth::Token(_) => Ok(None),
            Auth::App(app) => Ok(Some(self.installed(app).await?.permissions)),
        }
    }

    /// Forgets an App's token that was not accepted; tells whether another can be made.
    pub(crate) async fn forget(&self, refused: &HeaderValue) -> bool {
        let Auth::App(app) = &self.auth else {
            return false;
        };
        let mut state = app.state.lock().await;
        // Another request may have renewed it meanwhile.
        if state
            .token
            .as_ref()
            .is_some_and(|own| own.bearer == *refused)
        {
            state.token = None;
        }
        true
    }

    async fn installed(&self, app: &App) -> Result<Installed, Failure> {
        let mut state = app.state.lock().await;
        if let Some(own) = &state.token
            && own.until.since(self.now()) > RENEW
        {
            return Ok(own.clone());
        }
        let installation = match state.installation {
            Some(installation) => installation,
            None => {
                let path = format!("{}/installation", app.repository);
                let what = "the App's installation in the repository; install the App there";
                let found: wire::Installation = self.as_app(app, &Ask::get(path, what)).await?;
                *state.installation.insert(found.id)
            }
        };
        let path = format!(
            "{}/app/installations/{installation}/access_tokens",
            app.root
        );
        let ask = Ask::send(
            Method::POST,
            path,
            None::<&()>,
            "a token of the App's installation",
        );
        let made: Made = self.as_app(app, &ask).await?;
        let installed = Installed {
            bearer: bearer(&made.token)?,
            until: made.expires_at,
            permissions: made.permissions,
        };
        state.token = Some(installed.clone());
        Ok(installed)
    }

    /// Sends a request as the App itself. Making a token may be repeated: it changes nothing.
    pub(crate) async fn as_app<T: DeserializeOwned>(
        &self,
        app: &App,
        ask: &Ask,
    ) -> Result<T, Failure> {
        let (mut tries, mut drifted) = (0, false);
        loop {
            let at = self.now();
            let token = jwt::token(&app.id, &app.key, at.as_millis() / 1000)?;
            let answer = self.send_as(ask, &bearer(&token)?).await;
            match answer {
                Ok(answer) => return answer.json(),
                // The answer may have told that our clock is wrong.
                Err(failure) if failure.status == Some(StatusCode::UNAUTHORIZED) && !drifted => {
                    let now = self.now();
                    if now.since(at).max(at.since(now)) < DRIFT {
                        return Err(failure);
                    }
                    drifted = true;
                }
                Err(failure) if failure.is_doubt() && tries < 3 => {
                    self.pause(tries).await;
                    tries += 1;
                }
                Err(failure) => return Err(failure),
            }
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::of(error)
    }
}
