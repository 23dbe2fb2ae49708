//! What holders of workers' keys may try: sessions that break the rules.

use super::{Case, Cases};
use crate::scenario::{Twist, play};

pub(super) fn add(cases: &mut Cases) {
    for (name, about, findings, twist) in twisted() {
        cases.list.push(Case {
            name,
            about,
            base: "v0",
            world: play(twist),
            findings,
            word: "findings",
        });
    }
}

type Twisted = (&'static str, &'static str, &'static [&'static str], Twist);

const APPROVAL: &[&str] = &["approval"];
const UNGATED: &[&str] = &["ungated"];
const DAMAGED: &[&str] = &["damaged-record"];

fn twisted() -> Vec<Twisted> {
    vec![
        (
            "request-other-head",
            "a request covers another head than its entry extends",
            APPROVAL,
            Twist::RequestNamesOtherHead,
        ),
        (
            "request-other-asker",
            "a request says that another persona asks",
            APPROVAL,
            Twist::RequestSaysOtherAsks,
        ),
        (
            "request-other-policy",
            "a request covers another policy than its entry",
            APPROVAL,
            Twist::RequestOfOtherPolicy,
        ),
        (
            "approval-wrong-code",
            "a decision names a code that is not the request's",
            APPROVAL,
            Twist::DecisionWrongCode,
        ),
        (
            "approval-by-persona",
            "the approver's account serves a persona, though it is listed",
            APPROVAL,
            Twist::DecisionByPersonaAccount,
        ),
        (
            "approval-by-unlisted",
            "the approver is not listed",
            APPROVAL,
            Twist::DecisionByUnlisted,
        ),
        (
            "approval-edited",
            "the approving comment was edited",
            APPROVAL,
            Twist::DecisionOnEditedComment,
        ),
        (
            "approval-by-requester",
            "the persona that asked seals the decision",
            APPROVAL,
            Twist::DecisionByRequester,
        ),
        (
            "approval-of-other",
            "a decision answers what is no request",
            APPROVAL,
            Twist::DecisionOfOtherRequest,
        ),
        (
            "approval-delegated",
            "the planner decides by delegation",
            APPROVAL,
            Twist::DecisionDelegatedToPlanner,
        ),
        (
            "approval-hides-play",
            "a played approval is passed off as a person's",
            APPROVAL,
            Twist::DecisionHidesPlay,
        ),
        (
            "approval-decided-twice",
            "one approver decides one request twice",
            APPROVAL,
            Twist::DecisionTwice,
        ),
        (
            "commit-unapproved",
            "a commit rests on no approval",
            UNGATED,
            Twist::CommitUnapproved,
        ),
        (
            "commit-rejected",
            "a commit rests on a rejection",
            UNGATED,
            Twist::CommitAfterRejection,
        ),
        (
            "approval-used-twice",
            "two commits rest on one approval",
            UNGATED,
            Twist::CommitTwice,
        ),
        (
            "commit-onto-other",
            "a commit applies the patchset onto another commit",
            UNGATED,
            Twist::CommitOntoOther,
        ),
        (
            "contract-path",
            "a commit under the contract writes a path outside of it",
            UNGATED,
            Twist::CommitBeyondContract,
        ),
        (
            "contract-climb",
            "a commit under the contract climbs out of it",
            UNGATED,
            Twist::CommitClimbsOutOfContract,
        ),
        (
            "contract-bytes",
            "a commit under the contract is bigger than it allows",
            UNGATED,
            Twist::CommitAboveBudget,
        ),
        (
            "commit-too-few",
            "a commit rests on one approval where two are asked for",
            UNGATED,
            Twist::CommitByTooFew,
        ),
        (
            "commit-rejected-by-second",
            "a second approver rejected what the first approved",
            UNGATED,
            Twist::CommitAfterSecondThoughts,
        ),
        (
            "commit-amended",
            "the task was amended between approval and commit",
            UNGATED,
            Twist::CommitAfterAmendment,
        ),
        (
            "contract-count",
            "more patchsets pass under the contract than it allows",
            UNGATED,
            Twist::CommitOverCount,
        ),
        (
            "path-twice",
            "a patchset changes a path twice",
            DAMAGED,
            Twist::PathTwice,
        ),
        (
            "newer-record",
            "a record of a later version of the format",
            &["unknown-format"],
            Twist::RecordOfNewerFormat,
        ),
        (
            "input-from-nowhere",
            "a record rests on one that was never sealed",
            DAMAGED,
            Twist::InputFromNowhere,
        ),
        (
            "spec-from-nowhere",
            "an entry names a spec that was never sealed",
            DAMAGED,
            Twist::SpecFromNowhere,
        ),
        (
            "body-of-other-shape",
            "a commit's body has another shape",
            DAMAGED,
            Twist::BodyOfOtherShape,
        ),
        (
            "delivery-other-tree",
            "another tree is delivered than the approved one",
            UNGATED,
            Twist::DeliveryOfOtherTree,
        ),
        (
            "delivery-unapproved",
            "a delivery rests on no approval",
            UNGATED,
            Twist::DeliveryUnapproved,
        ),
        (
            "delivery-by-other",
            "another persona delivers than the one that was to",
            UNGATED,
            Twist::DeliveryByOther,
        ),
        (
            "delivery-refused",
            "the reviewer refuses and delivers all the same",
            UNGATED,
            Twist::DeliveryAfterRefusal,
        ),
    ]
}
