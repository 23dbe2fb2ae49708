//! A comparison as text for a terminal.

use super::words;
use super::{Against, Comparison, Divergence, RunTold};
use crate::report::short;

/// Characters of one column.
const WIDE: usize = 44;

/// Writes the comparison as text.
#[must_use]
pub fn text(comparison: &Comparison) -> String {
    let mut out = String::new();
    for (index, run) in comparison.runs.iter().enumerate() {
        out.push_str(&format!("{}  {}\n", letter(index), words::name(run)));
        for mark in words::marks(run) {
            out.push_str(&format!("   {mark}\n"));
        }
    }
    for (index, own) in comparison.against_first.iter().enumerate() {
        parts(comparison, own, index + 1, &mut out);
    }
    out.push('\n');
    let heads = (0..comparison.runs.len()).map(letter).collect();
    let figures = words::figures(comparison)
        .into_iter()
        .map(|(what, cells)| (what.to_owned(), cells));
    let rows: Vec<(String, Vec<String>)> = std::iter::once((String::new(), heads))
        .chain(figures)
        .collect();
    table(&rows, &mut out);
    gates(&comparison.runs, &mut out);
    choices(comparison, &mut out);
    decisions(comparison, &mut out);
    out
}

fn letter(index: usize) -> String {
    u8::try_from(index)
        .ok()
        .filter(|own| *own < 26)
        .map_or_else(
            || index.to_string(),
            |own| char::from(b'A' + own).to_string(),
        )
}

fn parts(comparison: &Comparison, own: &Against, index: usize, out: &mut String) {
    out.push_str(&format!(
        "\nA and {}: {}\n",
        letter(index),
        words::summary(own)
    ));
    let Some(first) = &own.first else {
        return;
    };
    out.push_str(&format!(
        "  first divergence: {}, {}: {} ({})\n",
        words::calls(first.first_call, first.other_call),
        short(&first.action, 20),
        first.class.as_str(),
        words::meaning(first.class)
    ));
    out.push_str(&format!("    {}\n", short(&first.about, 100)));
    out.push_str(&format!("    A  {}\n", first.first));
    out.push_str(&format!("    {}  {}\n", letter(index), first.other));
    for (letter, run) in [(letter(0), 0), (letter(index), index)] {
        let why = comparison
            .choices
            .iter()
            .filter(|choice| choice.name == first.about)
            .find_map(|choice| choice.runs[run].as_ref());
        if let Some(why) = why {
            out.push_str(&format!(
                "       why {letter}: {}\n",
                short(&why.rationale, 400)
            ));
        }
    }
}

/// Lays rows out in columns; a long cell goes on in the next line.
fn table(rows: &[(String, Vec<String>)], out: &mut String) {
    let label = 24;
    let widest = |index: usize| {
        let cells = rows.iter().filter_map(|(_, cells)| cells.get(index));
        cells.map(|own| own.chars().count()).max().unwrap_or(0)
    };
    let count = rows.iter().map(|(_, cells)| cells.len()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..count).map(|index| widest(index).min(WIDE)).collect();
    for (what, cells) in rows {
        let mut columns = vec![wrap(what, label)];
        columns.extend(
            cells
                .iter()
                .zip(&widths)
                .map(|(own, wide)| wrap(own, *wide)),
        );
        let height = columns.iter().map(Vec::len).max().unwrap_or(0);
        for line in 0..height {
            let mut row = String::new();
            for (column, wide) in columns.iter().zip(std::iter::once(&label).chain(&widths)) {
                let own = column.get(line).map_or("", String::as_str);
                row.push_str(&format!("{own:<wide$}  "));
            }
            out.push_str(&format!("  {}\n", row.trim_end()));
        }
    }
}

/// Breaks text into lines of at most `wide` characters, at spaces where there are any.
fn wrap(text: &str, wide: usize) -> Vec<String> {
    let wide = wide.max(1);
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let mut word: Vec<char> = word.chars().collect();
        loop {
            let line = lines.last_mut().expect("there is always a line");
            let used = line.chars().count();
            let gap = usize::from(used > 0);
            if used + gap + word.len() <= wide {
                if gap > 0 {
                    line.push(' ');
                }
                line.extend(word);
                break;
            }
            if used == 0 {
                let rest = word.split_off(wide);
                line.extend(word);
                word = rest;
            }
            lines.push(String::new());
        }
    }
    lines
}

fn gates(runs: &[RunTold], out: &mut String) {
    out.push_str("\ngates\n");
    for (index, run) in runs.iter().enumerate() {
        for gate in &run.gates {
            out.push_str(&format!(
                "  {}  {} {} (subject {})\n",
                letter(index),
                short(&gate.gate, 60),
                gate.standing,
                gate.subject.short()
            ));
            for own in &gate.decisions {
                out.push_str(&format!("       {}\n", words::decided(own)));
            }
        }
    }
}

fn choices(comparison: &Comparison, out: &mut String) {
    out.push_str("\nconclusions\n");
    for choice in &comparison.choices {
        let differs = if choice.differs { "  DIFFERENT" } else { "" };
        out.push_str(&format!("  {}{differs}\n", short(&choice.name, 80)));
        for (index, own) in choice.runs.iter().enumerate() {
            let told = match own {
                None => "was not concluded".to_owned(),
                Some(own) => match &own.choice {
                    Some(choice) => format!("= {}", short(choice, 100)),
                    None => short(&own.statement, 100),
                },
            };
            out.push_str(&format!("    {}  {told}\n", letter(index)));
        }
    }
}

/// Writes the decisions side by side: same ones in short, others with what differs.
fn decisions(comparison: &Comparison, out: &mut String) {
    out.push_str("\ndecisions side by side (--format html shows them whole)\n");
    let mut rows = Vec::new();
    for row in &comparison.decisions {
        let classes: Vec<&str> = row
            .classes
            .iter()
            .map(|own| own.map_or("same", super::Class::as_str))
            .collect();
        let label = format!(
            "{} {} {}",
            short(&row.action, 12),
            row.place,
            classes.join(",")
        );
        let cells = row
            .runs
            .iter()
            .map(|own| {
                own.as_ref().map_or_else(
                    || "-".to_owned(),
                    |cell| format!("{} {}", cell.call, short(&words::asks(cell).join(", "), 80)),
                )
            })
            .collect();
        rows.push((label, cells));
    }
    table(&rows, out);
}

/// Says in one line how two runs part.
#[must_use]
pub(super) fn one_line(own: &Divergence) -> String {
    format!(
        "{}: {} ({}) in {}: {}: {} / {}",
        words::calls(own.first_call, own.other_call),
        own.class.as_str(),
        words::meaning(own.class),
        short(&own.action, 20),
        short(&own.about, 100),
        own.first,
        own.other
    )
}
