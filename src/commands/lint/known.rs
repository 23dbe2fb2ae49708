//! Where the criteria come from: a file, a history, what this machine remembers, the tracker.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::json;
use trail_item::{Fold, Stage};
use trail_lint::Known;
use trail_lint::known::{Criterion, Item, Removed, State};
use trail_port::Blobs as _;
use trail_reader::history::Blobs;
use trail_reader::{Judged, Story};
use trail_record::chain::{self, Subject};
use trail_record::trust::TrustSet;
use trail_record::verify::verify;
use trail_record::{Blob, Digest, Kind};

use super::{Criteria, Place};
use crate::cli::Global;
use crate::config::BlobKind;
use crate::memory::Memories;
use crate::output::{self, Exit, usage};
use crate::reading::{Reading, Source};
use crate::setup::Setup;
use crate::wire;

/// The criteria of a repository that has no set-up.
const OWN: &str = "trail-criteria.json";

/// Returns what items and criteria there are, and what people should know of where that is from.
pub(super) async fn of(
    global: &Global,
    args: &Criteria,
    place: &Place,
) -> anyhow::Result<(Known, Vec<String>)> {
    if let Some(file) = &args.criteria {
        return Ok((read(file)?, Vec::new()));
    }
    if args.source.history.is_some() {
        return by_reading(global, &args.source).await;
    }
    if let Some(setup) = &place.setup {
        if !args.fresh {
            let remembered = remembered(setup).await?;
            if !remembered.is_empty() {
                return by_memory(remembered);
            }
        }
        return by_tracker(global, setup).await;
    }
    let file = place.root.join(OWN);
    if file.is_file() {
        return Ok((read(&file)?, Vec::new()));
    }
    Err(usage(
        "it is not known which criteria there are",
        format!(
            "name a set-up with --dir, a file with --criteria, or put {OWN} into the repository; `trail lint --write-criteria FILE` writes one where there is a set-up"
        ),
    ))
}

/// Writes the criteria to a file.
pub(super) fn write(
    global: &Global,
    known: &Known,
    notes: &[String],
    file: &Path,
) -> anyhow::Result<Exit> {
    std::fs::write(file, known.to_json()).map_err(|error| {
        usage(
            format!("{}: {error}", file.display()),
            "name a file that can be written",
        )
    })?;
    let (items, criteria) = (known.items().count(), known.criteria());
    let told = json!({
        "written": file, "items": items, "criteria": criteria, "notes": notes,
    });
    output::show(global.json, &told, |_| {
        let notes: String = notes.iter().map(|own| format!("note: {own}\n")).collect();
        let file = file.display();
        format!("{notes}{file}: {criteria} criteria of {items} items\n")
    })?;
    Ok(Exit::Ok)
}

fn read(file: &Path) -> anyhow::Result<Known> {
    let wrong = |problem: String| {
        usage(
            format!("{}: {problem}", file.display()),
            "`trail lint --write-criteria FILE` writes such a file",
        )
    };
    let bytes = std::fs::read(file).map_err(|error| wrong(error.to_string()))?;
    Known::from_json(&bytes).map_err(|error| wrong(error.to_string()))
}

async fn by_reading(global: &Global, source: &Source) -> anyhow::Result<(Known, Vec<String>)> {
    let reading = Reading::of(global, source, &[]).await?;
    let mut notes: Vec<String> = reading.note.iter().cloned().collect();
    notes.extend(unverified(&reading));
    Ok((known(&reading.stories(), &mut notes)?, notes))
}

async fn by_tracker(global: &Global, setup: &Setup) -> anyhow::Result<(Known, Vec<String>)> {
    let reach = wire::reach(setup, global).await?;
    let items = reach.items().await?;
    let reading = Reading::gather(setup, &reach, &items, None).await?;
    let mut notes: Vec<String> = unverified(&reading).into_iter().collect();
    Ok((known(&reading.stories(), &mut notes)?, notes))
}

/// Says that histories have findings: what they ask for may not be what was agreed.
fn unverified(reading: &Reading) -> Option<String> {
    let keys: Vec<&str> = reading
        .judged
        .iter()
        .filter(|own| !own.judgement.findings.is_empty())
        .map(|own| own.subject.key.as_str())
        .collect();
    (!keys.is_empty()).then(|| {
        format!(
            "the history of {} does not verify, see `trail verify`: its criteria may not be what was agreed",
            keys.join(", ")
        )
    })
}

fn by_memory(stories: Vec<Story>) -> anyhow::Result<(Known, Vec<String>)> {
    let mut notes = vec![format!(
        "the criteria are those of {} as this machine remembers them; --fresh asks the tracker",
        trail_item::text::count(stories.len(), "item")
    )];
    Ok((known(&stories, &mut notes)?, notes))
}

