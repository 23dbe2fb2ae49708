//! The accounts of a tracker of another maker: who they are, what they may do, what is missing.
//!
//! `trail init` looks before anything is made, `trail doctor` at any later time.

mod reach;
mod rights;

use std::sync::Arc;

use secrecy::ExposeSecret as _;
use trail_port::Tracker;
use trail_port::tracker::User;
use trail_record::trust::Trust;
use trail_record::{Persona, ProjectId, UserId};

use crate::check::Checks;
use crate::cli::Global;
use crate::config::TrackerKind;
use crate::setup::{self, Setup};
use crate::wire::{self, Account, Place, Proof};

use rights::Rights;

/// What was seen of the accounts.
#[derive(Default)]
pub(crate) struct Examined {
    /// The person's own.
    pub(crate) me: Option<User>,
    /// The personas' whose credentials are on this machine.
    pub(crate) personas: Vec<(Persona, User)>,
    /// The project that the tracker carries.
    pub(crate) project: Option<ProjectId>,
    /// The other accounts that may change comments, where the tracker lets every member.
    others: Vec<User>,
    /// The tracker as each account that works reaches it; the person's own first.
    trackers: Vec<Arc<dyn Tracker>>,
}

impl Examined {
    /// Asks whether an account is a full member, as whichever account is told: GitHub answers only
    /// those who may push.
    pub(crate) async fn is_member(&self, user: &UserId) -> anyhow::Result<bool> {
        let mut last = None;
        for tracker in &self.trackers {
            match tracker.is_member(user).await {
                Ok(member) => return Ok(member),
                Err(error) => last = Some(error),
            }
        }
        match last {
            Some(error) => Err(error.into()),
            None => anyhow::bail!("no credential works by which the tracker could be asked"),
        }
    }

    /// Returns the tracker as any account reaches it.
    pub(crate) fn tracker(&self) -> Option<&dyn Tracker> {
        self.trackers.first().map(AsRef::as_ref)
    }
}

/// Looks at the tracker, the person's own account, each persona's and the forge's.
pub(crate) async fn examine(
    setup: &Setup,
    global: &Global,
    trust: Option<&Trust>,
    checks: &mut Checks,
) -> Examined {
    let mut examined = Examined::default();
    if !reach::server(setup, checks).await {
        return examined;
    }
    own(setup, global, trust, &mut examined, checks).await;
    for persona in Persona::ALL {
        let place = wire::place_of(setup, persona);
        if trust.is_some() && !place.is_here() {
            let name = format!("{persona}'s credential");
            checks.note(
                &name,
                format!("{place} is not here; its worker runs elsewhere"),
            );
            continue;
        }
        if let Some(user) = one(setup, persona, trust, &mut examined, checks).await {
            examined.personas.push((persona, user));
        }
    }
    forge(setup, checks).await;
    exposed(setup, global, checks);
    examined
}

/// The person's own account, and what it shows of the place.
async fn own(
    setup: &Setup,
    global: &Global,
    trust: Option<&Trust>,
    examined: &mut Examined,
    checks: &mut Checks,
) {
    let name = "your token";
    match setup::human_token(global) {
        Ok(Some(_)) => {}
        Ok(None) => {
            checks.note(
                name,
                "TRAIL_TOKEN is not set; filing and approving from here need it, the tracker's own pages do not",
            );
            return;
        }
        Err(error) => {
            checks.finding(name, format!("{error:#}"), "mend the token file");
            return;
        }
    }
    let seen = async {
        let account = wire::own_account(setup, global)?;
        let rights = Rights::of(&account).await?;
        let project = account.tracker().project().await?;
        anyhow::Ok((account, rights, project))
    };
    let help = reach::token_help(setup, "TRAIL_TOKEN");
    let Some((account, rights, project)) = checks.take_as(name, seen.await, &help) else {
        return;
    };
    examined.trackers.push(account.tracker());
    let user = &rights.user;
    let may = match trust.map(|trust| trust.approver(&user.id).is_some()) {
        Some(true) => ", who may approve",
        Some(false) => ", who may not approve",
        None => "",
    };
    checks.ok(
        name,
        format!("belongs to {} ({}){may}", user.login, user.id),
    );
    rights.tell_place(checks);
    examined.others.extend(rights.others);
    examined.me = Some(rights.user);
    examined.project = Some(project);
}

