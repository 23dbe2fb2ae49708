//! The names of a body's sections and of its `Key: value` lines.

use trail_record::ItemKey;
use trail_record::body::Risk;

/// What a part of the body is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    /// Anything else.
    Other,
    /// Acceptance criteria.
    Criteria,
    /// The scope, before it is said which.
    Scope,
    /// Paths that may be written.
    Write,
    /// Paths that may be read.
    Read,
    /// The risk.
    Risk,
    /// Items to be done first.
    DependsOn,
    /// Files to read first.
    References,
}

impl Section {
    /// Returns the section a heading names. `Write` and `Read` count only inside a scope.
    pub(crate) fn named(words: &str, in_scope: bool) -> Option<Self> {
        let name = simple(words);
        let name = name.as_str();
        if [
            "acceptance criteria",
            "acceptance criterion",
            "acceptance-criteria",
        ]
        .iter()
        .any(|criteria| name.contains(criteria))
        {
            return Some(Self::Criteria);
        }
        match name {
            "scope" => Some(Self::Scope),
            "risk" | "risk level" => Some(Self::Risk),
            "depends on" | "dependencies" => Some(Self::DependsOn),
            "references" | "reference files" | "read first" => Some(Self::References),
            "write" | "writes" | "may write" | "may be written" | "writable" if in_scope => {
                Some(Self::Write)
            }
            "read" | "reads" | "may read" | "may be read" | "readable" if in_scope => {
                Some(Self::Read)
            }
            _ => None,
        }
    }

    /// Returns whether the section is the scope or a part of it.
    pub(crate) const fn is_scope(self) -> bool {
        matches!(self, Self::Scope | Self::Write | Self::Read)
    }
}

/// Returns whether a heading below the criteria leads away from them.
pub(crate) fn is_aside(words: &str) -> bool {
    let name = simple(words);
    [
        "note",
        "notes",
        "out of scope",
        "non-goals",
        "context",
        "background",
        "examples",
        "details",
    ]
    .contains(&name.as_str())
}

/// Splits a line `Key: value` whose key names a section; emphasis around the key is dropped.
pub(crate) fn key_line(line: &str, in_scope: bool) -> Option<(Section, &str)> {
    let (key, value) = line.split_once(':')?;
    // No key is longer; this keeps a long line of prose cheap.
    if key.len() > 40 {
        return None;
    }
    let section = Section::named(key, in_scope)?;
    // `Acceptance criteria: ...` and `Scope: ...` open a section only if nothing follows.
    let value = value.trim().trim_start_matches(['*', '_']).trim();
    let heading_only = matches!(section, Section::Criteria | Section::Scope);
    if heading_only && !value.is_empty() {
        None
    } else {
        Some((section, value))
    }
}

/// Returns the section of a line that stands for a heading: `**Scope**`.
pub(crate) fn emphasised(line: &str, in_scope: bool) -> Option<Section> {
    let inner = line
        .trim()
        .strip_prefix("**")
        .or_else(|| line.trim().strip_prefix("__"))?;
    let inner = inner
        .strip_suffix("**")
        .or_else(|| inner.strip_suffix("__"))?;
    Section::named(inner, in_scope)
}

