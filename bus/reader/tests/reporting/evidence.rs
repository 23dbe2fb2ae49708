//! Evidence for clauses: each kind is there, partly there or absent for its own reason.

use trail_reader::clauses::{Evidence, Standing};
use trail_reader::{Report, Story};
use trail_record::verify::Tail;
use trail_record::{Finding, FindingKind, Place, UserId};

use crate::{amend, proven};

/// Returns how a kind of evidence stands.
fn held(story: &Story, kind: Evidence) -> (Standing, String) {
    let clauses = Report::of(story).clauses;
    let own = clauses.evidence.into_iter().find(|own| own.kind == kind);
    let own = own.expect("every kind is told");
    (own.standing, own.reason)
}

/// Tells how a kind stands after something was done to the proven history.
fn after(kind: Evidence, change: impl FnOnce(&mut Story)) -> Standing {
    let mut story = proven();
    change(&mut story);
    held(&story, kind).0
}

fn finding(story: &mut Story, kind: FindingKind) {
    let finding = Finding::new(kind, Place::default(), "a test made it");
    story.judgement.findings.push(finding);
}

fn decisions(story: &mut Story) -> impl Iterator<Item = &mut trail_record::body::GateDecision> {
    let gates = story.gates.iter_mut().flat_map(|own| &mut own.decisions);
    gates.map(|own| &mut own.body)
}

#[test]
fn a_proven_history_holds_all_evidence_but_what_it_cannot() {
    let clauses = Report::of(&proven()).clauses;
    let lacking: Vec<(Evidence, Standing)> = clauses
        .evidence
        .iter()
        .filter(|own| own.standing != Standing::Present)
        .map(|own| (own.kind, own.standing))
        .collect();
    // A script played the model, nobody vouches for clocks, and the one who asked also approved.
    let expected = [
        (Evidence::TimesRecorded, Standing::Partly),
        (Evidence::FourEyes, Standing::Partly),
        (Evidence::ModelsIdentified, Standing::Partly),
    ];
    assert_eq!(lacking, expected);
}

