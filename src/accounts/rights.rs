//! What an account may do, as both trackers tell it.

use trail_port::tracker::User;
use trail_record::Persona;

use crate::check::Checks;
use crate::setup::Setup;
use crate::wire::{self, Account};

/// What an account may do, and what it sees of the place.
#[derive(Debug, Clone)]
pub(super) struct Rights {
    /// Who it is.
    pub(super) user: User,
    /// The repository or project, for people.
    pub(super) place: String,
    /// What is to be said of the place.
    about: Vec<About>,
    permissions: Vec<Permission>,
    /// The other accounts that may change comments there, where the tracker lets every member.
    pub(super) others: Vec<User>,
    /// What would be better, and stops nothing.
    wishes: Vec<String>,
}

/// Something about the place: as it should be, or what to do.
#[derive(Debug, Clone)]
struct About {
    name: &'static str,
    detail: String,
    help: Option<&'static str>,
}

#[derive(Debug, Clone)]
struct Permission {
    name: String,
    /// None if it cannot be known without trying.
    granted: Option<bool>,
    needed_for: String,
    how_to_grant: String,
}

impl Rights {
    /// Asks the tracker.
    pub(super) async fn of(account: &Account) -> anyhow::Result<Self> {
        match account {
            Account::Embedded(own) => {
                use trail_port::Tracker as _;
                Ok(Self {
                    user: own.me().await?,
                    place: own.project().await?.to_string(),
                    about: Vec::new(),
                    permissions: Vec::new(),
                    others: Vec::new(),
                    wishes: Vec::new(),
                })
            }
            Account::GitHub(own) => Ok(of_github(own.rights().await?)),
            Account::Plane(own) => Ok(of_plane(own.rights().await?)),
        }
    }

    /// Says what is to be said of the place.
    pub(super) fn tell_place(&self, checks: &mut Checks) {
        for about in &self.about {
            match about.help {
                None => checks.ok(about.name, about.detail.clone()),
                Some(help) => checks.finding(about.name, about.detail.clone(), help),
            }
        }
        for wish in &self.wishes {
            checks.note("board", wish.clone());
        }
    }

    /// Says what a persona lacks.
    pub(super) fn tell_permissions(&self, setup: &Setup, persona: Persona, checks: &mut Checks) {
        let name = format!("{persona}'s rights");
        let forge = persona == Persona::Reviewer && wire::forge_is_tracker(setup);
        // git pushes with a credential of its own; only who opens the pull request needs that right.
        let needed = |own: &&Permission| {
            let word = own.name.to_lowercase();
            !word.contains("contents") && (forge || !word.contains("pull"))
        };
        self.tell(&name, needed, checks);
    }

    /// Says what is missing for opening pull requests.
    pub(super) fn tell_forge(&self, checks: &mut Checks) {
        let needed = |own: &&Permission| {
            let word = own.name.to_lowercase();
            word.contains("pull") || word.contains("metadata")
        };
        self.tell("forge's rights", needed, checks);
    }

    fn tell(&self, name: &str, needed: impl Fn(&&Permission) -> bool, checks: &mut Checks) {
        let (mut have, mut unknown) = (Vec::new(), Vec::new());
        let before = checks.findings();
        for own in self.permissions.iter().filter(needed) {
            match own.granted {
                Some(true) => have.push(own.name.as_str()),
                None => unknown.push(own.name.as_str()),
                Some(false) => checks.finding(
                    name,
                    format!(
                        "{} lacks {:?}, needed for {}",
                        self.user.login, own.name, own.needed_for
                    ),
                    own.how_to_grant.clone(),
                ),
            }
        }
        if checks.findings() == before && !have.is_empty() {
            checks.ok(name, have.join(", "));
        }
        if !unknown.is_empty() {
            let words = unknown.join(", ");
            checks.note(
                name,
                format!("the tracker does not say without a try: {words}"),
            );
        }
    }
}

fn of_github(own: trail_github::Rights) -> Rights {
    let sees = if own.private { "private" } else { "public" };
    let mut about = vec![About {
        name: "repository at GitHub",
        detail: format!("{} is visible ({sees})", own.repository),
        help: None,
    }];
    if own.archived {
        about.push(About {
            name: "repository at GitHub",
            detail: format!("{} is archived: nothing can be written", own.repository),
            help: Some("unarchive it in its settings, or name another repository"),
        });
    }
    if !own.issues_enabled {
        about.push(About {
            name: "issues",
            detail: format!("{} has its issues turned off", own.repository),
            help: Some("turn them on: Settings, General, Features, Issues"),
        });
    }
    let permissions = own.permissions.into_iter().map(|own| Permission {
        name: own.name.to_string(),
        granted: own.granted,
        needed_for: own.needed_for.to_string(),
        how_to_grant: own.how_to_grant.to_string(),
    });
    Rights {
        user: own.account,
        place: own.repository,
        about,
        permissions: permissions.collect(),
        others: Vec::new(),
        wishes: Vec::new(),
    }
}

fn of_plane(own: trail_plane::Rights) -> Rights {
    let about = vec![About {
        name: "project at Plane",
        detail: format!("{} is visible", own.project),
        help: None,
    }];
    // What the board lacks is no right of an account, and nothing stops without it.
    let (board, rights): (Vec<_>, Vec<_>) = own
        .permissions
        .into_iter()
        .partition(|own| own.name.starts_with("a started state"));
    let wishes = board
        .into_iter()
        .filter(|own| own.granted == Some(false))
        .map(|own| {
            format!(
                "there is not {}, for {}: {}",
                own.name, own.needed_for, own.how_to_grant
            )
        });
    let wishes = wishes.collect();
    let permissions = rights.into_iter().map(|own| Permission {
        name: own.name.to_string(),
        granted: own.granted,
        needed_for: own.needed_for.to_string(),
        how_to_grant: own.how_to_grant.to_string(),
    });
    Rights {
        user: own.account,
        place: own.project,
        about,
        permissions: permissions.collect(),
        others: own.strangers,
        wishes,
    }
}
