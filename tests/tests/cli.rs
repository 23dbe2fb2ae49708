//! The `trail` binary as people use it: processes, a set-up directory, loopback.

#![expect(clippy::unwrap_used, reason = "helpers of tests are test code too")]

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// A repository with one commit, and a set-up beside it.
struct World {
    home: TempDir,
    token: String,
    listen: String,
}

impl World {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let repository = home.path().join("reports");
        std::fs::create_dir(&repository).unwrap();
        std::fs::write(repository.join("README.md"), "# Reports\n").unwrap();
        std::fs::write(home.path().join("script.json"), SCRIPT).unwrap();
        for arguments in [
            &["init", "--quiet", "--initial-branch=main"][..],
            &["add", "."],
            &[
                "-c",
                "user.name=t",
                "-c",
                "user.email=t@example.org",
                "commit",
                "--quiet",
                "-m",
                "first",
            ],
        ] {
            let git = Command::new("git")
                .current_dir(&repository)
                .args(arguments)
                .status();
            assert!(git.unwrap().success(), "git {arguments:?}");
        }
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let mut world = Self {
            home,
            token: String::new(),
            listen: format!("127.0.0.1:{port}"),
        };
        let script = world.home.path().join("script.json");
        let model = format!("kind=scripted,script={}", script.display());
        let made = world.trail(&[
            "init",
            "--json",
            "--repo",
            "reports",
            "--human",
            "klara",
            "--human-name",
            "Klara K.",
            "--test-command",
            "true",
            "--model",
            &model,
            "--listen",
            &world.listen,
        ]);
        let made = json(&made);
        world.token = made["human"]["token"].as_str().unwrap().to_owned();
        assert!(!world.dir().join("operator.pem").exists());
        world
    }

    fn dir(&self) -> PathBuf {
        self.home.path().join("reports.trail")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(trail_tests::binary::trail());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("TRAIL_") {
                command.env_remove(name);
            }
        }
        command
            .current_dir(self.home.path())
            .env("XDG_CONFIG_HOME", self.home.path().join("config"))
            .args(arguments);
        if !self.token.is_empty() {
            command
                .env("TRAIL_TOKEN", &self.token)
                .env("TRAIL_DIR", self.dir());
        }
        command
    }

    fn trail(&self, arguments: &[&str]) -> Output {
        self.command(arguments)
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// Starts a service and waits for the line that says that it is there.
    fn start(&self, arguments: &[&str]) -> Service {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let stdout = child.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        assert!(line.contains(&self.listen), "{line:?}");
        Service(child)
    }
}

/// A process that ends with the test.
struct Service(Child);

impl Service {
    /// Asks the process to end and returns its exit code.
    fn stop(mut self) -> Option<i32> {
        let pid = self.0.id().to_string();
        assert!(Command::new("kill").arg(&pid).status().unwrap().success());
        let until = Instant::now() + Duration::from_secs(30);
        while Instant::now() < until {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        None
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn json(output: &Output) -> Value {
    let (out, err) = texts(output);
    assert_eq!(output.status.code(), Some(0), "{out}{err}");
    serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{err}"))
}

fn texts(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr))
}

const SCRIPT: &str = r#"{
    "name": "scripted-none",
    "actions": [{"action": "plan", "round": 1, "turns": [{"text": "nothing"}]}]
}"#;

const ITEM: &str = "\
# Say what reports are

Readers should learn what this is about.

## Acceptance criteria

- AC-1: `README.md` contains the word `quarterly`.

## Scope

Write: README.md
";

#[test]
fn an_item_is_filed_read_and_commented_on_over_loopback() {
    let world = World::new();
    std::fs::write(world.home.path().join("item.md"), ITEM).unwrap();

    let nobody = world.trail(&["file", "--item", "item.md"]);
    assert_eq!(nobody.status.code(), Some(3), "{}", texts(&nobody).1);
    assert!(
        texts(&nobody).1.contains("trail serve"),
        "{}",
        texts(&nobody).1
    );

    let serve = world.start(&["serve"]);
    let filed = json(&world.trail(&["file", "--json", "--item", "item.md"]));
    assert_eq!(filed["key"], "REPORT-1");
    let rows = json(&world.trail(&["status", "--json"]));
    assert_eq!(rows[0]["key"], "REPORT-1");
    assert_eq!(
        (&rows[0]["stage"], &rows[0]["phase"]),
        (&"filed".into(), &"todo".into())
    );
    assert_eq!(rows[0]["gate"], Value::Null);
    json(&world.trail(&["comment", "--json", "report-1", "looks good to me"]));

    let typo = world.trail(&["comment", "REPORT-1", "/aprove 7K3QX-0M9TB"]);
    assert_eq!(typo.status.code(), Some(2));
    assert!(texts(&typo).1.contains("/approve"), "{}", texts(&typo).1);
    let early = world.trail(&["approve", "REPORT-1", "7K3QX-0M9TB"]);
    assert_eq!(early.status.code(), Some(1), "{}", texts(&early).1);
    assert!(
        texts(&early).1.contains("the planner"),
        "{}",
        texts(&early).1
    );
    let missing = world.trail(&["comment", "REPORT-9", "x"]);
    assert_eq!(missing.status.code(), Some(1));
    let stranger = world
        .command(&["comment", "REPORT-1", "x"])
        .env("TRAIL_TOKEN", "trk_0")
        .output();
    assert_eq!(stranger.unwrap().status.code(), Some(4));
    assert_eq!(serve.stop(), Some(0));

    // Reading goes on without a server.
    let rows = json(&world.trail(&["status", "--json"]));
    assert_eq!(rows[0]["key"], "REPORT-1");
}

