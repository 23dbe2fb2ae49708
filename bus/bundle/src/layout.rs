//! Which members a bundle may have, and how large each may be.

/// The longest name of a member, in bytes: what the header's one field holds.
pub(crate) const LONGEST: usize = 100;

/// The folder of the history, in the layout of `trail export`.
pub(crate) const HISTORY: &str = "history/";
/// The folder of the policy's files.
pub(crate) const POLICY: &str = "policy/";
/// The folder of git objects.
pub(crate) const GIT: &str = "git/";
/// The attestations.
pub(crate) const ATTESTATIONS: &str = "attestations.intoto.jsonl";

const MIB: u64 = 1024 * 1024;

/// What is wrong with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Misnamed {
    /// It leads elsewhere, or is none of the layout's.
    Name,
    /// It is an archive's.
    Nested,
}

/// Returns how many bytes the member of this name may have.
pub(crate) fn limit(name: &str) -> Result<u64, Misnamed> {
    let plain = name.len() <= LONGEST
        && name
            .bytes()
            .all(|byte| matches!(byte, b' '..=b'~') && byte != b'\\')
        && name.split('/').all(|part| !matches!(part, "" | "." | ".."));
    if !plain {
        return Err(Misnamed::Name);
    }
    if [".trail", ".tar", ".tgz", ".zip", ".gz", ".xz", ".zst"]
        .iter()
        .any(|ending| name.ends_with(ending))
    {
        return Err(Misnamed::Nested);
    }
    if name == super::manifest::NAME {
        return Ok(64 * MIB);
    }
    if name == ATTESTATIONS {
        return Ok(256 * MIB);
    }
    if let Some(name) = name.strip_prefix(HISTORY) {
        return of_history(name).ok_or(Misnamed::Name);
    }
    if let Some(name) = name.strip_prefix(GIT) {
        let object = name.split_once('/').is_some_and(|(folder, rest)| {
            folder.len() == 2 && matches!(rest.len(), 38 | 62) && is_hex(folder) && is_hex(rest)
        });
        return object.then_some(64 * MIB).ok_or(Misnamed::Name);
    }
    if name.starts_with(POLICY) {
        return Ok(MIB);
    }
    Err(Misnamed::Name)
}

/// Returns the limit of a file of the history.
fn of_history(name: &str) -> Option<u64> {
    let parts: Vec<&str> = name.split('/').collect();
    match parts[..] {
        ["operator.pub"] => Some(MIB),
        ["trust", file] => is_number(file.strip_suffix(".json")?).then_some(16 * MIB),
        ["checkpoints", file] => file.ends_with(".json").then_some(16 * MIB),
        ["items", number, "subject.json"] => is_number(number).then_some(16 * MIB),
        ["items", number, "comments.jsonl"] => is_number(number).then_some(1024 * MIB),
        ["blobs", folder, digits] => {
            let named = digits.len() == 64 && is_hex(digits) && digits.starts_with(folder);
            (named && folder.len() == 2).then_some(64 * MIB)
        }
        _ => None,
    }
}

/// Tells whether a text is a decimal number that a program can count with.
fn is_number(text: &str) -> bool {
    (1..=15).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_hex(text: &str) -> bool {
    text.bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Returns the name of a blob.
pub(crate) fn blob(hex: &str) -> String {
    format!("{HISTORY}blobs/{}/{hex}", &hex[..2])
}

/// Returns the name of a git object.
pub(crate) fn object(name: &str) -> String {
    let (folder, rest) = name.split_at(2.min(name.len()));
    format!("{GIT}{folder}/{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_the_layout_are_members() {
        let digits = "ab".repeat(32);
        for good in [
            "MANIFEST.json",
            "attestations.intoto.jsonl",
            "history/operator.pub",
            "history/trust/0001.json",
            "history/checkpoints/VSME-1-000003.json",
            "history/items/12/comments.jsonl",
            "policy/rules/gates.cedar",
            &blob(&digits),
            &object(&digits[..40]),
            &object(&digits),
        ] {
            assert!(limit(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "/etc/passwd",
            "../operator.pub",
            "history/../MANIFEST.json",
            "history//operator.pub",
            "history/items/1/",
            "history/items/one/subject.json",
            "history/blobs/aa/abab",
            "policy/./a",
            "policy/a\\b",
            "policy/\u{202e}a",
            "manifest.json",
            &format!("policy/{}", "a".repeat(100)),
        ] {
            assert_eq!(limit(bad), Err(Misnamed::Name), "{bad}");
        }
        assert_eq!(limit("policy/inner.trail"), Err(Misnamed::Nested));
    }
}
