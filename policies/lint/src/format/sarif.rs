//! SARIF 2.1.0 (OASIS Standard, 27 March 2020), as GitHub's code scanning and other viewers take it.
//!
//! Paths are relative to `%SRCROOT%`. What is in the baseline is `unchanged` and suppressed outside
//! the source, with the reason; a suppression in the source says the same with its day.

use serde_json::{Map, Value, json};

use crate::check::Report;
use crate::finding::{Finding, Standing};
use crate::rule::{Level, Rule};

/// Where the schema is published.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json";

/// The fingerprint's name and version: another way to compute it gets another number.
const FINGERPRINT: &str = "trailLint/v1";

pub(super) fn write(report: &Report, version: &str) -> String {
    let rules: Vec<Value> = Rule::ALL.iter().map(|own| rule(*own)).collect();
    let with_baseline = report.baseline.is_some();
    let results: Vec<Value> = report
        .findings
        .iter()
        .map(|own| result(own, with_baseline))
        .collect();
    let notes: Vec<Value> = report
        .notes
        .iter()
        .map(|own| json!({ "level": "note", "message": { "text": own } }))
        .collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "trail lint",
                "semanticVersion": version,
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": { "%SRCROOT%": {
                "description": { "text": "The root of the repository that was linted." },
            }},
            "invocations": [{
                "executionSuccessful": true,
                "toolExecutionNotifications": notes,
            }],
            "results": results,
        }],
    });
    let mut text = serde_json::to_string_pretty(&log).expect("it has only text and numbers");
    text.push('\n');
    text
}

fn rule(rule: Rule) -> Value {
    json!({
        "id": rule.id(),
        "name": rule.name(),
        "shortDescription": { "text": rule.summary() },
        "fullDescription": { "text": rule.why() },
        "help": { "text": rule.instead() },
        "defaultConfiguration": { "level": level(rule.level()) },
    })
}

const fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warn => "warning",
        Level::Off => "none",
    }
}

fn result(finding: &Finding, with_baseline: bool) -> Value {
    let mut result = Map::new();
    let mut put = |name: &str, value: Value| result.insert(name.to_owned(), value);
    let index = Rule::ALL.iter().position(|own| *own == finding.rule);
    put("ruleId", json!(finding.rule.id()));
    put("ruleIndex", json!(index));
    put("level", json!(level(finding.level)));
    let text = format!("{}\n{}", finding.message, finding.help);
    put("message", json!({ "text": text }));
    put(
        "partialFingerprints",
        json!({ FINGERPRINT: finding.fingerprint }),
    );
    put("locations", json!([location(finding)]));
    if with_baseline {
        let state = match &finding.standing {
            Standing::Open | Standing::Suppressed { .. } => "new",
            Standing::Accepted { .. } => "unchanged",
        };
        put("baselineState", json!(state));
    }
    let suppressions = match &finding.standing {
        Standing::Open => json!([]),
        Standing::Accepted { reason } => json!([{
            "kind": "external", "status": "accepted", "justification": reason,
        }]),
        Standing::Suppressed { reason, until } => json!([{
            "kind": "inSource", "status": "accepted",
            "justification": format!("until {until}: {reason}"),
        }]),
    };
    put("suppressions", suppressions);
    Value::Object(result)
}

fn location(finding: &Finding) -> Value {
    let mut location = Map::new();
    if let Some(path) = &finding.path {
        let mut physical = Map::new();
        physical.insert(
            "artifactLocation".to_owned(),
            json!({ "uri": uri(path), "uriBaseId": "%SRCROOT%" }),
        );
        if let Some(line) = finding.line {
            let mut region = Map::new();
            region.insert("startLine".to_owned(), json!(line.max(1)));
            if let Some(column) = finding.column {
                region.insert("startColumn".to_owned(), json!(column.max(1)));
            }
            if let Some(end) = finding.end_line {
                region.insert("endLine".to_owned(), json!(end.max(line)));
            }
            physical.insert("region".to_owned(), Value::Object(region));
        }
        location.insert("physicalLocation".to_owned(), Value::Object(physical));
    }
    let mut logical = Vec::new();
    let thing = finding.thing.iter().filter(|own| !own.is_empty());
    for thing in thing {
        let kind = if finding.path.is_some() {
            "function"
        } else {
            "requirement"
        };
        logical.push(json!({ "fullyQualifiedName": thing, "kind": kind }));
    }
    if let Some(claim) = &finding.claim {
        logical.push(json!({ "fullyQualifiedName": claim, "kind": "requirement" }));
    }
    if !logical.is_empty() {
        location.insert("logicalLocations".to_owned(), Value::Array(logical));
    }
    Value::Object(location)
}

/// Writes a path as a relative URI reference (RFC 3986, section 3.3): everything but unreserved
/// characters and `/` is percent-encoded, so no name can begin a scheme, query or fragment.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_uri_whatever_it_holds() {
        assert_eq!(uri("tests/test_a.py"), "tests/test_a.py");
        assert_eq!(uri("a b/c:d#é?.py"), "a%20b/c%3Ad%23%C3%A9%3F.py");
    }
}
