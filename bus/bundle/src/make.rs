//! Making a bundle of a history and what belongs to it.

use std::collections::BTreeMap;
use std::io::{Cursor, Write};

use trail_reader::history::{Blobs, History, RulesOf};
use trail_record::{Blob, Digest, Envelope, Keypair, Moment};

use crate::attest::{self, PAYLOAD_TYPE, Says};
use crate::facts::Facts;
use crate::git;
use crate::layout::{self, ATTESTATIONS, HISTORY, POLICY};
use crate::manifest::{self, Held, Manifest, Withheld};
use crate::verify::{self, Item, Verified};
use crate::write::{self, Error, Members};

/// What a bundle is made of.
pub struct Contents<'c> {
    /// The history, items and all.
    pub history: History,
    /// The policy's files by name; empty if they are not at hand.
    pub policy: BTreeMap<String, String>,
    /// Finds git objects, uncompressed and with their header.
    pub objects: &'c mut git::Find<'c>,
    /// What is left out: digests of records that are kept as blobs, and why.
    pub withheld: Vec<Withheld>,
    /// The key that signs the attestations; without it there are none.
    pub signer: Option<&'c Keypair>,
    /// When.
    pub made_at: Moment,
    /// The program, with its version.
    pub made_by: String,
    /// What people should know of where the history came from.
    pub notes: Vec<String>,
}

impl std::fmt::Debug for Contents<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Contents")
            .field("items", &self.history.items.len())
            .field("withheld", &self.withheld)
            .field("made_at", &self.made_at)
            .finish_non_exhaustive()
    }
}

/// Makes a bundle and writes it; the same contents give the same bytes. Returns its manifest.
///
/// All of it is held in memory while it is made.
///
/// # Errors
/// If something cannot be put in, or what is to be withheld cannot be: see [`enum@Error`].
pub fn make(
    contents: Contents<'_>,
    mut rules_of: Option<&mut RulesOf<'_>>,
    out: &mut impl Write,
) -> Result<Manifest, Error> {
    let Contents {
        mut history,
        policy,
        objects,
        mut withheld,
        signer,
        made_at,
        made_by,
        mut notes,
    } = contents;
    withheld.sort_by_key(|own| own.digest);
    let before = history.judge(rules_of.as_deref_mut());
    let found: usize = before.iter().map(|own| own.judgement.findings.len()).sum();
    let mut blobs = listed_blobs(&history, &before);
    for own in &withheld {
        if own.reason.trim().is_empty() {
            let problem = format!("{} cannot be withheld without a reason", own.digest);
            return Err(Error::Withhold(problem));
        }
        if blobs.remove(&own.digest).is_none() {
            return Err(Error::Withhold(cannot(&own.digest, &before)));
        }
    }
    history.blobs = Blobs::Memory(blobs);
    let mut members = of_history(&history)?;
    for (name, text) in &policy {
        members.insert(format!("{POLICY}{name}"), text.clone().into_bytes());
    }
    let mut manifest = Manifest {
        format: manifest::FORMAT,
        made_at,
        made_by,
        project: before
            .first()
            .map_or_else(|| "".into(), |own| own.subject.project.clone()),
        items: before.iter().map(held).collect(),
        members: Vec::new(),
        withheld,
        attested_by: signer.map(|key| key.public().id()),
        notes: Vec::new(),
    };
    let mut verified = Verified {
        manifest: None,
        problems: Vec::new(),
        items: Vec::new(),
        unchecked: Vec::new(),
        attestations: 0,
        operator: None,
    };
    verify::judge(&history, &manifest, rules_of, &mut verified);
    let after: usize = verified
        .items
        .iter()
        .map(|own| own.judged.judgement.findings.len())
        .sum();
    if after > found {
        let more = verified
            .items
            .iter()
            .flat_map(|own| &own.judged.judgement.findings);
        let more = more.map(ToString::to_string).collect::<Vec<_>>().join("; ");
        let problem = format!("without what is to be withheld the rest does not verify: {more}");
        return Err(Error::Withhold(problem));
    }
    let mut statements = Vec::new();
    for item in &verified.items {
        let facts = Facts::of(&item.judged, &history.blobs);
        put_objects(&facts, objects, &mut members);
        if signer.is_some() {
            let says = Says {
                by: &manifest.made_by,
                at: made_at,
            };
            statements.extend(attest::statements(item, &facts, &says));
        }
        notes.extend(findings(item));
    }
    if let Some(key) = signer {
        let mut lines = String::new();
        for statement in &statements {
            lines.push_str(&Envelope::sign(PAYLOAD_TYPE, statement, key).to_json());
            lines.push('\n');
        }
        members.insert(ATTESTATIONS.to_owned(), lines.into_bytes());
    } else {
        notes.push("there are no attestations: no checkpoint key was at hand".to_owned());
    }
    manifest.notes = notes;
    write::write(manifest, &members, out)
}

