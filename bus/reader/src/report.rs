//! The report of an item: gaps first, then who asked, what was agreed, who approved, what came of it.
//!
//! [`Report`] is the documented JSON shape; [`markdown`] renders the same for people. Everything is
//! computed from the sealed history; whatever is not known is said to be so.

mod gaps;
mod markdown;

use serde::Serialize;
use trail_item::Phase;
use trail_record::body::{Authority, CommitMade, Criterion, Risk, Scope, TestCase};
use trail_record::{
    CommentId, Digest, Entry, Finding, ItemKey, Moment, Persona, ProjectId, Record, RunId, UserId,
};

use crate::story::{
    Coverage, Fact, GateStanding, Signer, Story, Tests, Totals, Trusted, Unread, VoidEntry,
};

pub use gaps::Gap;
pub use markdown::markdown;
pub(crate) use markdown::span;

/// The report of an item.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// What is open, missing or to be known before anything else is believed.
    pub gaps: Vec<Gap>,
    /// What verification found.
    pub findings: Vec<Finding>,
    /// `verified`, `tail: unchecked` or `findings`.
    pub chain: &'static str,
    /// How far the end is vouched for.
    pub tail: trail_record::verify::Tail,
    /// The project.
    pub project: ProjectId,
    /// The item.
    pub item: ItemKey,
    /// The item's title as sealed.
    pub title: Option<String>,
    /// The runs.
    pub runs: Vec<RunId>,
    /// The stage the item is in.
    pub stage: &'static str,
    /// What a board shows.
    pub phase: Phase,
    /// The head of the chain.
    pub head: Option<Digest<Entry>>,
    /// The task in force.
    pub task: Option<Task>,
    /// The gates.
    pub gates: Vec<GateTold>,
    /// The personas.
    pub personas: Vec<Signer>,
    /// What the newest trust document says.
    pub trusted: Option<Trusted>,
    /// Whether a script played a model.
    pub scripted: bool,
    /// Whether a played human decided at a gate.
    pub simulated: bool,
    /// What agents concluded.
    pub conclusions: Vec<ConclusionTold>,
    /// The criteria and the tests that claim them.
    pub criteria: Vec<Coverage>,
    /// The test runs.
    pub tests: Vec<TestRun>,
    /// The commits.
    pub commits: Vec<Fact<CommitMade>>,
    /// The newest pull request as rendered.
    pub pull_request: Option<PullRequestTold>,
    /// What was done outside.
    pub deliveries: Vec<Fact<trail_record::body::DeliveryReceipt>>,
    /// The reviewer's last looks.
    pub reviews: Vec<Fact<trail_record::body::Review>>,
    /// Attempts that failed.
    pub failures: Vec<Fact<trail_record::body::Failure>>,
    /// What policy or scope refused.
    pub refusals: Vec<Refusal>,
    /// Sums.
    pub totals: Totals,
    /// The calls, in short; `trail show DIGEST` tells each whole.
    pub calls: Vec<Call>,
    /// Entries that do not stand.
    pub void: Vec<VoidEntry>,
    /// Records that are listed but cannot be read.
    pub unread: Vec<Unread>,
}

/// The task in force.
#[derive(Debug, Clone, Serialize)]
pub struct Task {
    /// The spec.
    pub spec: Digest<Record>,
    /// 1 at intake, one more at each amendment.
    pub revision: u32,
    /// When it was sealed.
    pub sealed: Moment,
    /// Who wrote the item.
    pub author: UserId,
    /// Their name.
    pub author_name: String,
    /// How it is known that a permitted person asked for exactly this.
    pub authority: Authority,
    /// The name of the person whose word it is.
    pub authority_name: String,
    /// The declared risk.
    pub risk: Risk,
    /// What may be read and written.
    pub scope: Scope,
    /// The criteria.
    pub criteria: Vec<Criterion>,
}

