//! What a work item asks for, read from its body: criteria, scope, risk, dependencies.
//!
//! People write items in many trackers and templates, so reading is lenient about form and strict
//! about substance: what would let an agent guess is refused with a [`Problem`] that says what to
//! write instead. Nothing here decides whether a permitted person wrote the body.

mod finish;
mod head;
pub mod hidden;
pub(crate) mod markdown;
mod path;
mod problem;
mod render;
mod scan;
mod section;
mod testable;

use trail_record::ItemKey;
use trail_record::body::{Criterion, Risk, Scope};

pub use head::criterion_id;
pub use path::Fault as PathFault;
pub use problem::{List, Problem};
pub(crate) use section::item_key;

/// The most bytes a body may have.
pub const MAX_BODY: usize = 256 * 1024;

/// The most criteria an item may have.
pub const MAX_CRITERIA: usize = 200;

/// The most characters a criterion may have.
pub const MAX_CRITERION: usize = 4000;

/// The most paths a list, or keys the dependencies, may have.
pub const MAX_PATHS: usize = 500;

/// The most problems told at once; a person mends these first.
pub const MAX_PROBLEMS: usize = 30;

/// What a body says, before it is sealed as a spec.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The criteria in the item's order, each with revision 1.
    pub criteria: Vec<Criterion>,
    /// What may be read and written; an empty read list means everything.
    pub scope: Scope,
    /// The declared risk.
    pub risk: Risk,
    /// Items that must be done first.
    pub depends_on: Vec<ItemKey>,
    /// Files to read first.
    pub references: Vec<String>,
    /// All other words of the body, code blocks included, HTML comments left out.
    pub prose: String,
}

/// Reads an item's body.
///
/// # Errors
/// All problems found, in the order of their lines, at most [`MAX_PROBLEMS`] and a count of the rest.
pub fn parse(body: &str) -> Result<Draft, Vec<Problem>> {
    if body.len() > MAX_BODY {
        return Err(vec![Problem::BodyTooLong {
            bytes: body.len(),
            limit: MAX_BODY,
        }]);
    }
    let mut problems: Vec<Problem> = hidden::find(body, MAX_PROBLEMS)
        .into_iter()
        .map(|found| Problem::Hidden {
            line: found.line,
            character: found.character,
        })
        .collect();
    if !problems.is_empty() {
        // What is hidden may change what everything else says: it goes first.
        return Err(problems);
    }
    let draft = scan::Scanner::scan(body).finish(&mut problems);
    if problems.is_empty() {
        return Ok(draft);
    }
    // Problems without a place speak of what is missing and come last.
    problems.sort_by_key(|problem| problem.line().unwrap_or(u32::MAX));
    if problems.len() > MAX_PROBLEMS {
        let more = problems.len() - MAX_PROBLEMS;
        problems.truncate(MAX_PROBLEMS);
        problems.push(Problem::More { count: more });
    }
    Err(problems)
}

#[cfg(test)]
mod tests;
