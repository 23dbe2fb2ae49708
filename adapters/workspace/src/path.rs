//! Paths in a repository that are known not to leave it, as far as their text can say.

use trail_port::workspace::Error;

/// A relative, normalised, `/`-separated path that names neither git's own files nor a way up.
///
/// What the text cannot say - symbolic links - is checked where it is opened, in `beneath`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RepoPath(String);

impl RepoPath {
    /// Parses the path of a file.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let outside = |why| {
            Err(Error::Outside {
                path: text.to_owned(),
                why,
            })
        };
        if text.is_empty() {
            return outside("it is empty");
        }
        if text.starts_with('/') {
            return outside("it is absolute");
        }
        if text.chars().any(char::is_control) {
            return outside("it holds a control character");
        }
        if text.len() > 4000 {
            return outside("it is longer than 4000 bytes");
        }
        for part in text.split('/') {
            match part {
                "" => {
                    return outside(
                        "it has an empty component; write it without `//` and a final `/`",
                    );
                }
                "." => return outside("it has a `.` component; write it without"),
                ".." => return outside("it has a `..` component"),
                _ if part.len() > 255 => {
                    return outside("it has a component longer than 255 bytes");
                }
                _ if names_git(part) => return outside("it names git's own files"),
                _ => {}
            }
        }
        Ok(Self(text.to_owned()))
    }

    /// Parses the path of a folder; `""` is the root and gives none.
    pub(crate) fn folder(text: &str) -> Result<Option<Self>, Error> {
        if text.is_empty() {
            Ok(None)
        } else {
            Self::parse(text).map(Some)
        }
    }

    /// Returns the text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the components before the last, and the last.
    pub(crate) fn split(&self) -> (Vec<&str>, &str) {
        match self.0.rsplit_once('/') {
            Some((parents, name)) => (parents.split('/').collect(), name),
            None => (Vec::new(), &self.0),
        }
    }

    /// Tells whether this is `folder` or below it.
    pub(crate) fn is_below(&self, folder: &str) -> bool {
        self.0
            .strip_prefix(folder)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// Tells whether a file system somewhere takes `part` for `.git`: case, trailing dots and blanks
/// and streams (NTFS), its short name, and characters that HFS+ ignores.
pub(crate) fn names_git(part: &str) -> bool {
    let seen: String = part
        .chars()
        .filter(|c| {
            !matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}')
        })
        .flat_map(char::to_lowercase)
        .collect();
    let stem = seen
        .split([':', '\\'])
        .next()
        .unwrap_or_default()
        .trim_end_matches(['.', ' ']);
    stem == ".git" || stem == "git~1"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_paths_are_refused_with_the_reason() {
        for (text, why) in [
            ("", "empty"),
            ("/etc/passwd", "absolute"),
            ("../x", ".."),
            ("a/../../x", ".."),
            ("a/..", ".."),
            ("./a", "`.`"),
            ("a//b", "empty component"),
            ("a/", "empty component"),
            ("a\0b", "control"),
            ("a\nb", "control"),
            (".git/config", "git's own"),
            (".GIT/hooks/x", "git's own"),
            ("sub/.Git/config", "git's own"),
            (".git. /x", "git's own"),
            (".git::$INDEX_ALLOCATION/x", "git's own"),
            ("git~1/config", "git's own"),
            (".g\u{200c}it/config", "git's own"),
        ] {
            match RepoPath::parse(text) {
                Err(Error::Outside { why: said, .. }) => {
                    assert!(said.contains(why), "{text:?}: {said}");
                }
                other => panic!("{text:?}: {other:?}"),
            }
        }
        assert!(RepoPath::parse(&"a/".repeat(3000)).is_err());
    }

    #[test]
    fn ordinary_paths_pass() {
        for text in [
            "a",
            "src/main.rs",
            ".gitignore",
            ".github/x.yml",
            "a b/ü..",
            "..a",
            "digit/x",
        ] {
            assert_eq!(
                RepoPath::parse(text).map(|p| p.0).ok().as_deref(),
                Some(text)
            );
        }
        assert!(RepoPath::parse("sub/x").is_ok_and(|p| p.is_below("sub") && !p.is_below("su")));
    }
}
