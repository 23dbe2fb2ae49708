//! Makes sure that files in a worktree are the very bytes of their blobs.
//!
//! What is approved, sealed, tested and committed must be the same bytes, so attributes that convert
//! (line ends, `$Id$`, encodings) must not apply. Those in `.gitattributes` files are switched off by
//! `GIT_ATTR_SOURCE`, which git knows since 2.41; those in `.git/info/attributes` cannot be.

use trail_port::workspace::Error;

use super::{Git, Site};

/// The first git that reads attributes from where it is told.
const NEEDED: (u32, u32) = (2, 41);

/// Refuses a repository whose attributes would convert files and cannot be switched off.
pub(crate) async fn check(git: &Git, site: &Site, base: &str) -> Result<(), Error> {
    if let Some(dir) = &site.git_dir {
        let file = dir.join("info/attributes");
        let text = std::fs::read(&file).unwrap_or_default();
        if let Some(attribute) = converting(&String::from_utf8_lossy(&text)) {
            return Err(Error::Repository(format!(
                "{} sets `{attribute}`, which would make files differ from what is committed; move \
                 that line to a .gitattributes file",
                file.display()
            )));
        }
    }
    let version = git.call(site, ["version"]).text().await?;
    if parsed(&version).is_some_and(|version| version >= NEEDED) {
        return Ok(());
    }
    let names = git.call(
        site,
        [
            "ls-tree",
            "-r",
            "-z",
            "--name-only",
            "--end-of-options",
            base,
        ],
    );
    for name in names.ok().await?.split(|byte| *byte == 0) {
        let Ok(name) = std::str::from_utf8(name) else {
            continue;
        };
        if name.rsplit('/').next() != Some(".gitattributes") {
            continue;
        }
        let text = git
            .call(site, ["cat-file", "blob", &format!("{base}:{name}")])
            .text()
            .await?;
        if let Some(attribute) = converting(&text) {
            return Err(Error::Repository(format!(
                "{name} sets `{attribute}`, which only git {}.{} or newer can switch off; this is \
                 {version:?}",
                NEEDED.0, NEEDED.1
            )));
        }
    }
    Ok(())
}

/// Returns the first attribute of the file that converts contents.
fn converting(text: &str) -> Option<&str> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.starts_with('#'))
        .flat_map(|line| line.split_whitespace().skip(1))
        .find(|attribute| {
            let name = attribute.split('=').next().unwrap_or_default();
            matches!(
                name,
                "text" | "eol" | "crlf" | "ident" | "working-tree-encoding"
            )
        })
}

/// Returns major and minor of `git version 2.47.3`.
fn parsed(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.split_whitespace().nth(2)?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn converting_attributes_are_found_and_harmless_ones_are_not() {
        assert_eq!(
            converting("# text\n*.png binary -text\n*.ipynb filter=x diff=y"),
            None
        );
        assert_eq!(converting("*.c diff=c\n* text=auto\n"), Some("text=auto"));
        assert_eq!(converting("*.bat eol=crlf"), Some("eol=crlf"));
        assert_eq!(parsed("git version 2.47.3"), Some((2, 47)));
        assert_eq!(parsed("git version 2.39.5 (Apple Git-154)"), Some((2, 39)));
    }
}
