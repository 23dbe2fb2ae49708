//! `/revert`: says what taking a delivery back would do, and begins the run that does it.

use trail_item::builds_on::{Work, dependants};
use trail_item::step::MAX_REVERTED;
use trail_item::text;
use trail_item::{Event, code};
use trail_port::tracker::Comment;
use trail_record::body::proof::Reverted;
use trail_record::body::{Observation, Observed, Revert};
use trail_record::{Digest, ItemKey, Moment, Record};

use super::{Reply, observed};
use crate::append::Draft;
use crate::others::{Others, Standing, standing};
use crate::view::{View, run_id, seen};
use crate::worker::{Error, Worker};

/// What stands in the way of taking an item's delivery back.
const UNDELIVERED: &str = "only what was delivered can be taken back, once";

impl Worker {
    /// Answers `/revert` without a code: what it would do, under a code that binds exactly that.
    pub(super) async fn tell_revert(
        &self,
        view: &View,
        comment: &Comment,
        word: &str,
    ) -> Result<(), Error> {
        let facts = self.facts(view).await?;
        let Some(own) = standing(view, &facts) else {
            let note = text::answered_ended(word, UNDELIVERED);
            return self.reply(view, comment, note).await;
        };
        let others = self.others(&view.item.id).await?;
        let found = building_on(&own, &others);
        let mut receipts = vec![own.reverted.receipt];
        receipts.extend(found.iter().map(|(own, _)| own.reverted.receipt));
        receipts.truncate(MAX_REVERTED);
        let planned: Vec<text::Planned> = found
            .into_iter()
            .map(|(own, because)| own.told(because))
            .collect();
        let own = own.told(Vec::new());
        self.answer(view, comment, None, &|view, _| {
            let code = code::of_receipts(&receipts, view.state.head);
            let note = text::revert_asked(&own, &planned, &others.unknown, &code);
            let event = Event::RevertAsked {
                comment: comment.id.clone(),
                receipts: receipts.clone(),
                code,
            };
            Ok(Reply {
                events: vec![event],
                records: Vec::new(),
                note,
            })
        })
        .await
    }

    /// Obeys `/revert CODE`: a run begins that takes the delivery back, and those that are named.
    pub(super) async fn revert(
        &self,
        view: &View,
        comment: &Comment,
        (word, code): (&str, &str),
        with: &[ItemKey],
        why: Option<&str>,
    ) -> Result<(), Error> {
        let facts = self.facts(view).await?;
        let Some(own) = standing(view, &facts) else {
            let note = text::answered_ended(word, UNDELIVERED);
            return self.reply(view, comment, note).await;
        };
        let told = view
            .state
            .revert_asked
            .clone()
            .filter(|told| told.code == code);
        let Some(told) = told else {
            let note = text::answered_stale(word, code, None);
            return self.reply(view, comment, note).await;
        };
        let items = match self.named(&own, with, &told.receipts, view).await? {
            Ok(items) => items,
            Err(why) => {
                let note = text::answered_ended(word, &why);
                return self.reply(view, comment, note).await;
            }
        };
        let revert = Revert {
            items,
            user: comment.author.clone(),
            comment: comment.id.clone(),
            code: code.to_owned(),
            why: why.map(|why| self.redactor.redact(why).into_owned()),
        };
        self.begin_revert(view, comment, &revert, own.reverted.receipt)
            .await
    }

    /// Returns what is taken back, in order; or what is wrong with what was named.
    async fn named(
        &self,
        own: &Standing,
        with: &[ItemKey],
        told: &[Digest<Record>],
        view: &View,
    ) -> Result<Result<Vec<Reverted>, String>, Error> {
        let mut items = Vec::new();
        if !with.is_empty() {
            let others = self.others(&view.item.id).await?;
            // In the order in which they are taken back: the newest delivery first.
            for (other, _) in building_on(own, &others) {
                let known = told.contains(&other.reverted.receipt);
                if known && with.contains(&other.reverted.key) {
                    items.push(other.reverted.clone());
                }
            }
            let unknown = with
                .iter()
                .find(|key| items.iter().all(|own| own.key != **key));
            if let Some(key) = unknown {
                return Ok(Err(format!(
                    "{key} is not among what was said to build on this under that code; ask again with /revert"
                )));
            }
        }
        items.push(own.reverted.clone());
        Ok(Ok(items))
    }

    async fn begin_revert(
        &self,
        view: &View,
        comment: &Comment,
        revert: &Revert,
        receipt: Digest<Record>,
    ) -> Result<(), Error> {
        let base = self.ports.workspace.base().await?;
        let who = self.name_of(comment);
        let said = match observed(comment) {
            Observed::Comment { body, .. } => Observed::Comment {
                comment: seen(comment),
                body: self.redactor.redact(&body).into_owned(),
            },
            other => other,
        };
        self.append(view.clone(), &|view: &View, at: Moment| {
            let observed = said.clone();
            let observation = Record::new("comment", [], &Observation { observed, at })?;
            let inputs = [observation.digest(), receipt];
            let record = Record::new("revert", inputs, revert)?;
            let event = Event::Reverting {
                revert: record.digest(),
                run: run_id(&view.item.key, view.state.runs + 1),
                comment: comment.id.clone(),
                code: revert.code.clone(),
            };
            let note = text::reverting(revert, &who);
            let mut draft = Draft::new(vec![event], vec![observation, record], note);
            draft.base = Some(base.clone());
            Ok(draft)
        })
        .await?;
        Ok(())
    }
}

/// Returns the deliveries that build on `own`, the newest first, each with its reasons.
fn building_on<'o>(own: &Standing, others: &'o Others) -> Vec<(&'o Standing, Vec<String>)> {
    let works: Vec<Work> = others
        .standing
        .iter()
        .map(|other| other.work.clone())
        .collect();
    dependants(&own.work, &works)
        .into_iter()
        .map(|found| (&others.standing[found.index], found.because))
        .collect()
}
