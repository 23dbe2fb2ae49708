//! What Trail answers to humans.

use super::Note;
use crate::command::{Mistake, Word};
use crate::event::Order;
use crate::quote;

/// Answers a comment that looks like a command and is none, or lacks something.
#[must_use]
pub fn answered_mistake(mistake: &Mistake, waiting: Option<(&str, &str)>) -> Note {
    explained(&explain(mistake), waiting)
}

/// Says what is wrong with a command, and what would be right.
fn explain(mistake: &Mistake) -> String {
    match mistake {
        Mistake::UnknownCommand { word, did_you_mean: Some(meant) } => format!(
            "{} is no command. Did you mean `{}`? Nothing is guessed: please write it anew.",
            quote::inline(&format!("/{word}"), 40),
            meant.usage()
        ),
        Mistake::UnknownCommand { word, did_you_mean: None } => {
            let all: Vec<_> = Word::ALL.iter().map(|own| format!("`{}`", own.usage())).collect();
            format!(
                "{} is no command. There are {}.",
                quote::inline(&format!("/{word}"), 40),
                all.join(", ")
            )
        }
        Mistake::MissingCode { command } => format!(
            "`/{command}` names no code, so it covers nothing: the request may have changed since it was read. The form is `{}`.",
            command.usage()
        ),
        Mistake::MissingWhy { command } => {
            format!("`/{command}` needs a reason. The form is `{}`.", command.usage())
        }
        Mistake::MalformedCode { command, given } => format!(
            "{} is no code: codes have ten letters and digits, as in `7K3QX-0M9TB`. The form is `{}`.",
            quote::inline(given, 40),
            command.usage()
        ),
        Mistake::MissingSlash { command } => {
            format!("If that was meant as a command, it begins with a slash: `{}`.", command.usage())
        }
        Mistake::Several(found) => format!(
            "One comment gives one command; this one has {}: {}.",
            found.len(),
            found.iter().map(|own| quote::inline(own, 40)).collect::<Vec<_>>().join(", ")
        ),
        Mistake::Hidden => "The comment holds hidden characters, so what it shows may not be what it says. Please type it anew.".to_owned(),
    }
}

fn explained(explanation: &str, waiting: Option<(&str, &str)>) -> Note {
    let mut body = format!("{}\n", explanation.trim_end());
    if let Some((gate, code)) = waiting {
        body.push_str(&format!(
            "\nGate {} waits. To approve exactly what its request shows, comment `/approve {code}`; read the request first, for it may have changed since you last looked.\n",
            quote::inline(gate, 80)
        ));
    }
    Note::new("changed nothing", body)
}

/// Answers a command of somebody who may not give it.
#[must_use]
pub fn answered_not_permitted(command: &str, reason: &str) -> Note {
    Note::new(
        "changed nothing",
        format!(
            "{} was not obeyed: {}.\n",
            quote::inline(command, 40),
            quote::plain(reason, 300)
        ),
    )
}

/// Answers a command that names a code nothing waits for.
#[must_use]
pub fn answered_stale(command: &str, code: &str, waiting: Option<(&str, &str)>) -> Note {
    explained(
        &format!(
            "{} names code `{code}`, and nothing that waits now has that code.",
            quote::inline(command, 40)
        ),
        waiting,
    )
}

/// Answers a command that cannot be obeyed where the item stands.
#[must_use]
pub fn answered_ended(command: &str, why: &str) -> Note {
    Note::new(
        "changed nothing",
        format!(
            "{} cannot be obeyed now: {}.\n",
            quote::inline(command, 40),
            quote::plain(why, 300)
        ),
    )
}

/// Says that an order was obeyed.
#[must_use]
pub fn obeyed(order: Order, who: &str) -> Note {
    let (headline, body) = match order {
        Order::Hold => (
            "holds the item",
            "Nothing new is begun until `/resume`; what has begun is finished.\n",
        ),
        Order::Resume => ("goes on", ""),
        Order::Retry => ("tries again", ""),
        Order::Cancel => (
            "ends the run",
            "The history stays. File a new item to start over.\n",
        ),
    };
    Note::new(
        format!("{headline} on the word of {}", quote::plain(who, 100)),
        body,
    )
}

/// Says that the item's text is no longer the sealed one.
#[must_use]
pub fn drifted(diff: &str, code: &str) -> Note {
    Note::new(
        "stops: the item's text is no longer the one that was sealed",
        format!(
            "{}\nTo have exactly the new text built, a permitted person comments `/amend {code}`: the work starts again from the plan, and approvals so far are void. Or change the text back.\n",
            quote::fence("diff", diff)
        ),
    )
}

/// Says that the item's text is the sealed one again.
#[must_use]
pub fn restored() -> Note {
    Note::new("goes on: the item's text is the sealed one again", "")
}

/// Says what was found wrong in the tracker.
#[must_use]
pub fn found(kind: &str, detail: &str, code: &str) -> Note {
    Note::new(
        format!("closes the gates: {kind}"),
        format!(
            "{}\nNothing goes on until a permitted person has looked at this and comments `/dispose {code}` and why. It stays in every report.\n",
            quote::quotation(detail, 2000)
        ),
    )
}

/// Says that a finding was cleared.
#[must_use]
pub fn disposed(kind: &str, who: &str, why: &str) -> Note {
    Note::new(
        format!(
            "opens the gates again: {} cleared {kind}",
            quote::plain(who, 100)
        ),
        quote::quotation(why, 2000),
    )
}