/// One persona's account.
async fn one(
    setup: &Setup,
    persona: Persona,
    trust: Option<&Trust>,
    examined: &mut Examined,
    checks: &mut Checks,
) -> Option<User> {
    let name = format!("{persona}'s credential");
    let seen = async {
        let proof = wire::proof_of(setup, persona)?;
        let account = Account::new(setup, proof, None)?;
        let rights = Rights::of(&account).await?;
        let project = account.tracker().project().await?;
        anyhow::Ok((account, rights, project))
    };
    let place = wire::place_of(setup, persona).to_string();
    let help = reach::token_help(setup, &place);
    let (account, rights, project) = checks.take_as(&name, seen.await, &help)?;
    examined.trackers.push(account.tracker());
    let user = rights.user.clone();
    let trusted = trust.and_then(|trust| trust.persona(persona));
    match trusted {
        Some(trusted) if trusted.account != user.id => checks.finding(
            &name,
            format!(
                "belongs to {} ({}), the trust document says account {}",
                user.login, user.id, trusted.account
            ),
            format!(
                "put the trusted account's credential into {}",
                wire::place_of(setup, persona)
            ),
        ),
        Some(_) | None => checks.ok(&name, format!("belongs to {} ({})", user.login, user.id)),
    }
    rights.tell_permissions(setup, persona, checks);
    if examined.project.is_none() {
        // Nobody else has told of the place yet.
        rights.tell_place(checks);
    }
    examined.others.extend(rights.others);
    examined.project.get_or_insert(project);
    if examined.me.as_ref().is_some_and(|me| me.id == user.id) {
        checks.finding(
            &name,
            format!(
                "this is your own account, {}: an account that serves a persona never approves",
                user.login
            ),
            "give the persona an account of its own; at GitHub an App is one",
        );
    }
    Some(user)
}

/// Says where several personas share an account.
pub(crate) fn sharing(personas: &[(Persona, User)], checks: &mut Checks) {
    let mut told: Vec<&User> = Vec::new();
    for (_, user) in personas {
        if told.iter().any(|own| own.id == user.id) {
            continue;
        }
        told.push(user);
        let sharing: Vec<&str> = personas
            .iter()
            .filter(|(_, other)| other.id == user.id)
            .map(|(persona, _)| persona.as_str())
            .collect();
        if sharing.len() > 1 {
            checks.note(
                "accounts",
                format!(
                    "{} share account {} ({}): the tracker does not tell them apart, only their keys do; every report says so",
                    sharing.join(", "),
                    user.login,
                    user.id
                ),
            );
        }
    }
}

/// Says who else may change comments: neither persona nor approver, nor whoever asks.
pub(crate) fn strangers(examined: &Examined, approvers: &[UserId], checks: &mut Checks) {
    let known = |user: &User| {
        approvers.contains(&user.id)
            || examined.me.as_ref().is_some_and(|me| me.id == user.id)
            || examined.personas.iter().any(|(_, own)| own.id == user.id)
    };
    let mut names: Vec<String> = examined
        .others
        .iter()
        .filter(|user| !known(user))
        .map(|user| format!("{} ({})", user.login, user.id))
        .collect();
    names.sort();
    names.dedup();
    if !names.is_empty() {
        checks.note(
            "members",
            format!(
                "neither personas nor approvers: {}; the tracker lets every member, guests too, change and delete comments, which is found but cannot be prevented: keep out who does not belong",
                names.join(", ")
            ),
        );
    }
}

/// Tells whether an account may be listed as an approver; says why not.
pub(crate) async fn may_approve(user: &User, examined: &Examined, checks: &mut Checks) -> bool {
    let name = format!("approver {}", user.login);
    let serves = examined.personas.iter().find(|(_, own)| own.id == user.id);
    if let Some((persona, _)) = serves {
        checks.finding(
            &name,
            format!("the account serves the {persona}, and such an account never approves"),
            "name a human's account with --approver, or give the persona an account of its own",
        );
        return false;
    }
    if user.bot {
        checks.finding(
            &name,
            "the tracker says that this account serves a program",
            "name a human's account with --approver",
        );
        return false;
    }
    let member = examined.is_member(&user.id).await;
    let help = "try again; nothing is taken for granted where the tracker does not answer";
    match checks.take(&name, member, help) {
        Some(true) => {
            checks.ok(&name, format!("{} is a member", user.id));
            true
        }
        Some(false) => {
            checks.finding(
                &name,
                format!(
                    "{} is no full member here, so its word would not count",
                    user.id
                ),
                "have the account made a member that may write, not an outsider or guest",
            );
            false
        }
        None => false,
    }
}

