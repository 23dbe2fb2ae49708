//! What is looked at in a set-up: one line each, with the result and the one thing to do.
//!
//! `trail doctor` prints checks of everything; `trail init` those of the accounts it is given.

use serde::Serialize;

use crate::output;

/// What was found at one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Check {
    /// What was looked at.
    pub(crate) name: String,
    /// How it is.
    pub(crate) state: State,
    /// What was seen.
    pub(crate) detail: String,
    /// What to do about it.
    pub(crate) help: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// As it should be.
    Ok,
    /// Worth knowing; nothing has to be done.
    Note,
    /// Not as it should be.
    Finding,
}

/// Gathers checks.
#[derive(Debug, Default)]
pub(crate) struct Checks(Vec<Check>);

impl Checks {
    /// Returns them all, in their order.
    pub(crate) const fn all(&self) -> &Vec<Check> {
        &self.0
    }

    /// Returns how many are findings.
    pub(crate) fn findings(&self) -> usize {
        let found = self.0.iter().filter(|own| own.state == State::Finding);
        found.count()
    }

    /// Says that something is as it should be.
    pub(crate) fn ok(&mut self, name: &str, detail: impl Into<String>) {
        self.push(name, State::Ok, detail.into(), None);
    }

    /// Says what is worth knowing.
    pub(crate) fn note(&mut self, name: &str, detail: impl Into<String>) {
        self.push(name, State::Note, detail.into(), None);
    }

    /// Says what is not as it should be, and the one thing to do.
    pub(crate) fn finding(
        &mut self,
        name: &str,
        detail: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.push(name, State::Finding, detail.into(), Some(help.into()));
    }

    /// Takes a result as [`Self::take`], with this help whatever the error would say itself.
    pub(crate) fn take_as<T>(
        &mut self,
        name: &str,
        result: anyhow::Result<T>,
        help: &str,
    ) -> Option<T> {
        result
            .map_err(|error| self.finding(name, format!("{error:#}"), help))
            .ok()
    }

    /// Takes a result: its error becomes a finding.
    pub(crate) fn take<T>(
        &mut self,
        name: &str,
        result: anyhow::Result<T>,
        help: &str,
    ) -> Option<T> {
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

/// Writes checks for people.
pub(crate) fn text(checks: &Vec<Check>) -> String {
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