/// A gate in a report.
#[derive(Debug, Clone, Serialize)]
pub struct GateTold {
    /// Its name.
    pub gate: String,
    /// The request.
    pub request: Digest<Record>,
    /// The code that approves it.
    pub code: String,
    /// What would take effect.
    pub subject: Digest<Record>,
    /// The tree it covers.
    pub tree: Option<trail_record::TreeId>,
    /// Who asked.
    pub requested_by: Persona,
    /// Who acts on it.
    pub performed_by: Persona,
    /// When it was asked.
    pub asked: Moment,
    /// How many must approve.
    pub needed: u32,
    /// How it stands.
    pub standing: GateStanding,
    /// How long it stood before the first decision, in milliseconds.
    pub waited_ms: Option<u64>,
    /// What was decided.
    pub decisions: Vec<Approval>,
}

/// A decision at a gate in a report.
#[derive(Debug, Clone, Serialize)]
pub struct Approval {
    /// The decision.
    pub digest: Digest<Record>,
    /// `approved` or `rejected`.
    pub outcome: trail_record::body::GateOutcome,
    /// Who decided: the account.
    pub approver: UserId,
    /// Their name.
    pub name: String,
    /// Their reason.
    pub why: Option<String>,
    /// The comment they decided in.
    pub comment: Option<CommentId>,
    /// When that was written, by the tracker.
    pub said: Option<Moment>,
    /// When it was sealed.
    pub sealed: Moment,
    /// The persona that vouches for it.
    pub attested_by: Persona,
    /// Whether a rule delegated the gate to the reviewer persona.
    pub delegated: bool,
    /// Whether the approver is played, not a person.
    pub simulated: bool,
}

/// A conclusion in a report.
#[derive(Debug, Clone, Serialize)]
pub struct ConclusionTold {
    /// The record.
    pub digest: Digest<Record>,
    /// The call it came from.
    pub call: Option<u32>,
    /// Who concluded.
    pub persona: Persona,
    /// When it was sealed.
    pub at: Moment,
    /// What was concluded, and why.
    pub conclusion: trail_record::body::Conclusion,
}

/// A test run in a report.
#[derive(Debug, Clone, Serialize)]
pub struct TestRun {
    /// The record.
    pub digest: Digest<Record>,
    /// Its title.
    pub title: String,
    /// When it was sealed.
    pub at: Moment,
    /// The tree that was tested.
    pub tree: trail_record::TreeId,
    /// The command.
    pub command: Vec<String>,
    /// Which sandbox held it.
    pub sandbox: String,
    /// The figures.
    pub tests: Tests,
    /// The tests that did not pass.
    pub not_passed: Vec<TestCase>,
}

/// A pull request in a report.
#[derive(Debug, Clone, Serialize)]
pub struct PullRequestTold {
    /// The record.
    pub digest: Digest<Record>,
    /// Its title.
    pub title: String,
    /// The branch.
    pub branch: String,
    /// The commit it starts from.
    pub base: trail_record::CommitId,
    /// The commit it delivers.
    pub head: trail_record::CommitId,
    /// Its tree.
    pub tree: trail_record::TreeId,
    /// The body, Markdown.
    pub body: String,
}

/// An ask that policy or scope refused.
#[derive(Debug, Clone, Serialize)]
pub struct Refusal {
    /// The call.
    pub call: u32,
    /// Who asked.
    pub persona: Persona,
    /// The tool.
    pub tool: String,
    /// The arguments, in short.
    pub arguments: String,
    /// The rules that decided.
    pub rules: Vec<String>,
    /// Why.
    pub reason: String,
}

