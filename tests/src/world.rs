//! A simulated world: the embedded tracker, four workers, a human, a repository in memory and a
//! pushed clock.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use trail_agents::Prompts;
use trail_model::Scripted;
use trail_port::model::{Answer, Error as ModelError, Identity, Request};
use trail_port::tests::Runner;
use trail_port::tracker::{Comment, NewItem};
use trail_port::{Blobs, Model, Policy, Store, Tracker};
use trail_record::body::{Body, Decision};
use trail_record::trust::{Approver, Endpoint, KeyTrust, PersonaTrust};
use trail_record::{
    CommentId, FORMAT, ItemId, Keypair, Kind, Moment, Persona, ProjectId, Record, Trust, TrustSet,
    UserId, WorkerId,
};
use trail_store::LocalStore;
use trail_tracker::api::ItemPatch;
use trail_tracker::{Embedded, Project, Role, Seat};
use trail_worker::{Outcome, Ports, Settings, Stop, View, Worker};

use crate::fakes::{
    Death, MemoryStore, Mortal, PlainPolicy, PretendProver, PushedClock, Repository,
};

/// A model that counts how often it was really asked.
pub struct Counted {
    inner: Scripted,
    asked: AtomicU32,
    meanwhile: std::sync::Mutex<Option<Meanwhile>>,
}

/// What happens in the world while a model is asked.
pub type Meanwhile = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

impl Counted {
    /// Returns how often the model was asked.
    #[must_use]
    pub fn asked(&self) -> u32 {
        self.asked.load(Ordering::SeqCst)
    }

    /// Lets something happen while the model is asked for the next time.
    ///
    /// # Panics
    /// If a test has left this half-told.
    pub fn then(&self, meanwhile: Meanwhile) {
        *self.meanwhile.lock().expect("nothing is left half-told") = Some(meanwhile);
    }
}

#[async_trait]
impl Model for Counted {
    fn identity(&self) -> Identity {
        self.inner.identity()
    }

    async fn ask(&self, request: &Request) -> Result<Answer, ModelError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let meanwhile = self
            .meanwhile
            .lock()
            .expect("nothing is left half-told")
            .take();
        if let Some(meanwhile) = meanwhile {
            meanwhile.await;
        }
        self.inner.ask(request).await
    }
}

/// The simulated world.
pub struct World {
    /// The tracker.
    pub embedded: Embedded,
    /// The human who approves.
    pub human: Seat,
    /// The human's account.
    pub human_id: UserId,
    /// A member of the project who is no approver.
    pub stranger: Seat,
    /// Somebody who may edit and delete what others wrote.
    pub admin: Seat,
    /// The repository.
    pub repository: Repository,
    /// What pretends to find out whether tests can fail.
    pub prover: PretendProver,
    /// The clock.
    pub clock: Arc<PushedClock>,
    /// The model.
    pub model: Arc<Counted>,
    /// The trust documents.
    pub trust: TrustSet,
    /// The operator's key.
    pub operator: Keypair,
    /// What workers are told.
    pub settings: Settings,
    /// The policy.
    pub policy: PlainPolicy,
    accounts: BTreeMap<Persona, UserId>,
    stores: BTreeMap<Persona, Arc<dyn Store>>,
    on_disk: bool,
    dir: tempfile::TempDir,
}

/// The body of the item most simulated worlds work on.
pub const BODY: &str = "Greet people.\n\n## Acceptance criteria\n\n- AC-1: `greet(\"Ada\")` returns `Hello, Ada!`\n\n## Scope\n\nwrite: src/**, tests/**\n";

