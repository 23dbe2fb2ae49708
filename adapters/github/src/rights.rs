//! What an identity may do in the repository, told before anything fails.

use std::collections::BTreeMap;

use http::HeaderMap;
use trail_port::tracker::{Error, User};

use crate::auth::Auth;
use crate::transport::Ask;
use crate::{GitHub, name, wire};

/// What an identity may do in the repository, as far as can be known without writing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rights {
    /// The account.
    pub account: User,
    /// The repository, `OWNER/REPO`, as GitHub calls it now.
    pub repository: String,
    /// Whether only its members see it.
    pub private: bool,
    /// Whether it is read-only.
    pub archived: bool,
    /// Whether it has issues at all.
    pub issues_enabled: bool,
    /// What Trail needs, and whether it is granted.
    pub permissions: Vec<Right>,
}

/// One permission that Trail needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Right {
    /// Its name on GitHub, such as `issues: write`.
    pub name: String,
    /// Whether it is granted; none if only a write would tell.
    pub granted: Option<bool>,
    /// What it is needed for.
    pub needed_for: String,
    /// How to grant it.
    pub how_to_grant: String,
}

/// The permissions that Trail needs: GitHub's name, the level, what for.
const NEEDED: [(&str, &str, &str); 4] = [
    (
        "metadata",
        "read",
        "finding the repository and the roles of its people",
    ),
    (
        "issues",
        "write",
        "comments, labels and states of items (every persona)",
    ),
    (
        "contents",
        "write",
        "pushing branches and sharing blobs (coder, reviewer)",
    ),
    ("pull_requests", "write", "opening pull requests (reviewer)"),
];

/// What kind of credentials these are, and what they were given.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Granted {
    /// An App's installation says it exactly.
    App(BTreeMap<String, String>),
    /// A classic token says its scopes.
    Classic(Vec<String>),
    /// A fine-grained token says nothing; what reading showed.
    Fine(BTreeMap<String, bool>),
}

impl GitHub {
    /// Tells what this identity may do, as far as can be known without writing.
    ///
    /// # Errors
    /// As the Tracker port says, if the account or the repository cannot be asked for.
    pub async fn rights(&self) -> Result<Rights, Error> {
        let account = self.who().await?;
        let what = format!(
            "repository {}/{}",
            self.inner.settings.owner, self.inner.settings.repo
        );
        let answer = self.http().fetch(&Ask::get(self.path(""), what)).await?;
        let repository: wire::Repository = answer.json()?;
        let granted = match self.http().granted().await? {
            Some(permissions) => Granted::App(permissions),
            None => match scopes(&answer.headers) {
                Some(scopes) => Granted::Classic(scopes),
                None => Granted::Fine(self.readable().await?),
            },
        };
        let mut permissions = permissions(&granted, &repository);
        permissions.push(self.sees_roles(&account.login).await?);
        Ok(Rights {
            permissions,
            account: account.user(),
            private: repository.private,
            archived: repository.archived,
            issues_enabled: repository.has_issues,
            repository: repository.full_name,
        })
    }

    /// Tells whether this identity is told what role somebody has; asked about itself.
    async fn sees_roles(&self, login: &str) -> Result<Right, Error> {
        let path = self.path(&format!(
            "/collaborators/{}/permission",
            name::escaped(login)
        ));
        let granted = match self
            .http()
            .fetch(&Ask::get(path, "the role of this account"))
            .await
        {
            Ok(_) => Some(true),
            Err(failure) if matches!(failure.error, Error::Denied(_)) => Some(false),
            // GitHub knows no role of an App's own account; of people's it may.
            Err(failure) if failure.status.is_some() => None,
            Err(failure) => return Err(failure.into()),
        };
        Ok(Right {
            name: "roles of people: read".to_owned(),
            granted,
            needed_for: "telling who may be heard at a gate (every persona)".to_owned(),
            how_to_grant: if self.is_app() {
                "in the GitHub App's settings, Permissions & events, Repository permissions: set \
                 metadata to read"
                    .to_owned()
            } else {
                role_missing("contents")
            },
        })
    }

    /// Tells what a token can at least read.
    async fn readable(&self) -> Result<BTreeMap<String, bool>, Error> {
        let mut readable = BTreeMap::new();
        for (name, path) in [
            ("issues", "/issues?per_page=1"),
            ("pull_requests", "/pulls?per_page=1"),
            ("contents", "/commits?per_page=1"),
        ] {
            match self.http().fetch(&Ask::get(self.path(path), name)).await {
                Ok(_) => {
                    readable.insert(name.to_owned(), true);
                }
                Err(failure) if matches!(failure.error, Error::Denied(_)) => {
                    readable.insert(name.to_owned(), false);
                }
                // An empty repository has no commits, one without issues no list of them.
                Err(failure) if failure.status.is_some() => {}
                Err(failure) => return Err(failure.into()),
            }
        }
        Ok(readable)
    }

    /// Tells whether this identity is a GitHub App.
    #[must_use]
    pub fn is_app(&self) -> bool {
        matches!(self.http().auth, Auth::App(_))
    }
}

/// Reads the scopes of a classic token; fine-grained tokens and Apps have no such header.
fn scopes(headers: &HeaderMap) -> Option<Vec<String>> {
    let text = headers.get("x-oauth-scopes")?.to_str().ok()?;
    Some(
        text.split(',')
            .map(|own| own.trim().to_owned())
            .filter(|own| !own.is_empty())
            .collect(),
    )
}

