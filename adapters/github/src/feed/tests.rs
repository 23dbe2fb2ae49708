use proptest::prelude::*;

use super::*;

/// The time in these tests, in seconds.
const NOW: i64 = 1_800_000_000;

fn row(number: u64, updated: i64, comments: u64) -> wire::Row {
    wire::Row {
        id: number + 1000,
        number,
        comments,
        pull_request: None,
        updated_at: Moment::from_millis(updated * 1000),
    }
}

/// Takes one first page, read at `now`.
fn tick(before: Option<&Position>, rows: &[wire::Row], now: i64) -> (Vec<u64>, Position) {
    let mut walk = Walk {
        page: "0123456789ab".to_owned(),
        watermark: rows
            .iter()
            .map(|row| seconds_of(row.updated_at))
            .max()
            .unwrap_or(0),
        ..Walk::default()
    };
    walk.take(rows, now, true);
    let (named, position) = walk.finish(before);
    (
        named.into_iter().map(|name| name.number).collect(),
        position,
    )
}

#[test]
fn everything_is_named_without_a_cursor_oldest_first_and_pull_requests_are_not() {
    let mut pull = row(3, NOW - 50, 0);
    pull.pull_request = Some(wire::Something);
    let rows = [row(1, NOW - 20, 0), row(2, NOW - 100, 0), pull];
    assert_eq!(tick(None, &rows, NOW).0, [2, 1]);
}

#[test]
fn what_was_seen_just_so_is_not_named_again() {
    let rows = [row(1, NOW - 20, 0), row(2, NOW - 100, 0)];
    let (_, position) = tick(None, &rows, NOW);
    assert_eq!(tick(Some(&position), &rows, NOW + 60).0, [] as [u64; 0]);
    for (changed, what) in [
        (row(2, NOW + 30, 0), "a later time"),
        (
            row(2, NOW - 100, 1),
            "another number of comments, as after a deletion",
        ),
        (row(3, NOW - 70, 0), "an item that the list showed late"),
    ] {
        let rows = [changed.clone(), row(1, NOW - 20, 0)];
        let (named, _) = tick(Some(&position), &rows, NOW + 60);
        assert_eq!(named, [changed.number], "{what}");
    }
    // An old one that moved up to the first page because others were deleted.
    let rows = [row(1, NOW - 20, 0), row(9, NOW - 9000, 4)];
    assert_eq!(tick(Some(&position), &rows, NOW + 60).0, [] as [u64; 0]);
}

#[test]
fn what_changed_in_the_very_seconds_of_the_read_is_named_once_more() {
    let rows = [row(1, NOW - 1, 0)];
    let (named, mut position) = tick(None, &rows, NOW);
    assert_eq!(named, [1]);
    // Its seconds are not over yet.
    let (named, again) = tick(Some(&position), &rows, NOW + 1);
    assert_eq!((named.as_slice(), &again), (&[][..], &position));
    // They are: by a page that changed otherwise, and by one that did not.
    let (named, settled) = tick(Some(&position), &rows, NOW + 10);
    assert_eq!(named, [1]);
    assert_eq!(tick(Some(&settled), &rows, NOW + 20).0, [] as [u64; 0]);
    assert_eq!(position.settle(NOW + 1), []);
    let named: Vec<u64> = position
        .settle(NOW + 10)
        .iter()
        .map(|own| own.number)
        .collect();
    assert_eq!(named, [1]);
    assert_eq!(position.settle(NOW + 20), []);
}

#[test]
fn a_replica_that_answers_with_an_older_state_names_and_forgets_nothing() {
    let (_, position) = tick(None, &[row(1, NOW - 20, 3)], NOW);
    let (named, after) = tick(Some(&position), &[row(1, NOW - 90, 2)], NOW + 5);
    assert_eq!((named.as_slice(), &after.seen), (&[][..], &position.seen));
    assert_eq!(after.watermark, position.watermark);
}

#[test]
fn only_cursors_of_this_form_are_read() {
    let (_, position) = tick(None, &[row(1, NOW, 3), row(2, NOW - 100, 0)], NOW);
    let cursor = position.cursor();
    assert_eq!(
        cursor.0,
        "g1.1800000000.0123456789ab.1-1001:1800000000:3:f,2-1002:1799999900:0"
    );
    assert_eq!(Position::parse(&cursor).unwrap(), position);
    for bad in [
        "",
        "nonsense",
        "0123-x",
        "%00&since=1",
        "a-99999999999999999999999",
        "g1",
        "g1..",
        "g2.1.0123456789ab.",
        "g1.-1.0123456789ab.",
        "g1.1.0123456789ag.",
        "g1.1.0123456789ab.,",
        "g1.1.0123456789ab.1-1:2",
        "g1.1.0123456789ab.1-1:2:3:x",
        "g1.1.0123456789ab.1-1:2:3:f:f",
        "g1.1.0123456789ab..",
        "g1r.1",
    ] {
        let cursor = Cursor(bad.to_owned());
        assert!(
            matches!(Position::parse(&cursor), Err(Error::Refused(_))),
            "{bad:?}"
        );
    }
    assert!(check_read(&after_read(Moment::from_millis(NOW))).is_ok());
    for bad in ["", "g1r.", "g1r.x", "g1.1", "r.1", "g1r.1.2"] {
        assert!(check_read(&Cursor(bad.to_owned())).is_err(), "{bad:?}");
    }
}

#[test]
fn a_cursor_stays_small_however_much_changed() {
    let rows: Vec<wire::Row> = (1..=10_000).map(|n| row(n, NOW - 20, 0)).collect();
    let (named, position) = tick(None, &rows, NOW);
    assert_eq!((named.len(), position.seen.len()), (10_000, MAX_SEEN));
}

proptest! {
    /// Against a plain oracle: every change of an issue is named by some later tick, whenever it
    /// falls within its second, whenever ticks are; and after a quiet while nothing is named.
    #[test]
    fn no_change_is_left_out(
        steps in prop::collection::vec((0_u64..6, 0_u32..2500, any::<bool>()), 1..60)
    ) {
        // Milliseconds; the issues' versions and when they last changed.
        let mut now = NOW * 1000;
        let mut versions = [(0_u32, NOW); 6];
        let mut read = [None; 6];
        let mut position: Option<Position> = None;
        let tick_now = |now: i64, versions: &[(u32, i64); 6], position: &Option<Position>| {
            let mut rows: Vec<wire::Row> = versions
                .iter()
                .enumerate()
                .map(|(n, (_, updated))| row(n as u64 + 1, *updated, 0))
                .collect();
            rows.sort_by_key(|row| std::cmp::Reverse(row.updated_at));
            tick(position.as_ref(), &rows, now.div_euclid(1000))
        };
        for (issue, wait, look) in steps {
            now += i64::from(wait);
            let own = &mut versions[issue as usize];
            *own = (own.0 + 1, now.div_euclid(1000));
            if look {
                now += 1;
                let (named, after) = tick_now(now, &versions, &position);
                for number in named {
                    read[number as usize - 1] = Some(versions[number as usize - 1].0);
                }
                position = Some(after);
            }
        }
        for _ in 0..2 {
            now += 10_000;
            let (named, after) = tick_now(now, &versions, &position);
            for number in named {
                read[number as usize - 1] = Some(versions[number as usize - 1].0);
            }
            position = Some(after);
        }
        for (own, read) in versions.iter().zip(read) {
            prop_assert_eq!(Some(own.0), read);
        }
        prop_assert_eq!(tick_now(now + 10_000, &versions, &position).0, Vec::<u64>::new());
    }
}
