//! What a mistyped word probably means.

use super::Word;

/// Words people use for a command, from other tools and from habit.
const HABITS: &[(&str, Word)] = &[
    ("accept", Word::Approve),
    ("accepted", Word::Approve),
    ("lgtm", Word::Approve),
    ("merge", Word::Approve),
    ("ok", Word::Approve),
    ("okay", Word::Approve),
    ("ship", Word::Approve),
    ("shipit", Word::Approve),
    ("yes", Word::Approve),
    ("decline", Word::Reject),
    ("deny", Word::Reject),
    ("no", Word::Reject),
    ("refuse", Word::Reject),
    ("begin", Word::Start),
    ("go", Word::Start),
    ("run", Word::Start),
    ("change", Word::Amend),
    ("edit", Word::Amend),
    ("update", Word::Amend),
    ("pause", Word::Hold),
    ("stop", Word::Hold),
    ("wait", Word::Hold),
    ("continue", Word::Resume),
    ("unhold", Word::Resume),
    ("unpause", Word::Resume),
    ("again", Word::Retry),
    ("recheck", Word::Retry),
    ("rerun", Word::Retry),
    ("abort", Word::Cancel),
    ("close", Word::Cancel),
    ("acknowledge", Word::Dispose),
    ("clear", Word::Dispose),
    ("dismiss", Word::Dispose),
    ("resolve", Word::Dispose),
    ("rollback", Word::Revert),
    ("undo", Word::Revert),
];

/// Returns the command that an unknown word, in lower case, probably means.
pub(crate) fn command(word: &str) -> Option<Word> {
    if let Some((_, meant)) = HABITS.iter().find(|(habit, _)| *habit == word) {
        return Some(*meant);
    }
    // `approved`, `approval`, `rejecting`: the command's stem with another ending.
    let stem = |command: &Word| {
        let name = command.as_str();
        let stem = name.strip_suffix('e').unwrap_or(name);
        stem.len() >= 4 && word.len() <= name.len() + 3 && word.starts_with(stem)
    };
    let stemmed = Word::ALL.into_iter().find(stem);
    stemmed.or_else(|| {
        let near = nearest(word, Word::ALL.iter().map(|command| command.as_str()))?;
        Word::ALL
            .into_iter()
            .find(|command| command.as_str() == near)
    })
}

/// Returns the candidate that is close enough to a word to be meant, the nearest first.
pub(crate) fn nearest<'a>(
    word: &str,
    candidates: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    // Nobody mistypes a word by this much; it also bounds the work.
    if word.chars().count() > 32 {
        return None;
    }
    candidates
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= if candidate.len() > 4 { 2 } else { 1 })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Returns how many letters must be added, dropped, changed or swapped with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    rows[0] = (0..=b.len()).collect();
    for i in 1..=a.len() {
        rows[i][0] = i;
        for j in 1..=b.len() {
            let changed = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = changed.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = least;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistyped_commands_are_recognised() {
        let table = [
            ("aprove", Some(Word::Approve)),
            ("approev", Some(Word::Approve)),
            ("approved", Some(Word::Approve)),
            ("approval", Some(Word::Approve)),
            ("lgtm", Some(Word::Approve)),
            ("аpprove", Some(Word::Approve)),
            ("rejcet", Some(Word::Reject)),
            ("satrt", Some(Word::Start)),
            ("started", Some(Word::Start)),
            ("canceled", Some(Word::Cancel)),
            ("hodl", Some(Word::Hold)),
            ("retyr", Some(Word::Retry)),
            ("shrug", None),
            ("assign", None),
            ("approximately", None),
        ];
        for (word, expected) in table {
            assert_eq!(command(word), expected, "{word}");
        }
        assert_eq!(command(&"a".repeat(100_000)), None);
    }
}