/// Returns words in lower case without emphasis, numbering and marks at their ends.
fn simple(words: &str) -> String {
    let ends = |c: char| !c.is_alphabetic();
    words
        .trim_matches(ends)
        .to_lowercase()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// Returns whether a value says that there is none, as people and issue forms do.
pub(crate) fn is_none(value: &str) -> bool {
    // Backticks stay: `none` in them is a file's name.
    let value = value
        .trim_matches(['*', '_', '.', '(', ')', ' '])
        .to_lowercase();
    [
        "",
        "none",
        "nothing",
        "n/a",
        "no response",
        "no",
        "-",
        "–",
        "/",
    ]
    .contains(&value.as_str())
}

/// Returns whether a value says that everything is meant.
pub(crate) fn is_everything(value: &str) -> bool {
    if value.contains('`') {
        return false;
    }
    let value = simple(value);
    [
        "everything",
        "all",
        "anything",
        "all files",
        "the whole repository",
        "whole repository",
    ]
    .contains(&value.as_str())
}

/// Reads a risk; a remark may follow in brackets or after a dash, comma or full stop.
pub(crate) fn risk(value: &str) -> Option<Risk> {
    let value = value.trim().trim_matches(['*', '_', '`']).to_lowercase();
    let end = value
        .find(|c: char| !c.is_ascii_alphabetic())
        .unwrap_or(value.len());
    let (word, rest) = value.split_at(end);
    if !rest.trim_start().is_empty()
        && !rest
            .trim_start()
            .starts_with(['(', '-', '–', '—', ',', '.', ';', '*', '_', '`'])
    {
        return None;
    }
    [Risk::Low, Risk::Medium, Risk::High]
        .into_iter()
        .find(|risk| risk.as_str() == word)
}

/// Reads an item's key: `PROJ-7`, `#7` or `owner/name#7`.
pub(crate) fn item_key(text: &str) -> Option<ItemKey> {
    let number = |digits: &str| {
        (1..=10).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
    };
    let fits = if let Some((place, digits)) = text.split_once('#') {
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
        place.len() <= 140 && place.chars().all(plain) && number(digits)
    } else {
        let (project, digits) = text.split_once('-')?;
        let letters = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
        (1..=32).contains(&project.len())
            && project.starts_with(|c: char| c.is_ascii_uppercase())
            && project.bytes().all(letters)
            && number(digits)
    };
    fits.then(|| ItemKey::from(text))
}

/// Returns the key that a malformed one probably means.
pub(crate) fn probable_key(text: &str) -> Option<String> {
    let upper = text.to_ascii_uppercase();
    if item_key(&upper).is_some() {
        return Some(upper);
    }
    let digits = upper.find(|c: char| c.is_ascii_digit())?;
    let (project, number) = upper.split_at(digits);
    let guess = format!(
        "{}-{number}",
        project.trim_end_matches(|c: char| !c.is_ascii_uppercase())
    );
    item_key(&guess).map(|_| guess)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_known_by_their_names() {
        let table = [
            ("Acceptance criteria", Some(Section::Criteria)),
            (
                "✅ ACCEPTANCE  CRITERIA (required)",
                Some(Section::Criteria),
            ),
            ("2. Scope:", Some(Section::Scope)),
            ("Out of scope", None),
            ("**Risk level**", Some(Section::Risk)),
            ("Risks and mitigations", None),
            ("Write", None),
        ];
        for (words, expected) in table {
            assert_eq!(Section::named(words, false), expected, "{words}");
        }
        assert_eq!(Section::named("Write", true), Some(Section::Write));
        assert_eq!(
            key_line("**Risk:** low", false),
            Some((Section::Risk, "low"))
        );
        assert_eq!(key_line("Scope: we want little", false), None);
    }

    #[test]
    fn risks_and_keys_are_read() {
        assert_eq!(risk("High (touches money)"), Some(Risk::High));
        assert_eq!(risk("`low`"), Some(Risk::Low));
        assert_eq!(risk("low to medium"), None);
        assert_eq!(risk("lowish"), None);
        for key in ["PROJ-7", "A_1-22", "#7", "owner/name#7"] {
            assert!(item_key(key).is_some(), "{key}");
        }
        for other in [
            "proj-7", "PROJ", "PROJ-", "-7", "#", "PROJ-7x", "1-2", "PROJ-7-8",
        ] {
            assert!(item_key(other).is_none(), "{other}");
        }
        assert_eq!(probable_key("vsme142"), Some("VSME-142".to_owned()));
        assert_eq!(probable_key("soon"), None);
    }
}
