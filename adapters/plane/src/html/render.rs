//! From Markdown to the plain HTML that Plane's viewer shows well.
//!
//! The tags are those of Plane's own editor, without attributes except where a link leads. HTML in
//! the Markdown is shown as the text it is, so that no text can bring a tag of its own; only the
//! lines that Trail writes around folded parts become headings, since Plane folds nothing.

use std::fmt::Write as _;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// How a text is to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// As a comment: headings are bold lines.
    Comment,
    /// As an item's body: headings are headings.
    Body,
}

/// The info string of the block that carries a sealed entry; it is carried apart.
const ENTRY: &str = "trail-entry";

/// Turns Markdown into HTML. The last sealed entry in it is left out if `apart` says so.
pub(crate) fn render(text: &str, form: Form, apart: bool) -> String {
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let events: Vec<Event<'_>> = Parser::new_ext(text, options).collect();
    let entry = events.iter().rposition(is_entry).filter(|_| apart);
    let mut writer = Writer {
        form,
        out: String::with_capacity(text.len() * 2),
        raw: None,
        skipping: false,
        links: Vec::new(),
        tight: Vec::new(),
    };
    for (at, event) in events.into_iter().enumerate() {
        if Some(at) == entry {
            writer.skipping = true;
        }
        writer.event(event);
    }
    writer.out
}

fn is_entry(event: &Event<'_>) -> bool {
    matches!(event, Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) if &**info == ENTRY)
}

struct Writer {
    form: Form,
    out: String,
    /// A block of HTML that is being collected.
    raw: Option<String>,
    /// Within the entry that is carried apart.
    skipping: bool,
    /// For each open link, whether it was written as one.
    links: Vec<bool>,
    /// For each open item of a list, whether its text stands in an open paragraph of our own.
    tight: Vec<bool>,
}

