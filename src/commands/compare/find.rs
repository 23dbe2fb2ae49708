//! Finding the runs that are named.

use std::path::{Path, PathBuf};

use trail_reader::Story;
use trail_reader::address::{self, Named};
use trail_reader::compare::{ReplayOf, Side};
use trail_reader::graph::Graph;
use trail_record::RunId;
use trail_replay::{Root, is_replay};

use crate::cli::Global;
use crate::commands::trace::item_of;
use crate::output::{Exit, Hinted, usage};
use crate::reading::{Reading, Source, Trusting};
use crate::setup::Setup;

/// How many replays of a set-up are looked at.
const MANY: usize = 10_000;
/// How many of them an error shows.
const SHOWN: usize = 12;

/// The runs that were named, with the histories that hold them.
pub(super) struct Found {
    /// The stories of each history that was read.
    histories: Vec<Vec<Story>>,
    /// History, story in it, and run.
    runs: Vec<(usize, usize, RunId)>,
}

/// Where a named run is to be found.
enum Place {
    /// In the histories of the set-up, or of `--history`.
    Here(String),
    /// In a history directory; without a name it is the newest run of its only item.
    Dir(PathBuf, Option<String>),
}

/// A replay below `replays/`.
struct Replay {
    /// Its folder's name.
    name: String,
    dir: PathBuf,
    /// Its run, as `replay.json` says; that proves nothing, and is checked when it is read.
    run: Option<String>,
}

/// Finds all runs, in the order asked for.
pub(super) async fn all(
    global: &Global,
    source: &Source,
    trusting: Trusting,
    names: &[String],
) -> anyhow::Result<Found> {
    let replays = replays(global);
    let places: Vec<Place> = names.iter().map(|name| place(name, &replays)).collect();
    let mut found = Found {
        histories: Vec::new(),
        runs: Vec::with_capacity(places.len()),
    };
    let mut here = None;
    for place in &places {
        let (history, wanted) = match place {
            Place::Here(name) => {
                let index = match here {
                    Some(index) => index,
                    None => {
                        let keys = keys(&places);
                        let reading = Reading::of(global, source, &keys).await?;
                        *here.insert(found.add(&reading, trusting)?)
                    }
                };
                (index, Some(name.as_str()))
            }
            Place::Dir(dir, run) => {
                let reading = Reading::from_dir(dir, None)?;
                (found.add(&reading, trusting)?, run.as_deref())
            }
        };
        found.take(history, wanted, &replays)?;
    }
    Ok(found)
}

/// Returns the items that the names name; all are read if one names none.
fn keys(places: &[Place]) -> Vec<String> {
    let mut keys = Vec::new();
    for place in places {
        if let Place::Here(name) = place {
            let own = item_of(name);
            if own.is_empty() {
                return Vec::new();
            }
            keys.extend(own);
        }
    }
    keys.sort();
    keys.dedup();
    keys
}

/// Tells where a name points, without reading what it names.
fn place(name: &str, replays: &[Replay]) -> Place {
    let name = name.trim();
    if let Some(own) = replays
        .iter()
        .find(|own| own.name == name || own.run.as_deref() == Some(name))
    {
        return Place::Dir(own.dir.join("history"), own.run.clone());
    }
    if let Some(dir) = history_at(Path::new(name)) {
        return Place::Dir(dir, None);
    }
    if let Some((dir, run)) = name.rsplit_once(':')
        && let Some(dir) = history_at(Path::new(dir))
    {
        return Place::Dir(dir, Some(run.to_owned()));
    }
    Place::Here(name.to_owned())
}

/// Returns the history directory that a path names: itself, or the one of a replay.
fn history_at(path: &Path) -> Option<PathBuf> {
    [path.to_owned(), path.join("history")]
        .into_iter()
        .find(|dir| dir.join("items").is_dir() && dir.join("operator.pub").is_file())
}

/// Lists the replays of the set-up, if there is one, by name.
fn replays(global: &Global) -> Vec<Replay> {
    let Ok(setup) = Setup::open(global) else {
        return Vec::new();
    };
    let Ok(listed) = setup.layout.root().join("replays").read_dir() else {
        return Vec::new();
    };
    let mut replays: Vec<Replay> = listed
        .take(MANY)
        .filter_map(|entry| {
            let dir = entry.ok()?.path();
            history_at(&dir)?;
            let name = dir.file_name()?.to_str()?.to_owned();
            let told = std::fs::read(dir.join("replay.json")).ok();
            let told = told.and_then(|own| serde_json::from_slice::<serde_json::Value>(&own).ok());
            let run = told.and_then(|own| Some(own.get("run")?.as_str()?.to_owned()));
            Some(Replay { name, dir, run })
        })
        .collect();
    replays.sort_by(|one, two| one.name.cmp(&two.name));
    replays
}

