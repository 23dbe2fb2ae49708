//! Accounts. Plane shows the workspace's members with their roles and the project's without.

use trail_port::tracker::{Error, User};
use trail_record::UserId;

use crate::http::Failed;
use crate::plane::{Plane, user};
use crate::wire::Member;

/// The roles of a workspace (`ROLE` in Plane).
pub(crate) const GUEST: u8 = 5;
pub(crate) const MEMBER: u8 = 15;
pub(crate) const ADMIN: u8 = 20;

impl Plane {
    /// Returns the members of the workspace with their roles; guests may not ask.
    pub(crate) async fn workspace_members(&self) -> Result<Vec<Member>, Failed> {
        let path = ["workspaces", self.http().workspace(), "members"];
        Ok(self.http().get::<Vec<Member>>(&path, &[]).await?.body)
    }

    /// Returns the members of the project.
    pub(crate) async fn project_members(&self) -> Result<Vec<Member>, Error> {
        let path = self.in_project(&["members"]).await?;
        let answer = self.http().get::<Vec<Member>>(&path, &[]).await;
        let answer = answer.map_err(|failed| failed.into_error("the project's members"))?;
        Ok(answer.body)
    }

    /// Returns the account with this id, display name or address.
    pub(crate) async fn find_user(&self, login_or_id: &str) -> Result<User, Error> {
        let missing = || Error::NotFound(format!("account {login_or_id:?}"));
        if login_or_id.trim().is_empty() {
            return Err(missing());
        }
        let all = match self.workspace_members().await {
            Ok(all) => all,
            Err(_) => self.project_members().await?,
        };
        if let Some(member) = all.iter().find(|own| own.id == login_or_id) {
            return Ok(user(member));
        }
        let mail = |own: &Member| own.email.as_deref() == Some(login_or_id);
        let named: Vec<&Member> = all
            .iter()
            .filter(|own| own.display_name == login_or_id || mail(own))
            .collect();
        match named.as_slice() {
            [] => Err(missing()),
            [member] => Ok(user(member)),
            // Display names are anybody's to choose.
            several => Err(Error::Refused(format!(
                "{} accounts are called {login_or_id:?}; name one by its id: {}",
                several.len(),
                several
                    .iter()
                    .map(|own| own.id.as_str())
                    .collect::<Vec<_>>()
                    .join(", ")
            ))),
        }
    }

    /// Tells whether an account is in the project and more than a guest in the workspace.
    ///
    /// Both lists are read afresh. Plane does not tell an account's role in the project, nor that one
    /// was deactivated: whoever is to be heard no more must be taken out of the project or workspace.
    pub(crate) async fn is_full_member(&self, id: &UserId) -> Result<bool, Error> {
        let listed = |all: &[Member]| all.iter().find(|own| own.id == id.as_str()).cloned();
        if listed(&self.project_members().await?).is_none() {
            return Ok(false);
        }
        let all = self.workspace_members().await.map_err(|failed| {
            failed.into_error("the workspace's members, which say who is a guest")
        })?;
        let role = listed(&all).and_then(|own| own.role);
        Ok(matches!(role, Some(MEMBER | ADMIN)))
    }
}
