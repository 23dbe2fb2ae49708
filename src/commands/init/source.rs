//! Where a persona's credential is kept, as it is given on the command line.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use trail_record::Persona;

use crate::config::PersonaSettings;

/// How to write one.
pub(super) const FORM: &str =
    "env:VARIABLE, file:PATH, or for a GitHub App app:ID:KEYFILE[:INSTALLATION]";

/// Where a credential is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// A token in an environment variable.
    Variable(String),
    /// A token in a file.
    File(PathBuf),
    /// A GitHub App's key.
    App {
        id: String,
        key: PathBuf,
        installation: Option<u64>,
    },
}

/// A credential and whose it is; everybody's if no persona is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Given {
    pub(super) persona: Option<Persona>,
    pub(super) source: Source,
}

impl FromStr for Source {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // What was pasted may be a token: it is not repeated.
        let bad = || format!("a credential is named as {FORM}; a token itself never stands here");
        let (kind, rest) = text.split_once(':').ok_or_else(bad)?;
        if rest.is_empty() {
            return Err(bad());
        }
        match kind {
            "env" => Ok(Self::Variable(rest.to_owned())),
            "file" => Ok(Self::File(absolute(rest)?)),
            "app" => {
                let (id, rest) = rest.split_once(':').ok_or_else(bad)?;
                let (key, installation) = match rest.rsplit_once(':') {
                    Some((key, number)) => match number.parse() {
                        Ok(number) => (key, Some(number)),
                        Err(_) => (rest, None),
                    },
                    None => (rest, None),
                };
                if id.is_empty() || key.is_empty() {
                    return Err(bad());
                }
                Ok(Self::App {
                    id: id.to_owned(),
                    key: absolute(key)?,
                    installation,
                })
            }
            _ => Err(bad()),
        }
    }
}

impl FromStr for Given {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (who, source) = text
            .split_once('=')
            .ok_or_else(|| format!("write PERSONA=SOURCE or all=SOURCE; SOURCE is {FORM}"))?;
        let persona = match who {
            "all" => None,
            // What is no persona may be a token that was pasted.
            _ => Some(who.parse::<Persona>().map_err(|_| {
                "the personas are planner, coder, tester and reviewer; `all` is every one"
                    .to_owned()
            })?),
        };
        Ok(Self {
            persona,
            source: source.parse()?,
        })
    }
}

impl Source {
    /// Writes it into a persona's settings.
    pub(super) fn settings(&self) -> PersonaSettings {
        let mut own = PersonaSettings::default();
        match self.clone() {
            Self::Variable(name) => own.token_env = Some(name),
            Self::File(path) => own.token_file = Some(path),
            Self::App {
                id,
                key,
                installation,
            } => {
                own.app_id = Some(id);
                own.app_key_file = Some(key);
                own.installation = installation;
            }
        }
        own
    }
}

fn absolute(path: &str) -> Result<PathBuf, String> {
    std::path::absolute(Path::new(path)).map_err(|error| format!("{path}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_named_by_their_place_and_never_given_themselves() {
        let app = |installation| Source::App {
            id: "Iv1.ab".to_owned(),
            key: "/k/app.pem".into(),
            installation,
        };
        for (text, persona, source) in [
            (
                "planner=env:PLANNER",
                Some(Persona::Planner),
                Source::Variable("PLANNER".to_owned()),
            ),
            ("all=file:/t/x", None, Source::File("/t/x".into())),
            (
                "coder=app:Iv1.ab:/k/app.pem",
                Some(Persona::Coder),
                app(None),
            ),
            (
                "coder=app:Iv1.ab:/k/app.pem:77",
                Some(Persona::Coder),
                app(Some(77)),
            ),
        ] {
            assert_eq!(text.parse(), Ok(Given { persona, source }), "{text}");
        }
        for text in [
            "planner",
            "planner=ghp_secret",
            "ghp_secret=env:X",
            "planner=env:",
            "planner=app:1",
            "planner=app::/k",
            "boss=env:X",
        ] {
            let said = text.parse::<Given>().unwrap_err();
            assert!(!said.contains("ghp_secret"), "{said}");
        }
    }
}
