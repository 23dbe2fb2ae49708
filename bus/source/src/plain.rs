//! Text in a language that is not known: comments line by line.
//!
//! What a string is cannot be known here; only what begins a line with a comment's mark is a
//! comment.

use crate::source::{Place, number};
use crate::walk::{Walk, whole_file};
use crate::{Annotation, Role, Target, TargetKind, Test, comment};

const MARKS: [&str; 9] = ["//", "#", "--", ";", "%", "/*", "*", "<!--", "'"];

/// Reads a text; the next line of code names what a comment stands on.
pub(crate) fn read(walk: &mut Walk<'_>) {
    let text = walk.source.text;
    let mut pending: Vec<Annotation> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let trimmed = line.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        if MARKS.iter().any(|mark| trimmed.starts_with(mark)) {
            let indent = line.len() - trimmed.len();
            let at = Place {
                line: number(index + 1),
                column: number(line[..indent].chars().count() + 1),
            };
            let said = comment::read(trimmed, at, walk.source.options);
            walk.problems.extend(said.problems);
            for mut annotation in said.annotations {
                if said.of_file {
                    annotation.target = Some(whole_file(walk.source));
                    walk.annotations.push(annotation);
                } else {
                    pending.push(annotation);
                }
            }
        } else if !(pending.is_empty() || trimmed.is_empty() || is_attribute(trimmed)) {
            settle(
                walk,
                std::mem::take(&mut pending),
                trimmed,
                number(index + 1),
            );
        }
    }
    walk.lose(pending);
}

/// Returns whether a line only says something of the next one: an annotation, an attribute.
fn is_attribute(line: &str) -> bool {
    // Bats writes its tests like this.
    line.starts_with('[') || (line.starts_with('@') && !line.starts_with("@test "))
}

fn settle(walk: &mut Walk<'_>, pending: Vec<Annotation>, code: &str, line: u32) {
    let name = guess(code);
    let validates: Vec<_> = pending
        .iter()
        .filter(|annotation| annotation.role == Role::Validates)
        .flat_map(|annotation| annotation.claims.iter().cloned())
        .collect();
    let is_test = !validates.is_empty();
    if let Some(name) = &name
        && is_test
    {
        let mut validates = validates;
        validates.sort();
        validates.dedup();
        walk.tests.push(Test {
            name: name.clone(),
            within: Vec::new(),
            line,
            end_line: line,
            validates,
            dead: None,
            many: false,
        });
    }
    for mut annotation in pending {
        annotation.target = name.as_ref().map(|name| Target {
            // Nothing but the annotation's word says what it is.
            kind: if is_test {
                TargetKind::Test
            } else {
                TargetKind::Item
            },
            name: name.clone(),
            within: Vec::new(),
            line,
            end_line: line,
        });
        walk.annotations.push(annotation);
    }
}

/// Guesses the name in a line that starts a test: its first text, or the word before `(` or after
/// the word that defines.
fn guess(line: &str) -> Option<String> {
    let (head, tail) = line.split_once('(').unwrap_or((line, ""));
    if let Some(title) = title(tail) {
        return Some(title);
    }
    let words: Vec<&str> = head.split_whitespace().take(40).collect();
    if let Some(at) = words.iter().position(|word| word.starts_with(['"', '\''])) {
        return title(&words[at..].join(" "));
    }
    // GoogleTest: `TEST(Suite, Name)`.
    if head.starts_with("TEST") && words.len() == 1 {
        let inner = tail.split(')').next()?;
        let parts: Vec<_> = inner
            .split(',')
            .filter_map(|part| name(part.trim()))
            .collect();
        return (!parts.is_empty()).then(|| parts.join("."));
    }
    const DEFINES: [&str; 10] = [
        "fn",
        "fun",
        "func",
        "def",
        "sub",
        "function",
        "test",
        "class",
        "procedure",
        "module",
    ];
    let after = words
        .iter()
        .position(|word| DEFINES.contains(&word.to_ascii_lowercase().as_str()))
        .map(|at| at + 1);
    match after.and_then(|at| words.get(at)) {
        Some(word) => name(word),
        None if line.contains('(') => name(words.last()?),
        None => None,
    }
}

/// Returns the text a line begins with, if it begins with one.
fn title(text: &str) -> Option<String> {
    let text = text.trim_start();
    let quote = text.chars().next().filter(|c| "\"'`".contains(*c))?;
    text[1..].split(quote).next().map(str::to_owned)
}

fn name(word: &str) -> Option<String> {
    let name = word.trim_matches(|c: char| !(c.is_alphanumeric() || c == '_'));
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use crate::{Options, scan};

    /// Shows the tests of a text as `line name item/criterion ...`.
    fn found(path: &str, text: &str) -> Vec<String> {
        let scan = scan(path, text.as_bytes(), &Options::default());
        scan.tests
            .iter()
            .map(|test| {
                let claims = test
                    .validates
                    .iter()
                    .map(|claim| format!(" {}/{}", claim.work_item, claim.criterion));
                format!("{} {}{}", test.line, test.name, claims.collect::<String>())
            })
            .collect()
    }

    #[test]
    fn the_comment_form_is_read_in_any_language() {
        let table = [
            (
                "a_spec.rb",
                "# trail:validates X-1 AC-1\nit 'exports' do",
                "2 exports X-1/AC-1",
            ),
            (
                "a.sql",
                "-- trail:validates X-1 AC-1\nCREATE FUNCTION test_export() RETURNS",
                "2 test_export X-1/AC-1",
            ),
            (
                "a.cc",
                "// trail:validates X-1 AC-1\nTEST(Export, Works) {",
                "2 Export.Works X-1/AC-1",
            ),
            (
                "a.cs",
                "// trail:validates X-1 AC-1\n[Fact]\npublic void Exports()",
                "3 Exports X-1/AC-1",
            ),
            (
                "a.php",
                "/* trail:validates X-1 AC-1 */\npublic function testExport(): void",
                "2 testExport X-1/AC-1",
            ),
            (
                "a.bats",
                "# trail:validates X-1 AC-1\n@test \"exports all\" {",
                "2 exports all X-1/AC-1",
            ),
        ];
        for (path, text, expected) in table {
            assert_eq!(found(path, text), [expected], "{text}");
        }
        assert_eq!(found("a.rb", "# trail:validates X-1\ndef test_a"), [""; 0]);
        assert_eq!(
            found("a.rb", "x = '# trail:validates X-1 AC-1'\ndef test_a"),
            [""; 0]
        );
    }
}
