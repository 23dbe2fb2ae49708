//! Applies suppressions, and holds them to having a reason, a date and a use.

use std::collections::{BTreeMap, HashMap};

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::Question;
use crate::finding::{Finding, Standing};
use crate::rule::Rule;
use crate::suppress::{MAX_DAYS, Says, Suppression};
use crate::walk::Source;

/// Marks the findings that are suppressed, and returns what is wrong with suppressions.
pub(super) fn apply(question: &Question<'_>, findings: &mut [Finding]) -> Vec<Finding> {
    let mut wrong = Vec::new();
    let sources = question.tree.sources.iter();
    let sources: Vec<&Source> = sources.filter(|own| !own.suppressions.is_empty()).collect();
    if sources.is_empty() {
        return wrong;
    }
    let places = places(findings);
    for source in sources {
        for own in &source.suppressions {
            let says = match standing(own, question.today) {
                Ok(says) => says,
                Err((rule, message)) => {
                    wrong.push(finding(source, own, rule, message));
                    continue;
                }
            };
            let lines = places.get(&source.path);
            let below = lines
                .into_iter()
                .flat_map(|lines| lines.range(own.line..=own.last));
            let below: Vec<usize> = below.flat_map(|(_, all)| all).copied().collect();
            // Each rule must have been needed: one that was not would silence the next finding.
            for rule in &says.rules {
                let mut used = false;
                for index in &below {
                    let found = &mut findings[*index];
                    if found.rule == *rule {
                        used = true;
                        found.standing = Standing::Suppressed {
                            reason: says.reason.clone(),
                            until: says.until.to_string(),
                        };
                    }
                }
                if !used {
                    let message = format!("this suppresses no {}", rule.name());
                    let unused = finding(source, own, Rule::SuppressionUnused, message);
                    wrong.push(unused.thing(rule.name()));
                }
            }
        }
    }
    wrong
}

/// Where findings are, by file and line. What is said of a whole file stands in its first line.
type Places = HashMap<String, BTreeMap<u32, Vec<usize>>>;

fn places(findings: &[Finding]) -> Places {
    let mut places = Places::new();
    for (index, finding) in findings.iter().enumerate() {
        if let Some(path) = &finding.path {
            let lines = places.entry(path.clone()).or_default();
            lines
                .entry(finding.line.unwrap_or(1))
                .or_default()
                .push(index);
        }
    }
    places
}

/// Returns what a suppression says if it holds today.
fn standing(own: &Suppression, today: Date) -> Result<&Says, (Rule, String)> {
    let says = own.says.as_ref().map_err(|problem| {
        (
            Rule::SuppressionWithoutReason,
            format!("this suppresses nothing: {problem}"),
        )
    })?;
    if says.until < today {
        let message = format!(
            "this held until {}; its reason was: {}",
            says.until, says.reason
        );
        return Err((Rule::SuppressionExpired, message));
    }
    let latest = today.saturating_add(MAX_DAYS.days());
    if says.until > latest {
        let message = format!(
            "this suppresses nothing: {} is more than {MAX_DAYS} days away; the latest is {latest}",
            says.until
        );
        return Err((Rule::SuppressionWithoutReason, message));
    }
    Ok(says)
}

fn finding(source: &Source, own: &Suppression, rule: Rule, message: String) -> Finding {
    Finding::new(rule, message).at(&source.path, own.line)
}
