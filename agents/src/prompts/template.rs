//! Strict templates: text with placeholders, in sections that vanish when they have nothing to say.

use super::Error;
use crate::nearest::nearest;
use crate::quote;

/// What a placeholder stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slot {
    /// The item's key, as inline code.
    Key,
    /// The how-many-eth time.
    Round,
    /// Title and body.
    Item,
    /// The acceptance criteria.
    Criteria,
    /// What may be read and written.
    Scope,
    /// The repository's top level.
    Outline,
    /// Files that the item refers to.
    References,
    /// What was concluded so far.
    Conclusions,
    /// What was changed so far.
    Patches,
    /// The last test result.
    Tests,
    /// Why earlier attempts ended.
    Setbacks,
    /// What may be written without asking again.
    Contract,
    /// The command that runs the tests.
    TestCommand,
    /// The pull request and its diff.
    PullRequest,
}

impl Slot {
    /// All of them.
    pub(crate) const ALL: [Self; 14] = [
        Self::Key,
        Self::Round,
        Self::Item,
        Self::Criteria,
        Self::Scope,
        Self::Outline,
        Self::References,
        Self::Conclusions,
        Self::Patches,
        Self::Tests,
        Self::Setbacks,
        Self::Contract,
        Self::TestCommand,
        Self::PullRequest,
    ];

    /// Returns the placeholder's name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Round => "round",
            Self::Item => "item",
            Self::Criteria => "criteria",
            Self::Scope => "scope",
            Self::Outline => "outline",
            Self::References => "references",
            Self::Conclusions => "conclusions",
            Self::Patches => "patches",
            Self::Tests => "tests",
            Self::Setbacks => "setbacks",
            Self::Contract => "contract",
            Self::TestCommand => "test_command",
            Self::PullRequest => "pull_request",
        }
    }

    /// Tells whether it stands for a block that may be empty, rather than for a word.
    const fn is_block(self) -> bool {
        !matches!(self, Self::Key | Self::Round)
    }
}

/// A parsed template.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    sections: Vec<Vec<Piece>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Slot(Slot),
}

impl Template {
    /// Parses the text of `file`, which may hold the placeholders `known`.
    pub(crate) fn parse(file: &str, text: &str, known: &[Slot]) -> Result<Self, Error> {
        let mut sections = vec![Vec::new()];
        for (index, line) in text.split_inclusive('\n').enumerate() {
            let number = index + 1;
            if line.starts_with("## ") {
                sections.push(Vec::new());
            }
            let pieces = sections.last_mut().expect("there is always a section");
            let mut rest = line;
            while let Some((before, after)) = rest.split_once("{{") {
                let Some((name, after)) = after.split_once("}}") else {
                    return Err(Error::Unclosed {
                        file: file.to_owned(),
                        line: number,
                    });
                };
                pieces.push(Piece::Text(before.to_owned()));
                pieces.push(Piece::Slot(slot(file, number, name, known)?));
                rest = after;
            }
            pieces.push(Piece::Text(rest.to_owned()));
        }
        Ok(Self { sections })
    }

    /// Tells whether the template holds a placeholder.
    pub(crate) fn has(&self, slot: Slot) -> bool {
        self.sections
            .iter()
            .flatten()
            .any(|piece| *piece == Piece::Slot(slot))
    }

    /// Returns the text with each placeholder replaced by its value; values are not looked into.
    pub(crate) fn render(&self, value: impl Fn(Slot) -> String) -> String {
        let mut out = String::new();
        for section in &self.sections {
            let (mut text, mut blocks, mut filled) = (String::new(), 0, 0);
            for piece in section {
                match piece {
                    Piece::Text(plain) => text.push_str(plain),
                    Piece::Slot(slot) => {
                        let value = value(*slot);
                        if slot.is_block() {
                            blocks += 1;
                            filled += usize::from(!value.is_empty());
                        }
                        text.push_str(&value);
                    }
                }
            }
            if blocks == 0 || filled > 0 {
                out.push_str(&text);
            }
        }
        out.truncate(out.trim_end().len());
        out
    }
}

fn slot(file: &str, line: usize, name: &str, known: &[Slot]) -> Result<Slot, Error> {
    if let Some(slot) = known.iter().find(|slot| slot.name() == name) {
        return Ok(*slot);
    }
    let names: Vec<&'static str> = known.iter().map(|slot| slot.name()).collect();
    Err(Error::UnknownPlaceholder {
        file: file.to_owned(),
        line,
        name: quote::inline(name),
        suggestion: nearest(name, names.iter().copied()),
        known: if names.is_empty() {
            "none".to_owned()
        } else {
            names.join(", ")
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_vanishes_when_all_its_blocks_are_empty() {
        let text = "{{key}}\n\n## A\n{{tests}}\n\n## B\nalways\n\n## C\n{{tests}}{{item}}\n";
        let template = Template::parse("x.md", text, &Slot::ALL).unwrap();
        let rendered = template.render(|slot| match slot {
            Slot::Tests => String::new(),
            other => other.name().to_uppercase(),
        });
        assert_eq!(rendered, "KEY\n\n## B\nalways\n\n## C\nITEM");
    }

    #[test]
    fn a_value_that_looks_like_a_placeholder_or_a_heading_stays_as_it_is() {
        let template = Template::parse("x.md", "{{item}}", &Slot::ALL).unwrap();
        assert_eq!(
            template.render(|_| "{{tests}}\n## A\n{{".to_owned()),
            "{{tests}}\n## A\n{{"
        );
    }
}
