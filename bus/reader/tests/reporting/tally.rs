//! How criteria are counted, and that no figure hides what was amended, removed or waived.

use trail_reader::Report;
use trail_reader::story::Standing;
use trail_record::body::TestOutcome;
use trail_record::body::proof::Outcome;

use crate::{amend, criterion, gaps, golden, proven};

#[test]
fn criteria_that_tests_prove_are_told_as_proven() {
    let report = Report::of(&proven());
    assert_eq!(
        report.tally.sentence(),
        "3 criteria: 3 proven (AC-1@1, AC-2@1, AC-3@1). Amended: none. Removed: none. Waived: none."
    );
    assert!(report.criteria_changes.is_empty());
    insta::assert_snapshot!("proofs", section(&report.markdown(), "### Red and green"));
}

#[test]
fn passing_tests_alone_prove_nothing_and_letting_them_through_is_told_as_waived() {
    let report = Report::of(&golden("v0")[0]);
    assert_eq!(
        report.tally.sentence(),
        "3 criteria: 3 with passing annotated tests only (AC-1@1, AC-2@1, AC-3@1). Amended: none. \
         Removed: none. Waived: AC-1@1, AC-2@1, AC-3@1."
    );
    let gaps = gaps(&report);
    for kind in ["unproven", "waived"] {
        assert!(gaps.iter().any(|own| own.0 == kind), "{kind}: {gaps:?}");
    }
}

#[test]
fn an_amendment_is_told_apart_and_makes_suspect_what_it_changed() {
    let mut story = proven();
    amend(&mut story, |spec| {
        spec.criteria[1] = criterion("AC-2", 2, "half units are rounded to even");
        spec.criteria.remove(2);
        spec.criteria
            .push(criterion("AC-4", 1, "an unknown disclosure is an error"));
    });
    let report = Report::of(&story);
    assert_eq!(
        report.tally.sentence(),
        "3 criteria: 1 proven (AC-1@1), 2 suspect (AC-2@2, AC-4@1). Amended: AC-2@2. \
         Removed: AC-3@1. Waived: none."
    );
    let changed: Vec<&str> = report
        .criteria_changes
        .iter()
        .map(|own| own.criterion.as_str())
        .collect();
    assert_eq!(changed, ["AC-2", "AC-3", "AC-4"]);
    let gaps = gaps(&report);
    for (kind, what) in [
        (
            "criterion",
            "AC-2@2: suspect: amended after the last test run",
        ),
        (
            "criterion",
            "AC-4@1: suspect: amended after the last test run",
        ),
        ("amended", "AC-2@2: amended since it was first agreed"),
        ("removed", "AC-3@1: removed from what was agreed"),
    ] {
        assert!(gaps.contains(&(kind, what.to_owned())), "{what}: {gaps:?}");
    }
    insta::assert_snapshot!(
        "amended",
        section(
            &report.markdown(),
            "### Amended, removed and waived criteria"
        )
    );
}

#[test]
fn a_proof_of_another_tree_or_revision_counts_for_nothing() {
    let mut other_tree = proven();
    for own in &mut other_tree.proofs {
        own.body.tree = "0000000000000000000000000000000000000000".into();
    }
    let report = Report::of(&other_tree);
    assert_eq!(report.tally.proven, Vec::<String>::new());
    assert!(report.proofs.iter().all(|own| !own.counts));
    assert!(
        report
            .markdown()
            .contains("of another tree than was tested last")
    );

    let mut other_revision = proven();
    for claim in other_revision
        .proofs
        .iter_mut()
        .flat_map(|own| &mut own.body.claims)
    {
        claim.criterion.revision = Some(7);
    }
    assert_eq!(
        Report::of(&other_revision).tally.proven,
        Vec::<String>::new()
    );
}

#[test]
fn an_annotation_that_names_another_revision_claims_nothing_of_this_one() {
    let mut story = proven();
    let last = story.tests.last_mut().unwrap();
    for named in last
        .body
        .cases
        .iter_mut()
        .flat_map(|own| &mut own.validates)
    {
        named.revision = Some(2);
    }
    let standings: Vec<Standing> = story.coverage().iter().map(|own| own.standing).collect();
    assert_eq!(standings, [Standing::Unclaimed; 3]);
}

#[test]
fn one_failing_test_outweighs_a_proof() {
    let mut story = proven();
    let last = story.tests.last_mut().unwrap();
    let case = last
        .body
        .cases
        .iter_mut()
        .find(|own| own.name == "report::has_a_title");
    case.unwrap().outcome = TestOutcome::Failed;
    let told = Report::of(&story).tally;
    assert_eq!(told.annotated_tests_fail, ["AC-2@1"]);
    assert_eq!(told.proven, ["AC-1@1", "AC-3@1"]);
}

#[test]
fn a_vacuous_test_is_told_with_its_reason() {
    let mut story = proven();
    for own in &mut story.proofs {
        for claim in &mut own.body.claims {
            claim.proves = false;
        }
        own.body.base.outcome = Outcome::Passed;
    }
    let report = Report::of(&story);
    assert_eq!(report.tally.not_proven, ["AC-1@1", "AC-2@1", "AC-3@1"]);
    assert!(gaps(&report).contains(&(
        "criterion",
        "AC-1@1: not proven: its tests were not seen to fail".to_owned()
    )));
}

#[test]
fn what_came_from_elsewhere_is_reported_and_not_performed() {
    let story = proven();
    let report = Report::of(&story);
    let reported = &report.reported[0];
    assert!(!reported.performed);
    assert_eq!(reported.criteria[0].criterion.as_str(), "AC-2");
    for text in [report.markdown(), report.html()] {
        assert!(text.contains("Reported, not performed"));
        assert!(text.contains("prove nothing"));
    }
    // Without Trail's own proofs it proves nothing.
    let mut alone = story;
    alone.proofs.clear();
    assert_eq!(Report::of(&alone).tally.proven, Vec::<String>::new());
}

/// Returns a section of a report, with its digests made plain.
fn section(markdown: &str, heading: &str) -> String {
    let from = markdown.find(heading).expect("the section is there");
    let rest = &markdown[from + heading.len()..];
    let end = rest.find("\n##").unwrap_or(rest.len());
    let mut out = String::new();
    for (index, part) in rest[..end].split('`').enumerate() {
        if index > 0 {
            out.push('`');
        }
        let hex = part.len() >= 12 && part.bytes().all(|own| own.is_ascii_hexdigit());
        out.push_str(if hex { "<hex>" } else { part });
    }
    out.trim().to_owned()
}
