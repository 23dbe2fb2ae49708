//! Whether a criterion can be tested: refused only where a vague word stands and nothing measurable.
//!
//! Two strengths of vague words meet two strengths of evidence:
//!
//! | | number, exact text, comparison | verb of an observable outcome | neither |
//! |---|---|---|---|
//! | a matter of taste or speed (`fast`, `intuitive`) | testable | refused | refused |
//! | a softener (`properly`, `as needed`) | testable | testable | refused |
//! | no vague word | testable | testable | testable |
//!
//! Where the text has the form Given/When/Then, the `Then` part alone is judged: that is the outcome.

use super::markdown::code_span;

/// Words and phrases about taste, speed and comfort.
const TASTE: &str = "\
    acceptable, attractive, beautiful, best, better, convenient, conveniently, ease, easier, \
    easily, easy, easy-to-use, efficient, efficiently, elegant, fast, faster, flexible, \
    friendly, good, great, high-quality, high quality, intuitive, intuitively, maintainable, \
    nice, nicely, nicer, performant, pleasant, quickly, reasonable, reasonably, responsive, \
    scalable, scale well, seamless, seamlessly, simple to, smooth, smoothly, snappy, state of \
    the art, state-of-the-art, user friendly, user-friendly, works well, work well, \
    world-class";

/// Words and phrases that promise without saying what.
const SOFTENERS: &str = "\
    adequate, adequately, and so on, appropriate, appropriately, as appropriate, as expected, \
    as necessary, as needed, clean code, clear, clearly, correctly, etc, gracefully, if \
    necessary, if needed, if possible, improve, improved, improves, just works, optimal, \
    optimally, optimised, optimized, proper, properly, quick, readable, reliable, reliably, \
    robust, robustly, secure, securely, sensible, slow, sufficient, sufficiently, suitable, \
    suitably, when needed, where appropriate, where necessary, where possible";

/// Words and phrases that compare or count.
const COMPARISONS: &str = "\
    at least, at most, byte-identical, dozen, eight, eleven, equal, equals, error code, \
    exactly, exit code, exit status, five, four, hundred, identical, nine, once, per cent, \
    percent, same as, seven, six, status code, ten, than, thousand, three, twelve, twice, two, \
    unchanged, zero";

/// Stems of verbs, and words, that name something that can be seen to happen.
const OBSERVABLE: &str = "\
    accept, build, built, compile, contain, create, delete, display, emit, error, exit, fail, \
    find, found, header, lists, listed, log, logged, logs, match, message, never, no, one, \
    only, output, parse, pass, print, raise, redirect, refuse, reject, remove, respond, \
    return, send, sent, show, shown, skip, status, store, throw, thrown, validate, warning, \
    well-formed, write, written, wrote";

/// Returns the vague words that make a criterion untestable; empty if it can be tested.
pub(crate) fn vague(text: &str) -> Vec<String> {
    let (plain, quoted) = without_quotes(&text.to_lowercase());
    let words: Vec<&str> = words(&plain);
    let outcome = outcome(&words);
    // What is quoted before `Then` is no outcome either.
    let quoted = if outcome.len() == words.len() {
        quoted
    } else {
        text.to_lowercase()
            .rfind("then")
            .is_some_and(|at| without_quotes(&text.to_lowercase()[at..]).1)
    };
    let padded = format!(" {} ", outcome.join(" "));
    let said = |phrases: &str| {
        let phrases = phrases
            .split(", ")
            .filter(|phrase| padded.contains(&format!(" {phrase} ")));
        phrases.map(str::to_owned).collect::<Vec<_>>()
    };
    let taste = said(TASTE);
    let softeners = said(SOFTENERS);
    let exact = quoted
        || !said(COMPARISONS).is_empty()
        || outcome
            .iter()
            .any(|word| is_number(word) || "=<>≤≥≠%".contains(word));
    let is_observable = |word: &&str| OBSERVABLE.split(", ").any(|verb| is_form(word, verb));
    let observable = || outcome.iter().any(is_observable);
    if exact || (taste.is_empty() && (softeners.is_empty() || observable())) {
        return Vec::new();
    }
    let mut found = taste;
    found.extend(softeners);
    found
}

