//! The head of a criterion: its id, the `keeps` marker and the separator before its text.

use trail_record::CriterionId;

/// A criterion's head and the text that follows on the same line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) id: CriterionId,
    pub(crate) keeps: bool,
    pub(crate) text: String,
}

/// How much a line must show to count as a criterion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A separator or emphasis must follow the id: the line stands among other text.
    Strict,
    /// A blank is enough: the line is a list item among criteria, or a heading.
    Loose,
}

/// Reads the id of a criterion in any of the ways people write it: `AC-3`, `ac 3`, `AC03`.
#[must_use]
pub fn criterion_id(text: &str) -> Option<CriterionId> {
    let (id, rest) = id(text.trim())?;
    rest.is_empty().then_some(id)
}

/// Reads the head of a criterion from a line whose list marker is gone.
pub(crate) fn head(line: &str, form: Form) -> Option<Head> {
    let emphasis = |c: char| matches!(c, '*' | '_' | '`' | '[' | '(');
    let unopened = line.trim_start_matches(emphasis);
    let opener = &line[..line.len() - unopened.len()];
    let (id, rest) = id(unopened)?;
    let mut keeps = false;
    let mut rest = rest;
    let mut closed = false;
    let closer = |c: char| matches!(c, '*' | '_' | '`' | ']');
    loop {
        let inner = rest.trim_start_matches(closer);
        let inner = if opener.contains('(') {
            inner.strip_prefix(')').unwrap_or(inner)
        } else {
            inner
        };
        closed |= inner.len() < rest.len();
        match marker(inner.trim_start()) {
            Some(after) => {
                keeps = true;
                rest = after;
            }
            None => {
                rest = inner;
                break;
            }
        }
    }
    let (separated, mut rest) = separator(rest);
    let blank = rest.is_empty() || rest.starts_with(' ');
    let enough = separated || (closed && !opener.is_empty() && blank);
    if !(enough || (form == Form::Loose && blank)) {
        return None;
    }
    let mut text = None;
    if !closed && !opener.is_empty() {
        // The emphasis spans the separator (`**AC-1:** x`) or the whole (`**AC-1: x**`).
        let inner = rest.trim_start_matches(closer);
        if inner.len() == rest.len() {
            let closer: String = opener.chars().rev().collect();
            text = Some(rest.replacen(&closer, "", 1));
        }
        rest = inner;
    }
    let mut text = text.unwrap_or_else(|| rest.to_owned()).trim().to_owned();
    while let Some(after) = marker(&text) {
        keeps = true;
        text = after.trim_start().to_owned();
    }
    Some(Head { id, keeps, text })
}

/// Splits an id off the start of a text.
fn id(text: &str) -> Option<(CriterionId, &str)> {
    let letters = text
        .get(..2)
        .filter(|letters| letters.eq_ignore_ascii_case("ac"))?;
    let rest = text[letters.len()..].trim_start_matches([' ', '_']);
    let rest = rest
        .strip_prefix(['-', '\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}'])
        .unwrap_or(rest);
    let count = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = rest.split_at(count);
    let number = digits.trim_start_matches('0');
    if digits.is_empty() || number.len() > 4 || rest.starts_with(char::is_alphanumeric) {
        return None;
    }
    let number = if number.is_empty() { "0" } else { number };
    Some((CriterionId::new(format!("AC-{number}")), rest))
}

/// Returns what follows a `(keeps)` or `[keeps]` marker.
fn marker(text: &str) -> Option<&str> {
    ["(keeps)", "[keeps]"].iter().find_map(|marker| {
        let start = text.get(..marker.len())?;
        start
            .eq_ignore_ascii_case(marker)
            .then(|| &text[marker.len()..])
    })
}

/// Returns whether a separator stands at the start of a text, and what follows it.
fn separator(text: &str) -> (bool, &str) {
    let trimmed = text.trim_start();
    let spaced = trimmed.len() < text.len();
    let mut characters = trimmed.chars();
    let Some(first) = characters.next() else {
        return (false, trimmed);
    };
    let rest = characters.as_str();
    let blank = rest.is_empty() || rest.starts_with(' ');
    let separates = match first {
        ':' | '—' => true,
        '.' | ')' => blank && !spaced,
        '-' | '–' => blank,
        _ => false,
    };
    if separates {
        (true, rest)
    } else {
        (false, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read_in_the_ways_people_write_them() {
        let table = [
            ("AC-1: x", "AC-1", false, "x"),
            ("ac-01 : x", "AC-1", false, "x"),
            ("AC1. x", "AC-1", false, "x"),
            ("AC 1) x", "AC-1", false, "x"),
            ("AC-1 - x", "AC-1", false, "x"),
            ("AC-1—x", "AC-1", false, "x"),
            ("AC\u{2011}1 – x", "AC-1", false, "x"),
            ("**AC-1**: x", "AC-1", false, "x"),
            ("**AC-1:** x", "AC-1", false, "x"),
            ("**AC-1: x**", "AC-1", false, "x"),
            ("**AC-1** x", "AC-1", false, "x"),
            ("`AC-1`: x", "AC-1", false, "x"),
            ("**`AC-1`** — x", "AC-1", false, "x"),
            ("[AC-1] x", "AC-1", false, "x"),
            ("(AC-1) x", "AC-1", false, "x"),
            ("AC-5 (keeps): x", "AC-5", true, "x"),
            ("**AC-5** [keeps]: x", "AC-5", true, "x"),
            ("**AC-5 (Keeps)**: x", "AC-5", true, "x"),
            ("AC-5: (keeps) x", "AC-5", true, "x"),
            ("AC-2:", "AC-2", false, ""),
            ("AC-2: `x`", "AC-2", false, "`x`"),
            ("AC-2: - x", "AC-2", false, "- x"),
        ];
        for (line, id, keeps, text) in table {
            let expected = Head {
                id: CriterionId::from(id),
                keeps,
                text: text.to_owned(),
            };
            assert_eq!(head(line, Form::Strict), Some(expected), "{line}");
        }
    }

    #[test]
    fn other_lines_have_no_head() {
        for line in [
            "AC-1 and AC-2 go together",
            "AC-1.2: x",
            "AC-1-x",
            "ACME: x",
            "AC-: x",
            "AC-1a: x",
            "AC-12345: x",
            "äC-1: x",
            "",
        ] {
            assert_eq!(head(line, Form::Strict), None, "{line}");
        }
        assert!(head("AC-1 x", Form::Loose).is_some());
        assert_eq!(criterion_id(" ac-003 "), Some(CriterionId::from("AC-3")));
        assert_eq!(criterion_id("AC-3:"), None);
    }
}
