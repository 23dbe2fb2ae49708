//! Replicas, and faults on demand.

use std::time::Duration;

use trail_fake_plane::{Fault, On, Route};

use crate::{Plane, text};

#[tokio::test]
async fn a_replica_lags_behind() {
    let plane = Plane::quick().await;
    plane.fake.faults().lag(Some(Duration::from_secs(3)));
    plane.fake.hold_clock();
    plane.fake.advance(Duration::from_secs(4));
    plane.post("coder", text("x")).await;
    assert_eq!(plane.list().await.len(), 0);
    plane.fake.advance(Duration::from_secs(4));
    assert_eq!(plane.list().await.len(), 1);
}

#[tokio::test]
async fn faults_do_what_they_say() {
    let plane = Plane::quick().await;
    let on = On::post(Route::Comments);
    let stored = || plane.fake.comments(&plane.item).len();
    for (n, (fault, status, adds)) in [
        (Fault::Status(502), Some(502), 0),
        (Fault::StoredThenStatus(504), Some(504), 1),
        (Fault::CutBefore, None, 0),
        (Fault::CutAfter, None, 1),
        (Fault::CutInAnswer, None, 1),
        (Fault::DieBetweenWrites, None, 1),
        (Fault::Garbage, Some(201), 1),
        (Fault::Truncated, Some(201), 1),
        (Fault::Throttled(7), Some(429), 0),
        (Fault::Slow(Duration::from_millis(1)), Some(201), 1),
    ]
    .into_iter()
    .enumerate()
    {
        let before = stored();
        plane.fake.faults().next(on, fault, 1);
        let answer = plane
            .try_ask("coder", "POST", &plane.comments(), text(&n.to_string()))
            .await;
        assert_eq!(
            answer.as_ref().map(|(status, _)| *status),
            status,
            "{fault:?}"
        );
        assert_eq!(stored() - before, adds, "{fault:?}");
        if matches!(fault, Fault::Garbage | Fault::Truncated) {
            assert!(answer.unwrap().1.is_string(), "{fault:?} is no JSON");
        }
    }
    assert_eq!(plane.post("coder", text("well again")).await.0, 201);
    let counts = plane.fake.counts();
    assert_eq!(counts.get("POST comments"), Some(&11));
    let cut = plane
        .fake
        .requests()
        .iter()
        .filter(|seen| seen.status.is_none())
        .count();
    assert_eq!(cut, 4);
    assert!(
        plane
            .fake
            .requests()
            .iter()
            .all(|seen| seen.account.as_deref() == Some("coder"))
    );
    let provisional = plane
        .fake
        .comments(&plane.item)
        .iter()
        .filter(|row| row.created_at < row.updated_at)
        .count();
    assert_eq!(provisional, 1, "the one whose server died");
}