/// An AI call in a report.
#[derive(Debug, Clone, Serialize)]
pub struct Call {
    /// Its number in the run.
    pub call: u32,
    /// The record.
    pub digest: Digest<Record>,
    /// The run.
    pub run: RunId,
    /// Who asked.
    pub persona: Persona,
    /// For which action.
    pub action: String,
    /// The model that was asked for.
    pub model_requested: String,
    /// The model that answered, as the peer says.
    pub model_served: Option<String>,
    /// When it was asked.
    pub at: Moment,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// Input tokens that no cache served.
    pub input_tokens: Option<u64>,
    /// Output tokens.
    pub output_tokens: Option<u64>,
    /// Cost in millionths of a US dollar.
    pub cost_micros: Option<u64>,
    /// The beginning of the answer's text.
    pub text: String,
    /// The tools it asked for, each with whether that was allowed.
    pub asks: Vec<AskTold>,
}

/// A tool asked for.
#[derive(Debug, Clone, Serialize)]
pub struct AskTold {
    /// The tool.
    pub tool: String,
    /// What it was about, in short.
    pub about: String,
    /// Whether policy and scope allowed it.
    pub allowed: bool,
    /// Whether the model was told of an error.
    pub error: bool,
}

impl Report {
    /// Makes the report of a story.
    #[must_use]
    pub fn of(story: &Story) -> Self {
        Self {
            gaps: gaps::of(story),
            findings: story.judgement.findings.clone(),
            chain: story.judgement.word(),
            tail: story.judgement.tail.clone(),
            project: story.project.clone(),
            item: story.key.clone(),
            title: story.spec().map(|own| own.body.title.clone()),
            runs: story.runs.clone(),
            stage: story.state.stage_name(),
            phase: story.state.phase(),
            head: story.head(),
            task: task(story),
            gates: gates(story),
            personas: story.personas.clone(),
            trusted: story.trusted.clone(),
            scripted: story.is_scripted(),
            simulated: story.is_simulated(),
            conclusions: conclusions(story),
            criteria: story.coverage(),
            tests: story.tests.iter().map(test_run).collect(),
            commits: story.commits.clone(),
            pull_request: pull_request(story),
            deliveries: story.deliveries.clone(),
            reviews: story.reviews.clone(),
            failures: story.failures.clone(),
            refusals: refusals(story),
            totals: story.totals(),
            calls: calls(story),
            void: story.void.clone(),
            unread: story.unread.clone(),
        }
    }

    /// Renders the report for people.
    #[must_use]
    pub fn markdown(&self) -> String {
        markdown(self)
    }
}

fn task(story: &Story) -> Option<Task> {
    let fact = story.spec()?;
    let spec = &fact.body;
    let asked = match &spec.authority {
        Authority::Author { user } | Authority::Command { user, .. } => user,
    };
    Some(Task {
        spec: fact.digest,
        revision: spec.revision,
        sealed: fact.at,
        author: spec.author.clone(),
        author_name: story.name_of(&spec.author),
        authority: spec.authority.clone(),
        authority_name: story.name_of(asked),
        risk: spec.risk,
        scope: spec.scope.clone(),
        criteria: spec.criteria.clone(),
    })
}

fn gates(story: &Story) -> Vec<GateTold> {
    let told = story.gates.iter().map(|gate| {
        let request = &gate.request.body;
        let decisions = gate.decisions.iter().map(|own| Approval {
            digest: own.digest,
            outcome: own.body.outcome,
            approver: own.body.approver.clone(),
            name: own.body.name.clone(),
            why: own.body.why.clone(),
            comment: own.body.comment.as_ref().map(|seen| seen.id.clone()),
            said: own.body.comment.as_ref().map(|seen| seen.created),
            sealed: own.at,
            attested_by: own.body.attested_by,
            delegated: own.body.delegated,
            simulated: own.body.simulated,
        });
        GateTold {
            gate: request.gate.to_string(),
            request: gate.request.digest,
            code: gate.code.clone(),
            subject: request.subject,
            tree: request.covers.tree.clone(),
            requested_by: request.requested_by,
            performed_by: request.performed_by,
            asked: gate.request.at,
            needed: request.approvals,
            standing: story.standing(gate),
            waited_ms: gate.waited_ms(),
            decisions: decisions.collect(),
        }
    });
    told.collect()
}

