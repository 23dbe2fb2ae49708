//! What a worker sees of one item: the tracker's comments, the chain they form, where it stands.
//!
//! A view is kept between turns only to save work: it can be dropped at any time and read again.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use trail_item::{Fold, State, step};
use trail_port::tracker::{Comment, Cursor, Item, Read};
use trail_record::body::{CommentSeen, GateName};
use trail_record::chain::{self, Assembly, Known, Rules, Signed, Subject};
use trail_record::{
    CommentId, CommitId, Digest, Entry, Finding, FindingKind, ItemKey, Moment, ProjectId, Record,
    RunId, Text, TrustSet,
};

use crate::opened::Opened;

/// What is seen of one item.
#[derive(Debug, Clone)]
pub struct View {
    /// The item as the tracker shows it.
    pub item: Item,
    /// Its comments, in the tracker's order.
    pub comments: Vec<Comment>,
    /// What became of the entries in them.
    pub assembly: Assembly,
    /// Where the item stands.
    pub state: State,
    /// What the newest entry ordered.
    pub effects: Vec<step::Effect>,
    pub(crate) cursor: Cursor,
    pub(crate) opened: Opened,
    pub(crate) known: Vec<Known>,
    /// Poses of strangers that close nothing, by the finding's name.
    pub(crate) harmless: BTreeSet<String>,
    /// Gates whose labels this worker has seen and no entry says so yet.
    pub(crate) seen_gates: BTreeSet<GateName>,
}

impl View {
    /// Makes the view of a first, complete read.
    pub(crate) fn new(
        read: Read,
        known: Vec<Known>,
        project: &ProjectId,
        trust: &TrustSet,
    ) -> Self {
        let mut view = Self {
            item: read.item.clone(),
            comments: Vec::new(),
            assembly: Assembly::default(),
            state: State::default(),
            effects: Vec::new(),
            cursor: read.cursor.clone(),
            opened: Opened::default(),
            known,
            harmless: BTreeSet::new(),
            seen_gates: BTreeSet::new(),
        };
        view.update(read, project, trust);
        view
    }

    /// Returns what somebody without local memory sees in a complete read.
    #[must_use]
    pub fn of(read: Read, project: &ProjectId, trust: &TrustSet) -> Self {
        Self::new(read, Vec::new(), project, trust)
    }

    /// Takes what a later read gave.
    pub(crate) fn update(&mut self, read: Read, project: &ProjectId, trust: &TrustSet) {
        if read.complete {
            self.comments = read.comments;
        } else {
            let gone: HashSet<&CommentId> = read.removed.iter().collect();
            self.comments.retain(|own| !gone.contains(&own.id));
            for comment in read.comments {
                match self.comments.iter_mut().find(|own| own.id == comment.id) {
                    Some(own) => *own = comment,
                    None => self.comments.push(comment),
                }
            }
        }
        self.item = read.item;
        self.cursor = read.cursor;
        self.opened
            .take(&mut self.comments, read.complete, &self.known, trust);
        let subject = subject(project, &self.item);
        // What stood at the last look stands now; folding it again would only cost time.
        let before: Vec<Digest<Entry>> = self.entries().map(|own| own.digest).collect();
        let fold = Fold {
            state: self.state.clone(),
            effects: self.effects.clone(),
        };
        let mut rules = Resumed {
            fold,
            before,
            at: 0,
            parted: false,
        };
        let (posted, known) = (self.opened.posted(), &self.known);
        self.assembly = chain::assemble(&subject, posted, known, trust, &mut rules);
        let resumed = !rules.parted && rules.at == rules.before.len();
        let fold = if resumed {
            rules.fold
        } else {
            let mut fold = Fold::default();
            self.assembly = chain::assemble(&subject, posted, known, trust, &mut fold);
            fold
        };
        self.state = fold.state;
        self.effects = fold.effects;
    }

    /// Returns the accepted entries that memory does not hold yet, and remembers them.
    pub(crate) fn learn(&mut self) -> Vec<Known> {
        let new: Vec<Known> = self.assembly.chain.entries()
            [self.known.len().min(self.assembly.chain.entries().len())..]
            .iter()
            .map(|own| Known {
                comment: own.comment.clone(),
                signed: Arc::clone(&own.signed),
            })
            .collect();
        self.known.extend(new.iter().cloned());
        new
    }

    /// Returns the digest of the item's title and body as they are now.
    #[must_use]
    pub fn text(&self) -> Digest<Text> {
        text_digest(&self.item.title, &self.item.body)
    }

    /// Returns the commit the run started from.
    #[must_use]
    pub fn base(&self) -> Option<&CommitId> {
        let run = self.run();
        self.entries()
            .filter(|signed| signed.entry.run == run)
            .find_map(|signed| signed.entry.base.as_ref())
    }

    /// Tells whether a record was sealed in the run that is going on.
    pub(crate) fn is_of_run(&self, record: Digest<Record>) -> bool {
        let run = self.run();
        self.entries()
            .filter(|signed| signed.entry.run == run)
            .any(|signed| signed.entry.records.iter().any(|own| own.digest == record))
    }

