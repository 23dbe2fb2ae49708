//! `trail approve`: approves what an item waits for, after showing it.

use anyhow::Context as _;
use trail_item::code::Code;
use trail_item::state::Gate;
use trail_port::Blobs;
use trail_record::body::GateRequest;
use trail_record::{Digest, Record};

use crate::cli::Global;
use crate::output::{self, Exit, Hinted, usage};
use crate::setup::Setup;
use crate::standing::{Standing, stand};
use crate::wire;

/// What the command takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The item.
    #[arg(value_name = "ITEM")]
    pub(crate) item: String,
    /// The code of exactly what you approve, as the item shows it.
    #[arg(value_name = "CODE")]
    pub(crate) code: String,
    /// Why, if you want to say.
    #[arg(value_name = "WHY")]
    pub(crate) why: Vec<String>,
}

/// Shows what the code covers and posts the approval.
pub(crate) async fn run(global: &Global, args: Args) -> anyhow::Result<Exit> {
    decide(
        global,
        "approve",
        &args.item,
        &args.code,
        &args.why.join(" "),
    )
    .await
}

/// Posts a decision about the request with this code, after making sure that it is the one in force.
pub(super) async fn decide(
    global: &Global,
    verb: &str,
    key: &str,
    code: &str,
    why: &str,
) -> anyhow::Result<Exit> {
    let setup = Setup::open(global)?;
    let code: Code = code.parse().map_err(|error: trail_item::code::Malformed| {
        usage(
            error.to_string(),
            format!("`trail status` shows the code that {key} waits for"),
        )
    })?;
    if why.contains(['\n', '\r']) {
        return Err(usage("the reason has several lines", "write it in one"));
    }
    let reach = wire::own_reach(&setup, global).await?;
    let tracker = reach.tracker.as_ref();
    let item = wire::find(tracker, key).await?;
    let standing = stand(tracker, &item, &setup.project(), &setup.trust()?).await?;
    let gate = waiting(&standing, code, verb)?;
    let request = request(&standing, gate, reach.blobs.as_ref()).await?;
    if !global.json {
        output::print(format_args!(
            "{} {}\n\nGate {}, asked for by the {}:\n\n{}\n",
            standing.item.key,
            standing.item.title,
            gate.name,
            gate.requested_by,
            request.shown.trim_end(),
        ))?;
    }
    let text = format!("/{verb} {code} {why}");
    let id = tracker.say(&item, text.trim_end()).await?;
    let value = serde_json::json!({
        "item": standing.item.key,
        "gate": gate.name,
        "code": code.to_string(),
        "request": gate.request,
        "decision": verb,
        "comment": id,
    });
    output::show(global.json, &value, |_| {
        format!(
            "\nposted `{}` as comment {id}; the {} seals the decision\n",
            text.trim_end(),
            gate.attestor()
        )
    })?;
    Ok(Exit::Ok)
}

/// Returns the gate that waits under this code, or says what the item waits for instead.
fn waiting<'s>(standing: &'s Standing, code: Code, verb: &str) -> anyhow::Result<&'s Gate> {
    let key = &standing.item.key;
    if let Some(gate) = standing.state.waiting() {
        if gate.code.parse() == Ok(code) {
            return Ok(gate);
        }
        let message = format!(
            "{key} waits for gate {} under code {}, not {code}",
            gate.name, gate.code
        );
        return Err(Hinted::new(Exit::Findings, message)
            .help(format!(
                "the request may have changed since you read it; read it with `trail show {key}`"
            ))
            .into());
    }
    let instead = standing.waits_for(crate::trust::now());
    let instead = instead.unwrap_or_else(|| "nothing any more".to_owned());
    Err(Hinted::new(
        Exit::Findings,
        format!("there is nothing to {verb}: {key} waits for {instead}"),
    )
    .help(format!(
        "other commands go through `trail comment {key} \"/command ...\"`"
    ))
    .into())
}

/// Reads the sealed request of a gate.
async fn request(
    standing: &Standing,
    gate: &Gate,
    blobs: &dyn Blobs,
) -> anyhow::Result<GateRequest> {
    let entries = standing.assembly.chain.entries().iter();
    let mut listed = entries.flat_map(|own| own.signed.entry.records.iter());
    let listed = listed
        .find(|listed| listed.digest == gate.request)
        .context("the request is not in the item's history; see `trail verify`")?;
    if let Some(record) = &listed.record {
        return Ok(record.read()?);
    }
    let bytes = blobs.get(&gate.request.cast()).await?;
    let bytes = bytes.context("the request's bytes are not at the tracker; see `trail verify`")?;
    if Digest::<Record>::of(&bytes) != gate.request {
        anyhow::bail!("the request's bytes are not those that were sealed; see `trail verify`");
    }
    Ok(Record::from_bytes(&bytes)?.read()?)
}
