//! In which way two decisions differ.

use serde::Serialize;
use serde_json::Value;
use trail_record::body::{Ask, Decision, Effect};

use crate::report::{about, short};

/// How long what is shown of a difference may be.
const SHOWN: usize = 200;
/// The tool by which agents record conclusions.
const CONCLUDES: &str = "record_decision";
/// Arguments that are words for people: that they differ changes nothing that is done.
const WORDS: [&str; 5] = [
    "statement",
    "rationale",
    "alternatives",
    "summary",
    "reason",
];

/// In which way two decisions at the same place differ; what comes first weighs most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// A conclusion of the same name has another choice.
    Choice,
    /// Another tool is asked for, or with other arguments.
    Argument,
    /// The same is asked for, and the results are others.
    Result,
    /// Only words differ.
    Text,
    /// The first run has no such decision.
    Added,
    /// The other run has no such decision.
    Missing,
}

/// What differs.
pub(super) struct Difference {
    pub(super) class: Class,
    pub(super) about: String,
    pub(super) first: String,
    pub(super) other: String,
}

impl Class {
    /// Returns the word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Choice => "choice",
            Self::Argument => "argument",
            Self::Result => "result",
            Self::Text => "text",
            Self::Added => "added",
            Self::Missing => "missing",
        }
    }
}

/// Says how two decisions differ; none if they are the same.
pub(super) fn between(first: Option<&Decision>, other: Option<&Decision>) -> Option<Difference> {
    let (one, two) = match (first, other) {
        (None, None) => return None,
        (Some(one), Some(two)) => (one, two),
        (one, two) => {
            let class = if one.is_none() {
                Class::Added
            } else {
                Class::Missing
            };
            let told = |own: Option<&Decision>| own.map_or_else(String::new, all);
            return Some(Difference {
                class,
                about: "call".to_owned(),
                first: told(one),
                other: told(two),
            });
        }
    };
    choice(one, two)
        .or_else(|| argument(one, two))
        .or_else(|| result(one, two))
        .or_else(|| words(one, two))
}

/// Returns the choices a decision recorded, by name.
fn choices(decision: &Decision) -> impl Iterator<Item = (&str, Option<&str>)> {
    decision
        .asks
        .iter()
        .filter(|ask| ask.tool == CONCLUDES && ask.verdict.allowed && !ask.error)
        .filter_map(|ask| Some((ask.arguments.get("name")?.as_str()?, chosen(ask))))
}

/// Returns what an ask chose, where it records a choice.
pub(super) fn chosen(ask: &Ask) -> Option<&str> {
    let concludes = ask.tool == CONCLUDES;
    ask.arguments
        .get("choice")
        .and_then(Value::as_str)
        .filter(|_| concludes)
}

fn choice(first: &Decision, other: &Decision) -> Option<Difference> {
    choices(first).find_map(|(name, one)| {
        let (_, two) = choices(other).find(|(own, two)| *own == name && *two != one)?;
        let told = |own: Option<&str>| own.map_or("no choice".to_owned(), |own| short(own, SHOWN));
        Some(Difference {
            class: Class::Choice,
            about: short(name, SHOWN),
            first: told(one),
            other: told(two),
        })
    })
}

fn argument(first: &Decision, other: &Decision) -> Option<Difference> {
    let longest = first.asks.len().max(other.asks.len());
    (0..longest).find_map(|index| {
        let (one, two) = (first.asks.get(index), other.asks.get(index));
        let done = |ask: &Ask| (ask.tool.clone(), deeds(ask));
        if one.map(done) == two.map(done) {
            return None;
        }
        let told = |own: Option<&Ask>| own.map_or_else(|| "nothing".to_owned(), named);
        let tool = one.or(two).map_or("", |ask| ask.tool.as_str());
        Some(Difference {
            class: Class::Argument,
            about: short(tool, SHOWN),
            first: told(one),
            other: told(two),
        })
    })
}

