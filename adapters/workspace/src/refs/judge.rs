//! Whether what the remote holds now is what was seen before and more, or less, or something else.

use trail_port::mirror::{MAX_NAMED, Rewound};
use trail_record::{Blob, Digest};

use super::cache::{Cache, Change};
use super::objects::Objects;
use super::{Error, layout};

/// How many commits are walked before git is asked.
const NEAR: u32 = 64;

/// Compares the head `is` with `was`, the last one that was taken; returns what went backwards.
pub(super) async fn judge(
    cache: &Cache,
    objects: &Objects,
    was: &str,
    is: Option<&str>,
) -> Result<Option<Rewound>, Error> {
    let Some(head) = is else {
        return Ok(Some(Rewound {
            was: was.to_owned(),
            is: None,
            lost: None,
            paths: Vec::new(),
        }));
    };
    if head == was {
        return Ok(None);
    }
    let lost = lost(cache, objects, was, head).await?;
    if lost.is_empty() && descends(cache, objects, head, was).await? {
        return Ok(None);
    }
    Ok(Some(Rewound {
        was: was.to_owned(),
        is: Some(head.to_owned()),
        lost: Some(lost.len() as u64),
        paths: lost
            .into_iter()
            .map(|change| change.path)
            .take(MAX_NAMED)
            .collect(),
    }))
}

/// Tells whether `head` holds `before` in its history. The next commits are read here; only where
/// those do not tell is git asked.
pub(super) async fn descends(
    cache: &Cache,
    objects: &Objects,
    head: &str,
    before: &str,
) -> Result<bool, Error> {
    let mut at = head.to_owned();
    for _ in 0..NEAR {
        let Some(parent) = objects.parent(&at).await? else {
            break;
        };
        if parent == before {
            return Ok(true);
        }
        at = parent;
    }
    cache.descends(head, before).await
}

/// Returns the files of `was` that `is` does not hold, or holds otherwise than added to.
pub(super) async fn lost(
    cache: &Cache,
    objects: &Objects,
    was: &str,
    is: &str,
) -> Result<Vec<Change>, Error> {
    let mut lost = Vec::new();
    for change in cache.changes(was, is).await? {
        if change.was.is_some() && !only_added(objects, &change, was, is).await? {
            lost.push(change);
        }
    }
    Ok(lost)
}

/// Tells whether a changed file is what it was and more, or a blob that was mended.
async fn only_added(
    objects: &Objects,
    change: &Change,
    was: &str,
    is: &str,
) -> Result<bool, Error> {
    if !change.stands {
        return Ok(false);
    }
    let Some(after) = objects.file(is, &change.path).await? else {
        return Ok(false);
    };
    if let Some(digest) = layout::digest(&change.path) {
        return Ok(Digest::<Blob>::of(&after) == digest);
    }
    if !layout::grows(&change.path) {
        return Ok(false);
    }
    let before = objects.file(was, &change.path).await?.unwrap_or_default();
    Ok(before.ends_with(b"\n") && after.starts_with(&before))
}
