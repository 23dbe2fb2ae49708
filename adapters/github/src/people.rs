//! Accounts: who this is, who somebody is, and who belongs to the repository.

use trail_port::tracker::{Error, User};
use trail_record::UserId;

use crate::auth::Auth;
use crate::failure::Failure;
use crate::transport::Ask;
use crate::{GitHub, name, wire};

impl GitHub {
    /// Asks who this is; fails if the credentials are not accepted any more.
    ///
    /// A token says it by itself. An App is asked for its name, whose account is `NAME[bot]`:
    /// tokens of installations may not ask for their user.
    pub(crate) async fn who(&self) -> Result<wire::Account, Failure> {
        let Auth::App(app) = &self.http().auth else {
            return self
                .http()
                .get(&self.root("/user"), "the account of the token")
                .await;
        };
        let ask = Ask::get(self.root("/app"), "the GitHub App");
        let found: wire::App = self.http().as_app(app, &ask).await?;
        self.by_login(&format!("{}[bot]", found.slug)).await
    }

    /// Returns the account this is, asked for once.
    pub(crate) async fn account(&self) -> Result<&wire::Account, Failure> {
        self.inner.account.get_or_try_init(|| self.who()).await
    }

    async fn by_login(&self, login: &str) -> Result<wire::Account, Failure> {
        let path = self.root(&format!("/users/{}", name::escaped(login)));
        self.http().get(&path, &format!("account {login:?}")).await
    }

    async fn by_id(&self, id: u64) -> Result<wire::Account, Failure> {
        let path = self.root(&format!("/user/{id}"));
        let found: wire::Account = self.http().get(&path, &format!("account {id}")).await?;
        if found.id == id {
            Ok(found)
        } else {
            Err(Error::NotFound(format!("account {id}")).into())
        }
    }

    /// Returns the account with this id or login; what has only digits is an id.
    pub(crate) async fn find_user(&self, login_or_id: &str) -> Result<User, Error> {
        if let Some(id) = name::digits(login_or_id) {
            return Ok(self.by_id(id).await?.user());
        }
        if !name::is_login(login_or_id) {
            return Err(Error::NotFound(format!("account {login_or_id:?}")));
        }
        Ok(self.by_login(login_or_id).await?.user())
    }

    /// Tells whether an account may do more in the repository than everybody: triage, write,
    /// maintain or admin.
    ///
    /// The question is put by login, since GitHub takes nothing else; the answer counts only if it
    /// is about the same id, for logins can be given up and taken by others.
    pub(crate) async fn belongs(&self, user: &UserId) -> Result<bool, Error> {
        let Some(id) = name::digits(user.as_str()) else {
            return Ok(false);
        };
        let account = match self.by_id(id).await {
            Ok(account) => account,
            Err(failure) if failure.is_missing() || matches!(failure.error, Error::NotFound(_)) => {
                return Ok(false);
            }
            Err(failure) => return Err(failure.into()),
        };
        let login = name::escaped(&account.login);
        let path = self.path(&format!("/collaborators/{login}/permission"));
        let what = format!("the role of {} in the repository", account.login);
        match self.http().get::<wire::Collaborator>(&path, &what).await {
            Ok(found) => Ok(is_member(&found, id)),
            Err(failure) if failure.is_missing() => Ok(false),
            Err(failure) => Err(failure.into()),
        }
    }
}

/// Tells whether a role makes a member. Roles that an organisation made itself count as what they
/// are built on; of those built on triage GitHub says only "read", so they do not count.
fn is_member(found: &wire::Collaborator, id: u64) -> bool {
    if found.user.as_ref().is_none_or(|own| own.id != id) {
        return false;
    }
    match found.role_name.as_str() {
        "triage" | "write" | "maintain" | "admin" => true,
        "read" | "none" => false,
        _ => matches!(found.permission.as_str(), "write" | "admin"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_roles_above_reading_make_a_member_and_only_of_the_same_account() {
        for (permission, role, id, member) in [
            ("read", "triage", 7, true),
            ("write", "write", 7, true),
            ("write", "maintain", 7, true),
            ("admin", "admin", 7, true),
            ("admin", "admin", 8, false),
            ("read", "read", 7, false),
            ("none", "none", 7, false),
            ("write", "release-captain", 7, true),
            ("read", "bug-reader", 7, false),
            ("read", "", 7, false),
            ("write", "", 7, true),
            ("", "", 7, false),
        ] {
            let found = serde_json::json!({
                "permission": permission, "role_name": role,
                "user": {"id": id, "login": "maria"},
            });
            let found = serde_json::from_value(found).unwrap();
            assert_eq!(is_member(&found, 7), member, "{permission} {role} {id}");
        }
        let nobody = serde_json::json!({"permission": "admin", "role_name": "admin", "user": null});
        assert!(!is_member(&serde_json::from_value(nobody).unwrap(), 7));
    }
}