/// Replaces code spans and quoted text by blanks; the second value tells whether there were any.
fn without_quotes(text: &str) -> (String, bool) {
    let mut plain = String::with_capacity(text.len());
    let mut found = false;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let close = match first {
            '"' => Some('"'),
            '“' | '„' => Some('”'),
            '«' => Some('»'),
            _ => None,
        };
        let width = first.len_utf8();
        let end = if first == '`' {
            code_span(rest)
        } else {
            close.and_then(|close| {
                rest[width..]
                    .find(close)
                    .map(|at| width + at + close.len_utf8())
            })
        };
        if let Some(end) = end {
            // An empty pair of quotes quotes nothing.
            found |= rest[..end].chars().any(char::is_alphanumeric);
            plain.push(' ');
            rest = &rest[end..];
        } else {
            // A run of backticks that never closes is stepped over whole, to keep this linear.
            let ticks = rest.bytes().take_while(|byte| *byte == b'`').count();
            let step = ticks.max(width);
            plain.push_str(&rest[..step]);
            rest = &rest[step..];
        }
    }
    (plain, found)
}

/// Splits text into words; a hyphen inside keeps a word together, marks of comparison stand alone.
fn words(text: &str) -> Vec<&str> {
    let inside = |c: char| c.is_alphanumeric() || matches!(c, '-' | '\'' | '’' | '_');
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| inside(c) || "=<>≤≥≠%".contains(c)) {
        rest = &rest[start..];
        let end = rest.find(|c: char| !inside(c)).unwrap_or(rest.len());
        let end = end.max(rest.chars().next().map_or(1, char::len_utf8));
        let word = rest[..end].trim_matches(['-', '\'', '’', '_']);
        if !word.is_empty() {
            words.push(word);
        }
        rest = &rest[end..];
    }
    words
}

/// Returns the words after the last `then`, if there is a `given` or `when` before it.
fn outcome<'a, 'b>(words: &'b [&'a str]) -> &'b [&'a str] {
    let then = words.iter().rposition(|word| *word == "then");
    match then {
        Some(then)
            if words[..then]
                .iter()
                .any(|word| matches!(*word, "given" | "when" | "if")) =>
        {
            &words[then + 1..]
        }
        _ => words,
    }
}

/// Returns whether a word is a number with or without a unit; ids such as `ac-1` are none.
fn is_number(word: &str) -> bool {
    let id = word.split_once('-').is_some_and(|(letters, digits)| {
        letters.chars().all(char::is_alphabetic) && digits.chars().all(|c| c.is_ascii_digit())
    });
    word.contains(|c: char| c.is_ascii_digit()) && !id
}

/// Returns whether a word is a verb's plain form, or one with `s`, `es`, `d`, `ed` or `ing`.
fn is_form(word: &str, verb: &str) -> bool {
    // Plural `errors` is what vague sentences are about: `errors are handled properly`.
    if verb == "error" {
        return word == "error";
    }
    let ending = |stem: &str| word.strip_prefix(stem);
    let regular = ending(verb)
        .is_some_and(|end| matches!(end, "" | "s" | "es" | "d" | "ed" | "ing" | "ted" | "ting"));
    regular || verb.strip_suffix('e').and_then(ending) == Some("ing")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vague_criteria_without_a_measure_are_refused() {
        let table: &[(&str, &[&str])] = &[
            ("The export is fast.", &["fast"]),
            (
                "The UI should be nice and user-friendly",
                &["nice", "user-friendly"],
            ),
            ("Results are returned quickly", &["quickly"]),
            ("It returns good results", &["good"]),
            ("Errors are handled appropriately", &["appropriately"]),
            (
                "The page works properly as needed",
                &["as needed", "properly"],
            ),
            ("Make the code better, cleaner etc.", &["better", "etc"]),
            (
                "Given 5 reports, when they are exported, then the export is fast",
                &["fast"],
            ),
            (
                "Given \"x\", when it is exported, then the output is intuitive",
                &["intuitive"],
            ),
            ("PROJ-7 becomes easy", &["easy"]),
            ("The tool is robust", &["robust"]),
        ];
        for (text, words) in table {
            assert_eq!(vague(text), *words, "{text}");
        }
    }

    #[test]
    fn a_measure_makes_vague_words_harmless() {
        for text in [
            "The export is fast: 10,000 facts in at most 2 s.",
            "Every disclosure B1-B11 maps to one XBRL concept",
            "An unknown disclosure is a clear error",
            "The existing output stays byte-identical",
            "The page shows an appropriate message",
            "The export is faster than the PDF renderer",
            "A nice greeting, namely \"Hello\", stands on top",
            "The help text is `easy`",
            "Invalid input is properly rejected with exit code 2",
            "Given a report, when it is quickly exported, then the output is well-formed XML",
            "fast-forward merges are allowed",
            "The report can be exported",
            "Search latency improves: p95 < 200ms",
            "Unknown options are clearly refused",
        ] {
            assert_eq!(vague(text), Vec::<String>::new(), "{text}");
        }
    }
}
