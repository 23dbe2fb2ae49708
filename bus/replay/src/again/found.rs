//! Founding a replay: its place, its first entry and its workers.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use trail_item::{Action, Event};
use trail_port::tracker::{Item, State as Shown};
use trail_port::{Model, Policy};
use trail_reader::History;
use trail_reader::history::{Blobs, Item as Kept};
use trail_record::chain::Subject;
use trail_record::{Envelope, Keypair, Moment, Persona, ProjectId, RunId, TrustSet};
use trail_worker::{Ports, Worker};

use super::Plan;
use super::carry::Carrier;
use super::place::{Place, Seat};
use super::ports::{Anew, Dry, know};
use super::root::{self, Beginning, Keys, MARK, Of, Root, begin, spec, trust, worker};
use super::run::Run;
use super::summary::{Standing, Summary};
use crate::error::Error;
use crate::exact::House;
use crate::exact::result::Exact;
use crate::exact::script::{labels_of, outcome};
use crate::journal::Talk;
use crate::recorded::Recorded;
use crate::store::MemoryStore;

/// The recorded conversations of each action and round, in order.
type Talks = HashMap<(Action, u32), VecDeque<Talk>>;

impl Run {
    /// Makes the place and writes the first entry.
    pub(super) async fn found(plan: Plan, checked: Exact, carrier: Carrier) -> Result<Self, Error> {
        let recorded = &plan.recorded;
        let policy = policy(recorded, &plan.house)?;
        let hosts = hosts(&plan.models);
        let at = plan.clock.now();
        let (digest, envelope) = trust(recorded, &plan.keys, policy.digest(), &hosts, at)?;
        let run = RunId::new(format!("{}~{}", recorded.run, &digest.hex()[..8]));
        let of = Of {
            project: recorded.subject.project.clone(),
            item: recorded.subject.item.clone(),
            key: recorded.subject.key.clone(),
            run: recorded.run.clone(),
            head: recorded
                .head()
                .ok_or_else(|| Error::History("the run has no entries".to_owned()))?,
            entries: recorded.steps.len() as u64,
        };
        let root = Root {
            replay_of: of.clone(),
            overrides: plan.overrides.clone(),
            from: plan.from,
            regate: plan.regate.clone(),
        };
        let planner = key(&plan.keys, Persona::Planner)?;
        let beginning = Beginning {
            recorded,
            root: &root,
            run: &run,
            trust: digest,
            policy: policy.digest(),
            at,
        };
        let (sealed, text, apart) = begin(&beginning, planner)?;

        let project = ProjectId::new(format!("{}{MARK}", recorded.subject.project));
        let history = plan.dir.join("history");
        lay_out(&history, &plan, &project, &envelope)?;
        let stores: BTreeMap<Persona, Arc<MemoryStore>> =
            Persona::ALL.map(|persona| (persona, Arc::default())).into();
        let asked = Arc::new(AtomicU64::new(0));
        let claimed = filler(&plan, &run, &stores, &asked);
        let place = Arc::new(Place::new(project, history, item(recorded, at)?, claimed));
        for bytes in &apart {
            place
                .keep(bytes)
                .map_err(|source| Error::io(&plan.dir, source))?;
        }
        place
            .post(root::account(Persona::Planner), text)
            .map_err(Error::History)?;
        debug_assert_eq!(place.state().head, Some(sealed.digest));
        let summary = Summary {
            item: recorded.subject.key.clone(),
            run,
            replay_of: of,
            overrides: plan.overrides.clone(),
            from: plan.from,
            regate: plan.regate.clone(),
            standing: Standing::Unfinished,
            stage: "ready".to_owned(),
            why: Some("it is being worked on, or was broken off".to_owned()),
            head: Some(sealed.digest),
            entries: 1,
            calls: 0,
            answers_from_record: 0,
            asked: 0,
            test_results_reused: 0,
            cost_micros: 0,
            carried: Vec::new(),
            self_check: checked.taken_from_record,
            pull_request: None,
        };
        summary.write(&plan.dir)?;
        let dry = Arc::new(Dry::new(&plan.house.workspace));
        for store in stores.values() {
            know(store, recorded);
        }
        let trust = TrustSet::open(&[envelope], &plan.keys.operator.public())?;
        let mut run = Self {
            item: recorded.subject.item.clone(),
            workers: Vec::new(),
            place,
            carrier,
            dry,
            asked,
            summary,
            plan,
        };
        for persona in Persona::ALL {
            let hired = run.hire(persona, &trust, &policy, &stores).await?;
            run.workers.push(hired);
        }
        Ok(run)
    }

