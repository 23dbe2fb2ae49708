//! The exact replay: the workers of the record, driven entry by entry.

mod ports;
mod proving;
pub(crate) mod rerun;
pub(crate) mod result;
pub(crate) mod script;
mod stage;
mod workspace;

use std::pin::Pin;
use std::sync::Arc;

use serde_json::json;
use trail_agents::Prompts;
use trail_port::{Policy, Prover, Workspace};
use trail_record::{Fence, Keypair};
use trail_worker::{Outcome, Ports, Settings, Stop, Worker};

use crate::difference::Difference;
use crate::error::Error;
use crate::recorded::Recorded;
use ports::Played;
use result::Exact;
use script::Actor;
use stage::Stage;
use workspace::{Kept, PlayedWorkspace};

/// How many turns in a row a worker may take without writing the entry that is next.
const PATIENCE: u32 = 3;

/// What a replay is made with.
#[derive(Clone)]
pub struct House {
    /// The policies that are at hand; each entry needs the one it names.
    pub policies: Vec<Arc<dyn Policy>>,
    /// The prompts.
    pub prompts: Prompts,
    /// What workers are told; the length of leases is taken from the record.
    pub settings: Settings,
    /// A repository of the replay's own that holds the base commit.
    pub workspace: Arc<dyn Workspace>,
    /// What finds out whether tests can fail, in that repository. An exact replay asks nobody.
    pub prover: Arc<dyn Prover>,
}

/// A worker in the middle of a turn.
struct Turn {
    doing: Pin<Box<dyn Future<Output = Result<Outcome, trail_worker::Error>> + Send>>,
    /// The fence it held when it last did something.
    fence: Option<Fence>,
}

/// Replays a recorded run; `told` is told how many entries are done.
///
/// # Errors
/// See [`enum@Error`]. That something came out otherwise is no error: see [`Exact::difference`].
pub async fn exact(
    recorded: &Arc<Recorded>,
    house: &House,
    told: &(dyn Fn(usize, usize) + Sync),
) -> Result<Exact, Error> {
    let stage = Arc::new(Stage::new(Arc::clone(recorded)));
    let mut workers = Vec::with_capacity(stage.script.actors.len());
    let kept = Arc::new(Kept::default());
    for (index, actor) in stage.script.actors.iter().enumerate() {
        workers.push(Arc::new(hire(&stage, index, actor, house, &kept)?));
    }
    let mut turns: Vec<Option<Turn>> = workers.iter().map(|_| None).collect();
    let mut idle = 0;
    while let Some(next) = stage.cursor().filter(|_| stage.difference().is_none()) {
        told(next, recorded.steps.len());
        let part = &stage.script.parts[next];
        let actor = part.actor;
        if part.given.is_some() {
            // What the worker was doing came to an end that the record only states.
            turns[actor] = None;
            stage.give();
            continue;
        }
        let held = stage.held(actor);
        let turn = turns[actor].take().filter(|turn| turn.fence == held);
        let mut turn = turn.unwrap_or_else(|| begin(&workers[actor], recorded));
        let mut moves = stage.moves();
        let ended = tokio::select! {
            biased;
            ended = &mut turn.doing => Some(ended),
            _ = moves.changed() => None,
        };
        idle = if stage.cursor() == Some(next) {
            idle + 1
        } else {
            0
        };
        match ended {
            None => {
                turn.fence = stage.held(actor);
                turns[actor] = Some(turn);
            }
            Some(Ok(Outcome::Worked)) if idle <= PATIENCE => {}
            Some(ended) => {
                if stage.cursor() == Some(next) {
                    stage.differs(not_written(recorded, next, &ended));
                }
            }
        }
    }
    told(
        stage.cursor().unwrap_or(recorded.steps.len()),
        recorded.steps.len(),
    );
    Ok(Exact::of(&stage))
}

fn begin(worker: &Arc<Worker>, recorded: &Recorded) -> Turn {
    let (worker, item) = (Arc::clone(worker), recorded.subject.item.clone());
    Turn {
        doing: Box::pin(async move { worker.turn(&item, &Stop::new()).await }),
        fence: None,
    }
}

/// Says that a worker did not write what the record says it wrote.
fn not_written(
    recorded: &Recorded,
    next: usize,
    ended: &Result<Outcome, trail_worker::Error>,
) -> Difference {
    let step = &recorded.steps[next];
    let entry = step.entry();
    let events: Vec<&str> = entry
        .events
        .iter()
        .filter_map(|event| event["event"].as_str())
        .collect();
    let who = &entry.worker;
    let expected = json!(format!("{who} writes {}", events.join(", ")));
    let got = json!(match ended {
        Ok(Outcome::Worked) => format!("{who} did something else"),
        Ok(Outcome::Idle) => format!("{who} had nothing to do"),
        Ok(Outcome::Later(at)) => format!("{who} would wait until {at}"),
        Err(error) => format!("{who}: {error}"),
    });
    Difference::at(entry.seq, None, "/events", Some(&expected), Some(&got))
}

/// Makes the worker of an actor.
fn hire(
    stage: &Arc<Stage>,
    index: usize,
    actor: &Actor,
    house: &House,
    kept: &Arc<Kept>,
) -> Result<Worker, Error> {
    let recorded = &stage.recorded;
    let policy = policy(stage, index, actor, house)?;
    let played = || Arc::new(Played::new(stage, index));
    let ports = Ports {
        tracker: played(),
        model: played(),
        forge: None,
        workspace: Arc::new(PlayedWorkspace {
            inner: Arc::clone(&house.workspace),
            stage: Arc::clone(stage),
            actor: index,
            kept: Arc::clone(kept),
        }),
        prover: played(),
        store: Arc::clone(&stage.stores[index]) as _,
        blobs: played(),
        policy,
        clock: played(),
    };
    let mut settings = house.settings.clone();
    settings.lease = actor.lease.unwrap_or(settings.lease);
    proving::as_recorded(recorded, &mut settings.tests.proving);
    // Nothing but the digest of the payload is compared, so any key will do.
    let key = Keypair::from_seed(&[0; 32]);
    Ok(Worker::playing(
        actor.persona,
        actor.worker.clone(),
        key,
        recorded.subject.project.clone(),
        recorded.trust_at(&actor.trust)?,
        house.prompts.clone(),
        settings,
        ports,
    ))
}

fn policy(
    stage: &Stage,
    index: usize,
    actor: &Actor,
    house: &House,
) -> Result<Arc<dyn Policy>, Error> {
    let own = house
        .policies
        .iter()
        .find(|own| own.digest() == actor.policy);
    own.cloned().ok_or_else(|| {
        let parts = stage.script.parts.iter();
        let entry = parts.take_while(|part| part.actor != index).count() as u64;
        let have: Vec<String> = house
            .policies
            .iter()
            .map(|own| own.digest().to_string())
            .collect();
        Error::Policy {
            entry,
            missing: actor.policy,
            have: have.join(", "),
        }
    })
}
