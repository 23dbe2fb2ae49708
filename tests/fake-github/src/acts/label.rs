//! Labels: put on and taken off by triage and above, made by whoever may push.

use super::Act;
use crate::refusal::Refusal;
use crate::rules;
use crate::seed::Role;
use crate::world::{What, World};

/// The most characters a label's name may have.
const LONGEST_NAME: usize = 50;

/// Makes a label of a repository.
pub(crate) fn make(
    world: &mut World,
    act: Act<'_>,
    repo: u64,
    (name, color): (&str, &str),
    description: Option<String>,
) -> Result<u64, Refusal> {
    let place = world.repo(repo);
    rules::writable(place)?;
    rules::at_least(place, act.caller, Role::Write)?;
    let invalid = |field: &str, code: &str| Refusal::invalid("Label", field, code, None);
    if name.trim().is_empty() {
        return Err(invalid("name", "missing_field"));
    }
    if name.chars().count() > LONGEST_NAME {
        return Err(invalid("name", "invalid"));
    }
    if color.len() != 6 || !color.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(invalid("color", "invalid"));
    }
    if place.labels.contains_key(&name.to_lowercase()) {
        return Err(invalid("name", "already_exists"));
    }
    Ok(world.add_label(repo, name, color, description))
}

/// Puts labels on; makes those that are missing if the caller may push.
pub(crate) fn put(
    world: &mut World,
    act: Act<'_>,
    repo: u64,
    number: u64,
    names: &[String],
) -> Result<(), Refusal> {
    world.issue(repo, number)?;
    let place = world.repo(repo);
    rules::writable(place)?;
    rules::at_least(place, act.caller, Role::Triage)?;
    let actor = act.caller.somebody()?;
    let missing = |name: &&String| !place.labels.contains_key(&name.to_lowercase());
    let new: Vec<String> = names.iter().filter(missing).cloned().collect();
    if !new.is_empty() && rules::role(place, act.caller) < Role::Write {
        let why = "You do not have permission to create labels on this repository.";
        return Err(Refusal::forbidden(why));
    }
    for name in &new {
        make(world, act, repo, (name, "ededed"), None)?;
    }
    for name in names {
        let label = world.repo(repo).labels[&name.to_lowercase()].clone();
        let issue = world.issue_mut(repo, number);
        if !issue.labels.contains(&label.id) {
            issue.labels.push(label.id);
            let what = What::Labeled {
                name: label.name,
                color: label.color,
            };
            world.happened((repo, number), (actor, act.caller.app()), what, act.now);
        }
    }
    Ok(())
}

/// Takes a label off.
pub(crate) fn take(
    world: &mut World,
    act: Act<'_>,
    repo: u64,
    number: u64,
    name: &str,
) -> Result<(), Refusal> {
    world.issue(repo, number)?;
    let place = world.repo(repo);
    rules::writable(place)?;
    rules::at_least(place, act.caller, Role::Triage)?;
    let actor = act.caller.somebody()?;
    let missing = || Refusal::new(404, "Label does not exist");
    let label = place.labels.get(&name.to_lowercase()).cloned();
    let label = label.ok_or_else(missing)?;
    let issue = world.issue_mut(repo, number);
    let before = issue.labels.len();
    issue.labels.retain(|id| *id != label.id);
    if issue.labels.len() == before {
        return Err(missing());
    }
    let what = What::Unlabeled {
        name: label.name,
        color: label.color,
    };
    world.happened((repo, number), (actor, act.caller.app()), what, act.now);
    Ok(())
}

/// Sets all labels.
pub(crate) fn replace(
    world: &mut World,
    act: Act<'_>,
    repo: u64,
    number: u64,
    names: &[String],
) -> Result<(), Refusal> {
    let place = world.repo(repo);
    let kept = |name: &str| names.iter().any(|other| other.eq_ignore_ascii_case(name));
    let has = world.issue(repo, number)?.labels.iter();
    let has = has.filter_map(|id| place.label(*id));
    let off: Vec<String> = has
        .filter(|label| !kept(&label.name))
        .map(|label| label.name.clone())
        .collect();
    put(world, act, repo, number, names)?;
    for name in off {
        take(world, act, repo, number, &name)?;
    }
    Ok(())
}