    async fn hire(
        &self,
        persona: Persona,
        trust: &TrustSet,
        policy: &Arc<dyn Policy>,
        stores: &BTreeMap<Persona, Arc<MemoryStore>>,
    ) -> Result<Worker, Error> {
        let model = self.plan.models.get(&persona);
        let model =
            model.ok_or_else(|| Error::Asked(format!("no model is named for the {persona}")))?;
        let seat = Arc::new(Seat {
            place: Arc::clone(&self.place),
            persona,
        });
        let ports = Ports {
            tracker: Arc::clone(&seat) as _,
            model: Arc::new(Anew {
                inner: Arc::clone(model),
                stores: stores.values().cloned().collect(),
                asked: Arc::clone(&self.asked),
            }),
            forge: None,
            workspace: Arc::clone(&self.dry) as _,
            prover: Arc::clone(&self.plan.house.prover),
            store: Arc::clone(&stores[&persona]) as _,
            blobs: seat,
            policy: Arc::clone(policy),
            clock: Arc::clone(&self.plan.clock),
        };
        let key = key(&self.plan.keys, persona)?;
        // A key cannot be copied, but its written form can be read again.
        let key =
            Keypair::from_pem(&key.to_pem()).map_err(|error| Error::Asked(error.to_string()))?;
        let (id, house) = (worker(persona), &self.plan.house);
        // The trust document names key, account, policy and endpoint: the usual checks hold here.
        let made = Worker::new(
            persona,
            id,
            key,
            trust.clone(),
            house.prompts.clone(),
            house.settings.clone(),
            ports,
        );
        Ok(made.await?)
    }
}

fn key(keys: &Keys, persona: Persona) -> Result<&Keypair, Error> {
    let own = keys.personas.get(&persona);
    own.ok_or_else(|| Error::Asked(format!("there is no key for the {persona}")))
}

/// Returns the policy the original's last entry was written under.
fn policy(recorded: &Recorded, house: &House) -> Result<Arc<dyn Policy>, Error> {
    let last = recorded.steps.last().map(|step| step.entry());
    let own = house
        .policies
        .iter()
        .find(|own| Some(own.digest()) == last.map(|entry| entry.policy));
    own.cloned()
        .ok_or_else(|| Error::History("the run's last policy is not here".to_owned()))
}

/// Returns the hosts that are asked, each once.
fn hosts(models: &BTreeMap<Persona, Arc<dyn Model>>) -> Vec<String> {
    let mut hosts: Vec<String> = models.values().map(|own| own.identity().endpoint).collect();
    hosts.sort();
    hosts.dedup();
    hosts
}

/// Writes a history that holds no entry yet.
fn lay_out(
    history: &Path,
    plan: &Plan,
    project: &ProjectId,
    trust: &Envelope,
) -> Result<(), Error> {
    let subject = Subject {
        project: project.clone(),
        ..plan.recorded.subject.clone()
    };
    let empty = History {
        operator: plan.keys.operator.public(),
        trust: vec![trust.to_json().into_bytes()],
        checkpoints: Vec::new(),
        items: vec![Kept {
            subject,
            comments: Vec::new(),
        }],
        blobs: Blobs::Memory(BTreeMap::new()),
    };
    Ok(empty.write(history)?)
}

/// Returns the item as the original's sealed task shows it.
fn item(recorded: &Recorded, at: Moment) -> Result<Item, Error> {
    let (_, spec) = spec(recorded)?;
    Ok(Item {
        id: spec.item,
        key: spec.key,
        title: spec.title,
        body: spec.body,
        author: spec.author,
        unedited: true,
        labels: labels_of(recorded),
        state: Shown::Todo,
        created: at,
        updated: at,
    })
}

/// Returns what fills a worker's journal when it has claimed: what the original said in the same
/// round of the same action, as far as the calls that are not asked anew go.
fn filler(
    plan: &Plan,
    run: &RunId,
    stores: &BTreeMap<Persona, Arc<MemoryStore>>,
    asked: &Arc<AtomicU64>,
) -> Box<dyn Fn(Persona, Action, u32) + Send + Sync> {
    let talks = Mutex::new(talks(&plan.recorded));
    let (stores, run, from) = (stores.clone(), run.clone(), plan.from);
    let item = plan.recorded.subject.item.clone();
    let asked = Arc::clone(asked);
    Box::new(move |persona, action, round| {
        if asked.load(Ordering::SeqCst) > 0 {
            return;
        }
        let mut talks = talks.lock().expect("no conversation is left half-taken");
        let next = talks
            .get_mut(&(action, round))
            .and_then(VecDeque::pop_front);
        if let Some(talk) = next {
            talk.fill(&stores[&persona], (&item, &run), action, round, from);
        }
    })
}

fn talks(recorded: &Recorded) -> Talks {
    let mut talks = Talks::new();
    for (index, step) in recorded.steps.iter().enumerate() {
        let state = &recorded.states[index];
        let own = step.entry().run == recorded.run && outcome(recorded, index) == Some(index);
        let renewal = |event: &Event| matches!(event, Event::Renewed { .. });
        let Some(lease) = state.lease.as_ref().filter(|_| own) else {
            continue;
        };
        let talk = Talk::of(step);
        if talk.decisions.is_empty() || step.events.iter().any(renewal) {
            continue;
        }
        let place = (lease.action, state.round(lease.action));
        talks.entry(place).or_default().push_back(talk);
    }
    talks
}
