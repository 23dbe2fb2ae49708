//! What must hold between the settings of trackers and forges of other makers.

use trail_record::Persona;

use super::super::Config;
use super::super::check::names_a_variable;
use super::{BlobKind, Credential, ForgeKind, GitHubTracker, PlaneTracker, TrackerKind};

/// Names what does not fit together; `say` takes the path of a setting, what is wrong, what to do.
pub(in crate::config) fn check(config: &Config, say: &mut impl FnMut(&[&str], &str, &str)) {
    let tracker = &config.tracker;
    match tracker.kind {
        TrackerKind::Embedded => {}
        TrackerKind::Github => {
            github_name(
                &["tracker", "github", "owner"],
                Some(&tracker.github.owner),
                say,
            );
            github_name(
                &["tracker", "github", "repo"],
                Some(&tracker.github.repo),
                say,
            );
        }
        TrackerKind::Plane => plane(config, say),
    }
    if tracker.kind != TrackerKind::Embedded
        && let Err(what) = check_url(&tracker.url)
    {
        say(
            &["tracker", "url"],
            &what,
            "write the tracker's address, such as \"https://plane.example.org\"",
        );
    }
    if tracker.kind != TrackerKind::Github && tracker.github != GitHubTracker::default() {
        say(
            &["tracker", "github"],
            &format!("the tracker is of kind {:?}", tracker.kind.as_str()),
            "set tracker.kind = \"github\", or take this section out",
        );
    }
    if tracker.kind != TrackerKind::Plane && tracker.plane != PlaneTracker::default() {
        say(
            &["tracker", "plane"],
            &format!("the tracker is of kind {:?}", tracker.kind.as_str()),
            "set tracker.kind = \"plane\", or take this section out",
        );
    }
    forge(config, say);
    blobs(config, say);
    for persona in Persona::ALL {
        let own = config.persona(persona).credential();
        let place = ["personas", persona.as_str()];
        credential(&place, own, tracker.kind == TrackerKind::Github, say);
    }
}

