//! The sandbox against programs that try to get out, in each kind there is here.
#![allow(
    clippy::unwrap_used,
    reason = "a test may end where its own set-up fails"
)]

#[path = "../common/mod.rs"]
mod common;
mod escape;
mod limits;
mod network;
mod report;

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use common::sandboxes;
use tempfile::TempDir;
use trail_port::workspace::{Command, Ended, Error, Limits, Ran};
use trail_workspace::sandbox::Place;
use trail_workspace::{Sandbox, SandboxSettings};

/// A worktree and what lies beside it.
struct Lab {
    dir: TempDir,
}

impl Lab {
    fn new() -> Self {
        let lab = Self {
            dir: common::place(),
        };
        for name in ["trees/here", "trees/other"] {
            fs::create_dir_all(lab.path(name)).unwrap();
        }
        fs::write(lab.path("secret"), "hunter2").unwrap();
        fs::write(lab.path("trees/other/secret"), "hunter2").unwrap();
        lab
    }

    fn path(&self, name: &str) -> PathBuf {
        fs::canonicalize(self.dir.path()).unwrap().join(name)
    }

    fn place(&self) -> Place {
        Place {
            worktree: self.path("trees/here"),
            scratch: self.path("scratch/here"),
        }
    }

    async fn sh(&self, sandbox: &Sandbox, script: &str) -> Ran {
        let limits = Limits {
            time: Duration::from_secs(20),
            ..Limits::default()
        };
        self.limited(sandbox, script, limits).await
    }

    async fn limited(&self, sandbox: &Sandbox, script: &str, limits: Limits) -> Ran {
        let argv = ["sh", "-c", script].map(str::to_owned).to_vec();
        sandbox
            .run(&self.place(), &Command::new(argv, limits))
            .await
            .unwrap()
    }
}

fn text(ran: &Ran) -> String {
    String::from_utf8_lossy(&ran.output).into_owned()
}

/// Counts processes whose command line holds `mark`.
fn running(mark: &str) -> usize {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    entries
        .filter(|entry| {
            let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line).contains(mark)
        })
        .count()
}

#[tokio::test]
async fn output_and_exit_code_come_back_and_the_record_names_the_sandbox() {
    let lab = Lab::new();
    for sandbox in sandboxes().await {
        let ran = lab
            .sh(&sandbox, "echo out; echo err >&2; cat; pwd; exit 7")
            .await;
        let wanted = format!("out\nerr\n{}\n", lab.path("trees/here").display());
        assert_eq!((ran.exit, ran.ended, text(&ran)), (Some(7), None, wanted));
        assert_eq!(ran.sandbox, sandbox.kind().as_str());
        let again = lab.sh(&sandbox, "true").await;
        assert_eq!(again.environment, ran.environment);
        let killed = lab.sh(&sandbox, "kill -TERM $$").await;
        assert_eq!((killed.exit, killed.ended), (None, Some(Ended::Signal(15))));
    }
}

#[tokio::test]
async fn a_command_that_cannot_be_started_says_so() {
    let lab = Lab::new();
    for sandbox in sandboxes().await {
        let run = |argv: Vec<String>| {
            let command = Command::new(argv, Limits::default());
            let (place, sandbox) = (lab.place(), &sandbox);
            async move { sandbox.run(&place, &command).await }
        };
        let ran = run(vec!["no-such-program".into()]).await.unwrap();
        assert_eq!(ran.exit, Some(127));
        assert!(
            text(&ran).contains("cannot run \"no-such-program\""),
            "{}",
            text(&ran)
        );
        assert!(matches!(run(vec![]).await, Err(Error::Failed(_))));
        assert!(matches!(
            run(vec!["a\0b".into()]).await,
            Err(Error::Failed(_))
        ));
        let long = run(vec!["true".into(), "x".repeat(200_000)]).await;
        assert!(matches!(long, Err(Error::Failed(_))));
    }
}

