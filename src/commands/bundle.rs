//! `trail bundle`: hands an auditor one file.

mod gather;

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Serialize;
use trail_bundle::{Contents, Manifest, Withheld};
use trail_item::Fold;
use trail_record::{Blob, Digest, KeyId, Keypair, TrustSet};
use trail_workspace::Lookup;

use crate::cli::Global;
use crate::output::{self, Exit, usage};
use crate::private;
use crate::reading::{Reading, Source};
use crate::setup::Setup;
use crate::trust;

/// Writes items with all that is needed to verify them as one file.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Items by key, or ranges of keys such as PROJ-3..PROJ-9.
    #[arg(value_name = "ITEM|ITEM..ITEM", required_unless_present = "all")]
    items: Vec<String>,
    /// Take all items.
    #[arg(long, conflicts_with = "items")]
    all: bool,
    /// The file to write, by custom with the ending .trail; it must not be there yet.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Leave a record's bytes out, and say why; its digest stays. Only what nothing else is judged
    /// by can be left out.
    #[arg(long, value_name = "DIGEST=REASON")]
    redact: Vec<String>,
    /// The private key of a checkpoint key, to sign the attestations; by default the operator's, if
    /// it is at hand.
    #[arg(long, value_name = "KEYFILE")]
    sign: Option<PathBuf>,
    /// The repository to take git objects from, if it is not the set-up's.
    #[arg(long, value_name = "DIR")]
    repository: Option<PathBuf>,
    #[command(flatten)]
    source: Source,
}

/// What was written, as `--json` prints it.
#[derive(Debug, Serialize)]
pub(crate) struct Told {
    file: PathBuf,
    bytes: u64,
    items: Vec<String>,
    members: usize,
    withheld: Vec<Withheld>,
    /// The key that signed the attestations; none if there are none.
    attested_by: Option<KeyId>,
    notes: Vec<String>,
    /// What verifying the file says.
    pub(crate) verdict: &'static str,
    /// What could not be checked in it.
    pub(crate) unchecked: Vec<String>,
}

/// Runs the command.
pub(crate) async fn run(global: &Global, args: Args) -> anyhow::Result<Exit> {
    let withheld: Vec<Withheld> = args
        .redact
        .iter()
        .map(|text| redaction(text))
        .collect::<Result<_, _>>()?;
    if args.output.exists() {
        return Err(usage(
            format!("{} is there already", args.output.display()),
            "name a file that is not there yet",
        ));
    }
    let wanted = gather::Wanted::parse(&args.items)?;
    let mut reading = Reading::of(global, &args.source, &wanted.named()).await?;
    wanted.keep(&mut reading)?;
    let setup = match args.source.history {
        None => Some(Setup::open(global)?),
        Some(_) => None,
    };
    let notes: Vec<String> = gather::findings(&reading).into_iter().collect();
    let signer = signer(global, &args, setup.as_ref(), reading.trust.as_ref())?;
    let repository = gather::repository(&args, setup.as_ref()).await;
    let plan = Plan {
        withheld,
        signer,
        notes,
        output: args.output.clone(),
    };
    let told = make(reading, setup.as_ref(), repository, plan).await?;
    output::show(global.json, &told, text)?;
    Ok(if told.verdict == "findings" {
        Exit::Findings
    } else {
        Exit::Ok
    })
}

/// How a bundle is made.
pub(crate) struct Plan {
    /// What is left out.
    pub(crate) withheld: Vec<Withheld>,
    /// Who signs the attestations; nobody writes none.
    pub(crate) signer: Option<Keypair>,
    /// What people should know of it.
    pub(crate) notes: Vec<String>,
    /// The file, which is not there yet.
    pub(crate) output: PathBuf,
}

/// Makes a bundle of all items that were read, and verifies it.
pub(crate) async fn make(
    reading: Reading,
    setup: Option<&Setup>,
    repository: anyhow::Result<Lookup>,
    plan: Plan,
) -> anyhow::Result<Told> {
    let Plan {
        withheld,
        signer,
        mut notes,
        output,
    } = plan;
    let (policy, note) = gather::policy(setup)?;
    notes.extend(note);
    if let Err(error) = &repository {
        notes.push(format!("there are no git objects: {error:#}"));
    }
    let path = output.clone();
    let (history, repository) = (reading.history, repository.ok());
    let (manifest, bytes) = tokio::task::spawn_blocking(move || {
        let mut objects = gather::objects(repository);
        let contents = Contents {
            history,
            policy,
            objects: &mut *objects,
            withheld,
            signer: signer.as_ref(),
            made_at: trust::now(),
            made_by: format!("trail {}", env!("CARGO_PKG_VERSION")),
            notes,
        };
        write(contents, &output)
    })
    .await??;
    told(&path, bytes, manifest)
}

