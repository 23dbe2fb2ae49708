//! The prompts: files, embedded as they ship, or an operator's own.
//!
//! A persona's system prompt is plain text. An action's first message is a template with
//! `{{placeholders}}`; a section (from one `## ` heading to the next) whose blocks are all empty is
//! left out. Templates are strict: what they cannot mean is an error when they are loaded.

mod template;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use trail_record::{Blob, Digest, Persona, canonical};

use crate::action::Action;
use crate::nearest::nearest;
pub(crate) use template::{Slot, Template};

/// The largest prompt file that is accepted, in bytes.
const LIMIT: usize = 64 * 1024;

/// The prompts as they ship, by file name.
const BUILTIN: [(&str, &str); 11] = [
    ("coder.md", include_str!("../prompts/coder.md")),
    ("deliver.md", include_str!("../prompts/deliver.md")),
    ("fix.md", include_str!("../prompts/fix.md")),
    ("implement.md", include_str!("../prompts/implement.md")),
    ("nudge.md", include_str!("../prompts/nudge.md")),
    ("plan.md", include_str!("../prompts/plan.md")),
    ("planner.md", include_str!("../prompts/planner.md")),
    ("reviewer.md", include_str!("../prompts/reviewer.md")),
    ("run-tests.md", include_str!("../prompts/run-tests.md")),
    ("tester.md", include_str!("../prompts/tester.md")),
    ("write-tests.md", include_str!("../prompts/write-tests.md")),
];

/// Why prompts cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file that no prompt has.
    #[error("{file}: not a prompt{}; the prompts are: {known}", meant(.suggestion))]
    UnknownFile {
        /// The file's name.
        file: String,
        /// What may have been meant.
        suggestion: Option<&'static str>,
        /// The files there are.
        known: String,
    },
    /// A file that holds nothing, or too much.
    #[error("{file}: {reason}")]
    Unusable {
        /// The file's name.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A placeholder that the file cannot have.
    #[error("{file}, line {line}: unknown placeholder {name}{}; it may hold: {known}", meant(.suggestion))]
    UnknownPlaceholder {
        /// The file's name.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What stands between the braces, quoted.
        name: String,
        /// What may have been meant.
        suggestion: Option<&'static str>,
        /// What it may hold.
        known: String,
    },
    /// A `{{` without its `}}`.
    #[error("{file}, line {line}: a placeholder is not closed by `}}}}` on its line")]
    Unclosed {
        /// The file's name.
        file: String,
        /// The line, from 1.
        line: usize,
    },
    /// A placeholder without which the model would not know its task.
    #[error(
        "{file}: the placeholder `{{{{{name}}}}}` is missing; without it the model is not told its task"
    )]
    MissingPlaceholder {
        /// The file's name.
        file: String,
        /// The placeholder.
        name: &'static str,
    },
}

fn meant(suggestion: &Option<&'static str>) -> String {
    suggestion.map_or_else(String::new, |name| format!(" (did you mean `{name}`?)"))
}

/// A complete, checked set of prompts.
#[derive(Debug, Clone)]
pub struct Prompts {
    texts: BTreeMap<&'static str, String>,
    templates: BTreeMap<Action, Template>,
}

impl Prompts {
    /// Returns the prompts that ship with Trail.
    #[must_use]
    pub fn builtin() -> Self {
        Self::with(Vec::new()).expect("the prompts that ship are checked by a test")
    }

    /// Returns the prompts that ship, with those of `files` (name and text) in their place.
    ///
    /// # Errors
    /// If a name is no prompt's, or a text cannot be used.
    pub fn with(files: Vec<(String, String)>) -> Result<Self, Error> {
        let mut texts: BTreeMap<&'static str, String> = BUILTIN
            .into_iter()
            .map(|(file, text)| (file, text.to_owned()))
            .collect();
        for (file, text) in files {
            let Some((name, _)) = BUILTIN.iter().find(|(name, _)| *name == file) else {
                let known = BUILTIN.map(|(name, _)| name);
                return Err(Error::UnknownFile {
                    suggestion: nearest(&file, known),
                    file,
                    known: known.join(", "),
                });
            };
            usable(name, &text)?;
            texts.insert(name, text);
        }
        for persona in Persona::ALL {
            let file = system_file(persona);
            Template::parse(file, &texts[file], &[])?;
        }
        Template::parse("nudge.md", &texts["nudge.md"], &[])?;
        let mut templates = BTreeMap::new();
        for action in Action::ALL {
            let file = message_file(action);
            let template = Template::parse(file, &texts[file], &Slot::ALL)?;
            for slot in [Slot::Item, Slot::Criteria] {
                if !template.has(slot) {
                    let (file, name) = (file.to_owned(), slot.name());
                    return Err(Error::MissingPlaceholder { file, name });
                }
            }
            templates.insert(action, template);
        }
        Ok(Self { texts, templates })
    }

