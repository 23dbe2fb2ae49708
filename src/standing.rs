//! Where an item stands, as anybody can compute it from the tracker and the trust documents.

use trail_item::{Fold, Stage, State, text};
use trail_port::tracker::{Comment, Item, Tracker};
use trail_record::chain::{self, Assembly, Known, Posted, Subject};
use trail_record::{Finding, ItemId, Moment, ProjectId, TrustSet};

/// Where an item stands.
pub(crate) struct Standing {
    /// The item as the tracker shows it.
    pub(crate) item: Item,
    /// What became of the entries in its comments.
    pub(crate) assembly: Assembly,
    /// The fold of those that stand.
    pub(crate) state: State,
}

/// Reads an item and folds its history.
pub(crate) async fn stand(
    tracker: &dyn Tracker,
    id: &ItemId,
    project: &ProjectId,
    trust: &TrustSet,
) -> anyhow::Result<Standing> {
    let read = tracker.read(id, None).await?;
    let posted = posted(&read.comments, &[], trust);
    let subject = Subject {
        project: project.clone(),
        item: read.item.id.clone(),
        key: read.item.key.clone(),
    };
    let mut fold = Fold::default();
    let assembly = chain::assemble(&subject, &posted, &[], trust, &mut fold);
    Ok(Standing {
        item: read.item,
        assembly,
        state: fold.state,
    })
}

/// Returns what looks like entries in an item's comments, and the comments that held one of the
/// `known` entries, whatever they hold now: those were edited, and are not gone.
pub(crate) fn posted(comments: &[Comment], known: &[Known], trust: &TrustSet) -> Vec<Posted> {
    let looks_like_one = |own: &Comment| {
        let remembered = || known.iter().any(|known| known.comment == own.id);
        let json = text::envelope_of(&own.text).or_else(|| remembered().then_some(""))?;
        let posted = Posted::read(own.id.clone(), own.author.clone(), json, trust);
        Some(posted.marked(own.edited, own.backdated))
    };
    comments.iter().filter_map(looks_like_one).collect()
}

impl Standing {
    /// Says what the item waits for; none if there is nothing left to do.
    pub(crate) fn waits_for(&self, now: Moment) -> Option<String> {
        let state = &self.state;
        let ended = matches!(state.stage, Stage::Delivered { .. } | Stage::Cancelled);
        if self.assembly.forked {
            return Some("a human: its history is forked, see `trail verify`".to_owned());
        }
        if let Some(finding) = state
            .findings
            .values()
            .find(|finding| finding.closes && !finding.disposed)
        {
            let (kind, code) = (&finding.kind, &finding.code);
            return Some(format!("a human: finding {kind}, `/dispose {code} why`"));
        }
        if ended {
            return None;
        }
        if let Some(finding) = self.unsealed_finding() {
            return Some(format!("a worker, to seal a finding: {finding}"));
        }
        if state.held {
            return Some("a human: it is on hold, `/resume`".to_owned());
        }
        if let Some((_, code)) = &state.drift {
            return Some(format!("a human: its text has changed, `/amend {code}`"));
        }
        if let Some(gate) = state.waiting() {
            let (done, needed) = (gate.approvals.len(), gate.needed.max(1));
            let count = if needed > 1 {
                format!(" ({done} of {needed})")
            } else {
                String::new()
            };
            return Some(format!(
                "approval of {}{count}: `/approve {}`",
                gate.name, gate.code
            ));
        }
        match &state.stage {
            Stage::Unfit { .. } => Some("a human: its text must be mended".to_owned()),
            Stage::AwaitingStart { code, .. } => Some(format!("a human: `/start {code}`")),
            Stage::Stuck { .. } => Some("a human: it failed too often, `/retry`".to_owned()),
            Stage::Filed => Some("the planner, to take it up".to_owned()),
            _ => Some(self.worker(now)),
        }
    }

    /// Returns the first finding that no entry has sealed yet.
    fn unsealed_finding(&self) -> Option<&Finding> {
        let sealed = self.state.findings.len();
        self.assembly.findings.get(sealed)
    }

    fn worker(&self, now: Moment) -> String {
        let lease = self.state.lease.as_ref();
        if let Some(lease) = lease.filter(|lease| lease.until > now) {
            return format!("{} ({})", lease.holder, lease.action);
        }
        match self.state.next_action() {
            Some(action) => format!("the {} ({action})", action.persona()),
            None => "nobody".to_owned(),
        }
    }
}
