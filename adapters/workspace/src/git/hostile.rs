//! Neutralises what a repository's own configuration could run.
//!
//! The fixed `-c` settings of [`Git`] cover keys with fixed names. Keys with a name of the
//! repository's choice (`filter.<any>.smudge`) are listed here first and then overridden one by one.

use trail_port::workspace::Error;

use super::{Git, Site};

/// Returns `-c` values that switch off every command the repository's configuration names; refuses
/// a `remote` that is reached by a program of its choice.
///
/// `remote.<name>.receivepack` cannot be overridden this way (git takes the first it finds):
/// `publish` names the program itself.
pub(crate) async fn overrides(
    git: &Git,
    site: &Site,
    remote: Option<&str>,
) -> Result<Vec<String>, Error> {
    let listed = git
        .call(site, ["config", "--list", "--name-only", "-z"])
        .ok()
        .await?;
    let mut out = Vec::new();
    for key in listed
        .split(|byte| *byte == 0)
        .filter(|key| !key.is_empty())
    {
        let Ok(key) = std::str::from_utf8(key) else {
            return Err(Error::Repository(
                "the repository's configuration has a key that is not UTF-8; mend .git/config"
                    .into(),
            ));
        };
        out.extend(switched_off(key)?);
    }
    let vcs = remote.map(|remote| format!("remote.{remote}.vcs"));
    if let Some(vcs) = vcs
        && listed
            .split(|byte| *byte == 0)
            .any(|key| key == vcs.as_bytes())
    {
        return Err(Error::Repository(format!(
            "the remote is configured with a foreign helper ({vcs}), which would run a program; \
             remove that setting to push there"
        )));
    }
    out.sort();
    out.dedup();
    Ok(out)
}

/// Returns the override of one configuration key, or none if it runs nothing.
fn switched_off(key: &str) -> Result<Option<String>, Error> {
    let Some((section, rest)) = key.split_once('.') else {
        return Ok(None);
    };
    let Some((name, variable)) = rest.rsplit_once('.') else {
        return Ok(None);
    };
    let value = match (section, variable) {
        ("filter", "clean" | "smudge" | "process") => "",
        ("filter", "required") => "false",
        ("diff", "command" | "textconv") => "",
        ("merge", "driver") => "false",
        // Credential helpers of one URL; the list is cleared as for all URLs.
        ("credential", "helper") => "",
        _ => return Ok(None),
    };
    // `-c` splits at the first `=`: a name with one could not be overridden.
    if name.contains(['=', '\n']) {
        return Err(Error::Repository(format!(
            "the repository's configuration defines {section} {name:?}, whose name cannot be \
             switched off safely; rename or remove it in .git/config"
        )));
    }
    Ok(Some(format!("{section}.{name}.{variable}={value}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_run_programs_are_switched_off_and_others_are_left() {
        let off = |key| switched_off(key).unwrap();
        assert_eq!(
            off("filter.a.b.smudge").as_deref(),
            Some("filter.a.b.smudge=")
        );
        assert_eq!(
            off("filter.lfs.required").as_deref(),
            Some("filter.lfs.required=false")
        );
        assert_eq!(off("diff.x.textconv").as_deref(), Some("diff.x.textconv="));
        assert_eq!(off("core.bare"), None);
        assert_eq!(off("remote.origin.url"), None);
        assert!(switched_off("filter.a=b.smudge").is_err());
    }
}
