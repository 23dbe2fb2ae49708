//! Renders a draft in the one canonical form, which reads back to the same draft.

use std::fmt::Write as _;

use super::Draft;

impl Draft {
    /// Returns the draft as Markdown; [`super::parse`] gives back the same draft.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let mut text = String::new();
        if !self.prose.is_empty() {
            text.push_str(&self.prose);
            text.push_str("\n\n");
        }
        text.push_str("## Acceptance criteria\n\n");
        for criterion in &self.criteria {
            let keeps = if criterion.keeps { " (keeps)" } else { "" };
            writeln!(text, "- {}{keeps}: {}", criterion.id, criterion.text).expect(INFALLIBLE);
        }
        text.push_str("\n## Scope\n");
        list(&mut text, "### Write", &self.scope.write, true);
        list(&mut text, "### Read", &self.scope.read, true);
        write!(text, "\n## Risk\n\n{}\n", self.risk.as_str()).expect(INFALLIBLE);
        list(&mut text, "## Depends on", &self.depends_on, false);
        list(&mut text, "## References", &self.references, true);
        text
    }
}

/// Why writing text into memory cannot fail.
const INFALLIBLE: &str = "a string takes all text";

/// Renders a list under its heading, if it has entries.
fn list(text: &mut String, heading: &str, entries: &[impl std::fmt::Display], code: bool) {
    if entries.is_empty() {
        return;
    }
    write!(text, "\n{heading}\n\n").expect(INFALLIBLE);
    let tick = if code { "`" } else { "" };
    for entry in entries {
        writeln!(text, "- {tick}{entry}{tick}").expect(INFALLIBLE);
    }
}
