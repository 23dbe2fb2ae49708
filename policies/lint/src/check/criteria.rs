//! Criteria: is there a test for each.

use std::collections::HashSet;

use trail_item::criteria::criterion_id;

use super::Question;
use crate::finding::Finding;
use crate::known::State;
use crate::rule::Rule;

/// Tells of criteria without a test, and returns how many have one that would run.
///
/// A test that would not run counts as one here, since it has its own finding. A neighbour's tag
/// counts where it stands on a test, as the test then names the criterion.
pub(super) fn check(question: &Question<'_>, findings: &mut Vec<Finding>) -> usize {
    let mut named: HashSet<(&str, String)> = HashSet::new();
    let mut running: HashSet<(&str, String)> = HashSet::new();
    let sources = question.tree.sources.iter();
    for test in sources.flat_map(|own| &own.scan.tests) {
        for claim in &test.validates {
            let id = criterion_id(&claim.criterion)
                .map_or_else(|| claim.criterion.clone(), |own| own.as_str().to_owned());
            let key = (claim.work_item.as_str(), id);
            if test.dead.is_none() {
                running.insert(key.clone());
            }
            named.insert(key);
        }
    }
    let mut covered = 0;
    for item in question.known.items() {
        let wanted = match item.state {
            State::InWork | State::Delivered => question.whole,
            State::Open | State::Cancelled | State::Reverted => false,
        };
        for criterion in &item.criteria {
            let key = (item.key.as_str(), criterion.id.clone());
            covered += usize::from(item.state.is_wanted() && running.contains(&key));
            if wanted && !named.contains(&key) {
                let message = format!(
                    "no test validates {} {} ({}): {:?}",
                    item.key,
                    criterion.id,
                    item.state.as_str(),
                    criterion.text
                );
                let finding = Finding::new(Rule::CriterionWithoutTest, message)
                    .thing(item.key.clone())
                    .claim(format!("{} {}", item.key, criterion.id))
                    .help(format!(
                        "annotate the test that fails when this does not hold: trail:validates {} {}@{}",
                        item.key, criterion.id, criterion.revision
                    ));
                findings.push(finding.soft(item.state == State::InWork));
            }
        }
    }
    covered
}
