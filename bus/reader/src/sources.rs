//! What a repository's files say of criteria: the annotations found in them, with their lines.
//!
//! The caller reads the files; nothing is opened or run here.

use serde::Serialize;
use trail_record::{CriterionId, ItemKey};
use trail_source::{Annotation, Claim, Options, Role};

/// The annotations of a repository's files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources {
    /// Each annotation with its file, in the order in which the files were given.
    pub annotations: Vec<Annotated>,
    /// How many files were read.
    pub files: usize,
    /// Files in which something could not be read or decided, and what.
    pub problems: Vec<String>,
}

/// An annotation and the file it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotated {
    /// The file, from the repository's root.
    pub path: String,
    /// The annotation.
    pub annotation: Annotation,
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// The file, from the repository's root.
    pub path: String,
    /// The first line, from 1.
    pub line: u32,
    /// The last line.
    pub end_line: u32,
}

impl Sources {
    /// Reads one more file.
    pub fn read(&mut self, path: &str, bytes: &[u8]) {
        let scan = trail_source::scan(path, bytes, &Options::default());
        self.files += 1;
        self.problems.extend(
            scan.problems
                .iter()
                .map(|own| format!("{path}:{}: {}", own.line, own.message)),
        );
        self.annotations
            .extend(scan.annotations.into_iter().map(|annotation| Annotated {
                path: path.to_owned(),
                annotation,
            }));
    }

    /// Returns the annotations that name an item, or one criterion of it, each with the claim that
    /// does.
    pub fn naming<'s>(
        &'s self,
        item: &'s ItemKey,
        criterion: Option<&'s CriterionId>,
    ) -> impl Iterator<Item = (&'s Annotated, &'s Claim)> + 's {
        self.annotations.iter().flat_map(move |own| {
            own.annotation
                .claims
                .iter()
                .filter(move |claim| {
                    claim.work_item == item.as_str()
                        && criterion.is_none_or(|id| claim.criterion == id.as_str())
                })
                .map(move |claim| (own, claim))
        })
    }

    /// Returns the annotations of the things that a line stands in, innermost first.
    #[must_use]
    pub fn around(&self, path: &str, line: u32) -> Vec<&Annotated> {
        let mut found: Vec<&Annotated> = self
            .annotations
            .iter()
            .filter(|own| own.path == path)
            .filter(|own| {
                let place = own.place();
                (place.line..=place.end_line).contains(&line)
            })
            .collect();
        found.sort_by_key(|own| {
            let place = own.place();
            place.end_line - place.line
        });
        found
    }
}

impl Annotated {
    /// Returns the lines of the annotation together with what it stands on.
    #[must_use]
    pub fn place(&self) -> Place {
        let own = &self.annotation;
        let (first, last) = own
            .target
            .as_ref()
            .map_or((own.line, own.end_line), |target| {
                (own.line.min(target.line), own.end_line.max(target.end_line))
            });
        Place {
            path: self.path.clone(),
            line: first,
            end_line: last,
        }
    }

    /// Returns the name of what it stands on, with the names around it; the file's, if it stands on
    /// nothing that has a name.
    #[must_use]
    pub fn name(&self) -> String {
        match &self.annotation.target {
            Some(target) if !target.name.is_empty() => {
                let mut parts = target.within.clone();
                parts.push(target.name.clone());
                parts.join("::")
            }
            _ => self.path.clone(),
        }
    }

    /// Says what it says of its artifact.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.annotation.role
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.line == self.end_line {
            write!(f, "{}:{}", self.path, self.line)
        } else {
            write!(f, "{}:{}-{}", self.path, self.line, self.end_line)
        }
    }
}
