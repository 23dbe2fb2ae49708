//! What the doctor looks at where the tracker is GitHub or Plane.

use trail_port::Mirror as _;
use trail_record::UserId;
use trail_record::trust::Trust;

use crate::accounts::{self, Examined};
use crate::check::Checks;
use crate::cli::Global;
use crate::config::BlobKind;
use crate::labels;
use crate::setup::{self, Setup};
use crate::wire::{self, Account};

/// The tracker, the accounts, the labels, the shared history and webhooks.
pub(super) async fn tracker(global: &Global, setup: &Setup, checks: &mut Checks) {
    let set = setup.trust().ok();
    let trust = set.as_ref().map(|set| set.latest().1);
    let examined = accounts::examine(setup, global, trust, checks).await;
    accounts::sharing(&examined.personas, checks);
    let approvers: Vec<UserId> = trust
        .map(|own| own.approvers.iter().map(|own| own.id.clone()).collect())
        .unwrap_or_default();
    accounts::strangers(&examined, &approvers, checks);
    if let (Some(project), Some(trust)) = (&examined.project, trust)
        && *project != trust.project
    {
        checks.finding(
            "project",
            format!(
                "the tracker carries {project}, the trust document {}",
                trust.project
            ),
            "mend [tracker] in trail.toml, or take the trust documents of that project",
        );
    }
    let account = match setup::human_token(global) {
        Ok(Some(_)) => wire::own_account(setup, global),
        _ => Account::of(setup, trail_record::Persona::Reviewer),
    };
    if let (Ok(account), true) = (&account, examined.project.is_some()) {
        members(&examined, trust, checks).await;
        missing_labels(account, checks).await;
    }
    shared(setup, checks).await;
    webhooks(setup, checks);
}

/// Whether those who may approve are still members.
async fn members(examined: &Examined, trust: Option<&Trust>, checks: &mut Checks) {
    let Some(trust) = trust else {
        return;
    };
    for approver in &trust.approvers {
        let name = format!("approver {}", approver.name);
        if let Some(persona) = trust.serves(&approver.id) {
            checks.finding(
                &name,
                format!(
                    "account {} serves the {persona}, and such an account never approves",
                    approver.id
                ),
                "take them off with `trail keys trust --remove-approver LOGIN`",
            );
            continue;
        }
        let member = examined.is_member(&approver.id).await;
        match checks.take(&name, member, "try again later") {
            Some(true) => checks.ok(&name, format!("{} is a member", approver.id)),
            Some(false) => checks.finding(
                &name,
                format!("{} is no full member any more, so its word does not count", approver.id),
                "have the account made a member, or take it off with `trail keys trust --remove-approver LOGIN`",
            ),
            None => {}
        }
    }
}

async fn missing_labels(account: &Account, checks: &mut Checks) {
    let help = "check the token's rights";
    let Some(missing) = checks.take("labels", labels::missing(account).await, help) else {
        return;
    };
    if missing.is_empty() {
        checks.ok("labels", "all are there");
    } else {
        checks.finding(
            "labels",
            format!("missing: {}", missing.join(", ")),
            "run the same `trail init` again; it makes what is missing and changes nothing else",
        );
    }
}

/// Whether `refs/trail/*` can be reached, and went only forwards.
async fn shared(setup: &Setup, checks: &mut Checks) {
    let name = "refs/trail";
    if setup.config.blobs.kind != Some(BlobKind::Refs) {
        return;
    }
    let looked = async {
        let refs = wire::refs(setup).await?;
        refs.refresh().await?;
        anyhow::Ok(refs)
    };
    let help = "check [blobs] in trail.toml, and that this machine may read the remote";
    let Some(refs) = checks.take(name, looked.await, help) else {
        return;
    };
    match (refs.rewound(), refs.head()) {
        (Some(rewound), _) => checks.finding(
            name,
            rewound.to_string(),
            "find out who changed it; a permitted human then clears the finding on an item with `/dispose CODE why`",
        ),
        (None, Some(head)) => checks.ok(name, format!("is at {}", &head[..head.len().min(12)])),
        (None, None) => checks.note(name, "holds nothing yet; the first worker begins it"),
    }
}

fn webhooks(setup: &Setup, checks: &mut Checks) {
    let own = &setup.config.webhooks;
    let name = "webhooks";
    match (&own.secret_env, &own.secret_file) {
        (None, None) => checks.note(
            name,
            "no secret is set: workers find news by polling, which is enough",
        ),
        (Some(variable), _) if std::env::var_os(variable).is_none_or(|own| own.is_empty()) => {
            checks.finding(
                name,
                format!("the variable {variable} is not set"),
                format!("set {variable} to the secret that the tracker signs with"),
            );
        }
        (_, Some(file)) if !setup.layout.resolve(file).is_file() => checks.finding(
            name,
            format!("{} is not there", setup.layout.resolve(file).display()),
            "put the secret that the tracker signs with into it (mode 600)",
        ),
        (Some(_), _) | (_, Some(_)) => checks.ok(name, "the secret is set"),
    }
}
