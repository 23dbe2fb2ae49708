//! Finding out what the tests prove: trials on the base, on the change again, and on faults of it.
//!
//! The prover tries; what it tried is journaled before it is used, so that a crash repeats nothing;
//! then records are made of it and judged. The lease is kept while trials run.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;
use tracing::info;
use trail_item::Event;
use trail_item::state::MAX_REWRITES;
use trail_item::text::{Standing, proven_and_open, standings};
use trail_port::Worktree;
use trail_port::prover::{Evidence, Question, Wanted};
use trail_record::body::proof::{Outcome, TrialOf, judge};
use trail_record::body::{Mutant, Proof, Spec, TestResult, Trial};
use trail_record::digest::Context;
use trail_record::record::Sealable;
use trail_record::{CommitId, Digest, Fence, Record};

use super::Held;
use super::kept::kept;
use crate::journal::Place;
use crate::redact::{REDACTED, Redactor, secret_in};
use crate::run::Stop;
use crate::view::View;
use crate::worker::{Error, Worker};

/// How often the lease is looked at while trials run, at most.
const WATCH: Duration = Duration::from_secs(60);

/// What was found out about the tests of a change, not sealed yet.
pub(crate) struct Found {
    /// Mutants, trials and proofs, in the order in which they rest on each other.
    pub(crate) records: Vec<Sealable>,
    pub(crate) proofs: Vec<(Digest<Record>, Proof)>,
    pub(crate) standings: Vec<Standing>,
    /// Why not all was tried; none if it was.
    pub(crate) stopped: Option<String>,
}

/// The run of the tests that is judged.
pub(crate) struct Judged<'j> {
    /// The record of the result.
    pub(crate) sealed: Digest<Record>,
    pub(crate) result: &'j TestResult,
    /// The record of the commit it was made on.
    pub(crate) commit: Option<Digest<Record>>,
}

impl Found {
    /// Returns the event that seals it.
    pub(crate) fn event(&self, fence: Option<Fence>, again: bool) -> Event {
        let (proven, open) = proven_and_open(&self.standings);
        Event::Proved {
            fence,
            proofs: self.proofs.iter().map(|(digest, _)| *digest).collect(),
            proven,
            open,
            again,
            stopped: self.stopped.clone(),
        }
    }

    /// Tells whether other tests could prove an open criterion. Where trials were stopped before a
    /// fault was found that its test notices, nobody knows that the test is at fault.
    fn is_the_testers(&self, standing: &Standing) -> bool {
        let named = |proof: &&Proof| standing.open.iter().any(|own| own.test == proof.test);
        let mut proofs = self.proofs.iter().map(|(_, own)| own).filter(named);
        standing.open.is_empty()
            || proofs.any(|proof| {
                let tried = !proof.base.by.is_empty();
                let waits = judge(
                    proof.base.outcome,
                    proof.change.outcome,
                    Some(Outcome::Assertion),
                    standing.criterion.keeps,
                )
                .1;
                tried && !(waits && self.stopped.is_some())
            })
    }
}

impl Worker {
    /// Finds out what the tests that passed prove; none if that is not wanted.
    pub(super) async fn prove(
        &self,
        held: &Held<'_>,
        judged: &Judged<'_>,
        worktree: &dyn Worktree,
    ) -> Result<Option<Found>, Error> {
        if !self.settings.tests.proving.enabled {
            return Ok(None);
        }
        let Held { view, facts, .. } = held;
        let (_, spec) = facts.spec(view)?;
        let tests = trail_proof::wanted(judged.result, spec);
        let evidence = if tests.is_empty() {
            Evidence::default()
        } else {
            let question = self
                .question(view, spec, tests, judged.result, worktree)
                .await?;
            let round = view.state.round(held.action);
            let place = Place::of(&view.item.id, &view.run(), held.action, round);
            self.evidence(held, &place, question).await?
        };
        let tests = trail_proof::wanted(judged.result, spec);
        self.judge(spec, judged, &tests, view, evidence).map(Some)
    }

    /// Tells whether the tests go back to the tester: something is open that other tests could
    /// prove, there are rounds left, and a patchset may still pass under the contract.
    pub(super) fn goes_back(&self, view: &View, found: &Found) -> bool {
        let rounds = self.settings.tests.proving.rounds.min(MAX_REWRITES);
        let contract = view
            .state
            .contract
            .as_ref()
            .is_some_and(|own| own.patchsets < own.contract.max_patchsets);
        let open = found.standings.iter().filter(|own| !own.is_proven());
        view.state.rewrites < rounds
            && contract
            && !found.proofs.is_empty()
            && open.into_iter().any(|own| found.is_the_testers(own))
    }

