//! What a run touched: every read, listing, search, staged change, command and model asked, with what
//! policy said, against a scope.
//!
//! What was refused did not happen; what happened outside the scope is a violation.

use std::collections::BTreeMap;

use serde::Serialize;
use trail_record::body::{Decision, Effect, Spec, Verdict};
use trail_record::{Digest, ItemKey, Moment, Persona, Record, RunId, glob};

use crate::report::about;
use crate::story::{Fact, Story};

/// What a run touched.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Audit {
    /// The item.
    pub item: ItemKey,
    /// The run; none for all of them.
    pub run: Option<RunId>,
    /// What it is held against.
    pub scope: Scope,
    /// What happened outside the scope, or without a sandbox, or at an endpoint nobody trusts.
    pub violations: Vec<Row>,
    /// What was asked and refused: nothing came of it.
    pub refusals: Vec<Row>,
    /// All the rest, in order.
    pub accesses: Vec<Row>,
    /// Counts of everything, by kind of access.
    pub totals: BTreeMap<&'static str, u64>,
    /// AI calls whose bytes are missing, so that what they touched is not known.
    pub unread: u64,
    /// Whether the history was verified.
    pub verified: bool,
}

/// What accesses are held against.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Scope {
    /// Globs of what may be read; empty means everything in the repository.
    pub read: Vec<String>,
    /// Globs of what may be written.
    pub write: Vec<String>,
    /// Whether it is the sealed task's own scope, as it was for each call, or one that was asked for.
    pub sealed: bool,
}

/// One access, or one attempt.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// When the call was made.
    pub at: Moment,
    /// The run.
    pub run: RunId,
    /// The call's number in it.
    pub call: u32,
    /// Who.
    pub persona: Persona,
    /// For which action.
    pub action: String,
    /// `read`, `list`, `search`, `stage`, `run`, `conclude`, `ask-model`, or the tool's name where
    /// nothing was touched.
    pub access: &'static str,
    /// The tool as the model named it; none for asking the model itself.
    pub tool: Option<String>,
    /// Path, pattern, command or endpoint.
    pub target: String,
    /// Digest of the bytes read or staged, how many names or files were returned, or how a command
    /// ended; for people.
    pub detail: String,
    /// What policy said, with the rules that made it.
    pub verdict: Verdict,
    /// Why it is a violation; none if it is not.
    pub why: Option<String>,
    /// The decision that holds it.
    pub decision: Digest<Record>,
}

/// Which calls are looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only this run.
    pub run: Option<RunId>,
    /// Only this persona.
    pub persona: Option<Persona>,
    /// Only this call.
    pub call: Option<u32>,
}

/// Audits an item's calls against `scope`, or against the sealed task's where none is given.
#[must_use]
pub fn of(story: &Story, filter: &Filter, scope: Option<&[String]>) -> Audit {
    let asked = scope.map(|globs| Scope {
        read: globs.to_vec(),
        write: globs.to_vec(),
        sealed: false,
    });
    let mut audit = Audit {
        item: story.key.clone(),
        run: filter.run.clone(),
        scope: asked
            .clone()
            .unwrap_or_else(|| sealed(story.spec().map(|own| &own.body))),
        violations: Vec::new(),
        refusals: Vec::new(),
        accesses: Vec::new(),
        totals: BTreeMap::new(),
        unread: story
            .unread
            .iter()
            .filter(|own| own.kind == trail_record::Kind::Decision)
            .count() as u64,
        verified: story.judgement.findings.is_empty(),
    };
    let wanted = |own: &&Fact<Decision>| {
        filter.run.as_ref().is_none_or(|run| *run == own.run)
            && filter.persona.is_none_or(|persona| persona == own.persona)
            && filter.call.is_none_or(|call| call == own.body.call)
    };
    for decision in story.decisions.iter().filter(wanted) {
        // The task may have been amended on the way: a call is held against the one it saw.
        let scope = asked.clone().unwrap_or_else(|| {
            let seen = story
                .specs
                .iter()
                .rev()
                .find(|spec| decision.inputs.contains(&spec.digest));
            sealed(seen.or_else(|| story.spec()).map(|own| &own.body))
        });
        for row in rows(story, decision, &scope) {
            *audit.totals.entry(row.access).or_default() += 1;
            if !row.verdict.allowed {
                audit.refusals.push(row);
            } else if row.why.is_some() {
                audit.violations.push(row);
            } else {
                audit.accesses.push(row);
            }
        }
    }
    audit
}

fn sealed(spec: Option<&Spec>) -> Scope {
    let scope = spec.map(|spec| spec.scope.clone()).unwrap_or_default();
    Scope {
        read: scope.read,
        write: scope.write,
        sealed: true,
    }
}

