//! The fold of a history, entry by entry.

use trail_record::chain::{Rules, Signed};
use trail_record::record::Class;
use trail_record::{Digest, Entry, Fence, Kind, Record};

use super::{Actor, Effect, Illegal, illegal, step, version};
use crate::event::{Event, RULES};
use crate::state::State;

/// The fold of a history: the state after the entries seen so far.
#[derive(Debug, Clone, Default)]
pub struct Fold {
    /// Where the item stands.
    pub state: State,
    /// What the newest entry ordered.
    pub effects: Vec<Effect>,
}

impl Fold {
    /// Takes one entry: all of its events, or none.
    ///
    /// # Errors
    /// [`Illegal`] if an event cannot be read or may not happen here, or if the entry follows newer
    /// rules than these.
    pub fn entry(&mut self, entry: &Entry, digest: Digest<Entry>) -> Result<(), Illegal> {
        if entry.rules > RULES {
            return illegal(format!(
                "the entry follows rules {}, this program knows up to {RULES}: use a newer trail",
                entry.rules
            ));
        }
        let actor = Actor {
            persona: entry.persona,
            worker: entry.worker.clone(),
        };
        let mut state = self.state.clone();
        let mut effects = Vec::new();
        for value in &entry.events {
            let event = read(value)?;
            is_listed(entry, &event)?;
            version::allows(entry.rules, &state, &actor, &event)?;
            let (next, more) = step(&state, &actor, &event, entry.at)?;
            state = next;
            effects.extend(more);
        }
        if entry.spec != state.task.as_ref().map(|task| task.spec) {
            return illegal("the entry names another spec than the one being worked on");
        }
        if state
            .task
            .as_ref()
            .is_some_and(|task| task.run != entry.run)
        {
            return illegal("the entry names another run than the one going on");
        }
        let decisions = entry
            .records
            .iter()
            .filter(|own| own.kind.class() == Class::Decision)
            .count();
        let spent = state.calls - self.state.calls.min(state.calls);
        if usize::try_from(spent).ok() != Some(decisions) {
            return illegal("the entry counts other calls than the decisions it holds");
        }
        state.entries += 1;
        state.head = Some(digest);
        for gate in [&mut state.gate, &mut state.label_gate]
            .into_iter()
            .flatten()
        {
            gate.entry.get_or_insert(digest);
        }
        self.state = state;
        self.effects = effects;
        Ok(())
    }
}

/// Reads an event of the stored format, which has one form.
fn read(value: &serde_json::Value) -> Result<Event, Illegal> {
    let unreadable = |error: serde_json::Error| Illegal(format!("cannot read an event: {error}"));
    let event: Event = serde::Deserialize::deserialize(value).map_err(unreadable)?;
    if serde_json::to_value(&event).map_err(unreadable)? != *value {
        return illegal("an event is not written in its one form");
    }
    Ok(event)
}

/// Requires that the record an event speaks of is sealed with it: no event without evidence.
fn is_listed(entry: &Entry, event: &Event) -> Result<(), Illegal> {
    let listed = |digest: Digest<Record>, kinds: &[Kind]| {
        let own = |own: &trail_record::Listed| own.digest == digest && kinds.contains(&own.kind);
        if entry.records.iter().any(own) {
            Ok(())
        } else {
            illegal(format!(
                "an event speaks of {} {}, which its entry does not hold",
                kinds[0],
                digest.short()
            ))
        }
    };
    match event {
        Event::TakenUp { spec, .. } | Event::Amended { spec, .. } => listed(*spec, &[Kind::Spec]),
        Event::Planned { plan, .. } => listed(*plan, &[Kind::Conclusion, Kind::Decision]),
        Event::Proposed { patchset, .. } => {
            listed(*patchset, &[Kind::Patchset, Kind::TestPatchset])
        }
        Event::Committed { .. } => {
            // The patchset may have been sealed before; the commit is sealed now.
            if entry.records.iter().any(|own| own.kind == Kind::Commit) {
                Ok(())
            } else {
                illegal("an event speaks of a commit, which its entry does not hold")
            }
        }
        Event::Tested { result, .. } => listed(*result, &[Kind::TestResult]),
        Event::Proved { fence, proofs, .. } => {
            for proof in proofs {
                listed(*proof, &[Kind::Proof])?;
            }
            fence.map_or(Ok(()), |fence| is_tested(entry, fence))
        }
        Event::Reported { report } => listed(*report, &[Kind::ReportedResult]),
        Event::Prepared { pull_request, .. } => listed(*pull_request, &[Kind::PullRequest]),
        Event::Delivered { receipt, .. } => listed(*receipt, &[Kind::DeliveryReceipt]),
        Event::Refused { review, .. } => listed(*review, &[Kind::Review]),
        Event::Failed { failure, .. } => listed(*failure, &[Kind::Failure]),
        Event::Reverting { revert, .. } => listed(*revert, &[Kind::Revert]),
        Event::GateAsked { request, .. } => listed(*request, &[Kind::GateRequest]),
        Event::GateDecided { decision, .. } => listed(*decision, &[Kind::GateDecision]),
        Event::StartAsked { .. }
        | Event::Unfit { .. }
        | Event::Claimed { .. }
        | Event::Renewed { .. }
        | Event::Released { .. }
        | Event::Spent { .. }
        | Event::Obeyed { .. }
        | Event::Answered { .. }
        | Event::Drifted { .. }
        | Event::Restored
        | Event::Found { .. }
        | Event::RevertAsked { .. }
        | Event::Disposed { .. } => Ok(()),
        Event::Captured { observation, .. } | Event::Lapsed { observation, .. } => {
            listed(*observation, &[Kind::Observation])
        }
    }
}

