//! What taking a delivery back would undo: its commits, files, tests, documents and decisions, and the
//! delivered items that build on it.
//!
//! It only tells. What is done is decided by people at the gates of a run of its own, and computed by
//! the worker from the same deliveries.

use serde::Serialize;
use trail_item::quote::visible;
use trail_record::body::PatchPurpose;
use trail_record::{CommitId, Digest, ItemKey, Moment, Persona, Record, RunId};
use trail_source::Role;

use crate::delivered::{self, Delivery, TakenBack};
use crate::report::short;
use crate::sources::{Place, Sources};
use crate::story::Story;

/// What taking an item back would undo.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Closure {
    /// The item's own delivery.
    pub own: Part,
    /// The deliveries that build on it and stand, in the order in which they would be taken back:
    /// the newest first.
    pub dependants: Vec<Dependant>,
    /// Items that wait for it and are not delivered; they are not taken back.
    pub waiting: Vec<ItemKey>,
    /// What in the sources names the item and would have to go or be given another criterion, as
    /// far as it does not go with the commits.
    pub annotated: Vec<Named>,
    /// Whether it was taken back already, and by whom.
    pub taken_back: Option<TakenBack>,
    /// The code that `/revert` must name, if somebody asked and was told.
    pub code: Option<String>,
    /// The receipts that code covers.
    pub covered: Vec<Digest<Record>>,
    /// What stands in the way, as git finds it; none if git was not asked.
    pub conflicts: Option<Vec<String>>,
    /// What this answer does not cover.
    pub gaps: Vec<String>,
}

/// One delivery.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Part {
    /// The item.
    pub item: ItemKey,
    /// Its title as sealed.
    pub title: String,
    /// The run that delivered it.
    pub run: RunId,
    /// The receipt.
    pub receipt: Digest<Record>,
    /// When it was delivered.
    pub at: Moment,
    /// The commit its run started from, and the one it delivered; none if the pull request cannot be
    /// read.
    pub range: Option<(CommitId, CommitId)>,
    /// Its commits.
    pub commits: Vec<Commit>,
    /// The files they change that hold no tests and no documents.
    pub files: Vec<String>,
    /// The files they change as tests.
    pub tests: Vec<String>,
    /// The documents they change.
    pub documents: Vec<String>,
    /// What was concluded for it: it stays in the history, and holds no more.
    pub decisions: Vec<Decided>,
}

/// A commit that would be undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Commit {
    /// Its id.
    pub commit: CommitId,
    /// The first line of its message.
    pub subject: String,
    /// Its author.
    pub author: Persona,
}

/// Something an agent concluded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decided {
    /// Its name.
    pub name: String,
    /// What was concluded.
    pub statement: String,
    /// The record.
    pub record: Digest<Record>,
}

/// A delivery that builds on another.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Dependant {
    /// The delivery.
    #[serde(flatten)]
    pub part: Part,
    /// Why it builds on it.
    pub because: Vec<String>,
}

/// Something in the sources that names the item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Named {
    /// Where.
    pub place: Place,
    /// What it says of itself.
    pub role: Role,
    /// Its name.
    pub name: String,
    /// The criterion it names.
    pub criterion: String,
}

