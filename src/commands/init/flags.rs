//! The flags of `trail init` for trackers of other makers, and the questions in their place.

use trail_record::Persona;

use super::source::{FORM, Given, Source};
use super::{Args, Common, prefix_of};
use crate::config::{self, Filled, ForgeKind, TrackerKind};
use crate::output::usage;

/// What the trackers of other makers take.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "With --tracker github or plane (your own token is TRAIL_TOKEN)")]
pub(crate) struct Flags {
    /// The repository at GitHub whose issues are the items.
    #[arg(long, value_name = "OWNER/REPO")]
    github: Option<String>,
    /// The Plane project whose work items are the items.
    #[arg(long, value_name = "WORKSPACE/PROJECT")]
    plane: Option<String>,
    /// The tracker's address: Plane's, or https://HOST/api/v3 of GitHub Enterprise.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Where a persona's credential is kept, as planner=env:VARIABLE, coder=file:PATH or
    /// tester=app:ID:KEYFILE[:INSTALLATION]; all=... is every persona's. May be repeated.
    #[arg(long = "credential", value_name = "PERSONA=SOURCE")]
    credentials: Vec<Given>,
    /// The login of a human who may approve; by default you. May be repeated.
    #[arg(long = "approver", value_name = "LOGIN")]
    pub(super) approvers: Vec<String>,
    /// The repository at GitHub where pull requests are opened, where the tracker is Plane.
    #[arg(long, value_name = "OWNER/REPO")]
    forge: Option<String>,
    /// The address of its API, if it is not github.com.
    #[arg(long, value_name = "URL", requires = "forge")]
    forge_url: Option<String>,
    /// Where the reviewer's credential there is kept, as SOURCE above.
    #[arg(long, value_name = "SOURCE", requires = "forge")]
    forge_credential: Option<Source>,
    /// The git remote whose refs/trail/* keep large records; by default that of --remote.
    #[arg(long, value_name = "REMOTE")]
    blobs_remote: Option<String>,
    /// A variable that git gets to push there; may be repeated.
    #[arg(long = "blobs-push-env", value_name = "VARIABLE")]
    blobs_push_env: Vec<String>,
    /// Do not ask GraphQL: for stand-ins of GitHub that have none. Then nothing proves who wrote
    /// an item, and each is started by `/start CODE`.
    #[arg(long)]
    no_graphql: bool,
    /// Write the issue templates into the repository as well.
    #[arg(long)]
    pub(super) write_template: bool,
}

/// Refuses flags that mean nothing to the embedded tracker.
pub(super) fn refuse_flags(flags: &Flags) -> anyhow::Result<()> {
    let own = [
        ("--github", flags.github.is_some()),
        ("--plane", flags.plane.is_some()),
        ("--url", flags.url.is_some()),
        ("--credential", !flags.credentials.is_empty()),
        ("--approver", !flags.approvers.is_empty()),
        ("--forge", flags.forge.is_some()),
        ("--blobs-remote", flags.blobs_remote.is_some()),
        ("--blobs-push-env", !flags.blobs_push_env.is_empty()),
        ("--no-graphql", flags.no_graphql),
        ("--write-template", flags.write_template),
    ];
    match own.iter().find(|(_, given)| *given) {
        None => Ok(()),
        Some((flag, _)) => Err(usage(
            format!("{flag} means nothing to the embedded tracker"),
            "add --tracker github or --tracker plane",
        )),
    }
}

/// Asks for what no flag says.
pub(super) fn fill_in(kind: TrackerKind, args: Args, common: Common) -> anyhow::Result<Filled> {
    let (ask, own) = (common.ask, args.foreign);
    let pair = |text: &str, what: &str| match text.trim().split_once('/') {
        Some((first, second)) if !first.is_empty() && !second.is_empty() => {
            Ok((first.to_owned(), second.trim_end_matches('/').to_owned()))
        }
        _ => Err(usage(
            format!("{text:?} is no {what}"),
            format!("write it as {what}"),
        )),
    };
    let mut tracker = config::Tracker {
        kind,
        ..config::Tracker::default()
    };
    let (other, flag) = match kind {
        TrackerKind::Github => (&own.plane, "--plane"),
        TrackerKind::Plane | TrackerKind::Embedded => (&own.github, "--github"),
    };
    if other.is_some() {
        return Err(usage(
            format!("{flag} does not fit --tracker {}", kind.as_str()),
            "give one of them",
        ));
    }
    let prefix = match kind {
        TrackerKind::Github | TrackerKind::Embedded => {
            let flag = "--github OWNER/REPO";
            let text = ask.must("Repository at GitHub (OWNER/REPO)", own.github, flag)?;
            (tracker.github.owner, tracker.github.repo) = pair(&text, "OWNER/REPO")?;
            tracker.github.graphql = !own.no_graphql;
            tracker.url = own.url.unwrap_or_default();
            let default = prefix_of(&tracker.github.repo);
            ask.or("Item keys begin with", args.prefix, default)?
        }
        TrackerKind::Plane => {
            tracker.url = ask.must("Plane's address", own.url, "--url URL")?;
            let flag = "--plane WORKSPACE/PROJECT";
            let text = ask.must("Plane project (WORKSPACE/PROJECT)", own.plane, flag)?;
            (tracker.plane.workspace, tracker.plane.project) = pair(&text, "WORKSPACE/PROJECT")?;
            // Plane names its items itself.
            tracker.plane.project.clone()
        }
    };
    let mut forge = config::Forge {
        base: common.filled.base.clone(),
        ..config::Forge::default()
    };
    if let Some(text) = own.forge {
        let (owner, repo) = pair(&text, "OWNER/REPO")?;
        forge.kind = Some(ForgeKind::GitHub);
        (forge.owner, forge.repo, forge.url) = (Some(owner), Some(repo), own.forge_url);
        if let Some(source) = &own.forge_credential {
            let settings = source.settings();
            forge.token_env = settings.token_env;
            forge.token_file = settings.token_file;
            forge.app_id = settings.app_id;
            forge.app_key_file = settings.app_key_file;
            forge.installation = settings.installation;
        }
    }
    let mut personas = config::Personas::default();
    for persona in Persona::ALL {
        let given = own.credentials.iter().rev();
        let given = given
            .clone()
            .find(|own| own.persona == Some(persona))
            .or_else(|| {
                let mut all = given.clone();
                all.find(|own| own.persona.is_none())
            });
        let source = match given {
            Some(given) => given.source.clone(),
            None => ask
                .must(
                    &format!("The {persona}'s credential ({FORM})"),
                    None,
                    &format!("--credential {persona}=SOURCE"),
                )?
                .parse()
                .map_err(|why: String| usage(why, "try again"))?,
        };
        *personas.of_mut(persona) = source.settings();
    }
    let remote = common
        .filled
        .remote
        .clone()
        .or_else(|| origin(&common.repository));
    Ok(Filled {
        prefix,
        // The tracker says which project it carries; until then this stands for it.
        project: "project".to_owned(),
        remote,
        tracker,
        forge,
        blobs: config::Blobs {
            kind: None,
            remote: own.blobs_remote,
            push_env: own.blobs_push_env,
        },
        personas,
        ..common.filled
    })
}

/// Returns `origin` if the repository has such a remote.
fn origin(repository: &std::path::Path) -> Option<String> {
    let mut git = std::process::Command::new("git");
    git.arg("-C").arg(repository).args(["remote"]);
    let remotes = git.output().ok()?;
    let remotes = String::from_utf8_lossy(&remotes.stdout).into_owned();
    let found = remotes.lines().any(|name| name == "origin");
    found.then(|| "origin".to_owned())
}
