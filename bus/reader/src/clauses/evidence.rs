//! The kinds of evidence that a history can hold, each computed, none typed in.

mod history;
mod people;
mod work;

use serde::{Deserialize, Serialize};

use super::Standing;
use crate::report::Basis;

/// Declares the kinds with their titles and what computes them.
macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $kind:ident, $title:literal, $from:path;)*) => {
        /// A kind of evidence that a history can hold.
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(rename_all = "kebab-case")]
        pub enum Evidence {
            $($(#[doc = $doc])+ $kind,)*
        }

        impl Evidence {
            /// All kinds, in the order in which they are told.
            pub const ALL: [Self; [$(Self::$kind),*].len()] = [$(Self::$kind),*];

            /// Returns its name for people.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self {
                    $(Self::$kind => $title,)*
                }
            }

            /// Tells whether a history holds it, and why.
            pub(crate) fn held(self, basis: &Basis<'_>) -> Held {
                let (standing, reason) = match self {
                    $(Self::$kind => $from(basis),)*
                };
                Held {
                    kind: self,
                    title: self.title(),
                    standing,
                    reason,
                }
            }
        }
    };
}

kinds! {
    /// Bytes, seals, keys, order and approvals of the history verify.
    HistoryVerified, "history verified", history::verified;
    /// A key that no worker holds says how far the history goes.
    EndVouchedFor, "end vouched for", history::end;
    /// Every entry that stands is signed by a trusted key of its persona.
    EntriesSigned, "entries signed", history::signed;
    /// Entries and comments carry times.
    TimesRecorded, "times recorded", history::times;
    /// Attempts that failed and asks that were refused stay in the history.
    FailuresKept, "failures kept", history::failures;
    /// All that an exact replay needs is there.
    ReplayPossible, "exact replay possible", history::replay;
    /// The trust documents form one line that the operator signed.
    TrustDocument, "trust document", people::trust;
    /// Policy decided each ask, and its rules are named.
    PolicyVerdicts, "policy verdicts", people::policy;
    /// It is known who asked for the work.
    RequesterNamed, "requester named", people::requester;
    /// Those who approved are named, with when and in which comment.
    ApprovalsNamed, "approvals named", people::approvals;
    /// Approvals hold for exactly the bytes that took effect.
    ApprovalsBound, "approvals bound", people::bound;
    /// A human decided before files were written and before the pull request.
    HumanGates, "human gates", people::gates;
    /// Somebody else than who asked for the work approved it.
    FourEyes, "four eyes", people::four_eyes;
    /// Who asks at a gate, who acts on it and who attests the answer are different keys and accounts.
    RolesSeparate, "roles separate", people::roles;
    /// What agents touched was recorded and lies within the sealed scope.
    ScopeAudited, "scope audited", work::scope;
    /// Commands and tests ran in a sandbox.
    Sandboxed, "sandboxed", work::sandboxed;
    /// Every AI call is recorded with what the model saw and answered.
    CallsRecorded, "AI calls recorded", work::calls;
    /// The models that answered are named.
    ModelsIdentified, "models identified", work::models;
    /// Decisions are recorded with their reasons.
    RationaleRecorded, "reasons recorded", work::rationale;
    /// The task is sealed, with criteria and scope.
    TaskSealed, "task sealed", work::task;
    /// Each amendment of the task is somebody's word.
    AmendmentsNamed, "amendments named", work::amendments;
    /// Each commit leads to its patchset.
    ChangesTraceable, "changes traceable", work::changes;
    /// What was delivered is exactly what was approved.
    DeliveredAsApproved, "delivered as approved", work::delivered;
    /// Tests were run, and the last run passed.
    TestsPerformed, "tests performed", work::tests;
    /// Each criterion has a test that claims it.
    CriteriaTested, "criteria tested", work::tested;
    /// Each criterion is proven by a test that can fail.
    CriteriaProven, "criteria proven", work::proven;
}

/// Whether a history holds a kind of evidence, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Held {
    /// The kind.
    pub kind: Evidence,
    /// Its name for people.
    pub title: &'static str,
    /// Whether it is there.
    pub standing: Standing,
    /// Why, for people.
    pub reason: String,
}

/// Whether evidence is there, and why.
type Found = (Standing, String);

fn present(reason: impl Into<String>) -> Found {
    (Standing::Present, reason.into())
}

fn partly(reason: impl Into<String>) -> Found {
    (Standing::Partly, reason.into())
}

fn absent(reason: impl Into<String>) -> Found {
    (Standing::Absent, reason.into())
}

/// Returns what is there of so many that should be.
fn share(there: usize, of: usize, what: &str) -> Found {
    let reason = format!("{there} of {of} {what}");
    if there == of && of > 0 {
        present(reason)
    } else if there > 0 {
        partly(reason)
    } else {
        absent(reason)
    }
}