fn shown(replays: &[Replay]) -> String {
    let names: Vec<String> = replays
        .iter()
        .rev()
        .take(SHOWN)
        .map(|own| trail_item::quote::visible(&own.name))
        .collect();
    if names.is_empty() {
        "no replays are kept here".to_owned()
    } else {
        format!("replays: {}", names.join(", "))
    }
}

impl Found {
    fn add(&mut self, reading: &Reading, trusting: Trusting) -> anyhow::Result<usize> {
        trusting.check(reading)?;
        self.histories.push(reading.stories());
        Ok(self.histories.len() - 1)
    }

    /// Finds a run in a history.
    fn take(
        &mut self,
        history: usize,
        name: Option<&str>,
        replays: &[Replay],
    ) -> anyhow::Result<()> {
        let stories = &self.histories[history];
        let key = match (name, stories.as_slice()) {
            (Some(name), _) => name.to_owned(),
            (None, [story]) => story.key.to_string(),
            (None, several) => {
                let keys: Vec<&str> = several.iter().map(|own| own.key.as_str()).collect();
                return Err(usage(
                    format!(
                        "the directory holds {} items: {}",
                        keys.len(),
                        keys.join(", ")
                    ),
                    "name one of their runs behind it: DIR:RUN",
                ));
            }
        };
        let graph = Graph::of(&stories.iter().collect::<Vec<_>>());
        let (story, run) = match address::find(&key, stories, &graph) {
            Ok(Named::Run(story, run)) => (story, run),
            Ok(Named::Item(story)) => match story.run() {
                Some(run) => (story, run.clone()),
                None => {
                    let message = format!("{} was not taken up yet: it has no run", story.key);
                    return Err(Hinted::new(Exit::Findings, message).into());
                }
            },
            Ok(Named::Record(..) | Named::Entry(..)) => {
                return Err(usage(
                    format!("{key:?} is no run"),
                    format!("name one of {}; {}", runs(stories), shown(replays)),
                ));
            }
            Err(error) => {
                return Err(usage(
                    error.to_string(),
                    format!("there are the runs {}; {}", runs(stories), shown(replays)),
                ));
            }
        };
        let index = stories
            .iter()
            .position(|own| std::ptr::eq(own, story))
            .expect("the story is one of these");
        self.runs.push((history, index, run));
        Ok(())
    }

    /// Returns the runs as sides of a comparison.
    pub(super) fn sides(&self) -> Vec<Side<'_>> {
        self.runs
            .iter()
            .map(|(history, index, run)| {
                let story = &self.histories[*history][*index];
                Side {
                    story,
                    run: run.clone(),
                    replay: replay_of(story),
                }
            })
            .collect()
    }
}

/// Reads of what a history is a replay.
fn replay_of(story: &Story) -> Option<ReplayOf> {
    if !is_replay(&story.project) {
        return None;
    }
    let root = Root::read(story.observations.iter().map(|own| &own.body))?;
    Some(ReplayOf {
        run: root.replay_of.run,
        head: root.replay_of.head,
        model: root.overrides.model,
        temperature: root.overrides.temperature,
        from: root.from,
        regate: root.regate,
    })
}

/// Names the runs there are.
fn runs(stories: &[Story]) -> String {
    let all = stories.iter().flat_map(|story| &story.runs);
    let names: Vec<String> = all
        .take(SHOWN)
        .map(|run| trail_item::quote::visible(run.as_str()))
        .collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_where_to_look() {
        let temp = tempfile::tempdir().unwrap();
        let dir = temp.path().join("history");
        std::fs::create_dir_all(dir.join("items")).unwrap();
        std::fs::write(dir.join("operator.pub"), "").unwrap();
        let replays = [Replay {
            name: "P-1.1-1".to_owned(),
            dir: temp.path().to_owned(),
            run: Some("P-1.1~0a1b".to_owned()),
        }];
        let told = |name: &str| match place(name, &replays) {
            Place::Here(name) => (None, Some(name)),
            Place::Dir(dir, run) => (Some(dir), run),
        };
        let run = |text: &str| Some(text.to_owned());
        assert_eq!(told("P-1.1"), (None, run("P-1.1")));
        for name in ["P-1.1-1", "P-1.1~0a1b"] {
            assert_eq!(told(name), (Some(dir.clone()), run("P-1.1~0a1b")), "{name}");
        }
        // A replay's directory, a history's, and one with a run behind it.
        let own = temp.path().to_str().unwrap();
        assert_eq!(told(own), (Some(dir.clone()), None));
        assert_eq!(told(dir.to_str().unwrap()), (Some(dir.clone()), None));
        assert_eq!(told(&format!("{own}:P-2.1")), (Some(dir), run("P-2.1")));
        assert_eq!(told("/nowhere:P-2.1"), (None, run("/nowhere:P-2.1")));
    }
}
