//! Processes that die at any moment: SIGKILL for workers and tracker in the middle of a session,
//! SIGTERM and SIGKILL for `trail up`. Nothing acknowledged is lost, nothing is done twice.

#![expect(clippy::unwrap_used, reason = "helpers of tests are test code too")]

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use trail_tests::binary;
use trail_tests::foreign::{say, verdict};
use trail_tests::installation::Installation;
use trail_tests::pages;
use trail_tests::seed::Seed;
use trail_tests::service::{Service, children, runs};

/// The personas, and how often the worker of each is killed.
const QUOTAS: [(&str, usize); 4] = [("planner", 4), ("coder", 5), ("tester", 6), ("reviewer", 3)];
/// After how many kills of workers the tracker is killed too.
const SERVER: [usize; 2] = [4, 10];
/// How long a session may take.
const PATIENCE: Duration = Duration::from_secs(50);
/// How long a process may take to end when it is asked to: less than a poll may wait at the tracker.
const GRACE: Duration = Duration::from_secs(5);

/// Sets Trail up with a script whose actions begin with `padding` calls more; returns how many calls
/// the session takes as well.
fn installation(padding: usize, latency_ms: u64) -> (Installation, usize) {
    let script = pages::script(padding, latency_ms);
    let own = Installation::new("pages", pages::FILES, pages::TESTS, |own| {
        own.write("script.json", &script.to_string());
        format!("kind=scripted,script={}/script.json", own.home().display())
    });
    own.configure(&[
        ("lease", "\"10s\""),
        ("poll", "\"50ms\""),
        ("backoff", "\"50ms\""),
        ("backoff_cap", "\"500ms\""),
    ]);
    own.write("item.md", pages::ITEM);
    (own, pages::calls(&script))
}

/// Whose turn it is at a stage.
fn persona_at(stage: &str) -> Option<usize> {
    let name = match stage {
        "filed" | "ready" => "planner",
        "planned" | "proposed" | "red" => "coder",
        "written" | "testable" => "tester",
        "green" => "reviewer",
        _ => return None,
    };
    QUOTAS.iter().position(|(persona, _)| *persona == name)
}

/// A session whose processes are killed.
struct Storm<'a> {
    own: &'a Installation,
    /// Whoever asks the tracker by the command line holds it, and whoever starts the tracker anew.
    tracker: Mutex<Option<Service>>,
    status: Mutex<Value>,
}