    /// Returns the run that is going on, or the one that would begin.
    #[must_use]
    pub fn run(&self) -> RunId {
        match &self.state.task {
            Some(task) => task.run.clone(),
            None => run_id(&self.item.key, self.state.runs + 1),
        }
    }

    /// Returns the entries that stand.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &Signed> {
        self.assembly
            .chain
            .entries()
            .iter()
            .map(|own| own.signed.as_ref())
    }

    /// Returns the comment in which the entry with this digest stands, if it does.
    pub(crate) fn stands(&self, digest: Digest<Entry>) -> Option<CommentId> {
        let entries = self.assembly.chain.entries().iter();
        entries
            .rev()
            .find(|own| own.signed.digest == digest)
            .map(|own| own.comment.clone())
    }

    /// Returns the comment with this id.
    #[must_use]
    pub fn comment(&self, id: &CommentId) -> Option<&Comment> {
        self.comments.iter().find(|own| own.id == *id)
    }

    /// Returns the last comment that stands under a persona's account.
    pub(crate) fn last_persona_comment(&self, trust: &TrustSet) -> Option<CommentId> {
        let trust = trust.latest().1;
        self.comments
            .iter()
            .rev()
            .find(|own| trust.serves(&own.author).is_some())
            .map(|own| own.id.clone())
    }

    /// Returns the findings that no entry has sealed yet and that close the gates.
    #[must_use]
    pub fn new_findings(&self) -> Vec<&Finding> {
        self.unsealed()
            .filter(|finding| !self.harmless.contains(&finding_id(finding)))
            .collect()
    }

    /// Returns the poses of strangers that no entry has sealed yet.
    pub(crate) fn new_poses(&self) -> impl Iterator<Item = &Finding> {
        self.unsealed()
            .filter(|finding| self.harmless.contains(&finding_id(finding)))
    }

    /// Returns the findings that no entry has sealed yet.
    pub(crate) fn unsealed(&self) -> impl Iterator<Item = &Finding> {
        self.assembly.findings.iter().filter(|finding| {
            let sealed = &self.state.findings;
            !sealed.contains_key(&finding_id(finding)) && !sealed.contains_key(&place_id(finding))
        })
    }

    /// Tells whether a human's or the tracker's doing keeps all work from going on.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.state.is_closed() || !self.new_findings().is_empty() || self.assembly.forked
    }
}

/// The fold of a history whose beginning was folded before.
struct Resumed {
    /// The fold after the entries that stood before.
    fold: Fold,
    /// Those entries.
    before: Vec<Digest<Entry>>,
    /// How many of them were seen again.
    at: usize,
    /// Whether another entry came where one of them stood: then all is folded anew.
    parted: bool,
}

impl Rules for Resumed {
    fn knows(&self, version: u32) -> bool {
        self.fold.knows(version)
    }

    fn admit(&mut self, signed: &Signed) -> Result<(), String> {
        if self.parted {
            return Ok(());
        }
        match self.before.get(self.at) {
            Some(before) if *before == signed.digest => {
                self.at += 1;
                Ok(())
            }
            Some(_) => {
                self.parted = true;
                Ok(())
            }
            None => self.fold.admit(signed),
        }
    }
}

/// Names a finding: its kind and place, so that it is sealed once. What anybody can post again and
/// again is named by what it holds.
#[must_use]
pub(crate) fn finding_id(finding: &Finding) -> String {
    let repeated = matches!(
        finding.kind,
        FindingKind::Posing | FindingKind::WrongAccount | FindingKind::WrongItem
    );
    match &finding.place.digest {
        Some(digest) if repeated => format!("{}:{digest}", finding.kind),
        _ => place_id(finding),
    }
}

/// Names a finding by its place alone, as all were named under the first rules.
fn place_id(finding: &Finding) -> String {
    let place = &finding.place;
    let at = place
        .comment
        .as_ref()
        .map(|own| own.as_str().to_owned())
        .or_else(|| place.digest.clone())
        .unwrap_or_else(|| place.seq.map_or_else(String::new, |seq| seq.to_string()));
    format!("{}:{at}", finding.kind)
}

/// Returns the digest that a start, an authorship or an amendment covers: title, a line feed, body.
#[must_use]
pub(crate) fn text_digest(title: &str, body: &str) -> Digest<Text> {
    Digest::of(format!("{title}\n{body}").as_bytes())
}

/// Returns what a fresh read showed of a comment.
#[must_use]
pub(crate) fn seen(comment: &Comment) -> CommentSeen {
    CommentSeen {
        id: comment.id.clone(),
        author: comment.author.clone(),
        text: Digest::of(comment.text.as_bytes()),
        created: comment.created,
        updated: if comment.edited && comment.updated == comment.created {
            // Some trackers hide the time of an edit but not the edit.
            Moment::from_millis(comment.created.as_millis() + 1)
        } else {
            comment.updated
        },
    }
}

/// Returns the id of an item's run.
#[must_use]
pub(crate) fn run_id(key: &ItemKey, number: u32) -> RunId {
    RunId::new(format!("{key}.{number}"))
}

fn subject(project: &ProjectId, item: &Item) -> Subject {
    Subject {
        project: project.clone(),
        item: item.id.clone(),
        key: item.key.clone(),
    }
}
