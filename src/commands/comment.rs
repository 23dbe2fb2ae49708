//! `trail comment`: comments on an item as the person who runs it.

use trail_item::command::{self, Parsed};
use trail_item::text;

use crate::cli::Global;
use crate::output::{self, Exit, usage};
use crate::setup::Setup;
use crate::wire;

/// What the command takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The item.
    #[arg(value_name = "ITEM")]
    pub(crate) item: String,
    /// What to say: talk, or a command such as `/hold why`.
    #[arg(value_name = "TEXT")]
    pub(crate) text: String,
}

/// Posts the comment.
pub(crate) async fn run(global: &Global, args: Args) -> anyhow::Result<Exit> {
    let setup = Setup::open(global)?;
    if let Parsed::Mistake(mistake) = command::parse(&args.text) {
        let answer = text::answered_mistake(&mistake, None);
        let said = format!("{}\n{}", answer.headline, answer.body);
        return Err(usage(
            said.trim_end(),
            "nothing was posted; mend the command and try again",
        ));
    }
    let tracker = wire::own_account(&setup, global)?.tracker();
    let item = wire::find(tracker.as_ref(), &args.item).await?;
    let id = tracker.say(&item, &args.text).await?;
    let value = serde_json::json!({ "item": item, "comment": id });
    output::show(global.json, &value, |_| format!("posted as comment {id}\n"))?;
    Ok(Exit::Ok)
}
