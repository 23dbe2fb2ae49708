//! From a sealed commit to its reasons.

use trail_record::body::{CommitMade, Decision, GateOutcome, Patchset};
use trail_record::{Digest, Record};
use trail_source::{Annotation, Options, Role};

use super::{Approval, How, Line, Serves, Test, Told, Written, writer};
use crate::graph::{Graph, Way};
use crate::reconcile::{Sealed, patchset};
use crate::story::{Fact, Gate, Story};

pub(super) fn of(
    line: &Line,
    story: &Story,
    sealed: &Sealed,
    graph: &Graph,
    gaps: &mut Vec<String>,
) -> Told {
    let commits: Vec<&Fact<CommitMade>> = story
        .commits
        .iter()
        .filter(|own| own.run == sealed.run && own.entry <= sealed.entry)
        .collect();
    let found = commits
        .iter()
        .rev()
        .filter_map(|commit| patchset(story, commit).map(|own| (*commit, own)))
        .find_map(|(commit, own)| {
            let file = own
                .body
                .files
                .iter()
                .find(|file| file.path == line.path_then)?;
            let text = file.after.as_ref()?;
            // Of a squashed run, the patchset that brought the line is the last that changed it.
            let here = text.lines().any(|own| own == line.text);
            let before = file_before(story, &commits, commit, &line.path_then);
            let new = !before.is_some_and(|before| before.lines().any(|own| own == line.text));
            (here && (new || commit.digest == sealed.record)).then_some((commit, own, text))
        });
    let mut told = Told {
        item: story.key.clone(),
        title: story
            .spec()
            .map(|own| own.body.title.clone())
            .unwrap_or_default(),
        run: sealed.run.clone(),
        patchset: None,
        summary: None,
        written: None,
        saw: Vec::new(),
        criteria: Vec::new(),
        approvals: Vec::new(),
        tests: Vec::new(),
        findings: story
            .judgement
            .findings
            .iter()
            .map(ToString::to_string)
            .collect(),
    };
    let Some((commit, change, text)) = found else {
        gaps.push(format!(
            "no patchset of {} that could be read holds this line of {}",
            sealed.run, line.path_then
        ));
        return told;
    };
    told.patchset = graph.get(change.digest).cloned();
    told.summary = Some(change.body.summary.clone()).filter(|own| !own.is_empty());
    written(line, story, change, text, graph, &mut told, gaps);
    told.criteria = criteria(line, story, change, text, graph, &told, gaps);
    told.approvals = approvals(story, commit, change, gaps);
    told.tests = tests(story, &told.criteria);
    if told.tests.is_empty() && !told.criteria.is_empty() {
        gaps.push("no test claims these criteria".to_owned());
    }
    told
}

/// Returns the file as an earlier commit of the run left it.
fn file_before<'s>(
    story: &'s Story,
    commits: &[&Fact<CommitMade>],
    commit: &Fact<CommitMade>,
    path: &str,
) -> Option<&'s str> {
    commits
        .iter()
        .rev()
        .filter(|own| own.entry < commit.entry)
        .filter_map(|own| patchset(story, own))
        .find_map(|own| own.body.files.iter().find(|file| file.path == path))
        .and_then(|file| file.after.as_deref())
}

/// Finds the call that wrote the line, and what it saw.
fn written(
    line: &Line,
    story: &Story,
    change: &Fact<Patchset>,
    text: &str,
    graph: &Graph,
    told: &mut Told,
    gaps: &mut Vec<String>,
) {
    let calls: Vec<&Fact<Decision>> = session(story, change);
    let Some((call, how)) = writer::find(&calls, &line.path_then, &line.text, text) else {
        gaps.push("no AI call that staged this file could be read".to_owned());
        return;
    };
    if how == How::File {
        gaps.push(
            "which call wrote this very line is not known, only the last to stage the file"
                .to_owned(),
        );
    }
    let Some(node) = graph.get(call.digest) else {
        return;
    };
    let (saw, loose) = graph.inputs(node);
    told.saw = saw.into_iter().cloned().collect();
    if !loose.is_empty() {
        gaps.push(format!(
            "{} of what the call saw are not in this history",
            loose.len()
        ));
    }
    told.written = Some(Written {
        decision: node.clone(),
        model: call.body.model_served.clone(),
        said: call.body.text.clone(),
        how,
    });
}

/// Returns the calls of the session that made a patchset, in order.
fn session<'s>(story: &'s Story, change: &Fact<Patchset>) -> Vec<&'s Fact<Decision>> {
    let last = story
        .decisions
        .iter()
        .rev()
        .find(|own| change.inputs.contains(&own.digest));
    let Some(last) = last else {
        return Vec::new();
    };
    story
        .decisions
        .iter()
        .filter(|own| {
            own.run == last.run
                && own.entry == last.entry
                && own.body.action == last.body.action
                && own.body.call <= last.body.call
        })
        .collect()
}

