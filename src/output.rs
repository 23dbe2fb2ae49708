//! What the commands print, and the one place where errors become exit codes.
//!
//! Results go to standard output: text for people, or with `--json` one JSON value as `JSON.md`
//! documents it. Errors, logs and progress go to standard error.

use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write as _};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use miette::{GraphicalReportHandler, GraphicalTheme};
use serde::Serialize;
use serde_json::json;
use trail_port::{blobs, model, store, tracker, workspace};

use crate::config::Problems;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: it did what it was asked.
    Ok,
    /// 1: it found something that is not as it should be, or the answer is no.
    Findings,
    /// 2: the command line, an input file or the configuration is wrong.
    Usage,
    /// 3: something it needs is unreachable, in use or failed.
    Unavailable,
    /// 4: policy or a missing permission refused it.
    Refused,
}

impl Exit {
    /// Returns the number the process ends with.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Findings => 1,
            Self::Usage => 2,
            Self::Unavailable => 3,
            Self::Refused => 4,
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// An error that knows its exit code and says what to do.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Hinted {
    exit: Exit,
    message: String,
    help: Option<String>,
}

impl Hinted {
    /// Makes an error.
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
            help: None,
        }
    }

    /// Says what to do about it.
    #[must_use]
    pub(crate) fn help(self, help: impl Into<String>) -> Self {
        Self {
            help: Some(help.into()),
            ..self
        }
    }
}

/// Makes an error of wrong usage that says what to do.
pub(crate) fn usage(message: impl Into<String>, help: impl Into<String>) -> anyhow::Error {
    Hinted::new(Exit::Usage, message).help(help).into()
}

/// Prints an error with what to do about it, and returns its exit code.
pub(crate) fn fold(error: &anyhow::Error, json: bool) -> Exit {
    let (exit, help) = judge(error);
    let text = if json {
        let value = json!({
            "error": { "message": format!("{error:#}"), "help": help, "exit": exit.code() },
        });
        format!("{value}\n")
    } else if let Some(problems) = error.downcast_ref::<Problems>() {
        graphical(problems)
    } else {
        let mut text = format!("error: {error:#}\n");
        if let Some(help) = help {
            text.push_str(&format!("  help: {help}\n"));
        }
        text
    };
    // Nobody is left to tell if this fails.
    let _ = io::stderr().write_all(text.as_bytes());
    exit
}

/// Returns what to do about an error, where it is known.
pub(crate) fn help(error: &anyhow::Error) -> Option<String> {
    judge(error).1
}

/// Returns the exit code of an error and, where one is known, what to do about it.
fn judge(error: &anyhow::Error) -> (Exit, Option<String>) {
    for cause in error.chain() {
        if let Some(hinted) = cause.downcast_ref::<Hinted>() {
            return (hinted.exit, hinted.help.clone());
        }
        if let Some(problems) = cause.downcast_ref::<Problems>() {
            return (Exit::Usage, problems.help());
        }
        if let Some(own) = cause.downcast_ref::<tracker::Error>() {
            return of_tracker(own);
        }
        if let Some(own) = cause.downcast_ref::<trail_tracker::Error>() {
            return of_embedded(own);
        }
        if let Some(own) = cause.downcast_ref::<workspace::Error>() {
            return (of_workspace(own), None);
        }
        if let Some(own) = cause.downcast_ref::<model::Error>() {
            let exit = match own {
                model::Error::Transient { .. } => Exit::Unavailable,
                model::Error::Permanent { .. } | model::Error::Script { .. } => Exit::Usage,
            };
            return (exit, None);
        }
        if cause.is::<trail_worker::Error>() {
            // Its causes say more, if there are any.
            continue;
        }
        if cause.is::<trail_model::SettingsError>() || cause.is::<trail_record::trust::Error>() {
            return (
                Exit::Usage,
                Some("`trail doctor` checks the whole set-up".to_owned()),
            );
        }
        if cause.is::<store::Error>()
            || cause.is::<blobs::Error>()
            || cause.is::<trail_store::Error>()
        {
            return (Exit::Unavailable, None);
        }
    }
    match error.downcast_ref::<trail_worker::Error>() {
        Some(trail_worker::Error::Setup(_)) => (
            Exit::Usage,
            Some("`trail doctor` checks the whole set-up".to_owned()),
        ),
        _ => (Exit::Unavailable, None),
    }
}

fn of_tracker(error: &tracker::Error) -> (Exit, Option<String>) {
    let (exit, help) = match error {
        tracker::Error::NotFound(_) => (Exit::Findings, None),
        tracker::Error::Denied(_) => (
            Exit::Refused,
            Some("check TRAIL_TOKEN (or --token-file), and what the account may do"),
        ),
        tracker::Error::RateLimited { .. } => (Exit::Unavailable, None),
        tracker::Error::Refused(_) => (Exit::Usage, None),
        tracker::Error::Moved => (Exit::Unavailable, Some("run the command again")),
        tracker::Error::Doubt(_) => (
            Exit::Unavailable,
            Some("is the tracker running? start it with `trail serve` or `trail up`"),
        ),
    };
    (exit, help.map(str::to_owned))
}

