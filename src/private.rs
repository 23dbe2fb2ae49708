//! Files that only their owner may read: keys and tokens.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use anyhow::Context as _;
use secrecy::SecretString;
use trail_record::Keypair;

use crate::output::{Exit, Hinted};

/// The most bytes of a key or token file.
const LONGEST: u64 = 64 * 1024;

/// Makes a folder, and those above it, that only the owner may enter.
pub(crate) fn make_dir(path: &Path) -> anyhow::Result<()> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.with_context(|| format!("cannot make the folder {}", path.display()))
}

/// Writes a new file that only the owner may read; never over one that is there.
pub(crate) fn write_new(path: &Path, text: &str) -> anyhow::Result<()> {
    let open = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    let mut file = open.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => anyhow::Error::from(
            Hinted::new(Exit::Usage, format!("{} is there already", path.display()))
                .help("nothing was overwritten; move it away if it is not needed any more"),
        ),
        _ => anyhow::Error::new(error).context(format!("cannot write {}", path.display())),
    })?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .with_context(|| format!("cannot write {}", path.display()))
}

/// Puts another text into a private file, whole or not at all.
pub(crate) fn replace(path: &Path, text: &str) -> anyhow::Result<()> {
    let folder = path.parent().context("a file lies in a folder")?;
    let mut draft = tempfile::Builder::new()
        .prefix(".draft-")
        .tempfile_in(folder)
        .with_context(|| format!("cannot write in {}", folder.display()))?;
    draft.write_all(text.as_bytes())?;
    draft.as_file().sync_all()?;
    draft
        .persist(path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(())
}

/// Reads a private file, refusing one that others may read.
pub(crate) fn read(path: &Path, what: &str) -> anyhow::Result<String> {
    if let Some(mode) = open_mode(path)? {
        let shown = path.display();
        return Err(Hinted::new(
            Exit::Usage,
            format!("others may read {what} in {shown} (mode {mode:03o})"),
        )
        .help(format!(
            "run `chmod 600 {shown}`; if somebody may have read it, replace it"
        ))
        .into());
    }
    let mut text = String::new();
    let read = fs::File::open(path).and_then(|file| file.take(LONGEST).read_to_string(&mut text));
    read.with_context(|| format!("cannot read {what} in {}", path.display()))?;
    Ok(text)
}

/// Returns the mode of a file that others than its owner may read or write; none if nobody may.
pub(crate) fn open_mode(path: &Path) -> anyhow::Result<Option<u32>> {
    let about = fs::metadata(path).map_err(|error| {
        let message = format!("{} cannot be opened: {error}", path.display());
        Hinted::new(Exit::Usage, message).help("`trail doctor` checks the whole set-up")
    })?;
    let mode = about.mode() & 0o777;
    Ok((mode & 0o077 != 0).then_some(mode))
}

/// Reads a private key.
pub(crate) fn read_key(path: &Path, what: &str) -> anyhow::Result<Keypair> {
    let pem = SecretString::from(read(path, what)?);
    let key = Keypair::from_pem(secrecy::ExposeSecret::expose_secret(&pem));
    key.with_context(|| format!("{what} in {}", path.display()))
}

/// Reads a token: one line.
pub(crate) fn read_token(path: &Path, what: &str) -> anyhow::Result<SecretString> {
    let text = read(path, what)?;
    let token = text.trim();
    if token.is_empty() || token.contains(char::is_whitespace) {
        let message = format!("{} does not hold one token", path.display());
        return Err(Hinted::new(Exit::Usage, message).into());
    }
    Ok(token.into())
}

/// Reads a credential the service manager gave this process: a file of this name in
/// `$CREDENTIALS_DIRECTORY` (systemd.exec(5), LoadCredential=). The manager guards the folder, so the
/// file's mode, which may show an access list, is not looked at.
pub(crate) fn credential(name: &str) -> anyhow::Result<Option<SecretString>> {
    let Some(folder) = std::env::var_os("CREDENTIALS_DIRECTORY") else {
        return Ok(None);
    };
    let path = Path::new(&folder).join(name);
    if !path.is_file() {
        return Ok(None);
    }
    let mut text = String::new();
    let read = fs::File::open(&path).and_then(|file| file.take(LONGEST).read_to_string(&mut text));
    read.with_context(|| format!("cannot read the credential {}", path.display()))?;
    Ok(Some(text.trim().into()))
}

/// Makes a new key pair.
pub(crate) fn new_key() -> anyhow::Result<Keypair> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(Keypair::from_seed(&seed))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn private_files_are_never_overwritten_nor_readable_by_others() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key.pem");
        let key = new_key().unwrap();
        write_new(&path, &key.to_pem()).unwrap();
        assert!(write_new(&path, "other").is_err());
        assert_eq!(read_key(&path, "the key").unwrap().public(), key.public());
        replace(&path, &key.to_pem()).unwrap();
        assert_eq!(open_mode(&path).unwrap(), None);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let said = read_key(&path, "the key").unwrap_err().to_string();
        assert!(said.contains("640"), "{said}");
        assert_ne!(new_key().unwrap().public(), key.public());
    }
}
