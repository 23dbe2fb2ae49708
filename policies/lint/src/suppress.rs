//! Suppressions in sources: `trail:ignore RULE until 2027-01-31: reason` in a comment of its own,
//! directly above what it is about.
//!
//! They are read line by line: a line that holds nothing but a comment in the file's language. What
//! one covers is the thing that begins in the next line that is no comment: its attributes or
//! decorators, and its name.

use jiff::civil::Date;
use trail_source::Language;

use crate::rule::{NoRule, Rule};

/// How many days a suppression may last at most.
pub const MAX_DAYS: i32 = 366;

/// The word that begins one.
const WORD: &str = "trail:ignore";

/// How many lines below the comment are looked at for what it covers.
const REACH: usize = 200;

/// A suppression as it stands in a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    /// The line it stands in, from 1.
    pub line: u32,
    /// The last line it covers.
    pub last: u32,
    /// What it says, or what is wrong with it.
    pub says: Result<Says, String>,
}

/// What a suppression says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Says {
    /// The rules it silences.
    pub rules: Vec<Rule>,
    /// The last day on which it does.
    pub until: Date,
    /// Why.
    pub reason: String,
}

/// Finds the suppressions of a file.
#[must_use]
pub fn find(language: Option<Language>, text: &str) -> Vec<Suppression> {
    if !text.contains(WORD) {
        return Vec::new();
    }
    let markers = markers(language);
    let lines: Vec<&str> = text.lines().collect();
    let comment = |line: &str| inside(line, markers).is_some();
    let mut found = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let Some(rest) = inside(line, markers).and_then(|own| own.strip_prefix(WORD)) else {
            continue;
        };
        let mut last = index + 1;
        while last <= index + REACH && lines.get(last).is_some_and(|own| comment(own)) {
            last += 1;
        }
        last = covered(&lines, last);
        found.push(Suppression {
            line: number(index),
            last: number(last.min(lines.len().saturating_sub(1))),
            says: says(rest),
        });
    }
    found
}

/// Returns what begins a comment that ends with its line, or may.
const fn markers(language: Option<Language>) -> &'static [&'static str] {
    match language {
        Some(Language::Python | Language::Elixir) => &["#"],
        Some(Language::Markdown) => &["<!--"],
        Some(
            Language::Rust
            | Language::JavaScript
            | Language::TypeScript
            | Language::Go
            | Language::Java,
        ) => &["//", "/*", "*"],
        Some(Language::Text) | None => &["//", "#", "--", "<!--", "/*", "*", ";", "%"],
    }
}

/// Returns what a comment line says, without what opens and closes the comment.
fn inside<'l>(line: &'l str, markers: &[&str]) -> Option<&'l str> {
    let line = line.trim();
    let marker = markers.iter().find(|own| line.starts_with(**own))?;
    // Rust's attributes and Python's shebang begin like comments elsewhere; here they do not.
    let rest = line[marker.len()..].trim_start_matches(['/', '!', '*', '#']);
    let rest = rest.trim_end_matches("*/").trim_end_matches("-->");
    Some(rest.trim())
}

/// Returns the last line of what begins in `first`: past lines that open brackets and do not close
/// them, and past attributes and decorators, to the line that holds the name.
fn covered(lines: &[&str], first: usize) -> usize {
    let mut depth = 0_i64;
    let mut at = first;
    while at < lines.len() && at < first + REACH {
        let line = lines[at].trim();
        let attribute = depth == 0 && (line.starts_with('@') || line.starts_with("#["));
        for character in line.chars() {
            match character {
                '(' | '[' => depth += 1,
                ')' | ']' => depth -= 1,
                _ => {}
            }
        }
        depth = depth.max(0);
        if depth == 0 && !attribute && !line.is_empty() && !is_closing(line) {
            return at;
        }
        at += 1;
    }
    at
}

/// Tells whether a line only closes what an attribute opened.
fn is_closing(line: &str) -> bool {
    line.chars().all(|own| matches!(own, ')' | ']' | ','))
}

