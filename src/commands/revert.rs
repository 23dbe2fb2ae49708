//! `trail revert ITEM`: what taking a delivery back would undo; with `--yes`, the command for it.

use std::path::PathBuf;

use trail_reader::Story;
use trail_reader::revert::{self, Closure};
use trail_record::{CommitId, ItemKey};
use trail_workspace::Lookup;

use crate::cli::Global;
use crate::commands::impact::{find, resolve, sources};
use crate::commands::why::open;
use crate::output::{self, Exit, Hinted, usage};
use crate::reading::{Reading, Source, Trusting};
use crate::setup::Setup;
use crate::standing::stand;
use crate::wire;

/// Shows what taking a delivered item back would undo, and changes nothing; with --yes it says so in
/// the item, with your own token.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The item.
    #[arg(value_name = "ITEM")]
    item: String,
    /// Why, for the pull request that takes it back.
    #[arg(value_name = "WHY")]
    why: Vec<String>,
    /// Take back as well what builds on it.
    #[arg(long)]
    with_dependants: bool,
    /// Post the command: `/revert` if nobody asked yet, else `/revert CODE`.
    #[arg(long)]
    yes: bool,
    /// The repository, instead of the set-up's or, with --history, the one around.
    #[arg(long, visible_alias = "repository", value_name = "DIR")]
    path: Option<PathBuf>,
    /// The branch it would be taken back from; by default the set-up's base branch, else HEAD.
    #[arg(long, value_name = "REV")]
    onto: Option<String>,
    #[command(flatten)]
    trusting: Trusting,
    #[command(flatten)]
    source: Source,
}

/// Runs the command.
pub(crate) async fn run(global: &Global, args: Args) -> anyhow::Result<Exit> {
    let why = args.why.join(" ");
    if why.contains(['\n', '\r']) {
        return Err(usage("the reason has several lines", "write it in one"));
    }
    if args.yes && args.source.history.is_some() {
        return Err(usage(
            "a history cannot be commented on",
            "leave --history out to say it in the tracker",
        ));
    }
    let reading = Reading::of(global, &args.source, &[]).await?;
    let stories = reading.stories();
    let index = find(&stories, &args.item)?;
    args.trusting.check_one(&reading, index)?;
    let story = &stories[index];
    let git = open(global, &args.source, args.path.as_deref()).await?;
    let onto = onto(global, &args, &git).await?;
    let sources = sources(&git, &onto, &[story.key.as_str()]).await?;
    let Some(mut closure) = revert::closure(story, &stories, Some(&sources)) else {
        let message = format!(
            "{} was not delivered: there is nothing to take back",
            story.key
        );
        return Err(Hinted::new(Exit::Findings, message)
            .help(format!(
                "to end its run, comment `/cancel`: trail comment {} /cancel",
                story.key
            ))
            .into());
    };
    let with = with(&closure, args.with_dependants);
    try_it(&git, &mut closure, &with, &onto).await?;
    if !args.yes {
        output::show(global.json, &closure, |closure| {
            let mut text = revert::text(closure);
            text.push_str(&format!(
                "\nnothing was changed; to take it back: trail revert {}{} --yes [WHY]\n",
                closure.own.item,
                if args.with_dependants {
                    " --with-dependants"
                } else {
                    ""
                },
            ));
            text
        })?;
        let clean =
            closure.taken_back.is_none() && closure.conflicts.as_ref().is_none_or(Vec::is_empty);
        return Ok(if clean { Exit::Ok } else { Exit::Findings });
    }
    say(global, story, &closure, &with, &why).await
}

async fn onto(global: &Global, args: &Args, git: &Lookup) -> anyhow::Result<CommitId> {
    if let Some(rev) = &args.onto {
        return resolve(git, rev).await;
    }
    let base = match &args.source.history {
        Some(_) => None,
        None => Setup::open(global)?.config.repository.base.clone(),
    };
    resolve(git, base.as_deref().unwrap_or("HEAD")).await
}

