//! Finds what rested on a criterion.

use std::collections::BTreeSet;

use trail_record::body::{GateOutcome, Patchset};
use trail_record::{CriterionId, Digest, Record};
use trail_source::{Options, Role};

use super::{Asked, Change, Kind, Scope, Suspect, since};
use crate::delivered;
use crate::graph::Way;
use crate::sources::Place;
use crate::story::{Fact, Story};

/// Returns what rested on what a scope is about.
pub(super) fn all(asked: &Asked<'_>, scope: &Scope) -> Vec<Suspect> {
    let mut out = Vec::new();
    // Of work that was taken back the records stay what they were; what still names it is suspect.
    if scope.cause.change != Change::Reverted {
        records(asked, scope, &mut out);
        approvals(asked.story, scope, &mut out);
    }
    sources(asked, scope, &mut out);
    items(asked, scope, &mut out);
    out
}

/// Names the criterion as a suspect rests on it.
pub(super) fn name(story: &Story, scope: &Scope) -> Vec<String> {
    let cause = &scope.cause;
    let revision = cause.from.map_or_else(String::new, |own| format!("@{own}"));
    cause
        .criterion
        .iter()
        .map(|id| format!("{}/{id}{revision}", story.key))
        .collect()
}

fn suspect<B>(
    story: &Story,
    scope: &Scope,
    kind: Kind,
    fact: &Fact<B>,
    (address, what, because): (String, String, String),
) -> Suspect {
    Suspect {
        kind,
        address,
        what,
        item: story.key.clone(),
        criteria: name(story, scope),
        places: Vec::new(),
        because,
        settled: since::record(story, scope, kind, fact.digest),
        record: Some(fact.digest),
        at: Some(fact.at),
    }
}

/// Returns the records from which all is followed: what bears on the criterion, or else the tasks
/// that hold it.
fn seeds(story: &Story, scope: &Scope) -> (Vec<Digest<Record>>, bool) {
    let Some(criterion) = &scope.cause.criterion else {
        return (scope.old.clone(), false);
    };
    let mut seeds: Vec<Digest<Record>> = story
        .conclusions
        .iter()
        .filter(|own| own.entry < scope.until)
        .filter(|own| own.body.criteria.iter().any(|id| id == criterion.as_str()))
        .map(|own| own.digest)
        .collect();
    let bears = !seeds.is_empty();
    seeds.extend(
        story
            .patchsets
            .iter()
            .filter(|own| own.entry < scope.until && names(&own.body, story, criterion))
            .map(|own| own.digest),
    );
    if bears {
        (seeds, true)
    } else {
        (scope.old.clone(), false)
    }
}

/// Tells whether a patchset writes something that is annotated with the criterion.
fn names(patchset: &Patchset, story: &Story, criterion: &CriterionId) -> bool {
    patchset.files.iter().any(|file| {
        let text = file.after.as_deref().unwrap_or_default();
        // Reading a file costs more than looking whether it can name it at all.
        text.contains(criterion.as_str())
            && trail_source::scan(&file.path, text.as_bytes(), &Options::default())
                .annotations
                .iter()
                .flat_map(|own| &own.claims)
                .any(|own| {
                    own.work_item == story.key.as_str() && own.criterion == criterion.as_str()
                })
    })
}

