//! What `init` and `doctor` ask: what is this key good for, and what is still missing.

use trail_port::tracker::{Error, User};

use crate::people::{GUEST, MEMBER};
use crate::plane::{Plane, user};

/// What an account may do in the project, and who else is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rights {
    /// The account of the key.
    pub account: User,
    /// The project: its name, and the identifier its keys begin with.
    pub project: String,
    /// The account's role in the project, as Plane numbers them: 20 admin, 15 member, 5 guest.
    pub role: Option<u8>,
    /// The other members of the project. Each of them, guests included, may edit and delete every
    /// comment by the API: whoever is nobody you know should not be there.
    pub strangers: Vec<User>,
    /// What Trail needs, and whether the account has it.
    pub permissions: Vec<Right>,
}

/// Something an account must be able to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Right {
    /// What it is called.
    pub name: &'static str,
    /// Whether the account has it; none if Plane does not tell without trying.
    pub granted: Option<bool>,
    /// What Trail needs it for.
    pub needed_for: &'static str,
    /// What somebody must do to grant it.
    pub how_to_grant: String,
}

impl Plane {
    /// Makes the labels that are not there yet, each given by name, colour (`#rrggbb`) and
    /// description, and returns the names of those it made.
    ///
    /// # Errors
    /// As the port says; [`Error::Denied`] if the account may not make labels.
    pub async fn ensure_labels(&self, labels: &[(&str, &str, &str)]) -> Result<Vec<String>, Error> {
        let there = self.labels().await?;
        let mut made = Vec::new();
        for (name, color, description) in labels {
            if there.iter().any(|own| own.name == *name) {
                continue;
            }
            let (_, new) = self.make_label(name, color, description).await?;
            if new {
                made.push((*name).to_owned());
            }
        }
        Ok(made)
    }

    /// Returns those of `names` that are no labels of the project.
    ///
    /// # Errors
    /// As the port says.
    pub async fn missing_labels(&self, names: &[&str]) -> Result<Vec<String>, Error> {
        let there = self.labels().await?;
        let missing = names
            .iter()
            .filter(|name| there.iter().all(|own| own.name != **name));
        Ok(missing.map(|name| (*name).to_owned()).collect())
    }

    /// Returns what the key's account may do in the project.
    ///
    /// # Errors
    /// [`Error::Denied`] if the key is refused, [`Error::NotFound`] or [`Error::Denied`] if there is
    /// no such workspace or project for it, and as the port says.
    pub async fn rights(&self) -> Result<Rights, Error> {
        let account = self.read_me().await?;
        let project = self.read_project().await?;
        let role = project.member_role;
        let strangers = self
            .project_members()
            .await?
            .iter()
            .filter(|own| own.id != account.id.as_str())
            .map(user)
            .collect();
        let sees_roles = match self.workspace_members().await {
            Ok(_) => Some(true),
            Err(failed) => match failed.into_error("the workspace's members") {
                Error::Denied(_) => Some(false),
                _ => None,
            },
        };
        let states = self.states().await?;
        let waits = states.iter().any(|own| {
            crate::vocabulary::state_of(&own.group, &own.name)
                == Some(trail_port::tracker::State::Waiting)
        });
        let at_least = |least: u8| role.map(|role| role >= least);
        let as_member = format!(
            "an admin of the project makes {} a Member under Project settings, Members",
            account.login
        );
        let right = |name, granted, needed_for, how_to_grant: &str| Right {
            name,
            granted,
            needed_for,
            how_to_grant: how_to_grant.to_owned(),
        };
        let permissions = vec![
            right(
                "read work items and comments",
                at_least(GUEST),
                "everything",
                &as_member,
            ),
            right(
                "write comments",
                at_least(GUEST),
                "sealed entries, and what humans say by the command line",
                &as_member,
            ),
            right(
                "set labels and states, make items",
                at_least(MEMBER),
                "showing where an item stands, and filing",
                &as_member,
            ),
            right(
                "see roles in the workspace",
                sees_roles,
                "hearing only members at a gate, never guests",
                &format!(
                    "an admin of the workspace makes {} a Member under Workspace settings, Members",
                    account.login
                ),
            ),
            right(
                "a started state named like \"Waiting\"",
                Some(waits),
                "showing on the board that an item waits for a human; without it such an item is \
                 shown as in progress",
                "an admin of the project adds it under Project settings, States, group Started",
            ),
        ];
        Ok(Rights {
            account,
            project: format!("{} ({})", project.name, project.identifier),
            role,
            strangers,
            permissions,
        })
    }
}
