//! What was agreed: the task in force, its text, and how it came to say that.

use trail_record::body::{Authority, Criterion};

use crate::page::{Html, Table, text, when};
use crate::report::Report;
use crate::revisions::Word;

pub(super) fn agreed(report: &Report) -> Html {
    let Some(task) = &report.task else {
        return Html::text("No task was sealed.").paragraph();
    };
    let mut out = word(&task.authority, &task.authority_name).paragraph();
    let globs = |own: &[String]| Html::joined(own.iter().map(|own| Html::code(own)), ", ");
    let read = if task.scope.read.is_empty() {
        Html::text("everything in the repository")
    } else {
        globs(&task.scope.read)
    };
    let mut facts = vec![
        (
            "Revision",
            text!("{}, sealed {}", task.revision, when(task.sealed)),
        ),
        ("Sealed as", Html::code(&task.spec.to_string())),
        (
            "Filed by",
            text!("{} (account {})", task.author_name, task.author),
        ),
        ("Declared risk", Html::text(task.risk.as_str())),
        ("May be read", read),
        ("May be written", globs(&task.scope.write)),
    ];
    if !task.depends_on.is_empty() {
        let keys = task.depends_on.iter().map(|own| Html::text(own.as_str()));
        facts.push(("Builds on", Html::joined(keys, ", ")));
    }
    out.push(Html::facts(facts));
    out.push(criteria(&task.criteria));
    if report.revisions.len() > 1 {
        let mut table = Table::new(
            "The task as it was sealed, oldest first",
            &["Revision", "Sealed", "Whose word", "Criteria", "Sealed as"],
        );
        for own in &report.revisions {
            table.row([
                text!("{}", own.revision),
                Html::time(own.sealed),
                word(&own.authority, &own.authority_name),
                Html::text(&own.criteria.join(", ")),
                Html::code(&own.spec.to_string()),
            ]);
        }
        out.push(table.html());
    }
    out.push(Html::text("The whole text, as agreed").heading());
    out.push(Html::block(&task.text));
    out
}

fn criteria(criteria: &[Criterion]) -> Html {
    let mut table = Table::new("What must hold", &["Criterion", "What must hold"]);
    for own in criteria {
        let keeps = if own.keeps { " (keeps)" } else { "" };
        table.row([
            text!("{}@{}{keeps}", own.id, own.revision),
            Html::text(&own.text),
        ]);
    }
    table.html()
}

/// Says how it is known whose word a task is.
fn word(authority: &Authority, name: &str) -> Html {
    match authority {
        Authority::Author { user } => {
            text!("{name} (account {user}) wrote it; the tracker showed the text as unedited.")
        }
        Authority::Command {
            user,
            comment,
            code,
        } => text!("{name} (account {user}) bound exactly this text in comment {comment}, code ")
            .with(Html::code(code))
            .and("."),
    }
}

/// Says who did something and in which comment.
pub(super) fn by(word: &Word) -> Html {
    let comment = word
        .comment
        .as_ref()
        .map_or_else(String::new, |own| format!(" in comment {own}"));
    text!(
        "{} (account {}){comment}, {}",
        word.name,
        word.user,
        when(word.at)
    )
}
