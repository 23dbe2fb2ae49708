//! The answer for people.

use trail_item::quote::visible;

use super::{Cause, Change, Impact, Kind, Suspect};
use crate::report::short;

/// Writes the answer for people.
#[must_use]
pub fn text(impact: &Impact) -> String {
    let mut out = String::new();
    let mut put = |line: String| {
        out.push_str(line.trim_end());
        out.push('\n');
    };
    let of = impact
        .criterion
        .as_ref()
        .map_or_else(String::new, |own| format!("/{own}"));
    put(format!("{}{of}  {}", impact.item, visible(&impact.title)));
    if impact.causes.is_empty() {
        put(String::new());
        put(
            "No criterion was amended or removed, and nothing was taken back: nothing is suspect."
                .to_owned(),
        );
        put("What would be suspect if one changed is told with --if-changed.".to_owned());
    }
    for cause in &impact.causes {
        put(String::new());
        for line in told(cause) {
            put(line);
        }
    }
    let open: Vec<&Suspect> = impact
        .suspects
        .iter()
        .filter(|own| own.settled.is_none())
        .collect();
    let settled = impact.suspects.len() - open.len();
    if !impact.causes.is_empty() {
        put(String::new());
        let word = if impact.supposed {
            "would be suspect"
        } else {
            "suspect"
        };
        put(format!("{} {word}, {settled} settled since", open.len()));
    }
    let mut last: Option<(Kind, bool)> = None;
    for own in &impact.suspects {
        let group = (own.kind, own.settled.is_some());
        if last != Some(group) {
            put(String::new());
            let mark = if group.1 { " (settled)" } else { "" };
            put(format!("{}{mark}", own.kind.as_str()));
            last = Some(group);
        }
        put(format!(
            "  {}  {}  [{}]",
            visible(&own.address),
            short(&own.what, 100),
            own.criteria.join(", ")
        ));
        put(format!("      {}", short(&own.because, 200)));
        if let Some(settled) = &own.settled {
            put(format!("      settled: {}", short(settled, 160)));
        }
        let elsewhere: Vec<String> = own
            .places
            .iter()
            .map(ToString::to_string)
            .filter(|place| *place != own.address)
            .map(|place| visible(&place))
            .collect();
        if !elsewhere.is_empty() {
            put(format!("      in {}", short(&elsewhere.join(", "), 300)));
        }
    }
    if !impact.plan.is_empty() {
        put(String::new());
        put("plan".to_owned());
    }
    for (number, step) in (1..).zip(&impact.plan) {
        put(format!("  {number}. {} - {}", step.what, step.why));
        for target in &step.targets {
            put(format!("       {}", short(target, 160)));
        }
        if let Some(command) = &step.command {
            put(format!("     with: {command}"));
        }
    }
    for gap in &impact.gaps {
        put(String::new());
        put(format!("not covered: {}", visible(gap)));
    }
    out
}

fn told(cause: &Cause) -> Vec<String> {
    let id = cause
        .criterion
        .as_ref()
        .map_or_else(|| "the item".to_owned(), ToString::to_string);
    let from = cause.from.map_or_else(String::new, |own| format!("@{own}"));
    let by = cause.by.as_ref().map_or_else(String::new, |own| {
        let comment = own
            .comment
            .as_ref()
            .map_or_else(String::new, |id| format!(" in comment {id}"));
        format!(
            " by {} at {}{comment} (entry {})",
            visible(&own.name),
            own.at,
            own.entry
        )
    });
    let mut lines = match cause.change {
        Change::Amended => {
            let to = cause.to.unwrap_or_default();
            vec![format!("amended   {id}{from} to {id}@{to}{by}")]
        }
        Change::Removed => vec![format!("removed   {id}{from}{by}")],
        Change::Supposed => vec![format!("if {id}{from} changed")],
        Change::Reverted => {
            let own = cause.taken_back.as_ref();
            let who = own.map_or_else(String::new, |own| {
                let why = own.why.as_deref().unwrap_or("no reason was given");
                format!(
                    " by run {} on the word of {} in comment {}: {}",
                    own.run,
                    visible(&own.name),
                    own.comment,
                    short(why, 200)
                )
            });
            vec![format!("reverted  {id}{who}")]
        }
    };
    if let Some(before) = &cause.before {
        let word = if cause.now.is_some() {
            "before"
        } else {
            "says"
        };
        lines.push(format!("  {word}: {}", short(before, 300)));
    }
    if let Some(now) = &cause.now {
        lines.push(format!("  now:    {}", short(now, 300)));
    }
    lines
}
