//! `trail status`: where the items stand and what they wait for.

use serde::Serialize;
use trail_item::Phase;
use trail_record::Moment;

use crate::cli::Global;
use crate::output::{self, Exit};
use crate::setup::Setup;
use crate::standing::{Standing, stand};
use crate::{trust, wire};

/// What the command takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Items; all that are not done if none is named.
    #[arg(value_name = "ITEM")]
    pub(crate) items: Vec<String>,
    /// Show those that are delivered or cancelled as well.
    #[arg(long)]
    pub(crate) all: bool,
}

/// One item as `--json` shows it.
#[derive(Debug, Serialize)]
struct Row {
    key: String,
    title: String,
    stage: &'static str,
    phase: Phase,
    waits_for: Option<String>,
    gate: Option<GateRow>,
    lease: Option<LeaseRow>,
    run: Option<String>,
    entries: u64,
    head: Option<String>,
    calls: u32,
    cost_micros: u64,
    findings: usize,
    updated: Moment,
}

#[derive(Debug, Serialize)]
struct GateRow {
    name: String,
    code: String,
    requested_by: String,
    approvals: usize,
    needed: u32,
}

#[derive(Debug, Serialize)]
struct LeaseRow {
    holder: String,
    action: String,
    fence: String,
    until: Moment,
}

/// Shows where the items stand.
pub(crate) async fn run(global: &Global, args: Args) -> anyhow::Result<Exit> {
    let setup = Setup::open(global)?;
    let trust = setup.trust()?;
    let reach = wire::reach(&setup, global).await?;
    let ids = reach.named(&args.items).await?;
    let bar = output::progress(global.json, ids.len() as u64, "reading items");
    let now = trust::now();
    let mut rows = Vec::with_capacity(ids.len());
    for id in &ids {
        let standing = stand(reach.tracker.as_ref(), id, &setup.project(), &trust).await?;
        rows.push(row(&standing, now));
        bar.inc(1);
    }
    bar.finish_and_clear();
    if !args.all && args.items.is_empty() {
        rows.retain(|row| !matches!(row.phase, Phase::Done | Phase::Cancelled));
    }
    rows.sort_by_key(|row| number(&row.key));
    output::show(global.json, &rows, |rows| table(rows, ids.len()))?;
    Ok(Exit::Ok)
}

fn row(standing: &Standing, now: Moment) -> Row {
    let state = &standing.state;
    Row {
        key: standing.item.key.to_string(),
        title: standing.item.title.clone(),
        stage: state.stage_name(),
        phase: state.phase(),
        waits_for: standing.waits_for(now),
        gate: state.waiting().map(|gate| GateRow {
            name: gate.name.to_string(),
            code: gate.code.clone(),
            requested_by: gate.requested_by.to_string(),
            approvals: gate.approvals.len(),
            needed: gate.needed.max(1),
        }),
        lease: state.lease.as_ref().map(|lease| LeaseRow {
            holder: lease.holder.to_string(),
            action: lease.action.to_string(),
            fence: lease.fence.to_string(),
            until: lease.until,
        }),
        run: state.task.as_ref().map(|task| task.run.to_string()),
        entries: state.entries,
        head: state.head.map(|head| head.to_string()),
        calls: state.calls,
        cost_micros: state.cost_micros,
        findings: standing.assembly.findings.len(),
        updated: standing.item.updated,
    }
}

fn table(rows: &[Row], all: usize) -> String {
    if rows.is_empty() {
        return match all {
            0 => "There are no items yet; file one with `trail file`.\n".to_owned(),
            _ => format!("Nothing is open; `trail status --all` shows all {all} items.\n"),
        };
    }
    let head = ["KEY", "STAGE", "WAITS FOR", "TITLE"]
        .map(str::to_owned)
        .to_vec();
    let line = |row: &Row| {
        let waits = row.waits_for.clone().unwrap_or_else(|| "-".to_owned());
        // A title is a stranger's text: nothing in it may move the cursor.
        let title: String = row
            .title
            .chars()
            .filter(|c| !c.is_control())
            .take(60)
            .collect();
        vec![row.key.clone(), row.stage.to_owned(), waits, title]
    };
    let table: Vec<Vec<String>> = std::iter::once(head).chain(rows.iter().map(line)).collect();
    output::columns(&table)
}

/// Returns the number in a key, for sorting.
fn number(key: &str) -> u64 {
    key.rsplit_once('-')
        .and_then(|(_, number)| number.parse().ok())
        .unwrap_or(u64::MAX)
}
