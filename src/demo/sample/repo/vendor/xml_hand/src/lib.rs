//! Writes XML by hand: a stack of open elements and escaping, nothing else.

use std::fmt;

/// Writes one document, indented by two blanks a level.
#[derive(Debug)]
pub struct Writer {
    out: String,
    open: Vec<String>,
    roots: usize,
    bad: Option<char>,
}

/// Why what was written is not a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Malformed {
    /// An element is still open.
    Open(String),
    /// More was closed than opened, or there is not exactly one root.
    Roots(usize),
    /// A character that XML 1.0 cannot hold.
    Character(char),
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Malformed::Open(name) => write!(f, "element <{name}> is still open"),
            Malformed::Roots(count) => write!(f, "{count} root elements instead of one"),
            Malformed::Character(c) => write!(f, "XML cannot hold the character {c:?}"),
        }
    }
}

impl std::error::Error for Malformed {}

impl Default for Writer {
    fn default() -> Writer {
        Writer::new()
    }
}

impl Writer {
    /// Begins a document with the XML declaration.
    pub fn new() -> Writer {
        let out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
        Writer {
            out,
            open: Vec::new(),
            roots: 0,
            bad: None,
        }
    }

    /// Opens an element; what follows goes inside until it is closed.
    pub fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.begin(name, attributes);
        self.out.push_str(">\n");
        self.open.push(name.to_owned());
    }

    /// Closes the innermost open element.
    pub fn close(&mut self) {
        match self.open.pop() {
            Some(name) => {
                self.indent();
                self.out.push_str(&format!("</{name}>\n"));
            }
            None => self.roots += 1,
        }
    }

    /// Writes an element that holds only a text.
    pub fn leaf(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.begin(name, attributes);
        self.out.push('>');
        self.escape(text);
        self.out.push_str(&format!("</{name}>\n"));
    }

    /// Writes an element that holds nothing.
    pub fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.begin(name, attributes);
        self.out.push_str("/>\n");
    }

    /// Returns the document.
    pub fn finish(self) -> Result<String, Malformed> {
        match (self.bad, self.open.last(), self.roots) {
            (Some(c), _, _) => Err(Malformed::Character(c)),
            (None, Some(name), _) => Err(Malformed::Open(name.clone())),
            (None, None, 1) => Ok(self.out),
            (None, None, roots) => Err(Malformed::Roots(roots)),
        }
    }

    fn begin(&mut self, name: &str, attributes: &[(&str, &str)]) {
        if self.open.is_empty() {
            self.roots += 1;
        }
        self.indent();
        self.out.push_str(&format!("<{name}"));
        for (key, value) in attributes {
            self.out.push_str(&format!(" {key}=\""));
            self.escape(value);
            self.out.push('"');
        }
    }

    fn indent(&mut self) {
        self.out.push_str(&"  ".repeat(self.open.len()));
    }

    fn escape(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '"' => self.out.push_str("&quot;"),
                '\t' | '\n' | '\r' => self.out.push(c),
                c if c < ' ' || matches!(c, '\u{FFFE}' | '\u{FFFF}') => self.bad = Some(c),
                c => self.out.push(c),
            }
        }
    }
}
