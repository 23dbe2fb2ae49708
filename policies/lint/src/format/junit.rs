//! JUnit's XML: a suite per file, a failed case per finding that counts, a skipped one per finding
//! that was accepted or suppressed.

use std::collections::BTreeMap;
use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::word;
use crate::check::Report;
use crate::finding::{Finding, Standing};

pub(super) fn write(report: &Report) -> String {
    let bytes = document(report).expect("memory takes all bytes");
    String::from_utf8(bytes).expect("it is made of text")
}

fn document(report: &Report) -> io::Result<Vec<u8>> {
    let mut suites: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in &report.findings {
        let name = finding.path.as_deref().unwrap_or("criteria");
        suites.entry(name).or_default().push(finding);
    }
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let all = report.findings.iter();
    // With nothing to tell there is one case, and it passes: no cases at all read as no run.
    let clean = usize::from(suites.is_empty());
    let total = (report.findings.len() + clean).to_string();
    let failed = all.filter(|own| own.is_open()).count().to_string();
    writer
        .create_element("testsuites")
        .with_attributes([
            ("name", "trail lint"),
            ("tests", total.as_str()),
            ("failures", failed.as_str()),
        ])
        .write_inner_content(|writer| {
            if clean == 1 {
                passed(writer)?;
            }
            suites
                .iter()
                .try_for_each(|(name, own)| suite(writer, name, own))
        })?;
    let mut bytes = writer.into_inner();
    bytes.push(b'\n');
    Ok(bytes)
}

fn passed(writer: &mut Writer<Vec<u8>>) -> io::Result<()> {
    writer
        .create_element("testsuite")
        .with_attributes([("name", "trail lint"), ("tests", "1"), ("failures", "0")])
        .write_inner_content(|writer| {
            let case = writer.create_element("testcase");
            let names = [("classname", "trail lint"), ("name", "clean")];
            case.with_attributes(names).write_empty().map(|_| ())
        })
        .map(|_| ())
}

fn suite(writer: &mut Writer<Vec<u8>>, name: &str, findings: &[&Finding]) -> io::Result<()> {
    let failed = findings.iter().filter(|own| own.is_open()).count();
    let skipped = findings.len() - failed;
    let numbers = [findings.len(), failed, skipped].map(|own| own.to_string());
    let [tests, failures, skipped] = &numbers;
    writer
        .create_element("testsuite")
        .with_attributes([
            ("name", xml(name).as_str()),
            ("tests", tests),
            ("failures", failures),
            ("skipped", skipped),
        ])
        .write_inner_content(|writer| {
            findings
                .iter()
                .try_for_each(|finding| case(writer, name, finding))
        })
        .map(|_| ())
}

fn case(writer: &mut Writer<Vec<u8>>, suite: &str, finding: &Finding) -> io::Result<()> {
    let mut name = finding.rule.id().to_owned();
    for part in [&finding.thing, &finding.claim].into_iter().flatten() {
        name.push_str(&format!(" {part}"));
    }
    let line = finding.line.map(|own| own.to_string());
    let (suite, name) = (xml(suite), xml(name.trim()));
    let mut names = vec![("classname", suite.as_str()), ("name", name.as_str())];
    if finding.path.is_some() {
        names.push(("file", &suite));
    }
    if let Some(line) = &line {
        names.push(("line", line));
    }
    writer
        .create_element("testcase")
        .with_attributes(names)
        .write_inner_content(|writer| outcome(writer, finding))
        .map(|_| ())
}

fn outcome(writer: &mut Writer<Vec<u8>>, finding: &Finding) -> io::Result<()> {
    let message = xml(&finding.message);
    let why = match &finding.standing {
        Standing::Open => {
            return writer
                .create_element("failure")
                .with_attributes([("type", word(finding.level)), ("message", &message)])
                .write_text_content(BytesText::new(&xml(&finding.help)))
                .map(|_| ());
        }
        Standing::Accepted { reason } => format!("in the baseline: {reason}"),
        Standing::Suppressed { reason, until } => format!("suppressed until {until}: {reason}"),
    };
    let skipped = writer.create_element("skipped");
    let why = xml(&why);
    skipped
        .with_attribute(("message", why.as_str()))
        .write_empty()
        .map(|_| ())
}

/// Shows what hides, and leaves out what XML 1.0 cannot hold at all (section 2.2, `Char`); the writer
/// escapes the rest.
fn xml(text: &str) -> String {
    let may = |own: &char| matches!(own, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    super::plain(text).chars().filter(may).collect()
}
