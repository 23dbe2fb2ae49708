//! `trail prove`: tries the tests of an item where they must fail, and tells what they prove.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::json;
use trail_item::quote::visible;
use trail_item::text::Standing;
use trail_port::model::{self, Answer, Identity, Request};
use trail_port::{Model, Policy, Store, Workspace};
use trail_record::body::Proof;
use trail_record::{ItemId, Keypair, Persona, WorkerId};
use trail_replay::MemoryStore;
use trail_store::LocalStore;
use trail_worker::{Ports, System, Tried, Worker};

use crate::cli::Global;
use crate::output::{self, Exit, Hinted, usage};
use crate::private;
use crate::setup::Setup;
use crate::wire::{self, Account};

/// Tries each annotated test of an item on the commit its run started from, on the change, and on
/// faults of the change, and tells what it proves.
///
/// On a machine that holds the tester's key what came of it is sealed in the item's history, once the
/// tests have passed there; it moves nothing. With --dry-run it is only shown.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The item, or the name of a test or a part of it.
    #[arg(value_name = "ITEM|TEST")]
    what: String,
    /// Only tests whose names hold this text; they are shown and not sealed.
    #[arg(long = "test", value_name = "NAME")]
    tests: Vec<String>,
    /// The item whose test it is, where a test is named.
    #[arg(long, value_name = "ITEM")]
    item: Option<String>,
    /// Show what came of it and seal nothing.
    #[arg(long)]
    dry_run: bool,
}

/// Runs the command.
pub(crate) async fn run(global: &Global, args: Args) -> anyhow::Result<Exit> {
    let setup = Setup::open(global)?;
    let (item, tests) = asked(&setup, &args).await?;
    let seal = !args.dry_run && tests.is_empty();
    let tried = if seal {
        sealing(&setup, &item).await?
    } else {
        showing(&setup, global, &item, &tests).await?
    };
    let claims = tried.proofs.iter().flat_map(|own| &own.claims);
    let proven = claims.into_iter().all(|own| own.proves);
    let value = json!({
        "tried": &tried,
        "criteria": tried.standings.iter().map(told).collect::<Vec<_>>(),
        "proven": proven,
    });
    output::show(global.json, &value, |_| text(&tried, seal))?;
    Ok(if proven { Exit::Ok } else { Exit::Findings })
}

/// Returns the item and the tests that are meant.
async fn asked(setup: &Setup, args: &Args) -> anyhow::Result<(String, Vec<String>)> {
    let mut tests = args.tests.clone();
    if let Some(item) = &args.item {
        tests.push(args.what.clone());
        return Ok((item.clone(), tests));
    }
    if is_key(&args.what) {
        return Ok((args.what.clone(), tests));
    }
    tests.push(args.what.clone());
    let items = items_of(setup, &args.what).await?;
    match items.as_slice() {
        [item] => Ok((item.clone(), tests)),
        [] => Err(usage(
            format!(
                "no annotated test in the repository has {:?} in its name",
                args.what
            ),
            "name the item with --item, or look with `trail lint`",
        )),
        several => Err(usage(
            format!(
                "tests with {:?} in their names validate criteria of {}",
                args.what,
                several.join(", ")
            ),
            "say which with --item",
        )),
    }
}

/// Tells whether a text is an item's key: `PROJ-1`, `owner/repo#12`, `#12`.
fn is_key(text: &str) -> bool {
    let number = |own: &str| !own.is_empty() && own.bytes().all(|byte| byte.is_ascii_digit());
    let word = |own: &str| own.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match (text.rsplit_once('#'), text.rsplit_once('-')) {
        (Some((_, last)), _) => number(last),
        (None, Some((first, last))) => !first.is_empty() && word(first) && number(last),
        (None, None) => false,
    }
}

