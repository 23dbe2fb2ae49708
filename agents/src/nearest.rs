//! Finds what a misspelt name may have meant.

/// Returns the one of `known` that `given` most likely meant, if any is near enough.
pub(crate) fn nearest<'a>(
    given: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let given = given.to_lowercase();
    let near = |name: &str| {
        let part = |inner: &str, outer: &str| inner.len() >= 3 && outer.contains(inner);
        if part(name, &given) || part(&given, name) {
            return Some(0);
        }
        let distance = distance(&given, name);
        (distance <= 1 + name.len() / 4).then_some(distance)
    };
    let found = known
        .into_iter()
        .filter_map(|name| Some((near(name)?, name)));
    found
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Counts the insertions, deletions and replacements between two names. A long name is far from
/// everything, so that hostile input costs nothing.
fn distance(a: &str, b: &str) -> usize {
    if a.len() > 64 || b.len() > 64 {
        return usize::MAX;
    }
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant_is_found_and_nothing_else() {
        let known = ["list", "read", "patch", "record_decision"];
        for (given, meant) in [
            ("raed", Some("read")),
            ("read_file", Some("read")),
            ("Patch", Some("patch")),
            ("record-decision", Some("record_decision")),
            ("banana", None),
            ("", None),
        ] {
            assert_eq!(nearest(given, known), meant, "{given}");
        }
        assert_eq!(nearest(&"x".repeat(1 << 20), known), None);
    }
}