fn of_embedded(error: &trail_tracker::Error) -> (Exit, Option<String>) {
    use trail_tracker::Error;
    let (exit, help) = match error {
        Error::Unauthenticated | Error::Forbidden(_) => (Exit::Refused, None),
        Error::NotFound(_) => (Exit::Findings, None),
        Error::Refused(_) => (Exit::Usage, None),
        Error::Moved => (Exit::Unavailable, Some("run the command again")),
        Error::Damaged(_) => (
            Exit::Unavailable,
            Some("restore the tracker's directory from a backup"),
        ),
        Error::Store(_) => (Exit::Unavailable, None),
    };
    (exit, help.map(str::to_owned))
}

const fn of_workspace(error: &workspace::Error) -> Exit {
    match error {
        workspace::Error::Repository(_) | workspace::Error::Missing { .. } => Exit::Usage,
        workspace::Error::Outside { .. }
        | workspace::Error::Conflict { .. }
        | workspace::Error::Moved { .. } => Exit::Findings,
        workspace::Error::NoSandbox(_) | workspace::Error::Failed(_) => Exit::Unavailable,
    }
}

/// Renders configuration problems with the lines they stand on.
fn graphical(problems: &Problems) -> String {
    let theme = if io::stderr().is_terminal() {
        GraphicalTheme::unicode()
    } else {
        GraphicalTheme::unicode_nocolor()
    };
    let handler = GraphicalReportHandler::new_themed(theme);
    let mut text = String::new();
    for problem in problems.all() {
        if handler.render_report(&mut text, problem).is_err() {
            text.push_str(&format!("{problem}\n"));
        }
    }
    text
}

/// Prints text to standard output; a reader that has gone away is no error.
pub(crate) fn print(text: impl Display) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match write!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Prints one line to standard output.
pub(crate) fn line(text: impl Display) -> anyhow::Result<()> {
    print(format_args!("{text}\n"))
}

/// Prints a value as JSON, or what `text` makes of it.
pub(crate) fn show<T: Serialize>(
    json: bool,
    value: &T,
    text: impl FnOnce(&T) -> String,
) -> anyhow::Result<()> {
    if json {
        line(serde_json::to_string_pretty(value)?)
    } else {
        print(text(value))
    }
}

/// Writes a text to `file` and says so, or prints it if none is named.
pub(crate) fn deliver(
    json: bool,
    file: Option<&std::path::Path>,
    text: impl Display,
) -> anyhow::Result<Exit> {
    let Some(path) = file else {
        print(text)?;
        return Ok(Exit::Ok);
    };
    std::fs::write(path, text.to_string()).map_err(|error| {
        usage(
            format!("{}: {error}", path.display()),
            "name a file that can be written",
        )
    })?;
    if !json {
        line(format!("written to {}", path.display()))?;
    }
    Ok(Exit::Ok)
}

/// Makes a bar for `steps` of work; it draws only where a person watches.
pub(crate) fn progress(json: bool, steps: u64, what: &str) -> ProgressBar {
    if json || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{msg} [{bar:30}] {pos}/{len} {elapsed}")
        .expect("the template is well formed")
        .progress_chars("=> ");
    ProgressBar::with_draw_target(Some(steps), ProgressDrawTarget::stderr())
        .with_style(style)
        .with_message(what.to_owned())
}

/// Lays rows out in columns, each as wide as its widest cell; the last is not padded.
pub(crate) fn columns(rows: &[Vec<String>]) -> String {
    let wide = |cell: &String| cell.chars().count();
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..count)
        .map(|index| {
            rows.iter()
                .filter_map(|row| row.get(index))
                .map(wide)
                .max()
                .unwrap_or(0)
        })
        .collect();
    let mut out = String::new();
    for row in rows {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        out.push_str(cells.join("  ").trim_end());
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn errors_fold_to_the_documented_codes() {
        for (error, exit) in [
            (usage("x", "y"), Exit::Usage),
            (
                tracker::Error::Doubt("cut".into()).into(),
                Exit::Unavailable,
            ),
            (tracker::Error::Denied("no".into()).into(), Exit::Refused),
            (
                tracker::Error::NotFound("item".into()).into(),
                Exit::Findings,
            ),
            (trail_worker::Error::Setup("key".into()).into(), Exit::Usage),
            (
                trail_worker::Error::Tracker(tracker::Error::Denied("no".into())).into(),
                Exit::Refused,
            ),
            (store::Error::Locked("d".into()).into(), Exit::Unavailable),
            (anyhow::anyhow!("something"), Exit::Unavailable),
        ] {
            assert_eq!(judge(&error).0, exit, "{error:#}");
            let wrapped = Err::<(), _>(error).context("while working").unwrap_err();
            assert_eq!(judge(&wrapped).0, exit, "{wrapped:#}");
        }
    }

    #[test]
    fn columns_line_up() {
        let rows =
            [["KEY", "STAGE"], ["P-100", "ready"]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(columns(&rows), "KEY    STAGE\nP-100  ready\n");
    }
}