/// Tells what taking `story` back would undo; none if it has no delivery.
#[must_use]
pub fn closure(story: &Story, stories: &[Story], sources: Option<&Sources>) -> Option<Closure> {
    let own = delivered::delivery(story)?;
    let work = own.work();
    let building: Vec<(Delivery<'_>, Vec<String>)> = delivered::building_on(&work, stories);
    let mut gaps = Vec::new();
    if sources.is_none() {
        gaps.push("the sources were not read: annotations are not told".to_owned());
    }
    for (of, _) in std::iter::once((&own, ())).chain(building.iter().map(|(own, _)| (own, ()))) {
        if of.pull_request.is_none() {
            gaps.push(format!(
                "the pull request of {} cannot be read: it cannot be taken back",
                of.story.key
            ));
        }
    }
    let waiting = stories
        .iter()
        .filter(|other| other.key != story.key && !delivered::ended(other))
        .filter(|other| {
            let spec = other.spec();
            spec.is_some_and(|own| own.body.depends_on.contains(&story.key))
        })
        .map(|other| other.key.clone())
        .collect();
    let asked = story.state.revert_asked.as_ref();
    Some(Closure {
        waiting,
        annotated: sources.map_or_else(Vec::new, |sources| named(story, &own, sources)),
        taken_back: delivered::taken_back(stories).remove(&own.receipt),
        code: asked.map(|own| own.code.clone()),
        covered: asked.map(|own| own.receipts.clone()).unwrap_or_default(),
        conflicts: None,
        own: part(&own),
        dependants: building
            .into_iter()
            .map(|(own, because)| Dependant {
                part: part(&own),
                because,
            })
            .collect(),
        gaps,
    })
}

fn part(own: &Delivery<'_>) -> Part {
    let story = own.story;
    let (mut files, mut tests, mut documents) = (Vec::new(), Vec::new(), Vec::new());
    for path in &own.files {
        let by_tester = story.patchsets.iter().any(|patchset| {
            patchset.run == own.run
                && patchset.body.purpose == PatchPurpose::Test
                && patchset.body.files.iter().any(|file| file.path == *path)
        });
        if by_tester {
            tests.push(path.clone());
        } else if trail_source::language(path) == trail_source::Language::Markdown {
            documents.push(path.clone());
        } else {
            files.push(path.clone());
        }
    }
    Part {
        item: story.key.clone(),
        title: story
            .spec()
            .map(|own| own.body.title.clone())
            .unwrap_or_default(),
        run: own.run.clone(),
        receipt: own.receipt,
        at: own.at,
        range: own
            .reverted()
            .map(|reverted| (reverted.base, reverted.head)),
        commits: own
            .commits
            .iter()
            .map(|commit| Commit {
                commit: commit.body.commit.clone(),
                subject: commit
                    .body
                    .message
                    .lines()
                    .next()
                    .unwrap_or_default()
                    .to_owned(),
                author: commit.body.author,
            })
            .collect(),
        files,
        tests,
        documents,
        decisions: story
            .conclusions
            .iter()
            .filter(|conclusion| conclusion.run == own.run && conclusion.entry <= own.entry)
            .map(|conclusion| Decided {
                name: conclusion.body.name.clone(),
                statement: conclusion.body.statement.clone(),
                record: conclusion.digest,
            })
            .collect(),
    }
}

/// Returns what names the item in files that its delivery does not hold.
fn named(story: &Story, own: &Delivery<'_>, sources: &Sources) -> Vec<Named> {
    sources
        .naming(&story.key, None)
        .filter(|(found, _)| !own.files.contains(&found.path))
        .map(|(found, claim)| Named {
            place: found.place(),
            role: found.role(),
            name: found.name(),
            criterion: format!("{}/{}", claim.work_item, claim.criterion),
        })
        .collect()
}

impl Closure {
    /// Returns the deliveries in the order in which they are taken back: those named in `with`, the
    /// newest first, and the item's own last. None if one of them cannot be read.
    #[must_use]
    pub fn ranges(&self, with: &[ItemKey]) -> Option<Vec<(CommitId, CommitId)>> {
        self.dependants
            .iter()
            .filter(|own| with.contains(&own.part.item))
            .map(|own| &own.part)
            .chain([&self.own])
            .map(|own| own.range.clone())
            .collect()
    }

    /// Tells whether the code that was told covers exactly what this closure shows.
    #[must_use]
    pub fn is_covered(&self) -> bool {
        let mut shown: Vec<Digest<Record>> = std::iter::once(self.own.receipt)
            .chain(self.dependants.iter().map(|own| own.part.receipt))
            .collect();
        let mut covered = self.covered.clone();
        shown.sort();
        covered.sort();
        shown == covered
    }
}

/// Writes the closure for people.
#[must_use]
pub fn text(closure: &Closure) -> String {
    let mut out = String::new();
    let mut put = |line: String| {
        out.push_str(line.trim_end());
        out.push('\n');
    };
    if let Some(own) = &closure.taken_back {
        put(format!(
            "{} was taken back by run {} on the word of {} in comment {}",
            closure.own.item,
            own.run,
            visible(&own.name),
            own.comment
        ));
        put(String::new());
    }
    for line in told(&closure.own, &[]) {
        put(line);
    }
    if closure.dependants.is_empty() {
        put(String::new());
        put("no delivered item builds on it".to_owned());
    } else {
        put(String::new());
        put(
            "these build on it: suspect afterwards, or taken back first with --with-dependants"
                .to_owned(),
        );
        for own in &closure.dependants {
            for line in told(&own.part, &own.because) {
                put(line);
            }
        }
    }
    if !closure.waiting.is_empty() {
        let keys: Vec<String> = closure.waiting.iter().map(ToString::to_string).collect();
        put(String::new());
        put(format!(
            "wait for it and are not delivered: {}",
            keys.join(", ")
        ));
    }
    if !closure.annotated.is_empty() {
        put(String::new());
        put("names it from files that are not part of the delivery".to_owned());
        for own in &closure.annotated {
            put(format!(
                "  {}  {} ({})",
                visible(&own.place.to_string()),
                short(&own.name, 100),
                own.criterion
            ));
        }
    }
    put(String::new());
    match &closure.conflicts {
        None => put("whether it fits the base branch was not tried".to_owned()),
        Some(none) if none.is_empty() => put("it fits the base branch".to_owned()),
        Some(conflicts) => {
            put("it does not fit the base branch:".to_owned());
            for own in conflicts {
                put(format!("  {}", short(own, 300)));
            }
        }
    }
    for gap in &closure.gaps {
        put(format!("not covered: {}", visible(gap)));
    }
    out
}

fn told(own: &Part, because: &[String]) -> Vec<String> {
    let mut lines = vec![format!(
        "{}  {}  delivered {} in {}",
        own.item,
        short(&own.title, 100),
        own.at,
        own.run
    )];
    lines.extend(
        because
            .iter()
            .map(|why| format!("  why        {}", short(why, 200))),
    );
    for commit in &own.commits {
        let id = commit.commit.as_str();
        lines.push(format!(
            "  commit     {}  {} ({})",
            id.get(..12).unwrap_or(id),
            short(&commit.subject, 100),
            commit.author
        ));
    }
    for (word, paths) in [
        ("file", &own.files),
        ("test", &own.tests),
        ("document", &own.documents),
    ] {
        lines.extend(
            paths
                .iter()
                .map(|path| format!("  {word:<9}  {}", visible(path))),
        );
    }
    for decided in &own.decisions {
        lines.push(format!(
            "  decision   {}  {}",
            visible(&decided.name),
            short(&decided.statement, 120)
        ));
    }
    lines
}