impl Storm<'_> {
    /// Asks where the item stands, and answers gates as the human.
    fn attend(&self) -> bool {
        let _tracker = self.tracker.lock().unwrap_or_else(PoisonError::into_inner);
        let status = self.own.status();
        if let Some(code) = status["gate"]["code"].as_str()
            && status["gate"]["approvals"] == 0
        {
            // It may have been approved already, and the approval not sealed yet.
            let _ = self.own.trail(&["approve", pages::KEY, code]);
        }
        let over = ["delivered", "stuck", "unfit", "cancelled"];
        let over = over.iter().any(|stage| status["stage"] == *stage);
        *self.status.lock().unwrap_or_else(PoisonError::into_inner) = status;
        over
    }

    fn stage(&self) -> String {
        let status = self.status.lock().unwrap_or_else(PoisonError::into_inner);
        status["stage"].as_str().unwrap_or_default().to_owned()
    }

    fn worker(&self, persona: usize) -> Service {
        self.own
            .start(&["worker", "--role", QUOTAS[persona].0], &[])
    }

    /// Kills the tracker and starts it again.
    fn kill_tracker(&self) {
        let mut tracker = self.tracker.lock().unwrap_or_else(PoisonError::into_inner);
        tracker.take().expect("it runs").kill();
        *tracker = Some(self.own.serve());
    }

    /// Keeps four workers running and kills them until the item is done; returns the workers and
    /// how often each was killed.
    fn rage(&self, seed: &mut Seed, until: Instant) -> (Vec<Service>, [usize; 4]) {
        let mut workers: Vec<Service> = (0..4).map(|persona| self.worker(persona)).collect();
        let mut killed = [0; 4];
        let mut due: Option<(usize, Instant)> = None;
        let mut cut = 0;
        loop {
            let stage = self.stage();
            if stage == "delivered" {
                return (workers, killed);
            }
            assert!(
                Instant::now() < until && !["stuck", "unfit", "cancelled"].contains(&&*stage),
                "the item is {stage} after {killed:?} kills\n{}",
                self.own.log()
            );
            for (persona, worker) in workers.iter_mut().enumerate() {
                if let Some(status) = worker.ended() {
                    // One that finds no tracker when it starts says so and leaves.
                    let name = QUOTAS[persona].0;
                    assert_eq!(status.code(), Some(3), "{name}\n{}", self.own.log());
                    say(&format!("the {name} found no tracker"));
                    *worker = self.worker(persona);
                }
            }
            if due.is_none() {
                let victim = if seed.happens(200) {
                    Some(seed.below(4))
                } else {
                    persona_at(&stage)
                };
                let after = Duration::from_millis(20 + seed.bits() % 381);
                due = victim
                    .filter(|persona| killed[*persona] < QUOTAS[*persona].1)
                    .map(|persona| {
                        (
                            persona,
                            workers[persona].started().max(Instant::now()) + after,
                        )
                    });
            }
            if let Some((persona, at)) = due
                && at <= Instant::now()
            {
                let old = std::mem::replace(&mut workers[persona], self.worker(persona));
                old.kill();
                killed[persona] += 1;
                due = None;
                if SERVER.get(cut) == Some(&killed.iter().sum()) {
                    cut += 1;
                    self.kill_tracker();
                }
            }
            std::thread::sleep(Duration::from_millis(3));
        }
    }
}

/// Asserts that the session is whole: each call once, nothing void, one branch, all vouched for.
fn assert_whole(own: &Installation, calls: usize) {
    let _ = own.json(&["checkpoint", "--json"]);
    let verified = own.json(&["verify", "--require-checkpoint", "--json"]);
    assert_eq!(verified["verdict"], "verified", "{verified}");
    let judged = &verified["items"][0];
    assert_eq!(judged["findings"], json!([]));
    assert_eq!(judged["void"], 0, "an entry was posted twice: {judged}");
    assert_eq!(judged["counts"]["decisions"], calls, "{judged}");
    assert_eq!(judged["counts"]["gates"], 2, "{judged}");

    let report = own.json(&["report", pages::KEY, "--json"]);
    assert_eq!(report["stage"], "delivered");
    assert_eq!(report["failures"], json!([]), "{}", own.log());
    let sealed: Vec<&Value> = report["calls"]
        .as_array()
        .unwrap()
        .iter()
        .map(|call| &call["call"])
        .collect();
    let expected: Vec<Value> = (1..=calls).map(Value::from).collect();
    assert!(sealed.iter().copied().eq(&expected), "{sealed:?}");
    assert_eq!(report["commits"].as_array().unwrap().len(), 2);
    assert_eq!(report["tests"].as_array().unwrap().len(), 1);
    assert_eq!(report["deliveries"].as_array().unwrap().len(), 1);

    let branches = own.git(&["branch", "--list", "--format=%(refname:short)"]);
    assert_eq!(branches, format!("main\ntrail/{}.1", pages::KEY));
    let branch = format!("trail/{}.1", pages::KEY);
    assert_eq!(
        report["pull_request"]["head"],
        own.git(&["rev-parse", &branch])
    );
    // One commit each of coder and tester.
    assert_eq!(
        own.git(&["rev-list", "--count", &format!("main..{branch}")]),
        "2"
    );
    own.git(&["fsck", "--strict", "--no-dangling"]);

    let history = own.home().join("history");
    let _ = own.json(&["export", "--json", "-o", history.to_str().unwrap()]);
    if let Some(counted) = verdict(&history) {
        assert_eq!(counted["word"], "verified", "{counted}");
        assert_eq!(counted["head"], judged["head"]);
        assert_eq!(counted["decisions"], calls);
    }
}

