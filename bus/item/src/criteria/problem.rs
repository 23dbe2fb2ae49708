//! What is wrong with an item's body, as data; each renders to one sentence that helps.

use std::fmt;

use trail_record::CriterionId;
use trail_record::body::Risk;

use super::path::Fault;

/// Something a person must mend before the item can be worked on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// The body is too large.
    BodyTooLong {
        /// Its size.
        bytes: usize,
        /// What is allowed.
        limit: usize,
    },
    /// A character that readers cannot see.
    Hidden {
        /// Where.
        line: u32,
        /// Which.
        character: char,
    },
    /// There is no criterion.
    NoCriteria {
        /// The line of the heading that stands without criteria.
        heading: Option<u32>,
    },
    /// Two criteria share an id.
    Duplicate {
        /// Where the second one stands.
        line: u32,
        /// The id.
        id: CriterionId,
        /// Where the first one stands.
        first: u32,
    },
    /// A criterion says nothing.
    Empty {
        /// Where.
        line: u32,
        /// Which.
        id: CriterionId,
    },
    /// A criterion is vague and names nothing that could be measured.
    Untestable {
        /// Where.
        line: u32,
        /// Which.
        id: CriterionId,
        /// The vague words.
        words: Vec<String>,
    },
    /// A list item among the criteria has no number.
    Unnumbered {
        /// Where.
        line: u32,
        /// How it starts.
        text: String,
        /// The number that is free.
        suggestion: CriterionId,
    },
    /// There are too many criteria for one item.
    TooManyCriteria {
        /// How many there are.
        count: usize,
        /// What is allowed.
        limit: usize,
    },
    /// A criterion is too long.
    CriterionTooLong {
        /// Where.
        line: u32,
        /// Which.
        id: CriterionId,
        /// How long it is.
        characters: usize,
        /// What is allowed.
        limit: usize,
    },
    /// A path cannot stand in its list.
    Path {
        /// Where.
        line: u32,
        /// In which list.
        list: List,
        /// The path as given.
        path: String,
        /// What is wrong with it.
        fault: Fault,
    },
    /// A list is too long.
    TooManyPaths {
        /// Where the first one too many stands.
        line: u32,
        /// Which list.
        list: List,
        /// What is allowed.
        limit: usize,
    },
    /// A path of the scope does not say whether it may be written or only read.
    ScopeUnclear {
        /// Where.
        line: u32,
        /// The path.
        path: String,
    },
    /// Nothing may be written.
    NoWriteScope {
        /// The line of the scope's heading, if there is one.
        heading: Option<u32>,
    },
    /// The risk is none of the three.
    UnknownRisk {
        /// Where.
        line: u32,
        /// What was given.
        given: String,
        /// What was probably meant.
        did_you_mean: Option<Risk>,
    },
    /// The risk is given twice and differs.
    RiskTwice {
        /// Where the second one stands.
        line: u32,
        /// Where the first one stands.
        first: u32,
    },
    /// A dependency is no item key.
    Dependency {
        /// Where.
        line: u32,
        /// What was given.
        given: String,
        /// What was probably meant.
        did_you_mean: Option<String>,
    },
    /// There are more problems than are told at once.
    More {
        /// How many.
        count: usize,
    },
}

/// A list of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum List {
    /// Paths that may be written.
    Write,
    /// Paths that may be read.
    Read,
    /// Files to read first.
    References,
    /// Items to be done first.
    DependsOn,
}

