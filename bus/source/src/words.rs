//! The words annotations are made of: item keys, criteria, revisions.
//!
//! The rules are those of the annotation packages; `policies/annotations/cases.tsv` lists what must
//! be taken and refused, and the tests of both read it.

/// The highest revision that can be named.
const MAX_REVISION: u32 = 999_999_999;

/// Returns whether a text can be an item's key: `PROJ-12`, `owner/repo#12`, `#12`.
pub(crate) fn is_work_item(text: &str) -> bool {
    if text.len() > 200 {
        return false;
    }
    match text.split_once('#') {
        Some((place, digits)) => {
            let named = place
                .split_once('/')
                .is_some_and(|(owner, repository)| is_word(owner) && is_word(repository));
            is_number(digits) && (place.is_empty() || named)
        }
        None => text
            .rsplit_once('-')
            .is_some_and(|(project, digits)| is_word(project) && is_number(digits)),
    }
}

/// Reads `AC-3` or `AC-3@2`.
pub(crate) fn criterion(text: &str) -> Option<(&str, Option<u32>)> {
    let (id, revision) = match text.split_once('@') {
        Some((id, digits)) => (id, Some(revision(digits)?)),
        None => (text, None),
    };
    let digits = id.strip_prefix("AC-")?;
    let fits = digits == "0" || (is_number(digits) && digits.len() <= 4);
    fits.then_some((id, revision))
}

/// Reads a revision: a number from 1.
pub(crate) fn revision(digits: &str) -> Option<u32> {
    let number = is_number(digits).then(|| digits.parse().ok()).flatten()?;
    (number <= MAX_REVISION).then_some(number)
}

/// Says what a criterion written in another way should be; none if it looks like none at all.
pub(crate) fn nearest_criterion(text: &str) -> Option<String> {
    let letters = text.get(..2)?;
    let digits = text[2..].trim_start_matches(['-', '_', ' ']);
    let number = digits.trim_start_matches('0');
    let fits = letters.eq_ignore_ascii_case("ac")
        && !digits.is_empty()
        && number.len() <= 4
        && number.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| format!("AC-{}", if number.is_empty() { "0" } else { number }))
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() && !text.starts_with('0')
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}
