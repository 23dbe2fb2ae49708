//! The files of a policy: built in, read from a folder, written out, and their digest.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use trail_record::{Blob, Digest, Policy};

use crate::error::{Error, Fault};

/// The schema's file.
pub(crate) const SCHEMA: &str = "schema.cedarschema";

/// The file of the risk table.
pub(crate) const RISK: &str = "risk.json";

/// The folder of the rules, with its files' ending.
pub(crate) const RULES: (&str, &str) = ("rules/", ".cedar");

/// The folder of the examples, with its files' ending.
pub(crate) const EXAMPLES: (&str, &str) = ("examples/", ".json");

/// The most bytes a file of a policy may have.
const MAX_FILE: u64 = 1024 * 1024;

/// Names files of this crate with their content.
macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../", $name)))),*]
    };
}

/// The default policy.
const DEFAULT: &[(&str, &str)] = files![
    "examples/gates.json",
    "examples/humans.json",
    "examples/paths.json",
    "examples/work.json",
    "risk.json",
    "rules/gates.cedar",
    "rules/humans.cedar",
    "rules/paths.cedar",
    "rules/work.cedar",
    "schema.cedarschema",
];

/// Rules that are not in force until somebody copies them into `rules/`.
const OFF: &[(&str, &str)] = files![
    "examples-off/delegate-low-risk.cedar",
    "examples-off/two-approvals-at-high-risk.cedar"
];

/// The files of a policy by name, relative to its folder and `/`-separated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bundle {
    files: BTreeMap<String, String>,
}

/// Returns the files of the default policy, and those it offers but does not use.
pub fn default_files() -> impl Iterator<Item = (&'static str, &'static str)> {
    DEFAULT.iter().chain(OFF).copied()
}

/// Writes the default policy into a folder; what is already there stays as it is.
///
/// # Errors
/// If a file is there and differs, before anything is written; or if writing fails.
pub fn write_default(dir: &Path) -> Result<(), Error> {
    let io = |path: &Path, source| Error::Io {
        path: path.to_owned(),
        source,
    };
    let mut missing = Vec::new();
    for (name, text) in default_files() {
        let path = dir.join(name);
        match fs::read(&path) {
            Ok(bytes) if bytes == text.as_bytes() => {}
            Ok(_) => return Err(Error::Exists(path)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                missing.push((path, text))
            }
            Err(error) => return Err(io(&path, error)),
        }
    }
    for (path, text) in missing {
        let folder = path.parent().unwrap_or(dir);
        fs::create_dir_all(folder).map_err(|error| io(folder, error))?;
        let mut file = fs::File::create_new(&path).map_err(|error| io(&path, error))?;
        file.write_all(text.as_bytes())
            .map_err(|error| io(&path, error))?;
    }
    Ok(())
}

impl Bundle {
    /// Returns the default policy's files.
    pub(crate) fn default_rules() -> Self {
        let own = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
        Self {
            files: DEFAULT.iter().map(own).collect(),
        }
    }

