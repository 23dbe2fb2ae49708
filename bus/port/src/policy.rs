//! The Policy port: who may do what.

use serde_json::Value;
use trail_record::body::{Risk, Verdict};
use trail_record::{Digest, Persona, UserId};

/// Who would act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// A worker's persona.
    Persona(Persona),
    /// A tracker account that serves no persona.
    Human {
        /// The account.
        id: UserId,
        /// Whether the trust document lists it as an approver.
        approver: bool,
    },
}

/// What would be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Have an item they wrote taken up without a further word.
    File,
    /// `/start CODE`.
    Start,
    /// `/approve CODE`.
    Approve,
    /// `/reject CODE`.
    Reject,
    /// `/amend CODE`.
    Amend,
    /// `/hold`.
    Hold,
    /// `/resume`.
    Resume,
    /// `/retry`.
    Retry,
    /// `/cancel`.
    Cancel,
    /// `/dispose CODE why`.
    Dispose,
    /// `/revert`.
    Revert,
    /// Read, list or search a path.
    Read,
    /// Stage a change to a path.
    Write,
    /// Run a command.
    Run,
    /// Ask a model.
    Think,
    /// Pass a later patchset under an approved contract.
    Contract,
    /// Open the pull request.
    Deliver,
    /// Pass a gate without a human: asked for the reviewer persona.
    Delegate,
    /// Go on without a gate at a point that has one by default nowhere (`plan`, `exec`).
    Proceed,
}

/// One question to policy. The attributes are those of the schema in `policies/`.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Who would act.
    pub principal: Principal,
    /// What they would do.
    pub action: Action,
    /// The item's key.
    pub item: String,
    /// The item's labels, sorted.
    pub labels: Vec<String>,
    /// The higher of the declared risk and what the changed paths say.
    pub risk: Risk,
    /// What the action is about.
    pub subject: Subject,
}

/// What an action is about.
#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
    /// The item itself.
    Item,
    /// A gate.
    Gate {
        /// Its name.
        name: String,
        /// The account the requester acts on, so that rules can separate duties.
        requested_by: Persona,
        /// The paths its subject would change.
        paths: Vec<String>,
    },
    /// A path in the repository.
    Path {
        /// `/`-separated, normalised, without `..`.
        path: String,
        /// Whether the item's scope lists it for this kind of access.
        in_scope: bool,
    },
    /// A command.
    Command {
        /// Program and arguments.
        argv: Vec<String>,
        /// Whether the configuration lists it.
        configured: bool,
    },
    /// Spending on a model.
    Spend {
        /// Cost so far in this run, in millionths of a US dollar.
        spent_micros: u64,
        /// The budget; none if not limited.
        budget_micros: Option<u64>,
        /// Calls so far in this run.
        calls: u32,
        /// The limit of calls.
        max_calls: u32,
    },
    /// A patchset under a contract.
    Patchset {
        /// The paths it changes.
        paths: Vec<String>,
        /// Whether every path, the size and the count are inside the contract.
        inside: bool,
    },
}

impl Action {
    /// Returns the action's name in policies and records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Start => "start",
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Amend => "amend",
            Self::Hold => "hold",
            Self::Resume => "resume",
            Self::Retry => "retry",
            Self::Cancel => "cancel",
            Self::Dispose => "dispose",
            Self::Revert => "revert",
            Self::Read => "read",
            Self::Write => "write",
            Self::Run => "run",
            Self::Think => "think",
            Self::Contract => "contract",
            Self::Deliver => "deliver",
            Self::Delegate => "delegate",
            Self::Proceed => "proceed",
        }
    }
}

/// Judges questions by rules.
///
/// Laws: denied unless a rule permits; any error denies and says so; the verdict names the rules
/// that made it; the same question under the same digest gets the same verdict.
pub trait Policy: Send + Sync {
    /// Returns the digest of the rules, schema and examples in force.
    fn digest(&self) -> Digest<trail_record::Policy>;

    /// Judges one question.
    fn judge(&self, question: &Question) -> Verdict;

    /// Returns how many permitted humans must approve at this gate; at least 1.
    fn approvals(&self, question: &Question) -> u32;

    /// Returns the risk that changing these paths carries, by the policy's own table; the declared
    /// risk of an item can only raise it.
    fn risk_of(&self, paths: &[String]) -> Risk;

    /// Describes the rules for people: id, what it permits or forbids, and why.
    fn describe(&self) -> Value;
}
