//! The rules: what each looks for, why, and what to write instead.
//!
//! A rule's id is stored in baselines, suppressions and other people's settings: it never changes
//! its meaning.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// It is not looked for.
    Off,
    /// It is told.
    Warn,
    /// It is told, and the lint fails.
    Error,
}

impl Level {
    /// Returns the level's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

/// What the linter looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// An annotation names an item that nobody knows.
    UnknownItem,
    /// An annotation names a criterion that its item does not have, and no other has either.
    UnknownCriterion,
    /// An annotation names a criterion that another item has.
    OtherItemsCriterion,
    /// An annotation names an earlier revision, or a criterion that was taken out.
    OutdatedRevision,
    /// An annotation names an item that was cancelled or reverted.
    WithdrawnItem,
    /// An annotation can be read in two ways.
    Ambiguous,
    /// An annotation cannot be read.
    Malformed,
    /// An annotation's arguments are computed.
    NotDecidable,
    /// Something that is no test is said to validate.
    NotATest,
    /// A test in a governed path validates nothing.
    UnannotatedTest,
    /// No test validates a criterion.
    CriterionWithoutTest,
    /// An annotated test would not be run.
    DeadTest,
    /// Two tests of a file have the same name.
    DuplicateTestName,
    /// A part of a file could not be parsed.
    Unparsed,
    /// A file could not be read as text.
    Unreadable,
    /// A suppression without a rule, a reason or a date.
    SuppressionWithoutReason,
    /// A suppression whose date is past.
    SuppressionExpired,
    /// A suppression that suppresses nothing.
    SuppressionUnused,
    /// The baseline holds a finding that nobody accepted.
    BaselineGrown,
    /// The baseline holds a finding that is gone.
    BaselineStale,
}

/// What is said of a rule.
struct Text {
    id: &'static str,
    level: Level,
    summary: &'static str,
    why: &'static str,
    instead: &'static str,
}

impl Rule {
    /// All rules, in the order in which they are listed.
    pub const ALL: [Self; 20] = [
        Self::UnknownItem,
        Self::UnknownCriterion,
        Self::OtherItemsCriterion,
        Self::OutdatedRevision,
        Self::WithdrawnItem,
        Self::Ambiguous,
        Self::Malformed,
        Self::NotDecidable,
        Self::NotATest,
        Self::UnannotatedTest,
        Self::CriterionWithoutTest,
        Self::DeadTest,
        Self::DuplicateTestName,
        Self::Unparsed,
        Self::Unreadable,
        Self::SuppressionWithoutReason,
        Self::SuppressionExpired,
        Self::SuppressionUnused,
        Self::BaselineGrown,
        Self::BaselineStale,
    ];

