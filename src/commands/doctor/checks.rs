//! What the doctor looks at, one function each.

use std::os::unix::fs::MetadataExt as _;

use trail_port::Policy as _;
use trail_port::model::{Message, Purpose, Request};
use trail_record::{Persona, PublicKey};

use crate::accounts;
use crate::check::Checks;
use crate::cli::Global;
use crate::commands::worker::can_read;
use crate::setup::Setup;
use crate::{private, wire};

/// Trust documents, and the personas' keys against them.
pub(super) fn trust(setup: &Setup, checks: &mut Checks) {
    let help = "get operator.pub and trust/ from the operator, whole";
    let Some(set) = checks.take("trust documents", setup.trust(), help) else {
        return;
    };
    let (_, trust) = set.latest();
    checks.ok(
        "trust documents",
        format!("{} in line, signed by the operator", trust.serial),
    );
    if trust
        .approvers
        .iter()
        .all(|own| trust.approver(&own.id).is_none())
    {
        checks.finding(
            "approvers",
            "nobody may approve",
            "add one with `trail keys trust --add-approver LOGIN`",
        );
    }
    if trust.shares_accounts() {
        checks.note(
            "accounts",
            "several personas share a tracker account; reports say so",
        );
    }
    for persona in Persona::ALL {
        let name = format!("{persona}'s key");
        if !setup.layout.key(persona).exists() {
            checks.note(&name, "is not on this machine; its worker runs elsewhere");
            continue;
        }
        let help = format!("make a new one with `trail keys rotate {persona}`");
        let Some(key) = checks.take(&name, setup.key(persona), &help) else {
            continue;
        };
        let keys = trust.persona(persona).map_or(&[][..], |own| &own.keys);
        let key: PublicKey = key.public();
        match keys.iter().find(|own| own.key == key) {
            Some(own) if own.revoked.is_none() => {
                checks.ok(&name, format!("{} is trusted", key.id()))
            }
            Some(_) => checks.finding(&name, format!("{} is revoked", key.id()), help),
            None => checks.finding(
                &name,
                format!("{} is not in the trust document", key.id()),
                format!("the operator adds it with `trail keys trust --add-key {persona}={key}`"),
            ),
        }
    }
}

/// Who may read the keys and tokens.
pub(super) fn private_files(setup: &Setup, checks: &mut Checks) {
    let keys = Persona::ALL.map(|persona| setup.layout.key(persona));
    let tokens = accounts::files(setup);
    let mut open = false;
    for path in keys.into_iter().chain(tokens).filter(|path| path.exists()) {
        if let Ok(Some(mode)) = private::open_mode(&path) {
            open = true;
            let shown = path.display();
            checks.finding(
                "private files",
                format!("others may read {shown} (mode {mode:03o})"),
                format!("run `chmod 600 {shown}`"),
            );
        }
    }
    if !open {
        checks.ok(
            "private files",
            "keys and tokens are readable by their owner only",
        );
    }
}

/// Whether the workers could read the operator's key.
pub(super) fn operator_key(global: &Global, setup: &Setup, checks: &mut Checks) {
    let name = "operator's key";
    let Some(path) = setup.operator_path(global) else {
        checks.note(
            name,
            "it is not known where it is; that is fine where only workers run",
        );
        return;
    };
    let shown = path.display();
    if path.starts_with(setup.layout.root()) {
        checks.finding(
            name,
            format!("{shown} lies in the set-up directory, where workers read"),
            "move it away, and name it with --operator-key",
        );
    }
    if !can_read(&path) {
        checks.ok(name, format!("{shown} is not readable from here"));
        return;
    }
    if let Ok(Some(mode)) = private::open_mode(&path) {
        checks.finding(
            name,
            format!("others may read {shown} (mode {mode:03o})"),
            format!("run `chmod 600 {shown}`"),
        );
        return;
    }
    if let Err(error) = setup.operator(global) {
        checks.finding(
            name,
            format!("{error:#}"),
            "name the right key with --operator-key",
        );
        return;
    }
    let workers = std::fs::metadata(setup.layout.keys()).map(|about| about.uid());
    let own = rustix::process::getuid().as_raw();
    let detail = format!("{shown} is readable by this user");
    if setup.config.worker.allow_readable_operator_key {
        checks.note(
            name,
            format!("{detail}, as worker.allow_readable_operator_key allows"),
        );
    } else if workers.is_ok_and(|workers| workers == own) {
        checks.finding(
            name,
            format!("{detail}, to whom the personas' keys belong too: a worker could sign its own trust"),
            "run workers as a user of their own, keep the key on another machine, or accept it with worker.allow_readable_operator_key = true",
        );
    } else {
        checks.ok(name, format!("{detail}; workers run as another"));
    }
}

