//! Runs side by side: where they part, what each cost, and what came of it.
//!
//! Decisions are aligned by action and by their place in it. Two decisions are the same if words,
//! asks and results are; who answered, when and at what cost belongs to the figures.

mod align;
mod class;
mod figures;
mod html;
mod markdown;
mod of_run;
mod run;
mod text;
mod words;

use serde::Serialize;
use trail_record::{Digest, Entry, Persona, Record, RunId};

use crate::story::Story;

pub use class::Class;
pub use html::html;
pub use markdown::markdown;
pub use run::{Carried, Changes, Decided, FileTold, GateTold, Rated, Reused, RunTold, Time, Told};
pub use text::text;

/// One run to compare.
#[derive(Debug, Clone)]
pub struct Side<'s> {
    /// The history that holds it.
    pub story: &'s Story,
    /// The run.
    pub run: RunId,
    /// Of what it is a replay; none for an original.
    pub replay: Option<ReplayOf>,
}

/// Where a replay with an override comes from, as its first entry seals it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReplayOf {
    /// The original run.
    pub run: RunId,
    /// The head of the chain that was replayed.
    pub head: Digest<Entry>,
    /// The configured model that was asked instead; none if the personas' own were.
    pub model: Option<String>,
    /// The sampling temperature that was set instead.
    pub temperature: Option<f64>,
    /// The first call that was asked anew.
    pub from: u32,
    /// The gates that were asked anew.
    pub regate: Vec<String>,
}

/// Runs side by side; all are held against the first.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// The runs, in the order asked for.
    pub runs: Vec<RunTold>,
    /// Each later run against the first.
    pub against_first: Vec<Against>,
    /// What was concluded by name, in each run.
    pub choices: Vec<Choice>,
    /// The decisions side by side, in the order of the first run; what only others have stands where
    /// they have it.
    pub decisions: Vec<Row>,
}

/// A later run against the first.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Against {
    /// The run.
    pub run: RunId,
    /// Decisions that are the same.
    pub same: u64,
    /// Where the two part: the first decision that is not the same; none if none is.
    pub first: Option<Divergence>,
    /// Every later one.
    pub later: Vec<Divergence>,
}

/// A decision that is not the same in two runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Divergence {
    /// In which way.
    pub class: Class,
    /// The action.
    pub action: String,
    /// The place in [`Comparison::decisions`], from 0.
    pub row: usize,
    /// The call in the first run; none if it has none there.
    pub first_call: Option<u32>,
    /// The call in the other run; none if it has none there.
    pub other_call: Option<u32>,
    /// What differs: a conclusion's name, a tool and what it was about.
    pub about: String,
    /// What it is in the first run.
    pub first: String,
    /// What it is in the other.
    pub other: String,
}

/// What was concluded by one name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// The name the agents gave.
    pub name: String,
    /// Whether the runs that have it do not all choose the same.
    pub differs: bool,
    /// In each run; none where it was not concluded.
    pub runs: Vec<Option<Chosen>>,
}

/// What a run concluded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Chosen {
    /// What was chosen, where a choice was made.
    pub choice: Option<String>,
    /// What was concluded.
    pub statement: String,
    /// What else was considered.
    pub alternatives: Vec<String>,
    /// Why.
    pub rationale: String,
    /// The record.
    pub digest: Digest<Record>,
    /// The call it was concluded in, if that is told.
    pub call: Option<u32>,
}

/// Decisions side by side.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// The action.
    pub action: String,
    /// Which of the run's sessions of that action, from 1.
    pub session: usize,
    /// The place within it, from 1.
    pub place: usize,
    /// How each later run differs from the first; none where it does not.
    pub classes: Vec<Option<Class>>,
    /// The decision of each run; none where it has none there.
    pub runs: Vec<Option<Cell>>,
}

/// A decision in a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// The call.
    pub call: u32,
    /// Who asked.
    pub persona: Persona,
    /// The record; `trail show` tells it whole.
    pub digest: Digest<Record>,
    /// What the model said beside its asks; the beginning.
    pub said: String,
    /// What it asked for.
    pub asks: Vec<Asked>,
}

/// One ask of a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// The tool.
    pub tool: String,
    /// Path, name, pattern or command.
    pub about: String,
    /// What was chosen, where a conclusion names a choice.
    pub choice: Option<String>,
    /// Whether policy allowed it.
    pub allowed: bool,
    /// Whether the result told of an error.
    pub error: bool,
}

/// Compares runs; all are held against the first.
#[must_use]
pub fn of(sides: &[Side<'_>]) -> Comparison {
    let stories: Vec<Story> = sides
        .iter()
        .map(|side| of_run::of_run(side.story, &side.run))
        .collect();
    let aligned = align::align(&stories);
    let against_first = (1..sides.len())
        .map(|index| align::against(&aligned, index, &sides[index].run))
        .collect();
    Comparison {
        runs: (0..sides.len())
            .map(|index| figures::told(sides, &stories, index))
            .collect(),
        against_first,
        choices: figures::choices(&stories),
        decisions: aligned.iter().map(align::Aligned::row).collect(),
    }
}

impl Comparison {
    /// Tells whether every history was verified.
    #[must_use]
    pub fn verified(&self) -> bool {
        self.runs.iter().all(|run| run.verified)
    }
}
