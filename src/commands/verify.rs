//! `trail verify`: judges histories by bytes, seals, keys, order, approvals and checkpoints.

mod bundled;
mod whole;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use trail_bundle::Withheld;
use trail_reader::Judged;
use trail_record::verify::{Counts, Tail};
use trail_record::{Digest, Entry, Finding, ItemKey};
use trail_workspace::Lookup;

use crate::cli::Global;
use crate::output::{self, Exit, usage};
use crate::reading::{Reading, Source};
use whole::Whole;

/// Verifies histories; all of the tracker's if none is named.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Items by key, one evidence bundle, one exported history directory, or one clone that holds
    /// `refs/trail/history`.
    #[arg(value_name = "ITEM|FILE|DIR")]
    targets: Vec<String>,
    #[command(flatten)]
    source: Source,
    /// Fail where no checkpoint vouches for a history's last entry.
    #[arg(long)]
    require_checkpoint: bool,
    /// For a history directory: note in this file which items were found whole, and leave those out
    /// next time that have not changed since. Their blobs are not looked at again.
    #[arg(long, value_name = "FILE")]
    resume: Option<PathBuf>,
}

/// The ref in which machines share a history.
const SHARED: &str = "refs/trail/history";

/// What verification found, as `--json` prints it.
#[derive(Debug, Serialize)]
struct Verified {
    /// `verified`, `tail: unchecked`, `withheld` (bundles) or `findings`: the worst of all items.
    verdict: &'static str,
    items: Vec<ItemVerified>,
    /// Findings that belong to no item that is there: what is remembered and gone.
    elsewhere: Vec<Finding>,
    /// What people should know of where the history came from.
    note: Option<String>,
    /// What is to be told of the bundle; left out where none was verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    bundle: Option<bundled::Bundle>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct ItemVerified {
    item: ItemKey,
    /// `verified`, `tail: unchecked` or `findings`.
    verdict: String,
    findings: Vec<Finding>,
    counts: Counts,
    tail: Tail,
    head: Option<Digest<Entry>>,
    /// Posted entries that do not stand.
    void: usize,
    /// Records of a bundle that are left out on purpose, and so could not be checked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    withheld: Vec<Withheld>,
}

/// Runs the command.
pub(crate) async fn run(global: &Global, args: Args) -> anyhow::Result<Exit> {
    let (source, keys) = targets(args.source, args.targets);
    let (source, _clone) = shared(source, &keys).await?;
    let keys = if _clone.is_some() { Vec::new() } else { keys };
    if args.resume.is_some() && (source.history.is_none() || !keys.is_empty()) {
        return Err(usage(
            "--resume is for whole history directories",
            "name a directory that `trail export` wrote, or a clone of refs/trail/history",
        ));
    }
    let (items, elsewhere, note, bundle) = match (&source.history, keys.as_slice()) {
        (Some(dir), []) => {
            let whole = Whole::open(dir, source.operator.as_deref())?;
            let items = whole.verify(global, args.resume.as_deref())?;
            (items, Vec::new(), whole.note, None)
        }
        (None, [one]) if Path::new(one).is_file() => {
            let told = bundled::verify(Path::new(one), source.operator.as_deref())?;
            (
                told.items,
                Vec::new(),
                told.note,
                Some((told.verdict, told.bundle)),
            )
        }
        (Some(_) | None, _) => {
            let reading = Reading::remembering(global, &source, &keys).await?;
            let items: Vec<ItemVerified> = reading.judged.iter().map(told).collect();
            (items, reading.elsewhere, reading.note, None)
        }
    };
    let (of_bundle, bundle) = bundle.unzip();
    let worst = ["findings", "tail: unchecked"].into_iter();
    let verdict = worst
        .into_iter()
        .find(|word| items.iter().any(|own| own.verdict == *word))
        .unwrap_or("verified");
    let verdict = match of_bundle {
        Some(verdict) => verdict,
        None if elsewhere.is_empty() => verdict,
        None => "findings",
    };
    let unvouched = |own: &ItemVerified| !matches!(own.tail, Tail::Checked { after: 0, .. });
    let failed = verdict == "findings" || (args.require_checkpoint && items.iter().any(unvouched));
    let verified = Verified {
        verdict,
        items,
        elsewhere,
        note,
        bundle,
    };
    output::show(global.json, &verified, text)?;
    if args.require_checkpoint && verdict != "findings" && failed && !global.json {
        output::line(
            "not vouched for to the end: `trail checkpoint` signs how far the histories go",
        )?;
    }
    Ok(if failed { Exit::Findings } else { Exit::Ok })
}

