//! `trail init --tracker github|plane`: sets Trail up on a tracker that is there already.
//!
//! Everything is looked at first: the person's own account, each persona's, what each may do. Only
//! when nothing is wrong is anything made, the set-up directory last. A second run with the same
//! answers looks again, makes what is missing at the tracker, and changes nothing here.

use serde_json::json;
use trail_port::tracker::User;
use trail_record::trust::Approver;
use trail_record::{Persona, ProjectId, UserId};

use super::flags::fill_in;
use super::{Args, Common, flag, missing_model, operator_key};
use crate::accounts::{self, Examined};
use crate::check::{Checks, text};
use crate::cli::Global;
use crate::config::{self, Filled, TrackerKind, template};
use crate::founding::{Founded, People, Plan, found, refuse_to_overwrite};
use crate::layout::Layout;
use crate::output::{self, Exit, Hinted, usage};
use crate::setup::{self, Setup};
use crate::{labels, template as templates, wire};

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
