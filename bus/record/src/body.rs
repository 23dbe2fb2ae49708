//! The bodies of records: the stored shape of each kind.
//!
//! Facts a peer did not tell are `null`, never 0. Sizes are bytes, durations milliseconds, costs
//! millionths of a US dollar. Text that came from outside is kept as it came.

mod ai;
mod change;
mod gate;
pub mod proof;
mod task;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::record::Kind;

pub use ai::{Ask, Attempt, Conclusion, Decision, Effect, Usage, Verdict};
pub use change::{
    CommitMade, Contract, DeliveryReceipt, FailedBy, FileChange, PatchPurpose, Patchset,
    PullRequest, Review, TestCase, TestOutcome, TestPlace, TestResult, Validates,
};
pub use gate::{
    ChangeKind, ChangeSeen, CommentSeen, Covers, GateDecision, GateName, GateOutcome, GateRequest,
    Observation, Observed, PolicyVerdict,
};
pub use proof::{Mutant, Proof, ReportedResult, Revert, Trial};
pub use task::{Authority, Criterion, Failure, Risk, Scope, Spec};

/// A typed record body.
pub trait Body: Serialize + DeserializeOwned {
    /// Returns the kind of record whose body this is.
    fn kind(&self) -> Kind;
}

macro_rules! bodies {
    ($($body:ty => $kind:ident,)*) => {$(
        impl Body for $body {
            fn kind(&self) -> Kind {
                Kind::$kind
            }
        }
    )*};
}

bodies! {
    Spec => Spec,
    Failure => Failure,
    Decision => Decision,
    Conclusion => Conclusion,
    TestResult => TestResult,
    PullRequest => PullRequest,
    Review => Review,
    CommitMade => Commit,
    DeliveryReceipt => DeliveryReceipt,
    GateRequest => GateRequest,
    GateDecision => GateDecision,
    Observation => Observation,
    PolicyVerdict => PolicyVerdict,
    Trial => Trial,
    Mutant => Mutant,
    Proof => Proof,
    ReportedResult => ReportedResult,
    Revert => Revert,
}

impl Body for Patchset {
    fn kind(&self) -> Kind {
        match self.purpose {
            PatchPurpose::Implement | PatchPurpose::Fix => Kind::Patchset,
            PatchPurpose::Test => Kind::TestPatchset,
        }
    }
}
