//! Which items and criteria a matrix tells.

use serde::Serialize;

use crate::story::{Standing, Story};

/// Which items and criteria are told; empty lists leave nothing out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Filter {
    /// Only these items, by key.
    pub items: Vec<String>,
    /// Only criteria that stand so.
    pub standings: Vec<Standing>,
    /// Only items with one of these labels, as captured last.
    pub labels: Vec<String>,
}

impl Filter {
    /// Tells whether all is told.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn takes_item(&self, story: &Story) -> bool {
        let named = |own: &String| own.trim().eq_ignore_ascii_case(story.key.as_str());
        let labelled = |own: &String| {
            let labels = story.labels().unwrap_or_default();
            labels.iter().any(|label| label == own)
        };
        (self.items.is_empty() || self.items.iter().any(named))
            && (self.labels.is_empty() || self.labels.iter().any(labelled))
    }

    pub(super) fn takes(&self, standing: Standing) -> bool {
        self.standings.is_empty() || self.standings.contains(&standing)
    }

    /// Says it for people; nothing where all is told.
    #[must_use]
    pub fn sentence(&self) -> Option<String> {
        let standings: Vec<&str> = self.standings.iter().map(|own| own.word()).collect();
        let parts = [
            ("items", self.items.join(", ")),
            ("criteria that are", standings.join(", ")),
            ("items with label", self.labels.join(", ")),
        ];
        let told: Vec<String> = parts
            .iter()
            .filter(|(_, own)| !own.is_empty())
            .map(|(what, own)| format!("{what} {own}"))
            .collect();
        (!told.is_empty()).then(|| format!("only {}", told.join("; ")))
    }
}
