//! Decisions with their reasons, commits, the pull request and its delivery.

use trail_record::body::PatchPurpose;

use crate::page::{Html, Table, text, when};
use crate::report::{ConclusionTold, Report};

pub(super) fn decisions(report: &Report) -> Html {
    let mut out = Html::new();
    if report.conclusions.is_empty() {
        out.push(Html::text("None was recorded.").paragraph());
    }
    let mut table = Table::new(
        "What agents concluded, and why",
        &["Decision", "What and why", "Instead of", "By", "Record"],
    );
    for own in &report.conclusions {
        table.row(conclusion(own));
    }
    out.push(table.html());
    if !report.failures.is_empty() {
        out.push(Html::text("Attempts that failed").heading());
        out.push(Html::list(report.failures.iter().map(|own| {
            text!(
                "{}, {} ({}): {}",
                when(own.at),
                own.body.action,
                own.body.kind,
                own.body.reason
            )
        })));
    }
    if !report.reviews.is_empty() {
        out.push(Html::text("The reviewer's last looks").heading());
        out.push(Html::list(report.reviews.iter().map(|own| {
            let (tone, word) = if own.body.confirmed {
                ("ok", "confirmed")
            } else {
                ("bad", "refused")
            };
            Html::chip(tone, word)
                .and(" tree ")
                .with(Html::code(own.body.tree.as_str()))
                .with(text!(": {}", own.body.summary))
        })));
    }
    out
}

fn conclusion(own: &ConclusionTold) -> [Html; 5] {
    let told = &own.conclusion;
    let mut name = Html::text(&told.name).within("strong", "");
    if let Some(choice) = &told.choice {
        name.push(Html::text(" = ").with(Html::code(choice)));
    }
    let call = own
        .call
        .map_or_else(String::new, |call| format!(", call {call}"));
    let why = text!("because: {}", told.rationale).within("p", "dim");
    let others = told.alternatives.iter().map(|own| Html::text(own));
    [
        name,
        Html::text(&told.statement).with(why),
        if told.alternatives.is_empty() {
            Html::new()
        } else {
            Html::list(others)
        },
        text!("{}{call}, {}", own.persona, when(own.at)),
        Html::code(&own.digest.to_string()),
    ]
}

pub(super) fn delivery(report: &Report) -> Html {
    let mut table = Table::new(
        "The commits, and the patchsets they apply",
        &["Commit", "What", "Files", "Author", "Tree"],
    );
    for own in &report.commits {
        let change = report
            .changes
            .iter()
            .find(|change| change.record == own.digest);
        let subject = own.body.message.lines().next().unwrap_or_default();
        let mut what = Html::text(subject);
        let mut files = Html::text("its patchset is not known");
        if let Some(change) = change {
            let purpose = match change.purpose {
                PatchPurpose::Implement => "implement",
                PatchPurpose::Test => "test",
                PatchPurpose::Fix => "fix",
            };
            let summary = text!("{purpose}: {}", change.summary).within("p", "dim");
            what.push(summary);
            files = Html::list(change.files.iter().map(|own| Html::code(own)));
        }
        table.row([
            Html::code(own.body.commit.as_str()),
            what,
            files,
            text!("{}, {}", own.body.author, when(own.at)),
            Html::code(own.body.tree.as_str()),
        ]);
    }
    let mut out = table.html();
    if report.commits.is_empty() {
        out.push(Html::text("Nothing was committed.").paragraph());
    }
    if let Some(own) = &report.pull_request {
        out.push(Html::text("The pull request").heading());
        out.push(Html::facts([
            ("Title", Html::text(&own.title)),
            ("Branch", Html::code(&own.branch)),
            ("From", Html::code(own.base.as_str())),
            ("To", Html::code(own.head.as_str())),
            ("Tree", Html::code(own.tree.as_str())),
            ("Record", Html::code(&own.digest.to_string())),
        ]));
        out.push(Html::text("Its text, as approved:").within("p", "dim"));
        out.push(Html::block(&own.body));
    }
    out.push(Html::text("Delivery").heading());
    if report.deliveries.is_empty() {
        out.push(Html::text("Nothing was delivered.").paragraph());
    }
    for own in &report.deliveries {
        let remote = own.body.remote.as_ref().map_or_else(
            || Html::text("kept in the local repository"),
            |own| Html::code(own),
        );
        out.push(Html::facts([
            ("When", Html::time(own.at)),
            ("Branch", Html::code(&own.body.branch)),
            ("Commit", Html::code(own.body.head.as_str())),
            ("Tree", Html::code(own.body.tree.as_str())),
            ("Where", Html::text(&own.body.place)),
            ("Remote", remote),
            ("Receipt", Html::code(&own.digest.to_string())),
        ]));
    }
    for own in &report.reverts {
        let items: Vec<&str> = own.body.items.iter().map(|own| own.key.as_str()).collect();
        let why = own
            .body
            .why
            .as_ref()
            .map_or_else(String::new, |why| format!(": {why}"));
        let told = text!(
            "{} takes back {}, on the word of {} in comment {}{why}",
            when(own.at),
            items.join(", "),
            own.body.user,
            own.body.comment
        );
        out.push(Html::chip("warn", "revert").and(" ").with(told).paragraph());
    }
    out
}
