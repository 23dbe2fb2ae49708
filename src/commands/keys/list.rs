//! The keys that the newest trust document names.

use serde::Serialize;
use trail_record::{Keypair, Persona};

use crate::cli::Global;
use crate::output::{self, Exit};
use crate::private;
use crate::setup::Setup;

/// The list as `--json` shows it.
#[derive(Debug, Serialize)]
struct Listing {
    operator: String,
    serial: u64,
    policy: String,
    approvers: Vec<ApproverRow>,
    keys: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct ApproverRow {
    id: String,
    name: String,
    simulated: bool,
}

#[derive(Debug, Serialize)]
struct Row {
    persona: Persona,
    account: String,
    id: String,
    key: String,
    revoked: Option<String>,
    /// Whether the private key is in this set-up directory.
    here: bool,
}

/// Lists the keys.
pub(super) fn list(global: &Global) -> anyhow::Result<Exit> {
    let setup = Setup::open(global)?;
    let set = setup.trust()?;
    let (_, trust) = set.latest();
    let mut keys = Vec::new();
    for own in &trust.personas {
        let path = setup.layout.key(own.persona);
        let here = private::read_key(&path, "key")
            .ok()
            .map(|pair: Keypair| pair.public());
        for key in &own.keys {
            keys.push(Row {
                persona: own.persona,
                account: own.account.to_string(),
                id: key.key.id().to_string(),
                key: key.key.to_string(),
                revoked: key.revoked.as_ref().map(|revoked| revoked.why.clone()),
                here: here == Some(key.key),
            });
        }
    }
    let approver = |own: &trail_record::trust::Approver| ApproverRow {
        id: own.id.to_string(),
        name: own.name.clone(),
        simulated: own.simulated,
    };
    let listing = Listing {
        operator: setup.operator_public()?.to_string(),
        serial: trust.serial,
        policy: trust.policy.to_string(),
        approvers: trust.approvers.iter().map(approver).collect(),
        keys,
    };
    output::show(global.json, &listing, text)?;
    Ok(Exit::Ok)
}

fn text(listing: &Listing) -> String {
    let head = ["PERSONA", "ACCOUNT", "KEY", "COUNTS", "HERE"]
        .map(str::to_owned)
        .to_vec();
    let rows = listing.keys.iter().map(|row| {
        let counts = match &row.revoked {
            None => "yes".to_owned(),
            Some(why) => format!("no more: {why}"),
        };
        let here = if row.here { "yes" } else { "no" };
        vec![
            row.persona.to_string(),
            row.account.clone(),
            row.id.clone(),
            counts,
            here.to_owned(),
        ]
    });
    let approvers = listing
        .approvers
        .iter()
        .map(|own| format!("{} ({})", own.name, own.id));
    format!(
        "Trust document {}, operator {}\nPolicy {}\nApprovers: {}\n\n{}",
        listing.serial,
        listing.operator,
        listing.policy,
        approvers.collect::<Vec<_>>().join(", "),
        output::columns(&std::iter::once(head).chain(rows).collect::<Vec<_>>()),
    )
}