    /// Returns the rule's name as settings write it: `unknown-item`.
    #[must_use]
    pub fn name(self) -> &'static str {
        let id = self.id();
        id.strip_prefix("trail/").unwrap_or(id)
    }

    /// Returns the rule's stable id: `trail/unknown-item`.
    #[must_use]
    pub const fn id(self) -> &'static str {
        self.text().id
    }

    /// Returns how much a finding matters where nothing else is set.
    #[must_use]
    pub const fn level(self) -> Level {
        self.text().level
    }

    /// Says in one line what the rule finds.
    #[must_use]
    pub const fn summary(self) -> &'static str {
        self.text().summary
    }

    /// Says why that matters.
    #[must_use]
    pub const fn why(self) -> &'static str {
        self.text().why
    }

    /// Says what to write instead.
    #[must_use]
    pub const fn instead(self) -> &'static str {
        self.text().instead
    }

    /// Explains the rule for people: what it finds, why, what to write instead, how to set it.
    #[must_use]
    pub fn explain(self) -> String {
        let text = self.text();
        format!(
            "{id}: {summary}\n\n{why}\n\nInstead: {instead}\n\nLevel: {level}; set it in [lint.rules] as {name} = \"off\", \"warn\" or \"error\".\n",
            id = text.id,
            summary = text.summary,
            why = text.why,
            instead = text.instead,
            level = text.level.as_str(),
            name = self.name(),
        )
    }

    /// Tells whether a suppression in the source may silence it: what is said of suppressions and
    /// of the baseline itself may not be.
    #[must_use]
    pub const fn is_suppressible(self) -> bool {
        !matches!(
            self,
            Self::SuppressionWithoutReason
                | Self::SuppressionExpired
                | Self::SuppressionUnused
                | Self::BaselineGrown
                | Self::BaselineStale
        )
    }

    const fn text(self) -> &'static Text {
        match self {
            Self::UnknownItem => &Text {
                id: "trail/unknown-item",
                level: Level::Error,
                summary: "An annotation names a work item that does not exist.",
                why: "What it claims can be held against nothing. Mostly the key is mistyped, or the item belongs to another project.",
                instead: "Name the item the criterion belongs to, by its key as the tracker shows it: VSME-142.",
            },
            Self::UnknownCriterion => &Text {
                id: "trail/unknown-criterion",
                level: Level::Error,
                summary: "An annotation names a criterion, or a revision of one, that its item does not have.",
                why: "A test that names no criterion of the item proves none, however green it is.",
                instead: "Name a criterion of the item: `trail show ITEM` lists them; `trail lint --fix` proposes the nearest.",
            },
            Self::OtherItemsCriterion => &Text {
                id: "trail/other-items-criterion",
                level: Level::Error,
                summary: "An annotation names a criterion that another item has, and the named one has not.",
                why: "Ids of criteria are only unique within their item. AC-7 of one item counted for another is how coverage gets invented.",
                instead: "Write the key of the item that has the criterion, or the criterion of this item that is meant.",
            },
            Self::OutdatedRevision => &Text {
                id: "trail/outdated-revision",
                level: Level::Error,
                summary: "An annotation names a criterion as it was before an amendment.",
                why: "The criterion's text changed since, or it was taken out. What validated the old text says nothing of the new one until somebody looked.",
                instead: "Read the criterion as it is now, change the test if it needs to be, then name the newest revision, or none.",
            },
            Self::WithdrawnItem => &Text {
                id: "trail/withdrawn-item",
                level: Level::Warn,
                summary: "An annotation names an item that was cancelled or reverted.",
                why: "Nobody asks for what it claims any more.",
                instead: "Take the annotation out, or the test with it, or name the item that asks for it now.",
            },
            Self::Ambiguous => &Text {
                id: "trail/ambiguous",
                level: Level::Error,
                summary: "An annotation can be read in two ways.",
                why: "A bare AC-3 belongs to no item, and an annotation between two things to neither. Trail does not guess.",
                instead: "Name item and criterion, directly above or on the one thing that is meant.",
            },
            Self::Malformed => &Text {
                id: "trail/malformed",
                level: Level::Error,
                summary: "An annotation cannot be read.",
                why: "It claims nothing as it stands, and whoever wrote it believes that it does.",
                instead: "Write it as the package of the language does, or as a comment: trail:validates VSME-142 AC-3",
            },
            Self::NotDecidable => &Text {
                id: "trail/not-decidable",
                level: Level::Error,
                summary: "An annotation's arguments are computed.",
                why: "The linter reads sources and runs nothing: what a variable or a format string holds cannot be known from the text.",
                instead: "Write item, criterion and revision as literals.",
            },
            Self::NotATest => &Text {
                id: "trail/not-a-test",
                level: Level::Error,
                summary: "Something that no test runner runs is said to validate a criterion.",
                why: "Only a test can fail. A helper that validates would count for a criterion without ever being run for it.",
                instead: "Put the annotation on the test. On code write implements, on documentation documents.",
            },
            Self::UnannotatedTest => &Text {
                id: "trail/unannotated-test",
                level: Level::Warn,
                summary: "A test in a governed path names no criterion.",
                why: "In governed paths each test should say what it is for; `governed` in [lint] names them, and no path is governed unless it does.",
                instead: "Annotate the test; `trail lint --fix` proposes the nearest criterion by the words of its name.",
            },
            Self::CriterionWithoutTest => &Text {
                id: "trail/criterion-without-test",
                level: Level::Warn,
                summary: "A criterion of an item in work or delivered is validated by no test.",
                why: "Nothing here would notice if it stopped holding. Of an item in work it is a warning at most: its tests may be on their way. It is looked for only when the whole tree is linted.",
                instead: "Write a test for it, or annotate the one there is. If it cannot be tested, let a human waive it.",
            },
            Self::DeadTest => &Text {
                id: "trail/dead-test",
                level: Level::Error,
                summary: "An annotated test would not be run, or does nothing.",
                why: "An ignored, skipped or empty test claims its criterion for ever and can never fail.",
                instead: "Let it run, or take its annotation out.",
            },
            Self::DuplicateTestName => &Text {
                id: "trail/duplicate-test-name",
                level: Level::Warn,
                summary: "Two tests of a file have the same name, and one of them is annotated or in a governed path.",
                why: "Results are joined to annotations by names. Of two with one name a runner may drop the first, as Python does, or tell their results as one.",
                instead: "Give each test a name of its own.",
            },
            Self::Unparsed => &Text {
                id: "trail/unparsed",
                level: Level::Warn,
                summary: "A part of a file could not be parsed.",
                why: "What stands in that part is not seen; the rest of the file is.",
                instead: "Mend the syntax. If the code is right and the grammar is wrong, suppress this with the reason.",
            },
            Self::Unreadable => &Text {
                id: "trail/unreadable",
                level: Level::Warn,
                summary: "A source file could not be read as text.",
                why: "It is missing rights, larger than the limit, binary or not UTF-8: annotations in it may not be seen.",
                instead: "Make it readable UTF-8, or name it under `exclude` in [lint].",
            },
            Self::SuppressionWithoutReason => &Text {
                id: "trail/suppression-without-reason",
                level: Level::Error,
                summary: "A suppression lacks its rule, its reason or a date at most 366 days away.",
                why: "What is silenced without a reason and an end is silenced for ever, and nobody remembers why. It suppresses nothing as it stands.",
                instead: "Write: trail:ignore dead-test until 2027-01-31: the sandbox has no network yet",
            },
            Self::SuppressionExpired => &Text {
                id: "trail/suppression-expired",
                level: Level::Error,
                summary: "A suppression's date is past.",
                why: "Its reason was given until then. What it silenced is told again.",
                instead: "Mend what it silences, or give a new date with the reason that holds now.",
            },
            Self::SuppressionUnused => &Text {
                id: "trail/suppression-unused",
                level: Level::Warn,
                summary: "A suppression suppresses nothing.",
                why: "What it silenced is gone; left in place it would silence the next one.",
                instead: "Take it out.",
            },
            Self::BaselineGrown => &Text {
                id: "trail/baseline-grown",
                level: Level::Error,
                summary: "The baseline holds a finding that nobody accepted, or that the one it is compared with does not hold.",
                why: "The baseline may only shrink. An entry comes in by `trail lint --accept REASON`, which writes the reason and the day.",
                instead: "Mend the finding, or accept it by name. Where accepted ones may come in, leave --baseline-before out.",
            },
            Self::BaselineStale => &Text {
                id: "trail/baseline-stale",
                level: Level::Warn,
                summary: "The baseline holds a finding that is gone.",
                why: "Left there it would hide the same finding when it comes back. With --strict-baseline it is an error.",
                instead: "Run `trail lint --update-baseline`, which only takes out.",
            },
        }
    }
}