/// Returns a bundle's bytes; as [`make`].
///
/// # Errors
/// As [`make`].
pub fn to_bytes(
    contents: Contents<'_>,
    rules_of: Option<&mut RulesOf<'_>>,
) -> Result<Vec<u8>, Error> {
    let mut out = Cursor::new(Vec::new());
    make(contents, rules_of, &mut out)?;
    Ok(out.into_inner())
}

/// Returns the blobs that the entries which stand list.
fn listed_blobs(
    history: &History,
    judged: &[trail_reader::Judged],
) -> BTreeMap<Digest<Blob>, Vec<u8>> {
    use trail_record::verify::Bytes as _;
    let entries = judged.iter().flat_map(|own| own.assembly.chain.entries());
    let listed = entries.flat_map(|own| &own.signed.entry.records);
    listed
        .filter(|own| own.record.is_none())
        .filter_map(|own| Some((own.digest.cast(), history.blobs.bytes(&own.digest)?)))
        .collect()
}

/// Says why something cannot be withheld.
fn cannot(digest: &Digest<Blob>, judged: &[trail_reader::Judged]) -> String {
    let entries = judged.iter().flat_map(|own| own.assembly.chain.entries());
    let inside = entries.clone().any(|own| {
        let records = &own.signed.entry.records;
        records.iter().any(|own| own.digest.cast() == *digest)
    });
    let entry = entries
        .into_iter()
        .any(|own| own.signed.digest.to_string() == digest.to_string());
    if entry {
        format!("{digest} is an entry, and an entry cannot be withheld: the chain would break")
    } else if inside {
        format!(
            "{digest} stands inside its entry (or its bytes are not here), and a part of an entry cannot be withheld: its seal is over the whole"
        )
    } else {
        format!("no entry lists {digest}; `trail log --json` names the digests of records")
    }
}

fn held(judged: &trail_reader::Judged) -> Held {
    let chain = &judged.assembly.chain;
    Held {
        item: judged.subject.item.clone(),
        key: judged.subject.key.clone(),
        entries: chain.entries().len() as u64,
        head: chain.head(),
    }
}

fn findings(item: &Item) -> Option<String> {
    let count = item.judged.judgement.findings.len();
    (count > 0).then(|| {
        format!(
            "{}: {count} findings when it was made",
            item.judged.subject.key
        )
    })
}

/// Returns the files of a history, in the layout of `trail export`.
fn of_history(history: &History) -> Result<Members, Error> {
    let mut members = Members::new();
    let mut put = |name: String, bytes: Vec<u8>| members.insert(format!("{HISTORY}{name}"), bytes);
    put(
        "operator.pub".to_owned(),
        format!("{}\n", history.operator).into_bytes(),
    );
    for (index, own) in history.trust.iter().enumerate() {
        put(format!("trust/{:04}.json", index + 1), own.clone());
    }
    for (index, own) in history.checkpoints.iter().enumerate() {
        put(format!("checkpoints/{:04}.json", index + 1), own.clone());
    }
    for (index, item) in history.items.iter().enumerate() {
        let (subject, comments) = item.contents()?;
        put(format!("items/{}/subject.json", index + 1), subject);
        put(format!("items/{}/comments.jsonl", index + 1), comments);
    }
    if let Blobs::Memory(blobs) = &history.blobs {
        for (digest, bytes) in blobs {
            members.insert(layout::blob(&digest.hex()), bytes.clone());
        }
    }
    Ok(members)
}

/// Puts in the git objects that show what the commits hold, as far as they are at hand.
fn put_objects(facts: &Facts, find: &mut git::Find<'_>, members: &mut Members) {
    for (made, patchset) in &facts.commits {
        let Some(patchset) = patchset.and_then(|digest| facts.patchsets.get(&digest)) else {
            continue;
        };
        for name in git::needed(find, made, patchset) {
            if let Some(bytes) = find(&name) {
                members.insert(layout::object(&name), bytes);
            }
        }
    }
}
