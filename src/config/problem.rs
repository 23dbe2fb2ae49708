//! What is wrong with a configuration, and where.

use std::path::Path;

use miette::{Diagnostic, NamedSource, SourceSpan};

/// One thing that is wrong.
#[derive(Debug, Clone, thiserror::Error, Diagnostic)]
#[error("{place}: {what}")]
pub(crate) struct Problem {
    place: String,
    what: String,
    #[help]
    help: Option<String>,
    #[source_code]
    text: Option<NamedSource<String>>,
    #[label("here")]
    span: Option<SourceSpan>,
}

/// Everything that is wrong.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub(crate) struct Problems(Vec<Problem>);

impl Problem {
    /// Makes a problem with a stretch of a file's text.
    pub(crate) fn at(
        file: &Path,
        text: &str,
        span: std::ops::Range<usize>,
        what: impl Into<String>,
    ) -> Self {
        let (line, column) = position(text, span.start);
        let name = file.display().to_string();
        Self {
            place: format!("{name}:{line}:{column}"),
            what: what.into(),
            help: None,
            text: Some(NamedSource::new(name, text.to_owned())),
            span: Some(span.into()),
        }
    }

    /// Makes a problem with something that has a name but no text: a file, a variable.
    pub(crate) fn of(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            what: what.into(),
            help: None,
            text: None,
            span: None,
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

impl Problems {
    /// Gathers problems; none is no error.
    pub(crate) fn check(problems: Vec<Problem>) -> Result<(), Self> {
        if problems.is_empty() {
            Ok(())
        } else {
            Err(Self(problems))
        }
    }

    /// Returns them all.
    pub(crate) fn all(&self) -> &[Problem] {
        &self.0
    }

    /// Returns what to do, as far as it is known.
    pub(crate) fn help(&self) -> Option<String> {
        let helps: Vec<&str> = self
            .0
            .iter()
            .filter_map(|own| own.help.as_deref())
            .collect();
        (!helps.is_empty()).then(|| helps.join("; "))
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

/// Returns line and column of a place in a text, from 1.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    (line, before[start..].chars().count() + 1)
}