/// The credential by which pull requests are opened, where it is not the reviewer's at the tracker.
async fn forge(setup: &Setup, checks: &mut Checks) {
    if wire::forge_is_tracker(setup) {
        return;
    }
    let name = "forge's credential";
    match wire::forge_client(setup, None) {
        Ok(None) => {}
        Ok(Some(forge)) => {
            let rights = Rights::of(&Account::GitHub(forge)).await;
            let help = "put a token that may write pull requests there";
            if let Some(rights) = checks.take(name, rights, help) {
                let (user, place) = (&rights.user, &rights.place);
                checks.ok(
                    name,
                    format!("belongs to {} ({}) and sees {place}", user.login, user.id),
                );
                rights.tell_place(checks);
                rights.tell_forge(checks);
            }
        }
        Err(error) => {
            let place = wire::forge_place(setup).map_or_else(String::new, |own| own.to_string());
            checks.finding(name, format!("{error:#}"), format!("mend {place}"));
        }
    }
}

/// Whether a worker could read the person's token.
fn exposed(setup: &Setup, global: &Global, checks: &mut Checks) {
    let Ok(Some(token)) = setup::human_token(global) else {
        return;
    };
    let name = "your token";
    for persona in Persona::ALL {
        let proof = wire::proof_of(setup, persona);
        let same =
            matches!(&proof, Ok(Proof::Token(own)) if own.expose_secret() == token.expose_secret());
        if same {
            checks.finding(
                name,
                format!("it is the {persona}'s as well: its worker could approve as you"),
                format!("make another for the {persona}, under an account of its own"),
            );
        }
    }
    let Some(path) = &global.token_file else {
        return;
    };
    let (shown, root) = (path.display(), setup.layout.root());
    let inside = std::path::absolute(path).is_ok_and(|path| path.starts_with(root));
    if inside {
        checks.finding(
            name,
            format!("{shown} lies in the set-up directory, where workers read"),
            "move it to a folder of yours, or set TRAIL_TOKEN only while you need it",
        );
    } else if same_owner(path, setup) {
        checks.note(
            name,
            format!("{shown} belongs to the user whose workers these are, so that they could read it: run workers as a user of their own"),
        );
    }
}

/// Tells whether a file belongs to the user to whom the personas' keys belong.
fn same_owner(path: &std::path::Path, setup: &Setup) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let owner = |path: &std::path::Path| std::fs::metadata(path).map(|own| own.uid()).ok();
    let keys = owner(&setup.layout.keys());
    keys.is_some() && owner(path) == keys
}

/// Returns the files in which credentials are kept.
pub(crate) fn files(setup: &Setup) -> Vec<std::path::PathBuf> {
    let places = Persona::ALL.map(|persona| wire::place_of(setup, persona));
    let places = places.into_iter().chain(wire::forge_place(setup));
    let files = places.filter_map(|place| place.file().map(std::path::Path::to_owned));
    files.collect()
}

/// Returns the variables in which credentials are kept, with the persona each belongs to.
pub(crate) fn variables(setup: &Setup) -> Vec<(Persona, String)> {
    let own = Persona::ALL.map(|persona| (persona, wire::place_of(setup, persona)));
    let forge = wire::forge_place(setup).map(|place| (Persona::Reviewer, place));
    own.into_iter()
        .chain(forge)
        .filter_map(|(persona, place)| match place {
            Place::Variable(name) => Some((persona, name)),
            Place::File(_) => None,
        })
        .collect()
}

/// Tells whether the set-up has a tracker of another maker.
pub(crate) fn is_foreign(setup: &Setup) -> bool {
    match setup.config.tracker.kind {
        TrackerKind::Embedded => false,
        TrackerKind::Github | TrackerKind::Plane => true,
    }
}