/// Finds the items whose criteria tests of this name validate, at the tip of the base branch.
async fn items_of(setup: &Setup, name: &str) -> anyhow::Result<Vec<String>> {
    let workspace = wire::workspace(setup).await?;
    let base = workspace.base().await?;
    let run = trail_record::RunId::new("trail-prove-search");
    let worktree = workspace.open(&run, &base).await?;
    let hits = worktree.search(trail_proof::SEARCH, "", 20_000).await?;
    let mut paths: Vec<String> = hits.into_iter().map(|hit| hit.path).collect();
    paths.dedup();
    let mut items = Vec::new();
    for path in paths {
        let Some(bytes) = worktree.read(&path).await? else {
            continue;
        };
        let scan = trail_source::scan(&path, &bytes, &trail_source::Options::default());
        let named = scan
            .tests
            .into_iter()
            .filter(|test| test.name.contains(name));
        items.extend(
            named
                .flat_map(|test| test.validates)
                .map(|own| own.work_item),
        );
    }
    drop(worktree);
    workspace.close(&run).await?;
    items.sort();
    items.dedup();
    Ok(items)
}

/// Tries the tests as the tester, and seals what came of it.
async fn sealing(setup: &Setup, item: &str) -> anyhow::Result<Tried> {
    let (worker, id) = tester(setup, item, "prove").await?;
    Ok(worker.try_tests(&id, &[], true).await?)
}

/// Returns the tester for one task of a person on an item, and the item's id; `task` names the folder
/// of what it keeps for itself.
pub(super) async fn tester(
    setup: &Setup,
    item: &str,
    task: &str,
) -> anyhow::Result<(Worker, ItemId)> {
    let key = setup.key(Persona::Tester).map_err(|error| {
        Hinted::new(Exit::Usage, format!("{error:#}")).help(
            "only the tester seals what tests show: run this where the tester works, or add --dry-run",
        )
    })?;
    let home = setup.layout.worker(Persona::Tester, Some(task));
    private::make_dir(&home)?;
    let id = super::worker::worker_id(&home, Persona::Tester)?;
    let account = Account::of(setup, Persona::Tester)?;
    let shared = wire::share(setup, &account, &home.join("refs")).await?;
    let store = LocalStore::open(&home.join("store")).map_err(trail_port::store::Error::from)?;
    let (tracker, store): (_, Arc<dyn Store>) = (account.tracker(), Arc::new(store));
    let id_of = wire::find(tracker.as_ref(), item).await?;
    let ports = ports(setup, tracker, shared.blobs, store).await?;
    let worker = Worker::new(
        Persona::Tester,
        id,
        key,
        setup.trust()?,
        wire::prompts(setup)?,
        wire::settings(setup),
        ports,
    );
    let worker = match shared.mirror {
        Some(mirror) => worker.await?.with_mirror(mirror),
        None => worker.await?,
    };
    Ok((worker, id_of))
}

/// Tries the tests and writes nothing anywhere.
async fn showing(
    setup: &Setup,
    global: &Global,
    item: &str,
    tests: &[String],
) -> anyhow::Result<Tried> {
    let reach = wire::reach(setup, global).await?;
    let id_of = wire::find(reach.tracker.as_ref(), item).await?;
    let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let ports = ports(setup, reach.tracker, reach.blobs, store).await?;
    // It seals nothing, so its key signs nothing and may be anybody's.
    let worker = Worker::playing(
        Persona::Tester,
        WorkerId::new("tester@prove:dry-run"),
        Keypair::from_seed(&[0; 32]),
        setup.project(),
        setup.trust()?,
        wire::prompts(setup)?,
        wire::settings(setup),
        ports,
    );
    Ok(worker.try_tests(&id_of, tests, false).await?)
}

