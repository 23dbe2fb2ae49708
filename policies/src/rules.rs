//! Parses schema and rules, and holds each rule to what Trail asks of it.

use std::collections::BTreeMap;

use cedar_policy::{Effect, Policy, PolicyId, PolicySet, Schema, ValidationMode, Validator};
use miette::Diagnostic;

use crate::bundle::{Bundle, RULES, SCHEMA};
use crate::error::Fault;
use crate::question;

/// The most humans a rule may ask for.
const MAX_APPROVALS: u32 = 20;

/// A rule as people know it.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) policy: Policy,
    pub(crate) reason: String,
    /// How many humans it asks for, if it speaks of that.
    pub(crate) approvals: Option<u32>,
}

impl Rule {
    /// Returns whether it permits or forbids, as written in the rule.
    pub(crate) fn effect(&self) -> &'static str {
        match self.policy.effect() {
            Effect::Permit => "permit",
            Effect::Forbid => "forbid",
        }
    }
}

/// Parses the schema.
pub(crate) fn schema(bundle: &Bundle) -> Result<Schema, Vec<Fault>> {
    let source = bundle.text(SCHEMA);
    let (schema, warnings) = Schema::from_cedarschema_str(source)
        .map_err(|error| vec![fault(SCHEMA, source, &error)])?;
    let warnings: Vec<Fault> = warnings
        .map(|warning| fault(SCHEMA, source, &warning))
        .collect();
    if warnings.is_empty() {
        Ok(schema)
    } else {
        Err(warnings)
    }
}

/// Parses and validates the rules; they come by id.
pub(crate) fn rules(
    bundle: &Bundle,
    schema: &Schema,
) -> Result<BTreeMap<String, Rule>, Vec<Fault>> {
    let mut rules: BTreeMap<String, Rule> = BTreeMap::new();
    let mut faults = Vec::new();
    for (file, source) in bundle.folder(RULES) {
        let parsed: PolicySet = match source.parse() {
            Ok(parsed) => parsed,
            Err(errors) => {
                let errors: &cedar_policy::ParseErrors = &errors;
                faults.extend(errors.iter().map(|error| fault(file, source, error)));
                continue;
            }
        };
        for template in parsed.templates() {
            let line = line_of(source, &template.to_string());
            let what = "has a slot such as `?principal`".to_owned();
            let hint = Some("write the rule without slots".to_owned());
            faults.push(Fault {
                file: file.to_owned(),
                line,
                what,
                hint,
            });
        }
        for policy in parsed.policies() {
            match rule(file, source, policy) {
                Ok((id, rule)) => match rules.get(&id) {
                    None => drop(rules.insert(id, rule)),
                    Some(first) => faults.push(Fault {
                        file: file.to_owned(),
                        line: Some(rule.line),
                        what: format!("the id `{id}` is already in {}:{}", first.file, first.line),
                        hint: Some("give each rule an id of its own".to_owned()),
                    }),
                },
                Err(fault) => faults.push(fault),
            }
        }
    }
    if rules.is_empty() && faults.is_empty() {
        let hint = "without any, everything is denied; `trail init` writes the default ones";
        faults.push(Fault::of_file(RULES.0, "holds no rule", hint));
    }
    faults.extend(validate(bundle, schema, &rules));
    if faults.is_empty() {
        Ok(rules)
    } else {
        Err(faults)
    }
}