/// Returns the arguments of an ask without those that are words for people.
fn deeds(ask: &Ask) -> Value {
    let mut arguments = ask.arguments.clone();
    if let Some(fields) = arguments.as_object_mut()
        && [CONCLUDES, "deliver", "give_up"].contains(&ask.tool.as_str())
    {
        fields.retain(|name, _| !WORDS.contains(&name.as_str()));
    }
    arguments
}

fn result(first: &Decision, other: &Decision) -> Option<Difference> {
    let mut pairs = first.asks.iter().zip(&other.asks);
    pairs.find_map(|(one, two)| {
        let same = one.verdict.allowed == two.verdict.allowed
            && one.error == two.error
            && touched(one) == touched(two)
            && timeless(&one.result) == timeless(&two.result);
        (!same).then(|| Difference {
            class: Class::Result,
            about: named(one),
            first: outcome(one),
            other: outcome(two),
        })
    })
}

/// Returns what an ask touched, without how long that took and what held it.
fn touched(ask: &Ask) -> Vec<Effect> {
    let mut effects = ask.effects.clone();
    for effect in &mut effects {
        if let Effect::Ran {
            sandbox, took_ms, ..
        } = effect
        {
            sandbox.clear();
            *took_ms = 0;
        }
    }
    effects
}

/// Returns the words of a result but durations and absolute paths: those differ from run to run where
/// nothing else does.
fn timeless(result: &str) -> Vec<&str> {
    let varies = |word: &&str| {
        let word = word.trim_matches(|own: char| "()[],;:'\"`".contains(own));
        let number = word.trim_end_matches(['s', 'm', 'n', 'µ']);
        let duration = number.len() < word.len() && number.parse::<f64>().is_ok();
        duration || (word.starts_with('/') && word.len() > 1)
    };
    result
        .split_whitespace()
        .filter(|word| !varies(word))
        .collect()
}

fn words(first: &Decision, other: &Decision) -> Option<Difference> {
    let arguments = |own: &Decision| -> Vec<Value> {
        own.asks.iter().map(|ask| ask.arguments.clone()).collect()
    };
    if first.text != other.text {
        return Some(Difference {
            class: Class::Text,
            about: "words".to_owned(),
            first: short(&first.text, SHOWN),
            other: short(&other.text, SHOWN),
        });
    }
    if arguments(first) == arguments(other) {
        return None;
    }
    let mut pairs = first.asks.iter().zip(&other.asks);
    let (one, two) = pairs.find(|(one, two)| one.arguments != two.arguments)?;
    let said = |ask: &Ask| {
        let said = WORDS.iter().filter_map(|name| ask.arguments.get(name));
        let texts: Vec<String> = said
            .map(|own| own.as_str().map_or_else(|| own.to_string(), str::to_owned))
            .collect();
        short(&texts.join("; "), SHOWN)
    };
    Some(Difference {
        class: Class::Text,
        about: named(one),
        first: said(one),
        other: said(two),
    })
}

/// Names an ask: its tool and what it is about.
fn named(ask: &Ask) -> String {
    let text = format!("{} {}", short(&ask.tool, 40), about(&ask.arguments));
    text.trim_end().to_owned()
}

fn outcome(ask: &Ask) -> String {
    if !ask.verdict.allowed {
        return format!("refused: {}", short(&ask.verdict.reason, SHOWN));
    }
    let ran = ask.effects.iter().find_map(|effect| match effect {
        Effect::Ran { exit, ended, .. } => Some((exit, ended)),
        Effect::Read { .. }
        | Effect::Listed { .. }
        | Effect::Searched { .. }
        | Effect::Staged { .. }
        | Effect::Concluded { .. } => None,
    });
    match ran {
        Some((Some(exit), _)) => format!("exit code {exit}; {}", short(&ask.result, SHOWN)),
        Some((None, Some(ended))) => format!("ended by {}", short(ended, 40)),
        Some((None, None)) | None => short(&ask.result, SHOWN),
    }
}

/// Names all that a decision asked for.
fn all(decision: &Decision) -> String {
    let asks: Vec<String> = decision.asks.iter().map(named).collect();
    if asks.is_empty() {
        short(&decision.text, SHOWN)
    } else {
        short(&asks.join(", "), SHOWN)
    }
}
