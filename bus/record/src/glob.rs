//! Path patterns of scopes and contracts.
//!
//! They are part of the stored format, because a verifier must judge whether a path was inside a
//! contract; so they are few and fixed: `?` is one character but `/`, `*` any number of characters
//! but `/`, a whole segment `**` any number of segments, also none. Everything else is literal, and
//! a pattern without any of them that names a folder does not cover what is in it.

/// Tells whether `path` (relative, `/`-separated) matches `pattern`.
#[must_use]
pub fn matches(pattern: &str, path: &str) -> bool {
    let pattern: Vec<&str> = pattern.split('/').collect();
    let path: Vec<&str> = path.split('/').collect();
    segments(&pattern, &path)
}

/// Tells whether `path` matches any of `patterns`.
pub fn any<S: AsRef<str>>(patterns: impl IntoIterator<Item = S>, path: &str) -> bool {
    patterns
        .into_iter()
        .any(|pattern| matches(pattern.as_ref(), path))
}

/// Matches segment lists; remembers which suffix pairs failed through the classic two-row table,
/// so that hostile patterns cost at most pattern times path.
fn segments(pattern: &[&str], path: &[&str]) -> bool {
    let mut row = vec![false; path.len() + 1];
    row[0] = true;
    for part in pattern {
        if *part == "**" {
            for index in 1..row.len() {
                row[index] = row[index] || row[index - 1];
            }
        } else {
            for index in (1..row.len()).rev() {
                row[index] = row[index - 1] && characters(part, path[index - 1]);
            }
            row[0] = false;
        }
    }
    row[path.len()]
}

fn characters(pattern: &str, text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut row = vec![false; text.len() + 1];
    row[0] = true;
    for part in pattern.chars() {
        if part == '*' {
            for index in 1..row.len() {
                row[index] = row[index] || row[index - 1];
            }
        } else {
            for index in (1..row.len()).rev() {
                row[index] = row[index - 1] && (part == '?' || part == text[index - 1]);
            }
            row[0] = false;
        }
    }
    row[text.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_specified() {
        for (pattern, path, expected) in [
            ("src/lib.rs", "src/lib.rs", true),
            ("src", "src/lib.rs", false),
            ("src/*", "src/lib.rs", true),
            ("src/*", "src/a/b.rs", false),
            ("src/**", "src/a/b.rs", true),
            ("src/**", "src", true),
            ("src/**", "srcs/a", false),
            ("**", "anything/at/all", true),
            ("**/*.rs", "a.rs", true),
            ("**/*.rs", "a/b/c.rs", true),
            ("**/test_?.py", "x/test_1.py", true),
            ("**/test_?.py", "x/test_12.py", false),
            ("a/**/z", "a/z", true),
            ("a/**/z", "a/b/c/z", true),
            ("[ab].rs", "a.rs", false),
            ("", "", true),
            ("*", "", true),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} on {path}");
        }
    }

    #[test]
    fn hostile_patterns_stay_cheap() {
        let pattern = "**/".repeat(200) + &"*a".repeat(200);
        let path = "a/".repeat(200) + &"a".repeat(400);
        assert!(!matches(&pattern, &(path + "b")));
    }
}
