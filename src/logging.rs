//! Log lines on standard error, filtered by `TRAIL_LOG`.

use std::io::IsTerminal as _;

use anyhow::Context as _;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use crate::output::{Exit, Hinted};

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// One readable line each.
    Text,
    /// One JSON object each.
    Json,
}

impl Format {
    /// Returns the format's name on the command line.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
    }
}

/// Starts logging; services tell what they do, other commands only what is wrong.
pub(crate) fn start(format: Format, service: bool) -> anyhow::Result<()> {
    let filter = match std::env::var("TRAIL_LOG") {
        Ok(text) => text,
        Err(_) if service => "info".to_owned(),
        Err(_) => "warn".to_owned(),
    };
    let filter = EnvFilter::try_new(&filter).map_err(|error| {
        Hinted::new(Exit::Usage, format!("TRAIL_LOG={filter:?}: {error}"))
            .help("write a level (warn, info, debug) or target=level pairs, such as `info,trail_worker=debug`")
    })?;
    let lines = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match format {
        Format::Text => lines
            .with_ansi(std::io::stderr().is_terminal())
            .with_target(false)
            .try_init(),
        Format::Json => lines.json().with_current_span(true).try_init(),
    };
    started
        .map_err(anyhow::Error::from_boxed)
        .context("logging was started twice")
}
