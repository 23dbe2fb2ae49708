//! `trail init --tracker github|plane`: sets Trail up on a tracker that is there already.
//!
//! Everything is looked at first: the person's own account, each persona's, what each may do. Only
//! when nothing is wrong is anything made, the set-up directory last. A second run with the same
//! answers looks again, makes what is missing at the tracker, and changes nothing here.

use serde_json::json;
use trail_port::tracker::User;
use trail_record::trust::Approver;
use trail_record::{Persona, ProjectId, UserId};

use super::source::{FORM, Given, Source};
use super::{Args, Common, flag, missing_model, operator_key, prefix_of};
use crate::accounts::{self, Examined};
use crate::check::{Checks, text};
use crate::cli::Global;
use crate::config::{self, Filled, ForgeKind, TrackerKind, template};
use crate::founding::{Founded, People, Plan, found, refuse_to_overwrite};
use crate::layout::Layout;
use crate::output::{self, Exit, Hinted, usage};
use crate::setup::{self, Setup};
use crate::{labels, template as templates, wire};

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
    approvers: Vec<String>,
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
    write_template: bool,
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

/// Sets Trail up.
pub(super) async fn run(
    global: &Global,
    kind: TrackerKind,
    args: Args,
    common: Common,
) -> anyhow::Result<Exit> {
    if setup::human_token(global)?.is_none() {
        return Err(usage(
            "this looks at the tracker as you and needs your own token",
            "set TRAIL_TOKEN to it, or name its file with --token-file; it is kept nowhere",
        ));
    }
    let write_template = args.foreign.write_template;
    let asked = args.foreign.approvers.clone();
    let repository = common.repository.clone();
    let root = std::path::absolute(&common.root)?;
    let mut filled = fill_in(kind, args, common)?;
    let probe = probe(&root, &filled)?;

    let mut checks = Checks::default();
    let examined = accounts::examine(&probe, global, None, &mut checks).await;
    let approvers = approvers(&asked, &examined, &mut checks).await;
    accounts::sharing(&examined.personas, &mut checks);
    let ids: Vec<UserId> = approvers.iter().map(|own| own.id.clone()).collect();
    accounts::strangers(&examined, &ids, &mut checks);
    if checks.findings() > 0 || examined.personas.len() < Persona::ALL.len() {
        return refused(global, &checks);
    }
    let project = examined.project.as_ref().map(ProjectId::to_string);
    filled.project = project.unwrap_or_default();
    let plan = Plan {
        operator_key: operator_key(global, &filled.project)?,
        root,
        filled,
        people: People::There {
            personas: examined
                .personas
                .iter()
                .map(|(persona, user)| (*persona, user.id.clone()))
                .collect(),
            approvers: approvers.iter().map(approver).collect(),
        },
    };
    let there = Layout::at(&plan.root);
    let made = if there.config().is_file() {
        again(&plan, &there, &mut checks).await?
    } else {
        refuse_to_overwrite(&plan.root, &plan.operator_key)?;
        let mut labels = Vec::new();
        let founded = found(&plan, async |setup| {
            labels = labels::ensure(&wire::own_account(setup, global)?).await?;
            Ok(())
        })
        .await?;
        Made {
            setup: founded.setup.clone(),
            founded: Some(founded),
            labels,
        }
    };
    let made = match made.founded {
        Some(_) => made,
        None => Made {
            labels: labels::ensure(&wire::own_account(&made.setup, global)?).await?,
            ..made
        },
    };
    let templates = if write_template {
        templates::write(&repository, kind)?
    } else {
        Vec::new()
    };
    tell(
        global, &plan, &made, &checks, &approvers, &examined, &templates,
    )
}

/// What a run has made.
struct Made {
    /// The set-up.
    setup: Setup,
    /// Set if it was made now.
    founded: Option<Founded>,
    /// The labels that were missing at the tracker.
    labels: Vec<String>,
}

