//! What Trail answers to humans.

use trail_record::Finding;

use super::Note;
use crate::command::{Mistake, Word};
use crate::event::Order;
use crate::quote;

/// The headline of answers that do nothing.
const UNCHANGED: &str = "nothing was changed";

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
            "`/{command}` names no code, so it covers nothing: what is asked for may have changed since you read it. The form is `{}`.",
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
            "\nGate {} waits for approval. Its newest request above has code `{code}`: read it, then comment `/approve {code}` to approve exactly that.\n",
            quote::inline(gate, 80)
        ));
    }
    Note::new(UNCHANGED, body)
}

/// Answers a command of somebody who may not give it.
#[must_use]
pub fn answered_not_permitted(command: &str, reason: &str) -> Note {
    Note::new(
        UNCHANGED,
        format!(
            "{} was not obeyed: {}.\n",
            quote::inline(command, 40),
            clause(reason)
        ),
    )
}

/// Shows a reason within a sentence of Trail's, which has its own full stop.
fn clause(reason: &str) -> String {
    quote::plain(reason.trim().trim_end_matches('.'), 300)
}

/// Answers a command that names a code nothing waits for.
#[must_use]
pub fn answered_stale(command: &str, code: &str, waiting: Option<(&str, &str)>) -> Note {
    explained(
        &format!(
            "{} names code {}, and nothing that waits now has that code. It may have been decided, or asked for anew.",
            quote::inline(command, 40),
            quote::inline(code, 40)
        ),
        waiting,
    )
}

/// Answers a command that cannot be obeyed where the item stands.
#[must_use]
pub fn answered_ended(command: &str, why: &str) -> Note {
    Note::new(
        UNCHANGED,
        format!(
            "{} cannot be obeyed now: {}.\n",
            quote::inline(command, 40),
            clause(why)
        ),
    )
}

/// Says that an order was obeyed.
#[must_use]
pub fn obeyed(order: Order, who: &str) -> Note {
    let (headline, body) = match order {
        Order::Hold => (
            "holds the item",
            "Nothing new is begun until `/resume`; what was begun is finished.\n",
        ),
        Order::Resume => ("resumes", ""),
        Order::Retry => ("tries again", ""),
        Order::Cancel => (
            "ends the run",
            "The history stays. To start over, file a new item.\n",
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
            "{}\nTo have exactly the new text built, a permitted person comments `/amend {code}`: work then starts again from the plan, and approvals so far are void. To keep what was sealed, change the text back.\n",
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
        format!("closes the gates: finding {}", quote::inline(kind, 80)),
        format!(
            "{}\nNothing goes on until a permitted person has looked at this and comments `/dispose {code}` followed by the reason. The finding stays in every report.\n",
            quote::quotation(detail, 2000)
        ),
    )
}

/// Says that a finding was cleared.
#[must_use]
pub fn disposed(kind: &str, who: &str, why: &str) -> Note {
    Note::new(
        format!(
            "cleared finding {} on the word of {}",
            quote::inline(kind, 80),
            quote::plain(who, 100)
        ),
        format!(
            "{}\nThe gates are open again unless another finding stands. An approval that this finding was about has to be given anew.\n",
            quote::quotation(why, 2000)
        ),
    )
}

/// Says, within another note, that a stranger poses as a persona. The gates stay as they are.
#[must_use]
pub fn posed(finding: &Finding) -> String {
    format!(
        "Noted besides: {}. No persona wrote or signed it, so it has no effect and closes no gate; the finding stays in every report.",
        clause(&finding.to_string())
    )
}

/// Says that a gate stays although its label was taken off.
#[must_use]
pub fn gate_stays(gate: &str, code: &str) -> Note {
    let gate = quote::inline(gate, 80);
    Note::new(
        format!("gate {gate} stays: taking a label off approves nothing"),
        format!(
            "The label that asked for gate {gate} is gone. The gate still waits: comment `/approve {code}` to approve exactly what its request shows, or `/reject {code}` followed by the reason.\n"
        ),
    )
}
