//! Which risk changed paths carry: a table of patterns, part of the policy.

use serde::Deserialize;
use trail_record::body::Risk;
use trail_record::glob;

use crate::bundle::{Bundle, RISK};
use crate::error::Fault;

/// Patterns of paths with high and with low risk; all others have medium risk.
///
/// Patterns are those of [`trail_record::glob`], in lower case; paths are matched in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    high: Vec<String>,
    low: Vec<String>,
}

impl Table {
    /// Reads the table of a policy.
    pub(crate) fn read(bundle: &Bundle) -> Result<Self, Fault> {
        let table: Self = serde_json::from_str(bundle.text(RISK)).map_err(|error| Fault {
            file: RISK.to_owned(),
            line: Some(error.line()),
            what: error.to_string(),
            hint: Some("it is an object with the lists `high` and `low`".to_owned()),
        })?;
        let usable = |pattern: &str| {
            let stars = |part: &str| part.contains("**") && part != "**";
            !pattern.is_empty()
                && pattern.to_lowercase() == pattern
                && !pattern.starts_with('/')
                && !pattern
                    .split('/')
                    .any(|part| stars(part) || part == ".." || part.is_empty())
        };
        match table
            .high
            .iter()
            .chain(&table.low)
            .find(|pattern| !usable(pattern))
        {
            None => Ok(table),
            Some(pattern) => Err(Fault::of_file(
                RISK,
                format!("the pattern `{pattern}` can never match"),
                "write relative patterns in lower case, with `**` alone between slashes",
            )),
        }
    }

    /// Returns the highest risk of some paths; low if there are none, for they say nothing.
    #[must_use]
    pub fn of_paths(&self, paths: &[String]) -> Risk {
        paths
            .iter()
            .map(|path| self.of_path(path))
            .max()
            .unwrap_or(Risk::Low)
    }

    fn of_path(&self, path: &str) -> Risk {
        let path = path.to_lowercase();
        if glob::any(&self.high, &path) {
            Risk::High
        } else if glob::any(&self.low, &path) {
            Risk::Low
        } else {
            Risk::Medium
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn default_table() -> Table {
        Table::read(&Bundle::default_rules()).unwrap()
    }

    #[test]
    fn paths_carry_the_risk_the_table_says() {
        let table = default_table();
        let rows = [
            ("src/render.rs", Risk::Medium),
            ("Cargo.toml", Risk::Medium),
            ("docs/guide.md", Risk::Low),
            ("README.md", Risk::Low),
            ("tests/render.rs", Risk::Low),
            ("src/render_test.go", Risk::Low),
            ("app/test_render.py", Risk::Low),
            ("db/migrations/001.sql", Risk::High),
            ("src/auth/session.rs", Risk::High),
            ("src/auth.rs", Risk::High),
            ("src/Crypto/mod.rs", Risk::High),
            ("tests/auth/login.rs", Risk::High),
            ("deploy/compose.yml", Risk::High),
            ("Dockerfile", Risk::High),
            (".github/workflows/ci.yml", Risk::High),
            (".ci/run", Risk::High),
            ("author.rs", Risk::Medium),
        ];
        for (path, risk) in rows {
            assert_eq!(table.of_paths(&[path.to_owned()]), risk, "{path}");
        }
    }

    #[test]
    fn the_highest_path_decides() {
        let table = default_table();
        let paths = |paths: &[&str]| {
            paths
                .iter()
                .map(|path| (*path).to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(table.of_paths(&[]), Risk::Low);
        assert_eq!(
            table.of_paths(&paths(&["docs/a.md", "tests/a.rs"])),
            Risk::Low
        );
        assert_eq!(
            table.of_paths(&paths(&["docs/a.md", "src/a.rs"])),
            Risk::Medium
        );
        assert_eq!(
            table.of_paths(&paths(&["docs/a.md", "Dockerfile", "src/a.rs"])),
            Risk::High
        );
    }
}
