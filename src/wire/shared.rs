//! What machines share besides the tracker: records that are too large for their entry, and a
//! mirror of the entries, in `refs/trail/*` of the repository's remote.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use trail_port::{Blobs, Mirror};
use trail_workspace::refs::{self, remote_url};
use trail_workspace::{RefSettings, RefStore};

use super::{Account, passed};
use crate::config::BlobKind;
use crate::output::usage;
use crate::private;
use crate::setup::Setup;

/// How many commands may read the shared history at once; each has a folder for its copy.
const READERS: usize = 4;

/// What machines share besides the tracker.
pub(crate) struct Shared {
    /// Where large records are kept.
    pub(crate) blobs: Arc<dyn Blobs>,
    /// Where accepted entries are kept; none where the tracker is Trail's own.
    pub(crate) mirror: Option<Arc<dyn Mirror>>,
}

/// Returns what a worker shares; `cache` is the folder of what its process keeps of it.
pub(crate) async fn share(
    setup: &Setup,
    account: &Account,
    cache: &Path,
) -> anyhow::Result<Shared> {
    if let Some(blobs) = of_tracker(setup, account) {
        return Ok(Shared {
            blobs,
            mirror: None,
        });
    }
    let store = open(setup, cache).await?;
    // What a history is judged by lies beside it, so that a clone of it is whole.
    let founded = store
        .found(
            &setup.operator_public()?,
            &setup.trust_envelopes()?,
            &setup.checkpoints()?,
        )
        .await;
    if let Err(error) = founded {
        match error {
            refs::Error::Damaged { .. } | refs::Error::Input(_) => {
                return Err(error).context("refs/trail");
            }
            // It is staged here, and sent when the remote can be reached or a human has disposed.
            refs::Error::Unavailable(_) | refs::Error::Rewound(_) => {
                tracing::warn!(%error, "the shared history is not up to date");
            }
        }
    }
    Ok(Shared {
        blobs: Arc::new(store.clone()),
        mirror: Some(Arc::new(store)),
    })
}

/// Returns where large records are kept, for reading.
pub(crate) async fn blobs(setup: &Setup, account: &Account) -> anyhow::Result<Arc<dyn Blobs>> {
    match of_tracker(setup, account) {
        Some(blobs) => Ok(blobs),
        None => Ok(Arc::new(refs(setup).await?)),
    }
}

/// Opens `refs/trail/*` of the remote for reading.
pub(crate) async fn refs(setup: &Setup) -> anyhow::Result<RefStore> {
    let folder = setup.layout.refs();
    private::make_dir(&folder)?;
    let mut last = None;
    // A folder that another command uses is passed over.
    for number in 1..=READERS {
        match open(setup, &folder.join(number.to_string())).await {
            Ok(store) => return Ok(store),
            Err(error) => last = Some(error),
        }
    }
    Err(last.context("there is a folder for readers")?)
}

fn of_tracker(setup: &Setup, account: &Account) -> Option<Arc<dyn Blobs>> {
    match (setup.config.blobs.kind, account) {
        (None | Some(BlobKind::Tracker), Account::Embedded(client)) => {
            Some(Arc::new(client.clone()))
        }
        _ => None,
    }
}

async fn open(setup: &Setup, cache: &Path) -> anyhow::Result<RefStore> {
    let own = &setup.config.blobs;
    let named = own.remote.as_deref().ok_or_else(|| {
        usage(
            "it is not said where large records are kept",
            "set blobs.remote in trail.toml",
        )
    })?;
    let remote = address(setup, named).await?;
    let mut settings = RefSettings::new(remote.clone(), cache);
    settings.push_environment = passed(&own.push_env);
    let opened = RefStore::open(settings).await;
    opened.with_context(|| format!("refs/trail of {remote}"))
}

/// Returns the address of a remote that is named as the repository names it, or is an address.
async fn address(setup: &Setup, named: &str) -> anyhow::Result<String> {
    if named.contains(['/', ':']) {
        return Ok(named.to_owned());
    }
    let repository = setup.repository();
    let address = remote_url(&repository, named).await.map_err(|error| {
        usage(
            error.to_string(),
            "add it with `git remote add`, or set blobs.remote to an address",
        )
    })?;
    // A path is meant from the repository, which is not where the copy lies.
    if !address.contains(':') && Path::new(&address).is_relative() {
        return Ok(repository.join(address).to_string_lossy().into_owned());
    }
    Ok(address)
}
