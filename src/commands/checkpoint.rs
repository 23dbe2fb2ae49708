//! `trail checkpoint`: the operator signs how far the histories went.

use anyhow::Context as _;
use serde::Serialize;
use trail_record::{Checkpoint, Digest, Entry, FORMAT, ItemId};

use crate::cli::Global;
use crate::output::{self, Exit};
use crate::setup::Setup;
use crate::standing::{Standing, stand};
use crate::{private, trust, wire};

/// What the command takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Items; all of them if none is named.
    #[arg(value_name = "ITEM")]
    pub(crate) items: Vec<String>,
}

/// What became of one item.
#[derive(Debug, Serialize)]
struct Row {
    key: String,
    seq: u64,
    head: Option<Digest<Entry>>,
    /// The file, if one was written.
    file: Option<String>,
    /// Why none was: `already`, `empty`, or what is wrong.
    left_out: Option<String>,
    #[serde(skip)]
    wrong: bool,
}

/// Signs the heads.
pub(crate) async fn run(global: &Global, args: Args) -> anyhow::Result<Exit> {
    let setup = Setup::open(global)?;
    let operator = setup.operator(global)?;
    let trust = setup.trust()?;
    let keys = &trust.latest().1.checkpoint_keys;
    let before: Vec<Checkpoint> = setup
        .checkpoints()?
        .iter()
        .map(|envelope| Checkpoint::open(envelope, keys))
        .collect::<Result<_, _>>()
        .with_context(|| setup.layout.checkpoints().display().to_string())?;
    let reach = wire::reach(&setup, global).await?;
    let mut rows = Vec::new();
    for id in reach.named(&args.items).await? {
        let standing = stand(reach.tracker.as_ref(), &id, &setup.project(), &trust).await?;
        let mut row = judge(&standing, &id, &before);
        if let (None, Some(head)) = (&row.left_out, row.head) {
            let checkpoint = Checkpoint {
                format: FORMAT,
                project: setup.project(),
                item: id,
                key: standing.item.key.clone(),
                seq: row.seq,
                head,
                at: trust::now(),
            };
            let name = format!("{}-{:06}.json", row.key, row.seq);
            std::fs::create_dir_all(setup.layout.checkpoints())?;
            let envelope = checkpoint.seal(&operator)?;
            private::write_new(&setup.layout.checkpoints().join(&name), &envelope.to_json())?;
            row.file = Some(name);
        }
        rows.push(row);
    }
    output::show(global.json, &rows, |rows| table(rows))?;
    Ok(if rows.iter().any(|row| row.wrong) {
        Exit::Findings
    } else {
        Exit::Ok
    })
}

/// Tells whether the head of an item can be signed.
fn judge(standing: &Standing, id: &ItemId, before: &[Checkpoint]) -> Row {
    let last = standing.assembly.chain.last();
    let (seq, head) = last.map_or((0, None), |last| {
        (last.signed.entry.seq, Some(last.signed.digest))
    });
    let mut row = Row {
        key: standing.item.key.to_string(),
        seq,
        head,
        file: None,
        left_out: None,
        wrong: false,
    };
    let signed = |own: &&Checkpoint| own.item == *id;
    let newest = before.iter().filter(signed).max_by_key(|own| own.seq);
    let entries = standing.assembly.chain.entries();
    // What was signed once must still be there, or the history was cut.
    let cut = before.iter().filter(signed).find(|own| {
        !entries
            .iter()
            .any(|entry| entry.signed.entry.seq == own.seq && entry.signed.digest == own.head)
    });
    let left_out = if standing.assembly.forked {
        Some("its history is forked; see `trail verify`".to_owned())
    } else if let Some(own) = cut {
        Some(format!(
            "its history lacks entry {}, which a checkpoint names; see `trail verify`",
            own.seq
        ))
    } else {
        let finding = standing.assembly.findings.first();
        finding.map(|finding| format!("{finding}; see `trail verify`"))
    };
    row.wrong = left_out.is_some();
    row.left_out = left_out.or_else(|| match (head, newest) {
        (None, _) => Some("empty".to_owned()),
        (Some(head), Some(newest)) if newest.head == head => Some("already".to_owned()),
        (Some(_), _) => None,
    });
    row
}

fn table(rows: &[Row]) -> String {
    if rows.is_empty() {
        return "There are no items.\n".to_owned();
    }
    let line = |row: &Row| {
        let what = match (&row.file, row.left_out.as_deref()) {
            (Some(file), _) => format!("checkpoints/{file}"),
            (None, Some("already")) => "signed already".to_owned(),
            (None, Some("empty")) => "nothing to sign yet".to_owned(),
            (None, Some(why)) => format!("not signed: {why}"),
            (None, None) => String::new(),
        };
        vec![row.key.clone(), format!("entry {}", row.seq), what]
    };
    output::columns(&rows.iter().map(line).collect::<Vec<_>>())
}
