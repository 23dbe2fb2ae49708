//! Trust documents as the operator issues them: each follows the one before.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Context as _;
use trail_port::Policy as _;
use trail_record::trust::{Approver, Endpoint, PersonaTrust, Trust};
use trail_record::{Digest, Envelope, FORMAT, Keypair, Moment, Policy, ProjectId, TrustSet};
use trail_worker::{Clock as _, System};

use crate::private;
use crate::setup::Setup;
use crate::wire;

/// Makes the first document of a project.
pub(crate) fn first(
    project: ProjectId,
    personas: Vec<PersonaTrust>,
    approvers: Vec<Approver>,
    policy: Digest<Policy>,
    operator: &Keypair,
    endpoints: Vec<Endpoint>,
) -> Trust {
    Trust {
        format: FORMAT,
        project,
        serial: 1,
        prev: None,
        at: System.now(),
        personas,
        approvers,
        policy,
        checkpoint_keys: vec![operator.public()],
        endpoints,
    }
}

/// Returns the endpoints of the configured models and what is said of each.
pub(crate) fn endpoints(setup: &Setup) -> anyhow::Result<Vec<Endpoint>> {
    let mut hosts = BTreeMap::new();
    for (name, settings) in &setup.config.models {
        let host = wire::model_identity(setup, name)?.endpoint;
        let kind = match (settings.kind.as_str(), &settings.base_url) {
            ("scripted", _) => "scripted",
            (_, Some(_)) => "own",
            (_, None) => "provider",
        };
        hosts.insert(host, kind.to_owned());
    }
    Ok(hosts
        .into_iter()
        .map(|(host, kind)| Endpoint { host, kind })
        .collect())
}

/// Returns the digest of the policy in force.
pub(crate) fn policy(setup: &Setup) -> anyhow::Result<Digest<Policy>> {
    Ok(wire::policy(setup)?.digest())
}

/// Seals a document after the newest one and writes it; returns it with its file.
///
/// The caller has taken `trust` from the newest document and changed what is to change; number,
/// predecessor and time are set here.
pub(crate) fn issue(
    setup: &Setup,
    trust: Trust,
    operator: &Keypair,
) -> anyhow::Result<(Trust, PathBuf)> {
    let mut envelopes = setup.trust_envelopes()?;
    let (serial, prev) = if envelopes.is_empty() {
        (1, None)
    } else {
        let set = setup.trust()?;
        let (digest, last) = set.latest();
        (last.serial + 1, Some(digest))
    };
    let trust = Trust {
        serial,
        prev,
        at: System.now(),
        ..trust
    };
    let (_, envelope) = trust.seal(operator)?;
    // What would not be accepted later must not be written now.
    let bytes = envelope.to_json();
    envelopes.push(Envelope::from_json(bytes.as_bytes())?);
    TrustSet::open(&envelopes, &operator.public())
        .context("the new trust document would not be accepted")?;
    let path = setup.layout.trust_document(serial);
    private::write_new(&path, &bytes)?;
    Ok((trust, path))
}

/// Returns the time now, as records write it.
pub(crate) fn now() -> Moment {
    System.now()
}
