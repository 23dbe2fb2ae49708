//! What is linted, and by which settings.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Deserialize;
use trail_lint::Settings;

use super::Args;
use crate::cli::Global;
use crate::layout::Layout;
use crate::output::usage;
use crate::setup::Setup;

/// The settings of a repository that has no set-up.
const OWN: &str = "trail-lint.toml";

/// What is linted, and by which settings.
#[derive(Debug)]
pub(super) struct Place {
    /// The repository's top.
    pub(super) root: PathBuf,
    /// How it is linted.
    pub(super) settings: Settings,
    /// The set-up, if there is one.
    pub(super) setup: Option<Setup>,
}

/// A file that holds `[lint]` and nothing else.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Own {
    #[serde(default)]
    lint: Settings,
}

impl Place {
    /// Finds the repository that is meant, and the settings it is linted by.
    pub(super) fn find(global: &Global, args: &Args) -> anyhow::Result<Self> {
        let here = std::env::current_dir()?;
        let around = here
            .ancestors()
            .find(|own| own.join(".git").exists())
            .map(Path::to_owned);
        let named = args.repository.clone();
        let setup = match (&global.dir, named.as_ref().or(around.as_ref())) {
            (Some(_), _) => Some(Setup::open(global)?),
            (None, Some(top)) => {
                let top = std::path::absolute(top)?;
                Layout::above(&top).map(Setup::at).transpose()?
            }
            (None, None) => Layout::above(&here).map(Setup::at).transpose()?,
        };
        let root = named
            .or(around)
            .or_else(|| setup.as_ref().map(Setup::repository))
            .unwrap_or(here);
        let root = root.canonicalize().map_err(|error| {
            usage(
                format!("{}: {error}", root.display()),
                "name the repository's top with --repository",
            )
        })?;
        let mut settings = settings(args, &root, setup.as_ref())?;
        let ruling = &args.ruling;
        settings.governed.extend(ruling.governed.iter().cloned());
        for own in &ruling.neighbour {
            settings.neighbours.push((*own).into());
        }
        if args.fix && settings.governed.is_empty() {
            // Who asks for proposals for some paths wants them for their tests.
            settings.governed = governed(&root, &args.paths)?;
        }
        Ok(Self {
            root,
            settings,
            setup,
        })
    }

    /// Replaces a file's text, unless it is not what it was.
    pub(super) fn replace(&self, path: &str, before: &str, after: &str) -> anyhow::Result<()> {
        let file = self.root.join(path);
        let is_link = std::fs::symlink_metadata(&file).is_ok_and(|own| own.is_symlink());
        let now = std::fs::read(&file).with_context(|| path.to_owned())?;
        if is_link || now != before.as_bytes() {
            return Err(usage(
                format!("{path} changed while it was linted; nothing was written to it"),
                "run the command again",
            ));
        }
        std::fs::write(&file, after).with_context(|| path.to_owned())
    }
}

fn settings(args: &Args, root: &Path, setup: Option<&Setup>) -> anyhow::Result<Settings> {
    if let Some(file) = &args.ruling.settings {
        return read(file);
    }
    let of_setup = setup.map(|own| own.config.lint.clone());
    if let Some(own) = of_setup.filter(|own| *own != Settings::default()) {
        return Ok(own);
    }
    let file = root.join(OWN);
    if file.is_file() {
        read(&file)
    } else {
        Ok(Settings::default())
    }
}

fn read(file: &Path) -> anyhow::Result<Settings> {
    let wrong = |problem: String| {
        usage(
            format!("{}: {problem}", file.display()),
            "it should hold [lint] as README.md shows it, and nothing else",
        )
    };
    let text = std::fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?;
    let own: Own = toml::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    Ok(own.lint)
}

/// Returns the globs of paths as they were named.
fn governed(root: &Path, paths: &[PathBuf]) -> anyhow::Result<Vec<String>> {
    let mut globs = Vec::new();
    for path in paths {
        let real = path
            .canonicalize()
            .map_err(|error| usage(format!("{}: {error}", path.display()), "name what is there"))?;
        if let Some(own) = real.strip_prefix(root).ok().and_then(Path::to_str) {
            if own.is_empty() {
                globs.push("**".to_owned());
            } else {
                globs.push(own.to_owned());
                globs.push(format!("{own}/**"));
            }
        }
    }
    if globs.is_empty() {
        globs.push("**".to_owned());
    }
    Ok(globs)
}
