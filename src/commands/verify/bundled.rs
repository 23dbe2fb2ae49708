//! Verifying an evidence bundle: one file, without network, configuration or a set-up directory.

use std::fs::File;
use std::path::Path;

use anyhow::Context as _;
use serde::Serialize;
use trail_bundle::{Problem, Verified as Bundled};
use trail_item::{Fold, quote};
use trail_record::{KeyId, Moment, PublicKey};

use super::{ItemVerified, told};
use crate::output::usage;

/// What is to be told of a bundle besides its items.
#[derive(Debug, Serialize)]
pub(super) struct Bundle {
    /// When and by which program it was made, as it says itself; none if its manifest is unreadable.
    made_at: Option<Moment>,
    made_by: Option<String>,
    /// What is wrong with the bundle itself.
    findings: Vec<Problem>,
    /// What could not be checked because the bundle does not hold it.
    unchecked: Vec<String>,
    /// How many attestations were checked, and which checkpoint key signed them.
    attestations: usize,
    attested_by: Option<KeyId>,
    /// What its maker could not put in, as it says itself.
    notes: Vec<String>,
}

/// A bundle as the command tells it.
pub(super) struct Told {
    pub(super) verdict: &'static str,
    pub(super) items: Vec<ItemVerified>,
    pub(super) bundle: Bundle,
    pub(super) note: Option<String>,
}

/// Verifies a bundle.
pub(super) fn verify(path: &Path, operator: Option<&Path>) -> anyhow::Result<Told> {
    let shown = path.display().to_string();
    let mut file = File::open(path).with_context(|| shown.clone())?;
    if !trail_bundle::is_bundle(&mut file).with_context(|| shown.clone())? {
        return Err(usage(
            format!("{shown} is no bundle: it does not begin as one"),
            "name a file that `trail bundle` wrote, a history directory, or items by key",
        ));
    }
    let operator = operator.map(crate::reading::operator_key).transpose()?;
    let mut rules_of = |_: &trail_record::chain::Subject| -> Box<dyn trail_record::chain::Rules> {
        Box::new(Fold::default())
    };
    let found =
        trail_bundle::verify(file, operator, Some(&mut rules_of)).with_context(|| shown.clone())?;
    Ok(tell(found, operator))
}

fn tell(found: Bundled, operator: Option<PublicKey>) -> Told {
    let verdict = found.verdict().as_str();
    let items = found.items.iter().map(|item| ItemVerified {
        verdict: item.word().to_owned(),
        withheld: item.withheld.clone(),
        ..told(&item.judged)
    });
    let items = items.collect();
    let note = match (operator, found.operator) {
        (None, Some(own)) => Some(format!(
            "judged by the operator key in the bundle itself, {}: compare it with the one you know, or name that with --operator",
            own.id()
        )),
        (Some(_) | None, _) => None,
    };
    let manifest = found.manifest;
    let bundle = Bundle {
        made_at: manifest.as_ref().map(|own| own.made_at),
        made_by: manifest.as_ref().map(|own| own.made_by.clone()),
        findings: found.problems,
        unchecked: found.unchecked,
        attestations: found.attestations,
        attested_by: manifest.as_ref().and_then(|own| own.attested_by.clone()),
        notes: manifest.map(|own| own.notes).unwrap_or_default(),
    };
    Told {
        verdict,
        items,
        bundle,
        note,
    }
}

impl Bundle {
    /// Says it for people.
    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        let visible = |text: &str| quote::visible(text).replace('\n', " ");
        if let (Some(at), Some(by)) = (&self.made_at, &self.made_by) {
            out.push_str(&format!(
                "bundle: made {at} by {}, as it says\n",
                visible(by)
            ));
        }
        for finding in &self.findings {
            out.push_str(&format!("finding: {}\n", visible(&finding.to_string())));
        }
        if self.attestations > 0 && self.findings.is_empty() {
            let count = trail_item::text::count(self.attestations, "attestation");
            out.push_str(&format!(
                "{count} signed by a checkpoint key, and as the history shows\n"
            ));
        }
        for own in &self.unchecked {
            out.push_str(&format!("unchecked: {}\n", visible(own)));
        }
        for own in &self.notes {
            out.push_str(&format!("its maker notes: {}\n", visible(own)));
        }
        out
    }
}
