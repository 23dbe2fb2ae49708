//! The pages: nothing from outside is more than text, nothing is loaded, nothing is left out.

use serde_json::Value;
use trail_reader::matrix::{self, Filter, Matrix};
use trail_reader::{Report, Story};

use crate::{golden, proven};

/// What somebody may try in every text that is theirs to write.
const HOSTILE: &str = "</td></table><script>alert(1)</script>\"'><img src=x onerror=alert(2)> [x](javascript:y) \u{202e}";

/// Puts hostile text wherever text comes from outside.
fn hostile() -> Story {
    let mut story = proven();
    let bad = || HOSTILE.to_owned();
    for own in &mut story.specs {
        own.body.title = bad();
        own.body.body = bad();
        for criterion in &mut own.body.criteria {
            criterion.text = bad();
        }
        own.body.scope.write = vec![bad()];
    }
    for own in &mut story.conclusions {
        own.title = bad();
        own.body.name = bad();
        own.body.statement = bad();
        own.body.rationale = bad();
        own.body.choice = Some(bad());
        own.body.alternatives = vec![bad()];
    }
    for own in &mut story.decisions {
        own.body.text = bad();
        own.body.model_served = Some(bad());
        own.body.endpoint = bad();
        for ask in &mut own.body.asks {
            ask.tool = bad();
            ask.arguments = serde_json::json!({ "path": bad() });
            ask.verdict.allowed = false;
            ask.verdict.reason = bad();
        }
    }
    for own in &mut story.tests {
        own.body.command = vec![bad()];
        own.body.sandbox = bad();
        own.body.cases[0].name = bad();
        own.body.cases[0].message = Some(bad());
        own.body.cases[0].outcome = trail_record::body::TestOutcome::Failed;
    }
    for own in &mut story.proofs {
        own.body.test = bad();
        for claim in &mut own.body.claims {
            claim.reason = bad();
        }
    }
    for own in &mut story.mutants {
        own.body.before = bad();
        own.body.after = bad();
        own.body.operator = bad();
        own.body.path = bad();
        own.body.made_by = bad();
    }
    for own in &mut story.reported {
        own.body.source = bad();
        own.body.reported_by = bad();
    }
    for own in &mut story.pull_requests {
        own.body.title = bad();
        own.body.body = bad();
        own.body.branch = bad();
    }
    for own in &mut story.commits {
        own.body.message = bad();
    }
    for own in &mut story.deliveries {
        own.body.place = bad();
        own.body.remote = Some(bad());
    }
    for own in story.gates.iter_mut().flat_map(|own| &mut own.decisions) {
        own.body.name = bad();
        own.body.why = Some(bad());
    }
    story
}

/// Tells what a page has of what it must not have.
fn active(page: &str) -> Vec<&'static str> {
    let wrong = [
        "<script",
        "<img",
        "<iframe",
        "<link",
        "<object",
        "<form",
        "onerror=alert(2)>",
        "src=\"",
        "url(",
        "@import",
        "href=\"http",
        "href=\"javascript",
        "\u{202e}",
    ];
    let found = wrong.into_iter().filter(|own| page.contains(own));
    found.collect()
}

#[test]
fn text_from_outside_stays_text_on_every_page() {
    let story = hostile();
    let report = Report::of(&story);
    let matrix = Matrix::of(&[story], &Filter::default());
    for page in [report.html(), matrix::html(&matrix)] {
        assert_eq!(active(&page), Vec::<&str>::new());
        assert!(page.contains("&lt;script&gt;alert(1)"));
        assert!(page.contains("default-src 'none'; style-src 'unsafe-inline'"));
    }
    for text in [report.markdown(), matrix::markdown(&matrix)] {
        // Outside of blocks of code nothing of it is a tag.
        let mut code = false;
        let bare: Vec<&str> = text
            .lines()
            .filter(|own| {
                code ^= own.starts_with("```");
                !code && own.starts_with('<')
            })
            .collect();
        assert_eq!(bare, Vec::<&str>::new());
        assert!(!text.contains('\u{202e}'));
    }
}

#[test]
fn no_page_loads_anything() {
    for story in golden("v0").into_iter().chain([proven()]) {
        let page = Report::of(&story).html();
        assert_eq!(active(&page), Vec::<&str>::new());
        let links: Vec<&str> = page.split("href=\"").skip(1).collect();
        assert!(links.iter().all(|own| own.starts_with('#')));
    }
}

/// Collects all whole digests of a value.
fn digests(value: &Value, out: &mut Vec<String>) {
    match value {
        Value::String(text) if text.starts_with("sha256:") => out.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|own| digests(own, out)),
        Value::Object(fields) => fields.values().for_each(|own| digests(own, out)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn the_page_names_every_record_that_evidence_rests_on_by_its_whole_digest() {
    let report = Report::of(&proven());
    let page = report.html();
    let json = serde_json::to_value(&report).unwrap();
    let parts = [
        "head",
        "revisions",
        "gates",
        "conclusions",
        "proofs",
        "tests",
        "reported",
        "pull_request",
    ];
    for part in parts {
        let mut named = Vec::new();
        digests(&json[part], &mut named);
        assert!(!named.is_empty(), "{part}");
        for digest in named {
            // A file that was reported is named by the record that holds it.
            let file = json["reported"][0]["bytes"] == digest.as_str();
            assert!(file || page.contains(&digest), "{part}: {digest}");
        }
    }
    for delivery in &report.deliveries {
        assert!(page.contains(&delivery.digest.to_string()));
    }
}

#[test]
fn headings_stand_in_order_and_every_table_has_heads() {
    let page = Report::of(&proven()).html();
    let mut before = 0;
    for part in page.split("<h").skip(1) {
        let Some(level) = part.chars().next().and_then(|own| own.to_digit(10)) else {
            continue;
        };
        assert!(
            level <= before + 1,
            "a heading of level {level} after {before}"
        );
        before = level;
    }
    assert_eq!(page.matches("<h1").count(), 1);
    let tables = page.matches("<table").count();
    assert_eq!(page.matches("<caption>").count(), tables);
    assert_eq!(page.matches("<thead").count(), tables);
    for landmark in [
        "<header>",
        "<nav aria-label",
        "<main id=\"main\">",
        "lang=\"en\"",
    ] {
        assert_eq!(page.matches(landmark).count(), 1, "{landmark}");
    }
    // Every link of the table of contents leads somewhere.
    for link in page.split("href=\"#").skip(1) {
        let id = link.split('"').next().unwrap();
        assert_eq!(page.matches(&format!("id=\"{id}\"")).count(), 1, "{id}");
    }
}