    /// Puts together what the prover is asked.
    pub(crate) async fn question(
        &self,
        view: &View,
        spec: &Spec,
        tests: Vec<Wanted>,
        result: &TestResult,
        worktree: &dyn Worktree,
    ) -> Result<Question, Error> {
        let history = |what: &str| Error::History {
            item: view.item.key.to_string(),
            what: what.to_owned(),
        };
        let base = view
            .base()
            .cloned()
            .ok_or_else(|| history("there is no base commit"))?;
        let head = worktree.head().clone();
        let mut test_paths = Vec::new();
        for path in self.ports.workspace.changed(&base, &head).await? {
            if let Some(bytes) = worktree.read(&path).await? {
                let holds = trail_source::holds(&path, &bytes);
                if holds.tests && !holds.product {
                    test_paths.push(path);
                }
            }
        }
        test_paths.sort();
        Ok(Question {
            item: view.item.id.clone(),
            run: view.run(),
            base,
            head,
            tests,
            test_paths,
            product: spec.scope.write.clone(),
            result: result.clone(),
            settings: self.settings.tests.clone(),
        })
    }

    /// Gets the answer to a question, from the journal or from the prover.
    async fn evidence(
        &self,
        held: &Held<'_>,
        place: &Place,
        question: Question,
    ) -> Result<Evidence, Error> {
        let asked = digest(&question);
        let evidence = match self.recall_evidence(place, asked)? {
            Some(evidence) => evidence,
            None => {
                info!(item = %held.view.item.key, tests = question.tests.len(), "trying the tests on base, change and mutants");
                let proving = self.ports.prover.prove(&question);
                let evidence = self
                    .holding(&held.view, held.fence, held.stop, proving)
                    .await??;
                let evidence = redacted(evidence, &self.redactor);
                self.journal_evidence(place, asked, &evidence)?;
                evidence
            }
        };
        // As often as it is due: a replay plays here what was renewed while trials ran.
        while self.keep_lease(&held.view, held.fence).await? {}
        Ok(evidence)
    }

    /// Does something that takes long while the lease is kept.
    async fn holding<T>(
        &self,
        view: &View,
        fence: Fence,
        stop: &Stop,
        doing: impl Future<Output = T>,
    ) -> Result<T, Error> {
        let mut doing = std::pin::pin!(doing);
        let watch = (self.settings.lease / 8).clamp(Duration::from_millis(10), WATCH);
        loop {
            tokio::select! {
                biased;
                done = &mut doing => return Ok(done),
                () = stop.cancelled() => return Err(Error::Stopped),
                () = tokio::time::sleep(watch) => {
                    self.keep_lease(view, fence).await?;
                }
            }
        }
    }

