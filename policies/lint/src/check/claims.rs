//! Annotations: does what they name exist, is it as they say, and may the thing they stand on say
//! so.

use std::collections::HashMap;

use trail_item::criteria::criterion_id;
use trail_source::{Annotation, Claim, Form, Role, Target, TargetKind};

use super::{Question, named};
use crate::finding::Finding;
use crate::known::Item;
use crate::rule::Rule;
use crate::words::nearest;

/// How many names are looked up for a suggestion; a tree full of wrong ones is told without.
const MAX_LOOKUPS: usize = 500;

pub(super) fn check(question: &Question<'_>, findings: &mut Vec<Finding>) {
    let mut near = Nearest::default();
    for source in &question.tree.sources {
        for annotation in &source.scan.annotations {
            let thing = annotation.target.as_ref().map(thing);
            for claim in &annotation.claims {
                let judged = judge(question, claim, &mut near);
                findings.extend(judged.into_iter().map(|own| {
                    let own = own.at(&source.path, claim.line).claim(text(claim));
                    place(own, annotation, thing.as_deref())
                }));
            }
            if let Some(own) = stands_on(annotation) {
                let own = own.at(&source.path, annotation.line);
                let claims: Vec<String> = annotation.claims.iter().map(text).collect();
                let own = own.claim(claims.join(", "));
                findings.push(place(own, annotation, thing.as_deref()));
            }
        }
    }
}

/// Says a claim as people write it.
pub(crate) fn text(claim: &Claim) -> String {
    let revision = claim.revision.map(|own| format!("@{own}"));
    format!(
        "{} {}{}",
        claim.work_item,
        claim.criterion,
        revision.unwrap_or_default()
    )
}

fn thing(target: &Target) -> String {
    named(&target.within, &target.name)
}

fn place(finding: Finding, annotation: &Annotation, thing: Option<&str>) -> Finding {
    let finding = if finding.line == Some(annotation.line) {
        finding.column(annotation.column)
    } else {
        finding
    };
    match thing {
        Some(thing) => finding.thing(thing),
        None => finding,
    }
}

/// Suggestions by the name that was typed, each looked up once.
#[derive(Default)]
struct Nearest {
    items: HashMap<String, Option<String>>,
}

impl Nearest {
    fn item(&mut self, question: &Question<'_>, typed: &str) -> Option<String> {
        if !self.items.contains_key(typed) {
            let found = (self.items.len() < MAX_LOOKUPS)
                .then(|| nearest(typed, question.known.keys()))
                .flatten();
            self.items
                .insert(typed.to_owned(), found.map(str::to_owned));
        }
        self.items.get(typed).cloned().flatten()
    }
}

/// Returns what is wrong with one claim.
fn judge(question: &Question<'_>, claim: &Claim, near: &mut Nearest) -> Option<Finding> {
    let key = &claim.work_item;
    let Some(item) = question.known.item(key) else {
        let found = Finding::new(Rule::UnknownItem, format!("there is no work item {key}"));
        return Some(match near.item(question, key) {
            Some(meant) => {
                let title = &question.known.item(&meant)?.title;
                found.help(format!("did you mean {meant} ({title})?"))
            }
            None => found,
        });
    };
    if item.unread {
        return None;
    }
    let id = criterion_id(&claim.criterion)
        .map_or_else(|| claim.criterion.clone(), |own| own.as_str().to_owned());
    match item.criterion(&id) {
        None => Some(missing(question, item, &id)),
        Some(now) => match claim.revision {
            Some(named) if named < now.revision => Some(
                Finding::new(
                    Rule::OutdatedRevision,
                    format!(
                        "{key} {id} was amended: this names revision {named}, it is at {}",
                        now.revision
                    ),
                )
                .help(format!(
                    "it now says {:?}: look whether the test still tests that, then write {id}@{}",
                    now.text, now.revision
                )),
            ),
            Some(named) if named > now.revision => Some(
                Finding::new(
                    Rule::UnknownCriterion,
                    format!(
                        "{key} {id} has no revision {named}: it is at {}",
                        now.revision
                    ),
                )
                .help(format!("write {id}@{}, or no revision", now.revision)),
            ),
            Some(_) | None => withdrawn(item, &id),
        },
    }
}

fn withdrawn(item: &Item, id: &str) -> Option<Finding> {
    let state = item.state;
    let message = || {
        format!(
            "{} was {}: nobody asks for its {id}",
            item.key,
            state.as_str()
        )
    };
    (!state.is_wanted()).then(|| Finding::new(Rule::WithdrawnItem, message()))
}

/// Says of a criterion that its item does not have where it might belong.
fn missing(question: &Question<'_>, item: &Item, id: &str) -> Finding {
    let key = &item.key;
    if let Some(removed) = item.removed.iter().find(|own| own.id == id) {
        let message = format!(
            "{key} {id} was taken out by an amendment; its last revision was {}",
            removed.revision
        );
        return Finding::new(Rule::OutdatedRevision, message).help(format!(
            "{key} has {} now: take the annotation out, or name what it tests instead",
            item.ids()
        ));
    }
    let having = question.known.having(id);
    // Most items have an AC-1: that another one has it says something only where few do.
    if let [first, others @ ..] = having
        && others.len() < 3
    {
        let other = question.known.item(first);
        let text = other.and_then(|own| own.criterion(id)).map(|own| &own.text);
        let text = text.map_or_else(String::new, |own| format!(": {own:?}"));
        let more = match others {
            [] => String::new(),
            _ => format!(" (so have {})", others.join(", ")),
        };
        return Finding::new(
            Rule::OtherItemsCriterion,
            format!("{key} has no criterion {id}; {first} has one{text}{more}"),
        )
        .help(format!(
            "write {first} if that is meant; {key} has {}",
            item.ids()
        ));
    }
    let typed = id.to_owned();
    let near = nearest(&typed, item.criteria.iter().map(|own| own.id.as_str()));
    let near = near.and_then(|own| item.criterion(own));
    let near = near.map_or_else(String::new, |own| {
        format!("; did you mean {} ({:?})?", own.id, own.text)
    });
    let elsewhere = match having.len() {
        0 => String::new(),
        many => format!("; {many} other items have one"),
    };
    let rule = match having.len() {
        0 => Rule::UnknownCriterion,
        _ => Rule::OtherItemsCriterion,
    };
    Finding::new(rule, format!("{key} has no criterion {id}{elsewhere}"))
        .help(format!("{key} has {}{near}", item.ids()))
}

/// Says of an annotation that it stands on what cannot say so.
fn stands_on(annotation: &Annotation) -> Option<Finding> {
    match (annotation.role, annotation.form) {
        // A neighbour's tag stands in a comment anywhere, and speaks of the code around it.
        (_, Form::OpenFastTrace | Form::StrictDoc)
        | (Role::Implements | Role::Documents, Form::Code | Form::Comment) => None,
        (Role::Validates, Form::Code | Form::Comment) => {
            let message = match &annotation.target {
                None => "this validates nothing: no test follows it".to_owned(),
                Some(target) => match target.kind {
                    TargetKind::Test | TargetKind::Tests => return None,
                    TargetKind::Function | TargetKind::Item | TargetKind::Section => {
                        let what = match target.kind {
                            TargetKind::Function => "a function that is no test",
                            TargetKind::Section => "a text",
                            _ => "no test",
                        };
                        format!("{} is {what}, and cannot validate", thing(target))
                    }
                },
            };
            Some(Finding::new(Rule::NotATest, message))
        }
    }
}
