//! `trail show`: where an item stands, or one entry or record by the start of its digest.

use serde::Serialize;
use serde_json::json;
use trail_item::quote::visible;
use trail_reader::show::{self, Candidate, EntryShown, Found, ItemShown, RecordShown};

use crate::cli::Global;
use crate::output::{self, Exit, Hinted, usage};
use crate::reading::{Reading, Source};

/// Shows one item, entry or record.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// An item's key, or at least four digits of an entry's or record's digest.
    #[arg(value_name = "ITEM|DIGEST")]
    what: String,
    #[command(flatten)]
    source: Source,
}

/// Runs the command.
pub(crate) async fn run(global: &Global, args: Args) -> anyhow::Result<Exit> {
    let what = args.what.trim();
    if what.contains('-') {
        let reading = Reading::of(global, &args.source, &[what.to_owned()]).await?;
        output::show(global.json, &show::item(&reading.only()?), item)?;
        return Ok(Exit::Ok);
    }
    let digits = what.strip_prefix("sha256:").unwrap_or(what);
    if digits.len() < show::MIN_DIGITS || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(usage(
            format!("{what:?} is neither an item's key nor the start of a digest"),
            format!(
                "write a key such as PROJ-1, or at least {} hexadecimal digits",
                show::MIN_DIGITS
            ),
        ));
    }
    let reading = Reading::of(global, &args.source, &[]).await?;
    match show::find(&reading.judged, &reading.history.blobs, digits) {
        Found::Entry(found) => output::show(global.json, found.as_ref(), entry)?,
        Found::Record(found) => output::show(global.json, found.as_ref(), record)?,
        Found::Several(found) => {
            output::show(global.json, &json!({ "candidates": found }), |_| {
                several(&found)
            })?;
            return Ok(Exit::Findings);
        }
        Found::Nothing => {
            return Err(Hinted::new(
                Exit::Findings,
                format!("nothing has a digest that begins with {digits}"),
            )
            .help("`trail log ITEM --json` lists the digests of an item's history")
            .into());
        }
    }
    Ok(Exit::Ok)
}

fn item(own: &ItemShown) -> String {
    let title = own
        .title
        .as_ref()
        .map_or_else(String::new, |title| format!(": {}", visible(title)));
    let mut out = format!("{}{title}\n", own.item);
    let head = own
        .head
        .map_or_else(|| "none".to_owned(), |head| head.to_string());
    let state = &own.state;
    out.push_str(&format!("  stage    {}\n", own.stage));
    if let Some(lease) = &state.lease {
        out.push_str(&format!(
            "  held by  {} for {} until {}\n",
            visible(lease.holder.as_str()),
            lease.action,
            lease.until
        ));
    }
    if let Some(gate) = state.waiting() {
        out.push_str(&format!(
            "  waits    gate {}: /approve {}\n",
            visible(gate.name.as_str()),
            gate.code
        ));
    } else if let Some(next) = own.next {
        out.push_str(&format!("  next     {next}, by the {}\n", next.persona()));
    }
    if state.held {
        out.push_str("  held     by a human; /resume lets it go on\n");
    }
    if let Some((_, code)) = &state.drift {
        out.push_str(&format!("  drift    the text changed: /amend {code}\n"));
    }
    for finding in state.findings.values().filter(|own| !own.disposed) {
        out.push_str(&format!(
            "  finding  {}: /dispose {} why\n",
            visible(&finding.kind),
            finding.code
        ));
    }
    out.push_str(&format!(
        "  calls    {}, {}\n",
        state.calls,
        trail_item::text::dollars(state.cost_micros)
    ));
    out.push_str(&format!(
        "  history  {}, {} entries\n  head     {head}\n",
        own.chain, own.entries
    ));
    out
}

fn entry(own: &EntryShown) -> String {
    let stands = if own.stands {
        "stands"
    } else {
        "does not stand"
    };
    format!(
        "entry {}\nof {}, signed by key {}; it {stands}\n\n{}\n",
        own.digest,
        own.item,
        own.key,
        pretty(&own.entry)
    )
}

fn record(own: &RecordShown) -> String {
    let mut out = format!(
        "{} {:?}\n  digest   {}\n  item     {}\n  sealed   {} by the {} in entry {} ({})\n",
        own.kind,
        visible(&own.title),
        own.digest,
        own.item,
        own.at,
        own.persona,
        own.seq,
        own.entry.short()
    );
    for input in &own.inputs {
        out.push_str(&format!("  rests on {input}\n"));
    }
    for other in &own.used_by {
        out.push_str(&format!("  used by  {other}\n"));
    }
    match (&own.body, &own.problem) {
        (Some(body), _) => out.push_str(&format!("\n{}\n", pretty(body))),
        (None, Some(problem)) => out.push_str(&format!("\n  {}\n", visible(problem))),
        (None, None) => {}
    }
    out
}

/// Writes JSON for people; characters that hide or reorder text are made visible.
fn pretty<T: Serialize>(value: &T) -> String {
    visible(&serde_json::to_string_pretty(value).unwrap_or_default())
}

fn several(found: &[Candidate]) -> String {
    let rows: Vec<Vec<String>> = found
        .iter()
        .map(|own| {
            vec![
                own.digest.clone(),
                own.kind.clone(),
                own.item.to_string(),
                visible(&own.title),
            ]
        })
        .collect();
    format!(
        "several digests begin so; write more digits\n{}",
        output::columns(&rows)
    )
}