fn conclusions(story: &Story) -> Vec<ConclusionTold> {
    let told = story.conclusions.iter().map(|own| {
        let from = |digest: &Digest<Record>| {
            story
                .decisions
                .iter()
                .find(|call| call.digest == *digest)
                .map(|call| call.body.call)
        };
        ConclusionTold {
            digest: own.digest,
            call: own.inputs.iter().find_map(from),
            persona: own.persona,
            at: own.at,
            conclusion: own.body.clone(),
        }
    });
    told.collect()
}

fn test_run(own: &Fact<trail_record::body::TestResult>) -> TestRun {
    let body = &own.body;
    let failed = body
        .cases
        .iter()
        .filter(|case| case.outcome != trail_record::body::TestOutcome::Passed);
    TestRun {
        digest: own.digest,
        title: own.title.clone(),
        at: own.at,
        tree: body.tree.clone(),
        command: body.command.clone(),
        sandbox: body.sandbox.clone(),
        tests: Tests::of(body),
        not_passed: failed.cloned().collect(),
    }
}

fn pull_request(story: &Story) -> Option<PullRequestTold> {
    let own = story.pull_requests.last()?;
    Some(PullRequestTold {
        digest: own.digest,
        title: own.body.title.clone(),
        branch: own.body.branch.clone(),
        base: own.body.base.clone(),
        head: own.body.head.clone(),
        tree: own.body.tree.clone(),
        body: own.body.body.clone(),
    })
}

fn refusals(story: &Story) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    for decision in &story.decisions {
        for ask in decision.body.asks.iter().filter(|ask| !ask.verdict.allowed) {
            refusals.push(Refusal {
                call: decision.body.call,
                persona: decision.persona,
                tool: ask.tool.clone(),
                arguments: short(&ask.arguments.to_string(), 200),
                rules: ask.verdict.rules.clone(),
                reason: ask.verdict.reason.clone(),
            });
        }
    }
    refusals
}

fn calls(story: &Story) -> Vec<Call> {
    let told = story.decisions.iter().map(|own| {
        let body = &own.body;
        let asks = body.asks.iter().map(|ask| AskTold {
            tool: ask.tool.clone(),
            about: about(&ask.arguments),
            allowed: ask.verdict.allowed,
            error: ask.error,
        });
        Call {
            call: body.call,
            digest: own.digest,
            run: own.run.clone(),
            persona: body.persona,
            action: body.action.clone(),
            model_requested: body.model_requested.clone(),
            model_served: body.model_served.clone(),
            at: body.at,
            took_ms: body.took_ms,
            input_tokens: body.usage.input,
            output_tokens: body.usage.output,
            cost_micros: body.cost_micros,
            text: short(&body.text, 160),
            asks: asks.collect(),
        }
    });
    told.collect()
}

/// Returns what a tool call is about, in a word or two.
pub(crate) fn about(arguments: &serde_json::Value) -> String {
    let text = |name: &str| arguments.get(name).and_then(serde_json::Value::as_str);
    if let Some(named) = ["path", "name", "pattern"]
        .iter()
        .find_map(|name| text(name))
    {
        return short(named, 100);
    }
    let command = arguments
        .get("command")
        .and_then(serde_json::Value::as_array);
    command.map_or_else(String::new, |command| {
        let parts: Vec<&str> = command
            .iter()
            .filter_map(serde_json::Value::as_str)
            .collect();
        short(&parts.join(" "), 100)
    })
}

/// Returns the beginning of a text on one line, with nothing hidden in it.
pub(crate) fn short(text: &str, max: usize) -> String {
    let visible = trail_item::quote::visible(text);
    let line: Vec<&str> = visible.split_whitespace().collect();
    trail_item::quote::cut(&line.join(" "), max)
}