/// The script most simulated worlds play: plan, implement, test, deliver.
pub const SCRIPT: &str = r#"{"name":"scripted-world","actions":[
 {"action":"plan","round":1,"turns":[
   {"calls":[{"name":"read","arguments":{"path":"src/lib.rs"}}],"usage":{"input":100,"output":10}},
   {"calls":[{"name":"record_decision","arguments":{"name":"greeting_form","statement":"one function","choice":"function","alternatives":["macro"],"rationale":"simple"}},
             {"name":"deliver","arguments":{"summary":"one function will do"}}],"usage":{"input":120,"output":20}}]},
 {"action":"implement","round":1,"turns":[
   {"calls":[{"name":"write","arguments":{"path":"src/greet.rs","content":"pub fn greet() {}\n"}}]},
   {"calls":[{"name":"deliver","arguments":{"summary":"wrote greet"}}]}]},
 {"action":"implement","round":2,"turns":[
   {"calls":[{"name":"write","arguments":{"path":"src/greet.rs","content":"pub fn greet() { /* anew */ }\n"}},
             {"name":"deliver","arguments":{"summary":"wrote greet anew"}}]}]},
 {"action":"write-tests","round":1,"turns":[
   {"calls":[{"name":"write","arguments":{"path":"tests/greet.rs","content":"\n#[trail::validates(work_item = \"P-1\", criterion = \"AC-1\")]\n#[test]\nfn greets() {}\n"}},
             {"name":"deliver","arguments":{"summary":"one test"}}]}]},
 {"action":"run-tests","round":1,"turns":[
   {"calls":[{"name":"run","arguments":{"command":["test"]}}]},
   {"calls":[{"name":"deliver","arguments":{"summary":"seen"}}]}]},
 {"action":"fix","round":1,"turns":[
   {"calls":[{"name":"write","arguments":{"path":"src/greet.rs","content":"pub fn greet() { /* fixed */ }\n"}},
             {"name":"deliver","arguments":{"summary":"fixed"}}]}]},
 {"action":"run-tests","round":2,"turns":[
   {"calls":[{"name":"run","arguments":{"command":["test"]}},{"name":"deliver","arguments":{"summary":"green"}}]}]},
 {"action":"deliver","round":1,"turns":[
   {"calls":[{"name":"deliver","arguments":{"summary":"as approved"}}]}]}]}"#;

/// Returns [`SCRIPT`] with a test that holds the first of these words, and a tester who writes it anew
/// with the next ones when it is sent back; [`PretendProver`] goes by the words.
#[must_use]
pub fn rewriting(words: &[&str]) -> String {
    let test = |word: &str| {
        format!(
            r##"\n#[trail::validates(work_item = \"P-1\", criterion = \"AC-1\")]\n#[test]\nfn greets() {{ {word} }}\n"##
        )
    };
    let (first, later) = words.split_first().expect("there is a first test");
    let written = r##"\n#[trail::validates(work_item = \"P-1\", criterion = \"AC-1\")]\n#[test]\nfn greets() {}\n"##;
    assert!(SCRIPT.contains(written), "the script writes one test");
    let mut more = String::new();
    for (round, word) in (2..).zip(later) {
        let text = test(word);
        let run = round + 1;
        more.push_str(&format!(
            r#" {{"action":"write-tests","round":{round},"turns":[
   {{"calls":[{{"name":"write","arguments":{{"path":"tests/greet.rs","content":"{text}"}}}},
             {{"name":"deliver","arguments":{{"summary":"written anew"}}}}]}}]}},
 {{"action":"run-tests","round":{run},"turns":[
   {{"calls":[{{"name":"run","arguments":{{"command":["test"]}}}},{{"name":"deliver","arguments":{{"summary":"green"}}}}]}}]}},
"#
        ));
    }
    let last = r#" {"action":"deliver","round":1"#;
    assert!(SCRIPT.contains(last), "the script delivers");
    SCRIPT
        .replace(written, &test(first))
        .replace(last, &format!("{more}{last}"))
}

/// How many AI calls [`SCRIPT`] takes when nothing is rejected.
pub const CALLS: u32 = 10;

impl World {
    /// Makes a world that plays a script.
    ///
    /// # Panics
    /// If the world cannot be made: then the test cannot run.
    #[must_use]
    pub fn playing(script: &str) -> Self {
        Self::with(script, PlainPolicy::default())
    }

    /// Makes a world that plays a script under a policy.
    ///
    /// # Panics
    /// If the world cannot be made: then the test cannot run.
    #[must_use]
    pub fn with(script: &str, policy: PlainPolicy) -> Self {
        Self::made(script, policy, false)
    }