async fn ports(
    setup: &Setup,
    tracker: Arc<dyn trail_port::Tracker>,
    blobs: Arc<dyn trail_port::Blobs>,
    store: Arc<dyn Store>,
) -> anyhow::Result<Ports> {
    let policy: Arc<dyn Policy> = wire::policy(setup)?;
    let workspace: Arc<dyn Workspace> = Arc::new(wire::workspace(setup).await?);
    let name = setup.config.model_of(Persona::Tester);
    let identity = match name {
        Some(name) => wire::model_identity(setup, name)?,
        None => Identity {
            model: "none".to_owned(),
            endpoint: "none".to_owned(),
            temperature: None,
            price: None,
        },
    };
    Ok(Ports {
        tracker,
        model: Arc::new(Unasked(identity)),
        forge: None,
        prover: wire::prover(&workspace, &store),
        workspace,
        store,
        blobs,
        policy,
        clock: Arc::new(System),
    })
}

/// A model that is named and never asked: what tests prove is no model's to say.
struct Unasked(Identity);

#[async_trait]
impl Model for Unasked {
    fn identity(&self) -> Identity {
        self.0.clone()
    }

    async fn ask(&self, _: &Request) -> Result<Answer, model::Error> {
        Err(model::Error::Permanent {
            endpoint: self.0.endpoint.clone(),
            reason: "nobody asks a model to prove tests".to_owned(),
        })
    }
}

fn told(standing: &Standing) -> serde_json::Value {
    let own = &standing.criterion;
    json!({
        "criterion": own.id,
        "revision": own.revision,
        "keeps": own.keeps,
        "proven": standing.is_proven(),
    })
}

/// Returns the table of a result, test by test.
fn text(tried: &Tried, sealed: bool) -> String {
    let mut out = format!(
        "{}: tests of run {} on base {} and change {}\n\n",
        tried.item,
        tried.run,
        short(tried.base.as_str()),
        short(tried.head.as_str()),
    );
    for proof in &tried.proofs {
        out.push_str(&test(proof));
    }
    let open: Vec<&str> = tried
        .standings
        .iter()
        .filter(|own| !own.is_proven())
        .map(|own| own.criterion.id.as_str())
        .collect();
    let all = tried.standings.len();
    out.push_str(&format!("\n{} of {all} criteria proven", all - open.len()));
    if !open.is_empty() {
        out.push_str(&format!("; open: {}", open.join(", ")));
    }
    out.push('\n');
    if let Some(stopped) = &tried.stopped {
        out.push_str(&format!("not all was tried: {}\n", visible(stopped)));
    }
    out.push_str(&match (&tried.sealed, sealed) {
        (Some(entry), _) => format!("sealed in entry {}\n", entry.short()),
        (None, true) => "not sealed\n".to_owned(),
        (None, false) => "nothing was sealed: this was only shown\n".to_owned(),
    });
    out
}

fn test(proof: &Proof) -> String {
    let place = proof.place.as_ref().map_or_else(String::new, |own| {
        format!("  ({}:{})", visible(&own.path), own.line)
    });
    let mutant = proof.mutant.as_ref().map_or_else(
        || {
            let needed = proof.claims.iter().any(|own| !own.proves);
            if needed {
                "none failed it"
            } else {
                "none needed"
            }
        },
        |own| own.outcome.as_str(),
    );
    let mut out = format!(
        "{}{place}\n  base {} | change {} | mutant {mutant}\n",
        visible(&proof.test),
        proof.base.outcome.as_str(),
        proof.change.outcome.as_str(),
    );
    for claim in &proof.claims {
        let word = if claim.proves { "proven" } else { "NOT proven" };
        let keeps = if claim.keeps { " (keeps)" } else { "" };
        out.push_str(&format!(
            "  {} {word}{keeps}, {}: {}\n",
            claim.criterion.criterion,
            claim.verdict.as_str(),
            visible(&claim.reason),
        ));
    }
    out
}

fn short(commit: &str) -> &str {
    commit.get(..12).unwrap_or(commit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_items_are_told_from_names_of_tests() {
        for key in ["PROJ-1", "vsme-142", "owner/repo#12", "#12"] {
            assert!(is_key(key), "{key}");
        }
        for test in [
            "greets",
            "tests::greets",
            "test_x-1a",
            "a-b-3",
            "suite#works",
            "-1",
        ] {
            assert!(!is_key(test), "{test}");
        }
    }
}
