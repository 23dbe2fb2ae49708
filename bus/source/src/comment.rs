//! The comment form: `trail:validates X-1 AC-3@2, AC-4`.

use crate::source::{Place, number};
use crate::{Annotation, Claim, Form, Options, Problem, ProblemKind, Role, neighbour, words};

/// What one comment says.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) annotations: Vec<Annotation>,
    pub(crate) problems: Vec<Problem>,
    /// Whether it speaks of the whole file: StrictDoc's `scope=file`.
    pub(crate) of_file: bool,
}

/// Returns whether a text may hold a comment of interest.
pub(crate) fn may_say(text: &str, options: Options) -> bool {
    text.contains("trail:")
        || (options.open_fast_trace && text.contains("->"))
        || (options.strict_doc && text.contains("@relation"))
}

/// Reads a comment, its marks included, that begins at a place.
pub(crate) fn read(comment: &str, at: Place, options: Options) -> Said {
    let mut said = Said::default();
    if !may_say(comment, options) {
        return said;
    }
    for (index, line) in comment.lines().enumerate() {
        let place = |offset: usize| Place {
            line: at.line.saturating_add(number(index)),
            column: match index {
                0 => at.column,
                _ => 1,
            }
            .saturating_add(number(line[..offset].chars().count())),
        };
        let words = line.trim_start_matches(|c: char| "/#-*!;%<".contains(c) || c.is_whitespace());
        let offset = line.len() - words.len();
        if let Some(directive) = words.strip_prefix("trail:") {
            ours(directive, place(offset), &mut said);
        } else {
            neighbour::read(line, &place, options, &mut said);
        }
    }
    said
}

/// Reads what follows `trail:`.
fn ours(directive: &str, place: Place, said: &mut Said) {
    let word_end = directive
        .find(|c: char| !c.is_ascii_alphabetic())
        .unwrap_or(directive.len());
    let (word, rest) = directive.split_at(word_end);
    let role = match word {
        "validates" => Role::Validates,
        "implements" => Role::Implements,
        "documents" => Role::Documents,
        _ => return misspelt(directive, place, said),
    };
    if !(rest.is_empty() || rest.starts_with(char::is_whitespace)) {
        said.problems.push(malformed(
            place,
            format!("a blank must follow `trail:{word}`; {}", usage(word)),
        ));
        return;
    }
    let rest = rest.trim_end();
    let rest = ["*/", "-->", "#}", "--%>", "%>"]
        .iter()
        .find_map(|end| rest.strip_suffix(end))
        .unwrap_or(rest);
    let bare = rest.trim_start();
    let mut all = rest
        .split(|c: char| c == ',' || c.is_whitespace())
        .filter(|word| !word.is_empty());
    let Some(item) = all.next() else {
        said.problems.push(malformed(
            place,
            format!("no work item is named; {}", usage(word)),
        ));
        return;
    };
    if words::criterion(item).is_some() {
        // `AC-3` could be an item of a project called AC, but nobody who writes it means that.
        said.problems.push(Problem {
            kind: ProblemKind::Ambiguous,
            line: place.line,
            column: place.column,
            message: format!("`{item}` is named without its work item; {}", usage(word)),
        });
        return;
    }
    if !words::is_work_item(item) {
        said.problems.push(malformed(
            place,
            format!("{} cannot be a work item; {}", quoted(item), usage(word)),
        ));
        return;
    }
    let mut claims: Vec<Claim> = Vec::new();
    for text in all {
        let Some((id, revision)) = words::criterion(text) else {
            let instead = words::nearest_criterion(text)
                .map_or_else(|| usage(word), |nearest| format!("write `{nearest}`"));
            said.problems.push(malformed(
                place,
                format!("{} cannot be a criterion; {instead}", quoted(text)),
            ));
            break;
        };
        if claims.iter().any(|claim| claim.criterion == id) {
            said.problems
                .push(malformed(place, format!("`{id}` is named twice")));
            break;
        }
        claims.push(Claim {
            work_item: item.to_owned(),
            criterion: id.to_owned(),
            revision,
            line: place.line,
        });
    }
    if claims.is_empty() {
        if bare.split(|c: char| c == ',' || c.is_whitespace()).count() == 1 {
            said.problems.push(malformed(
                place,
                format!("no criterion is named; {}", usage(word)),
            ));
        }
        return;
    }
    said.annotations
        .push(annotation(role, Form::Comment, claims, place));
}

/// Finds words that are meant to be ours: `trail:validate`, `trail: implements`.
fn misspelt(directive: &str, place: Place, said: &mut Said) {
    let meant = directive
        .trim_start()
        .split(|c: char| !c.is_ascii_alphabetic())
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let role = ["validates", "implements", "documents"]
        .into_iter()
        .find(|word| meant.len() >= 4 && (meant.starts_with(&word[..4])));
    if let Some(word) = role {
        said.problems.push(malformed(
            place,
            format!("this is read by nobody; {}", usage(word)),
        ));
    }
}

/// Makes an annotation whose target is not known yet.
pub(crate) fn annotation(role: Role, form: Form, claims: Vec<Claim>, place: Place) -> Annotation {
    Annotation {
        role,
        form,
        claims,
        line: place.line,
        column: place.column,
        end_line: place.line,
        target: None,
    }
}

/// Makes a problem of an annotation that says nothing that can be used.
pub(crate) fn malformed(place: Place, message: String) -> Problem {
    Problem {
        kind: ProblemKind::Malformed,
        line: place.line,
        column: place.column,
        message,
    }
}

/// Shows a text of a stranger in a message: short, and without characters that move others.
pub(crate) fn quoted(text: &str) -> String {
    let shown: String = text
        .chars()
        .take(60)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    let more = if text.chars().nth(60).is_some() {
        "…"
    } else {
        ""
    };
    format!("`{shown}{more}`")
}

fn usage(word: &str) -> String {
    format!("write `trail:{word} PROJ-12 AC-3`")
}
