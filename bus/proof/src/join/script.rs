//! JavaScript and TypeScript: a test's name is its titles.

use super::Source;
use crate::told::ToldCase;

/// JavaScript: the file, and the titles from the outermost block to the test.
pub(super) fn script(case: &ToldCase, file: Option<&str>, own: &Source<'_>) -> bool {
    if file != Some(own.path) {
        return false;
    }
    let mut titles: Vec<&str> = own.test.within.iter().map(String::as_str).collect();
    titles.push(&own.test.name);
    let joined = titles.join(" > ");
    if own.test.many || joined.contains(['%', '$']) {
        return fits(&joined, &case.test);
    }
    joined == case.test
}

/// Tells whether a told name can come from a title with places for a row's values: `%s`, `%i`, `$x`.
fn fits(title: &str, told: &str) -> bool {
    let mut pieces = Vec::new();
    let mut piece = String::new();
    let mut chars = title.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '%' if chars
                .peek()
                .is_some_and(|next| "sdifjopc#$".contains(*next)) =>
            {
                chars.next();
                pieces.push(std::mem::take(&mut piece));
            }
            '%' if chars.peek() == Some(&'%') => {
                chars.next();
                piece.push('%');
            }
            '$' if chars
                .peek()
                .is_some_and(|next| next.is_alphabetic() || "_#{".contains(*next)) =>
            {
                while chars
                    .peek()
                    .is_some_and(|next| next.is_alphanumeric() || "_.#{}".contains(*next))
                {
                    chars.next();
                }
                pieces.push(std::mem::take(&mut piece));
            }
            c => piece.push(c),
        }
    }
    let Some((first, rest)) = pieces.split_first() else {
        return piece == told;
    };
    let Some(mut left) = told.strip_prefix(first.as_str()) else {
        return false;
    };
    let Some(end) = left.strip_suffix(piece.as_str()) else {
        return false;
    };
    left = end;
    rest.iter().all(|middle| match left.find(middle.as_str()) {
        Some(at) => {
            left = &left[at + middle.len()..];
            true
        }
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_title_with_places_fits_what_a_row_makes_of_it() {
        for (title, told, fit) in [
            ("adds %i", "adds 1", true),
            ("adds %i and %s", "adds 1 and b c", true),
            ("adds %i and %s", "subtracts 1 and b", false),
            ("$name.first works", "Ann works", true),
            ("100%% of %s", "100% of it", true),
            ("plain", "plain", true),
            ("plain", "plain too", false),
            ("%s", "anything", true),
        ] {
            assert_eq!(fits(title, told), fit, "{title} {told}");
        }
    }
}