    /// Reads a policy's files.
    pub(crate) fn read(dir: &Path) -> Result<Self, Error> {
        let mut bundle = Self {
            files: BTreeMap::new(),
        };
        let mut faults = Vec::new();
        for name in [SCHEMA, RISK] {
            bundle.take(dir, name, &mut faults)?;
        }
        for (folder, ending) in [RULES, EXAMPLES] {
            let path = dir.join(folder);
            let io = |source| Error::Io {
                path: path.clone(),
                source,
            };
            let entries = match fs::read_dir(&path) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    let hint = format!("`trail init` writes {folder} with the default policy");
                    faults.push(Fault::of_file(folder, "is missing", hint));
                    continue;
                }
                entries => entries.map_err(io)?,
            };
            for entry in entries {
                let entry = entry.map_err(io)?;
                let name = entry.file_name().to_string_lossy().into_owned();
                let file = format!("{folder}{name}");
                if name.starts_with('.') || name == "README.md" {
                    // Editors' and people's files, which nobody takes for a rule.
                } else if name.ends_with(ending) && entry.path().is_file() && !name.contains('\n') {
                    bundle.take(dir, &file, &mut faults)?;
                } else {
                    // A rule in a misnamed file would silently not be in force.
                    let what = format!("is not a `*{ending}` file");
                    faults.push(Fault::of_file(
                        &file,
                        what,
                        "rename it or move it elsewhere",
                    ));
                }
            }
        }
        if faults.is_empty() {
            Ok(bundle)
        } else {
            Err(Error::Invalid(faults))
        }
    }

    /// Takes a file in.
    fn take(&mut self, dir: &Path, name: &str, faults: &mut Vec<Fault>) -> Result<(), Error> {
        let path = dir.join(name);
        let io = |source| Error::Io {
            path: path.clone(),
            source,
        };
        match fs::metadata(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let hint = "`trail init` writes it with the default policy";
                faults.push(Fault::of_file(name, "is missing", hint));
                return Ok(());
            }
            Err(error) => return Err(io(error)),
            Ok(data) if data.len() > MAX_FILE => {
                faults.push(Fault::of_file(name, "is larger than 1 MiB", "split it"));
                return Ok(());
            }
            Ok(_) => {}
        }
        match String::from_utf8(fs::read(&path).map_err(io)?) {
            Ok(text) => drop(self.files.insert(name.to_owned(), text)),
            Err(_) => faults.push(Fault::of_file(
                name,
                "is not UTF-8 text",
                "save it as UTF-8",
            )),
        }
        Ok(())
    }

    /// Returns a file's text; empty if there is none.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.files.get(name).map_or("", String::as_str)
    }

    /// Returns the files of a folder in the order of their names.
    pub(crate) fn folder(&self, (folder, _): (&str, &str)) -> impl Iterator<Item = (&str, &str)> {
        let inside = self
            .files
            .iter()
            .filter(move |(name, _)| name.starts_with(folder));
        inside.map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// Returns the policy's digest: of the lines `<sha-256 in hex>  <name>`, in the order of the
    /// names' bytes, as `sha256sum` writes them.
    pub(crate) fn digest(&self) -> Digest<Policy> {
        let mut listing = String::new();
        for (name, text) in &self.files {
            let digest = Digest::<Blob>::of(text.as_bytes()).hex();
            writeln!(listing, "{digest}  {name}").expect("a string takes all text");
        }
        Digest::of(listing.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_default_policy_is_built_in() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert_eq!(Bundle::read(root).unwrap(), Bundle::default_rules());
        let off = fs::read_dir(root.join("examples-off")).unwrap().count();
        assert_eq!(off, OFF.len());
    }

    #[test]
    fn the_default_policy_is_written_once_and_never_over_another() {
        let dir = tempfile::tempdir().unwrap();
        write_default(dir.path()).unwrap();
        write_default(dir.path()).unwrap();
        assert_eq!(Bundle::read(dir.path()).unwrap(), Bundle::default_rules());
        fs::write(dir.path().join("rules/work.cedar"), "// mine").unwrap();
        fs::remove_file(dir.path().join("risk.json")).unwrap();
        assert!(matches!(write_default(dir.path()), Err(Error::Exists(_))));
        assert!(!dir.path().join("risk.json").exists());
    }

    #[test]
    fn the_digest_is_that_of_the_listing_and_changes_with_every_byte() {
        let mut bundle = Bundle::default_rules();
        let before = bundle.digest();
        bundle
            .files
            .insert("rules/x.cedar".to_owned(), "// ".to_owned());
        let added = bundle.digest();
        bundle
            .files
            .insert("rules/x.cedar".to_owned(), "//".to_owned());
        assert!(before != added && added != bundle.digest());
        let one = Bundle {
            files: [("a".to_owned(), "b".to_owned())].into(),
        };
        let line = format!("{}  a\n", Digest::<Blob>::of(b"b").hex());
        assert_eq!(one.digest(), Digest::of(line.as_bytes()));
    }

    #[test]
    fn what_is_missing_or_misnamed_is_told() {
        let dir = tempfile::tempdir().unwrap();
        write_default(dir.path()).unwrap();
        fs::remove_file(dir.path().join("schema.cedarschema")).unwrap();
        fs::write(dir.path().join("rules/mine.ceder"), "").unwrap();
        fs::write(dir.path().join("rules/bad.cedar"), b"\xff").unwrap();
        fs::write(dir.path().join("rules/.swp"), b"\xff").unwrap();
        let told = Bundle::read(dir.path()).unwrap_err().to_string();
        for part in [
            "3 errors in the policy",
            "schema.cedarschema: is missing (`trail init`",
            "rules/mine.ceder: is not a `*.cedar` file (rename it",
            "rules/bad.cedar: is not UTF-8 text",
        ] {
            assert!(told.contains(part), "{told}");
        }
        assert!(matches!(
            Bundle::read(&dir.path().join("none")),
            Err(Error::Invalid(_))
        ));
    }
}
