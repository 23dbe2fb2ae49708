//! A team: a repository with a remote, a set-up on a stand-in, and the processes of its workers.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use trail_tests::binary;
use trail_tests::founding::Founding;
use trail_tests::service::Service;

use crate::process::Worker;
use crate::project::Project;
use crate::stand::{KLARA, Stand, Which, login};

/// The personas.
pub(crate) const PERSONAS: [&str; 4] = ["planner", "coder", "tester", "reviewer"];
/// How long a step of a session may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(150);

/// A team at its tracker.
pub(crate) struct Team {
    pub(crate) own: Founding,
    pub(crate) stand: Stand,
    pub(crate) project: Project,
    began: Instant,
}

impl Team {
    /// Sets a team up; `settings` are variables such as `TRAIL_WORKER__LEASE`.
    pub(crate) async fn new(which: Which, project: Project, settings: &[(&str, &str)]) -> Self {
        let _built = binary::trail();
        let began = Instant::now();
        let _ = rustls::crypto::ring::default_provider().install_default();
        // GitHub's stand-in looks into the remote, and tokens of Plane's are known once it runs.
        let (own, stand) = match which {
            Which::GitHub => {
                let token = |login: &str| format!("ghp_{login}");
                let own = Founding::new(&pairs(&environment(which, token, settings)));
                let bare = own.path("remote.git");
                let stand = Stand::start(which, project.prefix, &bare).await;
                (own, stand)
            }
            Which::Plane => {
                let stand = Stand::start(which, project.prefix, Path::new("")).await;
                let token = |login: &str| stand.token(login);
                let own = Founding::new(&pairs(&environment(which, token, settings)));
                (own, stand)
            }
        };
        let team = Self {
            own,
            stand,
            project,
            began,
        };
        team.lay_out();
        team.init();
        team
    }

    /// Sets a team up on emulate.
    pub(crate) fn with(stand: Stand, project: Project, settings: &[(&str, &str)]) -> Self {
        let _built = binary::trail();
        let token = |login: &str| format!("ghp_{login}");
        let team = Self {
            own: Founding::new(&pairs(&environment(Which::GitHub, token, settings))),
            stand,
            project,
            began: Instant::now(),
        };
        team.lay_out();
        team.init();
        team
    }

