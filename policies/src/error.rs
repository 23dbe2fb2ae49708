//! Why a policy is not loaded or written.

use std::fmt;
use std::path::PathBuf;

/// Why a policy is not loaded or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file stands where the default policy would be written and says something else.
    #[error(
        "{0} is already there and differs; move it away, or leave it and do not write the default"
    )]
    Exists(PathBuf),
    /// The policy's files are wrong; all that is wrong with them.
    #[error("{} in the policy:\n{}", count(.0), list(.0))]
    Invalid(Vec<Fault>),
}

/// One thing that is wrong with a policy, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file, relative to the policy's folder.
    pub file: String,
    /// The line, from 1, if known.
    pub line: Option<usize>,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Fault {
    /// Makes a fault of a whole file.
    pub(crate) fn of_file(file: &str, what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            line: None,
            what: what.into(),
            hint: Some(hint.into()),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.what)?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}

fn count(faults: &[Fault]) -> String {
    match faults.len() {
        1 => "one error".to_owned(),
        count => format!("{count} errors"),
    }
}

fn list(faults: &[Fault]) -> String {
    faults
        .iter()
        .map(|fault| format!("  {fault}"))
        .collect::<Vec<_>>()
        .join("\n")
}
