//! Keeping results of tests that were run elsewhere.
//!
//! The tester's key says that they were reported, by whom and in which bytes; not that they are so.
//! They prove nothing and move nothing.

use serde::Serialize;
use trail_item::{Event, text};
use trail_record::body::ReportedResult;
use trail_record::{CriterionId, Digest, Entry, ItemId, ItemKey, Moment, Record};

use crate::append::Draft;
use crate::view::View;
use crate::worker::{Error, Worker};

/// What became of a report for one item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reported {
    /// The item.
    pub item: ItemKey,
    /// The criteria that its tests name and the item has, in the spec's order.
    pub criteria: Vec<CriterionId>,
    /// The criteria that its tests name and the item has not.
    pub unknown: Vec<CriterionId>,
    /// The record.
    pub report: Digest<Record>,
    /// The entry that keeps it; none if it was only shown.
    pub sealed: Option<Digest<Entry>>,
    /// Whether an earlier entry kept this very report.
    pub before: bool,
}

impl Worker {
    /// Keeps a report in the item's history; once, however often it is reported.
    ///
    /// # Errors
    /// [`Error::History`] if the item has no sealed task yet; else what failed.
    pub async fn report_results(
        &self,
        item: &ItemId,
        report: &ReportedResult,
    ) -> Result<Reported, Error> {
        let view = self.look(item).await?;
        let facts = self.facts(&view).await?;
        let (task, spec) = facts.spec(&view)?;
        let report = self.without_secrets(report);
        let named: Vec<&CriterionId> = report
            .cases
            .iter()
            .flat_map(|case| &case.validates)
            .filter(|own| own.work_item == spec.key)
            .map(|own| &own.criterion)
            .collect();
        let known = spec.criteria.iter().map(|own| &own.id);
        let criteria: Vec<CriterionId> = known
            .clone()
            .filter(|id| named.contains(id))
            .cloned()
            .collect();
        let mut unknown: Vec<CriterionId> = named
            .iter()
            .filter(|id| !known.clone().any(|own| own == **id))
            .map(|id| (*id).clone())
            .collect();
        unknown.sort();
        unknown.dedup();
        let title = format!("results reported in {}", report.source);
        let record = Record::new(title, [*task], &report)?;
        let digest = record.digest();
        let mut told = Reported {
            item: view.item.key.clone(),
            criteria,
            unknown,
            report: digest,
            sealed: None,
            before: false,
        };
        let kept = view.entries().find(|own| {
            let listed = own.entry.records.iter();
            listed.map(|one| one.digest).any(|one| one == digest)
        });
        if let Some(kept) = kept {
            told.sealed = Some(kept.digest);
            told.before = true;
            return Ok(told);
        }
        let view = self
            .append(view, &|_: &View, _: Moment| {
                let (by, cases) = (&report.reported_by, report.cases.len());
                let note = text::reported(&report.source, by, cases, &told.criteria);
                let event = Event::Reported { report: digest };
                Ok(Draft::new(vec![event], vec![record.clone()], note))
            })
            .await?;
        self.keep(Vec::new())?;
        self.send_shared().await;
        told.sealed = view.state.head;
        Ok(told)
    }

    /// Takes secrets out of what tests said; names and messages come from anywhere.
    fn without_secrets(&self, report: &ReportedResult) -> ReportedResult {
        let mut report = report.clone();
        for case in &mut report.cases {
            case.name = self.redactor.redact(&case.name).into_owned();
            if let Some(message) = &mut case.message {
                *message = self.redactor.redact(message).into_owned();
            }
        }
        report
    }
}
