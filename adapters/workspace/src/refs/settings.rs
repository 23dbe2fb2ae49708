//! What the shared history needs to be told.

use std::fmt;
use std::path::{Path, PathBuf};

use super::Error;
use crate::git::{Git, Site, without_credentials};

/// Settings of a [`RefStore`](super::RefStore).
#[derive(Clone)]
pub struct RefSettings {
    /// The remote's URL or path, without credentials; [`remote_url`] makes it of a remote's name.
    pub remote: String,
    /// The folder of this process for its copy; no other process may use it.
    pub cache: PathBuf,
    /// Environment of fetches and pushes only: the credential of the bus, not of a persona
    /// (`SSH_AUTH_SOCK`, `GIT_SSH_COMMAND`, `GIT_ASKPASS`, or `GIT_CONFIG_COUNT` and its pairs).
    pub push_environment: Vec<(String, String)>,
    /// Where the ref stands; the default is `refs/trail`.
    pub ref_prefix: String,
}

impl RefSettings {
    /// Returns settings with the default place of the ref and no credential.
    #[must_use]
    pub fn new(remote: impl Into<String>, cache: impl Into<PathBuf>) -> Self {
        Self {
            remote: remote.into(),
            cache: cache.into(),
            push_environment: Vec::new(),
            ref_prefix: "refs/trail".to_owned(),
        }
    }

    /// Returns them fit for use, with a relative path made whole.
    pub(super) fn checked(mut self) -> Result<Self, Error> {
        let shown = without_credentials(&self.remote);
        if shown != self.remote {
            return Err(Error::Input(format!(
                "the remote {shown} is written with a credential; take it out and give it by a \
                 credential helper or GIT_ASKPASS"
            )));
        }
        if self.remote.is_empty() || self.remote.chars().any(char::is_control) {
            return Err(Error::Input(format!(
                "{:?} is no remote; name its URL or path",
                self.remote
            )));
        }
        let path = Path::new(&self.remote);
        if path.exists() {
            let whole = std::fs::canonicalize(path)
                .map_err(|error| Error::Input(format!("{}: {error}", self.remote)))?;
            let whole = whole.to_str().map(str::to_owned);
            self.remote = whole
                .ok_or_else(|| Error::Input(format!("the path {} is not UTF-8", self.remote)))?;
        }
        if let Some((name, _)) = self
            .push_environment
            .iter()
            .find(|(name, _)| forbidden(name))
        {
            return Err(Error::Input(format!(
                "{name} cannot be given to pushes: it would lead git to another repository"
            )));
        }
        Ok(self)
    }
}

/// Tells whether a variable would change where or on what git works.
fn forbidden(name: &str) -> bool {
    matches!(
        name,
        "GIT_DIR"
            | "GIT_WORK_TREE"
            | "GIT_INDEX_FILE"
            | "GIT_COMMON_DIR"
            | "GIT_NAMESPACE"
            | "GIT_OBJECT_DIRECTORY"
            | "GIT_ALTERNATE_OBJECT_DIRECTORIES"
            | "GIT_EXEC_PATH"
    )
}

impl fmt::Debug for RefSettings {
    /// Leaves out the values of the environment, which may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self
            .push_environment
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        f.debug_struct("RefSettings")
            .field("remote", &self.remote)
            .field("cache", &self.cache)
            .field("push_environment", &names)
            .field("ref_prefix", &self.ref_prefix)
            .finish()
    }
}

/// Returns the URL that a repository's remote of this name is pushed to, without credentials.
///
/// # Errors
/// [`Error::Input`] if there is no such remote.
pub async fn remote_url(repository: &Path, name: &str) -> Result<String, Error> {
    let site = Site {
        cwd: repository.to_owned(),
        git_dir: None,
        work_tree: None,
    };
    let args = ["remote", "get-url", "--push", "--end-of-options", name];
    let output = Git::new().call(&site, args).run().await;
    let output = output.map_err(|error| Error::Unavailable(error.to_string()))?;
    let url = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if output.code != 0 || url.is_empty() {
        return Err(Error::Input(format!(
            "{} has no remote {name:?}: {}",
            repository.display(),
            output.stderr
        )));
    }
    let local = repository.join(&url);
    let path = if local.exists() { local.to_str() } else { None };
    Ok(path.map_or_else(|| without_credentials(&url), str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_in_the_remote_is_refused_and_not_shown() {
        let error = RefSettings::new("https://bus:hunter2@host/x.git", "c").checked();
        let error = error.unwrap_err().to_string();
        assert!(error.contains("https://host/x.git"), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }

    #[test]
    fn debug_output_hides_the_environments_values() {
        let mut settings = RefSettings::new("x", "c");
        settings.push_environment = vec![("GIT_ASKPASS".into(), "hunter2".into())];
        let shown = format!("{settings:?}");
        assert!(
            shown.contains("GIT_ASKPASS") && !shown.contains("hunter2"),
            "{shown}"
        );
    }

    #[test]
    fn variables_that_lead_git_elsewhere_are_refused() {
        let mut settings = RefSettings::new("x", "c");
        settings.push_environment = vec![("GIT_DIR".into(), "y".into())];
        assert!(settings.checked().is_err());
    }
}
