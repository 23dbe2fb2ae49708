//! What may never be: judged by what stands alone, without the rules that let it stand.

use std::collections::HashSet;

use trail_item::Event;
use trail_record::{Fence, WorkerId};

/// What stands in a history.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Summary {
    pub(crate) claims: usize,
    pub(crate) outcomes: usize,
    /// Leases that ended by the word of another.
    pub(crate) lapsed: usize,
    /// Leases that ended by the claim of another, after their end by the claimant's clock.
    pub(crate) overtaken: usize,
}

/// Checks that fences rise by one, with one claim each, and that only holders end their leases with
/// an outcome, and only others without.
pub(crate) fn judge<'e>(
    stands: impl Iterator<Item = (&'e WorkerId, &'e Event)>,
) -> Result<Summary, String> {
    let (mut summary, mut newest) = (Summary::default(), Fence(0));
    let (mut claimed, mut holder) = (HashSet::new(), None);
    for (by, event) in stands {
        match event {
            Event::Claimed { fence, .. } => {
                if !claimed.insert(*fence) {
                    return Err(format!("two claims of fence {fence} stand"));
                }
                if *fence != newest.next() {
                    return Err(format!("fence {fence} follows fence {newest}"));
                }
                newest = *fence;
                summary.claims += 1;
                summary.overtaken += usize::from(holder.is_some());
                holder = Some((*fence, by));
            }
            Event::Lapsed { fence, .. } => {
                let ended = holder.take();
                if ended.is_none_or(|(own, whose)| own != *fence || whose == by) {
                    return Err(format!("{by} ended fence {fence}, which nobody else held"));
                }
                summary.lapsed += 1;
            }
            Event::Released { fence } => {
                if holder.take() != Some((*fence, by)) {
                    let why = "does not hold";
                    return Err(format!("{by} {why} fence {fence}, and its outcome stands"));
                }
                summary.outcomes += 1;
            }
            _ => {}
        }
    }
    Ok(summary)
}