/// Reads `DIGEST=REASON`.
fn redaction(text: &str) -> anyhow::Result<Withheld> {
    let help = "write --redact sha256:DIGITS=REASON; `trail log ITEM --json` names the digests";
    let (digest, reason) = text
        .split_once('=')
        .filter(|(_, reason)| !reason.trim().is_empty())
        .ok_or_else(|| usage(format!("{text:?} gives no reason"), help))?;
    let digest: Digest<Blob> = digest
        .trim()
        .parse()
        .map_err(|error| usage(format!("{error}"), help))?;
    Ok(Withheld {
        digest,
        reason: reason.trim().to_owned(),
    })
}

/// Finds the key that signs the attestations: the named one, else the operator's if it may.
fn signer(
    global: &Global,
    args: &Args,
    setup: Option<&Setup>,
    trust: Option<&TrustSet>,
) -> anyhow::Result<Option<Keypair>> {
    let counts = |key: &Keypair| {
        trust.is_some_and(|own| own.latest().1.checkpoint_keys.contains(&key.public()))
    };
    if let Some(path) = &args.sign {
        let key = private::read_key(path, "the checkpoint key")?;
        return if counts(&key) {
            Ok(Some(key))
        } else {
            Err(usage(
                format!(
                    "{} is no checkpoint key of the newest trust document",
                    path.display()
                ),
                "`trail keys list` shows them; leave --sign out to write no attestations",
            ))
        };
    }
    let operator = setup.and_then(|own| own.operator(global).ok());
    Ok(operator.filter(counts))
}

/// Writes the file, or nothing.
fn write(contents: Contents<'_>, path: &Path) -> anyhow::Result<(Manifest, u64)> {
    let file = File::create_new(path).with_context(|| path.display().to_string())?;
    let written = (|| {
        let mut out = BufWriter::new(file);
        let mut rules_of =
            |_: &trail_record::chain::Subject| -> Box<dyn trail_record::chain::Rules> {
                Box::new(Fold::default())
            };
        let manifest = trail_bundle::make(contents, Some(&mut rules_of), &mut out)
            .map_err(|error| usage(error.to_string(), "see `trail bundle --help`"))?;
        out.flush()?;
        let file = out.into_inner()?;
        file.sync_all()?;
        anyhow::Ok((manifest, file.metadata()?.len()))
    })();
    if written.is_err() {
        // What is half written is nobody's evidence.
        std::fs::remove_file(path).ok();
    }
    written
}

/// Verifies what was written, and tells it.
fn told(path: &Path, bytes: u64, manifest: Manifest) -> anyhow::Result<Told> {
    let file = File::open(path).with_context(|| path.display().to_string())?;
    let mut rules_of = |_: &trail_record::chain::Subject| -> Box<dyn trail_record::chain::Rules> {
        Box::new(Fold::default())
    };
    let verified = trail_bundle::verify(file, None, Some(&mut rules_of))?;
    Ok(Told {
        file: path.to_owned(),
        bytes,
        items: manifest
            .items
            .iter()
            .map(|own| own.key.to_string())
            .collect(),
        members: manifest.members.len() + 1,
        withheld: manifest.withheld,
        attested_by: manifest.attested_by,
        notes: manifest.notes,
        verdict: verified.verdict().as_str(),
        unchecked: verified.unchecked,
    })
}

fn text(told: &Told) -> String {
    let mut out = format!(
        "wrote {} to {}: {} members, {} bytes\nit verifies as: {}\n",
        told.items.join(", "),
        told.file.display(),
        told.members,
        told.bytes,
        told.verdict
    );
    for own in &told.withheld {
        out.push_str(&format!("withheld: {}: {}\n", own.digest, own.reason));
    }
    match &told.attested_by {
        Some(key) => out.push_str(&format!("attestations are signed by {key}\n")),
        None => out.push_str("it holds no attestations: no checkpoint key was at hand (--sign)\n"),
    }
    for own in told.notes.iter().chain(&told.unchecked) {
        out.push_str(&format!("note: {}\n", trail_item::quote::visible(own)));
    }
    out.push_str(&format!(
        "anybody can check it: `trail verify {}`, and without Trail tests/verifier/verify.py\n",
        told.file.display()
    ));
    out
}
