//! Tables that are tables on a wide screen and on paper, and lists on a narrow screen.

use super::{Html, escaped};

/// A table under construction.
///
/// Every row has one cell for each head; the first says what the row is about.
#[derive(Debug)]
pub(crate) struct Table {
    caption: String,
    heads: &'static [&'static str],
    rows: String,
    count: usize,
}

impl Table {
    /// Begins a table; the caption says what it lists.
    pub(crate) fn new(caption: &str, heads: &'static [&'static str]) -> Self {
        Self {
            caption: escaped(caption),
            heads,
            rows: String::new(),
            count: 0,
        }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = Html>) {
        self.count += 1;
        self.rows.push_str("<tr role=\"row\">");
        for (index, (cell, head)) in cells.into_iter().zip(self.heads).enumerate() {
            let cell = cell.0;
            // The roles stay when the style makes blocks of cells, and the labels say their heads.
            let told = if index == 0 {
                format!("<th scope=\"row\" role=\"rowheader\">{cell}</th>")
            } else {
                format!("<td role=\"cell\" data-label=\"{head}\">{cell}</td>")
            };
            self.rows.push_str(&told);
        }
        self.rows.push_str("</tr>\n");
    }

    /// Returns the table; nothing if it has no rows.
    pub(crate) fn html(self) -> Html {
        if self.count == 0 {
            return Html::new();
        }
        let mut out = format!(
            "<table role=\"table\">\n<caption>{}</caption>\n<thead role=\"rowgroup\"><tr role=\"row\">",
            self.caption
        );
        for head in self.heads {
            out.push_str(&format!(
                "<th scope=\"col\" role=\"columnheader\">{head}</th>"
            ));
        }
        out.push_str("</tr></thead>\n<tbody role=\"rowgroup\">\n");
        out.push_str(&self.rows);
        out.push_str("</tbody>\n</table>\n");
        Html(out)
    }
}