impl Problem {
    /// Returns the line the problem stands in, from 1; none if something is missing.
    #[must_use]
    pub const fn line(&self) -> Option<u32> {
        match self {
            Self::Hidden { line, .. }
            | Self::Duplicate { line, .. }
            | Self::Empty { line, .. }
            | Self::Untestable { line, .. }
            | Self::Unnumbered { line, .. }
            | Self::CriterionTooLong { line, .. }
            | Self::Path { line, .. }
            | Self::TooManyPaths { line, .. }
            | Self::ScopeUnclear { line, .. }
            | Self::UnknownRisk { line, .. }
            | Self::RiskTwice { line, .. }
            | Self::Dependency { line, .. } => Some(*line),
            Self::NoCriteria { heading } | Self::NoWriteScope { heading } => *heading,
            Self::BodyTooLong { .. } | Self::TooManyCriteria { .. } | Self::More { .. } => None,
        }
    }
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Write => "write scope",
            Self::Read => "read scope",
            Self::References => "references",
            Self::DependsOn => "dependencies",
        })
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BodyTooLong { bytes, limit } => write!(
                f,
                "The body has {} kB, at most {} kB can be read; put long material into a file of the repository and name it under `References:`.",
                bytes.div_ceil(1024),
                limit / 1024
            ),
            Self::Hidden { line, character } => write!(
                f,
                "Line {line} holds the invisible character U+{:04X}, which could hide text from its readers; type that line again without it.",
                u32::from(*character)
            ),
            Self::NoCriteria { heading: Some(line) } => write!(
                f,
                "There is nothing to check under the heading in line {line}; write each acceptance criterion as a list item such as `- AC-1: An unknown option exits with code 2.`"
            ),
            Self::NoCriteria { heading: None } => f.write_str(
                "There are no acceptance criteria; add a section `## Acceptance criteria` with list items such as `- AC-1: An unknown option exits with code 2.`",
            ),
            Self::Duplicate { line, id, first } => write!(
                f,
                "Line {line} uses {id} again, which line {first} already has; give it a number of its own."
            ),
            Self::Empty { line, id } => write!(
                f,
                "{id} in line {line} says nothing; write after the colon what must be true when the work is done."
            ),
            Self::Untestable { line, id, words } => write!(
                f,
                "{id} in line {line} cannot be tested as it stands ({}): say what can be observed, such as a number with its unit, an exact text, an exit code, or Given/When/Then with a concrete outcome.",
                words.iter().map(|word| format!("“{word}”")).collect::<Vec<_>>().join(", ")
            ),
            Self::Unnumbered { line, text, suggestion } => write!(
                f,
                "The criterion in line {line} has no number; write `- {suggestion}: {}`.",
                code(text)
            ),
            Self::TooManyCriteria { count, limit } => write!(
                f,
                "There are {count} criteria, one item may have {limit}; split it into several items and link them with `Depends on:`."
            ),
            Self::CriterionTooLong { line, id, characters, limit } => write!(
                f,
                "{id} in line {line} has {characters} characters, at most {limit} can be read; split it into several criteria."
            ),
            Self::Path { line, list, path, fault } => {
                write!(f, "`{}` in the {list} (line {line}) {fault}.", code(path))
            }
            Self::TooManyPaths { line, list, limit } => write!(
                f,
                "The {list} goes past {limit} entries in line {line}; use patterns such as `src/**`, or split the item."
            ),
            Self::ScopeUnclear { line, path } => write!(
                f,
                "Line {line} does not say whether `{0}` may be written; write `- write: {0}` or `- read: {0}`.",
                code(path)
            ),
            Self::NoWriteScope { .. } => f.write_str(
                "Say which paths may be written: add a section `## Scope` with lines such as `- write: src/**, tests/**` and, if reading is to be limited, `- read: docs/**`.",
            ),
            Self::UnknownRisk { line, given, did_you_mean } => {
                write!(f, "Line {line} gives the risk as `{}`", code(given))?;
                if let Some(risk) = did_you_mean {
                    write!(f, " (did you mean `{}`?)", risk.as_str())?;
                }
                f.write_str("; write `Risk: low`, `Risk: medium` or `Risk: high`, and remarks on a line of their own.")
            }
            Self::RiskTwice { line, first } => write!(
                f,
                "Line {line} gives another risk than line {first}; keep one of them."
            ),
            Self::Dependency { line, given, did_you_mean } => {
                write!(f, "`{}` in line {line} is no item key", code(given))?;
                match did_you_mean {
                    Some(key) => write!(f, "; did you mean `{key}`?"),
                    None => f.write_str("; write keys as the tracker shows them, such as `Depends on: PROJ-7, PROJ-9`."),
                }
            }
            Self::More { count } => {
                write!(f, "There are {count} more problems; they are told once these are mended.")
            }
        }
    }
}

/// Returns foreign text so that it can stand between backticks in one line of Markdown.
fn code(text: &str) -> String {
    const SHOWN: usize = 120;
    let mut shown: String = text
        .chars()
        .map(|c| {
            if c == '`' {
                '\''
            } else if c.is_control() {
                ' '
            } else {
                c
            }
        })
        .take(SHOWN)
        .collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}
