//! What is known while a document's events come.

use quick_xml::events::BytesStart;

use super::{Document, Raw, Verdict};

/// How deep elements may be nested.
const MOST_DEPTH: usize = 64;

/// How many cases are read.
const MOST_CASES: usize = 200_000;

/// How many bytes the attributes of one element may have.
const MOST_ATTRIBUTES: usize = 256 << 10;

/// What is known while events are read.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) document: Document,
    /// The elements around.
    pub(super) path: Vec<String>,
    suites: Vec<String>,
    pub(super) case: Option<Raw>,
    verdict: bool,
    pub(super) rooted: bool,
    doubts: usize,
    /// How many suites stand around the one whose counts hold.
    states_at: Option<usize>,
}

impl Reading {
    pub(super) fn fault(&mut self, fault: String) {
        self.doubts += 1;
        if self.doubts <= 20 {
            self.document.faults.push(fault);
        }
    }

    /// Takes an element's beginning; tells whether reading goes on.
    pub(super) fn open(&mut self, element: &BytesStart<'_>, empty: bool) -> bool {
        let name = element.local_name().as_ref().to_owned();
        if self.path.len() >= MOST_DEPTH {
            self.fault(format!("elements are nested deeper than {MOST_DEPTH}"));
            return false;
        }
        let attributes = match attributes(element) {
            Ok(attributes) => attributes,
            Err(fault) => {
                self.fault(format!("<{name}>: {fault}"));
                return false;
            }
        };
        let get = |wanted: &str| {
            let found = attributes.iter().find(|(own, _)| own == wanted);
            found.map(|(_, value)| value.clone())
        };
        match name.as_str() {
            "testsuites" | "testsuite" => {
                self.rooted = true;
                if self.case.is_some() {
                    self.fault("a suite stands inside a case".to_owned());
                    return false;
                }
                self.state(&get);
                if !empty {
                    let label = if name == "testsuites" {
                        "\u{0}".to_owned()
                    } else {
                        get("name").unwrap_or_default()
                    };
                    self.suites.push(label);
                }
            }
            "testcase" => {
                if self.case.is_some() {
                    self.fault("a case stands inside a case".to_owned());
                    return false;
                }
                if self.document.cases.len() >= MOST_CASES {
                    self.fault(format!("it has more than {MOST_CASES} cases"));
                    return false;
                }
                let case = Raw {
                    suites: self
                        .suites
                        .iter()
                        .filter(|own| *own != "\u{0}")
                        .cloned()
                        .collect(),
                    classname: get("classname")
                        .or_else(|| get("class"))
                        .unwrap_or_default(),
                    name: get("name").unwrap_or_default(),
                    file: get("file")
                        .or_else(|| get("filepath"))
                        .filter(|own| !own.is_empty()),
                    line: get("line").and_then(|own| own.parse().ok()),
                    ..Raw::default()
                };
                if empty {
                    self.document.cases.push(case);
                } else {
                    self.case = Some(case);
                }
            }
            "property" => {
                if let (Some(case), Some(key)) = (&mut self.case, get("name")) {
                    case.properties
                        .push((key, get("value").unwrap_or_default()));
                }
            }
            "failure" | "error" | "skipped" | "rerunFailure" | "rerunError" | "flakyFailure"
            | "flakyError" => {
                if let Some(case) = &mut self.case {
                    case.verdicts.push(Verdict {
                        element: name.clone(),
                        kind: get("type").filter(|own| !own.is_empty()),
                        message: get("message"),
                        text: String::new(),
                    });
                    self.verdict = !empty;
                }
            }
            _ => {}
        }
        if !empty {
            self.path.push(name);
        }
        true
    }

    /// Takes what a suite says of its counts. What `testsuites` says holds for its suites too, and
    /// what an outer suite says for the inner ones.
    fn state(&mut self, get: &impl Fn(&str) -> Option<String>) {
        let number = |wanted: &str| get(wanted).and_then(|own| own.trim().parse::<u64>().ok());
        if self.stated_above() {
            return;
        }
        let Some(tests) = number("tests") else { return };
        let bad = match (number("failures"), number("errors")) {
            (None, None) => None,
            (failures, errors) => {
                let sum = failures
                    .unwrap_or_default()
                    .saturating_add(errors.unwrap_or_default());
                Some(sum)
            }
        };
        let stated = &mut self.document.stated;
        stated.tests = add(stated.tests, Some(tests));
        stated.bad = add(stated.bad, bad);
        self.states_at = Some(self.suites.len());
    }

    /// Tells whether a suite around has said its counts.
    fn stated_above(&self) -> bool {
        self.states_at.is_some_and(|at| at < self.suites.len())
    }

    pub(super) fn close(&mut self) {
        let Some(name) = self.path.pop() else { return };
        match name.as_str() {
            "testsuites" | "testsuite" => {
                self.suites.pop();
                if self.states_at.is_some_and(|at| at >= self.suites.len()) {
                    self.states_at = None;
                }
            }
            "testcase" => self.document.cases.extend(self.case.take()),
            "failure" | "error" | "skipped" | "rerunFailure" | "rerunError" | "flakyFailure"
            | "flakyError" => self.verdict = false,
            _ => {}
        }
    }

    pub(super) fn text(&mut self, text: &str) -> bool {
        if self.verdict
            && let Some(verdict) = self.case.as_mut().and_then(|own| own.verdicts.last_mut())
        {
            verdict.text.push_str(text);
        }
        true
    }
}

fn add(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.saturating_add(other)),
        (one, other) => one.or(other),
    }
}

/// Reads an element's attributes with XML's own entities resolved and no other.
fn attributes(element: &BytesStart<'_>) -> Result<Vec<(String, String)>, String> {
    if element.attributes_raw().len() > MOST_ATTRIBUTES {
        return Err(format!(
            "its attributes have more than {MOST_ATTRIBUTES} bytes"
        ));
    }
    let mut found = Vec::new();
    for attribute in element.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        if found.len() >= 64 {
            return Err("it has more than 64 attributes".to_owned());
        }
        let raw = &attribute.value;
        let value = match quick_xml::escape::unescape(raw) {
            Ok(value) => value.into_owned(),
            // An entity that is not XML's own: as it is written.
            Err(_) => raw.clone().into_owned(),
        };
        found.push((attribute.key.as_ref().to_owned(), value));
    }
    Ok(found)
}
