//! Makes the matrix from the stories of items.

use std::collections::{BTreeSet, HashMap, HashSet};

use trail_record::body::{GateOutcome, Spec};
use trail_record::{CriterionId, Digest, Record};

use super::{Approval, Filter, ItemTold, Matrix, Row, Test, Totals, gaps};
use crate::revisions::{CriterionChanges, criteria_changes};
use crate::story::{Claim, Coverage, Fact, Standing, Story};

pub(super) fn matrix(stories: &[Story], filter: &Filter) -> Matrix {
    let mut matrix = Matrix {
        gaps: Vec::new(),
        projects: Vec::new(),
        totals: Totals::default(),
        items: Vec::new(),
        rows: Vec::new(),
        filter: filter.clone(),
    };
    let mut projects = BTreeSet::new();
    for story in stories.iter().filter(|own| filter.takes_item(own)) {
        let told = Told::of(story);
        let rows: Vec<Row> = told
            .coverage
            .iter()
            .filter(|own| filter.takes(own.standing))
            .map(|own| told.row(own))
            .collect();
        // Of an item none of whose criteria is asked for, nothing is told.
        if rows.is_empty() && !filter.standings.is_empty() {
            continue;
        }
        projects.insert(story.project.clone());
        matrix.items.push(told.item());
        matrix.rows.extend(rows);
    }
    matrix.projects = projects.into_iter().collect();
    matrix.totals = totals(&matrix);
    matrix.gaps = gaps::of(&matrix);
    matrix
}

/// What is known of one item.
struct Told<'s> {
    story: &'s Story,
    coverage: Vec<Coverage>,
    changes: HashMap<CriterionId, CriterionChanges>,
    /// The entry from which on each criterion says what it says now.
    since: HashMap<&'s CriterionId, u64>,
    approvals: Vec<Covering<'s>>,
}

/// An approval with the criteria of the task it was given for.
struct Covering<'s> {
    approval: Approval,
    criteria: HashSet<(&'s CriterionId, u32)>,
}

impl<'s> Told<'s> {
    fn of(story: &'s Story) -> Self {
        let changes = criteria_changes(story);
        let specs: HashMap<Digest<Record>, &Fact<Spec>> =
            story.specs.iter().map(|own| (own.digest, own)).collect();
        Self {
            story,
            coverage: story.coverage(),
            changes: changes
                .into_iter()
                .map(|own| (own.criterion.clone(), own))
                .collect(),
            since: since(story),
            approvals: approvals(story, &specs),
        }
    }

    fn item(&self) -> ItemTold {
        let story = self.story;
        let proven = |own: &&Coverage| own.standing == Standing::Proven;
        let removed = self.changes.values().filter(|own| own.removed.is_some());
        let mut removed: Vec<String> = removed
            .map(|own| format!("{}@{}", own.criterion, own.newest().revision))
            .collect();
        removed.sort();
        ItemTold {
            item: story.key.clone(),
            title: story.spec().map(|own| own.body.title.clone()),
            stage: story.state.stage_name(),
            phase: story.state.phase(),
            chain: story.judgement.word(),
            findings: story.judgement.findings.len() as u64,
            labels: story.labels().map(<[String]>::to_vec),
            run: story.run().cloned(),
            delivered: story.deliveries.last().map(|own| own.body.place.clone()),
            scripted: story.is_scripted(),
            simulated: story.is_simulated(),
            criteria: self.coverage.len() as u64,
            proven: self.coverage.iter().filter(proven).count() as u64,
            removed,
        }
    }

    fn row(&self, own: &Coverage) -> Row {
        let changes = self.changes.get(&own.criterion);
        let since = self.since.get(&own.criterion).copied().unwrap_or(0);
        let commits = self.story.commits.iter().filter(|own| own.entry >= since);
        let approvals = self
            .approvals
            .iter()
            .filter(|given| given.criteria.contains(&(&own.criterion, own.revision)));
        Row {
            item: self.story.key.clone(),
            criterion: own.criterion.clone(),
            revision: own.revision,
            text: own.text.clone(),
            keeps: own.keeps,
            standing: own.standing,
            amended: changes.is_some_and(CriterionChanges::is_amended),
            waived: changes.is_some_and(|own| !own.waived.is_empty()),
            tests: own.tests.iter().map(test).collect(),
            commits: commits.map(|own| own.body.commit.clone()).collect(),
            approvals: approvals.map(|own| own.approval.clone()).collect(),
        }
    }
}

/// Returns the entry from which on each criterion of the task in force says what it says now.
fn since(story: &Story) -> HashMap<&CriterionId, u64> {
    let mut since: HashMap<&CriterionId, (u32, u64)> = HashMap::new();
    for spec in &story.specs {
        for own in &spec.body.criteria {
            let known = since.entry(&own.id).or_insert((own.revision, spec.entry));
            if known.0 != own.revision {
                *known = (own.revision, spec.entry);
            }
        }
    }
    since
        .into_iter()
        .map(|(criterion, (_, entry))| (criterion, entry))
        .collect()
}

fn approvals<'s>(
    story: &'s Story,
    specs: &HashMap<Digest<Record>, &'s Fact<Spec>>,
) -> Vec<Covering<'s>> {
    let mut all = Vec::new();
    for gate in &story.gates {
        let Some(spec) = specs.get(&gate.request.body.covers.spec) else {
            continue;
        };
        let given = gate.decisions.iter();
        for own in given.filter(|own| own.body.outcome == GateOutcome::Approved) {
            let body = &own.body;
            all.push(Covering {
                approval: Approval {
                    gate: body.gate.to_string(),
                    code: body.code.clone(),
                    approver: body.approver.clone(),
                    name: body.name.clone(),
                    comment: body.comment.as_ref().map(|own| own.id.clone()),
                    at: own.at,
                    decision: own.digest,
                    delegated: body.delegated,
                    simulated: body.simulated,
                },
                criteria: spec
                    .body
                    .criteria
                    .iter()
                    .map(|own| (&own.id, own.revision))
                    .collect(),
            });
        }
    }
    all
}

fn test(own: &Claim) -> Test {
    let shown = own.proof.as_ref();
    Test {
        name: own.name.clone(),
        outcome: own.outcome,
        verdict: shown.map(|own| own.verdict),
        proves: shown.is_some_and(|own| own.proves),
        proof: shown.map(|own| own.record),
        reason: shown.map(|own| own.reason.clone()),
    }
}

fn totals(matrix: &Matrix) -> Totals {
    let mut totals = Totals {
        items: matrix.items.len() as u64,
        criteria: matrix.rows.len() as u64,
        ..Totals::default()
    };
    for own in &matrix.items {
        totals.items_with_findings += u64::from(own.findings > 0);
        totals.removed += own.removed.len() as u64;
    }
    for own in &matrix.rows {
        *totals.standings.entry(own.standing.word()).or_default() += 1;
        totals.amended += u64::from(own.amended);
        totals.waived += u64::from(own.waived);
        totals.tests += own.tests.len() as u64;
        totals.proving_tests += own.tests.iter().filter(|own| own.proves).count() as u64;
    }
    totals
}
