//! `trail matrix`: criteria by tests, proofs, commits and approvals, over all items.

use std::path::PathBuf;

use trail_reader::matrix::{self, Filter, Matrix};
use trail_reader::story::Standing;

use crate::cli::Global;
use crate::output::{self, Exit, usage};
use crate::reading::{Reading, Source};

/// Tells which tests prove which criteria, in which commits, approved by whom.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Items by key; all if none is named.
    #[arg(value_name = "ITEM")]
    items: Vec<String>,
    /// Only criteria that stand so: proven, not-proven, annotated-tests-pass,
    /// annotated-tests-fail, suspect, unclaimed or not-tested.
    #[arg(long, value_name = "WORD", value_parser = standing)]
    standing: Vec<Standing>,
    /// Only items with this label, as it was captured last.
    #[arg(long, value_name = "LABEL")]
    label: Vec<String>,
    /// Read only what this machine keeps; neither tracker nor remote is asked.
    #[arg(long, conflicts_with = "history")]
    offline: bool,
    /// How it is written; by default md, or json with `--json`.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Write to this file instead of standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// End with exit code 1 unless every criterion that is told is proven and every history verifies.
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    source: Source,
}

/// How a matrix is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Markdown, for people.
    Md,
    /// One page that holds all it needs, for screens and paper.
    Html,
    /// JSON, for programs.
    Json,
    /// Comma-separated values, one line for each criterion and test.
    Csv,
}

fn standing(word: &str) -> Result<Standing, String> {
    let known = Standing::ALL.into_iter().find(|own| own.word() == word);
    known.ok_or_else(|| {
        let words: Vec<&str> = Standing::ALL.iter().map(|own| own.word()).collect();
        format!("it should be one of {}", words.join(", "))
    })
}

/// Runs the command.
pub(crate) async fn run(global: &Global, args: Args) -> anyhow::Result<Exit> {
    let reading = if args.offline {
        Reading::kept(global, &args.items).await?
    } else {
        Reading::remembering(global, &args.source, &args.items).await?
    };
    let filter = Filter {
        items: args.items,
        standings: args.standing,
        labels: args.label,
    };
    let mut matrix = Matrix::of(&reading.stories(), &filter);
    if matrix.items.is_empty() && !filter.is_empty() {
        return Err(usage(
            "no item or criterion fits what was asked for",
            "leave out --label or --standing to see all; labels are as they were captured last",
        ));
    }
    // What belongs to no item that was read is gone, and so in no row.
    for finding in &reading.elsewhere {
        matrix.open("findings", finding.to_string());
    }
    if let Some(note) = &reading.note {
        matrix.open("source", note.clone());
    }
    let format = args.format.unwrap_or(if global.json {
        Format::Json
    } else {
        Format::Md
    });
    let text = match format {
        Format::Md => matrix::markdown(&matrix),
        Format::Html => matrix::html(&matrix),
        Format::Json => format!("{}\n", serde_json::to_string_pretty(&matrix)?),
        Format::Csv => matrix::csv(&matrix),
    };
    output::deliver(global.json, args.output.as_deref(), text)?;
    let closed = matrix.is_closed() && reading.elsewhere.is_empty();
    Ok(if args.strict && !closed {
        Exit::Findings
    } else {
        Exit::Ok
    })
}
