//! Markdown: HTML comments above headings and paragraphs.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::source::{Place, number};
use crate::walk::{Walk, whole_file};
use crate::{Annotation, Target, TargetKind, comment};

/// A block of the outermost level.
struct Block {
    range: Range<usize>,
    /// A heading's level, and its text.
    heading: Option<(usize, String)>,
    /// The HTML in it.
    html: Vec<Range<usize>>,
    /// Whether it is nothing but HTML.
    only_html: bool,
}

/// Reads a text: each comment stands on the block that follows it, or that it stands in; on a heading
/// it stands for its section.
pub(crate) fn read(walk: &mut Walk<'_>) {
    let text = walk.source.text;
    let lines = Lines::of(text);
    let blocks = blocks(text);
    let mut pending: Vec<Annotation> = Vec::new();
    // The headings around, outermost first: level and text.
    let mut around: Vec<(usize, String)> = Vec::new();
    for (index, block) in blocks.iter().enumerate() {
        let mut inside = Vec::new();
        for html in &block.html {
            comments(walk, &lines, html.clone(), &mut inside);
        }
        pending.append(&mut inside);
        if block.only_html {
            continue;
        }
        if let Some((level, _)) = &block.heading {
            around.retain(|(outer, _)| outer < level);
        }
        if !pending.is_empty() {
            let target = target(text, &lines, &blocks, index, &around);
            for mut annotation in pending.drain(..) {
                annotation.target = Some(target.clone());
                walk.annotations.push(annotation);
            }
        }
        around.extend(block.heading.clone());
    }
    walk.lose(pending);
}

fn blocks(text: &str) -> Vec<Block> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    let mut blocks: Vec<Block> = Vec::new();
    let mut depth = 0_usize;
    for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
        match event {
            Event::Start(tag) => {
                if depth == 0 {
                    blocks.push(Block {
                        range,
                        heading: match &tag {
                            Tag::Heading { level, .. } => Some((*level as usize, String::new())),
                            _ => None,
                        },
                        html: Vec::new(),
                        only_html: matches!(tag, Tag::HtmlBlock | Tag::MetadataBlock(_)),
                    });
                }
                depth += 1;
            }
            Event::End(end) => {
                depth = depth.saturating_sub(1);
                if let (TagEnd::Heading(_), Some(block)) = (end, blocks.last_mut())
                    && let Some((_, title)) = &mut block.heading
                {
                    title.truncate(title.trim_end().len());
                }
            }
            // A comment of several lines comes as several pieces.
            Event::Html(_) | Event::InlineHtml(_) => {
                if let Some(block) = blocks.last_mut().filter(|_| depth > 0) {
                    match block.html.last_mut() {
                        Some(last)
                            if text
                                .get(last.end..range.start)
                                .is_some_and(|gap| gap.trim().is_empty()) =>
                        {
                            last.end = range.end;
                        }
                        Some(_) | None => block.html.push(range),
                    }
                }
            }
            Event::Text(piece) | Event::Code(piece) => {
                if let Some((_, title)) = blocks.last_mut().and_then(|b| b.heading.as_mut()) {
                    let left = 200_usize.saturating_sub(title.chars().count());
                    title.extend(piece.chars().take(left));
                }
            }
            Event::Rule => blocks.push(Block {
                range,
                heading: None,
                html: Vec::new(),
                only_html: false,
            }),
            _ => {}
        }
    }
    blocks
}

/// Reads the comments in a piece of HTML.
fn comments(walk: &mut Walk<'_>, lines: &Lines, html: Range<usize>, found: &mut Vec<Annotation>) {
    let text = walk.source.text;
    let mut from = html.start;
    while let Some(open) = text[from..html.end].find("<!--").map(|at| from + at) {
        let close = text[open..html.end]
            .find("-->")
            .map_or(html.end, |at| open + at + 3);
        let said = comment::read(
            &text[open..close],
            lines.place(text, open),
            walk.source.options,
        );
        walk.problems.extend(said.problems);
        for mut annotation in said.annotations {
            annotation.end_line = lines.line(close.saturating_sub(1)).max(annotation.line);
            if said.of_file {
                annotation.target = Some(whole_file(walk.source));
                walk.annotations.push(annotation);
            } else {
                found.push(annotation);
            }
        }
        from = close;
    }
}

fn target(
    text: &str,
    lines: &Lines,
    blocks: &[Block],
    index: usize,
    around: &[(usize, String)],
) -> Target {
    let block = &blocks[index];
    let whole = &text[block.range.clone()];
    let (name, end) = match &block.heading {
        Some((level, title)) => {
            let next = blocks[index + 1..].iter().find(|next| {
                next.heading
                    .as_ref()
                    .is_some_and(|(other, _)| other <= level)
            });
            (
                title.clone(),
                next.map_or(text.len(), |next| next.range.start),
            )
        }
        None => {
            let first = whole.lines().next().unwrap_or_default();
            (first.trim().chars().take(80).collect(), block.range.end)
        }
    };
    // Blank lines at the end belong to nothing.
    let end = text[..end].trim_end().len();
    let line = lines.line(block.range.start);
    Target {
        kind: TargetKind::Section,
        name,
        within: around.iter().map(|(_, title)| title.clone()).collect(),
        line,
        end_line: lines.line(end.saturating_sub(1)).max(line),
    }
}

/// Where the lines of a text begin.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self(
            std::iter::once(0)
                .chain(breaks.map(|(at, _)| at + 1))
                .collect(),
        )
    }

    /// Returns the line of a byte, from 1.
    fn line(&self, at: usize) -> u32 {
        number(self.0.partition_point(|start| *start <= at))
    }

    fn place(&self, text: &str, at: usize) -> Place {
        let line = self.line(at);
        let start = self.0[line as usize - 1];
        Place {
            line,
            column: number(text[start..at].chars().count() + 1),
        }
    }
}
