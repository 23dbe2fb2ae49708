//! Sends a branch out: to the remote with a lease, or into the local repository by compare-and-swap.

use std::time::Duration;

use trail_port::workspace::{Error, Pushed};
use trail_record::CommitId;

use crate::repository::Repository;

/// How long a push may take.
const PUSH: Duration = Duration::from_secs(300);

/// Publishes `head` as `branch` if the branch is where `expected` says.
pub(crate) async fn publish(
    repository: &Repository,
    environment: &[(String, String)],
    branch: &str,
    head: &CommitId,
    expected: Option<&CommitId>,
) -> Result<Pushed, Error> {
    let full = full_name(repository, branch).await?;
    let head = repository.commit(head).await?;
    let expected = expected
        .map(|id| crate::repository::object_id(id.as_str()))
        .transpose()?;
    match &repository.remote {
        Some((name, url)) => {
            push(
                repository,
                environment,
                name,
                &full,
                &head,
                expected,
                branch,
            )
            .await?;
            Ok(Pushed {
                remote: Some(url.clone()),
            })
        }
        None => {
            local(repository, &full, &head, expected, branch).await?;
            Ok(Pushed { remote: None })
        }
    }
}

/// Returns the full ref name of a branch that git would accept.
async fn full_name(repository: &Repository, branch: &str) -> Result<String, Error> {
    let full = format!("refs/heads/{branch}");
    let tame = !branch.starts_with('-') && branch != "HEAD" && !branch.contains('\0');
    let call = repository.git.call(
        &repository.site,
        ["check-ref-format", &full.replace('\0', " ")],
    );
    if tame && call.run().await?.code == 0 {
        Ok(full)
    } else {
        Err(Error::Repository(format!(
            "{branch:?} is no valid branch name"
        )))
    }
}

/// Pushes with a lease: the remote's branch must be where it was expected, or absent.
async fn push(
    repository: &Repository,
    environment: &[(String, String)],
    remote: &str,
    full: &str,
    head: &str,
    expected: Option<&str>,
    branch: &str,
) -> Result<(), Error> {
    let lease = format!("--force-with-lease={full}:{}", expected.unwrap_or_default());
    let refspec = format!("{head}:{full}");
    let args = [
        "push",
        "--porcelain",
        "--no-verify",
        // Outranks `remote.<name>.receivepack`, which may name any program.
        "--receive-pack=git-receive-pack",
        &lease,
        "--end-of-options",
        remote,
        refspec.as_str(),
    ];
    let mut call = repository.git.call(&repository.site, args).time(PUSH);
    for (name, value) in environment {
        call = call.env(name, value);
    }
    let output = call.run().await?;
    if output.code == 0 {
        return Ok(());
    }
    let report = String::from_utf8_lossy(&output.stdout);
    let refused = report
        .lines()
        .find(|line| line.starts_with('!'))
        .unwrap_or_default();
    let moved = [
        "stale info",
        "cannot lock ref",
        "incorrect old value",
        "fetch first",
    ];
    if moved.iter().any(|reason| refused.contains(reason)) {
        return Err(Error::Moved {
            branch: branch.to_owned(),
        });
    }
    let why = if refused.is_empty() {
        output.stderr
    } else {
        crate::git::cut(refused)
    };
    Err(Error::Failed(format!(
        "pushing {branch} to {remote} failed: {why}"
    )))
}

/// Moves a local branch, unless somebody has it checked out.
async fn local(
    repository: &Repository,
    full: &str,
    head: &str,
    expected: Option<&str>,
    branch: &str,
) -> Result<(), Error> {
    let listed = repository
        .git
        .call(&repository.site, ["worktree", "list", "--porcelain", "-z"]);
    let listed = listed.ok().await?;
    let checked_out = format!("branch {full}");
    if listed
        .split(|byte| *byte == 0)
        .any(|line| line == checked_out.as_bytes())
    {
        return Err(Error::Repository(format!(
            "branch {branch} is checked out in a working copy, which would no longer fit it; \
             switch that copy to another branch or configure another branch name"
        )));
    }
    let none = "0".repeat(head.len());
    let old = expected.unwrap_or(&none);
    let args = [
        "update-ref",
        "-m",
        "trail: publish",
        "--end-of-options",
        full,
        head,
        old,
    ];
    let output = identified(repository, &args).run().await?;
    if output.code == 0 {
        return Ok(());
    }
    match repository.branch(branch).await? {
        Some(at) if at.as_str() == head => Ok(()),
        at if at.as_ref().map(CommitId::as_str) != expected => Err(Error::Moved {
            branch: branch.to_owned(),
        }),
        _ => Err(Error::Failed(format!(
            "updating branch {branch} failed: {}",
            output.stderr
        ))),
    }
}

/// Prepares a call that may write a reflog, which needs an identity.
pub(crate) fn identified(repository: &Repository, args: &[&str]) -> crate::git::Call {
    repository
        .git
        .call(&repository.site, args)
        .env("GIT_COMMITTER_NAME", "Trail")
        .env("GIT_COMMITTER_EMAIL", "trail@trail.invalid")
}
