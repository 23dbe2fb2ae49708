//! Pull requests: opened once, found again, and never another's.
//!
//! GitHub has no key for them either: one open pull request per branch and base is its own rule,
//! and a second one is answered 422. So the branch's pull requests are looked at before, and again
//! after a lost reply. The branch must be in the repository itself; heads in forks are not supported.

use http::Method;
use trail_port::forge::{NewPullRequest, Opened};
use trail_port::tracker::Error;

use crate::failure::Failure;
use crate::{GitHub, name, wire};

/// How often a pull request is looked at again whose head may lag behind its branch.
const LOOKS: u32 = 4;
/// The most characters of a title and of a body.
const MAX_TITLE: usize = 256;
const MAX_BODY: usize = 65_536;

/// What the pull requests of a branch mean for opening one.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Found {
    /// There is none.
    Nothing,
    /// It was opened by us, for this commit.
    Ours { url: String },
    /// It is ours and open, but for another commit; GitHub may be about to notice the push.
    Behind { why: String },
    /// It is not ours to use.
    Foreign { why: String },
}

/// What a pull request must be for us to call it ours.
struct Wanted<'a> {
    new: &'a NewPullRequest,
    base: &'a str,
    repository: u64,
    me: u64,
}

impl GitHub {
    /// Opens a pull request, or finds the one that an earlier call opened.
    pub(crate) async fn open_once(&self, new: &NewPullRequest) -> Result<Opened, Error> {
        checked(new)?;
        let repository = self.repository().await?;
        let base = match &self.inner.settings.base {
            Some(base) => base.clone(),
            None => repository.default_branch.clone(),
        };
        if base == new.branch {
            return Err(Error::Refused(format!(
                "branch {base:?} cannot go into itself; set another base branch"
            )));
        }
        let wanted = Wanted {
            new,
            base: &base,
            repository: repository.id,
            me: self.account().await?.id,
        };
        if let Some(url) = self.own_pull(&wanted, &repository).await? {
            return Ok(Opened { url, already: true });
        }
        self.stands_at(new).await?;
        let body = serde_json::json!({
            "title": new.title, "body": new.body, "head": new.branch, "base": base,
            "maintainer_can_modify": false,
        });
        let what = format!("a pull request of branch {:?}", new.branch);
        let made = self
            .write(Method::POST, &self.path("/pulls"), Some(&body), &what)
            .await
            .and_then(|answer| answer.json::<wire::Pull>());
        match made {
            Ok(pull) if pull.head.sha == new.head.as_str() => Ok(Opened {
                url: pull.html_url,
                already: false,
            }),
            Ok(pull) => Err(Error::Refused(format!(
                "branch {:?} moved to {} while pull request #{} was opened for {}; close it and push \
                 again",
                new.branch, pull.head.sha, pull.number, new.head
            ))),
            Err(failure) => {
                let exists = failure.reasons.contains("already exists");
                if !exists && !failure.is_doubt() {
                    return Err(failure.into());
                }
                tokio::time::sleep(self.http().timeouts.settle / 4).await;
                match self.own_pull(&wanted, &repository).await? {
                    Some(url) => Ok(Opened {
                        url,
                        already: exists,
                    }),
                    None if exists => Err(Error::Refused(format!(
                        "GitHub says that branch {:?} has a pull request, but shows none",
                        new.branch
                    ))),
                    None => Err(failure.into()),
                }
            }
        }
    }

    /// Finds our own pull request; fails if the branch has one that is not ours.
    async fn own_pull(
        &self,
        wanted: &Wanted<'_>,
        repository: &wire::Repository,
    ) -> Result<Option<String>, Error> {
        let head = format!("{}:{}", repository.owner.login, wanted.new.branch);
        let path = self.path(&format!(
            "/pulls?state=all&head={}&per_page=100",
            name::escaped(&head)
        ));
        let what = format!("pull requests of branch {:?}", wanted.new.branch);
        let mut looks = 0;
        loop {
            let pulls: Vec<wire::Pull> = self
                .http()
                .list(&path, &what, |own: &wire::Pull| own.number)
                .await?;
            match found(&pulls, wanted) {
                Found::Nothing => return Ok(None),
                Found::Ours { url } => return Ok(Some(url)),
                Found::Foreign { why } => return Err(Error::Refused(why)),
                Found::Behind { why } => {
                    looks += 1;
                    if looks == LOOKS {
                        return Err(Error::Refused(why));
                    }
                    tokio::time::sleep(self.http().timeouts.settle / 4).await;
                }
            }
        }
    }

    /// Makes sure that the branch stands at the commit that was approved.
    async fn stands_at(&self, new: &NewPullRequest) -> Result<(), Error> {
        let branch: Vec<String> = new.branch.split('/').map(name::escaped).collect();
        let path = self.path(&format!("/git/ref/heads/{}", branch.join("/")));
        let what = format!("branch {:?}", new.branch);
        match self.http().get::<wire::Reference>(&path, &what).await {
            Ok(reference) if reference.object.sha == new.head.as_str() => Ok(()),
            Ok(reference) => Err(Error::Refused(format!(
                "branch {:?} stands at {}, not at {}; somebody else pushed to it",
                new.branch, reference.object.sha, new.head
            ))),
            Err(failure) if failure.is_missing() => Err(Error::Refused(format!(
                "there is no branch {:?} on GitHub; it must be pushed first",
                new.branch
            ))),
            Err(failure) => Err(Failure::into(failure)),
        }
    }
}

