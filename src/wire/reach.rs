//! Reaching the tracker from a command: over HTTP while it is served, else in its directory.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use trail_port::{Blobs, Tracker, tracker};
use trail_record::{ItemId, ItemKey, Persona};
use trail_tracker::{Embedded, Seat};

use super::{Account, blobs, own_account};
use crate::cli::Global;
use crate::config::TrackerKind;
use crate::output::{Exit, Hinted};
use crate::setup::{self, Setup};

/// The tracker as a command that only reads reaches it.
pub(crate) struct Reach {
    /// Items and comments.
    pub(crate) tracker: Arc<dyn Tracker>,
    /// What is kept apart from the comments.
    pub(crate) blobs: Arc<dyn Blobs>,
    /// Whether a server was asked, so that workers may be at work meanwhile; otherwise the directory
    /// was opened.
    pub(crate) served: bool,
}

impl Reach {
    /// Returns the ids of all items, in the order of their last change.
    pub(crate) async fn items(&self) -> anyhow::Result<Vec<ItemId>> {
        let (mut all, mut cursor) = (Vec::new(), None);
        loop {
            let changes = self.tracker.changes(cursor.as_ref()).await?;
            for item in changes.items {
                if !all.contains(&item) {
                    all.push(item);
                }
            }
            if !changes.more {
                return Ok(all);
            }
            cursor = Some(changes.cursor);
        }
    }

    /// Returns the ids of the items with these keys, or of all if none is named.
    pub(crate) async fn named(&self, keys: &[String]) -> anyhow::Result<Vec<ItemId>> {
        if keys.is_empty() {
            return self.items().await;
        }
        let mut found = Vec::with_capacity(keys.len());
        for key in keys {
            found.push(find(self.tracker.as_ref(), key).await?);
        }
        Ok(found)
    }
}

/// Returns the id of the item with this key, as people type it.
pub(crate) async fn find(tracker: &dyn Tracker, key: &str) -> anyhow::Result<ItemId> {
    let key = key.trim().to_uppercase();
    let found = tracker.find(&ItemKey::new(key.clone())).await;
    found.map_err(|error| match error {
        tracker::Error::NotFound(_) => {
            Hinted::new(Exit::Findings, format!("there is no item {key}"))
                .help("`trail status` lists the items")
                .into()
        }
        other => other.into(),
    })
}

/// Returns the tracker for reading.
///
/// A tracker that answers over HTTP is asked with the person's own token, or with a persona's where
/// the command may read one; an embedded one that is not served is opened in its directory, as
/// whoever owns the files may.
pub(crate) async fn reach(setup: &Setup, global: &Global) -> anyhow::Result<Reach> {
    if setup.config.tracker.kind == TrackerKind::Embedded
        && setup.layout.tracker().is_dir()
        && !is_served(&setup.config.tracker.url).await
    {
        return embedded(setup).await;
    }
    let account = match setup::human_token(global)? {
        Some(_) => own_account(setup, global)?,
        None => Account::of(setup, Persona::Reviewer)
            .context("reading the tracker takes your own token (TRAIL_TOKEN) or a persona's")?,
    };
    reach_as(setup, &account).await
}

/// Returns the tracker as the person who runs the command.
pub(crate) async fn own_reach(setup: &Setup, global: &Global) -> anyhow::Result<Reach> {
    reach_as(setup, &own_account(setup, global)?).await
}

async fn reach_as(setup: &Setup, account: &Account) -> anyhow::Result<Reach> {
    let tracker = account.tracker();
    let project = tracker.project().await?;
    if project != setup.project() {
        let url = &setup.config.tracker.url;
        let message = format!(
            "the tracker at {url} carries project {project}, not {}",
            setup.project()
        );
        return Err(Hinted::new(Exit::Usage, message)
            .help("mend [tracker] in trail.toml, or take the set-up of that project")
            .into());
    }
    Ok(Reach {
        tracker,
        blobs: blobs(setup, account).await?,
        served: true,
    })
}

/// Opens the tracker's directory and takes a persona's place in it.
async fn embedded(setup: &Setup) -> anyhow::Result<Reach> {
    let (embedded, seat) = seat(setup).await?;
    Ok(Reach {
        tracker: Arc::new(seat),
        blobs: Arc::new(embedded),
        served: false,
    })
}

async fn seat(setup: &Setup) -> anyhow::Result<(Embedded, Seat)> {
    let dir = setup.layout.tracker();
    let opened = tokio::task::spawn_blocking(move || {
        let embedded = Embedded::open_existing(&dir)?;
        let account = embedded
            .users()?
            .into_iter()
            .find(|account| !account.disabled)
            .ok_or_else(|| {
                trail_tracker::Error::NotFound("an account of the tracker".to_owned())
            })?;
        let seat = embedded.as_user(&account.id)?;
        Ok::<_, trail_tracker::Error>((embedded, seat))
    });
    Ok(opened.await??)
}

/// Tells whether something answers at the tracker's address.
pub(crate) async fn is_served(url: &str) -> bool {
    let Some(address) = address(url) else {
        // Whatever is wrong with the address is said when it is asked.
        return true;
    };
    let connect = tokio::net::TcpStream::connect(address);
    tokio::time::timeout(Duration::from_secs(2), connect)
        .await
        .is_ok_and(|connected| connected.is_ok())
}

/// Returns host and port of an address such as `http://127.0.0.1:7300`.
fn address(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split('/').next()?;
    let port = if scheme == "https" { 443 } else { 80 };
    let has_port = host
        .rsplit_once(':')
        .is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    Some(if has_port {
        host.to_owned()
    } else {
        format!("{host}:{port}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_tracker_has_a_port() {
        for (url, expected) in [
            ("http://127.0.0.1:7300", Some("127.0.0.1:7300")),
            ("https://tracker.example/x", Some("tracker.example:443")),
            ("http://[::1]:80/", Some("[::1]:80")),
            ("http://[::1]", Some("[::1]:80")),
            ("nothing", None),
        ] {
            assert_eq!(address(url).as_deref(), expected, "{url}");
        }
    }
}
