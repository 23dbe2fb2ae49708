//! A tree to lint, and what is known of its items.

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use trail_lint::known::{Criterion, Item, Known, Removed, State};
use trail_lint::{Date, Finding, Question, Report, Settings, Tree, Walk, check};

/// The day of all tests.
pub(crate) fn today() -> Date {
    "2026-11-21".parse().unwrap()
}

/// Three items: one delivered, one in work, one cancelled.
pub(crate) fn known() -> Known {
    let criterion = |id: &str, revision: u32, text: &str| Criterion {
        id: id.to_owned(),
        revision,
        text: text.to_owned(),
        keeps: false,
    };
    let item = |key: &str, title: &str, state: State, criteria: Vec<Criterion>| Item {
        key: key.to_owned(),
        title: title.to_owned(),
        state,
        criteria,
        removed: Vec::new(),
        unread: false,
    };
    let mut export = item(
        "VSME-142",
        "Export as XBRL",
        State::Delivered,
        vec![
            criterion("AC-1", 1, "Amounts are rounded half to even."),
            criterion("AC-2", 2, "An unknown currency is refused by its name."),
        ],
    );
    export.removed.push(Removed {
        id: "AC-9".to_owned(),
        revision: 1,
    });
    Known::new([
        export,
        item(
            "VSME-143",
            "Sort rows",
            State::InWork,
            vec![
                criterion("AC-1", 1, "Rows are sorted by entity."),
                criterion("AC-7", 1, "Empty rows are left out."),
            ],
        ),
        item(
            "VSME-99",
            "Fax",
            State::Cancelled,
            vec![criterion("AC-1", 1, "A report can be faxed.")],
        ),
    ])
    .unwrap()
}

/// A folder with files.
pub(crate) fn tree(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        put(folder.path(), path, text.as_bytes());
    }
    folder
}

pub(crate) fn put(root: &Path, path: &str, bytes: &[u8]) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

pub(crate) fn settings(json: &str) -> Settings {
    serde_json::from_str(json).unwrap()
}

pub(crate) fn read(root: &Path, settings: &Settings) -> Tree {
    Walk::new(root, &[], settings).unwrap().read(&|| ())
}

/// Lints a whole folder.
pub(crate) fn lint(root: &Path, settings: &Settings) -> Report {
    check(&Question {
        known: &known(),
        settings,
        tree: &read(root, settings),
        whole: true,
        today: today(),
    })
}

/// Says a finding in one line: place, level, rule, message.
pub(crate) fn line(finding: &Finding) -> String {
    let path = finding.path.as_deref().unwrap_or("-");
    let at = finding.line.map_or(String::new(), |own| format!(":{own}"));
    let level = finding.level.as_str();
    format!(
        "{path}{at} {level} {} {}",
        finding.rule.name(),
        finding.message
    )
}
