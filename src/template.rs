//! Templates of work items for trackers: what people fill in, so that workers understand it.
//!
//! The sections are those that `trail_item::criteria` reads; an unfilled template is refused by it,
//! with words that say what to fill in.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::config::TrackerKind;
use crate::output::{Exit, Hinted};

/// The issue form for GitHub.
/// Source: <https://docs.github.com/en/communities/using-templates-to-encourage-useful-issues-and-pull-requests/syntax-for-issue-forms>.
pub(crate) const GITHUB_FORM: &str = include_str!("template/github-form.yml");
/// The Markdown template for GitHub, with its front matter.
pub(crate) const GITHUB_MARKDOWN: &str = include_str!("template/github.md");
/// The body for Plane's editor, in the HTML that Plane keeps.
pub(crate) const PLANE: &str = include_str!("template/plane.html");

/// Returns the files that a tracker's templates are, by their paths in the repository; none where
/// the tracker keeps its templates itself.
pub(crate) const fn files(kind: TrackerKind) -> &'static [(&'static str, &'static str)] {
    match kind {
        TrackerKind::Github => &[
            (".github/ISSUE_TEMPLATE/trail.yml", GITHUB_FORM),
            (".github/ISSUE_TEMPLATE/trail-markdown.md", GITHUB_MARKDOWN),
        ],
        TrackerKind::Embedded | TrackerKind::Plane => &[],
    }
}

/// Returns the Markdown without front matter, for trackers that take a body alone.
pub(crate) fn markdown() -> &'static str {
    let mut parts = GITHUB_MARKDOWN.splitn(3, "---\n");
    parts.nth(2).unwrap_or(GITHUB_MARKDOWN).trim_start()
}

/// Writes the templates into a repository; returns the files that were not there before.
///
/// # Errors
/// If a file of that name says something else: it is somebody's work, and nothing is written.
pub(crate) fn write(repository: &Path, kind: TrackerKind) -> anyhow::Result<Vec<PathBuf>> {
    let mut missing = Vec::new();
    for (path, text) in files(kind) {
        let path = repository.join(path);
        match fs::read_to_string(&path) {
            Ok(there) if there == *text => {}
            Ok(_) => {
                let message = format!("{} is there and says something else", path.display());
                return Err(Hinted::new(Exit::Usage, message)
                    .help("nothing was written; `trail template` prints the template, so that you can merge it")
                    .into());
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                missing.push((path, *text));
            }
            Err(error) => return Err(error).with_context(|| path.display().to_string()),
        }
    }
    let mut made = Vec::new();
    for (path, text) in missing {
        let folder = path.parent().context("a file lies in a folder")?;
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        fs::write(&path, text).with_context(|| path.display().to_string())?;
        made.push(path);
    }
    Ok(made)
}

#[cfg(test)]
mod tests {
    use trail_item::criteria;

    use super::*;

    /// Returns the body that GitHub makes of the form's answers.
    fn submitted(criteria: &str) -> String {
        format!(
            "### What and why\n\nGreet people.\n\n### Acceptance criteria\n\n{criteria}\n\n### Scope\n\nwrite: src/**, tests/**\nread: everything\n\n### Risk\n\nmedium\n\n### Depends on\n\n_No response_\n\n### References\n\n_No response_"
        )
    }

    #[test]
    fn a_filled_template_is_understood_and_an_unfilled_one_is_refused() {
        let filled = |text: &str| {
            text.replace("AC-1:", "AC-1: `greet(\"Ada\")` returns `Hello, Ada!`")
                .replace(
                    "AC-2 (keeps):",
                    "AC-2 (keeps): `--version` prints the same bytes",
                )
        };
        let unfilled = "- AC-1:\n- AC-2 (keeps):";
        for body in [submitted(unfilled), markdown().to_owned()] {
            assert!(criteria::parse(&body).is_err(), "{body}");
            let draft = criteria::parse(&filled(&body)).unwrap_or_else(|why| panic!("{why:?}"));
            assert_eq!(draft.criteria.len(), 2);
            assert!(draft.criteria[1].keeps && !draft.criteria[0].keeps);
            assert_eq!(draft.scope.write, ["src/**", "tests/**"]);
            assert!(draft.scope.read.is_empty(), "an empty list is everything");
            assert_eq!(draft.risk.as_str(), "medium");
            assert!(draft.depends_on.is_empty() && draft.references.is_empty());
        }
    }

    #[test]
    fn the_form_asks_for_the_sections_that_are_read() {
        for label in [
            "What and why",
            "Acceptance criteria",
            "Scope",
            "Risk",
            "Depends on",
            "References",
        ] {
            assert!(
                GITHUB_FORM.contains(&format!("      label: {label}\n")),
                "{label}"
            );
        }
        assert!(GITHUB_FORM.contains("- AC-1:\n"));
    }

    #[test]
    fn templates_are_written_once_and_never_over_somebodys_work() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(write(dir.path(), TrackerKind::Github).unwrap().len(), 2);
        assert!(write(dir.path(), TrackerKind::Github).unwrap().is_empty());
        let form = dir.path().join(".github/ISSUE_TEMPLATE/trail.yml");
        std::fs::write(&form, "name: ours\n").unwrap();
        assert!(write(dir.path(), TrackerKind::Github).is_err());
        assert_eq!(std::fs::read_to_string(&form).unwrap(), "name: ours\n");
        assert!(write(dir.path(), TrackerKind::Plane).unwrap().is_empty());
    }
}