/// Returns the criteria a line serves: those of the test it stands in, else those that the
/// conclusions its call rested on bear on, else all of the task.
fn criteria(
    line: &Line,
    story: &Story,
    change: &Fact<Patchset>,
    text: &str,
    graph: &Graph,
    told: &Told,
    gaps: &mut Vec<String>,
) -> Vec<Serves> {
    let spec = story
        .specs
        .iter()
        .rev()
        .find(|own| change.inputs.contains(&own.digest))
        .or_else(|| story.spec());
    let Some(spec) = spec else {
        gaps.push("there is no sealed task".to_owned());
        return Vec::new();
    };
    let serves = |id: &str, because: String| {
        let own = spec
            .body
            .criteria
            .iter()
            .find(|own| own.id.as_str() == id)?;
        Some(Serves {
            criterion: format!("{}/{}@{}", spec.body.key, own.id, own.revision),
            text: own.text.clone(),
            because,
        })
    };
    let number = line.text_number(text).unwrap_or(line.number_then);
    let scan = trail_source::scan(&line.path_then, text.as_bytes(), &Options::default());
    let around = |own: &&Annotation| {
        let ends = own
            .target
            .as_ref()
            .map_or(own.end_line, |target| target.end_line);
        own.role == Role::Validates && (own.line..=ends).contains(&number)
    };
    if let Some(test) = scan.annotations.iter().rfind(around) {
        let name = test.target.as_ref().map_or("", |target| &target.name);
        let own: Vec<Serves> = test
            .claims
            .iter()
            .filter(|own| own.work_item == spec.body.key.as_str())
            .filter_map(|own| serves(&own.criterion, format!("test {name} is annotated with it")))
            .collect();
        if !own.is_empty() {
            return own;
        }
    }
    let mut out: Vec<Serves> = Vec::new();
    if let Some(written) = &told.written {
        for reached in graph.reach(written.decision.digest, Way::Inputs, u32::MAX) {
            let Some(own) = story
                .conclusions
                .iter()
                .find(|own| own.digest == reached.node.digest)
            else {
                continue;
            };
            for id in &own.body.criteria {
                let because = format!("{} bears on it, and the call rested on that", own.body.name);
                if let Some(serves) = serves(id, because)
                    && out.iter().all(|known| known.criterion != serves.criterion)
                {
                    out.push(serves);
                }
            }
        }
    }
    if out.is_empty() {
        gaps.push(
            "nothing says which criterion this line serves: all of the task's are named".to_owned(),
        );
        out = spec
            .body
            .criteria
            .iter()
            .filter_map(|own| serves(own.id.as_str(), "it is one of the task's".to_owned()))
            .collect();
    }
    out.sort_by(|a, b| a.criterion.cmp(&b.criterion));
    out
}

impl Line {
    /// Returns the number of this line's text in `text`, if it is there once.
    fn text_number(&self, text: &str) -> Option<u32> {
        let mut found = (1_u32..)
            .zip(text.lines())
            .filter(|(_, own)| *own == self.text);
        match (found.next(), found.next()) {
            (Some((number, _)), None) => Some(number),
            _ => None,
        }
    }
}

/// Returns the approvals that cover a patchset: of itself, of the contract it passed under, and of the
/// pull request that holds its commit.
fn approvals(
    story: &Story,
    commit: &Fact<CommitMade>,
    change: &Fact<Patchset>,
    gaps: &mut Vec<String>,
) -> Vec<Approval> {
    let contract: Option<Digest<Record>> = story
        .verdicts
        .iter()
        .find(|own| commit.inputs.contains(&own.digest))
        .and_then(|own| own.body.contract);
    let mut out = Vec::new();
    for gate in &story.gates {
        let covers = if gate.request.body.subject == change.digest {
            "the patchset"
        } else if contract
            .is_some_and(|contract| gate.decisions.iter().any(|own| own.digest == contract))
        {
            "the write contract"
        } else if story.pull_requests.iter().any(|own| {
            own.digest == gate.request.body.subject && own.inputs.contains(&commit.digest)
        }) {
            "the whole tree and pull request"
        } else {
            continue;
        };
        out.extend(approved(gate, covers));
    }
    if !out
        .iter()
        .any(|own| own.covers != "the whole tree and pull request")
    {
        gaps.push("no sealed approval covers the patchset that holds this line".to_owned());
    }
    out
}

fn approved<'g>(gate: &'g Gate, covers: &'static str) -> impl Iterator<Item = Approval> + 'g {
    gate.decisions
        .iter()
        .filter(|own| own.body.outcome == GateOutcome::Approved)
        .map(move |own| Approval {
            gate: own.body.gate.to_string(),
            covers,
            name: own.body.name.clone(),
            account: own.body.approver.to_string(),
            at: own.at,
            comment: own.body.comment.clone(),
            request: gate.request.digest,
            decision: own.digest,
            attested_by: own.body.attested_by,
            delegated: own.body.delegated,
            simulated: own.body.simulated,
        })
}

fn tests(story: &Story, criteria: &[Serves]) -> Vec<Test> {
    let Some(result) = story.tests.last() else {
        return Vec::new();
    };
    story
        .coverage()
        .into_iter()
        .map(|own| {
            (
                format!("{}/{}@{}", story.key, own.criterion, own.revision),
                own,
            )
        })
        .filter(|(name, _)| criteria.iter().any(|own| own.criterion == *name))
        .flat_map(|(criterion, own)| {
            own.tests.into_iter().map(move |test| Test {
                name: test.name,
                criterion: criterion.clone(),
                outcome: test.outcome,
                result: result.digest,
            })
        })
        .collect()
}
