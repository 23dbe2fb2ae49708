//! What was tried to find out what tests prove, as the record holds it.

use async_trait::async_trait;
use trail_item::Event;
use trail_item::state::MAX_REWRITES;
use trail_port::Prover;
use trail_port::prover::{Evidence, Question, Tried};
use trail_port::tests::Proving;
use trail_port::workspace::Error;
use trail_record::Kind;
use trail_record::body::{Mutant, Trial};

use super::ports::Played;
use crate::recorded::{Recorded, Step};

#[async_trait]
impl Prover for Played {
    /// Tries nothing: gives what was tried then, to be judged again.
    async fn prove(&self, _: &Question) -> Result<Evidence, Error> {
        match self.stage.outcome_now(self.actor) {
            Some(step) => {
                self.stage.tried(step.bodies::<Trial>(Kind::Trial).len());
                Ok(evidence(step))
            }
            // A holder whose outcome never came was ended here.
            None => std::future::pending().await,
        }
    }
}

/// Reads what an entry seals of trials.
pub(crate) fn evidence(step: &Step) -> Evidence {
    let mutants = step.bodies::<Mutant>(Kind::Mutant);
    let trials = step.bodies::<Trial>(Kind::Trial).into_iter();
    let trials = trials.map(|(_, own)| Tried {
        of: own.of,
        mutant: own
            .mutant
            .and_then(|digest| mutants.iter().position(|(known, _)| *known == digest)),
        repeat: own.repeat,
        at: own.at,
        overlaid: own.overlaid,
        result: own.result,
    });
    let stopped = step.events.iter().find_map(|event| match event {
        Event::Proved { stopped, .. } => stopped.clone(),
        _ => None,
    });
    Evidence {
        trials: trials.collect(),
        stopped,
        mutants: mutants.into_iter().map(|(_, own)| own).collect(),
    }
}

/// Sets what the record shows of the settings of then: whether it was found out what tests prove, and
/// how often they went back.
pub(crate) fn as_recorded(recorded: &Recorded, proving: &mut Proving) {
    let (mut tested, mut sent, mut kept) = (false, None, false);
    proving.enabled = false;
    for (step, before) in recorded.steps.iter().zip(&recorded.states) {
        for event in &step.events {
            match event {
                Event::Tested { green: true, .. } => tested = true,
                Event::Proved {
                    fence: Some(_),
                    again,
                    open,
                    ..
                } => {
                    proving.enabled = true;
                    if *again {
                        sent = sent.max(Some(before.rewrites + 1));
                    } else {
                        kept |= !open.is_empty();
                    }
                }
                _ => {}
            }
        }
    }
    // A run that never got so far tells nothing of it, and needs nothing.
    proving.enabled |= !tested;
    proving.rounds = match (sent, kept) {
        (Some(rounds), _) => rounds,
        (None, true) => 0,
        (None, false) => MAX_REWRITES,
    };
}