    /// Makes a world whose workers keep their stores on disk, as real ones do.
    ///
    /// # Panics
    /// If the world cannot be made: then the test cannot run.
    #[must_use]
    pub fn on_disk(script: &str) -> Self {
        Self::made(script, PlainPolicy::default(), true)
    }

    fn made(script: &str, policy: PlainPolicy, on_disk: bool) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory can be made");
        let project = Project {
            id: ProjectId::from("world"),
            prefix: "P".to_owned(),
        };
        let embedded =
            Embedded::open(&dir.path().join("tracker"), &project).expect("a new tracker opens");
        let user = |login: &str, role: Role| {
            embedded
                .add_user(login, login, role)
                .expect("a new user can be made")
                .0
                .id
        };
        let admin = user("admin", Role::Admin);
        let human_id = user("klara", Role::Member);
        let stranger = user("mallory", Role::Member);
        let accounts: BTreeMap<Persona, UserId> = Persona::ALL
            .map(|persona| (persona, user(persona.as_str(), Role::Bot)))
            .into();
        let operator = Keypair::from_seed(&[9; 32]);
        let trust = Trust {
            format: FORMAT,
            project: project.id,
            serial: 1,
            prev: None,
            at: Moment::from_millis(1_795_255_000_000),
            personas: accounts
                .iter()
                .map(|(persona, account)| PersonaTrust {
                    persona: *persona,
                    account: account.clone(),
                    keys: vec![KeyTrust {
                        key: key(*persona).public(),
                        revoked: None,
                    }],
                })
                .collect(),
            approvers: vec![Approver {
                id: human_id.clone(),
                name: "Klara Nilsson".to_owned(),
                simulated: true,
            }],
            policy: policy.digest(),
            checkpoint_keys: vec![operator.public()],
            endpoints: vec![Endpoint {
                host: "scripted".to_owned(),
                kind: "scripted".to_owned(),
            }],
        };
        let (_, envelope) = trust
            .seal(&operator)
            .expect("a trust document has a canonical form");
        let trust = TrustSet::open(&[envelope], &operator.public()).expect("it is signed");
        let seat = |id: &UserId| embedded.as_user(id).expect("the user was made");
        let stores = Persona::ALL
            .map(|persona| {
                let own = dir.path().join("workers").join(persona.as_str());
                (persona, store(on_disk, &own))
            })
            .into();
        let tested = |files: &BTreeMap<String, String>| {
            let fixed = files
                .get("src/greet.rs")
                .is_some_and(|text| text.contains("fixed"));
            if fixed {
                ("test greets ... ok\n".to_owned(), 0)
            } else {
                ("test greets ... FAILED\n".to_owned(), 101)
            }
        };
        let repository = Repository::new(&[("src/lib.rs", "pub mod greet;\n")], Arc::new(tested));
        let mut settings = Settings::default();
        settings.tests.command = vec!["test".to_owned()];
        settings.tests.runner = Runner::Libtest;
        settings.backoff = Duration::from_millis(1);
        Self {
            human: seat(&human_id),
            stranger: seat(&stranger),
            admin: seat(&admin),
            human_id,
            prover: PretendProver::new(&repository),
            repository,
            clock: Arc::new(PushedClock::new()),
            model: Arc::new(Counted {
                inner: script.parse().expect("the script is well formed"),
                asked: AtomicU32::new(0),
                meanwhile: std::sync::Mutex::default(),
            }),
            trust,
            operator,
            settings,
            policy,
            accounts,
            stores,
            on_disk,
            embedded,
            dir,
        }
    }

    /// Returns what a persona's first worker keeps for itself.
    #[must_use]
    pub fn store(&self, persona: Persona) -> &Arc<dyn Store> {
        &self.stores[&persona]
    }

    /// Returns a folder of the world's own.
    #[must_use]
    pub fn dir(&self) -> PathBuf {
        self.dir.path().to_owned()
    }

    /// Returns how many data syncs tracker and workers have made.
    #[must_use]
    pub fn syncs(&self) -> u64 {
        self.embedded.syncs() + self.stores.values().map(|store| store.syncs()).sum::<u64>()
    }

    /// Starts a worker; with `death` given it ends when that strikes.
    ///
    /// # Panics
    /// If the worker does not fit its own world.
    pub async fn worker(&self, persona: Persona, death: Option<&Arc<Death>>) -> Worker {
        self.worker_named(persona, "1", death).await
    }

    /// Starts another worker of the same persona, with a store of its own.
    ///
    /// # Panics
    /// If the worker does not fit its own world.
    pub async fn worker_named(
        &self,
        persona: Persona,
        name: &str,
        death: Option<&Arc<Death>>,
    ) -> Worker {
        let ports = self.ports(persona, name);
        let ports = match death {
            None => ports,
            Some(death) => Ports {
                tracker: Arc::new(Mortal::new(ports.tracker, death)),
                model: Arc::new(Mortal::new(ports.model, death)),
                workspace: Arc::new(Mortal::new(ports.workspace, death)),
                prover: Arc::new(Mortal::new(ports.prover, death)),
                store: Arc::new(Mortal::new(ports.store, death)),
                blobs: Arc::new(Mortal::new(ports.blobs, death)),
                ..ports
            },
        };
        self.start(persona, name, ports).await
    }

    /// Starts a worker whose ports a test has changed.
    ///
    /// # Panics
    /// If the worker does not fit its own world.
    pub async fn worker_through(
        &self,
        persona: Persona,
        change: impl FnOnce(Ports) -> Ports,
    ) -> Worker {
        self.start(persona, "1", change(self.ports(persona, "1")))
            .await
    }

    /// Starts another worker of the same persona on another machine: with a store and a name of its
    /// own, and ports a test has changed.
    ///
    /// # Panics
    /// If the worker does not fit its own world.
    pub async fn worker_apart(
        &self,
        persona: Persona,
        name: &str,
        change: impl FnOnce(Ports) -> Ports,
    ) -> Worker {
        let ports = change(self.ports(persona, name));
        self.start(persona, name, ports).await
    }

    fn ports(&self, persona: Persona, name: &str) -> Ports {
        let store = if name == "1" {
            Arc::clone(&self.stores[&persona])
        } else {
            let folder = format!("{persona}-{name}");
            store(self.on_disk, &self.dir.path().join("workers").join(folder))
        };
        Ports {
            tracker: Arc::new(self.seat(persona)),
            model: Arc::clone(&self.model) as Arc<dyn Model>,
            forge: None,
            workspace: Arc::new(self.repository.clone()),
            prover: Arc::new(self.prover.clone()),
            store,
            blobs: Arc::new(self.embedded.clone()),
            policy: Arc::new(self.policy),
            clock: Arc::clone(&self.clock) as _,
        }
    }

    async fn start(&self, persona: Persona, name: &str, ports: Ports) -> Worker {
        let id = WorkerId::new(format!("{persona}@world:{name}"));
        let (trust, settings) = (self.trust.clone(), self.settings.clone());
        Worker::new(
            persona,
            id,
            key(persona),
            trust,
            Prompts::builtin(),
            settings,
            ports,
        )
        .await
        .expect("the worker fits the world")
    }

    /// Files the item most worlds work on.
    ///
    /// # Panics
    /// If the tracker refuses.
    pub async fn file(&self, body: &str, labels: &[&str]) -> ItemId {
        let item = NewItem {
            title: "Greet people".to_owned(),
            body: body.to_owned(),
            labels: labels.iter().map(|label| (*label).to_owned()).collect(),
        };
        self.human
            .create(&item)
            .await
            .expect("the human may file")
            .id
    }

    /// Lets the workers take turns until none has anything to do.
    ///
    /// # Panics
    /// If a turn fails, or the world does not come to rest.
    pub async fn settle(&self, workers: &[Worker], item: &ItemId) {
        let stop = Stop::new();
        for _ in 0..200 {
            let mut worked = false;
            for worker in workers {
                let outcome = worker
                    .turn(item, &stop)
                    .await
                    .expect("a turn in a calm world");
                worked |= outcome == Outcome::Worked;
                if matches!(outcome, Outcome::Later(_)) {
                    self.clock.push(Duration::from_secs(1));
                    worked = true;
                }
            }
            if !worked {
                return;
            }
        }
        panic!("the world does not come to rest");
    }

    /// Starts the four workers.
    pub async fn workers(&self) -> Vec<Worker> {
        let mut workers = Vec::new();
        for persona in Persona::ALL {
            workers.push(self.worker(persona, None).await);
        }
        workers
    }

    /// Returns what a fresh observer sees of an item.
    ///
    /// # Panics
    /// If the tracker cannot be read.
    pub async fn view(&self, item: &ItemId) -> View {
        let read = self
            .human
            .read(item, None)
            .await
            .expect("the item can be read");
        View::of(read, &ProjectId::from("world"), &self.trust)
    }

    /// Says something as the human.
    ///
    /// # Panics
    /// If the tracker refuses.
    pub async fn say(&self, item: &ItemId, text: &str) -> CommentId {
        self.human
            .say(item, text)
            .await
            .expect("the human may comment")
    }

    /// Approves what waits, as the human.
    ///
    /// # Panics
    /// If nothing waits.
    pub async fn approve(&self, item: &ItemId) -> CommentId {
        let view = self.view(item).await;
        let gate = view.state.waiting().expect("a gate waits");
        self.say(item, &format!("/approve {}", gate.code)).await
    }

    /// Returns the bodies of an item's decisions, in order.
    ///
    /// # Panics
    /// If a record is missing.
    pub async fn decisions(&self, item: &ItemId) -> Vec<Decision> {
        self.bodies(item, Kind::Decision).await
    }

    /// Returns the bodies of an item's records of one kind, in order.
    ///
    /// # Panics
    /// If a record is missing.
    pub async fn bodies<B: Body>(&self, item: &ItemId, kind: Kind) -> Vec<B> {
        let view = self.view(item).await;
        let mut bodies = Vec::new();
        for listed in view.entries().flat_map(|signed| &signed.entry.records) {
            if listed.kind != kind {
                continue;
            }
            let record = match &listed.record {
                Some(record) => record.clone(),
                None => {
                    let bytes = self.embedded.get(&listed.digest.cast()).await;
                    let bytes = bytes
                        .expect("blobs can be read")
                        .expect("the blob is there");
                    Record::from_bytes(&bytes).expect("the blob is a record")
                }
            };
            bodies.push(record.read().expect("the record is of its kind"));
        }
        bodies
    }

    /// Returns the texts of all comments.
    ///
    /// # Panics
    /// If the item cannot be read.
    pub async fn comments(&self, item: &ItemId) -> Vec<String> {
        let read = self
            .human
            .read(item, None)
            .await
            .expect("the item can be read");
        read.comments
            .into_iter()
            .map(|comment| comment.text)
            .collect()
    }

    /// Changes the item's body as its author.
    ///
    /// # Panics
    /// If the tracker refuses.
    pub async fn edit_body(&self, item: &ItemId, body: &str) {
        let patch = ItemPatch {
            body: Some(body.to_owned()),
            ..ItemPatch::default()
        };
        self.human
            .patch_item(item, &patch)
            .await
            .expect("authors edit their items");
    }

    /// Returns a persona's place at the tracker.
    ///
    /// # Panics
    /// If there is no such account.
    #[must_use]
    pub fn seat(&self, persona: Persona) -> Seat {
        self.embedded
            .as_user(&self.accounts[&persona])
            .expect("the user was made")
    }

    /// Returns the newest comment.
    ///
    /// # Panics
    /// If there is none.
    pub async fn newest(&self, item: &ItemId) -> Comment {
        let read = self
            .human
            .read(item, None)
            .await
            .expect("the item can be read");
        read.comments.last().cloned().expect("there is a comment")
    }
}

fn store(on_disk: bool, dir: &std::path::Path) -> Arc<dyn Store> {
    if on_disk {
        Arc::new(LocalStore::open(dir).expect("a new store opens"))
    } else {
        Arc::new(MemoryStore::default())
    }
}

/// Returns a persona's key in simulated worlds.
#[must_use]
pub fn key(persona: Persona) -> Keypair {
    let seed = match persona {
        Persona::Planner => 1,
        Persona::Coder => 2,
        Persona::Tester => 3,
        Persona::Reviewer => 4,
    };
    Keypair::from_seed(&[seed; 32])
}
