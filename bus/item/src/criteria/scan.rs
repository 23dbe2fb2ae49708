//! Walks the lines of a body and sorts them into criteria, lists, values and prose.

use super::head::{self, Form};
use super::markdown::{self, Line, heading, indent, is_rule, list_item, underline};
use super::section::{self, Section, key_line};

/// A criterion as it was found.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) line: u32,
    pub(crate) head: head::Head,
}

/// The criterion whose text may go on.
#[derive(Debug, Clone, Copy)]
struct Open {
    indent: usize,
    kind: Kind,
}

/// How a criterion started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bullet,
    Plain,
    Heading,
}

/// What a body's lines turned out to be.
#[derive(Debug)]
pub(crate) struct Scanner {
    pub(crate) found: Vec<Found>,
    pub(crate) unnumbered: Vec<(u32, String)>,
    pub(crate) write: Vec<(u32, String)>,
    pub(crate) read: Vec<(u32, String)>,
    pub(crate) unclear: Vec<(u32, String)>,
    pub(crate) risks: Vec<(u32, String)>,
    pub(crate) depends_on: Vec<(u32, String)>,
    pub(crate) references: Vec<(u32, String)>,
    pub(crate) prose: Vec<(String, bool)>,
    pub(crate) criteria_heading: Option<u32>,
    pub(crate) scope_heading: Option<u32>,
    section: Section,
    /// The level of the heading that opened the section.
    level: usize,
    /// Whether the section was opened by a line such as `References:` and ends with its list.
    soft: bool,
    /// Whether the soft section has had an entry.
    entered: bool,
    open: Option<Open>,
    /// Whether the line before was blank.
    blank: bool,
    /// The indentation of an unnumbered list item whose nested lines belong to it.
    skipped: Option<usize>,
}

impl Scanner {
    /// Sorts the lines of a body.
    pub(crate) fn scan(body: &str) -> Self {
        let mut scanner = Self {
            found: Vec::new(),
            unnumbered: Vec::new(),
            write: Vec::new(),
            read: Vec::new(),
            unclear: Vec::new(),
            risks: Vec::new(),
            depends_on: Vec::new(),
            references: Vec::new(),
            prose: Vec::new(),
            criteria_heading: None,
            scope_heading: None,
            section: Section::Other,
            level: 0,
            soft: false,
            entered: false,
            open: None,
            blank: true,
            skipped: None,
        };
        let (lines, close) = markdown::lines(body);
        let mut at = 0;
        while at < lines.len() {
            let under = lines
                .get(at + 1)
                .filter(|next| !next.fenced)
                .map(|next| &*next.text);
            at += scanner.line(&lines[at], under);
        }
        if let Some(close) = close {
            scanner.prose.push((close, true));
        }
        scanner
    }

    /// Sorts one line; returns how many lines it took.
    fn line(&mut self, line: &Line<'_>, under: Option<&str>) -> usize {
        if line.fenced {
            self.prose.push((line.text.clone().into_owned(), true));
            return 1;
        }
        let text = line.text.trim_end();
        let (indent, text) = indent(text);
        if text.is_empty() {
            self.blank = true;
            self.consumed();
            return 1;
        }
        let taken = self.words(line.number, indent, text, under);
        self.blank = false;
        taken
    }

    /// Sorts a line that has words.
    fn words(&mut self, number: u32, indent: usize, text: &str, under: Option<&str>) -> usize {
        if text.starts_with('>') {
            self.open = None;
            self.keep(indent, text);
            return 1;
        }
        if let Some((level, words)) = heading(text) {
            self.heading(
                number,
                level,
                words,
                &format!("{}{text}", " ".repeat(indent)),
            );
            return 1;
        }
        let nested = self
            .open
            .is_some_and(|open| open.kind != Kind::Heading && indent > open.indent);
        let item = list_item(text);
        let inner = item.unwrap_or(text);
        let loose = item.is_some() && self.section == Section::Criteria;
        let form = if loose { Form::Loose } else { Form::Strict };
        if let Some(head) = head::head(inner, form) {
            let kind = if item.is_some() {
                Kind::Bullet
            } else {
                Kind::Plain
            };
            self.begin(number, head, Open { indent, kind });
            return 1;
        }
        if !nested {
            if let Some(level) = under.and_then(underline).filter(|_| item.is_none()) {
                let words = text.trim_matches(['*', '_']);
                if let Some(section) = Section::named(words, self.section.is_scope()) {
                    self.enter(number, section, level, false);
                    self.consumed();
                    return 2;
                }
            }
            if self.key(number, inner, item.is_some()) {
                return 1;
            }
        }
        if self.continues(indent, text, item) {
            self.extend(inner);
            self.consumed();
            return 1;
        }
        self.open = None;
        self.entry(number, indent, text, item);
        1
    }

    /// Takes a `#` heading.
    fn heading(&mut self, number: u32, level: usize, words: &str, whole: &str) {
        self.open = None;
        self.skipped = None;
        if let Some(head) = head::head(words, Form::Loose) {
            self.begin(
                number,
                head,
                Open {
                    indent: 0,
                    kind: Kind::Heading,
                },
            );
            return;
        }
        let below = self.section.is_scope() && level > self.level;
        if let Some(section) = Section::named(words, below) {
            // `### Write` keeps the level of `## Scope`, so that `### Read` may follow.
            let level = if matches!(section, Section::Write | Section::Read) {
                self.level
            } else {
                level
            };
            self.enter(number, section, level, false);
            self.consumed();
            return;
        }
        if self.key(number, words, false) {
            return;
        }
        let grouping =
            self.section == Section::Criteria && level > self.level && !section::is_aside(words);
        if !grouping {
            self.section = Section::Other;
            self.level = level;
        }
        self.prose.push((whole.to_owned(), false));
    }