    /// Writes the project's files, commits and pushes them.
    fn lay_out(&self) {
        for (path, bytes) in &self.project.files {
            let path = self.own.path("reports").join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        std::fs::write(self.own.path("script.json"), &self.project.script).unwrap();
        let repository = self.own.path("reports");
        let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"];
        git(&repository, &["add", "--all"]);
        git(
            &repository,
            &[&identity[..], &["commit", "--quiet", "-m", "The project"]].concat(),
        );
        git(&repository, &["push", "--quiet", "origin", "main"]);
    }

    fn init(&self) {
        let script = self.own.path("script.json");
        let model = format!("kind=scripted,script={}", script.display());
        let (tests, format) = self.project.tests;
        let place = match self.stand.which() {
            Which::GitHub => self.stand.repository().to_owned(),
            Which::Plane => format!("acme/{}", self.project.prefix),
        };
        let kind = self.stand.name();
        let of_kind = format!("--{kind}");
        let mut flags = vec![
            "init",
            "--json",
            "--repo",
            "reports",
            "--model",
            &model,
            "--test-command",
            tests,
            "--test-runner",
            format,
            "--tracker",
            kind,
            &of_kind,
            &place,
            "--url",
            self.stand.url(),
            "--prefix",
            self.project.prefix,
        ];
        let credentials = PERSONAS.map(|persona| format!("{persona}=env:{}", variable(persona)));
        for credential in &credentials {
            flags.extend(["--credential", credential]);
        }
        if self.stand.which() == Which::Plane {
            // Plane's project says what keys begin with.
            let at = flags.iter().position(|flag| *flag == "--prefix").unwrap();
            flags.drain(at..at + 2);
        }
        let made = self.own.json(&flags);
        assert_eq!(made["made"], true, "{made}");
        let klara = self.stand.user_id(KLARA);
        assert_eq!(made["approvers"][0]["id"], klara.as_str(), "{made}");
    }

    /// Files the project's item on the web; returns where the tracker has it.
    pub(crate) fn file(&self) -> String {
        let (title, body) = (&self.project.title, &self.project.body);
        self.stand.file(KLARA, title, body)
    }

    /// Returns the command of a worker of the set-up in `dir`; it gets no human's token, and what it
    /// logs is in `log`.
    fn worker_at(&self, dir: &Path, log: &Path, arguments: &[&str]) -> Command {
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(log)
            .unwrap();
        let mut command = self.own.command(&[&["worker"], arguments].concat());
        command
            .env("TRAIL_DIR", dir)
            .env_remove("TRAIL_TOKEN")
            .stdout(Stdio::null())
            .stderr(log);
        command
    }

    /// Starts a worker of the set-up in `dir` that answers for its health; its log is `NAME.log`.
    pub(crate) fn start_at(&self, dir: &Path, name: &str, arguments: &[&str]) -> Worker {
        let log = self.own.path(&format!("{name}.log"));
        let from = std::fs::read(&log).unwrap_or_default().len();
        let arguments = [arguments, &["--listen", "127.0.0.1:0"]].concat();
        let service = Service::start(self.worker_at(dir, &log, &arguments));
        Worker::new(name, service, log, from)
    }

    /// Starts the worker of a persona.
    pub(crate) fn start(&self, persona: &str) -> Worker {
        self.start_at(&self.own.dir(), persona, &["--role", persona])
    }

    /// Starts the four workers.
    pub(crate) fn start_all(&self) -> Vec<Worker> {
        PERSONAS.map(|persona| self.start(persona)).into()
    }

    /// Returns the only item as `trail status` shows it to Klara; none if the tracker has none.
    pub(crate) fn status(&self) -> Value {
        self.own.json(&["status", "--json", "--all"])[0].clone()
    }

    /// Waits until `look` finds something.
    pub(crate) async fn wait_for<T>(&self, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = tokio::task::block_in_place(&mut look) {
                return found;
            }
            if Instant::now() > until {
                let status = tokio::task::block_in_place(|| self.status());
                panic!("waited in vain for {what}: {status}\n{}", self.logs());
            }
            tokio::time::sleep(Duration::from_millis(150)).await;
        }
    }

    /// Waits until the item is at a stage.
    pub(crate) async fn stage(&self, stage: &str) -> Value {
        self.wait_for(stage, || {
            let status = self.status();
            assert_ne!(status["stage"], "stuck", "{status}\n{}", self.logs());
            assert_ne!(status["stage"], "unfit", "{status}\n{}", self.logs());
            (status["stage"] == stage).then_some(status)
        })
        .await
    }

    /// Waits for the gate of this name and returns its code, which a comment must show.
    pub(crate) async fn gate(&self, item: &str, name: &str) -> String {
        let what = format!("gate {name}");
        let code = self.wait_for(&what, || {
            let status = self.status();
            assert_ne!(status["stage"], "stuck", "{status}\n{}", self.logs());
            let gate = &status["gate"];
            (gate["name"] == name && gate["approvals"] == 0)
                .then(|| gate["code"].as_str().unwrap().to_owned())
        });
        let code = code.await;
        let shown = format!("/approve {code}");
        let comments = self.stand.comments(item);
        assert!(
            comments.iter().any(|own| own.text.contains(&shown)),
            "no comment shows {shown}"
        );
        code
    }

    /// Has Klara start the item where the tracker cannot prove who wrote it; returns how many
    /// comments that took.
    pub(crate) async fn start_by_code(&self, item: &str) -> usize {
        if self.stand.proves_authors() {
            return 0;
        }
        let start = self.wait_for("the question for a start", || {
            let status = self.status();
            let waits = status["waits_for"].as_str()?;
            let start = waits.split('`').nth(1)?;
            start.starts_with("/start ").then(|| start.to_owned())
        });
        let start = start.await;
        let before = self.stand.comments(item).len();
        self.stand.say(KLARA, item, &start);
        before + 1
    }

