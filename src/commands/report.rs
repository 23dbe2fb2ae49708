//! `trail report ITEM`: gaps first, then who asked, who approved, what came of it.

use std::path::PathBuf;

use trail_reader::Report;

use crate::cli::Global;
use crate::output::{self, Exit};
use crate::reading::{Reading, Source};

/// Reports on an item.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The item's key.
    #[arg(value_name = "ITEM")]
    item: String,
    #[command(flatten)]
    source: Source,
    /// How it is written; by default md, or json with `--json`.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Write to this file instead of standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Markdown, for people.
    Md,
    /// One page that holds all it needs, for screens and paper.
    Html,
    /// JSON, for programs.
    Json,
}

/// Runs the command.
pub(crate) async fn run(global: &Global, args: Args) -> anyhow::Result<Exit> {
    let reading = Reading::remembering(global, &args.source, &[args.item]).await?;
    let mut report = Report::of(&reading.only()?);
    if let Some(note) = &reading.note {
        report.open("source", note.clone());
    }
    let format = args.format.unwrap_or(if global.json {
        Format::Json
    } else {
        Format::Md
    });
    let text = match format {
        Format::Md => report.markdown(),
        Format::Html => report.html(),
        Format::Json => format!("{}\n", serde_json::to_string_pretty(&report)?),
    };
    output::deliver(global.json, args.output.as_deref(), text)
}
