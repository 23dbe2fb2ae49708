//! Verifying a bundle: the container, the history in it, and what else it brings.

mod git;
mod source;

use std::collections::BTreeMap;
use std::io::{self, Read, Seek};
use std::sync::Arc;

use serde::Serialize;
use trail_reader::Judged;
use trail_reader::history::{Blobs, History, RulesOf};
use trail_record::{Blob, Digest, FindingKind, PublicKey};

use crate::attest::{self, Says};
use crate::facts::Facts;
use crate::layout::{ATTESTATIONS, POLICY};
use crate::manifest::{Manifest, Withheld};
use crate::problem::{Problem, Word};
use crate::scan::scan;
use source::Source;

/// What verification of a bundle found.
#[derive(Debug)]
pub struct Verified {
    /// The manifest, if it can be read.
    pub manifest: Option<Manifest>,
    /// What is wrong with the bundle itself. If its container is not sound, nothing in it is judged.
    pub problems: Vec<Problem>,
    /// The items, in the order of their folders.
    pub items: Vec<Item>,
    /// What could not be checked because the bundle does not hold it, for people.
    pub unchecked: Vec<String>,
    /// How many attestations were checked.
    pub attestations: usize,
    /// The operator's key in the bundle; it says nothing of whose it is.
    pub operator: Option<PublicKey>,
}

/// An item of a bundle.
#[derive(Debug)]
pub struct Item {
    /// What became of its history; what is missing because it is withheld is no finding.
    pub judged: Judged,
    /// The records of it that are withheld, and so could not be checked.
    pub withheld: Vec<Withheld>,
}

/// How much of a bundle is as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Verdict {
    /// All was checked and is good.
    #[serde(rename = "verified")]
    Verified,
    /// No checkpoint vouches for the end of some history.
    #[serde(rename = "tail: unchecked")]
    Unchecked,
    /// All that is here is good; something is withheld.
    #[serde(rename = "withheld")]
    Withheld,
    /// Something is wrong.
    #[serde(rename = "findings")]
    Findings,
}

impl Item {
    /// Returns the one word for the item: `findings`, `withheld`, `tail: unchecked` or `verified`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self.judged.judgement.word() {
            "findings" => "findings",
            _ if !self.withheld.is_empty() => "withheld",
            word => word,
        }
    }
}

impl Verdict {
    /// Returns the word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Unchecked => "tail: unchecked",
            Self::Withheld => "withheld",
            Self::Findings => "findings",
        }
    }
}

impl Verified {
    /// Returns the verdict on the whole: the worst of all.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let has = |word: &str| self.items.iter().any(|own| own.word() == word);
        if !self.problems.is_empty() || has("findings") {
            Verdict::Findings
        } else if has("withheld") {
            Verdict::Withheld
        } else if has("tail: unchecked") || self.items.is_empty() {
            Verdict::Unchecked
        } else {
            Verdict::Verified
        }
    }
}

/// Verifies a bundle; `operator` is the key to judge it by in place of the one it brings.
///
/// # Errors
/// If the file cannot be read; whatever is wrong with what is in it is no error.
pub fn verify<R: Read + Seek + Send + 'static>(
    mut file: R,
    operator: Option<PublicKey>,
    rules_of: Option<&mut RulesOf<'_>>,
) -> io::Result<Verified> {
    let scan = scan(&mut file)?;
    let mut verified = Verified {
        manifest: scan.manifest,
        problems: scan.problems,
        items: Vec::new(),
        unchecked: Vec::new(),
        attestations: 0,
        operator: None,
    };
    let Some(manifest) = verified.manifest.clone() else {
        return Ok(verified);
    };
    if !verified.problems.is_empty() {
        return Ok(verified);
    }
    let source = Arc::new(Source::new(file, scan.members));
    let mut history = match source.history() {
        Ok(history) => history,
        Err(error) => {
            let detail = error.to_string();
            verified
                .problems
                .push(Problem::whole(Word::BundleHistory, detail));
            return Ok(verified);
        }
    };
    verified.operator = Some(history.operator);
    if let Some(operator) = operator {
        history.operator = operator;
    }
    judge(&history, &manifest, rules_of, &mut verified);
    verified.rest(&history, &manifest, &source);
    Ok(verified)
}