fn checked(new: &NewPullRequest) -> Result<(), Error> {
    if new.title.trim().is_empty() || new.title.chars().any(char::is_control) {
        return Err(Error::Refused(
            "a title is one line and not empty".to_owned(),
        ));
    }
    for (what, text, most) in [
        ("title", &new.title, MAX_TITLE),
        ("body", &new.body, MAX_BODY),
    ] {
        let length = text.chars().count();
        if length > most {
            return Err(Error::Refused(format!(
                "the {what} of the pull request has {length} characters, GitHub takes {most}"
            )));
        }
    }
    if new.branch.is_empty()
        || new
            .branch
            .split('/')
            .any(|own| matches!(own, "" | "." | ".."))
    {
        return Err(Error::Refused(format!("{:?} is no branch", new.branch)));
    }
    Ok(())
}

/// Tells what the pull requests of a branch mean.
fn found(pulls: &[wire::Pull], wanted: &Wanted<'_>) -> Found {
    let of_branch = pulls.iter().filter(|pull| {
        // Servers that do not know the filter show all of them.
        pull.head.branch == wanted.new.branch
            && pull
                .head
                .repo
                .as_ref()
                .is_none_or(|repo| repo.id == wanted.repository)
    });
    let mut worst = Found::Nothing;
    for pull in of_branch {
        let named = format!(
            "pull request #{} of branch {:?}",
            pull.number, wanted.new.branch
        );
        let author = pull.user.as_ref();
        let found = if pull.state != "open" {
            let fate = if pull.merged_at.is_some() {
                "merged"
            } else {
                "closed"
            };
            Found::Foreign {
                why: format!("{named} was {fate}; what was decided about it stands"),
            }
        } else if author.is_none_or(|own| own.id != wanted.me) {
            let login = author.map_or("nobody", |own| own.login.as_str());
            Found::Foreign {
                why: format!("{named} was opened by {login}, not by this account"),
            }
        } else if pull.base.branch != wanted.base {
            Found::Foreign {
                why: format!(
                    "{named} goes into {:?}, not {:?}",
                    pull.base.branch, wanted.base
                ),
            }
        } else if pull.head.sha != wanted.new.head.as_str() {
            Found::Behind {
                why: format!(
                    "{named} is for commit {}, not for {}",
                    pull.head.sha, wanted.new.head
                ),
            }
        } else {
            let url = pull.html_url.clone();
            return Found::Ours { url };
        };
        if !matches!(worst, Found::Foreign { .. }) {
            worst = found;
        }
    }
    worst
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pull(number: u64, changes: serde_json::Value) -> wire::Pull {
        let mut pull = json!({
            "number": number, "html_url": format!("https://github.com/acme/vsme/pull/{number}"),
            "state": "open", "merged_at": null, "user": {"id": 7, "login": "reviewer"},
            "head": {"ref": "trail/1", "sha": "aaa", "repo": {"id": 1}},
            "base": {"ref": "main", "sha": "bbb", "repo": {"id": 1}},
        });
        for (path, value) in changes.as_object().unwrap() {
            *pull.pointer_mut(path).unwrap() = value.clone();
        }
        serde_json::from_value(pull).unwrap()
    }

    #[test]
    fn only_our_own_open_pull_request_for_the_commit_is_ours() {
        let new = NewPullRequest {
            title: "t".to_owned(),
            body: "b".to_owned(),
            branch: "trail/1".to_owned(),
            head: trail_record::CommitId::new("aaa"),
        };
        let wanted = Wanted {
            new: &new,
            base: "main",
            repository: 1,
            me: 7,
        };
        for (changes, expected) in [
            (json!({}), "ours"),
            (json!({"/head/ref": "trail/2"}), "nothing"),
            (json!({"/head/repo": {"id": 2}}), "nothing"),
            (json!({"/head/sha": "ccc"}), "for commit ccc, not for aaa"),
            (json!({"/state": "closed"}), "was closed"),
            (
                json!({"/state": "closed", "/merged_at": "2026-11-21T09:30:00Z"}),
                "was merged",
            ),
            (json!({"/user": {"id": 8, "login": "eve"}}), "opened by eve"),
            (json!({"/user": null}), "opened by nobody"),
            (json!({"/base/ref": "release"}), "goes into \"release\""),
        ] {
            let told = match found(&[pull(1, changes.clone())], &wanted) {
                Found::Nothing => "nothing".to_owned(),
                Found::Ours { .. } => "ours".to_owned(),
                Found::Behind { why } | Found::Foreign { why } => why,
            };
            assert!(told.contains(expected), "{changes}: {told}");
        }
        let both = [pull(1, json!({"/state": "closed"})), pull(2, json!({}))];
        assert!(matches!(found(&both, &wanted), Found::Ours { .. }));
    }
}
