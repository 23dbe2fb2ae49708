//! HTML pages that hold all they need: no script, no link to elsewhere, nothing loaded.
//!
//! [`Html`] is made of our own tags and of escaped text only, so that what models, strangers and
//! repositories wrote can look like nothing but itself; hidden characters are made visible. Tables
//! keep their meaning for screen readers and become lists on a narrow screen.

mod table;

use trail_item::quote::visible;
use trail_record::Moment;

pub(crate) use table::Table;

/// The style of reports and matrices.
const STYLE: &str = include_str!("page/style.css");

/// Text that is safe as HTML.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Html(String);

/// A part of a page that its table of contents names.
#[derive(Debug)]
pub(crate) struct Section {
    /// A word that is used once on the page.
    pub(crate) id: &'static str,
    /// The heading.
    pub(crate) title: &'static str,
    /// What stands below it.
    pub(crate) body: Html,
}

/// Escapes text for HTML, in elements and in quoted attributes.
pub(crate) fn escaped(text: &str) -> String {
    let text = visible(text);
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            own => out.push(own),
        }
    }
    out
}

/// Writes a time for people, to the second.
pub(crate) fn when(at: Moment) -> String {
    let text = at.to_string();
    match (text.get(..10), text.get(11..19)) {
        (Some(day), Some(time)) => format!("{day} {time} UTC"),
        (_, _) => text,
    }
}

/// Adds text to a piece of HTML as [`format!`] would write it.
macro_rules! text {
    ($($arg:tt)*) => { $crate::page::Html::text(&format!($($arg)*)) };
}
pub(crate) use text;

impl Html {
    /// Makes an empty piece.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Shows text.
    pub(crate) fn text(text: &str) -> Self {
        Self(escaped(text))
    }

    /// Shows text as code: digests, names, commands.
    pub(crate) fn code(text: &str) -> Self {
        Self(format!("<code>{}</code>", escaped(text)))
    }

    /// Shows text as a block, its lines and spaces as they are.
    pub(crate) fn block(text: &str) -> Self {
        Self(format!("<pre>{}</pre>\n", escaped(text)))
    }

    /// Shows a time.
    pub(crate) fn time(at: Moment) -> Self {
        Self(format!("<time datetime=\"{at}\">{}</time>", when(at)))
    }

    /// Shows a word that says how something stands; `tone` is `ok`, `warn`, `bad` or `dim`. The word
    /// alone says it too, for who sees no colours.
    pub(crate) fn chip(tone: &'static str, word: &str) -> Self {
        Self::text(word).within("span", tone).classed("chip")
    }

    /// Puts a piece into an element; an empty class is left out.
    #[must_use]
    pub(crate) fn within(self, tag: &'static str, class: &'static str) -> Self {
        let class = if class.is_empty() {
            String::new()
        } else {
            format!(" class=\"{class}\"")
        };
        Self(format!("<{tag}{class}>{}</{tag}>", self.0))
    }

    /// Gives the outermost element one class more.
    #[must_use]
    fn classed(self, class: &'static str) -> Self {
        Self(self.0.replacen("class=\"", &format!("class=\"{class} "), 1))
    }

    /// Makes a paragraph of a piece.
    #[must_use]
    pub(crate) fn paragraph(self) -> Self {
        self.within("p", "").and_line()
    }

    /// Makes a heading of a piece, two levels below the page's title.
    #[must_use]
    pub(crate) fn heading(self) -> Self {
        self.within("h3", "").and_line()
    }

    fn and_line(mut self) -> Self {
        self.0.push('\n');
        self
    }

    /// Adds a piece.
    pub(crate) fn push(&mut self, other: Self) {
        self.0.push_str(&other.0);
    }

    /// Returns this piece with another after it.
    #[must_use]
    pub(crate) fn with(mut self, other: Self) -> Self {
        self.push(other);
        self
    }

    /// Returns this piece with text after it.
    #[must_use]
    pub(crate) fn and(self, text: &str) -> Self {
        self.with(Self::text(text))
    }

    /// Makes a list.
    pub(crate) fn list(items: impl IntoIterator<Item = Self>) -> Self {
        let mut out = String::from("<ul>\n");
        for item in items {
            out.push_str(&format!("<li>{}</li>\n", item.0));
        }
        out.push_str("</ul>\n");
        Self(out)
    }

    /// Puts pieces one after the other, with text between them.
    pub(crate) fn joined(items: impl IntoIterator<Item = Self>, between: &str) -> Self {
        let between = escaped(between);
        let items: Vec<String> = items.into_iter().map(|own| own.0).collect();
        Self(items.join(&between))
    }

    /// Makes a list of names and what belongs to them.
    pub(crate) fn facts(facts: impl IntoIterator<Item = (&'static str, Self)>) -> Self {
        let mut out = String::from("<dl>\n");
        for (name, fact) in facts {
            // A whole digest takes a line of its own.
            let wide = if fact.0.starts_with("<code>sha256:") {
                " class=\"wide\""
            } else {
                ""
            };
            out.push_str(&format!(
                "<div{wide}><dt>{name}</dt><dd>{}</dd></div>\n",
                fact.0
            ));
        }
        out.push_str("</dl>\n");
        Self(out)
    }

    /// Tells whether there is nothing in it.
    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Makes a page: title, what stands above all, and the sections with a table of contents.
pub(crate) fn page(title: &str, top: Html, sections: Vec<Section>) -> String {
    let title = escaped(title);
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#main\">Skip to the contents</a>\n\
         <header>\n<h1>{title}</h1>\n{}</header>\n<nav aria-label=\"On this page\">\n<ul>\n",
        top.0
    );
    for own in &sections {
        out.push_str(&format!(
            "<li><a href=\"#{}\">{}</a></li>\n",
            own.id, own.title
        ));
    }
    out.push_str("</ul>\n</nav>\n<main id=\"main\">\n");
    for own in sections {
        out.push_str(&format!(
            "<section id=\"{0}\" aria-labelledby=\"{0}-h\">\n<h2 id=\"{0}-h\">{1}</h2>\n{2}</section>\n",
            own.id, own.title, own.body.0
        ));
    }
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_is_inert_wherever_it_stands() {
        let hostile = "<script>alert(1)</script>\" onload='x' &amp; \u{202e}";
        let shown = "&lt;script&gt;alert(1)&lt;/script&gt;&quot; onload=&#39;x&#39; &amp;amp; &lt;U+202E&gt;";
        assert_eq!(Html::text(hostile).0, shown);
        assert_eq!(Html::code(hostile).0, format!("<code>{shown}</code>"));
        let mut table = Table::new(hostile, &["a"]);
        table.row([Html::text(hostile)]);
        let page = page(hostile, table.html(), Vec::new());
        assert!(!page.contains("<script"), "{page}");
        assert_eq!(
            page.matches(shown).count(),
            4,
            "title, heading, caption, cell"
        );
    }

    #[test]
    fn a_time_is_told_to_the_second_and_kept_whole() {
        assert_eq!(
            Html::time(Moment::from_millis(1_795_165_200_123)).0,
            "<time datetime=\"2026-11-20T09:00:00.123Z\">2026-11-20 09:00:00 UTC</time>"
        );
    }

    #[test]
    fn a_chip_has_its_tone_and_says_its_word() {
        assert_eq!(
            Html::chip("bad", "not <proven>").0,
            "<span class=\"chip bad\">not &lt;proven&gt;</span>"
        );
    }
}
