//! The demo: the reference session on a sample repository, with everything real but the model.
//!
//! Files, commits, test runs, seals, gates and the pull request are what they are anywhere else; a
//! script answers in the model's place and every record says so. The figures at the end are counted
//! from the sealed history and never from the script.

mod ending;
mod founding;
mod gate;
mod sample;
mod session;
pub(crate) mod story;

use std::path::PathBuf;

use serde::Serialize;
use trail_reader::story::Standing;
use trail_record::{CriterionId, Digest, Entry, ItemKey, RunId};

use crate::output::usage;

/// What the demo is told.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    /// Where everything is made; it holds nothing yet.
    pub(crate) dir: PathBuf,
    /// Whether the gates are answered as the sample's human.
    pub(crate) yes: bool,
    /// The script in place of the sample's.
    pub(crate) script: Option<PathBuf>,
    /// Whether nothing is told on the way.
    pub(crate) quiet: bool,
}

/// What happened, as `trail demo --json` prints it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Played {
    /// The item.
    pub(crate) item: ItemKey,
    /// The run.
    pub(crate) run: Option<RunId>,
    /// AI calls.
    pub(crate) decisions: u64,
    /// Gate decisions.
    pub(crate) gates: u64,
    /// Results between task and delivery.
    pub(crate) intermediate: u64,
    /// Effects on the world outside.
    pub(crate) outside_actions: u64,
    /// The first and the last test run.
    pub(crate) tests: FirstAndLast,
    /// `verified`, `tail: unchecked` or `findings`.
    pub(crate) chain: &'static str,
    /// The head of the chain.
    pub(crate) head: Option<Digest<Entry>>,
    /// Where everything is.
    pub(crate) dir: PathBuf,
    /// Where the item stands.
    pub(crate) stage: &'static str,
    /// Entries and records sealed.
    pub(crate) entries: u64,
    pub(crate) records: u64,
    /// Input and output tokens as the script tells them.
    pub(crate) input_tokens: u64,
    pub(crate) output_tokens: u64,
    /// Cost by the demo's example prices, in millionths of a US dollar.
    pub(crate) cost_micros: u64,
    /// From the first entry to the last, in milliseconds.
    pub(crate) wall_ms: u64,
    /// Whether a script played the model, and whether the gates were answered by the demo.
    pub(crate) scripted: bool,
    pub(crate) simulated: bool,
    /// The exported history.
    pub(crate) history: PathBuf,
    /// The report, as a page and as Markdown.
    pub(crate) report: PathBuf,
    pub(crate) report_text: PathBuf,
    /// The delivered tree, checked out.
    pub(crate) delivered: PathBuf,
    /// What stands for each criterion: `proven`, or what is open.
    pub(crate) criteria: Vec<Criterion>,
    /// What the linter found in the delivered tree.
    pub(crate) lint: Linted,
    /// The evidence as one file, and what verifying it says.
    pub(crate) bundle: PathBuf,
    pub(crate) bundle_verdict: &'static str,
    /// What can be asked of it now, and how.
    pub(crate) questions: Vec<story::Question>,
}

/// A criterion at the end of the session.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Criterion {
    /// Its id.
    pub(crate) id: CriterionId,
    /// What stands for it.
    pub(crate) standing: Standing,
}

/// What the linter found.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Linted {
    /// Files it read.
    pub(crate) files: usize,
    /// Errors and warnings.
    pub(crate) findings: usize,
}

/// The first and the last test run.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct FirstAndLast {
    /// The first.
    pub(crate) first: Option<Figures>,
    /// The last.
    pub(crate) last: Option<Figures>,
}

/// A test run in figures.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Figures {
    /// Tests that passed.
    pub(crate) passed: u64,
    /// Tests that failed.
    pub(crate) failed: u64,
}

/// Plays the session from filing to pull request.
pub(crate) async fn play(options: &Options) -> anyhow::Result<Played> {
    if options
        .dir
        .read_dir()
        .is_ok_and(|mut found| found.next().is_some())
    {
        return Err(usage(
            format!("{} is not empty", options.dir.display()),
            "name a directory that is empty or not there yet",
        ));
    }
    let dir = std::path::absolute(&options.dir)?;
    let founded = founding::found(&dir, options.script.as_deref(), options.yes).await?;
    let item = session::play(&founded, options).await?;
    ending::end(&founded, &item, &dir).await
}