    /// Makes records of what was tried, and says what it shows.
    pub(crate) fn judge(
        &self,
        spec: &Spec,
        judged: &Judged<'_>,
        tests: &[Wanted],
        view: &View,
        evidence: Evidence,
    ) -> Result<Found, Error> {
        let evidence = kept(evidence, tests);
        let mut records = Vec::new();
        let mut mutants = Vec::with_capacity(evidence.mutants.len());
        for (number, mutant) in (1..).zip(&evidence.mutants) {
            let sealed = Record::new(format!("mutant {number}"), judged.commit, mutant)?;
            mutants.push(sealed.digest());
            records.push(sealed);
        }
        let mut counts: BTreeMap<TrialOf, u32> = BTreeMap::new();
        let mut trials = Vec::with_capacity(evidence.trials.len());
        for tried in &evidence.trials {
            let mutant = tried.mutant.and_then(|index| mutants.get(index)).copied();
            let trial = Trial {
                of: tried.of,
                mutant,
                repeat: tried.repeat,
                at: tried.at.clone(),
                overlaid: tried.overlaid.clone(),
                result: tried.result.clone(),
            };
            let count = counts.entry(tried.of).or_default();
            *count += 1;
            let title = match tried.of {
                TrialOf::Base => format!("trial on the base {count}"),
                TrialOf::Change => format!("trial on the change {count}"),
                TrialOf::Mutant => {
                    let number = tried.mutant.map_or(0, |index| index + 1);
                    format!("trial on mutant {number}, {}", tried.repeat)
                }
            };
            let inputs = [judged.sealed]
                .into_iter()
                .chain(judged.commit)
                .chain(mutant);
            let sealed = Record::new(title, inputs, &trial)?;
            trials.push(sealed.digest());
            records.push(sealed);
        }
        let sealed = trail_proof::Sealed {
            result: judged.sealed,
            trials: trials.clone(),
            mutants: mutants.clone(),
        };
        let mut proofs = Vec::new();
        for proof in trail_proof::proofs(judged.result, tests, spec, &evidence, &sealed) {
            let sides = [
                Some(&proof.base),
                Some(&proof.change),
                proof.mutant.as_ref(),
            ];
            let by = sides
                .into_iter()
                .flatten()
                .flat_map(|seen| seen.by.iter().copied());
            let mut inputs: Vec<Digest<Record>> = Vec::new();
            for digest in by {
                let mutant = trials
                    .iter()
                    .position(|own| *own == digest)
                    .and_then(|index| evidence.trials[index].mutant)
                    .map(|index| mutants[index]);
                for digest in mutant.into_iter().chain([digest]) {
                    if !inputs.contains(&digest) {
                        inputs.push(digest);
                    }
                }
            }
            let sealed = Record::new(format!("proof {}", proofs.len() + 1), inputs, &proof)?;
            proofs.push((sealed.digest(), proof));
            records.push(sealed);
        }
        let all: Vec<Proof> = proofs.iter().map(|(_, proof)| proof.clone()).collect();
        let standings = standings(spec, &all);
        let open = standings.iter().filter(|own| !own.is_proven()).count();
        info!(item = %view.item.key, trials = trials.len(), mutants = mutants.len(), open, "judged what the tests prove");
        Ok(Found {
            records,
            proofs,
            standings,
            stopped: evidence.stopped,
        })
    }
}

/// Returns the record of the commit.
pub(crate) fn record_of(facts: &crate::facts::Facts, commit: &CommitId) -> Option<Digest<Record>> {
    let own = facts
        .commits
        .iter()
        .rev()
        .find(|(_, own)| own.commit == *commit);
    own.map(|(digest, _)| *digest)
}

/// Names a question: another one is not answered from the journal.
fn digest(question: &Question) -> Digest<Context> {
    let proving = &question.settings.proving;
    let tests: Vec<_> = question
        .tests
        .iter()
        .map(|own| json!([own.test, own.place, own.criteria]))
        .collect();
    let asked = json!({
        "base": question.base,
        "head": question.head,
        "tests": tests,
        "test_paths": question.test_paths,
        "product": question.product,
        "result": question.result,
        "command": question.settings.command,
        "runner": question.settings.runner,
        "repeats": proving.repeats,
        "mutants": proving.mutants,
    });
    Digest::of(asked.to_string().as_bytes())
}

/// Takes secrets out of what trials told. A fault whose text holds a secret is left out with its
/// trials: what is sealed of it must be the very bytes.
pub(crate) fn redacted(mut evidence: Evidence, redactor: &Redactor) -> Evidence {
    let holds = |text: &str| secret_in(text).is_some() || redactor.redact(text).contains(REDACTED);
    let tells = |own: &Mutant| holds(&own.before) || holds(&own.after);
    let mut kept = Vec::with_capacity(evidence.mutants.len());
    let mut places = Vec::with_capacity(evidence.mutants.len());
    for mutant in evidence.mutants.drain(..) {
        if tells(&mutant) {
            places.push(None);
        } else {
            places.push(Some(kept.len()));
            kept.push(mutant);
        }
    }
    evidence.mutants = kept;
    evidence.trials.retain(|tried| {
        tried
            .mutant
            .is_none_or(|index| places.get(index).copied().flatten().is_some())
    });
    for tried in &mut evidence.trials {
        tried.mutant = tried.mutant.and_then(|index| places[index]);
        result(&mut tried.result, redactor);
    }
    if let Some(stopped) = &mut evidence.stopped {
        *stopped = redactor.redact(stopped).into_owned();
    }
    evidence
}

fn result(result: &mut TestResult, redactor: &Redactor) {
    let output = redactor.redact(&result.output).into_owned();
    if output != result.output {
        result.output_digest = Digest::of(output.as_bytes());
        result.output = output;
    }
    for case in &mut result.cases {
        case.name = redactor.redact(&case.name).into_owned();
        if let Some(message) = &mut case.message {
            *message = redactor.redact(message).into_owned();
        }
    }
}
