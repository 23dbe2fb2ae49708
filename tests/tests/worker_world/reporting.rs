//! Results of tests that were run elsewhere: kept by the tester, once, proving and moving nothing.

use trail_item::Stage;
use trail_record::body::{ReportedResult, TestCase, TestOutcome, Validates};
use trail_record::{Digest, Kind, Persona};
use trail_tests::world::{BODY, SCRIPT, World};

use super::{deliver, titles};

fn report(criterion: &str) -> ReportedResult {
    ReportedResult {
        source: "junit.xml".to_owned(),
        format: "junit".to_owned(),
        bytes: Digest::of(criterion.as_bytes()),
        commit: None,
        reported_by: "CI of main".to_owned(),
        cases: vec![TestCase {
            name: "suite::it_greets".to_owned(),
            outcome: TestOutcome::Failed,
            validates: vec![Validates {
                work_item: "P-1".into(),
                criterion: criterion.into(),
                revision: None,
            }],
            failed_by: None,
            message: Some(format!("the token was ghp_{}", "a1B2".repeat(9))),
            place: None,
        }],
    }
}

#[tokio::test]
async fn what_was_reported_is_kept_once_and_moves_nothing() {
    let world = World::playing(SCRIPT);
    let item = world.file(BODY, &[]).await;
    deliver(&world, &item).await;
    let tester = world.worker(Persona::Tester, None).await;
    let before = world.view(&item).await;
    let told = tester
        .report_results(&item, &report("AC-1"))
        .await
        .expect("it is kept");
    assert_eq!(told.criteria, ["AC-1".into()]);
    assert_eq!((told.unknown.len(), told.before), (0, false));
    let view = world.view(&item).await;
    assert!(
        matches!(view.state.stage, Stage::Delivered { .. }),
        "{:?}",
        view.state
    );
    assert_eq!(view.assembly.findings, vec![]);
    assert_eq!(told.sealed, view.state.head);
    assert_eq!(
        titles(&view, Kind::ReportedResult),
        ["results reported in junit.xml"]
    );
    assert_eq!(view.comments.len(), before.comments.len() + 1);
    let said = world.newest(&item).await.text;
    assert!(
        said.contains("they are reported, not performed, and prove nothing"),
        "{said}"
    );
    let kept: Vec<ReportedResult> = world.bodies(&item, Kind::ReportedResult).await;
    let message = kept[0].cases[0].message.clone().expect("it said something");
    assert!(!message.contains("ghp_"), "{message}");
    // The same file again is not kept again; another one is.
    let again = tester
        .report_results(&item, &report("AC-1"))
        .await
        .expect("it is known");
    assert_eq!((again.before, again.sealed), (true, told.sealed));
    assert_eq!(world.view(&item).await.comments.len(), view.comments.len());
    let other = tester
        .report_results(&item, &report("AC-9"))
        .await
        .expect("it is kept");
    assert_eq!(
        (other.criteria.len(), other.unknown),
        (0, vec!["AC-9".into()])
    );
    assert_eq!(
        world.view(&item).await.comments.len(),
        view.comments.len() + 1
    );
}

#[tokio::test]
async fn nobody_but_the_tester_keeps_a_report_and_only_of_a_task() {
    let world = World::playing(SCRIPT);
    let item = world.file(BODY, &[]).await;
    let tester = world.worker(Persona::Tester, None).await;
    let early = tester.report_results(&item, &report("AC-1")).await;
    assert!(
        early
            .expect_err("there is no task")
            .to_string()
            .contains("there is no spec")
    );
    deliver(&world, &item).await;
    let coder = world.worker(Persona::Coder, None).await;
    let comments = world.view(&item).await.comments.len();
    assert!(coder.report_results(&item, &report("AC-1")).await.is_err());
    assert_eq!(
        titles(&world.view(&item).await, Kind::ReportedResult),
        Vec::<String>::new()
    );
    assert_eq!(world.view(&item).await.comments.len(), comments);
}
