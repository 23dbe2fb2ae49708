//! Trail as somebody installs it: a repository, a set-up beside it, and the built binary.

use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::binary;
use crate::service::Service;

/// How long a tracker may take to answer on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// A repository with one commit, and a set-up beside it.
pub struct Installation {
    home: TempDir,
    name: String,
    token: String,
    listen: String,
}

impl Installation {
    /// Makes the repository `name` of these files, and sets Trail up for it; `model` gets the folder
    /// that holds both.
    ///
    /// # Panics
    /// If that fails: then the test cannot run.
    #[must_use]
    pub fn new(
        name: &str,
        files: &[(&str, &str)],
        test_command: &str,
        model: impl FnOnce(&Self) -> String,
    ) -> Self {
        let home = tempfile::tempdir().expect("a temporary directory can be made");
        let mut new = Self {
            home,
            name: name.to_owned(),
            token: String::new(),
            listen: free_address(),
        };
        for (path, text) in files {
            new.write(&format!("{name}/{path}"), text);
        }
        new.git(&["init", "--quiet", "--initial-branch=main"]);
        new.git(&["add", "."]);
        let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"];
        new.git(&[&identity[..], &["commit", "--quiet", "-m", "first"]].concat());
        let model = model(&new);
        let flags = [
            ["--repo", name],
            ["--human", "klara"],
            ["--human-name", "Klara K."],
            ["--test-command", test_command],
            ["--test-runner", "exit"],
            ["--model", &model],
            ["--listen", &new.listen],
        ];
        let made = new.json(&[&["init", "--json"][..], &flags.concat()].concat());
        let token = made["human"]["token"].as_str();
        token
            .expect("init prints the token")
            .clone_into(&mut new.token);
        new
    }

    /// Returns the folder that holds everything.
    #[must_use]
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Returns the repository.
    #[must_use]
    pub fn repository(&self) -> PathBuf {
        self.home().join(&self.name)
    }

    /// Returns the set-up directory.
    #[must_use]
    pub fn dir(&self) -> PathBuf {
        self.home().join(format!("{}.trail", self.name))
    }

    /// Writes a file below the home.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.home().join(path);
        let folder = path.parent().expect("the home is above");
        std::fs::create_dir_all(folder).expect("folders can be made");
        std::fs::write(path, text).expect("files can be written");
    }

    /// Gives settings of `trail.toml` another value, as written there.
    ///
    /// # Panics
    /// If the file that `init` wrote does not name a setting exactly once.
    pub fn configure(&self, settings: &[(&str, &str)]) {
        let path = self.dir().join("trail.toml");
        let mut text = std::fs::read_to_string(&path).expect("init wrote trail.toml");
        for (name, value) in settings {
            let commented = format!("\n# {name} = ");
            let found: Vec<usize> = text.match_indices(&commented).map(|(at, _)| at).collect();
            let [at] = found[..] else {
                panic!("{name} stands {} times in {}", found.len(), path.display());
            };
            text.insert_str(at + 1, &format!("{name} = {value}\n"));
        }
        std::fs::write(&path, text).expect("trail.toml can be written");
    }

    /// Adds lines to `trail.toml`.
    ///
    /// # Panics
    /// If that fails.
    pub fn configure_more(&self, lines: &str) {
        let path = self.dir().join("trail.toml");
        let file = std::fs::OpenOptions::new().append(true).open(path);
        let written = file.and_then(|mut file| writeln!(file, "\n{lines}"));
        written.expect("trail.toml can be written");
    }

    /// Runs git in the repository and returns what it says.
    ///
    /// # Panics
    /// If git fails.
    pub fn git(&self, arguments: &[&str]) -> String {
        let mut git = Command::new("git");
        let ran = git.current_dir(self.repository()).args(arguments).output();
        let ran = ran.expect("there is a git");
        let said = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "git {arguments:?}: {said}");
        String::from_utf8_lossy(&ran.stdout).trim().to_owned()
    }

    /// Returns a command that acts as nobody: without a human's token.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        self.command_of(binary::trail(), arguments)
    }

    fn command_of(&self, program: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("TRAIL_") {
                command.env_remove(name);
            }
        }
        command
            .current_dir(self.home())
            .env("XDG_CONFIG_HOME", self.home().join("config"))
            .args(arguments)
            .stdin(Stdio::null());
        if self.dir().is_dir() {
            command.env("TRAIL_DIR", self.dir());
        }
        command
    }

    /// Runs a command as the human.
    ///
    /// # Panics
    /// If it cannot be started.
    #[must_use]
    pub fn trail(&self, arguments: &[&str]) -> Output {
        let mut command = self.command(arguments);
        if !self.token.is_empty() {
            command.env("TRAIL_TOKEN", &self.token);
        }
        command.output().expect("trail can be started")
    }

    /// Runs a command as the human and returns the JSON it prints.
    ///
    /// # Panics
    /// If it fails or prints something else.
    #[must_use]
    pub fn json(&self, arguments: &[&str]) -> Value {
        let ran = self.trail(arguments);
        let said = String::from_utf8_lossy(&ran.stderr);
        let told = String::from_utf8_lossy(&ran.stdout);
        assert!(
            ran.status.success(),
            "trail {arguments:?}: {} {told}{said}",
            ran.status
        );
        serde_json::from_str(&told).unwrap_or_else(|error| panic!("{error}: {told}{said}"))
    }

    /// Returns the only item as `trail status` shows it.
    #[must_use]
    pub fn status(&self) -> Value {
        self.json(&["status", "--json", "--all"])[0].clone()
    }

    /// Starts a service; its log goes to a file that [`Installation::log`] reads.
    ///
    /// # Panics
    /// If it cannot be started.
    #[must_use]
    pub fn start(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Service {
        self.start_program(binary::trail(), arguments, environment)
    }

    /// Starts a service by another build of the binary.
    ///
    /// # Panics
    /// If it cannot be started.
    #[must_use]
    pub fn start_program(
        &self,
        program: &Path,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Service {
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.home().join("log"))
            .expect("a log can be written");
        let mut command = self.command_of(program, arguments);
        command.stdout(Stdio::null()).stderr(log);
        command.envs(environment.iter().copied());
        Service::start(command)
    }

    /// Starts the tracker and waits until it answers.
    ///
    /// # Panics
    /// If it does not.
    #[must_use]
    pub fn serve(&self) -> Service {
        let mut server = self.start(&["serve"], &[]);
        let until = Instant::now() + PATIENCE;
        while !self.answers() {
            if let Some(status) = server.ended() {
                panic!("the tracker ended: {status}\n{}", self.log());
            }
            assert!(Instant::now() < until, "no tracker\n{}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
        server
    }

    /// Tells whether something listens where the tracker should.
    #[must_use]
    pub fn answers(&self) -> bool {
        TcpStream::connect(&self.listen).is_ok()
    }

    /// Waits until `look` finds something.
    ///
    /// # Panics
    /// If it does not within `patience`.
    pub fn wait_for<T>(
        &self,
        patience: Duration,
        what: &str,
        mut look: impl FnMut() -> Option<T>,
    ) -> T {
        let until = Instant::now() + patience;
        loop {
            if let Some(found) = look() {
                return found;
            }
            assert!(
                Instant::now() < until,
                "waited in vain for {what}\n{}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    /// Returns the end of what the services logged.
    #[must_use]
    pub fn log(&self) -> String {
        let text = std::fs::read(self.home().join("log")).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(80)..].join("\n")
    }
}

/// Returns an address nobody listened at a moment ago.
fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let address = listener.local_addr().expect("a listener has an address");
    address.to_string()
}