/// Reads what follows the word.
fn says(rest: &str) -> Result<Says, String> {
    let form = "write `trail:ignore RULE until YYYY-MM-DD: reason`";
    let Some((head, reason)) = rest.split_once(':') else {
        return Err(format!("it gives no reason; {form}"));
    };
    let Some((rules, until)) = head.split_once(" until ") else {
        return Err(format!("it says no rule, or not until when; {form}"));
    };
    let rules: Vec<Rule> = rules
        .split(',')
        .map(|own| own.trim().parse::<Rule>())
        .collect::<Result<_, NoRule>>()
        .map_err(|error| error.to_string())?;
    if let Some(rule) = rules.iter().find(|own| !own.is_suppressible()) {
        return Err(format!("{} cannot be suppressed", rule.name()));
    }
    let until: Date = until
        .trim()
        .parse()
        .map_err(|_| format!("{:?} is no day; {form}", clip(until.trim())))?;
    let reason = reason.trim();
    if !reason.chars().any(char::is_alphanumeric) {
        return Err(format!("it gives no reason; {form}"));
    }
    Ok(Says {
        rules,
        until,
        reason: reason.to_owned(),
    })
}

fn clip(text: &str) -> String {
    text.chars().take(40).collect()
}

fn number(index: usize) -> u32 {
    u32::try_from(index + 1).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(language: Language, text: &str) -> Suppression {
        let mut all = find(Some(language), text);
        assert_eq!(all.len(), 1, "{text}: {all:?}");
        all.remove(0)
    }

    #[test]
    fn rule_day_and_reason_are_read() {
        let text =
            "# trail:ignore dead-test, trail/unknown-item until 2027-01-31: no network: yet\n";
        assert_eq!(
            only(Language::Python, text).says,
            Ok(Says {
                rules: vec![Rule::DeadTest, Rule::UnknownItem],
                until: jiff::civil::date(2027, 1, 31),
                reason: "no network: yet".to_owned(),
            })
        );
    }

    #[test]
    fn what_lacks_a_part_says_which() {
        for (rest, problem) in [
            ("", "gives no reason"),
            (" dead-test until 2027-01-31", "gives no reason"),
            (" dead-test until 2027-01-31: ", "gives no reason"),
            (" dead-test until 2027-01-31: ...", "gives no reason"),
            (" dead-test: because", "not until when"),
            (" until 2027-01-31: because", "no rule \"\""),
            (
                " dead-tst until 2027-01-31: because",
                "did you mean dead-test?",
            ),
            (" dead-test until 2027-02-30: because", "is no day"),
            (" dead-test until soon: because", "is no day"),
            (
                " baseline-stale until 2027-01-31: because",
                "cannot be suppressed",
            ),
        ] {
            let error = only(Language::Rust, &format!("// trail:ignore{rest}")).says;
            let error = error.unwrap_err();
            assert!(error.contains(problem), "{rest:?}: {error}");
        }
    }

    #[test]
    fn it_covers_the_thing_below_and_no_more() {
        let says = "trail:ignore dead-test until 2027-01-31: r";
        for (language, text, last) in [
            (
                Language::Python,
                format!("# {says}\ndef test_a():\n    pass\n"),
                2,
            ),
            (
                Language::Python,
                format!(
                    "# {says}\n# more\n@skip\n@validates(\n    work_item=\"X-1\",\n)\ndef test_a(\n    a,\n):\n"
                ),
                9,
            ),
            (
                Language::Rust,
                format!("// {says}\n#[test]\n#[ignore]\nfn a() {{\n}}\n"),
                4,
            ),
            (
                Language::Markdown,
                format!("<!-- {says} -->\n\n# Heading\n"),
                3,
            ),
            (
                Language::Java,
                format!("/* {says} */\n@Test void a() {{}}\nvoid b() {{}}\n"),
                3,
            ),
            (Language::Go, format!("// {says}"), 1),
        ] {
            assert_eq!(only(language, &text).last, last, "{text}");
        }
    }

    #[test]
    fn only_comments_of_the_files_own_language_count() {
        let says = "trail:ignore dead-test until 2027-01-31: r";
        assert_eq!(
            find(Some(Language::Python), &format!("x = \"# {says}\"")),
            []
        );
        assert_eq!(find(Some(Language::Python), &format!("// {says}")), []);
        assert_eq!(
            find(Some(Language::Rust), &format!("let x = 1; // {says}")),
            []
        );
        assert_eq!(find(Some(Language::Rust), &format!("# {says}")), []);
        assert_eq!(find(Some(Language::Text), &format!("; {says}")).len(), 1);
    }
}