/// Says what is wrong with an address that tokens are sent to.
fn check_url(url: &str) -> Result<(), String> {
    let Some((scheme, rest)) = url.split_once("://") else {
        return Err(if url.is_empty() {
            "the tracker's address is not set".to_owned()
        } else {
            format!("{url:?} is no address")
        });
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.is_empty() || rest.contains(char::is_whitespace) {
        return Err(format!("{url:?} is no address"));
    }
    if authority.contains('@') {
        // It is not shown: what stands before the @ may be a password.
        return Err("a name or password stands in the address".to_owned());
    }
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    let here = ["127.0.0.1", "::1", "localhost"].contains(&host);
    match scheme {
        "https" => Ok(()),
        "http" if here => Ok(()),
        "http" => Err(format!("tokens would travel to {host} unencrypted")),
        _ => Err(format!("{url:?} is no http address")),
    }
}

fn github_name(path: &[&str], name: Option<&String>, say: &mut impl FnMut(&[&str], &str, &str)) {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    let help = "for github.com/acme/reports the owner is \"acme\" and the repository \"reports\"";
    match name.map(String::as_str) {
        None | Some("") => say(path, "it is not named", help),
        Some("." | "..") => say(path, "this is no name", help),
        Some(name) if !name.bytes().all(fits) || name.len() > 100 => {
            say(path, &format!("{name:?} cannot be a name at GitHub"), help);
        }
        Some(_) => {}
    }
}

fn plane(config: &Config, say: &mut impl FnMut(&[&str], &str, &str)) {
    let own = &config.tracker.plane;
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"-_".contains(&b);
    let bad = |text: &str| text.is_empty() || !text.bytes().all(fits);
    if bad(&own.workspace) {
        say(
            &["tracker", "plane", "workspace"],
            "the workspace is not named by its slug",
            "it is the first part of the address of its pages: https://plane.example.org/<workspace>/projects/",
        );
    }
    if bad(&own.project) {
        say(
            &["tracker", "plane", "project"],
            "the project is not named",
            "write its identifier, as PROJ in PROJ-12, or its id",
        );
    }
    if own.requests_per_minute == 0 {
        say(
            &["tracker", "plane", "requests_per_minute"],
            "0 would never ask anything",
            "write what your Plane allows a token; 60 is its default",
        );
    }
}

fn forge(config: &Config, say: &mut impl FnMut(&[&str], &str, &str)) {
    let own = &config.forge;
    let credentials = own.credential();
    if own.kind != Some(ForgeKind::GitHub) {
        if !credentials.is_empty() || own.owner.is_some() || own.repo.is_some() {
            say(
                &["forge"],
                "no forge is chosen",
                "set forge.kind = \"github\", or take this section out",
            );
        }
        return;
    }
    if config.tracker.kind != TrackerKind::Github {
        github_name(&["forge", "owner"], own.owner.as_ref(), say);
        github_name(&["forge", "repo"], own.repo.as_ref(), say);
        if credentials.is_empty() {
            say(
                &["forge"],
                "it is not said with which token the reviewer opens pull requests",
                "set forge.token_file, forge.token_env, or forge.app_id and forge.app_key_file",
            );
        }
    }
    credential(&["forge"], credentials, true, say);
    if let Some(url) = &own.url
        && let Err(what) = check_url(url)
    {
        say(
            &["forge", "url"],
            &what,
            "write the address of GitHub's API",
        );
    }
    if config.repository.remote.is_none() {
        say(
            &["repository", "remote"],
            "pull requests need a pushed branch, and no remote is named",
            "name the remote that is the forge's repository, or set forge.kind = \"none\"",
        );
    }
}

fn blobs(config: &Config, say: &mut impl FnMut(&[&str], &str, &str)) {
    let own = &config.blobs;
    match own.kind {
        Some(BlobKind::Tracker) if config.tracker.kind != TrackerKind::Embedded => say(
            &["blobs", "kind"],
            &format!("{} keeps no blobs", config.tracker.kind.as_str()),
            "set blobs.kind = \"refs\": they are kept in refs/trail/* of a git remote",
        ),
        Some(BlobKind::Refs) if own.remote.is_none() => say(
            &["blobs", "remote"],
            "records are to be kept in refs/trail/* of a git remote, and none is named",
            "set blobs.remote, or repository.remote for both",
        ),
        Some(BlobKind::Tracker | BlobKind::Refs) | None => {}
    }
}

fn credential(
    place: &[&str],
    own: Credential<'_>,
    apps: bool,
    say: &mut impl FnMut(&[&str], &str, &str),
) {
    let at = |name: &'static str| [place, &[name]].concat();
    let token = own.token_file.is_some() || own.token_env.is_some();
    if own.token_file.is_some() && own.token_env.is_some() {
        say(
            &at("token_file"),
            "the token is said to be in a variable and in a file",
            "keep one of `token_env` and `token_file`",
        );
    }
    if own.token_env.is_some_and(|text| !names_a_variable(text)) {
        say(
            &at("token_env"),
            "this is not the name of a variable (A-Z, 0-9 and _)",
            "name the variable that holds the token; if the token itself stands here, take it out and revoke it",
        );
    }
    if own.token_env.is_some_and(|text| text == "TRAIL_TOKEN") {
        say(
            &at("token_env"),
            "TRAIL_TOKEN is the person's own token, which no worker may have",
            "name another variable, such as TRAIL_CODER_TOKEN",
        );
    }
    let app = own.app_id.is_some() || own.app_key_file.is_some() || own.installation.is_some();
    if app && !apps {
        say(
            &at("app_id"),
            "only GitHub has Apps",
            "use `token_file` or `token_env`",
        );
    } else if app && token {
        say(
            &at("app_id"),
            "a token and an App are named",
            "keep one of them",
        );
    } else if app && (own.app_id.is_none() || own.app_key_file.is_none()) {
        say(
            &at("app_id"),
            "an App acts by its id and its private key",
            "set both `app_id` and `app_key_file`",
        );
    }
}
