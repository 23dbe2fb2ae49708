//! Brings the remote's base branch into this clone, beside its own branches.

use std::time::Duration;

use trail_port::workspace::Error;
use trail_record::CommitId;

use crate::repository::Repository;

/// How long a fetch may take.
const FETCH: Duration = Duration::from_secs(600);
/// Where the remote's branches are kept: no branch or remote-tracking ref of the user is touched.
const KEPT: &str = "refs/trail-fetched";

/// Fetches the remote's base branch and returns the commit it is at.
pub(crate) async fn base(
    repository: &Repository,
    environment: &[(String, String)],
) -> Result<CommitId, Error> {
    let base = &repository.base;
    let Some((remote, url)) = &repository.remote else {
        return Err(Error::Repository(
            "no remote is configured to fetch from".into(),
        ));
    };
    let kept = format!("{KEPT}/{base}");
    let refspec = format!("+refs/heads/{base}:{kept}");
    let args = [
        "fetch",
        "--quiet",
        "--no-tags",
        "--no-write-fetch-head",
        // Else the remote-tracking branch would move along.
        "--refmap=",
        "--no-recurse-submodules",
        "--no-auto-maintenance",
        // Outranks `remote.<name>.uploadpack`, which may name any program.
        "--upload-pack=git-upload-pack",
        "--end-of-options",
        remote,
        refspec.as_str(),
    ];
    let mut call = repository.git.call(&repository.site, args).time(FETCH);
    for (name, value) in environment {
        call = call.env(name, value);
    }
    let output = call.run().await?;
    if output.code != 0 {
        return Err(Error::Failed(format!(
            "fetching {base} from {remote} ({url}) failed: {}",
            output.stderr
        )));
    }
    let found = repository.fetched(&kept).await?;
    found.ok_or_else(|| Error::Repository(format!("{remote} has no branch {base:?}")))
}
