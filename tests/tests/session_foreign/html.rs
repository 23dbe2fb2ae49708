//! What a person gets who writes an item in Plane's editor: HTML in the editor's own form.

/// Turns the Markdown of an item, as the tests write it, into HTML as the editor sends it: headings,
/// lists of one level, paragraphs and code within a line.
pub(crate) fn of_markdown(text: &str) -> String {
    let (mut out, mut listing) = (String::new(), false);
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let item = line.strip_prefix("- ");
        if item.is_some() != listing {
            listing = item.is_some();
            out.push_str(if listing {
                "<ul class=\"list-disc pl-7\" data-tight=\"true\">"
            } else {
                "</ul>"
            });
        }
        let paragraph =
            |text: &str| format!("<p class=\"editor-paragraph-block\">{}</p>", run(text));
        match (item, line.strip_prefix("## ")) {
            (Some(item), _) => out.push_str(&format!("<li>{}</li>", paragraph(item))),
            (None, Some(heading)) => out.push_str(&format!(
                "<h2 class=\"editor-heading-block\">{}</h2>",
                run(heading)
            )),
            (None, None) => out.push_str(&paragraph(line)),
        }
    }
    if listing {
        out.push_str("</ul>");
    }
    out
}

/// Writes a line: every second piece between backticks is code.
fn run(text: &str) -> String {
    let pieces = text.split('`').enumerate().map(|(at, piece)| {
        let piece = escape(piece);
        if at % 2 == 1 {
            format!("<code spellcheck=\"false\">{piece}</code>")
        } else {
            piece
        }
    });
    pieces.collect()
}

/// Writes a text as HTML shows it.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