/// Tells the stories of the items that workers of this machine, or its copy of the shared history,
/// remember. Nothing outside this machine is asked.
async fn remembered(setup: &Setup) -> anyhow::Result<Vec<Story>> {
    let Ok(trust) = setup.trust() else {
        return Ok(Vec::new());
    };
    let memories = Memories::local(setup, &trust).await?;
    let checkpoints = setup.checkpoints()?;
    let mut stories = Vec::new();
    for (item, (last, _)) in memories.items() {
        let subject = Subject {
            project: setup.project(),
            item,
            key: last.signed.entry.key.clone(),
        };
        let (known, _) = memories.of(&subject);
        let blobs = Blobs::Memory(kept_apart(setup, &known).await);
        let mut fold = Fold::default();
        let assembly = chain::assemble(&subject, &[], &known, &trust, &mut fold);
        let judgement = verify(&subject, &assembly, &trust, &checkpoints, &blobs);
        let judged = Judged {
            subject,
            assembly,
            judgement,
        };
        stories.push(story(&judged, &trust, &blobs));
    }
    Ok(stories)
}

fn story(judged: &Judged, trust: &TrustSet, blobs: &Blobs) -> Story {
    Story::of(judged, Some(trust), blobs)
}

/// Gets the tasks that are kept apart from their entries, as far as this machine has them.
async fn kept_apart(setup: &Setup, known: &[chain::Known]) -> BTreeMap<Digest<Blob>, Vec<u8>> {
    let mut found = BTreeMap::new();
    let wanted: Vec<Digest<Blob>> = known
        .iter()
        .flat_map(|own| &own.signed.entry.records)
        .filter(|own| own.record.is_none() && own.kind == Kind::Spec)
        .map(|own| own.digest.cast())
        .collect();
    if wanted.is_empty() || setup.config.blobs.kind != Some(BlobKind::Refs) {
        return found;
    }
    let Ok(refs) = wire::refs(setup).await else {
        return found;
    };
    for digest in wanted {
        // What is missing is told as unread.
        if let Ok(Some(bytes)) = refs.get(&digest).await {
            found.insert(digest, bytes);
        }
    }
    found
}

/// Takes items and criteria from histories.
pub(super) fn known(stories: &[Story], notes: &mut Vec<String>) -> anyhow::Result<Known> {
    let mut items: Vec<Item> = stories.iter().filter_map(item).collect();
    let unread: Vec<&str> = items
        .iter()
        .filter(|own| own.unread)
        .map(|own| own.key.as_str())
        .collect();
    if !unread.is_empty() {
        notes.push(format!(
            "the criteria of {} are kept where this machine cannot read them now; --fresh asks the tracker",
            unread.join(", ")
        ));
    }
    items.sort_by(|one, other| one.key.cmp(&other.key));
    Known::new(items).map_err(|error| {
        usage(
            format!("the histories name the same thing twice: {error}"),
            "`trail verify` shows more",
        )
    })
}

/// Takes an item's criteria from its history; none before it has a task.
fn item(story: &Story) -> Option<Item> {
    let unread = story.unread.iter().any(|own| own.kind == Kind::Spec);
    let newest = story.spec();
    if newest.is_none() && !unread {
        return None;
    }
    let criteria: Vec<Criterion> = newest
        .iter()
        .flat_map(|own| &own.body.criteria)
        .map(|own| Criterion {
            id: own.id.to_string(),
            revision: own.revision,
            text: own.text.clone(),
            keeps: own.keeps,
        })
        .collect();
    let mut removed: BTreeMap<String, u32> = BTreeMap::new();
    for own in story.specs.iter().flat_map(|own| &own.body.criteria) {
        let id = own.id.to_string();
        if criteria.iter().all(|now| now.id != id) {
            let last = removed.entry(id).or_default();
            *last = own.revision.max(*last);
        }
    }
    Some(Item {
        key: story.key.to_string(),
        title: newest.map(|own| own.body.title.clone()).unwrap_or_default(),
        state: state(story),
        criteria,
        removed: removed
            .into_iter()
            .map(|(id, revision)| Removed { id, revision })
            .collect(),
        unread,
    })
}

fn state(story: &Story) -> State {
    let mut stage = &story.state.stage;
    while let Stage::Stuck { back } = stage {
        stage = back;
    }
    match stage {
        Stage::Filed
        | Stage::Unfit { .. }
        | Stage::AwaitingStart { .. }
        | Stage::Ready
        | Stage::Planned
        | Stage::Proposed { .. }
        | Stage::Stuck { .. } => State::Open,
        Stage::Written | Stage::Testable | Stage::Red | Stage::Green { .. } => State::InWork,
        // What a reverting run delivers is the reverse of the work.
        Stage::Delivered { .. } if story.state.reverts().is_some() => State::Reverted,
        Stage::Delivered { .. } => State::Delivered,
        Stage::Cancelled => State::Cancelled,
    }
}
