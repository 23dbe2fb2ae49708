//! Splits a command line into words without a shell.

/// Returns the words of `line` as a shell would split them: blanks separate, quotes and backslashes
/// keep together.
///
/// # Errors
/// If a quote is not closed, or if the line uses what only a shell can do: pipes, redirections,
/// several commands, variables, patterns, assignments.
pub fn split(line: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut rest = line.chars();
    while let Some(c) = rest.next() {
        match c {
            ' ' | '\t' => words.extend(word.take()),
            '\'' => quoted(&mut rest, '\'', word.get_or_insert_default())?,
            '"' => quoted(&mut rest, '"', word.get_or_insert_default())?,
            '\\' => match rest.next() {
                Some(c) if c != '\n' => word.get_or_insert_default().push(c),
                _ => return Err("ends in a backslash".to_owned()),
            },
            '|' | '&' | ';' | '<' | '>' | '(' | ')' | '$' | '`' | '*' | '?' | '\n' | '\r' => {
                return Err(format!(
                    "uses {c:?}, which only a shell understands, and there is no shell: run one \
                     program per call, and quote {c:?} if it is meant as it is"
                ));
            }
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    match words.first() {
        None => Err("is empty; give a program and its arguments".to_owned()),
        Some(first) if first.contains('=') => Err(format!(
            "begins with the assignment `{first}`, but there is no shell: give a program and its \
             arguments"
        )),
        Some(_) => Ok(words),
    }
}

/// Reads up to the closing quote. Inside double quotes a backslash keeps `"` and `\`.
fn quoted(rest: &mut std::str::Chars<'_>, quote: char, word: &mut String) -> Result<(), String> {
    while let Some(c) = rest.next() {
        match c {
            c if c == quote => return Ok(()),
            '\\' if quote == '"' => match rest.next() {
                Some(c @ ('"' | '\\' | '$' | '`')) => word.push(c),
                Some(c) => word.extend(['\\', c]),
                None => break,
            },
            '$' | '`' if quote == '"' => {
                return Err(format!(
                    "uses {c:?} inside double quotes, but there is no shell to expand it: use \
                     single quotes if it is meant as it is"
                ));
            }
            c => word.push(c),
        }
    }
    Err(format!("has a {quote} that is not closed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_as_a_shell_would() {
        for (line, words) in [
            (
                "cargo test --test xbrl",
                &["cargo", "test", "--test", "xbrl"][..],
            ),
            ("  a\t b ", &["a", "b"]),
            (
                r#"grep -n 'a b|c' "d \"e\" \x""#,
                &["grep", "-n", "a b|c", r#"d "e" \x"#],
            ),
            (r"a\ b '' c''d", &["a b", "", "cd"]),
            ("run --name=value", &["run", "--name=value"]),
        ] {
            assert_eq!(split(line).unwrap(), words, "{line}");
        }
    }

    #[test]
    fn what_needs_a_shell_is_refused() {
        for line in [
            "",
            "  ",
            "a | b",
            "a && b",
            "a; b",
            "a > b",
            "a < b",
            "$(a)",
            "`a`",
            "a $HOME",
            "a \"$HOME\"",
            "ls *.rs",
            "a\nb",
            "a 'b",
            "a \"b",
            "a \\",
            "RUST_LOG=1 cargo test",
        ] {
            assert!(split(line).is_err(), "{line}");
        }
    }
}
