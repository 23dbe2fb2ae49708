//! Several machines with nothing in common but tracker and repository: blobs and entries in
//! `refs/trail/*`, a machine lost with its disk, a shared history forced back.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use trail_agents::Prompts;
use trail_item::{Fold, Stage};
use trail_port::{Mirror as _, Tracker as _};
use trail_reader::{History, Judged};
use trail_record::{FindingKind, ItemId, Persona, WorkerId};
use trail_tests::fakes::MemoryStore;
use trail_tests::world::{BODY, SCRIPT, World, key};
use trail_worker::{Ports, Stop, Worker};
use trail_workspace::{RefSettings, RefStore};

/// The ref that machines share.
const REF: &str = "refs/trail/history";

/// A machine: four workers, one copy of the shared history, a disk.
struct Machine {
    store: RefStore,
    workers: Vec<Worker>,
    disk: PathBuf,
}

impl Machine {
    async fn new(world: &World, name: &str) -> Self {
        let disk = world.dir().join("machines").join(name);
        let remote = remote(world);
        let settings = RefSettings::new(remote.to_str().expect("it is text"), disk.join("shared"));
        let store = RefStore::open(settings).await.expect("it opens");
        let (_, trust) = world.trust.latest();
        let (_, envelope) = trust.seal(&world.operator).expect("it has a form");
        store
            .found(&world.operator.public(), &[envelope], &[])
            .await
            .expect("the remote takes it");
        let mut workers = Vec::new();
        for persona in Persona::ALL {
            workers.push(worker(world, name, persona, &store).await);
        }
        Self {
            store,
            workers,
            disk,
        }
    }

    /// The machine burns with all that was on its disk.
    fn lost(self) {
        drop(self.workers);
        drop(self.store);
        std::fs::remove_dir_all(&self.disk).expect("it had a disk");
    }
}

/// Makes a worker with a name and memory of its own, and blobs in the shared history alone.
async fn worker(world: &World, name: &str, persona: Persona, store: &RefStore) -> Worker {
    let ports = Ports {
        tracker: Arc::new(world.seat(persona)),
        model: Arc::clone(&world.model) as _,
        forge: None,
        workspace: Arc::new(world.repository.clone()),
        prover: Arc::new(world.prover.clone()),
        store: Arc::new(MemoryStore::default()),
        blobs: Arc::new(store.clone()),
        policy: Arc::new(world.policy),
        clock: Arc::clone(&world.clock) as _,
    };
    let id = WorkerId::new(format!("{persona}@{name}"));
    let (trust, settings) = (world.trust.clone(), world.settings.clone());
    let prompts = Prompts::builtin();
    Worker::new(persona, id, key(persona), trust, prompts, settings, ports)
        .await
        .expect("the worker fits the world")
        .with_mirror(Arc::new(store.clone()))
}

fn remote(world: &World) -> PathBuf {
    let remote = world.dir().join("remote.git");
    if !remote.exists() {
        git(&world.dir(), &["init", "-q", "--bare", "remote.git"]);
    }
    remote
}

