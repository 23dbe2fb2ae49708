//! `trail compare RUN_A RUN_B [..]`: runs side by side.

mod find;

use std::path::PathBuf;

use trail_reader::compare;

use crate::cli::Global;
use crate::output::{self, Exit, usage};
use crate::reading::{Source, Trusting};

/// How many runs are compared at most: more columns than that nobody reads.
const MOST: usize = 8;

/// Compares runs: where they part, what each cost, and what came of it.
///
/// All are held against the first.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A run (`PROJ-1.1`), an item for its newest run, a replay by its directory, its name below
    /// `replays/` or its run, or `DIR:RUN` for a run of an exported history.
    #[arg(value_name = "RUN", required = true, num_args = 2..)]
    runs: Vec<String>,
    /// How it is laid out; by default text, or json with `--json`.
    #[arg(long, value_enum)]
    format: Option<Layout>,
    /// Write to this file instead of standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    trusting: Trusting,
    #[command(flatten)]
    source: Source,
}

/// How a comparison is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Layout {
    /// Text for a terminal.
    Text,
    /// Markdown.
    Md,
    /// One JSON value.
    Json,
    /// One page that holds all it needs.
    Html,
}

/// Runs the command.
pub(crate) async fn run(global: &Global, args: Args) -> anyhow::Result<Exit> {
    if args.runs.len() > MOST {
        return Err(usage(
            format!("{} runs cannot be compared at once", args.runs.len()),
            format!("name at most {MOST}"),
        ));
    }
    let found = find::all(global, &args.source, args.trusting, &args.runs).await?;
    let comparison = compare::of(&found.sides());
    let layout = args.format.unwrap_or(if global.json {
        Layout::Json
    } else {
        Layout::Text
    });
    let text = match layout {
        Layout::Text => compare::text(&comparison),
        Layout::Md => compare::markdown(&comparison),
        Layout::Json => format!("{}\n", serde_json::to_string_pretty(&comparison)?),
        Layout::Html => compare::html(&comparison),
    };
    output::deliver(global.json, args.output.as_deref(), text)
}
