//! What a line stands in says of itself: the test, code or text around it that names a criterion, and
//! how that criterion stands now.

use std::collections::BTreeSet;

use serde::Serialize;
use trail_source::{Claim, Role};

use crate::delivered;
use crate::revisions::criteria_changes;
use crate::sources::{Place, Sources};
use crate::story::{Standing, Story};

/// Something around a line that names a criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Annotated {
    /// What it says of itself.
    pub role: Role,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub place: Place,
    /// The criterion with its newest revision: `PROJ-1/AC-3@2`; as written, if it is not known.
    pub criterion: String,
    /// What must hold; none if the criterion is not known.
    pub text: Option<String>,
    /// How the criterion stands; none if it is not known, or agreed no more.
    pub standing: Option<Standing>,
    /// The tests that prove it.
    pub proven_by: Vec<String>,
    /// Why what stands here must be looked at again; none if it need not.
    pub suspect: Option<String>,
}

/// Returns what is said around a line, innermost first.
#[must_use]
pub fn annotated(path: &str, line: u32, sources: &Sources, stories: &[Story]) -> Vec<Annotated> {
    let mut seen = BTreeSet::new();
    let mut out = Vec::new();
    for own in sources.around(path, line) {
        for claim in &own.annotation.claims {
            if !seen.insert((own.role(), &claim.work_item, &claim.criterion)) {
                continue;
            }
            let mut told = Annotated {
                role: own.role(),
                name: own.name(),
                place: own.place(),
                criterion: format!("{}/{}", claim.work_item, claim.criterion),
                text: None,
                standing: None,
                proven_by: Vec::new(),
                suspect: None,
            };
            match stories
                .iter()
                .find(|own| own.key.as_str() == claim.work_item)
            {
                Some(story) => tell(&mut told, claim, story, stories),
                None => told.suspect = Some("no such item is known here".to_owned()),
            }
            out.push(told);
        }
    }
    out
}

fn tell(told: &mut Annotated, claim: &Claim, story: &Story, stories: &[Story]) {
    let changes = criteria_changes(story);
    let own = changes
        .iter()
        .find(|own| own.criterion.as_str() == claim.criterion);
    let Some(own) = own else {
        told.suspect = Some(format!("{} never had such a criterion", story.key));
        return;
    };
    let newest = own.newest();
    told.criterion = format!("{}/{}@{}", story.key, own.criterion, newest.revision);
    told.text = Some(newest.text.clone());
    let gone = delivered::delivery(story)
        .and_then(|own| delivered::taken_back(stories).remove(&own.receipt));
    if let Some(gone) = gone {
        told.suspect = Some(format!(
            "the item was taken back by run {} on the word of {}",
            gone.run, gone.name
        ));
        return;
    }
    if let Some(word) = &own.removed {
        told.suspect = Some(format!(
            "{} removed the criterion at {}",
            word.name, word.at
        ));
        return;
    }
    if let Some(coverage) = story
        .coverage()
        .into_iter()
        .find(|covered| covered.criterion == own.criterion)
    {
        told.standing = Some(coverage.standing);
        told.proven_by = coverage
            .tests
            .iter()
            .filter(|test| test.proof.as_ref().is_some_and(|proof| proof.proves))
            .map(|test| test.name.clone())
            .collect();
    }
    let by = &newest.by;
    told.suspect = match claim.revision {
        Some(revision) if revision != newest.revision => Some(format!(
            "it names revision {revision}; {} made it {} at {}",
            by.name, newest.revision, by.at
        )),
        None if own.is_amended() && told.standing != Some(Standing::Proven) => Some(format!(
            "{} amended the criterion at {}, and it is not proven since",
            by.name, by.at
        )),
        _ => None,
    };
}