/// Tells a history directory from item keys: it exists and holds an operator's key.
fn targets(source: Source, targets: Vec<String>) -> (Source, Vec<String>) {
    let is_dir = |target: &String| Path::new(target).join("operator.pub").is_file();
    match targets.as_slice() {
        [one]
            if source.history.is_none() && is_dir(one) && Path::new(one).join("items").is_dir() =>
        {
            let history = Some(PathBuf::from(one));
            (Source { history, ..source }, Vec::new())
        }
        _ => (source, targets),
    }
}

/// Makes a history directory of a clone that holds the shared history; the folder lives as long as
/// what is returned.
async fn shared(
    source: Source,
    keys: &[String],
) -> anyhow::Result<(Source, Option<tempfile::TempDir>)> {
    let (None, [one]) = (&source.history, keys) else {
        return Ok((source, None));
    };
    let path = Path::new(one);
    if !path.is_dir() {
        return Ok((source, None));
    }
    let clone = Lookup::open(path).await?;
    if clone.resolve(SHARED).await.is_err() {
        return Err(usage(
            format!("{one} is neither a history directory nor a clone that holds {SHARED}"),
            format!("fetch it there first: git fetch origin {SHARED}:{SHARED}"),
        ));
    }
    let folder = tempfile::tempdir()?;
    clone.export(SHARED, folder.path()).await?;
    let history = Some(folder.path().to_owned());
    Ok((Source { history, ..source }, Some(folder)))
}

fn told(judged: &Judged) -> ItemVerified {
    let judgement = &judged.judgement;
    ItemVerified {
        item: judged.subject.key.clone(),
        verdict: judgement.word().to_owned(),
        findings: judgement.findings.clone(),
        counts: judgement.counts,
        tail: judgement.tail.clone(),
        head: judged.assembly.chain.head(),
        void: judged.assembly.void.len(),
        withheld: Vec::new(),
    }
}

fn text(verified: &Verified) -> String {
    let mut out = String::new();
    if verified.items.is_empty() && verified.elsewhere.is_empty() {
        out.push_str(match verified.bundle {
            Some(_) if verified.verdict == "findings" => "no history in it was judged\n",
            Some(_) | None => "there are no items\n",
        });
    }
    for own in &verified.items {
        let counts = &own.counts;
        out.push_str(&format!("{}: {}\n", own.item, own.verdict));
        out.push_str(&format!(
            "  {} entries, {} records: {} decisions, {} gate decisions, {} intermediate, {} outside actions\n",
            counts.entries, counts.records, counts.decisions, counts.gates, counts.intermediate, counts.outside_actions
        ));
        match &own.tail {
            Tail::Unchecked => out.push_str(
                "  tail: unchecked (no checkpoint: entries may have been cut off unnoticed)\n",
            ),
            Tail::Checked { seq, at, after } => {
                out.push_str(&format!("  tail: vouched for up to entry {seq} by a checkpoint of {at}; {after} after it\n"));
            }
        }
        if let Some(head) = own.head {
            out.push_str(&format!("  head: {head}\n"));
        }
        for finding in &own.findings {
            out.push_str(&format!(
                "  finding: {}\n",
                trail_item::quote::visible(&finding.to_string())
            ));
        }
        for withheld in &own.withheld {
            out.push_str(&format!(
                "  withheld: {}: {}\n",
                withheld.digest,
                trail_item::quote::visible(&withheld.reason)
            ));
        }
        if own.void > 0 {
            out.push_str(&format!(
                "  {} posted entries do not stand; `trail report {}` lists them\n",
                own.void, own.item
            ));
        }
    }
    for finding in &verified.elsewhere {
        out.push_str(&format!(
            "finding: {}\n",
            trail_item::quote::visible(&finding.to_string())
        ));
    }
    if let Some(bundle) = &verified.bundle {
        out.push_str(&bundle.text());
    }
    if let Some(note) = &verified.note {
        out.push_str(&format!("note: {note}\n"));
    }
    out
}