    /// Starts a criterion.
    fn begin(&mut self, line: u32, head: head::Head, open: Open) {
        self.found.push(Found { line, head });
        self.open = Some(open);
        self.entered = true;
        self.skipped = None;
        self.consumed();
    }

    /// Enters a section.
    fn enter(&mut self, line: u32, section: Section, level: usize, soft: bool) {
        match section {
            Section::Criteria => self.criteria_heading = self.criteria_heading.or(Some(line)),
            Section::Scope => self.scope_heading = self.scope_heading.or(Some(line)),
            _ => {}
        }
        (self.section, self.level, self.soft) = (section, level, soft);
        (self.open, self.entered, self.skipped) = (None, false, None);
    }

    /// Takes a `Key: value` line, or one that stands for a heading; returns whether it was one.
    fn key(&mut self, number: u32, text: &str, listed: bool) -> bool {
        let in_scope = self.section.is_scope();
        if !listed && let Some(section) = section::emphasised(text, in_scope) {
            let level = if in_scope { self.level } else { 7 };
            self.enter(number, section, level, true);
            self.consumed();
            return true;
        }
        let Some((section, value)) = key_line(text, in_scope) else {
            return false;
        };
        if value.is_empty() {
            let level = if section.is_scope() && in_scope {
                self.level
            } else {
                7
            };
            self.enter(number, section, level, !(in_scope && section.is_scope()));
        } else {
            self.open = None;
            self.skipped = None;
            self.value(section, number, value);
        }
        self.consumed();
        true
    }

    /// Returns whether a line goes on with the open criterion.
    fn continues(&self, indent: usize, text: &str, item: Option<&str>) -> bool {
        let Some(open) = self.open else { return false };
        let step = item.unwrap_or(text);
        let word = step.trim_start_matches(['*', '_']);
        let word = word
            .split(|c: char| !c.is_alphabetic())
            .next()
            .unwrap_or("")
            .to_lowercase();
        let behaviour = self.section == Section::Criteria
            && matches!(word.as_str(), "given" | "when" | "then" | "and" | "but")
            && (self.speaks_of_behaviour() || matches!(word.as_str(), "given" | "when"));
        match open.kind {
            Kind::Heading => !is_rule(text),
            Kind::Bullet | Kind::Plain if indent > open.indent => true,
            Kind::Bullet => behaviour || (!self.blank && item.is_none() && !is_rule(text)),
            Kind::Plain => behaviour || (!self.blank && !is_rule(text)),
        }
    }

    /// Returns whether the open criterion has begun with Given or When.
    fn speaks_of_behaviour(&self) -> bool {
        self.found.last().is_some_and(|found| {
            let text = found.head.text.to_lowercase();
            text.contains("given") || text.contains("when")
        })
    }

    /// Adds a line to the open criterion.
    fn extend(&mut self, text: &str) {
        if let Some(found) = self.found.last_mut() {
            if !found.head.text.is_empty() {
                found.head.text.push(' ');
            }
            found.head.text.push_str(text.trim());
        }
    }

    /// Takes a line of the section it stands in.
    fn entry(&mut self, number: u32, indent: usize, text: &str, item: Option<&str>) {
        let section = self.section;
        if self.soft && self.entered && item.is_none() && indent == 0 {
            self.section = Section::Other;
            self.keep(indent, text);
            return;
        }
        // A line without list marker is an entry only if it does not read like a sentence.
        let first = text.split([' ', ',', ';']).next().unwrap_or("");
        let entry = text.starts_with('`')
            || text
                .split([',', ';'])
                .all(|piece| !piece.trim().contains(' '))
            || (section == Section::DependsOn && section::probable_key(first).is_some())
            || section::is_none(text)
            || section::is_everything(text);
        match (section, item) {
            (Section::Criteria, Some(item)) => {
                self.entered = true;
                let nested = self.skipped.is_some_and(|outer| indent > outer);
                if !nested && !item.is_empty() {
                    self.unnumbered.push((number, item.to_owned()));
                    self.skipped = Some(indent);
                }
            }
            (Section::Criteria, None) if self.skipped.is_some() && (indent > 0 || !self.blank) => {}
            (Section::Scope, Some(item)) => {
                self.entered = true;
                if !section::is_none(item) {
                    self.unclear.push((number, item.to_owned()));
                }
            }
            (Section::Risk, _) => {
                self.entered = true;
                self.value(section, number, item.unwrap_or(text));
                self.section = Section::Other;
            }
            (Section::Write | Section::Read | Section::References | Section::DependsOn, item)
                if item.is_some() || entry =>
            {
                self.entered = true;
                self.value(section, number, item.unwrap_or(text));
            }
            _ => {
                self.keep(indent, text);
                return;
            }
        }
        self.consumed();
    }

    /// Notes a value of a section.
    fn value(&mut self, section: Section, number: u32, value: &str) {
        let list = match section {
            Section::Write => &mut self.write,
            Section::Read => &mut self.read,
            Section::References => &mut self.references,
            Section::DependsOn => &mut self.depends_on,
            Section::Risk if !section::is_none(value) => &mut self.risks,
            Section::Risk | Section::Other | Section::Criteria | Section::Scope => return,
        };
        list.push((number, value.to_owned()));
    }

    /// Keeps a line as prose.
    fn keep(&mut self, indent: usize, text: &str) {
        self.prose
            .push((format!("{}{text}", " ".repeat(indent)), false));
    }

    /// Leaves a blank in the prose where a line was taken out, so that its neighbours never meet.
    fn consumed(&mut self) {
        if self
            .prose
            .last()
            .is_some_and(|(text, fenced)| *fenced || !text.is_empty())
        {
            self.prose.push((String::new(), false));
        }
    }
}