impl Writer {
    fn event(&mut self, event: Event<'_>) {
        if self.skipping {
            self.skipping = !matches!(event, Event::End(TagEnd::CodeBlock));
            return;
        }
        match event {
            Event::Start(tag) => self.start(&tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => match &mut self.raw {
                Some(raw) => raw.push_str(&text),
                None => self.text(&text),
            },
            Event::Code(code) => {
                self.open_text();
                write!(self.out, "<code>{}</code>", escaped(&code)).expect("a string takes all");
            }
            Event::Html(html) => match &mut self.raw {
                Some(raw) => raw.push_str(&html),
                None => self.text(&html),
            },
            Event::InlineHtml(text)
            | Event::InlineMath(text)
            | Event::DisplayMath(text)
            | Event::FootnoteReference(text) => self.text(&text),
            Event::SoftBreak | Event::HardBreak => self.out.push_str("<br>"),
            Event::Rule => self.out.push_str("<hr>"),
            Event::TaskListMarker(done) => self.text(if done { "[x] " } else { "[ ] " }),
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::Paragraph => {
                self.close_text();
                self.out.push_str("<p>");
            }
            Tag::Heading { level, .. } => {
                self.close_text();
                let open = match self.form {
                    Form::Comment => "<p><strong>".to_owned(),
                    Form::Body => format!("<h{}>", number(*level)),
                };
                self.out.push_str(&open);
            }
            Tag::BlockQuote(_) => self.block("<blockquote>"),
            Tag::CodeBlock(_) => self.block("<pre><code>"),
            Tag::HtmlBlock => {
                self.close_text();
                self.raw = Some(String::new());
            }
            Tag::List(None) => self.block("<ul>"),
            Tag::List(Some(1)) => self.block("<ol>"),
            Tag::List(Some(from)) => self.block(&format!("<ol start=\"{from}\">")),
            Tag::Item => {
                self.out.push_str("<li>");
                self.tight.push(false);
            }
            Tag::Table(_) => self.block("<table><tbody>"),
            Tag::TableHead | Tag::TableRow => self.out.push_str("<tr>"),
            Tag::TableCell => self.out.push_str("<td><p>"),
            Tag::Emphasis => self.inline("<em>"),
            Tag::Strong => self.inline("<strong>"),
            Tag::Strikethrough => self.inline("<s>"),
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                let leads = ["https://", "http://", "mailto:"]
                    .iter()
                    .any(|scheme| dest_url.starts_with(scheme));
                self.links.push(leads);
                if leads {
                    let to = escaped(dest_url).replace('"', "&quot;");
                    self.inline(&format!("<a href=\"{to}\">"));
                }
            }
            Tag::FootnoteDefinition(_)
            | Tag::DefinitionList
            | Tag::DefinitionListTitle
            | Tag::DefinitionListDefinition
            | Tag::Superscript
            | Tag::Subscript
            | Tag::MetadataBlock(_) => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph => self.out.push_str("</p>"),
            TagEnd::Heading(level) => match self.form {
                Form::Comment => self.out.push_str("</strong></p>"),
                Form::Body => {
                    write!(self.out, "</h{}>", number(level)).expect("a string takes all");
                }
            },
            TagEnd::BlockQuote(_) => self.out.push_str("</blockquote>"),
            TagEnd::CodeBlock => self.out.push_str("</code></pre>"),
            TagEnd::HtmlBlock => {
                let raw = self.raw.take().unwrap_or_default();
                self.html(&raw);
            }
            TagEnd::List(true) => self.out.push_str("</ol>"),
            TagEnd::List(false) => self.out.push_str("</ul>"),
            TagEnd::Item => {
                self.close_text();
                self.tight.pop();
                self.out.push_str("</li>");
            }
            TagEnd::Table => self.out.push_str("</tbody></table>"),
            TagEnd::TableHead | TagEnd::TableRow => self.out.push_str("</tr>"),
            TagEnd::TableCell => self.out.push_str("</p></td>"),
            TagEnd::Emphasis => self.out.push_str("</em>"),
            TagEnd::Strong => self.out.push_str("</strong>"),
            TagEnd::Strikethrough => self.out.push_str("</s>"),
            TagEnd::Link | TagEnd::Image => {
                if self.links.pop() == Some(true) {
                    self.out.push_str("</a>");
                }
            }
            TagEnd::FootnoteDefinition
            | TagEnd::DefinitionList
            | TagEnd::DefinitionListTitle
            | TagEnd::DefinitionListDefinition
            | TagEnd::Superscript
            | TagEnd::Subscript
            | TagEnd::MetadataBlock(_) => {}
        }
    }

    fn block(&mut self, open: &str) {
        self.close_text();
        self.out.push_str(open);
    }

    fn inline(&mut self, open: &str) {
        self.open_text();
        self.out.push_str(open);
    }

    fn text(&mut self, text: &str) {
        self.open_text();
        self.out.push_str(&escaped(text));
    }

    /// Plane's editor has every item's text in a paragraph; Markdown's short lists have none.
    fn open_text(&mut self) {
        if let Some(open) = self.tight.last_mut()
            && !*open
            && self.out.ends_with("<li>")
        {
            *open = true;
            self.out.push_str("<p>");
        }
    }

    fn close_text(&mut self) {
        if let Some(open) = self.tight.last_mut()
            && std::mem::take(open)
        {
            self.out.push_str("</p>");
        }
    }

    /// Shows a block of HTML as text, and the lines Trail writes around folded parts as a heading.
    fn html(&mut self, raw: &str) {
        let mut shown: Vec<String> = Vec::new();
        for line in raw.trim_end_matches('\n').split('\n') {
            let summary = line
                .strip_prefix("<details><summary>")
                .and_then(|rest| rest.strip_suffix("</summary>"));
            match summary {
                Some(summary) => shown.push(format!("<strong>{}</strong>", escaped(summary))),
                None if line == "</details>" => {}
                None => shown.push(escaped(line)),
            }
        }
        if !shown.is_empty() {
            write!(self.out, "<p>{}</p>", shown.join("<br>")).expect("a string takes all");
        }
    }
}

const fn number(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

/// Escapes text; what databases and XML parsers refuse is shown as the replacement character.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\n' | '\t' => out.push(character),
            '\r' => {}
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => {
                out.push('\u{fffd}');
            }
            other => out.push(other),
        }
    }
    out
}
