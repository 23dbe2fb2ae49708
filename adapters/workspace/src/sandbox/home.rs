//! The private home of commands: emptied before each, with cargo's downloaded crates linked in.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, symlink};
use std::path::{Path, PathBuf};

use trail_port::workspace::Error;

use super::settings::SandboxSettings;
use super::{Place, real};
use crate::checkout::discard;

/// Makes the scratch folder anew and returns its real path.
///
/// The path stays the same for a worktree: cargo rebuilds everything if its home moves.
pub(super) fn prepare(settings: &SandboxSettings, place: &Place) -> Result<PathBuf, Error> {
    let scratch = &place.scratch;
    let failed = |e: io::Error| Error::Failed(format!("cannot make {}: {e}", scratch.display()));
    let parent = scratch
        .parent()
        .ok_or_else(|| failed(io::ErrorKind::InvalidInput.into()))?;
    fs::create_dir_all(parent).map_err(failed)?;
    discard(scratch, &parent.join(".trash")).map_err(failed)?;
    for folder in ["home", "tmp", "cargo"] {
        let mut builder = fs::DirBuilder::new();
        builder
            .recursive(true)
            .mode(0o700)
            .create(scratch.join(folder))
            .map_err(failed)?;
    }
    if let Some(cargo) = &settings.cargo_home {
        link_cargo(cargo, &scratch.join("cargo")).map_err(failed)?;
    }
    real(scratch)
}

/// Offers the crates that cargo downloaded, and its configuration if that holds no secret.
fn link_cargo(from: &Path, to: &Path) -> io::Result<()> {
    for folder in ["registry", "git"] {
        if from.join(folder).is_dir() {
            symlink(from.join(folder), to.join(folder))?;
        }
    }
    if let Some(config) = public_config(from) {
        fs::copy(config, to.join("config.toml"))?;
    }
    Ok(())
}

/// Returns cargo's configuration file if there is one and it seems to hold no secret.
pub(super) fn public_config(cargo_home: &Path) -> Option<PathBuf> {
    let path = ["config.toml", "config"].map(|name| cargo_home.join(name));
    let path = path.into_iter().find(|path| path.is_file())?;
    if fs::read_to_string(&path).is_ok_and(|text| !holds_secret(&text)) {
        return Some(path);
    }
    tracing::warn!(
        path = %path.display(),
        "cargo's configuration is kept from commands: it may hold a token or password"
    );
    None
}

/// Tells whether cargo's configuration may hold a secret; rather too often than once too few.
fn holds_secret(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["token", "secret", "passw", "credential", "auth", "@", "key"]
        .iter()
        .any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirror_is_no_secret_and_a_token_is() {
        assert!(!holds_secret(
            "[source.crates-io]\nreplace-with = \"mirror\"\n"
        ));
        for text in [
            "[registry]\nTOKEN = \"x\"",
            "index = \"https://u:p@h/\"",
            "PASSWORD='x'",
        ] {
            assert!(holds_secret(text), "{text}");
        }
    }

    #[test]
    fn home_is_empty_again_for_every_command() {
        let dir = tempfile::tempdir().unwrap();
        let cargo = dir.path().join("real-cargo");
        fs::create_dir_all(cargo.join("registry")).unwrap();
        fs::write(cargo.join("credentials.toml"), "token").unwrap();
        let mut settings = SandboxSettings::detect_from("/helper".into(), |_| None);
        settings.cargo_home = Some(cargo);
        let place = Place {
            worktree: dir.path().into(),
            scratch: dir.path().join("s/x"),
        };
        let scratch = prepare(&settings, &place).unwrap();
        fs::write(scratch.join("home/left"), "x").unwrap();
        prepare(&settings, &place).unwrap();
        assert!(!scratch.join("home/left").exists());
        assert!(scratch.join("cargo/registry").is_dir());
        assert!(!scratch.join("cargo/credentials.toml").exists());
    }
}
