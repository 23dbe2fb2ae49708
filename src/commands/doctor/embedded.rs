//! What the doctor looks at where the tracker is Trail's own.

use trail_record::Persona;

use crate::check::Checks;
use crate::cli::Global;
use crate::setup::{self, Setup};
use crate::wire;

/// The tracker, and whose the tokens are.
pub(super) async fn tracker(global: &Global, setup: &Setup, checks: &mut Checks) {
    let url = &setup.config.tracker.url;
    if !wire::is_served(url).await {
        checks.note(
            "tracker",
            format!("nothing answers at {url}; start it with `trail serve` or `trail up`"),
        );
        return;
    }
    let Ok(set) = setup.trust() else {
        return;
    };
    let (_, trust) = set.latest();
    for persona in Persona::ALL
        .into_iter()
        .filter(|persona| setup.layout.token(*persona).exists())
    {
        let name = format!("{persona}'s token");
        let me = async {
            let tracker = wire::Account::of(setup, persona)?.tracker();
            anyhow::Ok((tracker.project().await?, tracker.me().await?))
        };
        let help = "an admin makes a new token";
        let Some((project, me)) = checks.take(&name, me.await, help) else {
            continue;
        };
        let account = trust.persona(persona).map(|own| &own.account);
        if project != trust.project {
            checks.finding(
                &name,
                format!("the tracker at {url} carries project {project}"),
                "set tracker.url",
            );
        } else if account == Some(&me.id) {
            checks.ok(&name, format!("belongs to {} ({})", me.login, me.id));
        } else {
            checks.finding(
                &name,
                format!(
                    "belongs to {} ({}), not to the trusted account",
                    me.login, me.id
                ),
                help,
            );
        }
    }
    match setup::human_token(global) {
        Ok(None) => checks.note(
            "your token",
            "TRAIL_TOKEN is missing; filing and approving need it",
        ),
        Ok(Some(_)) => {
            let me = async { anyhow::Ok(wire::own_account(setup, global)?.tracker().me().await?) };
            if let Some(me) =
                checks.take("your token", me.await, "set TRAIL_TOKEN to your own token")
            {
                let may = if trust.approver(&me.id).is_some() {
                    "may approve"
                } else {
                    "may not approve"
                };
                checks.ok(
                    "your token",
                    format!("belongs to {} ({}), who {may}", me.login, me.id),
                );
            }
        }
        Err(error) => checks.finding("your token", format!("{error:#}"), "mend the token file"),
    }
}