/// The rules, and whether they are the trusted ones.
pub(super) fn policy(setup: &Setup, checks: &mut Checks) {
    let help = "mend the rules";
    let Some(engine) = checks.take("policy", wire::policy(setup), help) else {
        return;
    };
    let digest = engine.digest();
    match setup.trust() {
        Ok(set) if set.latest().1.policy == digest => {
            checks.ok("policy", format!("{} is the trusted one", digest.short()));
        }
        Ok(set) => {
            let trusted = set.latest().1.policy;
            checks.finding(
                "policy",
                format!(
                    "{} is in policies/, the operator signed {}",
                    digest.short(),
                    trusted.short()
                ),
                "read what changed, then sign it with `trail keys trust`",
            );
        }
        // Said already.
        Err(_) => {}
    }
    checks.take("prompts", wire::prompts(setup), "mend the prompt");
}

/// git, the repository and the sandbox.
pub(super) async fn repository(setup: &Setup, checks: &mut Checks) {
    let version = tokio::process::Command::new("git")
        .arg("--version")
        .output()
        .await;
    match version {
        Ok(output) if output.status.success() => {
            let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
            let number = version.trim_start_matches("git version ").to_owned();
            let parts: Vec<u32> = number
                .split('.')
                .map_while(|part| part.parse().ok())
                .collect();
            if parts.as_slice() >= [2, 31].as_slice() {
                checks.ok("git", number);
            } else {
                checks.finding("git", version, "install git 2.31 or newer");
            }
        }
        Ok(_) | Err(_) => checks.finding("git", "cannot be run", "install git 2.31 or newer"),
    }
    let opened = wire::workspace(setup).await;
    let help = "set [repository] in trail.toml";
    if let Some(workspace) = checks.take("repository", opened, help) {
        checks.ok(
            "repository",
            format!("work starts from branch {}", workspace.base_branch()),
        );
        for warning in workspace.warnings() {
            checks.note("repository", warning.clone());
        }
    }
    let sandbox = trail_workspace::Sandbox::open(wire::sandbox(setup)).await;
    let help = "install bubblewrap";
    if let Some(sandbox) = checks.take("sandbox", sandbox.map_err(Into::into), help) {
        match sandbox.kind() {
            trail_workspace::sandbox::Kind::None => {
                checks.finding("sandbox", "commands run without any", help)
            }
            kind => checks.ok("sandbox", kind.as_str()),
        }
        for note in sandbox.notes() {
            checks.note("sandbox", note.clone());
        }
    }
    if setup.config.tests.command.is_empty() {
        checks.finding(
            "tests",
            "no test command is set",
            "set tests.command in trail.toml",
        );
    } else {
        checks.ok("tests", setup.config.tests.command.join(" "));
    }
}

/// The personas' models, and where their keys are kept.
pub(super) async fn models(setup: &Setup, online: bool, checks: &mut Checks) {
    let trust = setup.trust();
    for persona in Persona::ALL {
        let model = wire::model_of(setup, persona);
        checks.take(
            &format!("{persona}'s model"),
            model,
            "describe a model in trail.toml",
        );
    }
    for (name, settings) in &setup.config.models {
        let check = format!("model {name}");
        // Whether a key is set is said, never the key.
        match (
            wire::api_key(setup, name),
            &settings.api_key_env,
            &settings.api_key_file,
        ) {
            (Ok(None), _, _) => checks.note(&check, "no API key is configured"),
            (Ok(Some(_)), Some(variable), _) => {
                checks.ok(&check, format!("API key: {variable} is set"))
            }
            (Ok(Some(_)), None, _) => checks.ok(&check, "API key: its file is set"),
            (Err(_), Some(variable), _) => {
                checks.finding(
                    &check,
                    format!("API key: {variable} is missing"),
                    format!("set {variable}"),
                );
                continue;
            }
            (Err(error), None, _) => {
                checks.finding(
                    &check,
                    format!("API key: {error:#}"),
                    "put the key into the file",
                );
                continue;
            }
        }
        let Some(model) = checks.take(&check, wire::model_named(setup, name), "mend trail.toml")
        else {
            continue;
        };
        let identity = model.identity();
        if let Ok(trust) = &trust
            && trust
                .latest()
                .1
                .endpoints
                .iter()
                .all(|own| own.host != identity.endpoint)
        {
            checks.finding(
                &check,
                format!(
                    "its endpoint {:?} is not in the trust document",
                    identity.endpoint
                ),
                "the operator adds it with `trail keys trust`",
            );
        }
        if setup.config.worker.budget_usd.is_some() && identity.price.is_none() {
            checks.finding(
                &check,
                "a budget is set, but its price is not known",
                format!("add [prices.{:?}] to trail.toml", identity.model),
            );
        }
        if online && settings.kind != "scripted" {
            let answered = model.ask(&question()).await;
            if checks
                .take(
                    &check,
                    answered.map_err(Into::into),
                    "check kind, base_url, model and key",
                )
                .is_some()
            {
                checks.ok(
                    &check,
                    format!("{} at {} answers", identity.model, identity.endpoint),
                );
            }
        }
    }
}

/// The shortest question there is.
fn question() -> Request {
    Request {
        purpose: Purpose {
            item: "doctor".to_owned(),
            persona: Persona::Planner,
            action: "plan".to_owned(),
            round: 1,
        },
        system: "You are being checked for reachability.".to_owned(),
        tools: Vec::new(),
        messages: vec![Message::User {
            text: "Answer with the one word: ready".to_owned(),
        }],
    }
}
