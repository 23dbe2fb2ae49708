//! Puts proposals into a file's text, and reads them back.

use trail_source::{Claim, Language, Options, Scan};

use super::Proposal;

/// How many proposals of a file are tried one by one when they cannot all be made at once.
const MAX_TRIES: usize = 200;

/// Returns the text with the proposals in it, and which of them are.
///
/// INVARIANT: every one that is in it is read back by the scanner as it was meant, and nothing else
/// in the file is read differently than before.
pub(super) fn apply(
    path: &str,
    before: &str,
    proposals: &[Proposal],
    options: Options,
) -> (String, Vec<bool>) {
    let mut made = vec![false; proposals.len()];
    let mut order: Vec<usize> = (0..proposals.len()).collect();
    // From the end, so that the lines of those still to come stay what they are.
    order.sort_by_key(|index| std::cmp::Reverse(proposals[*index].line));
    let mut text = before.to_owned();
    let mut scan = trail_source::scan(path, before.as_bytes(), &options);
    let all: Vec<&Proposal> = order.iter().map(|index| &proposals[*index]).collect();
    let mut at_once = before.to_owned();
    let complete = all.iter().all(|own| {
        let edited = candidates(path, &at_once, own).into_iter().next();
        edited.is_some_and(|own| {
            at_once = own;
            true
        })
    });
    if complete {
        let after = trail_source::scan(path, at_once.as_bytes(), &options);
        if is_as_meant(&scan, &after, &all) {
            made.fill(true);
            return (at_once, made);
        }
    }
    for index in order.into_iter().take(MAX_TRIES) {
        let proposal = &proposals[index];
        for edited in candidates(path, &text, proposal) {
            let after = trail_source::scan(path, edited.as_bytes(), &options);
            if is_as_meant(&scan, &after, &[proposal]) {
                (text, scan, made[index]) = (edited, after, true);
                break;
            }
        }
    }
    (text, made)
}

/// Returns the texts that would hold a proposal, the likeliest first.
fn candidates(path: &str, text: &str, proposal: &Proposal) -> Vec<String> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let Some(at) = usize::try_from(proposal.line)
        .ok()
        .and_then(|line| line.checked_sub(1))
        .filter(|at| *at < lines.len())
    else {
        return Vec::new();
    };
    match &proposal.instead_of {
        Some(named) => replaced(&lines, at, named, &proposal.criterion)
            .into_iter()
            .collect(),
        None => {
            let attribute = |line: &str| {
                let line = line.trim_start();
                line.starts_with('@') || line.starts_with("#[")
            };
            let mut top = at;
            while top > 0 && attribute(lines[top - 1]) {
                top -= 1;
            }
            let mut places = vec![top, at];
            places.dedup();
            let comment = comment(path, proposal);
            let put = |place: usize| inserted(&lines, place, at, &comment);
            places.into_iter().map(put).collect()
        }
    }
}

fn comment(path: &str, proposal: &Proposal) -> String {
    let mark = match trail_source::language(path) {
        Language::Python | Language::Elixir => "#",
        Language::Rust
        | Language::JavaScript
        | Language::TypeScript
        | Language::Go
        | Language::Java
        | Language::Markdown
        | Language::Text => "//",
    };
    let (item, criterion) = (&proposal.work_item, &proposal.criterion);
    match proposal.revision {
        1 => format!("{mark} trail:validates {item} {criterion}"),
        revision => format!("{mark} trail:validates {item} {criterion}@{revision}"),
    }
}

/// Puts a line above another, indented as the thing it is for and ended as its line is.
fn inserted(lines: &[&str], place: usize, thing: usize, comment: &str) -> String {
    let line = lines[thing];
    let indent = &line[..line.len() - line.trim_start().len()];
    let end = if line.ends_with("\r\n") { "\r\n" } else { "\n" };
    let mut text = lines[..place].concat();
    text.push_str(indent);
    text.push_str(comment);
    text.push_str(end);
    text.push_str(&lines[place..].concat());
    text
}

/// Replaces a criterion's id where it stands in a line exactly once, with the revision after it.
fn replaced(lines: &[&str], at: usize, named: &str, by: &str) -> Option<String> {
    let line = lines[at];
    let id = named.split('@').next()?;
    let stands = |index: usize| {
        let part = |own: char| own.is_alphanumeric() || own == '-' || own == '_';
        let before = line[..index].chars().next_back();
        let after = line[index + id.len()..].chars().next();
        !before.is_some_and(part) && !after.is_some_and(part)
    };
    let mut places = line.match_indices(id).filter(|(index, _)| stands(*index));
    let (index, _) = places.next()?;
    if places.next().is_some() {
        return None;
    }
    let rest = &line[index + named.len().min(line.len() - index)..];
    // A revision is that of the criterion that was named, and says nothing of the other.
    let rest = if line[index..].starts_with(named) {
        rest
    } else {
        &line[index + id.len()..]
    };
    let mut text = lines[..at].concat();
    text.push_str(&line[..index]);
    text.push_str(by);
    text.push_str(rest);
    text.push_str(&lines[at + 1..].concat());
    Some(text)
}

/// Tells whether a file is read as before, but for the proposals, and these as they were meant.
fn is_as_meant(before: &Scan, after: &Scan, proposals: &[&Proposal]) -> bool {
    let news = proposals.iter().filter(|own| own.instead_of.is_none());
    if before.tests.len() != after.tests.len()
        || before.problems.len() != after.problems.len()
        || before.annotations.len() + news.count() != after.annotations.len()
    {
        return false;
    }
    let is_there = |own: &&&Proposal| {
        let mut tests = before.tests.iter();
        tests.any(|test| {
            own.line == test.line && own.thing == crate::check::named(&test.within, &test.name)
        })
    };
    let mut new = proposals.iter().filter(|own| own.instead_of.is_none());
    if !new.all(|own| is_there(&own)) {
        // The file is not the one that was linted.
        return false;
    }
    before.tests.iter().zip(&after.tests).all(|(one, other)| {
        let mut wanted: Vec<Named> = one.validates.iter().map(named).collect();
        for own in proposals {
            let new = (own.work_item.clone(), own.criterion.clone(), revision(own));
            match &own.instead_of {
                None if own.line == one.line => wanted.push(new),
                None => {}
                Some(old) if own.thing == crate::check::named(&one.within, &one.name) => {
                    let old = old.split('@').next().unwrap_or_default();
                    let is_old = |claim: &Named| claim.0 == own.work_item && claim.1 == old;
                    let had = wanted.len();
                    wanted.retain(|claim| !is_old(claim));
                    if wanted.len() < had {
                        wanted.push((new.0, new.1, None));
                    }
                }
                Some(_) => {}
            }
        }
        let mut there: Vec<Named> = other.validates.iter().map(named).collect();
        for all in [&mut wanted, &mut there] {
            all.sort();
            all.dedup();
        }
        one.name == other.name && one.within == other.within && wanted == there
    })
}

type Named = (String, String, Option<u32>);

fn named(claim: &Claim) -> Named {
    (
        claim.work_item.clone(),
        claim.criterion.clone(),
        claim.revision,
    )
}

fn revision(proposal: &Proposal) -> Option<u32> {
    (proposal.revision > 1).then_some(proposal.revision)
}