    /// Has Klara approve a gate in a comment; returns the comment's id.
    pub(crate) async fn approve(&self, item: &str, name: &str) -> String {
        let code = self.gate(item, name).await;
        self.stand
            .say(KLARA, item, &format!("/approve {code} as discussed"))
    }

    /// Works the item from filing to delivery; returns the comments with which the gates were
    /// approved.
    pub(crate) async fn deliver(&self, item: &str) -> [String; 2] {
        self.start_by_code(item).await;
        let first = self.approve(item, "file_write").await;
        let second = self.approve(item, "pr_create").await;
        self.stage("delivered").await;
        [first, second]
    }

    /// Stops workers in order.
    pub(crate) async fn stop(&self, workers: Vec<Worker>) {
        for worker in workers {
            let name = worker.name.clone();
            let stopped =
                tokio::task::block_in_place(|| worker.service.stop(Duration::from_secs(30)));
            let (status, _) = stopped.unwrap_or_else(|| panic!("{name} does not stop"));
            assert_eq!(status.code(), Some(0), "{name}\n{}", self.logs());
        }
    }

    /// Returns how long ago the team was set up.
    pub(crate) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// Returns the end of what the workers logged.
    pub(crate) fn logs(&self) -> String {
        let mut out = String::new();
        for entry in std::fs::read_dir(self.own.path(".")).unwrap().flatten() {
            let path = entry.path();
            if path.extension().is_some_and(|own| own == "log") {
                let text = std::fs::read(&path).unwrap_or_default();
                let text = String::from_utf8_lossy(&text).into_owned();
                let lines: Vec<&str> = text.lines().collect();
                let last = lines[lines.len().saturating_sub(25)..].join("\n");
                out.push_str(&format!("--- {}\n{last}\n", path.display()));
            }
        }
        out
    }

    /// Runs git in the repository.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        git(&self.own.path("reports"), arguments)
    }

    /// Runs git in the bare remote.
    pub(crate) fn remote(&self, arguments: &[&str]) -> String {
        git(&self.own.path("remote.git"), arguments)
    }
}

/// Returns the variables that every command of a team gets; `settings` stand above the rest.
fn environment(
    which: Which,
    token: impl Fn(&str) -> String,
    settings: &[(&str, &str)],
) -> Vec<(String, String)> {
    let mut all = vec![
        ("TRAIL_TOKEN".to_owned(), token(KLARA)),
        ("TRAIL_WORKER__POLL".to_owned(), "400ms".to_owned()),
        ("TRAIL_WORKER__BACKOFF".to_owned(), "200ms".to_owned()),
        ("TRAIL_WORKER__BACKOFF_CAP".to_owned(), "2s".to_owned()),
        // The sweep is tried elsewhere: it would come into what is counted.
        ("TRAIL_WORKER__SWEEP".to_owned(), "30 4 1 1 *".to_owned()),
    ];
    if which == Which::Plane {
        let name = "TRAIL_TRACKER__PLANE__REQUESTS_PER_MINUTE";
        all.push((name.to_owned(), "6000".to_owned()));
    }
    for persona in PERSONAS {
        all.push((variable(persona), token(&login(persona))));
    }
    for (name, value) in settings {
        all.retain(|(own, _)| own != name);
        all.push(((*name).to_owned(), (*value).to_owned()));
    }
    all
}

fn pairs(all: &[(String, String)]) -> Vec<(&str, &str)> {
    all.iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

fn variable(persona: &str) -> String {
    format!("{}_TOKEN", persona.to_uppercase())
}

/// Runs git and returns what it prints.
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    let ran = Command::new("git")
        .current_dir(folder)
        .args(arguments)
        .output();
    let ran = ran.unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "git {arguments:?}: {said}");
    String::from_utf8_lossy(&ran.stdout).trim().to_owned()
}
