//! The run of a replay: turns, gates, and its end.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use trail_item::{Stage, State};
use trail_reader::History;
use trail_record::body::{Decision, GateRequest, PullRequest};
use trail_record::{ItemId, Kind, Moment, UserId};
use trail_worker::{Outcome, Stop, Worker};

use super::carry::{self, Carried, Carrier};
use super::place::Place;
use super::ports::Dry;
use super::root::PERSON;
use super::summary::{Standing, Summary};
use super::{Asked, Plan, Said};
use crate::error::Error;
use crate::recorded::Recorded;

/// The most turns a replay takes: far more than any run within its limits needs.
const MAX_TURNS: u32 = 20_000;
/// The longest that a replay waits at once for something that is to happen later.
const NAP: Duration = Duration::from_secs(5);

/// A replay under way.
pub(super) struct Run {
    pub(super) plan: Plan,
    pub(super) place: Arc<Place>,
    pub(super) workers: Vec<Worker>,
    pub(super) item: ItemId,
    pub(super) carrier: Carrier,
    pub(super) dry: Arc<Dry>,
    /// How often a model was asked.
    pub(super) asked: Arc<AtomicU64>,
    pub(super) summary: Summary,
}

impl Run {
    /// Lets the workers take turns until the run has ended or cannot go on.
    pub(super) async fn play(&mut self, person: &dyn Asked, stop: &Stop) -> Result<Summary, Error> {
        for _ in 0..MAX_TURNS {
            let turned = self.round(stop).await?;
            let state = self.place.state();
            person.told(&state);
            match turned {
                Turned::Stopped => {
                    return self.end(Standing::Stopped, Some("it was told to stop".to_owned()));
                }
                Turned::Worked => continue,
                Turned::Later(_) | Turned::Idle => {}
            }
            if matches!(state.stage, Stage::Delivered { .. }) {
                return self.end(Standing::Delivered, None);
            }
            if state.waiting().is_some() {
                match self.answer(&state, person).await? {
                    Answered::Said => continue,
                    Answered::Nobody(why) => return self.end(Standing::Waiting, Some(why)),
                }
            }
            if let Turned::Later(at) = turned {
                let wait = at.since(self.plan.clock.now()).min(NAP);
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tokio::time::sleep(wait) => {}
                }
                continue;
            }
            let why = format!(
                "it is {}, and nobody has anything to do",
                state.stage_name()
            );
            return self.end(Standing::Stuck, Some(why));
        }
        let why = format!("it took {MAX_TURNS} turns and came to no end");
        self.end(Standing::Stuck, Some(why))
    }

    async fn round(&self, stop: &Stop) -> Result<Turned, Error> {
        let mut later: Option<Moment> = None;
        for worker in &self.workers {
            if stop.is_cancelled() {
                return Ok(Turned::Stopped);
            }
            match worker.turn(&self.item, stop).await {
                Ok(Outcome::Worked) => return Ok(Turned::Worked),
                Ok(Outcome::Idle) => {}
                Ok(Outcome::Later(at)) => later = Some(later.map_or(at, |own| own.min(at))),
                Err(trail_worker::Error::Stopped) => return Ok(Turned::Stopped),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(later.map_or(Turned::Idle, Turned::Later))
    }

    /// Answers the gate that waits: by what the original's people said, or by asking the person.
    async fn answer(&mut self, state: &State, person: &dyn Asked) -> Result<Answered, Error> {
        let Some(gate) = state.waiting() else {
            return Ok(Answered::Said);
        };
        let request: GateRequest = self
            .place
            .record(gate.request)
            .and_then(|record| record.read().ok())
            .ok_or_else(|| Error::History("the waiting gate's request is missing".to_owned()))?;
        let at = self.plan.clock.now();
        if self.plan.regate.iter().any(|own| own == gate.name.as_str()) {
            let text = match person.decide(&request, &gate.code).await {
                Said::Approved(why) => {
                    format!("/approve {} {}", gate.code, why.unwrap_or_default())
                }
                Said::Rejected(why) => format!("/reject {} {why}", gate.code),
                Said::Nothing => {
                    let why = format!("gate {} is asked anew, and nobody decided", gate.name);
                    return Ok(Answered::Nobody(why));
                }
            };
            let text = text.trim_end().to_owned();
            self.place.say(&UserId::new(PERSON), text, at);
            return Ok(Answered::Said);
        }
        let fresh = |own: &(Carried, _)| {
            // A decision counts once for one request.
            let already = |before: &Carried| {
                before.decision == own.0.decision && before.subject == own.0.subject
            };
            !self.summary.carried.iter().any(already)
        };
        let chosen = self.carrier.choose(&gate.name, request.subject);
        let chosen: Vec<_> = chosen.into_iter().filter(fresh).collect();
        if chosen.is_empty() {
            let why = format!(
                "gate {} asks for something the original has no decision for",
                gate.name
            );
            return Ok(Answered::Nobody(why));
        }
        for (carried, decision) in chosen {
            let text = carry::comment(&gate.code, &carried, &decision);
            self.place.say(&decision.approver, text, at);
            self.summary.carried.push(carried);
        }
        Ok(Answered::Said)
    }

    /// Writes down how the run stands.
    fn end(&mut self, standing: Standing, why: Option<String>) -> Result<Summary, Error> {
        let state = self.place.state();
        let told = Told::of(&self.plan.dir, &self.plan.recorded)?;
        let summary = &mut self.summary;
        summary.standing = standing;
        summary.stage = state.stage_name().to_owned();
        summary.why = why;
        summary.head = state.head;
        summary.entries = state.entries;
        summary.calls = state.calls;
        summary.cost_micros = state.cost_micros;
        summary.asked = self.asked.load(Ordering::SeqCst);
        summary.answers_from_record = told.from_record;
        let pulses = self
            .workers
            .iter()
            .map(|own| own.pulse().known_results.get());
        summary.test_results_reused = pulses.sum();
        summary.pull_request = told.pull_request;
        summary.write(&self.plan.dir)?;
        Ok(summary.clone())
    }
}

/// What came of a round of turns.
enum Turned {
    Worked,
    Idle,
    Later(Moment),
    Stopped,
}

/// Whether a waiting gate was answered.
enum Answered {
    Said,
    Nobody(String),
}

/// What a replay's own history says of its end.
#[derive(Default)]
struct Told {
    pull_request: Option<PullRequest>,
    /// Answers that are those of the record.
    from_record: u64,
}

impl Told {
    /// Reads the history of a replay back.
    fn of(dir: &Path, recorded: &Recorded) -> Result<Self, Error> {
        let history = History::load(&dir.join("history"))?;
        let known: Vec<Decision> = recorded
            .own()
            .flat_map(|step| step.bodies(Kind::Decision))
            .map(|(_, own)| own)
            .collect();
        let mut told = Self::default();
        let judged = history.judge(None);
        let entries = judged.iter().flat_map(|own| own.assembly.chain.entries());
        for listed in entries.flat_map(|own| &own.signed.entry.records) {
            let record = trail_record::verify::record(listed, &history.blobs)
                .map_err(|(_, what)| Error::History(what))?;
            match listed.kind {
                Kind::PullRequest => told.pull_request = record.read().ok(),
                Kind::Decision => {
                    let own: Decision = record.read()?;
                    let same =
                        |known: &Decision| known.context == own.context && known.at == own.at;
                    told.from_record += u64::from(known.iter().any(same));
                }
                _ => {}
            }
        }
        Ok(told)
    }
}