fn records(asked: &Asked<'_>, scope: &Scope, out: &mut Vec<Suspect>) {
    let story = asked.story;
    let (seeds, narrow) = seeds(story, scope);
    let mut rests: BTreeSet<Digest<Record>> = seeds.iter().copied().collect();
    for seed in &seeds {
        let reached = asked.graph.reach(*seed, Way::Users, u32::MAX);
        let before = reached.iter().filter(|own| own.node.entry < scope.until);
        rests.extend(before.map(|own| own.node.digest));
    }
    let because = if narrow {
        "it rests on what bears on the criterion"
    } else {
        "it rests on the task as it was; nothing says which criterion it bears on"
    };
    let address = |digest: Digest<Record>| {
        asked
            .graph
            .get(digest)
            .map_or_else(|| digest.short(), crate::graph::Node::address)
    };
    let fits = |digest: Digest<Record>, entry: u64| entry < scope.until && rests.contains(&digest);
    for own in &story.conclusions {
        if fits(own.digest, own.entry) {
            let what = format!("{}: {}", own.body.name, own.body.statement);
            let told = (address(own.digest), what, because.to_owned());
            out.push(suspect(story, scope, Kind::Conclusion, own, told));
        }
    }
    for own in &story.decisions {
        if fits(own.digest, own.entry) {
            let what = format!(
                "call {} of the {}, {}",
                own.body.call, own.persona, own.body.action
            );
            let told = (address(own.digest), what, because.to_owned());
            out.push(suspect(story, scope, Kind::Decision, own, told));
        }
    }
    for own in &story.commits {
        if fits(own.digest, own.entry) {
            let subject = own.body.message.lines().next().unwrap_or_default();
            let id = own.body.commit.as_str();
            let short = id.get(..12).unwrap_or(id).to_owned();
            let mut found = suspect(
                story,
                scope,
                Kind::Commit,
                own,
                (short, subject.to_owned(), because.to_owned()),
            );
            found.places = files(story, own);
            out.push(found);
        }
    }
    tests(story, scope, out);
    // The last look, the pull request and the delivery are of the whole task, whatever bears on it.
    let whole = "it covers the whole task as it was";
    for own in story
        .pull_requests
        .iter()
        .filter(|own| own.entry < scope.until)
    {
        let told = (own.digest.short(), own.body.title.clone(), whole.to_owned());
        out.push(suspect(story, scope, Kind::PullRequest, own, told));
    }
    for own in story.reviews.iter().filter(|own| own.entry < scope.until) {
        let told = (
            own.digest.short(),
            own.body.summary.clone(),
            whole.to_owned(),
        );
        out.push(suspect(story, scope, Kind::Review, own, told));
    }
    for own in story
        .deliveries
        .iter()
        .filter(|own| own.entry < scope.until)
    {
        let what = format!("{} on {}", own.body.place, own.body.branch);
        let told = (own.digest.short(), what, whole.to_owned());
        out.push(suspect(story, scope, Kind::Delivery, own, told));
    }
}

/// Returns the files a commit changes, as places without lines.
fn files(story: &Story, commit: &Fact<trail_record::body::CommitMade>) -> Vec<Place> {
    crate::reconcile::patchset(story, commit)
        .map(|own| {
            own.body
                .files
                .iter()
                .map(|file| Place {
                    path: file.path.clone(),
                    line: 1,
                    end_line: file
                        .after
                        .as_deref()
                        .map_or(1, |text| {
                            u32::try_from(text.lines().count()).unwrap_or(u32::MAX)
                        })
                        .max(1),
                })
                .collect()
        })
        .unwrap_or_default()
}

fn tests(story: &Story, scope: &Scope, out: &mut Vec<Suspect>) {
    let of_criterion = |item: &trail_record::ItemKey, id: &CriterionId| {
        *item == story.key
            && scope
                .cause
                .criterion
                .as_ref()
                .is_none_or(|criterion| criterion == id)
    };
    for own in story.tests.iter().filter(|own| own.entry < scope.until) {
        let cases: Vec<&str> = own
            .body
            .cases
            .iter()
            .filter(|case| {
                let mut claims = case.validates.iter();
                claims.any(|claim| of_criterion(&claim.work_item, &claim.criterion))
            })
            .map(|case| case.name.as_str())
            .collect();
        if cases.is_empty() {
            continue;
        }
        let told = (
            own.digest.short(),
            format!("{} (entry {})", own.title, own.entry),
            format!("it ran what claims the criterion: {}", listed(&cases)),
        );
        out.push(suspect(story, scope, Kind::TestResult, own, told));
    }
    for own in story.proofs.iter().filter(|own| own.entry < scope.until) {
        let mut claims = own.body.claims.iter();
        let claim = claims
            .find(|claim| of_criterion(&claim.criterion.work_item, &claim.criterion.criterion));
        let Some(claim) = claim else { continue };
        let told = (
            own.digest.short(),
            format!("{} is {}", own.body.test, claim.verdict.as_str()),
            "what it shows is of the criterion as it was".to_owned(),
        );
        let mut found = suspect(story, scope, Kind::Proof, own, told);
        found
            .places
            .extend(own.body.place.iter().map(|place| Place {
                path: place.path.clone(),
                line: place.line,
                end_line: place.line,
            }));
        out.push(found);
    }
}

