//! What is linted, and how strictly.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use trail_record::glob;
use trail_source::Options;

use crate::rule::{Level, Rule};

/// The settings, as `[lint]` of `trail.toml` or of a repository's own `trail-lint.toml` holds them.
///
/// ```toml
/// [lint]
/// governed = ["tests/**"]                      # here each test must name a criterion
/// exclude = ["vendor/**"]                      # not looked at
/// neighbours = ["open-fast-trace"]             # whose annotations are read too
/// baseline = "trail-lint-baseline.json"        # from the repository's root
///
/// [lint.rules]
/// unannotated-test = "error"
/// ```
///
/// Globs are those of scopes: `*` within a name, `**` for any number of folders.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Paths in which each test must name a criterion; none by default.
    pub governed: Vec<String>,
    /// Paths that are not looked at, besides what `.gitignore` names.
    pub exclude: Vec<String>,
    /// Whose annotations are read besides Trail's own.
    pub neighbours: Vec<Neighbour>,
    /// The baseline, from the repository's root.
    pub baseline: PathBuf,
    /// Levels other than the rules' own, by the rules' names.
    pub rules: BTreeMap<Rule, Level>,
}

/// Somebody else's way to annotate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Neighbour {
    /// OpenFastTrace's tags: `[utest->req~VSME-142.AC-3~1]`.
    OpenFastTrace,
    /// StrictDoc's relations: `@relation(VSME-142/AC-3, scope=function)`.
    StrictDoc,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            governed: Vec::new(),
            exclude: Vec::new(),
            neighbours: Vec::new(),
            baseline: PathBuf::from("trail-lint-baseline.json"),
            rules: BTreeMap::new(),
        }
    }
}

impl Settings {
    /// Returns how much a finding of a rule matters.
    #[must_use]
    pub fn level(&self, rule: Rule) -> Level {
        self.rules.get(&rule).copied().unwrap_or(rule.level())
    }

    /// Tells whether each test of a file must name a criterion.
    #[must_use]
    pub fn governs(&self, path: &str) -> bool {
        glob::any(&self.governed, path)
    }

    /// Tells whether a file, or a folder with all that is in it, is not looked at.
    #[must_use]
    pub fn excludes(&self, path: &str) -> bool {
        glob::any(&self.exclude, path)
    }

    /// Returns what is looked for in sources.
    #[must_use]
    pub fn options(&self) -> Options {
        Options {
            open_fast_trace: self.neighbours.contains(&Neighbour::OpenFastTrace),
            strict_doc: self.neighbours.contains(&Neighbour::StrictDoc),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Settings, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn nothing_is_governed_or_excluded_unless_it_is_said() {
        let settings = read("{}").unwrap();
        assert_eq!(settings, Settings::default());
        assert!(!settings.governs("tests/test_a.py"));
        assert!(!settings.excludes("tests/test_a.py"));
        assert_eq!(settings.options(), Options::default());
    }

    #[test]
    fn paths_and_levels_are_as_set() {
        let settings = read(
            r#"{"governed":["tests/**"],"exclude":["vendor/**"],"neighbours":["strict-doc"],
                "rules":{"dead-test":"off","trail/malformed":"warn"}}"#,
        )
        .unwrap();
        assert!(settings.governs("tests/a/test_a.py") && !settings.governs("src/test_a.py"));
        // A folder that is excluded need not be walked.
        assert!(settings.excludes("vendor") && settings.excludes("vendor/x/y.py"));
        assert_eq!(settings.level(Rule::DeadTest), Level::Off);
        assert_eq!(settings.level(Rule::Malformed), Level::Warn);
        assert_eq!(settings.level(Rule::UnknownItem), Level::Error);
        assert!(settings.options().strict_doc && !settings.options().open_fast_trace);
    }

    #[test]
    fn what_is_no_setting_is_told_with_what_was_meant() {
        let error = read(r#"{"rules":{"dead-tests":"off"}}"#).unwrap_err();
        assert!(error.contains("did you mean dead-test?"), "{error}");
        assert!(read(r#"{"rules":{"dead-test":"fatal"}}"#).is_err());
        assert!(read(r#"{"governd":[]}"#).is_err());
        assert!(read(r#"{"neighbours":["doxygen"]}"#).is_err());
    }
}