/// Reads what a rule says of itself.
fn rule(file: &str, source: &str, policy: &Policy) -> Result<(String, Rule), Fault> {
    let line = line_of(source, &policy.to_string());
    let wrong = |what: &str, hint: &str| Fault {
        file: file.to_owned(),
        line,
        what: what.to_owned(),
        hint: Some(hint.to_owned()),
    };
    let id = policy.annotation("id").unwrap_or("");
    let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    if id.is_empty() || id.len() > 80 || !id.chars().all(letters) {
        let hint = "write `@id(\"small-letters-and-hyphens\")` above it; verdicts name rules by it";
        return Err(wrong("a rule has no usable @id", hint));
    }
    let reason = policy.annotation("reason").unwrap_or("").trim();
    if reason.is_empty() {
        let hint = "write `@reason(\"...\")` above it: what it says and what would be accepted";
        return Err(wrong(&format!("the rule `{id}` has no @reason"), hint));
    }
    let approvals = match policy.annotation("approvals") {
        None => None,
        Some(number) => match number.parse() {
            Ok(number) if (1..=MAX_APPROVALS).contains(&number) => Some(number),
            _ => {
                let what = format!("the rule `{id}` asks for {number:?} approvals");
                return Err(wrong(&what, "write a number from 1 to 20"));
            }
        },
    };
    let counts = question::only_action(policy).as_deref() == Some(question::APPROVALS);
    if counts != approvals.is_some() || (counts && policy.effect() == Effect::Forbid) {
        let what = format!("the rule `{id}` does not fit the action `approvals`");
        let hint =
            "a permit on `action == Action::\"approvals\"` and `@approvals(\"N\")` belong together";
        return Err(wrong(&what, hint));
    }
    let policy = policy.new_id(PolicyId::new(id));
    let rule = Rule {
        file: file.to_owned(),
        line: line.unwrap_or(1),
        policy,
        reason: reason.to_owned(),
        approvals,
    };
    Ok((id.to_owned(), rule))
}

/// Validates the rules strictly; what only warns is a fault too, for a rule that can never apply is
/// a mistake.
fn validate(bundle: &Bundle, schema: &Schema, rules: &BTreeMap<String, Rule>) -> Vec<Fault> {
    let set = match PolicySet::from_policies(rules.values().map(|rule| rule.policy.clone())) {
        Ok(set) => set,
        Err(error) => return vec![fault(RULES.0, "", &error)],
    };
    let result = Validator::new(schema.clone()).validate(&set, ValidationMode::Strict);
    let place = |id: &PolicyId, error: &dyn Diagnostic| {
        let id: &str = id.as_ref();
        let file = rules.get(id).map_or(RULES.0, |rule| rule.file.as_str());
        let mut fault = fault(file, bundle.text(file), error);
        fault.line = fault.line.or_else(|| rules.get(id).map(|rule| rule.line));
        fault
    };
    let errors = result
        .validation_errors()
        .map(|error| place(error.policy_id(), error));
    let errors: Vec<Fault> = errors.collect();
    if !errors.is_empty() {
        return errors;
    }
    let warnings = result.validation_warnings();
    warnings
        .map(|warning| place(warning.policy_id(), warning))
        .collect()
}

/// Makes a fault of what Cedar says.
fn fault(file: &str, source: &str, error: &dyn Diagnostic) -> Fault {
    let offset = offset(error).filter(|offset| *offset <= source.len());
    let line = offset.map(|offset| {
        source.as_bytes()[..offset]
            .iter()
            .filter(|b| **b == b'\n')
            .count()
            + 1
    });
    let label = error
        .labels()
        .and_then(|mut labels| labels.next())
        .and_then(|label| label.label().map(|text| format!(": {text}")))
        .unwrap_or_default();
    let hint = error.help().map(|help| help.to_string());
    Fault {
        file: file.to_owned(),
        line,
        what: format!("{error}{label}"),
        hint,
    }
}

/// Returns the place Cedar points to, its own or that of the first error below.
fn offset(error: &dyn Diagnostic) -> Option<usize> {
    let own = error
        .labels()
        .and_then(|mut labels| labels.next())
        .map(|label| label.offset());
    own.or_else(|| error.diagnostic_source().and_then(offset))
        .or_else(|| {
            error
                .related()
                .and_then(|mut related| related.next())
                .and_then(offset)
        })
}

/// Returns the line a rule's text starts in.
fn line_of(source: &str, rule: &str) -> Option<usize> {
    let at = source.find(rule.trim())?;
    Some(
        source.as_bytes()[..at]
            .iter()
            .filter(|b| **b == b'\n')
            .count()
            + 1,
    )
}
