//! Ids and keys: what names an item, a comment and an account on GitHub.
//!
//! An item's id is `NUMBER-ID`: the number that its address needs and the database id that stays
//! its own. A number alone could name another issue after the repository was deleted and made
//! anew; with the id beside it that is found, and so is an issue that moved to another repository.

use trail_record::{CommentId, ItemId, ItemKey, UserId};

/// The account of whoever deleted their own: GitHub says null. No approver has it, since ids of
/// accounts are numbers.
pub(crate) const GHOST: &str = "ghost";
/// The most digits of a number that is read; more is no id.
const MAX_DIGITS: usize = 19;

/// What names an issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Name {
    /// Its number in the repository.
    pub(crate) number: u64,
    /// Its database id, which no other issue has.
    pub(crate) id: u64,
}

impl Name {
    /// Reads an item's id as this adapter writes it; none if it is no such id.
    pub(crate) fn parse(item: &str) -> Option<Self> {
        let (number, id) = item.split_once('-')?;
        Some(Self {
            number: digits(number)?,
            id: digits(id)?,
        })
    }

    pub(crate) fn item(self) -> ItemId {
        ItemId::new(format!("{}-{}", self.number, self.id))
    }

    pub(crate) fn key(self, prefix: &str) -> ItemKey {
        ItemKey::new(format!("{prefix}-{}", self.number))
    }
}

/// Reads a positive number without sign, blanks or leading zeros.
pub(crate) fn digits(text: &str) -> Option<u64> {
    let plain = !text.is_empty()
        && text.len() <= MAX_DIGITS
        && !text.starts_with('0')
        && text.bytes().all(|own| own.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

/// Reads the number of a key with this prefix; capitals do not matter.
pub(crate) fn number_of(key: &ItemKey, prefix: &str) -> Option<u64> {
    let (own, number) = key.as_str().rsplit_once('-')?;
    own.eq_ignore_ascii_case(prefix)
        .then(|| digits(number))
        .flatten()
}

pub(crate) fn comment(id: u64) -> CommentId {
    CommentId::new(id.to_string())
}

pub(crate) fn user(id: u64) -> UserId {
    UserId::new(id.to_string())
}

/// Tells whether a text can be a login: also `x[bot]`, the account of a GitHub App.
pub(crate) fn is_login(text: &str) -> bool {
    let name = text.strip_suffix("[bot]").unwrap_or(text);
    !name.is_empty()
        && name.len() <= 100
        && name
            .bytes()
            .all(|own| own.is_ascii_alphanumeric() || matches!(own, b'-' | b'_'))
}

/// Tells whether a text can be an owner's or a repository's name.
pub(crate) fn is_plain(text: &str) -> bool {
    !matches!(text, "" | "." | "..")
        && text.len() <= 100
        && text
            .bytes()
            .all(|own| own.is_ascii_alphanumeric() || matches!(own, b'-' | b'_' | b'.'))
}

/// Tells whether a text can stand before the number of keys.
pub(crate) fn is_prefix(text: &str) -> bool {
    text.len() <= 10
        && text.starts_with(|own: char| own.is_ascii_uppercase())
        && text
            .bytes()
            .all(|own| own.is_ascii_uppercase() || own.is_ascii_digit())
}

/// Writes a text as one segment of a path or one value of a query (RFC 3986, section 2.3).
pub(crate) fn escaped(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("a string takes all text");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ids_as_written_here_are_read() {
        let name = Name {
            number: 142,
            id: 2_098_765_432,
        };
        assert_eq!(name.item().as_str(), "142-2098765432");
        assert_eq!(Name::parse("142-2098765432"), Some(name));
        for bad in [
            "",
            "142",
            "-1",
            "1-",
            "0-1",
            "1-01",
            "+1-2",
            "1-2-3",
            " 1-2",
            "1-2/..",
            "..",
            "99999999999999999999-1",
            "\u{661}-1",
        ] {
            assert_eq!(Name::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn keys_are_read_with_their_own_prefix_only() {
        for (key, number) in [
            ("VSME-142", Some(142)),
            ("vsme-142", Some(142)),
            ("OTHER-142", None),
            ("VSME-0", None),
            ("VSME-", None),
            ("142", None),
            ("VSME-1/2", None),
        ] {
            assert_eq!(number_of(&ItemKey::new(key), "VSME"), number, "{key}");
        }
    }

    #[test]
    fn what_is_not_plain_is_escaped() {
        assert_eq!(escaped("gate:plan ü/?"), "gate%3Aplan%20%C3%BC%2F%3F");
        assert_eq!(escaped(".."), "..", "names are checked apart from that");
        for (login, good) in [
            ("maria", true),
            ("trail-planner[bot]", true),
            ("", false),
            ("[bot]", false),
            ("..", false),
            ("a/b", false),
        ] {
            assert_eq!(is_login(login), good, "{login}");
        }
    }
}
