//! Judges what was found in a body: makes the draft, or tells the problems.

use std::collections::BTreeMap;

use trail_record::body::{Criterion, Risk, Scope};
use trail_record::{CriterionId, ItemKey};

use super::path::{self, Fault, Piece};
use super::problem::{List, Problem};
use super::scan::Scanner;
use super::{Draft, MAX_CRITERIA, MAX_CRITERION, MAX_PATHS, section, testable};
use crate::command::suggest;

impl Scanner {
    /// Makes the draft; it means something only if no problem was told.
    pub(crate) fn finish(self, problems: &mut Vec<Problem>) -> Draft {
        let criteria = self.criteria(problems);
        let scope = self.scope(problems);
        let risk = self.risk(problems);
        let depends_on = self.dependencies(problems);
        let references = entries(&self.references, List::References, path::file, problems);
        Draft {
            criteria,
            scope,
            risk,
            depends_on,
            references,
            prose: self.prose_text(),
        }
    }

    fn criteria(&self, problems: &mut Vec<Problem>) -> Vec<Criterion> {
        let mut first: BTreeMap<CriterionId, u32> = BTreeMap::new();
        let mut criteria = Vec::new();
        if self.found.len() > MAX_CRITERIA {
            problems.push(Problem::TooManyCriteria {
                count: self.found.len(),
                limit: MAX_CRITERIA,
            });
        }
        for found in &self.found {
            let (line, id) = (found.line, found.head.id.clone());
            if let Some(first) = first.get(&id) {
                problems.push(Problem::Duplicate {
                    line,
                    id,
                    first: *first,
                });
                continue;
            }
            first.insert(id.clone(), line);
            let text = one_line(&found.head.text);
            let characters = text.chars().count();
            if !text.contains(char::is_alphanumeric) {
                problems.push(Problem::Empty { line, id });
                continue;
            }
            if characters > MAX_CRITERION {
                problems.push(Problem::CriterionTooLong {
                    line,
                    id,
                    characters,
                    limit: MAX_CRITERION,
                });
                continue;
            }
            let words = testable::vague(&text);
            if !words.is_empty() {
                problems.push(Problem::Untestable {
                    line,
                    id: id.clone(),
                    words,
                });
            }
            criteria.push(Criterion {
                id,
                revision: 1,
                text,
                keeps: found.head.keeps,
            });
        }
        self.unnumbered(&first, problems);
        if self.found.is_empty() && self.unnumbered.is_empty() {
            problems.push(Problem::NoCriteria {
                heading: self.criteria_heading,
            });
        }
        criteria
    }

    /// Tells the unnumbered criteria, each with the next number that is free.
    fn unnumbered(&self, taken: &BTreeMap<CriterionId, u32>, problems: &mut Vec<Problem>) {
        let mut next = 1;
        for (line, text) in &self.unnumbered {
            let mut suggestion = CriterionId::new(format!("AC-{next}"));
            while taken.contains_key(&suggestion) {
                next += 1;
                suggestion = CriterionId::new(format!("AC-{next}"));
            }
            next += 1;
            problems.push(Problem::Unnumbered {
                line: *line,
                text: text.clone(),
                suggestion,
            });
        }
    }

    fn scope(&self, problems: &mut Vec<Problem>) -> Scope {
        for (line, text) in &self.unclear {
            problems.push(Problem::ScopeUnclear {
                line: *line,
                path: text.trim_matches('`').to_owned(),
            });
        }
        let write = entries(&self.write, List::Write, path::pattern, problems);
        // To list everything for reading is the same as not to list anything.
        let all = self
            .read
            .iter()
            .any(|(_, value)| section::is_everything(value));
        let read = if all {
            Vec::new()
        } else {
            entries(&self.read, List::Read, path::pattern, problems)
        };
        let told = problems.iter().any(|problem| {
            matches!(
                problem,
                Problem::ScopeUnclear { .. }
                    | Problem::Path {
                        list: List::Write,
                        ..
                    }
            )
        });
        if write.is_empty() && !told {
            problems.push(Problem::NoWriteScope {
                heading: self.scope_heading,
            });
        }
        Scope { read, write }
    }

