//! `trail doctor`: checks the set-up and says what to mend.

mod checks;

use serde::Serialize;

use crate::cli::Global;
use crate::output::{self, Exit};
use crate::setup::Setup;

/// What the command takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Ask each model one short question as well; that may cost a little.
    #[arg(long)]
    pub(crate) online: bool,
}

/// What was found at one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Check {
    /// What was looked at.
    name: String,
    /// How it is.
    state: State,
    /// What was seen.
    detail: String,
    /// What to do about it.
    help: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    /// As it should be.
    Ok,
    /// Worth knowing; nothing has to be done.
    Note,
    /// Not as it should be.
    Finding,
}

/// Gathers checks.
#[derive(Debug, Default)]
struct Checks(Vec<Check>);

impl Checks {
    fn ok(&mut self, name: &str, detail: impl Into<String>) {
        self.push(name, State::Ok, detail.into(), None);
    }

    fn note(&mut self, name: &str, detail: impl Into<String>) {
        self.push(name, State::Note, detail.into(), None);
    }

    fn finding(&mut self, name: &str, detail: impl Into<String>, help: impl Into<String>) {
        self.push(name, State::Finding, detail.into(), Some(help.into()));
    }

    /// Takes a result: its error becomes a finding.
    fn take<T>(&mut self, name: &str, result: anyhow::Result<T>, help: &str) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                let own = output::help(&error).unwrap_or_else(|| help.to_owned());
                self.finding(name, format!("{error:#}"), own);
                None
            }
        }
    }

    fn push(&mut self, name: &str, state: State, detail: String, help: Option<String>) {
        self.0.push(Check {
            name: name.to_owned(),
            state,
            detail,
            help,
        });
    }
}

/// Checks everything.
pub(crate) async fn run(global: &Global, args: Args) -> anyhow::Result<Exit> {
    // Without a configuration there is nothing to check; its problems are told with their places.
    let setup = Setup::open(global)?;
    let mut checks = Checks::default();
    checks.ok("configuration", setup.layout.config().display().to_string());
    checks::trust(&setup, &mut checks);
    checks::private_files(&setup, &mut checks);
    checks::operator_key(global, &setup, &mut checks);
    checks::policy(&setup, &mut checks);
    checks::repository(&setup, &mut checks).await;
    checks::models(&setup, args.online, &mut checks).await;
    checks::tracker(global, &setup, &mut checks).await;
    let checks = checks.0;
    output::show(global.json, &checks, |checks| text(checks))?;
    let found = checks.iter().any(|check| check.state == State::Finding);
    Ok(if found { Exit::Findings } else { Exit::Ok })
}

fn text(checks: &[Check]) -> String {
    let mut out = String::new();
    for check in checks {
        let mark = match check.state {
            State::Ok => "ok     ",
            State::Note => "note   ",
            State::Finding => "FINDING",
        };
        out.push_str(&format!(
            "{mark}  {}: {}\n",
            check.name,
            check.detail.trim_end()
        ));
        if let Some(help) = &check.help {
            out.push_str(&format!("         -> {help}\n"));
        }
    }
    let findings = checks
        .iter()
        .filter(|check| check.state == State::Finding)
        .count();
    out.push_str(&match findings {
        0 => "\nEverything is as it should be.\n".to_owned(),
        1 => "\n1 finding.\n".to_owned(),
        count => format!("\n{count} findings.\n"),
    });
    out
}