fn rows(story: &Story, decision: &Fact<Decision>, scope: &Scope) -> Vec<Row> {
    let body = &decision.body;
    let blank = |verdict: Verdict| Row {
        at: body.at,
        run: decision.run.clone(),
        call: body.call,
        persona: decision.persona,
        action: body.action.clone(),
        access: "ask-model",
        tool: None,
        target: String::new(),
        detail: String::new(),
        verdict,
        why: None,
        decision: decision.digest,
    };
    let mut rows = vec![Row {
        target: body.endpoint.clone(),
        detail: body
            .model_served
            .clone()
            .unwrap_or_else(|| format!("{} (not confirmed)", body.model_requested)),
        why: untrusted(story, &body.endpoint),
        ..blank(Verdict {
            allowed: true,
            rules: Vec::new(),
            reason: "the trust document names the endpoints that workers may ask".to_owned(),
        })
    }];
    for ask in &body.asks {
        let own = Row {
            tool: Some(ask.tool.clone()),
            ..blank(ask.verdict.clone())
        };
        if ask.effects.is_empty() {
            rows.push(Row {
                access: "no-effect",
                target: about(&ask.arguments),
                detail: if ask.verdict.allowed {
                    size(&ask.result)
                } else {
                    ask.verdict.reason.clone()
                },
                ..own
            });
            continue;
        }
        for effect in &ask.effects {
            rows.push(touched(effect, own.clone(), scope));
        }
    }
    rows
}

/// Writes one effect, and why it is a violation if it is one.
fn touched(effect: &Effect, row: Row, scope: &Scope) -> Row {
    let read = |path: &str| {
        let free = scope.read.is_empty() && scope.sealed;
        (!free && !glob::any(&scope.read, path)).then(|| "outside what may be read".to_owned())
    };
    match effect {
        Effect::Read { path, digest } => Row {
            access: "read",
            target: path.clone(),
            detail: digest.map_or_else(|| "no such file".to_owned(), |own| own.short()),
            why: read(path),
            ..row
        },
        Effect::Listed { path, names } => Row {
            access: "list",
            target: if path.is_empty() { "." } else { path }.to_owned(),
            detail: trail_item::text::count(usize::try_from(*names).unwrap_or(usize::MAX), "name"),
            // Listing shows names; a folder above the scope may be listed to get to it.
            why: None,
            ..row
        },
        Effect::Searched {
            pattern,
            path,
            files,
        } => {
            let outside: Vec<&str> = files
                .iter()
                .filter(|file| read(file).is_some())
                .map(String::as_str)
                .collect();
            Row {
                access: "search",
                target: if path.is_empty() {
                    pattern.clone()
                } else {
                    format!("{pattern} in {path}")
                },
                detail: trail_item::text::count(files.len(), "file"),
                why: (!outside.is_empty()).then(|| {
                    format!(
                        "showed lines outside what may be read: {}",
                        outside.join(", ")
                    )
                }),
                ..row
            }
        }
        Effect::Staged { path, digest } => Row {
            access: "stage",
            target: path.clone(),
            detail: digest.map_or_else(|| "deleted".to_owned(), |own| own.short()),
            why: (!glob::any(&scope.write, path)).then(|| "outside what may be written".to_owned()),
            ..row
        },
        Effect::Ran {
            command,
            exit,
            ended,
            sandbox,
            took_ms,
        } => {
            let end = match (exit, ended) {
                (Some(exit), _) => format!("exit {exit}"),
                (None, Some(ended)) => ended.clone(),
                (None, None) => "no exit code".to_owned(),
            };
            Row {
                access: "run",
                target: command.join(" "),
                detail: format!("{end}, {took_ms} ms, {sandbox}"),
                why: (sandbox == UNSANDBOXED).then(|| "no sandbox held it".to_owned()),
                ..row
            }
        }
        Effect::Concluded { name } => Row {
            access: "conclude",
            target: name.clone(),
            ..row
        },
    }
}

/// What a command's record says where none of the sandboxes held it.
pub const UNSANDBOXED: &str = "none";

fn untrusted(story: &Story, endpoint: &str) -> Option<String> {
    let trusted = story.trusted.as_ref()?;
    let named = trusted.endpoints.iter().any(|own| own.host == endpoint);
    (!named).then(|| "the newest trust document does not name this endpoint".to_owned())
}

fn size(result: &str) -> String {
    format!("{} bytes", result.len())
}

impl Audit {
    /// Tells whether something happened that should not have; with `strict`, also whether something
    /// was tried.
    #[must_use]
    pub fn is_clean(&self, strict: bool) -> bool {
        self.violations.is_empty() && (!strict || self.refusals.is_empty()) && self.unread == 0
    }
}
