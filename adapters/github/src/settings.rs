//! What an adapter must be told, and what is wrong with it.

use std::path::PathBuf;
use std::time::Duration;

use http::Uri;
use secrecy::SecretString;
use trail_budget::Rule;
use trail_port::tracker::Error;

use crate::name;

/// The address of GitHub's own API.
pub const API: &str = "https://api.github.com";
/// The longest prefix of keys.
const MAX_PREFIX: usize = 10;

/// Who the adapter acts as.
#[derive(Debug, Clone)]
pub enum Credential {
    /// A token of an account: a fine-grained or classic personal access token.
    Token(SecretString),
    /// A GitHub App; tokens of its installation are made, renewed and kept in memory only.
    App {
        /// The App's id or client id, as its settings page shows it.
        app_id: String,
        /// The installation; found by the repository if none is given.
        installation: Option<u64>,
        /// The App's private key as GitHub gives it: PEM, RSA, PKCS #1 or PKCS #8.
        key: SecretString,
    },
}

/// How long to wait for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// For a connection.
    pub connect: Duration,
    /// For the next bytes of an answer.
    pub read: Duration,
    /// For a whole request with its answer.
    pub request: Duration,
    /// How long a write may take to show up in the lists of this server. After a lost reply the
    /// comment is looked for until then, and not sent again before.
    pub settle: Duration,
    /// The first pause before a read is tried again; each further one is twice as long.
    pub retry: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            read: Duration::from_secs(20),
            request: Duration::from_secs(60),
            settle: Duration::from_secs(5),
            retry: Duration::from_millis(250),
        }
    }
}

/// Which repository, as whom, and how gently.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The address of the API: [`API`], or `https://HOST/api/v3` for GitHub Enterprise Server.
    pub api: String,
    /// The owner of the repository: a user or an organisation.
    pub owner: String,
    /// The repository's name.
    pub repo: String,
    /// The branch that pull requests go into; the repository's default branch if none is given.
    pub base: Option<String>,
    /// The prefix of keys (`VSME` of `VSME-142`); made of the repository's name if none is given.
    pub prefix: Option<String>,
    /// Who the adapter acts as.
    pub credential: Credential,
    /// Whether GraphQL is asked for what REST hides: who edited. Without it nothing proves that an
    /// item's text is its author's. Only for stand-ins that have none.
    pub graphql: bool,
    /// The directory of the budgets that all processes of one identity share; in memory if none.
    pub budget: Option<PathBuf>,
    /// The budget of writes; [`writes`] by default. None at all only for stand-ins.
    pub writes: Vec<Rule>,
    /// How long to wait for what.
    pub timeouts: Timeouts,
}

impl Settings {
    /// Returns the settings of a repository on GitHub, all else by default.
    #[must_use]
    pub fn new(owner: impl Into<String>, repo: impl Into<String>, credential: Credential) -> Self {
        Self {
            api: API.to_owned(),
            owner: owner.into(),
            repo: repo.into(),
            base: None,
            prefix: None,
            credential,
            graphql: true,
            budget: None,
            writes: writes(),
            timeouts: Timeouts::default(),
        }
    }
}

/// Returns GitHub's limits of requests that make content, a little below them: one a second, 75 a
/// minute (of 80) and 480 an hour (of 500). The web interface counts towards them too.
///
/// Source: "Rate limits for the REST API" and "Best practices for using the REST API" of GitHub's
/// documentation; they are subject to change.
#[must_use]
pub fn writes() -> Vec<Rule> {
    vec![
        Rule::new(1, Duration::from_secs(1)),
        Rule::new(75, Duration::from_secs(60)),
        Rule::new(480, Duration::from_secs(3600)),
    ]
}

/// Settings that were checked.
#[derive(Debug, Clone)]
pub(crate) struct Checked {
    /// Scheme and authority of the API.
    pub(crate) origin: Uri,
    /// The path of REST, without a slash at its end: empty, or `/api/v3`.
    pub(crate) root: String,
    /// The path of GraphQL.
    pub(crate) graphql: String,
    /// `/repos/OWNER/REPO`.
    pub(crate) repository: String,
    /// The prefix of keys.
    pub(crate) prefix: String,
}

impl Checked {
    pub(crate) fn of(settings: &Settings) -> Result<Self, Error> {
        let (origin, path) = address(&settings.api)?;
        for (what, text) in [("owner", &settings.owner), ("repository", &settings.repo)] {
            if !name::is_plain(text) {
                return Err(Error::Refused(format!(
                    "{text:?} cannot be a GitHub {what}: letters, digits, `-`, `_` and `.` only; \
                     give owner and repository apart"
                )));
            }
        }
        let prefix = match &settings.prefix {
            Some(prefix) => prefix.clone(),
            None => prefix_of(&settings.repo),
        };
        if !name::is_prefix(&prefix) {
            return Err(Error::Refused(format!(
                "{prefix:?} cannot be the prefix of keys: a capital letter, then up to {} capital \
                 letters or digits; set `key_prefix`",
                MAX_PREFIX - 1
            )));
        }
        Ok(Self {
            // GitHub Enterprise Server has its two APIs beside each other.
            graphql: match path.strip_suffix("/v3") {
                Some(api) => format!("{api}/graphql"),
                None => format!("{path}/graphql"),
            },
            repository: format!("{path}/repos/{}/{}", settings.owner, settings.repo),
            origin,
            root: path,
            prefix,
        })
    }
}