#[tokio::test]
async fn a_helper_that_is_no_helper_is_no_sandbox() {
    for helper in ["/nonexistent/helper", "/bin/true", "/bin/cat"] {
        let settings = SandboxSettings {
            helper: helper.into(),
            ..SandboxSettings::detect()
        };
        let error = Sandbox::open(settings).await.unwrap_err();
        assert!(matches!(error, Error::NoSandbox(_)), "{helper}: {error}");
    }
    // Allowed to go without, the record would say so - but without helper nothing runs at all.
    let lab = Lab::new();
    let settings = SandboxSettings {
        helper: "/bin/true".into(),
        allow_unsandboxed: true,
        ..SandboxSettings::detect()
    };
    let sandbox = Sandbox::open(settings).await.unwrap();
    assert_eq!(sandbox.kind().as_str(), "none");
    let command = Command::new(vec!["true".into()], Limits::default());
    assert!(sandbox.run(&lab.place(), &command).await.is_err());
}

#[tokio::test]
async fn start_up_cost_is_small() {
    let lab = Lab::new();
    for sandbox in sandboxes().await {
        let mut times = Vec::new();
        for _ in 0..15 {
            let command = Command::new(vec!["true".into()], Limits::default());
            let started = Instant::now();
            let ran = sandbox.run(&lab.place(), &command).await.unwrap();
            assert_eq!(ran.exit, Some(0));
            times.push(started.elapsed());
        }
        times.sort();
        println!(
            "{}: `true` takes {:?} (median), {:?} at best",
            sandbox.kind().as_str(),
            times[7],
            times[0]
        );
        assert!(times[0] < Duration::from_millis(500), "{:?}", times[0]);
    }
}

#[tokio::test]
async fn interpreters_that_are_installed_work() {
    let lab = Lab::new();
    let python = "import os, subprocess, threading, tempfile\nthreading.Thread(target=print, args=('thread',)).start()\nprint(subprocess.check_output(['echo', 'child']).decode(), end='')\nwith tempfile.NamedTemporaryFile() as f: f.write(b'x')\nprint('python works')\n";
    fs::write(lab.path("trees/here/t.py"), python).unwrap();
    let node = "const {execFileSync} = require('child_process'); execFileSync('echo', ['x']); setTimeout(() => console.log('node works'), 10)";
    fs::write(lab.path("trees/here/t.js"), node).unwrap();
    let found = |program: &str| {
        std::process::Command::new(program)
            .arg("--version")
            .output()
            .is_ok_and(|o| o.status.success())
    };
    for sandbox in sandboxes().await {
        for (program, file) in [("python3", "t.py"), ("node", "t.js")] {
            if !found(program) {
                assert!(
                    std::env::var_os("TRAIL_REQUIRE_FOREIGN").is_none(),
                    "no {program}"
                );
                eprintln!("SKIPPED: {program} is not installed");
                continue;
            }
            let ran = lab.sh(&sandbox, &format!("{program} {file}")).await;
            assert_eq!(
                ran.exit,
                Some(0),
                "{:?} {program}: {}",
                sandbox.kind(),
                text(&ran)
            );
            assert!(text(&ran).contains("works"), "{}", text(&ran));
        }
    }
}

#[tokio::test]
async fn cargo_test_of_a_small_crate_passes_offline() {
    let lab = Lab::new();
    let here = lab.path("trees/here");
    fs::create_dir_all(here.join("src")).unwrap();
    fs::write(
        here.join("Cargo.toml"),
        "[package]\nname = \"tiny\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[workspace]\n",
    )
    .unwrap();
    let tests = "#[test] fn passes() { assert_eq!(1 + 1, 2) }\n#[test] fn talks() { assert!(std::net::TcpStream::connect(\"127.0.0.1:9\").is_err()) }\n#[test] fn threads() { std::thread::spawn(|| ()).join().unwrap() }\n";
    fs::write(here.join("src/lib.rs"), tests).unwrap();
    for sandbox in sandboxes().await {
        let argv = ["cargo", "test", "--offline"].map(str::to_owned).to_vec();
        let limits = Limits {
            time: Duration::from_secs(120),
            ..Limits::default()
        };
        let ran = sandbox
            .run(&lab.place(), &Command::new(argv, limits))
            .await
            .unwrap();
        assert_eq!(ran.exit, Some(0), "{:?}: {}", sandbox.kind(), text(&ran));
        assert!(text(&ran).contains("3 passed; 0 failed"), "{}", text(&ran));
        assert!(here.join("target").is_dir());
    }
}