/// Requires that the entry seals the test run under `fence`: what tests prove is found out where they
/// passed, and not claimed later.
fn is_tested(entry: &Entry, fence: Fence) -> Result<(), Illegal> {
    let tested = |event: &&serde_json::Value| {
        event["event"] == "tested" && event["fence"] == fence.0 && event["green"] == true
    };
    let proved = |event: &&serde_json::Value| event["event"] == "proved";
    if entry.events.iter().find(tested).is_none() || entry.events.iter().filter(proved).count() > 1
    {
        return illegal("what the tests prove is sealed once, with their run");
    }
    Ok(())
}

impl Rules for Fold {
    fn knows(&self, version: u32) -> bool {
        version <= RULES
    }

    fn admit(&mut self, signed: &Signed) -> Result<(), String> {
        self.entry(&signed.entry, signed.digest)
            .map_err(|illegal| illegal.0)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use trail_record::record::{Raw, Sealable};
    use trail_record::{FORMAT, Listed, RunId, Text};

    use super::super::play::{self, Planner};
    use super::*;

    /// An entry of the planner's that takes an item up.
    fn intake() -> Entry {
        let spec = sealed("spec", Kind::Spec);
        let text: Digest<Text> = play::text("text");
        let event = json!({
            "event": "taken-up", "spec": spec.digest(), "text": text, "run": "P-1.1", "comment": null,
        });
        Entry {
            format: FORMAT,
            rules: RULES,
            project: "project".into(),
            item: "item".into(),
            key: "P-1".into(),
            run: "P-1.1".into(),
            seq: 0,
            prev: None,
            persona: Planner,
            worker: "planner@host:1".into(),
            trust: Digest::of(b"trust"),
            policy: Digest::of(b"policy"),
            spec: Some(spec.digest()),
            base: None,
            at: play::minute(0),
            events: vec![event],
            records: vec![Listed::new(&spec, true)],
        }
    }

    fn sealed(title: &str, kind: Kind) -> Sealable {
        Sealable::new(Record {
            format: FORMAT,
            kind,
            title: title.to_owned(),
            inputs: Vec::new(),
            body: Raw::new(&json!({ "title": title })).unwrap(),
        })
        .unwrap()
    }

    fn refusal(change: impl FnOnce(&mut Entry)) -> String {
        let mut entry = intake();
        change(&mut entry);
        let mut fold = Fold::default();
        let why = fold.entry(&entry, Digest::of(b"entry")).unwrap_err().0;
        assert_eq!(
            fold.state,
            State::default(),
            "a refused entry changes nothing"
        );
        why
    }

    #[test]
    fn an_entry_is_taken_whole() {
        let mut fold = Fold::default();
        fold.entry(&intake(), Digest::of(b"entry")).unwrap();
        assert_eq!(fold.state.stage_name(), "ready");
        assert_eq!(fold.state.entries, 1);
        assert_eq!(fold.state.head, Some(Digest::of(b"entry")));
    }

    #[test]
    fn one_illegal_event_voids_its_whole_entry() {
        let why = refusal(|entry| entry.events.push(json!({ "event": "restored" })));
        assert_eq!(why, "the text had not drifted");
    }

    #[test]
    fn an_event_has_one_form_and_no_other_fields() {
        for (change, expected) in [
            (json!({ "event": "taken-up" }), "cannot read an event"),
            (json!({ "event": "invented" }), "cannot read an event"),
            (json!(7), "cannot read an event"),
            (json!({ "event": "restored", "more": 1 }), "one form"),
            (
                json!({
                    "event": "claimed", "action": "plan", "fence": 1, "holder": "planner@host:1",
                    "until": "2026-11-20T10:30:00+01:00",
                }),
                "one form",
            ),
        ] {
            let why = refusal(|entry| entry.events = vec![change.clone()]);
            assert!(why.contains(expected), "{change}: {why}");
        }
        let why = refusal(|entry| {
            entry.events[0].as_object_mut().unwrap().remove("comment");
        });
        assert!(why.contains("one form"), "{why}");
    }

    #[test]
    fn no_event_stands_without_the_record_it_speaks_of() {
        let why = refusal(|entry| entry.records.clear());
        assert!(why.contains("which its entry does not hold"), "{why}");
        let why = refusal(|entry| entry.records[0].kind = Kind::Failure);
        assert!(why.contains("speaks of spec"), "{why}");
    }

    #[test]
    fn an_entry_names_the_spec_and_the_run_that_are_worked_on() {
        let why = refusal(|entry| entry.spec = None);
        assert!(why.contains("another spec"), "{why}");
        let why = refusal(|entry| entry.spec = Some(Digest::of(b"another")));
        assert!(why.contains("another spec"), "{why}");
        let why = refusal(|entry| entry.run = RunId::from("P-1.2"));
        assert!(why.contains("another run"), "{why}");
    }

    #[test]
    fn an_entry_counts_exactly_the_calls_it_holds() {
        let decision = sealed("call 1", Kind::Decision);
        let why = refusal(|entry| entry.records.push(Listed::new(&decision, true)));
        assert!(why.contains("counts other calls"), "{why}");
    }

    #[test]
    fn an_entry_of_newer_rules_is_not_guessed_at() {
        let why = refusal(|entry| entry.rules = RULES + 1);
        assert!(why.contains("use a newer trail"), "{why}");
    }
}