    fn risk(&self, problems: &mut Vec<Problem>) -> Risk {
        let mut declared: Option<(u32, Risk)> = None;
        for (line, given) in &self.risks {
            match (section::risk(given), declared) {
                (None, _) => {
                    let word = given.split_whitespace().next().unwrap_or("").to_lowercase();
                    let names = [Risk::Low, Risk::Medium, Risk::High];
                    let near = suggest::nearest(&word, names.iter().map(|risk| risk.as_str()));
                    let did_you_mean = names.into_iter().find(|risk| Some(risk.as_str()) == near);
                    let (line, given) = (*line, given.clone());
                    problems.push(Problem::UnknownRisk {
                        line,
                        given,
                        did_you_mean,
                    });
                }
                (Some(risk), None) => declared = Some((*line, risk)),
                (Some(risk), Some((first, earlier))) if risk != earlier => {
                    problems.push(Problem::RiskTwice { line: *line, first });
                }
                (Some(_), Some(_)) => {}
            }
        }
        declared.map_or_else(Risk::default, |(_, risk)| risk)
    }

    fn dependencies(&self, problems: &mut Vec<Problem>) -> Vec<ItemKey> {
        let mut keys: Vec<ItemKey> = Vec::new();
        let mut full = false;
        for (line, value) in &self.depends_on {
            if section::is_none(value) {
                continue;
            }
            for word in value.split([' ', ',', ';']) {
                let word = word
                    .strip_prefix('[')
                    .and_then(|word| word.split_once(']'))
                    .map_or(word, |(text, _)| text);
                let word = word.trim_matches(['*', '_', '`', '.', '(', ')']);
                if word.is_empty() || word == "and" {
                    continue;
                }
                match section::item_key(word) {
                    Some(key) if keys.contains(&key) => {}
                    Some(key) if keys.len() < MAX_PATHS => keys.push(key),
                    Some(_) if full => {}
                    Some(_) => {
                        full = true;
                        let list = List::DependsOn;
                        problems.push(Problem::TooManyPaths {
                            line: *line,
                            list,
                            limit: MAX_PATHS,
                        });
                    }
                    None => problems.push(Problem::Dependency {
                        line: *line,
                        given: word.to_owned(),
                        did_you_mean: section::probable_key(word),
                    }),
                }
            }
        }
        keys
    }

    /// Returns the prose: blank lines single, none at the ends.
    fn prose_text(&self) -> String {
        let mut text = String::new();
        let mut blank = true;
        for (line, fenced) in &self.prose {
            let empty = line.is_empty() && !fenced;
            if !(empty && blank) {
                text.push_str(line);
                text.push('\n');
            }
            blank = empty;
        }
        text.truncate(text.trim_end_matches('\n').len());
        text
    }
}

/// Reads the entries of a list of paths, each once.
fn entries(
    values: &[(u32, String)],
    list: List,
    normal: fn(&str) -> Result<String, Fault>,
    problems: &mut Vec<Problem>,
) -> Vec<String> {
    let mut paths: Vec<String> = Vec::new();
    for (line, value) in values.iter().filter(|(_, value)| !section::is_none(value)) {
        for piece in path::pieces(value) {
            match entry(piece, normal) {
                Ok(path) if paths.contains(&path) => {}
                Ok(_) if paths.len() == MAX_PATHS => {
                    problems.push(Problem::TooManyPaths {
                        line: *line,
                        list,
                        limit: MAX_PATHS,
                    });
                    return paths;
                }
                Ok(path) => paths.push(path),
                Err(fault) => {
                    let (line, path) = (*line, piece.text.to_owned());
                    problems.push(Problem::Path {
                        line,
                        list,
                        path,
                        fault,
                    });
                }
            }
        }
    }
    paths
}

/// Reads one entry of a list of paths.
fn entry(piece: Piece<'_>, normal: fn(&str) -> Result<String, Fault>) -> Result<String, Fault> {
    if piece.literal {
        return normal(piece.text);
    }
    if section::is_everything(piece.text) {
        return Err(Fault::Word);
    }
    let path = normal(piece.text)?;
    if path.contains(' ') {
        Err(Fault::Blank)
    } else {
        Ok(path)
    }
}

/// Joins words by single blanks; what would open a comment is kept from doing so.
fn one_line(text: &str) -> String {
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace("<!--", "<! --")
}
