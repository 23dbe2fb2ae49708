//! What the operator changes: keys, approvers, policy and models in force.

use std::collections::BTreeMap;

use anyhow::Context as _;
use trail_record::trust::{Approver, Head, KeyTrust, Revocation, Trust};
use trail_record::{ItemId, Persona};

use super::Trust as Asked;
use crate::cli::Global;
use crate::output::{self, Exit, Hinted, usage};
use crate::setup::Setup;
use crate::standing::stand;
use crate::{private, trust, wire};

/// Makes a persona's key where there is none.
pub(super) fn make(global: &Global, persona: Persona) -> anyhow::Result<Exit> {
    let setup = Setup::open(global)?;
    let key = private::new_key()?;
    private::make_dir(&setup.layout.keys())?;
    private::write_new(&setup.layout.key(persona), &key.to_pem())?;
    let public = key.public();
    let value =
        serde_json::json!({ "persona": persona, "key": public, "id": public.id().as_str() });
    output::show(global.json, &value, |_| {
        format!(
            "{public}\n\nIt counts once the operator runs\n  trail keys trust --add-key {persona}={public}\n"
        )
    })?;
    Ok(Exit::Ok)
}

/// Gives a persona a new key; the ones before count up to now only.
pub(super) async fn rotate(global: &Global, persona: Persona) -> anyhow::Result<Exit> {
    let setup = Setup::open(global)?;
    let operator = setup.operator(global)?;
    let mut document = setup.trust()?.latest().1.clone();
    let heads = heads(global, &setup).await?;
    let key = private::new_key()?;
    // The new key lies ready before it is trusted: a crash in between loses nothing.
    let ready = setup.layout.keys().join(format!("{persona}.new.pem"));
    private::make_dir(&setup.layout.keys())?;
    private::replace(&ready, &key.to_pem())?;
    let own = persona_of(&mut document, persona)?;
    for before in own.keys.iter_mut().filter(|own| own.revoked.is_none()) {
        let (why, heads) = ("rotated".to_owned(), heads.clone());
        before.revoked = Some(Revocation { why, heads });
    }
    own.keys.push(KeyTrust {
        key: key.public(),
        revoked: None,
    });
    let (issued, _) = trust::issue(&setup, document, &operator)?;
    std::fs::rename(&ready, setup.layout.key(persona)).with_context(|| {
        format!(
            "the new key is trusted; move it from {} by hand",
            ready.display()
        )
    })?;
    told(
        global,
        &issued,
        &format!(
            "the {persona} has a new key, {}; start its worker again",
            key.public().id()
        ),
    )
}

/// Lets a persona's key count up to now only.
pub(super) async fn revoke(
    global: &Global,
    persona: Persona,
    id: Option<&str>,
    why: &str,
) -> anyhow::Result<Exit> {
    let setup = Setup::open(global)?;
    let operator = setup.operator(global)?;
    let mut document = setup.trust()?.latest().1.clone();
    let mut counting: Vec<&mut KeyTrust> = persona_of(&mut document, persona)?
        .keys
        .iter_mut()
        .filter(|own| own.revoked.is_none())
        .filter(|own| id.is_none_or(|id| own.key.id().as_str() == id))
        .collect();
    let [key] = counting.as_mut_slice() else {
        let count = counting.len();
        return Err(usage(
            format!("{count} keys of the {persona} that still count fit"),
            "name one with --key; `trail keys list` shows them",
        ));
    };
    let shown = key.key.id();
    let heads = heads(global, &setup).await?;
    let count = heads.len();
    key.revoked = Some(Revocation {
        why: why.to_owned(),
        heads,
    });
    let (issued, _) = trust::issue(&setup, document, &operator)?;
    told(
        global,
        &issued,
        &format!(
            "key {shown} of the {persona} counts up to the present heads of {count} items only"
        ),
    )
}