/// Asks for what no flag says.
fn fill_in(kind: TrackerKind, args: Args, common: Common) -> anyhow::Result<Filled> {
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

/// Returns the set-up as it would be, before anything of it is there.
fn probe(root: &std::path::Path, filled: &Filled) -> anyhow::Result<Setup> {
    let layout = Layout::at(root);
    let text = template(filled);
    let config = config::load_text(&layout.config(), &text, &setup::environment())?;
    Ok(Setup { layout, config })
}

/// Returns the accounts that may approve: those that were named, else the person's own.
async fn approvers(asked: &[String], examined: &Examined, checks: &mut Checks) -> Vec<User> {
    let mut found: Vec<User> = Vec::new();
    let (Some(me), Some(tracker)) = (&examined.me, examined.tracker()) else {
        // Said already: without it the tracker cannot be asked.
        return found;
    };
    let logins: Vec<&str> = match asked {
        [] => vec![me.login.as_str()],
        asked => asked.iter().map(String::as_str).collect(),
    };
    for login in logins {
        let name = format!("approver {login}");
        let user = match login == me.login {
            true => Ok(me.clone()),
            false => tracker.user(login).await.map_err(Into::into),
        };
        let help = "name a login of this tracker with --approver";
        let Some(user) = checks.take(&name, user, help) else {
            continue;
        };
        if found.iter().all(|own| own.id != user.id)
            && accounts::may_approve(&user, examined, checks).await
        {
            found.push(user);
        }
    }
    found
}

fn approver(user: &User) -> Approver {
    Approver {
        id: user.id.clone(),
        name: user.name.clone(),
        simulated: false,
    }
}

/// Says what is in the way; nothing was made.
fn refused(global: &Global, checks: &Checks) -> anyhow::Result<Exit> {
    output::show(global.json, checks.all(), text)?;
    Err(Hinted::new(Exit::Refused, "nothing was made")
        .help("mend what is found above and run the same command again")
        .into())
}

/// Looks whether the set-up that is there is the one that was asked for.
async fn again(plan: &Plan, there: &Layout, checks: &mut Checks) -> anyhow::Result<Made> {
    let setup = Setup::at(there.clone())?;
    let wanted = probe(&plan.root, &plan.filled)?;
    let place = |own: &Setup| {
        let tracker = &own.config.tracker;
        (
            tracker.kind,
            tracker.url.clone(),
            tracker.github.owner.clone(),
            tracker.github.repo.clone(),
            tracker.plane.workspace.clone(),
            tracker.plane.project.clone(),
        )
    };
    if place(&setup) != place(&wanted) {
        return Err(usage(
            format!(
                "{} holds a set-up for another tracker already",
                plan.root.display()
            ),
            "nothing was changed; name another directory with --dir, or move this one away",
        ));
    }
    let set = setup.trust()?;
    let (_, trust) = set.latest();
    let People::There {
        personas,
        approvers,
    } = &plan.people
    else {
        unreachable!("this is the set-up of accounts that are there")
    };
    for (persona, account) in personas {
        let trusted: Option<&UserId> = trust.persona(*persona).map(|own| &own.account);
        if trusted != Some(account) {
            checks.finding(
                &format!("{persona}'s account"),
                format!("the credential belongs to {account}, the trust document names another"),
                "name the credential of the trusted account, or make a new set-up with --dir",
            );
        }
    }
    for own in approvers {
        if trust.approver(&own.id).is_none() {
            checks.finding(
                "approvers",
                format!("{} ({}) is not in the trust document", own.name, own.id),
                "the operator adds people with `trail keys trust --add-approver LOGIN`",
            );
        }
    }
    Ok(Made {
        setup,
        founded: None,
        labels: Vec::new(),
    })
}

/// Says what was made, whose word counts, and what to do next.
fn tell(
    global: &Global,
    plan: &Plan,
    made: &Made,
    checks: &Checks,
    approvers: &[User],
    examined: &Examined,
    templates: &[std::path::PathBuf],
) -> anyhow::Result<Exit> {
    let dir = made.setup.layout.root();
    let new = made.founded.is_some();
    let exit = if checks.findings() > 0 {
        Exit::Findings
    } else {
        Exit::Ok
    };
    if global.json {
        let person = |user: &User| json!({ "id": user.id, "login": user.login, "name": user.name });
        let personas: serde_json::Map<String, serde_json::Value> = examined
            .personas
            .iter()
            .map(|(persona, user)| (persona.to_string(), person(user)))
            .collect();
        output::line(json!({
            "dir": dir,
            "made": new,
            "project": plan.filled.project,
            "operator_key": plan.operator_key,
            "operator": made.setup.operator_public()?,
            "labels_made": made.labels,
            "templates_written": templates,
            "approvers": approvers.iter().map(person).collect::<Vec<_>>(),
            "personas": personas,
            "checks": checks.all(),
        }))?;
        return Ok(exit);
    }
    let mut out = text(checks.all());
    out.push('\n');
    let shown = dir.display();
    let key = plan.operator_key.display();
    if new {
        out.push_str(&format!(
            "Trail is set up in {shown}\n\n  operator's key   {key}\n                   signs trust documents; keep it where no worker runs, and keep a copy\n"
        ));
    } else {
        out.push_str(&format!(
            "Trail was set up in {shown} already; nothing was changed there.\n"
        ));
    }
    out.push_str(&match made.labels.as_slice() {
        [] => "  labels           all were there already\n".to_owned(),
        labels => format!("  labels made      {}\n", labels.join(", ")),
    });
    for path in templates {
        out.push_str(&format!("  wrote            {}\n", path.display()));
    }
    out.push_str("\nWho may approve (the account ids count, not the names):\n");
    for user in approvers {
        out.push_str(&format!("  {}  {} ({})\n", user.id, user.login, user.name));
    }
    out.push_str("Which accounts serve personas, and never approve:\n");
    for (persona, user) in &examined.personas {
        out.push_str(&format!("  {}  {} ({persona})\n", user.id, user.login));
    }
    if let Some(founded) = &made.founded {
        let flag = flag(dir);
        out.push_str(&format!(
            "\nNext:\n{}\n     trail{flag} doctor                      check everything\n     trail{flag} up                          run the four workers\n     trail{flag} file --item item.md         file the first work item, or do it at the tracker\n     trail{flag} status                      see what it waits for\n",
            missing_model(founded, &flag),
        ));
    }
    output::print(format_args!("{out}"))?;
    Ok(exit)
}
