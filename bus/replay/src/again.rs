//! A replay with an override: a run of its own in a place of its own.

pub(crate) mod carry;
mod found;
mod place;
mod ports;
pub(crate) mod root;
mod run;
pub(crate) mod summary;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use trail_item::State;
use trail_port::Model;
use trail_record::Persona;
use trail_record::body::GateRequest;
use trail_worker::{Clock, Stop};

use crate::error::Error;
use crate::exact::{House, exact};
use crate::recorded::Recorded;
use carry::Carrier;
pub use root::Keys;
use root::Overrides;
use run::Run;
use summary::Summary;

/// What is to be replayed, and how.
pub struct Plan {
    /// The original.
    pub recorded: Arc<Recorded>,
    /// What both runs are made with; its workspace holds the base commit.
    pub house: House,
    /// Whom each persona asks.
    pub models: BTreeMap<Persona, Arc<dyn Model>>,
    /// What is otherwise, for the record.
    pub overrides: Overrides,
    /// The first call that is asked anew, from 1; the calls before are answered from the record.
    pub from: u32,
    /// The gates that are asked anew.
    pub regate: Vec<String>,
    /// The directory of the new run; `history/` in it must not be there yet.
    pub dir: PathBuf,
    /// The keys of the new run.
    pub keys: Keys,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// What a person says at a gate that is asked anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// Yes, and perhaps why.
    Approved(Option<String>),
    /// No, and why.
    Rejected(String),
    /// Nothing: the run waits there.
    Nothing,
}

/// Asks a person at gates, and is told how the run goes.
#[async_trait]
pub trait Asked: Send + Sync {
    /// Asks about a gate; `code` is what an approval names.
    async fn decide(&self, request: &GateRequest, code: &str) -> Said;

    /// Tells how far the run is.
    fn told(&self, state: &State);
}

/// Runs the original again with what is otherwise.
///
/// # Errors
/// Before anything is written: if the exact replay of the original does not come out the same, or
/// something asked for cannot be applied. Later: if a worker or the disk fails; then `replay.json`
/// says `unfinished`.
pub async fn again(plan: Plan, person: &dyn Asked, stop: &Stop) -> Result<Summary, Error> {
    let recorded = Arc::clone(&plan.recorded);
    let carrier = Carrier::of(&recorded);
    check(&plan, &recorded, &carrier)?;
    let checked = exact(&recorded, &plan.house, &|_, _| {}).await?;
    if let Some(difference) = checked.difference {
        return Err(Error::SelfCheck(Box::new(difference)));
    }
    let mut run = Run::found(plan, checked, carrier).await?;
    run.play(person, stop).await
}

/// Checks what was asked for against the original.
fn check(plan: &Plan, recorded: &Recorded, carrier: &Carrier) -> Result<(), Error> {
    if let Some(first) = recorded.findings.first() {
        return Err(Error::Unverified {
            item: recorded.subject.key.to_string(),
            count: recorded.findings.len(),
            first: first.to_string(),
        });
    }
    let calls = recorded.states.last().map_or(0, |state| state.calls);
    if plan.from == 0 || plan.from > calls {
        return Err(Error::Asked(format!(
            "run {} has calls 1 to {calls}; there is no call {} to begin from",
            recorded.run, plan.from
        )));
    }
    let gates = carrier.gates();
    if let Some(unknown) = plan.regate.iter().find(|own| !gates.contains(own.as_str())) {
        let known: Vec<&str> = gates.into_iter().collect();
        return Err(Error::Asked(format!(
            "run {} had no gate {unknown:?}; its gates: {}",
            recorded.run,
            known.join(", ")
        )));
    }
    if plan.dir.join("history").exists() || plan.dir.join("replay.json").exists() {
        return Err(Error::Asked(format!(
            "{} holds a replay already; name another directory",
            plan.dir.display()
        )));
    }
    Ok(())
}