    /// Returns the prompts that ship, with the `.md` files of a folder in their place.
    ///
    /// # Errors
    /// If the folder or a file cannot be read, and as [`Prompts::with`].
    pub fn from_dir(dir: &Path) -> Result<Self, Error> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| Error::Read { path, source }
        };
        let mut files = Vec::new();
        for entry in std::fs::read_dir(dir).map_err(failed(dir))? {
            let path = entry.map_err(failed(dir))?.path();
            if path.extension().is_some_and(|extension| extension == "md") {
                let text = std::fs::read_to_string(&path).map_err(failed(&path))?;
                let name = path
                    .file_name()
                    .map(|name| name.to_string_lossy().into_owned());
                files.push((name.unwrap_or_default(), text));
            }
        }
        files.sort();
        Self::with(files)
    }

    /// Returns the digest of the set: SHA-256 of the canonical JSON of all files by name.
    #[must_use]
    pub fn digest(&self) -> Digest<Blob> {
        let bytes = canonical::to_bytes(&self.texts);
        Digest::of(&bytes.expect("a map of texts has a canonical form"))
    }

    /// Returns a persona's system prompt.
    #[must_use]
    pub fn system(&self, persona: Persona) -> &str {
        self.texts[system_file(persona)].trim_end()
    }

    /// Returns what a model is told that ended nothing and asked for nothing.
    #[must_use]
    pub fn nudge(&self) -> &str {
        self.texts["nudge.md"].trim_end()
    }

    /// Returns the template of an action's first message.
    pub(crate) fn message(&self, action: Action) -> &Template {
        &self.templates[&action]
    }
}

fn usable(file: &str, text: &str) -> Result<(), Error> {
    let reason = match text.len() {
        _ if text.trim().is_empty() => "is empty".to_owned(),
        size if size > LIMIT => format!("has {size} bytes; at most {LIMIT} are accepted"),
        _ => return Ok(()),
    };
    Err(Error::Unusable {
        file: file.to_owned(),
        reason,
    })
}

const fn system_file(persona: Persona) -> &'static str {
    match persona {
        Persona::Planner => "planner.md",
        Persona::Coder => "coder.md",
        Persona::Tester => "tester.md",
        Persona::Reviewer => "reviewer.md",
    }
}

const fn message_file(action: Action) -> &'static str {
    match action {
        Action::Plan => "plan.md",
        Action::Implement => "implement.md",
        Action::WriteTests => "write-tests.md",
        Action::RunTests => "run-tests.md",
        Action::Fix => "fix.md",
        Action::Deliver => "deliver.md",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message_of(file: &str, text: &str) -> String {
        Prompts::with(vec![(file.to_owned(), text.to_owned())])
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn the_prompts_that_ship_are_complete() {
        let prompts = Prompts::builtin();
        for (file, text) in BUILTIN {
            usable(file, text).unwrap();
        }
        assert_eq!(prompts.templates.len(), Action::ALL.len());
    }

    #[test]
    fn what_a_template_cannot_mean_is_refused_with_its_place() {
        let messages = [
            message_of("plan.md", "{{item}}\n{{criterai}}"),
            message_of("plan.md", "{{item}} {{criteria"),
            message_of("plan.md", "Only {{item}}."),
            message_of("coder.md", "You are {{item}}."),
            message_of("planer.md", "x"),
            message_of("coder.md", " \n"),
            message_of("coder.md", &"x".repeat(LIMIT + 1)),
        ];
        insta::assert_snapshot!("unusable_prompts", messages.join("\n"));
    }

    #[test]
    fn a_folder_overrides_what_it_holds_and_changes_the_digest() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("coder.md"), "You write code.\n").unwrap();
        std::fs::write(dir.path().join("notes.txt"), "not a prompt").unwrap();
        let own = Prompts::from_dir(dir.path()).unwrap();
        let builtin = Prompts::builtin();
        assert_eq!(own.system(Persona::Coder), "You write code.");
        assert_eq!(own.system(Persona::Tester), builtin.system(Persona::Tester));
        assert_ne!(own.digest(), builtin.digest());
        assert_eq!(builtin.digest(), Prompts::builtin().digest());

        std::fs::write(dir.path().join("cdoer.md"), "x").unwrap();
        let error = Prompts::from_dir(dir.path()).unwrap_err().to_string();
        assert!(error.contains("did you mean `coder.md`?"), "{error}");
        assert!(matches!(
            Prompts::from_dir(&dir.path().join("none")),
            Err(Error::Read { .. })
        ));
    }
}
