//! Programs that take too much: time, output, processes, memory.

use std::fs;
use std::time::{Duration, Instant};

use trail_port::workspace::{Ended, Limits};

use crate::common::sandboxes;
use crate::{Lab, running, text};

#[tokio::test]
async fn a_timeout_ends_grandchildren_too_wherever_they_hide() {
    let lab = Lab::new();
    for sandbox in sandboxes().await {
        let mark = format!("7{}", std::process::id());
        let script = format!(
            "setsid sh -c 'setsid sleep {mark} & sleep {mark}' & (trap '' TERM HUP INT; sleep {mark}) & sleep {mark}"
        );
        let limits = Limits {
            time: Duration::from_millis(1500),
            ..Limits::default()
        };
        let started = Instant::now();
        let ran = lab.limited(&sandbox, &script, limits).await;
        assert_eq!((ran.exit, ran.ended), (None, Some(Ended::Timeout)));
        assert!(
            started.elapsed() < Duration::from_secs(8),
            "{:?}",
            started.elapsed()
        );
        assert_eq!(running(&mark), 0, "{:?}", sandbox.kind());
    }
}

#[tokio::test]
async fn what_a_command_leaves_running_ends_with_it() {
    let lab = Lab::new();
    for sandbox in sandboxes().await {
        let mark = format!("8{}", std::process::id());
        let script = format!("setsid sleep {mark} > /dev/null 2>&1 & sleep 0.3; echo done");
        let ran = lab.sh(&sandbox, &script).await;
        assert_eq!((ran.exit, text(&ran).as_str()), (Some(0), "done\n"));
        assert_eq!(running(&mark), 0, "{:?}", sandbox.kind());
    }
}

#[tokio::test]
async fn a_command_ends_when_nobody_waits_for_it_any_more() {
    let lab = Lab::new();
    for sandbox in sandboxes().await {
        let mark = format!("9{}", std::process::id());
        let script = format!("setsid sleep {mark}");
        let waiting = lab.sh(&sandbox, &script);
        assert!(
            tokio::time::timeout(Duration::from_millis(1200), waiting)
                .await
                .is_err()
        );
        let deadline = Instant::now() + Duration::from_secs(5);
        while running(&mark) > 0 {
            assert!(
                Instant::now() < deadline,
                "{:?}: still running",
                sandbox.kind()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

#[tokio::test]
async fn a_flood_of_output_is_cut_at_the_limit_and_ended() {
    let lab = Lab::new();
    for sandbox in sandboxes().await {
        let limits = Limits {
            output: 100_000,
            time: Duration::from_secs(20),
            ..Limits::default()
        };
        let ran = lab.limited(&sandbox, "yes", limits).await;
        assert_eq!(
            (ran.exit, ran.ended, ran.output.len()),
            (None, Some(Ended::Output), 100_000)
        );
        assert!(ran.took < Duration::from_secs(10));
        let exact = lab.limited(&sandbox, "yes | head -c 100000", limits).await;
        assert_eq!(
            (exact.exit, exact.ended, exact.output.len()),
            (Some(0), None, 100_000)
        );
    }
}

#[tokio::test]
async fn a_fork_bomb_is_bounded_and_nothing_of_it_stays() {
    let lab = Lab::new();
    // A shell whose name can be found, that doubles itself; a depth in case nothing stops it.
    let mark = format!("bomb-{}", std::process::id());
    let script = format!(
        "#!/bin/sh\n[ \"$1\" -gt 12 ] && exec sleep 3\n./{mark} $(($1+1)) & ./{mark} $(($1+1)) & wait\n"
    );
    fs::write(lab.path("trees/here").join(&mark), script).unwrap();
    for sandbox in sandboxes().await {
        let limits = Limits {
            processes: 40,
            time: Duration::from_secs(15),
            ..Limits::default()
        };
        let ran = lab
            .limited(&sandbox, &format!("chmod +x {mark}; ./{mark} 0"), limits)
            .await;
        // Counted by the kernel (fork fails) or by the supervisor (ended): bounded in both.
        let said = text(&ran);
        let ended = ran.ended == Some(Ended::Signal(9)) && said.contains("more than 40 processes");
        assert!(
            ended || said.contains("fork"),
            "{:?}: {:?} {said}",
            sandbox.kind(),
            ran.ended
        );
        assert!(ran.took < Duration::from_secs(15), "{:?}", ran.took);
        assert_eq!(running(&mark), 0, "{:?}", sandbox.kind());
    }
}

#[tokio::test]
async fn a_memory_bomb_is_bounded_in_one_process_and_in_many() {
    let lab = Lab::new();
    for sandbox in sandboxes().await {
        let limits = Limits {
            memory: 200 << 20,
            time: Duration::from_secs(20),
            ..Limits::default()
        };
        let one = lab
            .limited(
                &sandbox,
                r#"perl -e '$x = "a" x (400 << 20); print "got it\n"'"#,
                limits,
            )
            .await;
        assert!(
            one.exit != Some(0) && !text(&one).contains("got it"),
            "{}",
            text(&one)
        );
        let many = r#"for i in 1 2 3 4; do perl -e '$x = "a" x (70 << 20); sleep 15' & done; wait; echo survived"#;
        let ran = lab.limited(&sandbox, many, limits).await;
        assert_eq!(ran.ended, Some(Ended::Signal(9)), "{}", text(&ran));
        assert!(
            text(&ran).contains("bytes of memory in all"),
            "{}",
            text(&ran)
        );
        let fits = lab
            .limited(
                &sandbox,
                r#"perl -e '$x = "a" x (50 << 20); print "got it\n"'"#,
                limits,
            )
            .await;
        assert_eq!(text(&fits), "got it\n");
    }
}
