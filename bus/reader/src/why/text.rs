//! The answer for people.

use trail_item::quote::visible;
use trail_record::body::TestOutcome;
use trail_source::Role;

use super::{How, Why};
use crate::graph::Node;
use crate::reconcile::Binding;

/// Writes the answer for people.
#[must_use]
pub fn text(why: &Why) -> String {
    let mut out = String::new();
    let mut put = |line: String| {
        out.push_str(line.trim_end());
        out.push('\n');
    };
    put(format!(
        "{}:{}  {}",
        visible(&why.line.path),
        why.line.number,
        visible(why.line.text.trim())
    ));
    let then = if why.line.path_then == why.line.path && why.line.number_then == why.line.number {
        String::new()
    } else {
        format!(
            ", there {}:{}",
            visible(&why.line.path_then),
            why.line.number_then
        )
    };
    let short = why.commit.as_str().get(..12).unwrap_or(why.commit.as_str());
    put(format!(
        "  commit     {short}  {}{then}",
        visible(&why.subject)
    ));
    put(format!("  sealed     {}", bound(&why.binding)));
    for own in &why.annotated {
        let word = match own.role {
            Role::Validates => "validates ",
            Role::Implements => "implements",
            Role::Documents => "documents ",
        };
        let standing = own
            .standing
            .map_or_else(String::new, |own| format!("  ({})", own.as_str()));
        put(format!(
            "  {word} {}  {}{standing}",
            visible(&own.criterion),
            crate::report::short(own.text.as_deref().unwrap_or_default(), 120)
        ));
        put(format!(
            "             says {} at {}",
            visible(&own.name),
            visible(&own.place.to_string())
        ));
        if !own.proven_by.is_empty() {
            let tests: Vec<String> = own.proven_by.iter().map(|test| visible(test)).collect();
            put(format!("             proven by {}", tests.join(", ")));
        }
        if let Some(suspect) = &own.suspect {
            put(format!("             suspect: {}", visible(suspect)));
        }
    }
    if let Some(told) = &why.history {
        put(format!(
            "  item       {}  {}",
            told.item,
            visible(&told.title)
        ));
        for own in &told.criteria {
            put(format!(
                "  criterion  {}  {}",
                own.criterion,
                visible(&own.text)
            ));
            put(format!("             ({})", visible(&own.because)));
        }
        if let Some(own) = &told.written {
            let model = own
                .model
                .as_deref()
                .unwrap_or("a model that did not say its name");
            put(format!(
                "  written    {}, by the {} ({}, {}){}",
                own.decision.address(),
                own.decision.persona,
                visible(own.decision.action.as_deref().unwrap_or_default()),
                visible(model),
                match own.how {
                    How::Text => "",
                    How::RepeatedText => "; the file has this text several times",
                    How::File => "; the last call to stage this file",
                }
            ));
            if !own.said.trim().is_empty() {
                put(format!(
                    "             \"{}\"",
                    crate::report::short(&own.said, 200)
                ));
            }
        }
        if let Some(own) = &told.patchset {
            let summary = told.summary.as_deref().unwrap_or_default();
            put(format!(
                "  patchset   {}  {}",
                own.digest.short(),
                crate::report::short(summary, 160)
            ));
        }
        if !told.saw.is_empty() {
            let saw: Vec<String> = told.saw.iter().map(Node::label).collect();
            put(format!("  it saw     {}", saw.join(", ")));
        }
        for own in &told.approvals {
            let mut marks = String::new();
            if own.simulated {
                marks.push_str(", simulated");
            }
            if own.delegated {
                marks.push_str(", delegated");
            }
            let comment = own.comment.as_ref().map_or_else(String::new, |seen| {
                format!(" in comment {}", visible(seen.id.as_str()))
            });
            put(format!(
                "  approved   {} by {} ({}){comment}, {}; gate {}, request {}, attested by the {}{marks}",
                own.covers,
                visible(&own.name),
                visible(&own.account),
                own.at,
                visible(&own.gate),
                own.request.short(),
                own.attested_by
            ));
        }
        for own in &told.tests {
            put(format!(
                "  test       {}  {}  for {}",
                visible(&own.name),
                outcome(own.outcome),
                own.criterion
            ));
        }
        for finding in &told.findings {
            put(format!("  FINDING    {}", visible(finding)));
        }
    }
    for gap in &why.gaps {
        put(format!("  gap        {}", visible(gap)));
    }
    out
}

fn bound(binding: &Binding) -> String {
    match binding {
        Binding::Same { sealed } => format!(
            "entry {} of {}, record {}",
            sealed.entry,
            sealed.run,
            sealed.record.short()
        ),
        Binding::Rebased { sealed, by } => format!(
            "rebased: {} has {} (entry {} of {})",
            sealed.commit,
            by.as_str(),
            sealed.entry,
            sealed.run
        ),
        Binding::Squashed { sealed, by } => format!(
            "squashed: the commits of {} up to {} have {}",
            sealed.run,
            sealed.commit,
            by.as_str()
        ),
        Binding::Broken { claims, why } => {
            format!("BROKEN: its trailers claim {}, but {why}", visible(claims))
        }
        Binding::Foreign => "no: this commit was not made by Trail".to_owned(),
    }
}

const fn outcome(outcome: TestOutcome) -> &'static str {
    match outcome {
        TestOutcome::Passed => "passed",
        TestOutcome::Failed => "failed",
        TestOutcome::Skipped => "skipped",
    }
}
