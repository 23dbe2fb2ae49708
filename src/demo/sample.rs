//! The sample: a small repository with a real commit, and the item that is filed on it.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};

use crate::output::{Exit, Hinted};

/// The title of the sample's item.
pub(super) const TITLE: &str = "Add XBRL export to the VSME sustainability report";
/// The body of the sample's item.
pub(super) const BODY: &str = include_str!("sample/item.md");
/// The script that the demo plays unless another is named.
pub(super) const SCRIPT: &str = include_str!("scripts/scripted-a.json");
/// The script of the second model, which a replay can ask instead.
pub(super) const RIVAL_SCRIPT: &str = include_str!("scripts/scripted-b.json");
/// The branch of the sample repository.
pub(super) const BRANCH: &str = "main";
/// How the sample's tests are run.
pub(super) const TESTS: [&str; 5] = ["cargo", "test", "--offline", "--test", "xbrl"];

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("sample/repo/", $name)))),*]
    };
}

/// The files of the sample repository.
const FILES: &[(&str, &str)] = files![
    ".gitignore",
    "Cargo.lock",
    "Cargo.toml",
    "README.md",
    "data/sample-report.txt",
    "data/sample-report.vsme",
    "docs/vsme-spec.md",
    "src/lib.rs",
    "src/model.rs",
    "src/parse.rs",
    "src/render.rs",
    "src/template.rs",
    "vendor/ex_xbrl/Cargo.toml",
    "vendor/ex_xbrl/README.md",
    "vendor/ex_xbrl/src/error.rs",
    "vendor/ex_xbrl/src/instance.rs",
    "vendor/ex_xbrl/src/lib.rs",
    "vendor/ex_xbrl/src/period.rs",
    "vendor/ex_xbrl/src/taxonomy.rs",
    "vendor/ex_xbrl/src/xml.rs",
    "vendor/xml_hand/Cargo.toml",
    "vendor/xml_hand/README.md",
    "vendor/xml_hand/src/lib.rs",
];

/// The annotation macro, which is kept with the sample's code so that building it needs no network.
const ANNOTATIONS: &[(&str, &str)] = &[
    (
        "vendor/trail/Cargo.toml",
        include_str!("../../policies/annotations/rust/Cargo.toml"),
    ),
    (
        "vendor/trail/src/lib.rs",
        include_str!("../../policies/annotations/rust/src/lib.rs"),
    ),
];

/// Writes the sample repository to `dir` and commits it.
pub(super) fn lay_out(dir: &Path) -> anyhow::Result<()> {
    for (name, text) in FILES.iter().chain(ANNOTATIONS) {
        let path = dir.join(name);
        let folder = path.parent().context("a file lies in a folder")?;
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&path, text))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    git(dir, &["init", "--quiet", "--initial-branch", BRANCH])?;
    git(dir, &["add", "--all"])?;
    git(
        dir,
        &[
            "commit",
            "--quiet",
            "--message",
            "Render VSME reports as text",
        ],
    )
}

/// Runs git in the sample repository, whatever the machine's own settings are. Name and time are
/// fixed, so that every demo starts from the same commit.
pub(super) fn git(dir: &Path, args: &[&str]) -> anyhow::Result<()> {
    let mut command = Command::new("git");
    command
        .args([
            "-c",
            "core.hooksPath=/dev/null",
            "-c",
            "commit.gpgSign=false",
            "-c",
            "core.autocrlf=false",
        ])
        .args(args)
        .current_dir(dir)
        .env_clear()
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .stdin(Stdio::null());
    for who in ["AUTHOR", "COMMITTER"] {
        command
            .env(format!("GIT_{who}_NAME"), "Klara Nilsson")
            .env(format!("GIT_{who}_EMAIL"), "klara.nilsson@example.org")
            .env(format!("GIT_{who}_DATE"), "2026-01-15T09:00:00+0000");
    }
    let output = command.output().map_err(|error| {
        Hinted::new(Exit::Unavailable, format!("git cannot be run: {error}"))
            .help("the demo needs git and cargo on PATH")
    })?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("git {} failed: {}", args.join(" "), said.trim());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_file_of_the_sample_is_laid_out() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/demo/sample/repo");
        let mut there = BTreeSet::new();
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    if path.file_name().is_some_and(|name| name != "target") {
                        folders.push(path);
                    }
                } else {
                    there.insert(
                        path.strip_prefix(&root)
                            .unwrap()
                            .to_str()
                            .unwrap()
                            .to_owned(),
                    );
                }
            }
        }
        let listed: BTreeSet<String> = FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(listed, there);
    }
}
