//! Makes an annotation of the arguments of an attribute, decorator, call or tag.

use tree_sitter::Node;

use crate::comment::{annotation, malformed, quoted};
use crate::source::{Place, end_line};
use crate::walk::Walk;
use crate::{Annotation, Claim, Form, Problem, ProblemKind, Role, words};

/// An argument as it is written.
#[derive(Debug)]
pub(crate) struct Argument<'a> {
    /// Its name; none of one that is told by its place.
    pub(crate) name: Option<&'a str>,
    pub(crate) value: Value<'a>,
    pub(crate) at: Place,
}

/// A value as it is written.
#[derive(Debug)]
pub(crate) enum Value<'a> {
    /// A plain string, its content as written: escapes are not resolved, for ids have none.
    Text(&'a str, Place),
    /// A list of plain strings.
    List(Vec<(&'a str, Place)>),
    /// A number.
    Number(&'a str),
    /// Python's `None`, JavaScript's `undefined`: as if the argument were not there.
    Nothing,
    /// Anything that would have to be run to be known.
    Computed,
}

/// How a language writes an annotation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spelling {
    /// The name of the item's argument: `work_item` or `workItem`.
    pub(crate) work_item: &'static str,
    /// Whether arguments may be told by their place.
    pub(crate) by_place: bool,
    /// An example with `ROLE` for the role's word, or `Role` for it in capitals.
    pub(crate) example: &'static str,
}

impl Spelling {
    /// Shows how an annotation is written.
    pub(crate) fn example(self, role: Role) -> String {
        let word = role.word();
        let capital = word[..1].to_ascii_uppercase() + &word[1..];
        self.example.replace("ROLE", word).replace("Role", &capital)
    }
}

/// Makes an annotation of arguments; tells the walk what is wrong with it, if it makes none.
pub(crate) fn make(
    walk: &mut Walk<'_>,
    role: Role,
    node: Node<'_>,
    spelling: Spelling,
    arguments: &[Argument<'_>],
) -> Option<Annotation> {
    let at = walk.source.place(node);
    match read(at, spelling, arguments) {
        Ok(claims) => {
            let mut made = annotation(role, Form::Code, claims, at);
            made.end_line = end_line(node);
            Some(made)
        }
        Err(mut problem) => {
            let example = spelling.example(role);
            problem.message = format!("{}; write {example}", problem.message);
            walk.problem(problem);
            None
        }
    }
}

/// Tells that an annotation has arguments that are no literals.
pub(crate) fn not_decidable(at: Place, what: &str) -> Problem {
    Problem {
        kind: ProblemKind::NotDecidable,
        line: at.line,
        column: at.column,
        message: format!(
            "{what} is computed, and what it names cannot be known without running it"
        ),
    }
}

fn read(at: Place, spelling: Spelling, arguments: &[Argument<'_>]) -> Result<Vec<Claim>, Problem> {
    let (mut item, mut criteria, mut revision) = (None, None, None);
    let order = [spelling.work_item, "criterion", "revision"];
    for (index, argument) in arguments.iter().enumerate() {
        let name = match argument.name {
            Some(name) => name,
            None if spelling.by_place && index < order.len() => order[index],
            None => {
                return Err(malformed(argument.at, "an argument has no name".to_owned()));
            }
        };
        let slot = match name {
            name if name == spelling.work_item => &mut item,
            "criterion" => &mut criteria,
            "revision" => &mut revision,
            other => {
                let message = format!("unknown argument {}", quoted(other));
                return Err(malformed(argument.at, message));
            }
        };
        if slot.replace(argument).is_some() {
            return Err(malformed(argument.at, format!("`{name}` is given twice")));
        }
    }
    let criteria = texts(criteria, "criterion")?;
    let item = match item.map(|item| (&item.value, item.at)) {
        Some((Value::Text(text, place), _)) => (*text, *place),
        Some((Value::Computed, place)) => return Err(not_decidable(place, "the work item")),
        Some((Value::Number(_) | Value::List(_), place)) => {
            return Err(malformed(place, "a work item is one string".to_owned()));
        }
        Some((Value::Nothing, _)) | None if criteria.is_empty() => {
            return Err(malformed(at, "it names nothing".to_owned()));
        }
        Some((Value::Nothing, _)) | None => {
            return Err(Problem {
                kind: ProblemKind::Ambiguous,
                line: at.line,
                column: at.column,
                message: "a criterion is named without its work item".to_owned(),
            });
        }
    };
    let revision = match revision.map(|revision| (&revision.value, revision.at)) {
        Some((Value::Number(digits), place)) => {
            let number = words::revision(digits).ok_or_else(|| {
                malformed(place, format!("{} cannot be a revision", quoted(digits)))
            })?;
            Some((number, place))
        }
        Some((Value::Computed, place)) => return Err(not_decidable(place, "the revision")),
        Some((Value::Text(..) | Value::List(_), place)) => {
            return Err(malformed(place, "a revision is a number".to_owned()));
        }
        Some((Value::Nothing, _)) | None => None,
    };
    claims(at, item, &criteria, revision)
}

/// Makes claims of an item, its criteria, and a revision that was given beside them.
pub(crate) fn claims(
    at: Place,
    (item, item_at): (&str, Place),
    criteria: &[(&str, Place)],
    revision: Option<(u32, Place)>,
) -> Result<Vec<Claim>, Problem> {
    if !words::is_work_item(item) {
        let message = format!("{} cannot be a work item", quoted(item));
        return Err(malformed(item_at, message));
    }
    if criteria.is_empty() {
        return Err(malformed(at, "no criterion is named".to_owned()));
    }
    let mut claims: Vec<Claim> = Vec::new();
    for (text, place) in criteria {
        let Some((id, own)) = words::criterion(text) else {
            let nearest = words::nearest_criterion(text)
                .map_or_else(String::new, |nearest| format!(" (`{nearest}`?)"));
            let message = format!("{} cannot be a criterion{nearest}", quoted(text));
            return Err(malformed(*place, message));
        };
        if claims.iter().any(|claim| claim.criterion == id) {
            return Err(malformed(*place, format!("`{id}` is named twice")));
        }
        let revision = match (own, revision) {
            (Some(_), Some((_, place))) => {
                let message = format!("`{text}` names its revision already");
                return Err(malformed(place, message));
            }
            (None, Some((_, place))) if criteria.len() > 1 => {
                return Err(malformed(
                    place,
                    "a revision goes with one criterion".to_owned(),
                ));
            }
            (own, given) => own.or(given.map(|(number, _)| number)),
        };
        claims.push(Claim {
            work_item: item.to_owned(),
            criterion: id.to_owned(),
            revision,
            line: place.line,
        });
    }
    Ok(claims)
}

/// Reads the criteria: a string, a list of strings, or a string with commas.
fn texts<'a>(
    argument: Option<&Argument<'a>>,
    what: &str,
) -> Result<Vec<(&'a str, Place)>, Problem> {
    let Some(argument) = argument else {
        return Ok(Vec::new());
    };
    let all: Vec<(&str, Place)> = match &argument.value {
        Value::Text(text, place) => vec![(*text, *place)],
        Value::List(all) => all.clone(),
        Value::Nothing => Vec::new(),
        Value::Computed => return Err(not_decidable(argument.at, &format!("the {what}"))),
        Value::Number(_) => {
            let message = format!("a {what} is a string");
            return Err(malformed(argument.at, message));
        }
    };
    let split = all.into_iter().flat_map(|(text, place)| {
        let blank = |c: char| c == ' ' || c == '\t';
        text.split(',')
            .map(move |part| (part.trim_matches(blank), place))
    });
    Ok(split.collect())
}

impl Role {
    /// Returns the word an annotation is written with.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Validates => "validates",
            Self::Implements => "implements",
            Self::Documents => "documents",
        }
    }

    /// Returns the role a word stands for.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        match word {
            "validates" => Some(Self::Validates),
            "implements" => Some(Self::Implements),
            "documents" => Some(Self::Documents),
            _ => None,
        }
    }
}