/// Returns the dependants that are taken back as well.
fn with(closure: &Closure, all: bool) -> Vec<ItemKey> {
    let dependants = closure.dependants.iter().filter(|_| all);
    dependants.map(|own| own.part.item.clone()).collect()
}

/// Finds out whether it fits, as the worker will.
async fn try_it(
    git: &Lookup,
    closure: &mut Closure,
    with: &[ItemKey],
    onto: &CommitId,
) -> anyhow::Result<()> {
    let Some(ranges) = closure.ranges(with) else {
        return Ok(());
    };
    closure.conflicts = match git.reverse(&ranges, onto).await {
        Ok(Ok(files)) if files.is_empty() => Some(vec![format!(
            "{onto} holds nothing of it: it was never merged, or was taken back already"
        )]),
        Ok(Ok(_)) => Some(Vec::new()),
        Ok(Err(clash)) => Some(
            clash
                .paths
                .iter()
                .map(|path| foreseen(closure, with, path))
                .collect(),
        ),
        Err(error) => {
            closure
                .gaps
                .push(format!("whether it fits could not be tried: {error}"));
            None
        }
    };
    Ok(())
}

/// Says which later items changed a file that clashes.
fn foreseen(closure: &Closure, with: &[ItemKey], path: &str) -> String {
    let later: Vec<String> = closure
        .dependants
        .iter()
        .filter(|own| !with.contains(&own.part.item))
        .filter(|own| {
            let part = &own.part;
            let mut all = part.files.iter().chain(&part.tests).chain(&part.documents);
            all.any(|file| file == path)
        })
        .map(|own| own.part.item.to_string())
        .collect();
    if later.is_empty() {
        format!("{path} was changed since by commits that Trail knows nothing of")
    } else {
        format!("{path} was changed since by {}", later.join(", "))
    }
}

/// Posts the command with the human's own token.
async fn say(
    global: &Global,
    story: &Story,
    closure: &Closure,
    with: &[ItemKey],
    why: &str,
) -> anyhow::Result<Exit> {
    if let Some(conflicts) = closure.conflicts.as_ref().filter(|own| !own.is_empty()) {
        let message = format!(
            "{} cannot be taken back as it stands: {}",
            story.key,
            conflicts.join("; ")
        );
        return Err(Hinted::new(Exit::Findings, message)
            .help("take back what changed it as well (--with-dependants), or mend it by hand first")
            .into());
    }
    let setup = Setup::open(global)?;
    let reach = wire::own_reach(&setup, global).await?;
    let tracker = reach.tracker.as_ref();
    let item = wire::find(tracker, story.key.as_str()).await?;
    // What counts is what the item says now, not what a mirror held.
    let standing = stand(tracker, &item, &setup.project(), &setup.trust()?).await?;
    let asked = standing.state.revert_asked.as_ref();
    let covered = Closure {
        covered: asked.map(|own| own.receipts.clone()).unwrap_or_default(),
        ..closure.clone()
    };
    let (text, next) = match asked {
        Some(own) if covered.is_covered() => {
            let keys: Vec<&str> = with.iter().map(ItemKey::as_str).collect();
            let with = if keys.is_empty() {
                String::new()
            } else {
                format!(" with {}", keys.join(" "))
            };
            (
                format!("/revert {}{with} {why}", own.code),
                "the planner begins the run; its gates `file_write` and `pr_create` wait for approval",
            )
        }
        // Nobody asked yet, or what was told is not what is shown here.
        _ => (
            "/revert".to_owned(),
            "the planner answers with a code; then run this again to name it",
        ),
    };
    let id = tracker.say(&item, text.trim_end()).await?;
    let value = serde_json::json!({
        "item": story.key,
        "command": text.trim_end(),
        "comment": id,
        "closure": closure,
    });
    output::show(global.json, &value, |_| {
        format!(
            "{}\nposted `{}` as comment {id}; {next}\n",
            revert::text(closure),
            text.trim_end()
        )
    })?;
    Ok(Exit::Ok)
}