/// Writes the first names, and how many more there are.
pub(super) fn listed(names: &[&str]) -> String {
    let shown = names[..names.len().min(3)].join(", ");
    match names.len() {
        0..=3 => shown,
        many => format!("{shown} and {} more", many - 3),
    }
}

fn approvals(story: &Story, scope: &Scope, out: &mut Vec<Suspect>) {
    for gate in &story.gates {
        let request = &gate.request.body;
        if !scope.old.contains(&request.covers.spec) || gate.request.entry >= scope.until {
            continue;
        }
        for own in &gate.decisions {
            if own.body.outcome != GateOutcome::Approved {
                continue;
            }
            let played = if own.body.simulated {
                ", simulated"
            } else {
                ""
            };
            let told = (
                own.digest.short(),
                format!(
                    "gate {} approved by {}{played}",
                    request.gate, own.body.name
                ),
                "the request it answers shows and covers the task as it was".to_owned(),
            );
            out.push(suspect(story, scope, Kind::Approval, own, told));
        }
    }
}

fn sources(asked: &Asked<'_>, scope: &Scope, out: &mut Vec<Suspect>) {
    let (story, Some(sources)) = (asked.story, asked.sources) else {
        return;
    };
    let newest = scope.cause.to;
    for (own, claim) in sources.naming(&story.key, scope.cause.criterion.as_ref()) {
        let kind = match own.role() {
            Role::Validates => Kind::Test,
            Role::Implements => Kind::Code,
            Role::Documents => Kind::Document,
        };
        if scope.cause.change == Change::Amended && claim.revision == newest {
            continue;
        }
        let because = match (scope.cause.change, claim.revision) {
            (Change::Removed, _) => "it names a criterion that the task holds no more".to_owned(),
            (Change::Reverted, _) => "it names work that was taken back".to_owned(),
            (Change::Supposed, _) => "it names the criterion".to_owned(),
            (Change::Amended, Some(revision)) => {
                format!("it names revision {revision} of the criterion")
            }
            (Change::Amended, None) => "it names no revision of the criterion".to_owned(),
        };
        let place = own.place();
        out.push(Suspect {
            kind,
            address: place.to_string(),
            what: own.name(),
            item: story.key.clone(),
            criteria: vec![match claim.revision {
                Some(revision) => format!("{}/{}@{revision}", story.key, claim.criterion),
                None => format!("{}/{}", story.key, claim.criterion),
            }],
            settled: since::source(story, scope, kind, own),
            places: vec![place],
            because,
            record: None,
            at: None,
        });
    }
}

fn items(asked: &Asked<'_>, scope: &Scope, out: &mut Vec<Suspect>) {
    let story = asked.story;
    let work = delivered::work(story);
    let mut put = |other: &Story, because: String, shared: Vec<Place>, at| {
        out.push(Suspect {
            kind: Kind::Item,
            address: other.key.to_string(),
            what: other
                .spec()
                .map(|own| own.body.title.clone())
                .unwrap_or_default(),
            item: other.key.clone(),
            criteria: name(story, scope),
            places: shared,
            because,
            settled: None,
            record: None,
            at,
        });
    };
    let mut told = BTreeSet::new();
    for (other, because) in delivered::building_on(&work, asked.stories) {
        told.insert(other.story.key.clone());
        let shared = work.files.intersection(&other.files).map(|path| Place {
            path: path.clone(),
            line: 1,
            end_line: 1,
        });
        put(
            other.story,
            because.join("; "),
            shared.collect(),
            Some(other.at),
        );
    }
    // What waits for this item builds on it by its own word, delivered or not.
    for other in asked.stories {
        let waits = other
            .spec()
            .is_some_and(|own| own.body.depends_on.contains(&story.key));
        if waits && other.key != story.key && !told.contains(&other.key) {
            let because = format!("it says that it depends on {}", story.key);
            put(other, because, Vec::new(), None);
        }
    }
}