/// Takes the address of an API apart into origin and path.
fn address(api: &str) -> Result<(Uri, String), Error> {
    let malformed = |why: &str| {
        Error::Refused(format!(
            "the address of the API {api:?} {why}; it should be like {API} or https://HOST/api/v3"
        ))
    };
    let uri: Uri = api
        .trim_end_matches('/')
        .parse()
        .map_err(|_| malformed("is malformed"))?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(malformed("is no whole address"));
    };
    if authority.as_str().contains('@') {
        return Err(malformed("has a user in it; the token is given apart"));
    }
    if uri.query().is_some() {
        return Err(malformed("has a query"));
    }
    match scheme {
        "https" => {}
        "http" if is_loopback(authority.host()) => {}
        "http" => {
            return Err(malformed(
                "is not encrypted, so the token could be read on its way",
            ));
        }
        _ => return Err(malformed("is no https address")),
    }
    let path = uri.path().trim_end_matches('/').to_owned();
    let origin = format!("{scheme}://{authority}")
        .parse()
        .map_err(|_| malformed("is malformed"))?;
    Ok((origin, path))
}

/// Tells whether what is sent to a host stays on this machine.
fn is_loopback(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// Makes a prefix of a repository's name: its letters and digits in capitals, from the first letter.
fn prefix_of(repo: &str) -> String {
    let prefix: String = repo
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .skip_while(|own| !own.is_ascii_alphabetic())
        .take(MAX_PREFIX)
        .map(|own| own.to_ascii_uppercase())
        .collect();
    if prefix.is_empty() {
        "ITEM".to_owned()
    } else {
        prefix
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(api: &str) -> Result<Checked, Error> {
        let mut settings = Settings::new("acme", "vsme", Credential::Token("x".into()));
        settings.api = api.to_owned();
        Checked::of(&settings)
    }

    #[test]
    fn addresses_are_taken_apart_into_origin_rest_and_graphql() {
        for (api, origin, repository, graphql) in [
            (
                API,
                "https://api.github.com/",
                "/repos/acme/vsme",
                "/graphql",
            ),
            (
                "https://git.acme.eu/api/v3/",
                "https://git.acme.eu/",
                "/api/v3/repos/acme/vsme",
                "/api/graphql",
            ),
            (
                "http://127.0.0.1:4000",
                "http://127.0.0.1:4000/",
                "/repos/acme/vsme",
                "/graphql",
            ),
        ] {
            let own = checked(api).unwrap();
            assert_eq!(
                (own.origin.to_string(), own.repository, own.graphql),
                (origin.to_owned(), repository.to_owned(), graphql.to_owned())
            );
        }
    }

    #[test]
    fn addresses_that_would_lose_the_token_are_refused() {
        for (api, why) in [
            ("api.github.com", "no whole address"),
            ("ftp://api.github.com", "no https"),
            ("http://git.acme.eu/api/v3", "not encrypted"),
            ("https://me:secret@git.acme.eu/api/v3", "has a user"),
            ("https://git.acme.eu/api/v3?x=1", "has a query"),
            ("https://git acme.eu", "malformed"),
        ] {
            let refused = checked(api).unwrap_err().to_string();
            assert!(refused.contains(why), "{api}: {refused}");
        }
    }

    #[test]
    fn prefixes_are_made_of_the_repositorys_name() {
        for (repo, prefix) in [
            ("vsme", "VSME"),
            ("my-very_long.repository", "MYVERYLONG"),
            ("3d-viewer", "DVIEWER"),
            ("123", "ITEM"),
        ] {
            assert_eq!(prefix_of(repo), prefix);
        }
    }

    #[test]
    fn names_that_would_be_another_path_are_refused() {
        for (owner, repo) in [
            ("a/b", "c"),
            ("", "c"),
            ("a", ".."),
            ("a", "c?x"),
            ("a", "c%2f"),
        ] {
            let settings = Settings::new(owner, repo, Credential::Token("x".into()));
            assert!(matches!(Checked::of(&settings), Err(Error::Refused(_))));
        }
    }

    #[test]
    fn secrets_are_not_in_what_is_printed_of_settings() {
        let settings = Settings::new("a", "b", Credential::Token("ghp_secret".into()));
        assert!(!format!("{settings:?}").contains("ghp_secret"));
    }
}