#[test]
fn mistakes_get_the_documented_exit_codes_and_say_what_to_do() {
    let world = World::new();
    let again = world
        .command(&["init", "--repo", "reports", "--no-input"])
        .env_remove("TRAIL_DIR")
        .output()
        .unwrap();
    assert_eq!(again.status.code(), Some(2));
    assert!(
        texts(&again).1.contains("nothing was changed"),
        "{}",
        texts(&again).1
    );

    let config = world.dir().join("trail.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, text.replace("# lease =", "leese =")).unwrap();
    let typo = world.trail(&["status"]);
    assert_eq!(typo.status.code(), Some(2));
    let (_, said) = texts(&typo);
    assert!(
        said.contains("trail.toml:") && said.contains("did you mean `lease`?"),
        "{said}"
    );
    std::fs::write(&config, &text).unwrap();

    let typo = world
        .command(&["status"])
        .env("TRAIL_WORKER__POL", "2s")
        .output()
        .unwrap();
    assert_eq!(typo.status.code(), Some(2));
    assert!(
        texts(&typo).1.contains("TRAIL_WORKER__POLL"),
        "{}",
        texts(&typo).1
    );

    let remote = world.trail(&["serve", "--listen", "0.0.0.0:0"]);
    assert_eq!(remote.status.code(), Some(2));
    assert!(
        texts(&remote).1.contains("--allow-remote"),
        "{}",
        texts(&remote).1
    );

    let nowhere = world
        .command(&["status", "--json"])
        .env("TRAIL_DIR", "/nowhere")
        .output()
        .unwrap();
    assert_eq!(nowhere.status.code(), Some(2));
    let said: Value = serde_json::from_str(&texts(&nowhere).1).unwrap();
    assert_eq!(said["error"]["exit"], 2);
}

#[test]
fn keys_are_rotated_by_the_operator_alone_and_the_doctor_says_what_is_wrong() {
    let world = World::new();
    let before = json(&world.trail(&["keys", "list", "--json"]));
    assert_eq!(before["serial"], 1);
    assert_eq!(before["keys"].as_array().unwrap().len(), 4);
    let unchanged = json(&world.trail(&["keys", "trust", "--json"]));
    assert_eq!(unchanged["issued"], false);
    json(&world.trail(&["keys", "rotate", "coder", "--json"]));
    let after = json(&world.trail(&["keys", "list", "--json"]));
    assert_eq!(after["serial"], 2);
    let keys: Vec<&Value> = after["keys"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|own| own["persona"] == "coder")
        .collect();
    assert_eq!(
        (&keys[0]["revoked"], &keys[0]["here"]),
        (&"rotated".into(), &false.into())
    );
    assert_eq!(
        (&keys[1]["revoked"], &keys[1]["here"]),
        (&Value::Null, &true.into())
    );

    let stranger = world
        .command(&["keys", "rotate", "coder"])
        .env("TRAIL_OPERATOR_KEY", world.dir().join("keys/planner.pem"))
        .output()
        .unwrap();
    assert_eq!(stranger.status.code(), Some(4), "{}", texts(&stranger).1);

    std::fs::write(
        world.dir().join("policies/rules/more.cedar"),
        "permit (principal, action, resource);\n",
    )
    .unwrap();
    let doctor = world.trail(&["doctor", "--json"]);
    assert_eq!(doctor.status.code(), Some(1));
    let checks: Value = serde_json::from_str(&texts(&doctor).0).unwrap();
    let of = |name: &str| {
        checks
            .as_array()
            .unwrap()
            .iter()
            .find(|own| own["name"] == name)
            .unwrap()
    };
    assert_eq!(of("policy")["state"], "finding");
    assert_eq!(of("coder's key")["state"], "ok");
    assert_eq!(of("operator's key")["state"], "finding");
    assert!(!texts(&doctor).0.contains(&world.token));
}

#[test]
fn up_runs_all_processes_and_ends_them_together() {
    let world = World::new();
    let up = world.start(&["up"]);
    let pid = up.0.id();
    let children = || {
        let listed = Command::new("ps")
            .args(["-o", "pid=,args=", "--ppid", &pid.to_string()])
            .output();
        String::from_utf8(listed.unwrap().stdout).unwrap()
    };
    let until = Instant::now() + Duration::from_secs(20);
    while children().matches("worker --role").count() < 4 && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(50));
    }
    let running = children();
    assert_eq!(running.matches("worker --role").count(), 4, "{running}");
    assert_eq!(running.matches(" serve").count(), 1, "{running}");
    assert_eq!(up.stop(), Some(0));
    for line in running.lines() {
        let pid = line.split_whitespace().next().unwrap();
        assert!(
            !Path::new("/proc").join(pid).exists(),
            "{line} is still there"
        );
    }
}
