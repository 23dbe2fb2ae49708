//! The shape of JUnit XML, read with suspicion.
//!
//! A report is written by tools and by what they run, so it may be cut, wrong or hostile:
//!
//! - entities are never expanded but XML's own five and characters by number; a document type is a
//!   problem, and what it declares stays as it is written (`&name;`);
//! - at most [`MOST_BYTES`], 64 elements deep, 200,000 cases, 256 KiB of attributes in one element;
//! - wrong nesting, attributes given twice and a document that is cut end the reading there; what
//!   was read before stands, and a case that was not closed has not ended well.

use quick_xml::events::Event;

mod reading;

use reading::Reading;

/// The largest report that is read.
const MOST_BYTES: usize = 64 << 20;

/// A report as it is written.
#[derive(Debug, Default)]
pub(super) struct Document {
    /// The cases, in order.
    pub(super) cases: Vec<Raw>,
    /// What is wrong with it and may hide a failure.
    pub(super) faults: Vec<String>,
    /// Counts that the outermost suites state: tests, failures and errors together.
    pub(super) stated: Stated,
}

/// What suites say of themselves.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stated {
    pub(super) tests: Option<u64>,
    pub(super) bad: Option<u64>,
}

/// One `<testcase>`.
#[derive(Debug, Default)]
pub(super) struct Raw {
    /// The names of the suites around it, outermost first.
    pub(super) suites: Vec<String>,
    pub(super) classname: String,
    pub(super) name: String,
    pub(super) file: Option<String>,
    pub(super) line: Option<u32>,
    /// Its `<failure>`, `<error>`, `<skipped>` and the like.
    pub(super) verdicts: Vec<Verdict>,
    /// Its properties.
    pub(super) properties: Vec<(String, String)>,
    /// Whether the document ended before it.
    pub(super) cut: bool,
}

/// An element that says how a case went.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    pub(super) element: String,
    pub(super) kind: Option<String>,
    pub(super) message: Option<String>,
    pub(super) text: String,
}

/// Reads a document.
pub(super) fn read(text: &str) -> Document {
    let mut reading = Reading::default();
    let begin = ["<?xml", "<testsuite", "<!DOCTYPE"]
        .iter()
        .filter_map(|word| text.find(word))
        .min();
    let Some(begin) = begin else {
        reading.fault("there is no JUnit XML in it".to_owned());
        return reading.document;
    };
    let text = &text[begin..];
    if text.len() > MOST_BYTES {
        reading.fault(format!(
            "it has {} bytes, more than the {MOST_BYTES} that are read",
            text.len()
        ));
        return reading.document;
    }
    let mut reader = quick_xml::Reader::from_str(text);
    reader.config_mut().allow_dangling_amp = true;
    loop {
        let event = reader.read_event();
        let at = reader.buffer_position();
        let go_on = match event {
            Ok(Event::Start(element)) => reading.open(&element, false),
            Ok(Event::Empty(element)) => reading.open(&element, true),
            Ok(Event::End(_)) => {
                reading.close();
                true
            }
            Ok(Event::Text(text)) => reading.text(&text),
            Ok(Event::CData(text)) => reading.text(&text),
            Ok(Event::GeneralRef(name)) => {
                let resolved = name.resolve_char_ref().ok().flatten().map(String::from);
                let own = quick_xml::escape::resolve_predefined_entity(&name);
                match resolved.as_deref().or(own) {
                    Some(text) => reading.text(text),
                    None => reading.text(&format!("&{};", &*name)),
                }
            }
            Ok(Event::DocType(_)) => {
                reading.fault("it has a document type, which is not read".to_owned());
                true
            }
            Ok(Event::Eof) => {
                if !reading.path.is_empty() {
                    reading.fault(format!(
                        "it is cut: it ends inside <{}>",
                        reading.path.join("><")
                    ));
                }
                break;
            }
            Ok(_) => true,
            // What was printed behind a whole report on standard output is no part of it.
            Err(_) if reading.path.is_empty() && reading.rooted => break,
            Err(error) => {
                reading.fault(format!("it cannot be read on from byte {at}: {error}"));
                break;
            }
        };
        if !go_on {
            break;
        }
    }
    if let Some(mut case) = reading.case.take() {
        case.cut = true;
        reading.document.cases.push(case);
    }
    reading.document
}