/// Tells of each permission whether it is granted and how to grant it.
fn permissions(granted: &Granted, repository: &wire::Repository) -> Vec<Right> {
    NEEDED
        .iter()
        .map(|(name, level, needed_for)| {
            let by_role = repository.permissions.map(|roles| has_role(roles, name));
            let words = name.replace('_', " ");
            let title = format!("{words}: {level}");
            let (granted, how_to_grant) = match granted {
                Granted::App(permissions) => {
                    let own = permissions.get(*name).map_or("", String::as_str);
                    let enough = own == "write" || own == "admin" || own == *level;
                    let how = format!(
                        "in the GitHub App's settings, Permissions & events, Repository \
                         permissions: set {words} to {level}; then accept it for the installation"
                    );
                    (Some(enough), how)
                }
                Granted::Classic(scopes) => {
                    let has = |scope: &str| scopes.iter().any(|own| own == scope);
                    let enough = has("repo") || (has("public_repo") && !repository.private);
                    let enough = enough || (*level == "read" && !repository.private);
                    let scope = if repository.private { "repo" } else { "public_repo" };
                    let how = if enough {
                        role_missing(name)
                    } else {
                        format!("make a classic token with the scope {scope}, or better a fine-grained one")
                    };
                    (Some(enough && by_role.unwrap_or(true)), how)
                }
                Granted::Fine(readable) => {
                    let granted = match (by_role, readable.get(*name)) {
                        (Some(false), _) | (_, Some(false)) => Some(false),
                        // The repository itself was read.
                        _ if *level == "read" => Some(true),
                        // Reading shows nothing about writing; a role limits tokens, no more.
                        _ => None,
                    };
                    let how = match by_role {
                        Some(false) => role_missing(name),
                        Some(true) | None => format!(
                            "edit the fine-grained token, Repository permissions: set {words} to {level}"
                        ),
                    };
                    (granted, how)
                }
            };
            Right {
                name: title,
                granted,
                needed_for: (*needed_for).to_owned(),
                how_to_grant,
            }
        })
        .collect()
}

/// Tells whether an account's role lets it do what a permission is for.
fn has_role(roles: wire::Roles, permission: &str) -> bool {
    let push = roles.push || roles.maintain || roles.admin;
    match permission {
        "metadata" => roles.pull || roles.triage || push,
        // Anybody may comment; labels and states need triage.
        "issues" => roles.triage || push,
        _ => push,
    }
}

fn role_missing(permission: &str) -> String {
    let role = match permission {
        "metadata" => "read",
        "issues" => "triage",
        _ => "write",
    };
    format!(
        "in the repository's settings, Collaborators and teams: give the account the role {role}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository(private: bool, roles: Option<wire::Roles>) -> wire::Repository {
        let mut own: wire::Repository = serde_json::from_value(serde_json::json!({
            "id": 1, "name": "vsme", "full_name": "acme/vsme", "private": private,
            "owner": {"id": 2, "login": "acme"},
        }))
        .unwrap();
        own.permissions = roles;
        own
    }

    fn roles(triage: bool, push: bool) -> Option<wire::Roles> {
        Some(wire::Roles {
            pull: true,
            triage,
            push,
            ..wire::Roles::default()
        })
    }

    #[test]
    fn what_is_granted_is_told_by_kind_of_credentials() {
        let app = |pairs: &[(&str, &str)]| {
            let own = |(name, level): &(&str, &str)| ((*name).to_owned(), (*level).to_owned());
            Granted::App(pairs.iter().map(own).collect())
        };
        let classic = |scopes: &[&str]| {
            Granted::Classic(scopes.iter().map(|own| (*own).to_owned()).collect())
        };
        let fine = |pairs: &[(&str, bool)]| {
            let own = |(name, can): &(&str, bool)| ((*name).to_owned(), *can);
            Granted::Fine(pairs.iter().map(own).collect())
        };
        let (yes, no, unknown) = (Some(true), Some(false), None);
        for (n, (granted, repository, expected)) in [
            (
                app(&[("metadata", "read"), ("issues", "write")]),
                repository(true, None),
                [yes, yes, no, no],
            ),
            (
                app(&[
                    ("metadata", "read"),
                    ("issues", "read"),
                    ("contents", "write"),
                    ("pull_requests", "write"),
                ]),
                repository(true, None),
                [yes, no, yes, yes],
            ),
            (
                classic(&["repo"]),
                repository(true, roles(true, true)),
                [yes, yes, yes, yes],
            ),
            (
                classic(&["repo"]),
                repository(true, roles(true, false)),
                [yes, yes, no, no],
            ),
            (
                classic(&["public_repo"]),
                repository(true, roles(true, true)),
                [no, no, no, no],
            ),
            (
                classic(&["public_repo"]),
                repository(false, roles(true, true)),
                [yes, yes, yes, yes],
            ),
            (
                classic(&[]),
                repository(false, roles(true, true)),
                [yes, no, no, no],
            ),
            (
                fine(&[("issues", true), ("pull_requests", false)]),
                repository(true, roles(true, true)),
                [yes, unknown, unknown, no],
            ),
            (
                fine(&[("issues", true)]),
                repository(true, roles(false, false)),
                [yes, no, no, no],
            ),
        ]
        .into_iter()
        .enumerate()
        {
            let rights = permissions(&granted, &repository);
            let told: Vec<_> = rights.iter().map(|own| own.granted).collect();
            assert_eq!(told, expected, "case {n}");
            assert!(rights.iter().all(|own| !own.how_to_grant.is_empty()));
        }
    }
}
