//! What the tracker accepts: names, lengths, and who may do what.

use super::row::{Account, Role};
use super::{Error, Project};
use crate::api::{MAX_BODY, MAX_COMMENT};

const MAX_TITLE: usize = 1024;
const MAX_LABEL: usize = 64;
const MAX_LABELS: usize = 50;

fn refuse<T>(why: impl Into<String>) -> Result<T, Error> {
    Err(Error::Refused(why.into()))
}

/// Checks a text against its limit, in characters.
fn length(what: &str, text: &str, limit: usize) -> Result<(), Error> {
    // There are never more characters than bytes.
    let long = text.len() > limit && text.chars().count() > limit;
    if !long {
        return Ok(());
    }
    refuse(format!(
        "{what} has {} characters; at most {limit} are allowed",
        text.chars().count()
    ))
}

pub(super) fn project(project: &Project) -> Result<(), Error> {
    let prefix = &project.prefix;
    let letters = prefix
        .bytes()
        .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    let starts = prefix
        .bytes()
        .next()
        .is_some_and(|b| b.is_ascii_uppercase());
    if !letters || !starts || prefix.len() > 16 {
        return refuse(format!(
            "the key prefix {prefix:?} must be 1 to 16 of A-Z and 0-9, beginning with a letter"
        ));
    }
    if project.id.as_str().is_empty() || project.id.as_str().len() > 256 {
        return refuse("the project id must have 1 to 256 bytes");
    }
    Ok(())
}

pub(super) fn comment(text: &str) -> Result<(), Error> {
    if text.trim().is_empty() {
        return refuse("a comment needs some text");
    }
    length("the comment", text, MAX_COMMENT)
}

pub(super) fn title(title: &str) -> Result<(), Error> {
    if title.trim().is_empty() {
        return refuse("an item needs a title");
    }
    if title.chars().any(char::is_control) {
        return refuse(
            "a title is one line: it may have no line breaks or other control characters",
        );
    }
    length("the title", title, MAX_TITLE)
}

pub(super) fn body(body: &str) -> Result<(), Error> {
    length("the body", body, MAX_BODY)
}

/// Checks labels to be set, returning them sorted and each once.
pub(super) fn labels(labels: &[impl AsRef<str>]) -> Result<Vec<String>, Error> {
    let mut checked: Vec<String> = labels
        .iter()
        .map(|label| label.as_ref().to_owned())
        .collect();
    checked.sort();
    checked.dedup();
    for label in &checked {
        if label.trim() != label || label.is_empty() || label.chars().any(char::is_control) {
            return refuse(format!(
                "the label {label:?} must be one line without spaces at its ends"
            ));
        }
        length("a label", label, MAX_LABEL)?;
    }
    count(checked.len())?;
    Ok(checked)
}

/// Checks how many labels an item would have.
pub(super) fn count(labels: usize) -> Result<(), Error> {
    if labels > MAX_LABELS {
        return refuse(format!("an item has at most {MAX_LABELS} labels"));
    }
    Ok(())
}

pub(super) fn login(login: &str) -> Result<(), Error> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let good = login.bytes().next().is_some_and(|b| b.is_ascii_lowercase())
        && login
            .bytes()
            .all(|b| plain(b) || matches!(b, b'-' | b'.' | b'_'))
        && login.len() <= 40;
    if !good {
        return refuse(format!(
            "the login {login:?} must be 1 to 40 of a-z, 0-9, `-`, `.` and `_`, beginning with a \
             letter"
        ));
    }
    // Accounts are looked up by id or login, so a login must not look like an id.
    let digits = login.strip_prefix('u').unwrap_or("-");
    if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        return refuse(format!(
            "the login {login:?} looks like an account id; take another"
        ));
    }
    Ok(())
}

pub(super) fn name(name: &str) -> Result<(), Error> {
    if name.trim().is_empty() || name.chars().any(char::is_control) {
        return refuse("an account needs a name of one line");
    }
    length("the name", name, 128)
}

/// Refuses what only admins may do.
pub(super) fn admin(account: &Account, what: &str) -> Result<(), Error> {
    match account.role {
        Role::Admin => Ok(()),
        Role::Member | Role::Bot | Role::Guest => {
            Err(Error::Forbidden(format!("only an admin may {what}")))
        }
    }
}

/// Refuses what guests may not do.
pub(super) fn work(account: &Account, what: &str) -> Result<(), Error> {
    match account.role {
        Role::Admin | Role::Member | Role::Bot => Ok(()),
        Role::Guest => Err(Error::Forbidden(format!(
            "a guest may read and comment, not {what}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_that_look_like_ids_or_hide_something_are_refused() {
        for good in ["maria", "u", "u1x", "trail-coder", "a.b_c"] {
            login(good).unwrap();
        }
        for bad in [
            "",
            "u1",
            "u123",
            "Maria",
            "märia",
            "a b",
            "-a",
            "a/b",
            "a\u{202e}b",
        ] {
            assert!(login(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn lengths_count_characters_and_not_bytes() {
        comment(&"ü".repeat(MAX_COMMENT)).unwrap();
        let refused = comment(&"ü".repeat(MAX_COMMENT + 1))
            .unwrap_err()
            .to_string();
        assert_eq!(
            refused,
            "the comment has 65537 characters; at most 65536 are allowed"
        );
        assert!(comment(" \n").is_err());
    }

    #[test]
    fn labels_come_back_sorted_and_once() {
        assert_eq!(labels(&["b", "a", "b"]).unwrap(), ["a", "b"]);
        for bad in ["", " a", "a\n"] {
            assert!(labels(&[bad]).is_err(), "{bad:?}");
        }
        let many: Vec<String> = (0..51).map(|n| n.to_string()).collect();
        assert!(labels(&many).is_err());
    }

    #[test]
    fn prefixes_are_short_upper_case_words() {
        let of = |prefix: &str| Project {
            id: "p".into(),
            prefix: prefix.to_owned(),
        };
        project(&of("VSME2")).unwrap();
        for bad in ["", "vsme", "2X", "A-B", "ABCDEFGHIJKLMNOPQ"] {
            assert!(project(&of(bad)).is_err(), "{bad:?}");
        }
    }
}