/// Issues a trust document with what is in force now.
pub(super) async fn trust(global: &Global, asked: &Asked) -> anyhow::Result<Exit> {
    let setup = Setup::open(global)?;
    let operator = setup.operator(global)?;
    let before = setup.trust()?.latest().1.clone();
    let mut document = Trust {
        policy: trust::policy(&setup)?,
        endpoints: trust::endpoints(&setup)?,
        ..before.clone()
    };
    if !asked.add_approver.is_empty() || !asked.remove_approver.is_empty() {
        approvers(global, &setup, &mut document, asked).await?;
    }
    for (persona, key) in &asked.add_key {
        let own = persona_of(&mut document, *persona)?;
        if own.keys.iter().all(|own| own.key != *key) {
            own.keys.push(KeyTrust {
                key: *key,
                revoked: None,
            });
        }
    }
    if document == before {
        let text = "nothing has changed since the last trust document; none was issued";
        let value = serde_json::json!({ "serial": before.serial, "issued": false });
        output::show(global.json, &value, |_| format!("{text}\n"))?;
        return Ok(Exit::Ok);
    }
    let mut changes = Vec::new();
    if document.policy != before.policy {
        changes.push(format!("policy {}", document.policy.short()));
    }
    if document.endpoints != before.endpoints {
        let hosts: Vec<&str> = document
            .endpoints
            .iter()
            .map(|own| own.host.as_str())
            .collect();
        changes.push(format!("endpoints {}", hosts.join(", ")));
    }
    if document.approvers != before.approvers {
        let names: Vec<&str> = document
            .approvers
            .iter()
            .map(|own| own.name.as_str())
            .collect();
        changes.push(format!("approvers {}", names.join(", ")));
    }
    if document.personas != before.personas {
        changes.push("keys added".to_owned());
    }
    let (issued, _) = trust::issue(&setup, document, &operator)?;
    told(
        global,
        &issued,
        &format!("{}; start the workers again", changes.join("; ")),
    )
}

/// Adds and removes approvers by their accounts at the tracker.
async fn approvers(
    global: &Global,
    setup: &Setup,
    document: &mut Trust,
    asked: &Asked,
) -> anyhow::Result<()> {
    let reach = wire::reach(setup, global).await?;
    for login in &asked.add_approver {
        let user = reach.tracker.user(login).await?;
        if user.bot || document.serves(&user.id).is_some() {
            let message = format!("{login} serves a persona and never approves");
            return Err(Hinted::new(Exit::Refused, message)
                .help("name a human's account")
                .into());
        }
        if document.approvers.iter().all(|own| own.id != user.id) {
            document.approvers.push(Approver {
                id: user.id,
                name: user.name,
                simulated: false,
            });
        }
    }
    for login in &asked.remove_approver {
        let user = reach.tracker.user(login).await?;
        let count = document.approvers.len();
        document.approvers.retain(|own| own.id != user.id);
        if document.approvers.len() == count {
            return Err(usage(
                format!("{login} is no approver"),
                "`trail keys list` shows who is",
            ));
        }
    }
    if document.approvers.is_empty() {
        return Err(usage(
            "nobody would be left to approve",
            "add another approver in the same command",
        ));
    }
    Ok(())
}

/// Returns the heads of all items that have entries.
async fn heads(global: &Global, setup: &Setup) -> anyhow::Result<BTreeMap<ItemId, Head>> {
    let trust = setup.trust()?;
    let reach = wire::reach(setup, global).await?;
    let ids = reach.items().await?;
    let bar = output::progress(global.json, ids.len() as u64, "reading heads");
    let mut heads = BTreeMap::new();
    for id in ids {
        let standing = stand(reach.tracker.as_ref(), &id, &setup.project(), &trust).await?;
        if let Some(last) = standing.assembly.chain.last() {
            let (seq, digest) = (last.signed.entry.seq, last.signed.digest);
            heads.insert(id, Head { seq, digest });
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    if reach.served && !global.json {
        eprintln!("note: the tracker is served; what the old key signs from now on is void");
    }
    Ok(heads)
}

fn persona_of(
    document: &mut Trust,
    persona: Persona,
) -> anyhow::Result<&mut trail_record::trust::PersonaTrust> {
    let mut personas = document.personas.iter_mut();
    personas
        .find(|own| own.persona == persona)
        .with_context(|| format!("the trust document names no {persona}"))
}

fn told(global: &Global, issued: &Trust, what: &str) -> anyhow::Result<Exit> {
    let value = serde_json::json!({ "serial": issued.serial, "issued": true, "changes": what });
    output::show(global.json, &value, |_| {
        format!("trust document {}: {what}\n", issued.serial)
    })?;
    Ok(Exit::Ok)
}
