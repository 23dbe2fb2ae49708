//! Questions on the terminal, for what no flag says.

use std::io::{BufRead as _, IsTerminal as _, Write as _};

use crate::output::usage;

/// Asks on the terminal, or not at all.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ask(bool);

impl Ask {
    /// Asks only if there is a terminal and nobody forbids it.
    pub(super) fn new(never: bool) -> Self {
        Self(!never && std::io::stdin().is_terminal())
    }

    /// Returns what was given, else the answer, else the default.
    pub(super) fn or(
        self,
        what: &str,
        given: Option<String>,
        default: String,
    ) -> anyhow::Result<String> {
        match given {
            Some(given) => Ok(given),
            None if self.0 => question(what, Some(&default)),
            None => Ok(default),
        }
    }

    /// Returns what was given, else the answer; without a terminal, says which flag is missing.
    pub(super) fn must(
        self,
        what: &str,
        given: Option<String>,
        flag: &str,
    ) -> anyhow::Result<String> {
        match given {
            Some(given) => Ok(given),
            None if self.0 => question(what, None),
            None => Err(usage(
                format!("{what}: not given"),
                format!("write {flag}, or run `trail init` in a terminal to be asked"),
            )),
        }
    }
}

/// Asks until there is an answer, or the default is taken.
fn question(what: &str, default: Option<&str>) -> anyhow::Result<String> {
    loop {
        match default {
            Some(default) => eprint!("{what} [{default}]: "),
            None => eprint!("{what}: "),
        }
        std::io::stderr().flush()?;
        let mut answer = String::new();
        let read = std::io::stdin().lock().read_line(&mut answer)?;
        let answer = answer.trim();
        match default {
            _ if !answer.is_empty() => return Ok(answer.to_owned()),
            Some(default) => return Ok(default.to_owned()),
            None if read == 0 => return Err(usage(format!("{what}: no answer"), "try again")),
            None => {}
        }
    }
}
