//! Why a record is what it is, and what followed from it.
//!
//! Both directions are the records' own `inputs`, nothing else: a reason that was not an input was
//! not known, and what does not rest on a record did not follow from it.

mod draw;

use serde::Serialize;
use trail_record::body::Ask;
use trail_record::{Digest, Record};

use crate::graph::{Graph, Node, Reached, Way};
use crate::story::Story;

pub use draw::{dot, mermaid, tree};

/// A record, what it rests on, and what rests on it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trace {
    /// The record.
    pub of: Node,
    /// What its doer said: what, why, and what else was considered.
    pub said: Said,
    /// What it saw: all it rests on, nearest first.
    pub saw: Vec<Step>,
    /// What followed: all that rests on it, nearest first.
    pub led_to: Vec<Step>,
    /// Inputs that no told record has: the history ends there, or those bytes are missing.
    pub loose: Vec<Digest<Record>>,
    /// Whether the history was verified; an answer from one that was not proves nothing.
    pub verified: bool,
}

/// A record on the way, and how it was reached.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// How many edges away, at least 1.
    pub depth: u32,
    /// The record it was reached through.
    pub through: Digest<Record>,
    /// The record.
    #[serde(flatten)]
    pub node: Node,
}

/// What the doer of a record said of it; what its kind does not have is none or empty.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Said {
    /// What was concluded, found or summed up.
    pub statement: Option<String>,
    /// What was chosen.
    pub choice: Option<String>,
    /// What else was considered.
    pub alternatives: Vec<String>,
    /// Why.
    pub rationale: Option<String>,
    /// The criteria it bears on.
    pub criteria: Vec<String>,
    /// The model that answered, as its peer said.
    pub model: Option<String>,
    /// What an AI call asked for: tool, what about, whether it was allowed.
    pub asks: Vec<Asked>,
    /// What was concluded in an AI call, by name.
    pub concluded: Vec<String>,
}

/// One thing a call asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// The tool.
    pub tool: String,
    /// Path, name, pattern or command.
    pub about: String,
    /// Whether policy allowed it.
    pub allowed: bool,
}

/// How far a trace goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// Edges towards inputs.
    pub up: u32,
    /// Edges towards users.
    pub down: u32,
}

impl Reach {
    /// All there is, both ways.
    pub const ALL: Self = Self {
        up: u32::MAX,
        down: u32::MAX,
    };
}

/// Traces one record.
#[must_use]
pub fn of(story: &Story, graph: &Graph, node: &Node, reach: Reach) -> Trace {
    let saw = graph.reach(node.digest, Way::Inputs, reach.up);
    let mut loose = graph.inputs(node).1;
    for reached in &saw {
        for input in graph.inputs(reached.node).1 {
            if !loose.contains(&input) {
                loose.push(input);
            }
        }
    }
    Trace {
        of: node.clone(),
        said: said(story, node.digest),
        saw: steps(&saw),
        led_to: steps(&graph.reach(node.digest, Way::Users, reach.down)),
        loose,
        verified: story.judgement.findings.is_empty(),
    }
}

fn steps(reached: &[Reached<'_>]) -> Vec<Step> {
    reached
        .iter()
        .map(|own| Step {
            depth: own.depth,
            through: own.through,
            node: own.node.clone(),
        })
        .collect()
}

/// Returns what is said in a record.
fn said(story: &Story, digest: Digest<Record>) -> Said {
    let mut said = Said::default();
    if let Some(own) = story.conclusions.iter().find(|own| own.digest == digest) {
        let body = &own.body;
        said.statement = Some(body.statement.clone());
        said.choice.clone_from(&body.choice);
        said.alternatives.clone_from(&body.alternatives);
        said.rationale = Some(body.rationale.clone());
        said.criteria.clone_from(&body.criteria);
        said.model = own
            .inputs
            .iter()
            .find_map(|input| story.decisions.iter().find(|call| call.digest == *input))
            .and_then(|call| call.body.model_served.clone());
    } else if let Some(own) = story.decisions.iter().find(|own| own.digest == digest) {
        let body = &own.body;
        said.rationale = Some(body.text.clone()).filter(|text| !text.is_empty());
        said.model.clone_from(&body.model_served);
        said.asks = body.asks.iter().map(asked).collect();
        said.concluded = story
            .conclusions
            .iter()
            .filter(|other| other.inputs.contains(&digest))
            .map(|other| other.body.name.clone())
            .collect();
    } else if let Some(own) = story.specs.iter().find(|own| own.digest == digest) {
        said.statement = Some(own.body.title.clone());
        said.criteria = own
            .body
            .criteria
            .iter()
            .map(|criterion| format!("{}@{}", criterion.id, criterion.revision))
            .collect();
    } else if let Some(own) = story.patchsets.iter().find(|own| own.digest == digest) {
        said.statement = Some(own.body.summary.clone());
    } else if let Some(own) = story.reviews.iter().find(|own| own.digest == digest) {
        said.statement = Some(own.body.summary.clone());
    } else if let Some(own) = story.failures.iter().find(|own| own.digest == digest) {
        said.statement = Some(own.body.reason.clone());
    } else if let Some(own) = story.pull_requests.iter().find(|own| own.digest == digest) {
        said.statement = Some(own.body.title.clone());
    } else if let Some(own) = story
        .gates
        .iter()
        .flat_map(|gate| &gate.decisions)
        .find(|own| own.digest == digest)
    {
        said.choice = Some(
            match own.body.outcome {
                trail_record::body::GateOutcome::Approved => "approved",
                trail_record::body::GateOutcome::Rejected => "rejected",
            }
            .to_owned(),
        );
        said.statement = Some(format!("{} at gate {}", own.body.name, own.body.gate));
        said.rationale.clone_from(&own.body.why);
    }
    said
}

fn asked(ask: &Ask) -> Asked {
    Asked {
        tool: ask.tool.clone(),
        about: crate::report::about(&ask.arguments),
        allowed: ask.verdict.allowed,
    }
}