#[test]
fn each_kind_of_evidence_goes_when_what_it_rests_on_goes() {
    use Evidence as E;
    use Standing::{Absent, Partly, Present};
    type Change = Box<dyn FnOnce(&mut Story)>;
    let all: Vec<(E, Standing, Change)> = vec![
        (
            E::HistoryVerified,
            Absent,
            Box::new(|s| finding(s, FindingKind::EditedEntry)),
        ),
        (
            E::HistoryVerified,
            Partly,
            Box::new(|s| s.judgement.tail = Tail::Unchecked),
        ),
        (
            E::EndVouchedFor,
            Absent,
            Box::new(|s| s.judgement.tail = Tail::Unchecked),
        ),
        (
            E::EntriesSigned,
            Partly,
            Box::new(|s| finding(s, FindingKind::ForeignKey)),
        ),
        (E::EntriesSigned, Absent, Box::new(|s| s.entries.clear())),
        (E::TimesRecorded, Absent, Box::new(|s| s.entries.clear())),
        (
            E::FailuresKept,
            Partly,
            Box::new(|s| finding(s, FindingKind::Truncated)),
        ),
        (E::ReplayPossible, Absent, Box::new(|s| s.decisions.clear())),
        (E::TrustDocument, Absent, Box::new(|s| s.trusted = None)),
        (
            E::PolicyVerdicts,
            Partly,
            Box::new(|s| {
                s.decisions[0].body.asks[0].verdict.rules.clear();
            }),
        ),
        (E::RequesterNamed, Absent, Box::new(|s| s.specs.clear())),
        (
            E::ApprovalsNamed,
            Absent,
            Box::new(|s| decisions(s).for_each(|own| own.simulated = true)),
        ),
        (
            E::ApprovalsNamed,
            Partly,
            Box::new(|s| decisions(s).next().unwrap().delegated = true),
        ),
        (
            E::ApprovalsBound,
            Absent,
            Box::new(|s| finding(s, FindingKind::EditedApproval)),
        ),
        (
            E::HumanGates,
            Partly,
            Box::new(|s| decisions(s).for_each(|own| own.simulated = true)),
        ),
        (
            E::HumanGates,
            Partly,
            Box::new(|s| finding(s, FindingKind::Ungated)),
        ),
        (E::HumanGates, Absent, Box::new(|s| s.gates.clear())),
        (
            E::FourEyes,
            Present,
            Box::new(|s| {
                decisions(s).next().unwrap().approver = UserId::from("u-jonas");
            }),
        ),
        (
            E::FourEyes,
            Absent,
            Box::new(|s| decisions(s).for_each(|own| own.simulated = true)),
        ),
        (
            E::RolesSeparate,
            Partly,
            Box::new(|s| {
                s.trusted.as_mut().unwrap().shares_accounts = true;
            }),
        ),
        (
            E::RolesSeparate,
            Partly,
            Box::new(|s| {
                let asks = s.gates[0].request.body.requested_by;
                decisions(s).next().unwrap().attested_by = asks;
            }),
        ),
        (
            E::ScopeAudited,
            Partly,
            Box::new(|s| {
                for own in &mut s.specs {
                    own.body.scope.read = vec!["docs/**".to_owned()];
                }
            }),
        ),
        (
            E::Sandboxed,
            Partly,
            Box::new(|s| s.tests[0].body.sandbox = "none".to_owned()),
        ),
        (E::CallsRecorded, Absent, Box::new(|s| s.decisions.clear())),
        (
            E::ModelsIdentified,
            Present,
            Box::new(|s| {
                for own in &mut s.decisions {
                    own.body.endpoint = "models.example".to_owned();
                    own.body.model_served = Some("a-model".to_owned());
                }
            }),
        ),
        (
            E::RationaleRecorded,
            Absent,
            Box::new(|s| s.conclusions.clear()),
        ),
        (E::TaskSealed, Absent, Box::new(|s| s.specs.clear())),
        (
            E::TaskSealed,
            Partly,
            Box::new(|s| s.specs[0].body.criteria.clear()),
        ),
        (
            E::AmendmentsNamed,
            Partly,
            Box::new(|s| finding(s, FindingKind::Drift)),
        ),
        (E::AmendmentsNamed, Present, Box::new(|s| amend(s, |_| {}))),
        (
            E::ChangesTraceable,
            Absent,
            Box::new(|s| s.patchsets.clear()),
        ),
        (
            E::DeliveredAsApproved,
            Absent,
            Box::new(|s| s.deliveries.clear()),
        ),
        (
            E::DeliveredAsApproved,
            Absent,
            Box::new(|s| {
                s.deliveries[0].body.tree = "0000".into();
            }),
        ),
        (E::TestsPerformed, Absent, Box::new(|s| s.tests.clear())),
        (
            E::TestsPerformed,
            Partly,
            Box::new(|s| s.tests[0].body.exit = Some(101)),
        ),
        (E::CriteriaTested, Absent, Box::new(|s| s.tests.clear())),
        (E::CriteriaProven, Absent, Box::new(|s| s.proofs.clear())),
        (
            E::CriteriaProven,
            Partly,
            Box::new(|s| {
                s.proofs
                    .retain(|own| own.body.test == "report::rounds_half_up");
            }),
        ),
    ];
    let mut seen: Vec<E> = all.iter().map(|own| own.0).collect();
    for (kind, expected, change) in all {
        assert_eq!(after(kind, change), expected, "{kind:?}");
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(
        seen.len(),
        Evidence::ALL.len(),
        "a kind of evidence has no line here"
    );
}

#[test]
fn a_clause_stands_as_its_evidence_does_and_says_what_is_not_covered() {
    let clauses = Report::of(&proven()).clauses;
    let of = |framework: &str, id: &str| {
        let own = clauses
            .frameworks
            .iter()
            .find(|own| own.id == framework)
            .unwrap();
        own.clauses.iter().find(|own| own.id == id).unwrap().clone()
    };
    let training = of("21-cfr-11", "11.10(i)");
    assert_eq!(training.standing, Standing::NotCovered);
    assert!(training.reasons.is_empty() && !training.not_covered.is_empty());
    assert_eq!(of("21-cfr-11", "11.70").standing, Standing::Present);
    let review = of("slsa-source", "two-party-review (level 4)");
    assert_eq!(review.standing, Standing::Partly);
    assert_eq!(
        review.reasons,
        [
            "four eyes: Klara Nilsson asked and approved; the work itself is by personas, which approve nothing"
        ]
    );
}