#[test]
fn a_session_whose_processes_are_killed_again_and_again_ends_whole() {
    let mut seed = Seed::from_env_or(20_261_121);
    say(&format!("TRAIL_SEED={}", seed.number()));
    let _built = binary::trail();
    let began = Instant::now();
    // Slow answers, so that there is time to kill on fast machines too.
    let (own, calls) = installation(4, 80);
    let storm = Storm {
        own: &own,
        tracker: Mutex::new(Some(own.serve())),
        status: Mutex::new(Value::Null),
    };
    let _ = own.json(&["file", "--json", "--item", "item.md"]);
    storm.attend();
    let until = Instant::now() + PATIENCE;
    let (workers, killed) = std::thread::scope(|scope| {
        scope.spawn(|| {
            while Instant::now() < until && !storm.attend() {
                std::thread::sleep(Duration::from_millis(30));
            }
        });
        storm.rage(&mut seed, until)
    });
    let kills: usize = killed.iter().sum();
    say(&format!(
        "{killed:?} kills of planner, coder, tester, reviewer and {} of the tracker in {:?}",
        SERVER.len(),
        began.elapsed()
    ));
    assert!(
        kills > SERVER[1],
        "too few kills to prove anything: {killed:?}"
    );
    for (worker, (persona, _)) in workers.into_iter().zip(QUOTAS) {
        let ended = worker.stop(GRACE);
        let (status, _) = ended.unwrap_or_else(|| panic!("the {persona} does not end"));
        assert_eq!(status.code(), Some(0), "{persona}\n{}", own.log());
    }
    let tracker = storm.tracker.into_inner().unwrap().unwrap();
    assert_eq!(tracker.stop(GRACE).unwrap().0.code(), Some(0));
    assert_whole(&own, calls);
}

/// Starts `trail up` and returns its children once all five run.
fn up(own: &Installation) -> (Service, BTreeSet<u32>) {
    let up = own.start(&["up"], &[]);
    let all = own.wait_for(Duration::from_secs(20), "five processes", || {
        let all = children(up.id());
        (all.len() == 5 && own.answers()).then_some(all)
    });
    (up, all.into_iter().map(|(id, _)| id).collect())
}

#[test]
fn trail_up_ends_in_order_in_mid_work_and_leaves_no_process_even_if_it_is_killed() {
    let (own, calls) = installation(3, 150);
    let (service, processes) = up(&own);
    let _ = own.json(&["file", "--json", "--item", "item.md"]);
    own.wait_for(PATIENCE, "work", || {
        own.status()["lease"].is_object().then_some(())
    });
    // Somebody is in the middle of an action: it stops between two calls and releases its lease.
    let (status, took) = service.stop(GRACE).expect("up ends in time");
    assert_eq!(status.code(), Some(0), "{}", own.log());
    assert!(processes.iter().all(|id| !runs(*id)), "a process was left");
    let standing = own.status();
    assert_eq!(standing["lease"], Value::Null, "{standing}\n{}", own.log());
    say(&format!(
        "SIGTERM in mid-work: all six processes were gone after {took:?}"
    ));

    // Nobody can end the processes of a `trail up` that is killed but they themselves.
    let (service, processes) = up(&own);
    own.wait_for(PATIENCE, "work", || {
        own.status()["lease"].is_object().then_some(())
    });
    let killed = Instant::now();
    service.kill();
    own.wait_for(GRACE, "the processes to end", || {
        processes.iter().all(|id| !runs(*id)).then_some(())
    });
    say(&format!(
        "SIGKILL of `trail up`: the other five were gone after {:?}",
        killed.elapsed()
    ));

    let (service, _) = up(&own);
    own.wait_for(PATIENCE, "delivery", || {
        let status = own.status();
        if let Some(code) = status["gate"]["code"].as_str() {
            let _ = own.trail(&["approve", pages::KEY, code]);
        }
        (status["stage"] == "delivered").then_some(())
    });
    assert_eq!(
        service.stop(GRACE).unwrap().0.code(),
        Some(0),
        "{}",
        own.log()
    );
    assert_whole(&own, calls);
}
