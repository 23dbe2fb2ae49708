//! A small tree of any HTML, made from html5ever's tokens.
//!
//! Plane keeps comments unsanitised, so this takes everything: what is never shown (comments,
//! scripts, styles) is left out or kept apart, wrong nesting is mended as browsers mostly do, and
//! depth is bounded.

use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

/// The deepest nesting that is kept; what stands deeper is put on that level.
const MAX_DEPTH: usize = 100;

/// A piece of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    /// Text, entities resolved.
    Text(String),
    /// An element.
    Element(Element),
}

/// An element with what stands in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Element {
    /// Its name in lower case.
    pub(crate) name: String,
    /// Its attributes, sorted by name.
    pub(crate) attributes: Vec<(String, String)>,
    /// What stands in it.
    pub(crate) children: Vec<Node>,
}

impl Element {
    /// Returns an attribute's value.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Returns all text in it, as written.
    pub(crate) fn text(&self) -> String {
        fn collect(nodes: &[Node], out: &mut String) {
            for node in nodes {
                match node {
                    Node::Text(text) => out.push_str(text),
                    Node::Element(element) if element.name == "br" => out.push('\n'),
                    Node::Element(element) => collect(&element.children, out),
                }
            }
        }
        let mut out = String::new();
        collect(&self.children, &mut out);
        out
    }

    /// Tells whether a browser shows nothing of it.
    pub(crate) fn is_unseen(&self) -> bool {
        matches!(
            self.name.as_str(),
            "script" | "style" | "template" | "head" | "title" | "noscript" | "iframe" | "object"
        )
    }

    /// Tells whether it stands as a block of its own.
    pub(crate) fn is_block(&self) -> bool {
        is_block(&self.name)
    }
}

/// Reads HTML.
pub(crate) fn parse(html: &str) -> Vec<Node> {
    let sink = Sink(RefCell::new(Builder::default()));
    let tokenizer = Tokenizer::new(sink, TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(html));
    while !input.is_empty() {
        // It stops at the ends of scripts, which are not run.
        let _ = tokenizer.feed(&input);
    }
    tokenizer.end();
    tokenizer.sink.0.take().finish()
}

/// Takes the tokens.
struct Sink(RefCell<Builder>);

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut builder = self.0.borrow_mut();
        match token {
            Token::CharacterTokens(text) => builder.text(&text),
            Token::NullCharacterToken => builder.text("\u{fffd}"),
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => {
                let raw = raw(&tag.name);
                builder.start(&tag);
                if let Some(kind) = raw.filter(|_| !tag.self_closing) {
                    return TokenSinkResult::RawData(kind);
                }
            }
            Token::TagToken(tag) => builder.end(&tag.name),
            Token::DoctypeToken(_)
            | Token::CommentToken(_)
            | Token::EOFToken
            | Token::ParseError(_) => {}
        }
        TokenSinkResult::Continue
    }
}

/// Returns how the content of elements is read in which tags are no tags.
fn raw(name: &str) -> Option<RawKind> {
    match name {
        "script" => Some(RawKind::ScriptData),
        "style" | "iframe" | "noscript" | "xmp" | "noembed" | "noframes" => Some(RawKind::Rawtext),
        "title" | "textarea" => Some(RawKind::Rcdata),
        _ => None,
    }
}

/// The elements that are open, outermost first, and what is done.
#[derive(Default)]
struct Builder {
    done: Vec<Node>,
    open: Vec<Element>,
}

impl Builder {
    fn here(&mut self) -> &mut Vec<Node> {
        match self.open.last_mut() {
            Some(element) => &mut element.children,
            None => &mut self.done,
        }
    }

    fn text(&mut self, text: &str) {
        match self.here().last_mut() {
            Some(Node::Text(before)) => before.push_str(text),
            _ => {
                let first_in_pre = self
                    .open
                    .last()
                    .is_some_and(|element| element.name == "pre" && element.children.is_empty());
                // Browsers drop a line feed right after `<pre>`.
                let text = match text.strip_prefix('\n') {
                    Some(rest) if first_in_pre => rest,
                    _ => text,
                };
                if !text.is_empty() {
                    self.here().push(Node::Text(text.to_owned()));
                }
            }
        }
    }

    fn start(&mut self, tag: &Tag) {
        let name = tag.name.to_string();
        let closes: &[&str] = match name.as_str() {
            "li" => &["li"],
            "tr" => &["tr"],
            "td" | "th" => &["td", "th"],
            name if is_block(name) => &["p"],
            _ => &[],
        };
        self.close_implied(closes);
        let mut attributes: Vec<(String, String)> = tag
            .attrs
            .iter()
            .map(|own| (own.name.local.to_string(), own.value.to_string()))
            .collect();
        attributes.sort();
        let element = Element {
            name,
            attributes,
            children: Vec::new(),
        };
        if is_void(&element.name) || self.open.len() >= MAX_DEPTH {
            self.here().push(Node::Element(element));
        } else {
            self.open.push(element);
        }
    }

    /// Closes the innermost open element of these names, if nothing that contains such stands between.
    fn close_implied(&mut self, names: &[&str]) {
        let within = self.open.iter().rposition(|element| {
            matches!(
                element.name.as_str(),
                "ul" | "ol" | "table" | "blockquote" | "div" | "td" | "th" | "details"
            ) && !names.contains(&element.name.as_str())
        });
        let from = within.map_or(0, |at| at + 1);
        let at = self.open[from..]
            .iter()
            .position(|element| names.contains(&element.name.as_str()));
        if let Some(at) = at {
            self.close_to(from + at);
        }
    }

    fn end(&mut self, name: &str) {
        if name == "br" {
            return self.here().push(Node::Element(Element {
                name: "br".to_owned(),
                attributes: Vec::new(),
                children: Vec::new(),
            }));
        }
        if let Some(at) = self.open.iter().rposition(|element| element.name == name) {
            self.close_to(at);
        }
    }

    /// Closes all open elements down to the one at `at`.
    fn close_to(&mut self, at: usize) {
        while self.open.len() > at {
            let element = self.open.pop().expect("it is longer than `at`");
            self.here().push(Node::Element(element));
        }
    }

    fn finish(mut self) -> Vec<Node> {
        self.close_to(0);
        self.done
    }
}

fn is_void(name: &str) -> bool {
    matches!(
        name,
        "area"
            | "base"
            | "br"
            | "col"
            | "embed"
            | "hr"
            | "img"
            | "input"
            | "link"
            | "meta"
            | "source"
            | "track"
            | "wbr"
    )
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "address"
            | "article"
            | "aside"
            | "blockquote"
            | "dd"
            | "details"
            | "div"
            | "dl"
            | "dt"
            | "fieldset"
            | "figcaption"
            | "figure"
            | "footer"
            | "form"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "header"
            | "hr"
            | "li"
            | "main"
            | "nav"
            | "ol"
            | "p"
            | "pre"
            | "section"
            | "summary"
            | "table"
            | "tbody"
            | "td"
            | "tfoot"
            | "th"
            | "thead"
            | "tr"
            | "ul"
    )
}
