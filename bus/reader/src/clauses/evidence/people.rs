//! Evidence of who asked, who approved, and who was trusted to.

use std::collections::BTreeSet;

use trail_item::text::count;
use trail_record::body::{GateDecision, GateName, GateOutcome};
use trail_record::{FindingKind, KeyId, UserId};

use super::history::findings;
use super::{Found, absent, partly, present, share};
use crate::report::{Basis, short};
use crate::story::{Gate, GateStanding};

/// Returns all approvals.
fn given<'s>(basis: &Basis<'s>) -> Vec<&'s GateDecision> {
    let gates = basis.story.gates.iter().flat_map(|gate| &gate.decisions);
    gates
        .map(|own| &own.body)
        .filter(|own| own.outcome == GateOutcome::Approved)
        .collect()
}

/// Tells whether a person said it.
const fn by_person(own: &GateDecision) -> bool {
    !own.delegated && !own.simulated
}

pub(super) fn trust(basis: &Basis<'_>) -> Found {
    match &basis.story.trusted {
        None => absent("the trust documents could not be verified"),
        Some(own) => present(format!(
            "document {}, signed by the operator, names {}",
            own.serial,
            count(own.approvers.len(), "approver")
        )),
    }
}

pub(super) fn policy(basis: &Basis<'_>) -> Found {
    let calls = basis.story.decisions.iter();
    let asks = calls.flat_map(|own| &own.body.asks).map(|own| &own.verdict);
    let gates = basis.story.gates.iter().flat_map(|own| &own.decisions);
    let gates = gates.map(|own| &own.body.verdict);
    let verdicts = basis.story.verdicts.iter().map(|own| &own.body.verdict);
    let all: Vec<_> = asks.chain(gates).chain(verdicts).collect();
    // What no rule permits is refused, and names none.
    let named = all
        .iter()
        .filter(|own| !own.allowed || !own.rules.is_empty())
        .count();
    share(
        named,
        all.len(),
        "verdicts name the rules that made them, or that none permits it",
    )
}

pub(super) fn requester(basis: &Basis<'_>) -> Found {
    let Some(spec) = basis.story.spec() else {
        return absent("no task was sealed");
    };
    let name = short(&basis.story.name_of(asked_by(&spec.body.authority)), 100);
    present(format!("{name}, for revision {}", spec.body.revision))
}

const fn asked_by(authority: &trail_record::body::Authority) -> &UserId {
    use trail_record::body::Authority;
    match authority {
        Authority::Author { user } | Authority::Command { user, .. } => user,
    }
}

pub(super) fn approvals(basis: &Basis<'_>) -> Found {
    let all = given(basis);
    let named = all
        .iter()
        .filter(|own| by_person(own) && own.comment.is_some())
        .count();
    let told = "approvals name a person, a comment and its time";
    match share(named, all.len(), told) {
        (_, reason) if named < all.len() => {
            let played = all.iter().filter(|own| own.simulated).count();
            let delegated = all.iter().filter(|own| own.delegated).count();
            let reason = format!("{reason}; {played} played, {delegated} delegated by a rule");
            if named > 0 {
                partly(reason)
            } else {
                absent(reason)
            }
        }
        found => found,
    }
}

pub(super) fn bound(basis: &Basis<'_>) -> Found {
    let broken = findings(
        basis,
        &[
            FindingKind::Approval,
            FindingKind::EditedApproval,
            FindingKind::DeletedApproval,
            FindingKind::Reattributed,
            FindingKind::Ungated,
        ],
    );
    let given = given(basis).len();
    if given == 0 {
        absent("nothing was approved")
    } else if broken > 0 {
        absent(format!("{} of approvals", count(broken, "finding")))
    } else {
        present(format!(
            "{}, each for one request by digest and code, and none is contradicted",
            count(given, "approval")
        ))
    }
}

pub(super) fn gates(basis: &Basis<'_>) -> Found {
    let story = basis.story;
    let passed = |name: &str| -> Option<&Gate> {
        story.gates.iter().rev().find(|gate| {
            gate.request.body.gate.as_str() == name
                && story.standing(gate) == GateStanding::Approved
        })
    };
    let wanted = [GateName::FILE_WRITE, GateName::PR_CREATE];
    let found: Vec<&Gate> = wanted.iter().filter_map(|name| passed(name)).collect();
    let ungated = findings(basis, &[FindingKind::Ungated]);
    let by_people = found.iter().filter(|gate| {
        let mut approvals = gate
            .decisions
            .iter()
            .filter(|own| own.body.outcome == GateOutcome::Approved);
        approvals.all(|own| by_person(&own.body))
    });
    let by_people = by_people.count();
    if found.is_empty() {
        absent("no gate was passed")
    } else if ungated > 0 {
        partly(format!(
            "{} of effects that nobody allowed",
            count(ungated, "finding")
        ))
    } else if by_people < found.len() {
        partly(format!(
            "{} of {} passed gates were decided by a person; the rest was played or delegated",
            by_people,
            found.len()
        ))
    } else if found.len() < wanted.len() {
        partly(format!("only {} was passed", found[0].request.body.gate))
    } else {
        present("a person approved before files were written and before the pull request")
    }
}

pub(super) fn four_eyes(basis: &Basis<'_>) -> Found {
    let Some(spec) = basis.story.spec() else {
        return absent("no task was sealed");
    };
    let asked = asked_by(&spec.body.authority);
    let people: BTreeSet<&UserId> = given(basis)
        .into_iter()
        .filter(|own| by_person(own))
        .map(|own| &own.approver)
        .collect();
    let names = |own: &BTreeSet<&UserId>| {
        let names: Vec<String> = own.iter().map(|own| basis.story.name_of(own)).collect();
        short(&names.join(", "), 200)
    };
    let asker = short(&basis.story.name_of(asked), 100);
    if people.is_empty() {
        absent("no person approved anything")
    } else if people.iter().any(|own| *own != asked) {
        present(format!("{asker} asked, {} approved", names(&people)))
    } else {
        partly(format!(
            "{asker} asked and approved; the work itself is by personas, which approve nothing"
        ))
    }
}

pub(super) fn roles(basis: &Basis<'_>) -> Found {
    let story = basis.story;
    let gates = story.gates.iter().filter(|gate| !gate.decisions.is_empty());
    let mut mixed = 0;
    let mut all = 0;
    for gate in gates {
        let (asks, acts) = (
            gate.request.body.requested_by,
            gate.request.body.performed_by,
        );
        for own in &gate.decisions {
            all += 1;
            mixed += usize::from([asks, acts].contains(&own.body.attested_by));
        }
    }
    let keys: Vec<&KeyId> = story.personas.iter().flat_map(|own| &own.keys).collect();
    let distinct = keys.iter().collect::<BTreeSet<_>>().len();
    if all == 0 {
        return absent("no gate was decided");
    }
    let told = format!(
        "{} attested by a persona that neither asked nor acts",
        count(all - mixed, "decision")
    );
    let shared = story.trusted.as_ref().is_none_or(|own| own.shares_accounts);
    if mixed > 0 {
        partly(format!("{told}, {mixed} by one that does"))
    } else if distinct < keys.len() {
        partly(format!("{told}, but personas share a key"))
    } else if shared {
        partly(format!(
            "{told}, but personas share a tracker account, or the trust document is not known"
        ))
    } else {
        present(told)
    }
}
