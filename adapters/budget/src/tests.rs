//! The laws of the budget, by virtual time.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use proptest::prelude::*;
use tokio::time::Instant;

use crate::budget::Clock;
use crate::ledger::Ledger;
use crate::{Budget, Error, Rule};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// A clock that follows tokio's, which tests can stop and push.
fn virtual_clock() -> Clock {
    let start = Instant::now();
    Arc::new(move || 1_000_000_000 + u64::try_from(start.elapsed().as_millis()).unwrap())
}

/// Checks that no window, both ends included, holds more than the rule allows.
fn assert_kept(rules: &[Rule], taken: &[u64]) {
    for rule in rules {
        let per = u64::try_from(rule.per.as_millis()).unwrap();
        for pair in taken.windows(rule.count as usize + 1) {
            assert!(
                pair[pair.len() - 1] - pair[0] > per,
                "{rule:?} is broken by {pair:?}"
            );
        }
    }
}

proptest! {
    #[test]
    fn no_window_of_any_rule_holds_more_than_its_count(
        rules in prop::collection::vec((1u32..6, 1u64..2000), 1..4),
        steps in prop::collection::vec((0u64..700, 0u8..20), 1..120),
    ) {
        let rules: Vec<Rule> = rules
            .into_iter()
            .map(|(count, per)| Rule::new(count, Duration::from_millis(per)))
            .collect();
        let mut ledger = Ledger::default();
        let (mut now, mut taken) = (1_000_000, Vec::new());
        for (step, dice) in steps {
            now += step;
            ledger.tidy(&rules, now);
            if dice == 0 {
                ledger.held_until = now + 500;
            }
            let at = ledger.next(&rules, now);
            prop_assert!(at >= ledger.held_until.max(now));
            // Never later than needed: with one place fewer taken, one of the rules would refuse.
            if at > now && at > ledger.held_until {
                prop_assert!(ledger.next(&rules, at - 1) == at);
            }
            if at == now || dice < 4 {
                now = at;
                ledger.taken.push_back(at);
                taken.push(at);
            }
        }
        assert_kept(&rules, &taken);
    }

    #[test]
    fn any_bytes_in_the_file_give_a_wait_of_at_most_one_window(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("budget");
        std::fs::write(&path, bytes).unwrap();
        let rules = [Rule::new(3, Duration::from_secs(5))];
        let budget = Budget::new(&rules, Some(path)).unwrap().waiting(Duration::ZERO);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        match runtime.block_on(budget.take()) {
            Err(Error::Busy { retry_after }) => prop_assert!(retry_after <= Duration::from_millis(5001)),
            other => prop_assert!(false, "{other:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn many_tasks_stay_under_all_rules_and_are_served_in_order() {
    let rules = [Rule::new(1, SECOND), Rule::new(20, MINUTE)];
    let clock = virtual_clock();
    let budget = Budget::with_clock(&rules, None, Arc::clone(&clock))
        .unwrap()
        .waiting(Duration::from_secs(600));
    let log = Arc::new(Mutex::new(Vec::new()));
    let tasks: Vec<_> = (0..50)
        .map(|number| {
            let (budget, log, clock) = (budget.clone(), Arc::clone(&log), Arc::clone(&clock));
            tokio::spawn(async move {
                budget.take().await.unwrap();
                log.lock().unwrap().push((clock(), number));
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let log = log.lock().unwrap().clone();
    let (taken, numbers): (Vec<u64>, Vec<i32>) = log.into_iter().unzip();
    assert_eq!(numbers, (0..50).collect::<Vec<_>>());
    assert_kept(&rules, &taken);
    // 50 places at 20 a minute: no slower than the rules ask.
    assert!(taken[49] - taken[0] < 140_000, "{taken:?}");
    assert_eq!(budget.waits(), 49);
}

#[tokio::test(start_paused = true)]
async fn a_wait_beyond_the_limit_is_refused_at_once_with_the_time_to_come_back() {
    let budget = Budget::new(&[Rule::new(2, Duration::from_secs(600))], None).unwrap();
    budget.take().await.unwrap();
    budget.take().await.unwrap();
    let before = Instant::now();
    let Err(Error::Busy { retry_after }) = budget.take().await else {
        panic!("there was no third place");
    };
    assert_eq!(before.elapsed(), Duration::ZERO);
    assert!(retry_after > Duration::from_secs(599) && retry_after <= Duration::from_secs(601));
    tokio::time::sleep(retry_after).await;
    budget.take().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn those_in_line_count_for_the_expected_wait() {
    let budget = Budget::new(&[Rule::new(1, MINUTE)], None).unwrap();
    budget.take().await.unwrap();
    let waiting: Vec<_> = (0..2)
        .map(|_| {
            let budget = budget.clone();
            tokio::spawn(async move { budget.waiting(MINUTE * 5).take().await })
        })
        .collect();
    tokio::task::yield_now().await;
    // Two wait before it, a minute each: the third place is three minutes away, the limit is two.
    let Err(Error::Busy { retry_after }) = budget.take().await else {
        panic!("it should not have waited");
    };
    assert!(retry_after > MINUTE * 2 && retry_after <= MINUTE * 3 + SECOND);
    for task in waiting {
        task.await.unwrap().unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_wait_takes_nothing_and_lets_others_up() {
    let clock = virtual_clock();
    let budget = Budget::with_clock(&[Rule::new(1, SECOND)], None, Arc::clone(&clock)).unwrap();
    budget.take().await.unwrap();
    for _ in 0..100 {
        let cut = tokio::time::timeout(Duration::from_millis(1), budget.take()).await;
        assert!(cut.is_err());
    }
    let from = clock();
    budget.take().await.unwrap();
    assert!(clock() - from <= 1000);
}

#[tokio::test(start_paused = true)]
async fn a_hold_stops_all_and_is_noticed_by_those_who_wait_already() {
    let budget = Budget::new(&[Rule::new(1, SECOND)], None).unwrap();
    let start = Instant::now();
    budget.take().await.unwrap();
    let waiting = tokio::spawn({
        let budget = budget.clone();
        async move { budget.take().await }
    });
    tokio::task::yield_now().await;
    budget.hold_for(Duration::from_secs(30));
    budget.hold_for(Duration::from_secs(10));
    waiting.await.unwrap().unwrap();
    assert!(start.elapsed() >= Duration::from_secs(30));
}

/// Makes two budgets that share a file, as two processes do.
fn pair(rules: &[Rule], clock: &Clock) -> (tempfile::TempDir, PathBuf, [Budget; 2]) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("deep/er/budget.json");
    let one =
        || Budget::with_clock(rules, Some(path.clone()), Arc::clone(clock)).expect("a good place");
    let budgets = [one(), one()];
    (dir, path, budgets)
}

#[tokio::test(start_paused = true)]
async fn processes_that_name_one_file_share_one_budget() {
    let rules = [Rule::new(5, SECOND), Rule::new(15, MINUTE)];
    let clock = virtual_clock();
    let (_dir, path, budgets) = pair(&rules, &clock);
    let log = Arc::new(Mutex::new(Vec::new()));
    let tasks: Vec<_> = (0..40)
        .map(|number| {
            let (log, clock) = (Arc::clone(&log), Arc::clone(&clock));
            let budget = budgets[number % 2].clone().waiting(MINUTE * 10);
            tokio::spawn(async move {
                budget.take().await.unwrap();
                log.lock().unwrap().push(clock());
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let mut taken = log.lock().unwrap().clone();
    taken.sort_unstable();
    assert_eq!(taken.len(), 40);
    assert_kept(&rules, &taken);
    let text = std::fs::read_to_string(path).unwrap();
    let held: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(held["held_until"], 0);
    assert!(held["taken"].as_array().unwrap().len() <= 15 + 1);
}

#[tokio::test(start_paused = true)]
async fn a_hold_reaches_the_other_process() {
    let clock = virtual_clock();
    let (_dir, _path, [one, other]) = pair(&[Rule::new(100, SECOND)], &clock);
    let start = Instant::now();
    one.hold_for(Duration::from_secs(20));
    other.take().await.unwrap();
    assert!(start.elapsed() >= Duration::from_secs(20));
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_was_set_back_blocks_for_one_window_at_most() {
    let now = Arc::new(AtomicU64::new(5_000_000_000));
    let clock: Clock = Arc::new({
        let now = Arc::clone(&now);
        move || now.load(Ordering::SeqCst)
    });
    let (_dir, _path, [one, _]) = pair(&[Rule::new(2, MINUTE)], &clock);
    let one = one.waiting(Duration::ZERO);
    one.take().await.unwrap();
    one.take().await.unwrap();
    now.store(1_000_000_000, Ordering::SeqCst);
    let Err(Error::Busy { retry_after }) = one.take().await else {
        panic!("what was taken is not forgotten");
    };
    assert!(retry_after <= MINUTE + Duration::from_millis(1));
    now.store(1_000_060_001, Ordering::SeqCst);
    one.take().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_stopped_process_that_holds_the_lock_blocks_nobody_for_ever() {
    let clock = virtual_clock();
    let (_dir, path, [one, _]) = pair(&[Rule::new(2, SECOND)], &clock);
    let stopped = crate::file::Shared::new(path).unwrap();
    let lock = stopped.try_lock().unwrap().unwrap();
    let start = Instant::now();
    let tried = one.clone().waiting(Duration::from_secs(3)).take().await;
    assert!(matches!(tried, Err(Error::Busy { .. })), "{tried:?}");
    assert!(start.elapsed() <= Duration::from_secs(4));
    drop(lock);
    one.take().await.unwrap();
}

#[test]
fn rules_that_nothing_could_keep_are_refused() {
    for rules in [
        vec![],
        vec![Rule::new(0, SECOND)],
        vec![Rule::new(1, Duration::ZERO)],
        vec![Rule::new(1, SECOND), Rule::new(1, MINUTE * 60 * 25)],
        vec![Rule::new(crate::MAX_COUNT + 1, SECOND)],
    ] {
        let made = Budget::new(&rules, None);
        assert!(matches!(made, Err(Error::Rule { .. })), "{rules:?}");
    }
}

#[test]
fn a_file_that_cannot_be_made_is_told_at_the_start() {
    let dir = tempfile::tempdir().unwrap();
    let blocked = dir.path().join("file");
    std::fs::write(&blocked, "").unwrap();
    let made = Budget::new(&[Rule::new(1, SECOND)], Some(blocked.join("budget")));
    assert!(matches!(made, Err(Error::File { .. })), "{made:?}");
}
