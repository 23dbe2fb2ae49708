//! Nearness: of mistyped names, and of a test's name to what criteria say.

use std::collections::{BTreeMap, HashMap};

/// Returns the name among `known` that is nearest to `typed`, if one is near at all.
pub fn nearest<'k>(typed: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let length = typed.chars().count();
    let allowed = (length / 3).max(1);
    known
        .into_iter()
        // Names whose lengths differ by more cannot be near; this keeps long lists cheap.
        .filter(|name| name.chars().count().abs_diff(length) <= allowed)
        .map(|name| (strsim::damerau_levenshtein(typed, name), name))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, name)| name)
}

/// Splits a name or a text into lower-case words: at everything that is no letter or digit, and where
/// a small letter is followed by a capital.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut word = String::new();
    let mut small = false;
    for character in text.chars() {
        let fits = character.is_alphanumeric();
        if (!fits || (small && character.is_uppercase())) && !word.is_empty() {
            all.push(std::mem::take(&mut word));
        }
        if fits {
            word.extend(character.to_lowercase());
        }
        small = character.is_lowercase() || character.is_numeric();
    }
    if !word.is_empty() {
        all.push(word);
    }
    all
}

/// Words that say nothing of what is tested.
const EMPTY: [&str; 36] = [
    "a", "an", "and", "are", "as", "at", "be", "by", "can", "does", "each", "for", "from", "has",
    "if", "in", "is", "it", "its", "not", "of", "on", "one", "or", "should", "so", "test", "tests",
    "that", "the", "then", "to", "when", "which", "will", "with",
];

/// The stem of a word, so far as endings of English plurals and verbs go.
fn stem(word: &str) -> &str {
    for ending in [
        "ings", "ing", "ies", "ied", "ers", "ed", "es", "er", "s", "e", "y",
    ] {
        if let Some(stem) = word.strip_suffix(ending)
            && stem.chars().count() >= 3
        {
            return stem;
        }
    }
    word
}

fn stems(text: &str) -> Vec<String> {
    let mut all: Vec<String> = words(text)
        .iter()
        .filter(|own| !EMPTY.contains(&own.as_str()))
        .map(|own| stem(own).to_owned())
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Texts that names are compared with, weighed so that rare words count more.
#[derive(Debug, Clone, Default)]
pub struct Nearness {
    /// The stems of each text.
    texts: Vec<Vec<String>>,
    /// In which texts a stem stands.
    places: HashMap<String, Vec<usize>>,
}

/// A text that is near to a name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Near {
    /// Which text.
    pub index: usize,
    /// How near: 0 for no word in common, 1 for the same words.
    pub score: f64,
}

impl Nearness {
    /// Takes the texts in.
    #[must_use]
    pub fn new<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        let texts: Vec<Vec<String>> = texts.into_iter().map(stems).collect();
        let mut places: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, own) in texts.iter().enumerate() {
            for word in own {
                places.entry(word.clone()).or_default().push(index);
            }
        }
        Self { texts, places }
    }

    /// Returns how much a word tells: more, the fewer texts have it.
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    fn weight(&self, word: &str) -> f64 {
        let having = self.places.get(word).map_or(0, Vec::len);
        (1.0 + self.texts.len() as f64 / (1.0 + having as f64)).ln()
    }

    /// Returns the texts nearest to a name, best first, at most `most`.
    #[must_use]
    pub fn of(&self, name: &str, most: usize) -> Vec<Near> {
        let asked = stems(name);
        let total: f64 = asked.iter().map(|own| self.weight(own).powi(2)).sum();
        // In the order of the texts, so that equal scores stay in it.
        let mut shared: BTreeMap<usize, f64> = BTreeMap::new();
        for word in &asked {
            for index in self.places.get(word).into_iter().flatten() {
                *shared.entry(*index).or_default() += self.weight(word).powi(2);
            }
        }
        let mut near: Vec<Near> = shared
            .into_iter()
            .map(|(index, both)| {
                let own: f64 = self.texts[index]
                    .iter()
                    .map(|own| self.weight(own).powi(2))
                    .sum();
                let score = both / (total.sqrt() * own.sqrt());
                Near { index, score }
            })
            .collect();
        near.sort_by(|one, other| other.score.total_cmp(&one.score));
        near.truncate(most);
        near
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_split_as_people_write_them() {
        for (text, expected) in [
            ("test_rounding_half_even", "test rounding half even"),
            ("roundsHalfEven", "rounds half even"),
            ("TestXBRLExport2", "test xbrlexport2"),
            ("a row per entity, sorted", "a row per entity sorted"),
            ("überträgt Beträge", "überträgt beträge"),
            ("", ""),
        ] {
            assert_eq!(words(text).join(" "), expected, "{text}");
        }
    }

    #[test]
    fn the_criterion_with_the_rarest_words_in_common_is_nearest() {
        let nearness = Nearness::new([
            "Amounts are rounded half to even.",
            "Amounts in foreign currencies are refused.",
            "The file is written atomically.",
        ]);
        let near = nearness.of("test_refuses_amounts_of_foreign_currency", 3);
        assert_eq!(near[0].index, 1);
        assert!(near[0].score > 2.0 * near[1].score, "{near:?}");
        assert_eq!(nearness.of("test_something_else", 3), []);
        assert!((nearness.of("rounded half to even amounts", 1)[0].score - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_near_name_is_found_and_a_far_one_is_not() {
        let known = ["VSME-142", "VSME-143", "OTHER-1"];
        assert_eq!(nearest("VMSE-142", known), Some("VSME-142"));
        assert_eq!(nearest("VSME-14", known), Some("VSME-142"));
        assert_eq!(nearest("ABC-9", known), None);
    }
}