fn git(dir: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .args(args)
        .current_dir(dir)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .expect("git is installed");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {args:?}: {stderr}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Reads the shared history as somebody does who has nothing but a clone.
fn judged(world: &World) -> Vec<Judged> {
    let clone = world.dir().join("auditor");
    let _ = std::fs::remove_dir_all(&clone);
    git(&world.dir(), &["init", "-q", "auditor"]);
    let remote = remote(world);
    let remote = remote.to_str().expect("it is text");
    git(
        &clone,
        &["fetch", "-q", remote, "+refs/trail/*:refs/trail/*"],
    );
    git(&clone, &["checkout", "-q", REF]);
    let history = History::load(&clone).expect("it is a history directory");
    history.judge(Some(&mut |_| Box::new(Fold::default())))
}

/// A script with a patchset too large for its entry, so that it goes to the blobs.
fn script() -> String {
    let lines = (0..400).map(|n| format!("// {n} line of a long file\\n"));
    let long: String = lines.collect();
    let script = SCRIPT.replace(
        "pub fn greet() {}\\n",
        &format!("pub fn greet() {{}}\\n{long}"),
    );
    assert_ne!(script, SCRIPT);
    script
}

#[tokio::test]
async fn a_new_machine_goes_on_where_a_lost_one_stopped_and_verifies_with_every_blob() {
    let world = World::playing(&script());
    let item = world.file(BODY, &[]).await;
    let first = Machine::new(&world, "a").await;
    world.settle(&first.workers, &item).await;
    world.approve(&item).await;
    // It dies in the middle of the work, with a claim in its name.
    let stop = Stop::new();
    for worker in &first.workers {
        let _ = worker.turn(&item, &stop).await.expect("a calm world");
    }
    let before = world.view(&item).await;
    first.lost();

    // What it sent can be judged by somebody who has the clone alone.
    let sent = judged(&world);
    assert_eq!(sent[0].judgement.findings, vec![]);
    assert_eq!(
        sent[0].assembly.chain.entries().len(),
        before.entries().count()
    );

    world.clock.push(Duration::from_secs(16 * 60));
    let second = Machine::new(&world, "b").await;
    world.settle(&second.workers, &item).await;
    world.approve(&item).await;
    world.settle(&second.workers, &item).await;
    let view = world.view(&item).await;
    assert!(
        matches!(view.state.stage, Stage::Delivered { .. }),
        "{:?}",
        view.state.stage
    );
    assert_eq!(view.assembly.findings, vec![]);
    let judged = judged(&world);
    assert_eq!(judged.len(), 1);
    assert_eq!(judged[0].judgement.findings, vec![]);
    let apart = view
        .entries()
        .flat_map(|signed| &signed.entry.records)
        .filter(|listed| listed.record.is_none())
        .count();
    assert!(apart > 0, "nothing went to the blobs");
    let head = view.entries().next_back().map(|signed| signed.digest);
    assert_eq!(judged[0].assembly.chain.head(), head);
    let counts = second.store.counts();
    let entries = view.entries().count();
    eprintln!("{entries} entries, {apart} records apart; the second machine: {counts:?}");
}

#[tokio::test]
async fn what_was_cut_from_the_tracker_while_the_machine_was_lost_is_found_by_the_next() {
    let world = World::playing(&script());
    let item = world.file(BODY, &[]).await;
    let first = Machine::new(&world, "a").await;
    world.settle(&first.workers, &item).await;
    first.lost();
    let victim = world
        .view(&item)
        .await
        .assembly
        .chain
        .last()
        .map(|own| own.comment.clone())
        .expect("there are entries");
    world
        .admin
        .delete_comment(&item, &victim)
        .await
        .expect("admins delete");
    let second = Machine::new(&world, "b").await;
    world.settle(&second.workers, &item).await;
    let findings = sealed(&world, &second, &item).await;
    assert_eq!(findings, [FindingKind::DeletedEntry.as_str()]);
}

/// Returns the kinds of the findings that are sealed, as a machine that remembers all sees it.
async fn sealed(world: &World, machine: &Machine, item: &ItemId) -> Vec<String> {
    machine.store.refresh().await.expect("the remote is there");
    let read = world.human.read(item, None).await.expect("it can be read");
    let texts = read.comments.iter().map(|own| own.text.clone());
    let mut kinds: Vec<String> = texts
        .filter_map(|text| {
            let (_, rest) = text.split_once("closes the gates: finding `")?;
            Some(rest.split_once('`')?.0.to_owned())
        })
        .collect();
    kinds.dedup();
    kinds
}

#[tokio::test]
async fn a_shared_history_forced_back_closes_the_gates_until_a_human_disposes_of_it() {
    for deleted in [false, true] {
        let world = World::playing(&script());
        let item = world.file(BODY, &[]).await;
        let machine = Machine::new(&world, "a").await;
        world.settle(&machine.workers, &item).await;
        let remote = remote(&world);
        if deleted {
            git(&remote, &["update-ref", "-d", REF]);
        } else {
            git(&remote, &["update-ref", REF, &format!("{REF}~1")]);
        }
        machine.store.refresh().await.expect("the remote is there");
        world.settle(&machine.workers, &item).await;
        let state = world.view(&item).await.state;
        let found: Vec<_> = state.findings.values().collect();
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].kind, FindingKind::RewoundHistory.as_str());
        // An approval is not heard while it stands, and nothing was sent.
        world.approve(&item).await;
        world.settle(&machine.workers, &item).await;
        assert!(world.view(&item).await.state.is_closed());
        assert!(machine.store.rewound().is_some());

        let word = format!(
            "/dispose {} the host was restored from a backup",
            found[0].code
        );
        world.say(&item, &word).await;
        world.settle(&machine.workers, &item).await;
        assert_eq!(machine.store.rewound(), None);
        for _ in 0..2 {
            if world.view(&item).await.state.waiting().is_some() {
                world.approve(&item).await;
                world.settle(&machine.workers, &item).await;
            }
        }
        let view = world.view(&item).await;
        assert!(
            matches!(view.state.stage, Stage::Delivered { .. }),
            "deleted {deleted}: {:?}",
            view.state.stage
        );
        let judged = judged(&world);
        assert_eq!(judged[0].judgement.findings, vec![]);
        assert_eq!(
            judged[0].assembly.chain.entries().len(),
            view.entries().count()
        );
    }
}

#[tokio::test]
async fn two_machines_working_at_once_share_one_history() {
    let world = World::playing(&script());
    let item = world.file(BODY, &[]).await;
    let (one, other) = (
        Machine::new(&world, "a").await,
        Machine::new(&world, "b").await,
    );
    // They take turns at the same item, each as often as it likes.
    for _ in 0..3 {
        for machine in [&one, &other] {
            world.settle(&machine.workers, &item).await;
        }
        if world.view(&item).await.state.waiting().is_some() {
            world.approve(&item).await;
        }
    }
    let view = world.view(&item).await;
    assert!(matches!(view.state.stage, Stage::Delivered { .. }));
    let judged = judged(&world);
    assert_eq!(judged[0].judgement.findings, vec![]);
    assert_eq!(
        judged[0].assembly.chain.entries().len(),
        view.entries().count()
    );
    assert_eq!((one.store.rewound(), other.store.rewound()), (None, None));
}
