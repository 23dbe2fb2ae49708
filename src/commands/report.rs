//! `trail report ITEM`: gaps first, then who asked, who approved, what came of it.

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
    /// Markdown or JSON; `--json` means JSON too.
    #[arg(long, value_enum, default_value_t = Format::Md)]
    format: Format,
}

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Markdown, for people.
    Md,
    /// JSON, for programs.
    Json,
}

/// Runs the command.
pub(crate) async fn run(global: &Global, args: Args) -> anyhow::Result<Exit> {
    let reading = Reading::remembering(global, &args.source, &[args.item]).await?;
    let report = Report::of(&reading.only()?);
    let json = global.json || args.format == Format::Json;
    output::show(json, &report, Report::markdown)?;
    Ok(Exit::Ok)
}
