//! Joins what a runner told with the sources, by structured names.
//!
//! A case belongs to a source test if its file, suite and name can be those of that test and of no
//! other that is known. Where two could be meant none is taken: the case has no place and validates
//! nothing, and a problem says so.

use trail_record::body::{FailedBy, TestCase, TestPlace, Validates};
use trail_source::{Claim, Language, Test};

use crate::fail;
use crate::sources::Sources;
use crate::told::{REPORT, Told, ToldCase};

mod named;
mod rust;
mod script;

/// How many bytes of a failure's message a case keeps.
const MESSAGE: usize = 1200;

/// How many bytes of messages all cases together keep; those after that have none.
const MESSAGES: usize = 48 * 1024;

/// What was told, joined with the sources.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Joined {
    /// The tests, ordered by name.
    pub cases: Vec<TestCase>,
    /// What could not be joined, or contradicts the sources, for people.
    pub problems: Vec<String>,
}

/// A test of a source file.
#[derive(Debug, Clone, Copy)]
struct Source<'a> {
    path: &'a str,
    language: Language,
    test: &'a Test,
}

/// Joins the cases with the tests they are in the sources.
#[must_use]
pub fn join(told: &Told, sources: &Sources) -> Joined {
    let tests: Vec<Source<'_>> = sources
        .scans()
        .filter_map(|(path, scan)| Some((path, scan.language?, scan)))
        .flat_map(|(path, language, scan)| {
            scan.tests.iter().map(move |test| Source {
                path,
                language,
                test,
            })
        })
        .collect();
    let index = named::Index::new(&tests, sources, told.root.as_deref());
    let mut joined = Joined::default();
    let mut room = MESSAGES;
    for case in &told.cases {
        let meant = index.meant(case);
        let one = match meant.as_slice() {
            [one] => Some(*one),
            _ => None,
        };
        if meant.len() > 1 && meant.iter().any(|own| !own.test.validates.is_empty()) {
            let places: Vec<String> = meant
                .iter()
                .map(|own| format!("{}:{}", own.path, own.test.line))
                .collect();
            joined.problems.push(format!(
                "{} could be the test at {}; it is taken for none of them",
                case.name,
                places.join(" or "),
            ));
        }
        let validates = one
            .map(|own| claims(&own.test.validates))
            .unwrap_or_default();
        if let Some(problem) = disagreement(case, one, &validates) {
            joined.problems.push(problem);
        }
        let failed_by = case.failure.as_ref().map(|own| fail::decide(own, sources));
        let message = case
            .failure
            .as_ref()
            .map(|own| shortened(&own.message, &mut room));
        joined.cases.push(TestCase {
            name: case.name.clone(),
            outcome: case.outcome.into(),
            validates,
            failed_by,
            message: message.filter(|own| !own.is_empty()),
            place: place(case, one, sources),
        });
    }
    joined.cases.sort_by(|one, other| one.name.cmp(&other.name));
    joined
}

/// Says where a case stands: its source test; or, where a whole file could not be built or loaded,
/// that file.
fn place(case: &ToldCase, one: Option<Source<'_>>, sources: &Sources) -> Option<TestPlace> {
    if let Some(own) = one {
        return Some(TestPlace {
            path: own.path.to_owned(),
            line: own.test.line,
        });
    }
    let unbuilt = case.failure.as_ref()?.by == FailedBy::NotBuilt && case.test.is_empty();
    let path = sources.find(case.file.as_deref().filter(|_| unbuilt)?)?;
    Some(TestPlace {
        path: path.to_owned(),
        line: 1,
    })
}

/// Returns what an annotation claims in the record's words.
fn claims(claims: &[Claim]) -> Vec<Validates> {
    let mut out: Vec<Validates> = claims
        .iter()
        .map(|own| Validates {
            work_item: own.work_item.as_str().into(),
            criterion: own.criterion.as_str().into(),
            revision: own.revision,
        })
        .collect();
    out.sort();
    out.dedup();
    out
}

/// Says how the runner's own claims differ from the source's, if they do. The source counts.
fn disagreement(case: &ToldCase, one: Option<Source<'_>>, own: &[Validates]) -> Option<String> {
    if case.claims.is_empty() || case.name == REPORT {
        return None;
    }
    let told: std::collections::BTreeSet<String> = case
        .claims
        .iter()
        .map(|(item, criterion)| format!("{item}/{criterion}"))
        .collect();
    let Some(one) = one else {
        let told = told.into_iter().collect::<Vec<_>>().join(", ");
        return Some(format!(
            "{}: the runner says that it validates {told}, but its source was not found; it counts for nothing",
            case.name,
        ));
    };
    let bare = |text: &str| text.split('@').next().unwrap_or(text).to_owned();
    let sources: std::collections::BTreeSet<String> = own
        .iter()
        .map(|own| format!("{}/{}", own.work_item, own.criterion))
        .collect();
    let told: std::collections::BTreeSet<String> = told.iter().map(|own| bare(own)).collect();
    (told != sources).then(|| {
        format!(
            "{}: the runner says that it validates {}, the source ({}:{}) {}; the source counts",
            case.name,
            listed(&told),
            one.path,
            one.test.line,
            listed(&sources),
        )
    })
}

fn listed(names: &std::collections::BTreeSet<String>) -> String {
    if names.is_empty() {
        return "nothing".to_owned();
    }
    names.iter().cloned().collect::<Vec<_>>().join(", ")
}

/// Returns the beginning of a message, within what is left for all.
fn shortened(message: &str, room: &mut usize) -> String {
    let message = message.trim_end();
    let mut end = MESSAGE.min(*room).min(message.len());
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    *room -= end;
    match (end, &message[..end]) {
        (0, _) => String::new(),
        (end, whole) if end == message.len() => whole.to_owned(),
        (_, cut) => format!("{cut}\u{2026}"),
    }
}