/// A word that is no rule's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no rule {word:?}{}", meant.map(|own| format!("; did you mean {own}?")).unwrap_or_default())]
pub struct NoRule {
    /// The word.
    pub word: String,
    /// The rule it was probably meant to be.
    pub meant: Option<&'static str>,
}

impl FromStr for Rule {
    type Err = NoRule;

    /// Reads a rule's name, with or without `trail/`.
    fn from_str(word: &str) -> Result<Self, NoRule> {
        let name = word.strip_prefix("trail/").unwrap_or(word);
        let found = Self::ALL.into_iter().find(|own| own.name() == name);
        found.ok_or_else(|| NoRule {
            word: word.chars().take(80).collect(),
            meant: crate::words::nearest(name, Self::ALL.map(Self::name)),
        })
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        word.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_is_found_by_its_id_and_by_its_name() {
        for rule in Rule::ALL {
            assert_eq!(rule.id().parse(), Ok(rule));
            assert_eq!(rule.name().parse(), Ok(rule));
            assert!(rule.id().starts_with("trail/"), "{rule}");
            assert!(rule.summary().ends_with('.'), "{rule}");
            assert!(rule.explain().contains(rule.instead()), "{rule}");
        }
        let mut names = Rule::ALL.map(Rule::name).to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Rule::ALL.len());
    }

    #[test]
    fn a_mistyped_rule_is_told_what_was_meant() {
        let error = "unkown-item".parse::<Rule>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no rule \"unkown-item\"; did you mean unknown-item?"
        );
        assert_eq!("xyz".parse::<Rule>().unwrap_err().meant, None);
    }
}