/// Judges the items, and compares them with what the manifest says of them.
pub(crate) fn judge(
    history: &History,
    manifest: &Manifest,
    rules_of: Option<&mut RulesOf<'_>>,
    verified: &mut Verified,
) {
    let mut withheld: BTreeMap<Digest<Blob>, (&Withheld, bool)> = manifest
        .withheld
        .iter()
        .map(|own| (own.digest, (own, false)))
        .collect();
    for mut judged in history.judge(rules_of) {
        let mut own = Vec::new();
        judged.judgement.findings.retain(|finding| {
            let digest = finding
                .place
                .digest
                .as_deref()
                .and_then(|text| text.parse().ok());
            let told = digest.and_then(|digest| withheld.get_mut(&digest));
            match told {
                Some((told, named)) if finding.kind == FindingKind::MissingBlob => {
                    *named = true;
                    if !own.contains(*told) {
                        own.push((*told).clone());
                    }
                    false
                }
                _ => true,
            }
        });
        verified.items.push(Item {
            judged,
            withheld: own,
        });
    }
    for (digest, (_, named)) in &withheld {
        if !named {
            let detail = format!("{digest} is called withheld; it is here, or no entry lists it");
            verified
                .problems
                .push(Problem::whole(Word::BundleWithheld, detail));
        }
    }
    let held = verified.items.iter().map(|own| {
        let chain = &own.judged.assembly.chain;
        let subject = &own.judged.subject;
        let entries = chain.entries().len() as u64;
        (
            &subject.project,
            &subject.item,
            &subject.key,
            entries,
            chain.head(),
        )
    });
    let named = manifest.items.iter().map(|own| {
        (
            &manifest.project,
            &own.item,
            &own.key,
            own.entries,
            own.head,
        )
    });
    if !held.eq(named) {
        let detail = "the manifest names other items, or other ends of them, than the history has";
        verified
            .problems
            .push(Problem::whole(Word::BundleHead, detail));
    }
}

impl Verified {
    /// Checks what the bundle brings besides the history: policy, git objects, attestations.
    fn rest<R: Read + Seek + Send>(
        &mut self,
        history: &History,
        manifest: &Manifest,
        source: &Source<R>,
    ) {
        let trust = history.trust().ok();
        let policy = source.policy();
        match (&trust, &policy) {
            (Some(trust), Some(policy)) if !trust.policies().any(|own| own == *policy) => {
                let detail = format!("{policy} is the policy of no trust document");
                self.problems
                    .push(Problem::of(Word::BundlePolicy, POLICY, detail));
            }
            (Some(trust), Some(policy)) => {
                let others: std::collections::BTreeSet<_> =
                    trust.policies().filter(|own| own != policy).collect();
                if !others.is_empty() {
                    self.unchecked.push(format!(
                        "the files of {} other policies that were in force are not in the bundle",
                        others.len()
                    ));
                }
            }
            (Some(_), None) => self
                .unchecked
                .push("the policy's files are not in the bundle".to_owned()),
            (None, _) => {}
        }
        let says = Says {
            by: &manifest.made_by,
            at: manifest.made_at,
        };
        let mut expected = Vec::new();
        for item in &self.items {
            let facts = Facts::of(&item.judged, &history.blobs);
            let (problems, unchecked) = git::check(item, &facts, |name| source.object(name));
            self.problems.extend(problems);
            self.unchecked.extend(unchecked);
            expected.extend(attest::statements(item, &facts, &says));
        }
        self.problems.extend(source.strays(&self.items));
        match source.read(ATTESTATIONS) {
            Some(lines) => {
                let keys = trust.map(|own| own.latest().1.checkpoint_keys.clone());
                let keys = keys.unwrap_or_default();
                let by = manifest.attested_by.as_ref();
                self.attestations = lines.split(|byte| *byte == b'\n').count() - 1;
                self.problems
                    .extend(attest::verify(&lines, &keys, by, &expected));
            }
            None if manifest.attested_by.is_some() => {
                let detail = "the manifest says who signed them, and there are none";
                self.problems
                    .push(Problem::of(Word::Attestation, ATTESTATIONS, detail));
            }
            None => self
                .unchecked
                .push("the bundle holds no attestations".to_owned()),
        }
    }
}

/// Reads the contents of a history's blobs as a bundle keeps them.
pub(crate) fn kept<R: Read + Seek + Send + 'static>(source: &Arc<Source<R>>) -> Blobs {
    Blobs::Kept(Arc::clone(source) as Arc<dyn trail_reader::history::Kept>)
}
