//! Which posts stand when they are taken in the tracker's order: by Trail's rules, and by rules that
//! were broken on purpose.

use std::collections::BTreeMap;

use trail_item::state::Lease;
use trail_item::{Actor, Event, Illegal, State, step};
use trail_record::{Fence, Moment};

/// How it is decided which posts stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resolver {
    /// As Trail does: the chain's predecessors, judged by the item core's fold.
    Chain,
    /// In the tracker's order, whatever they say they follow; `step` judges each.
    OrderOnly,
    /// Broken on purpose: in the tracker's order, claims stand whatever their fence says.
    AnyFence,
    /// Broken on purpose: in the tracker's order, outcomes stand whoever holds the item.
    AnyHolder,
    /// Broken on purpose: in the tracker's order, an outcome stands if its lease was not over by its
    /// writer's clock, whoever holds the item by now. Leases as they are without fences.
    WritersClock,
}

/// What is known after some posts were taken in the tracker's order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Taken {
    pub(crate) state: State,
    /// Every lease there ever was.
    leases: BTreeMap<Fence, Lease>,
}

impl Taken {
    pub(crate) fn of(state: State) -> Self {
        let leases = BTreeMap::new();
        Self { state, leases }
    }
}

impl Resolver {
    /// Takes the events of one entry as these rules have it: all, or none.
    pub(crate) fn take(
        self,
        taken: &Taken,
        actor: &Actor,
        events: &[Event],
        at: Moment,
    ) -> Result<Taken, Illegal> {
        let mut taken = taken.clone();
        for event in events {
            self.bend(&mut taken, actor, event, at);
            (taken.state, _) = step(&taken.state, actor, event, at)?;
            if let (Event::Claimed { fence, .. }, Some(lease)) = (event, &taken.state.lease) {
                taken.leases.insert(*fence, lease.clone());
            }
        }
        Ok(taken)
    }

    /// Makes the state such that `step` lets pass what broken rules let pass.
    fn bend(self, taken: &mut Taken, actor: &Actor, event: &Event, at: Moment) {
        match (self, event) {
            (Self::AnyFence, Event::Claimed { fence, .. }) => {
                taken.state.lease = None;
                taken.state.fence = Fence(fence.0 - 1);
            }
            (Self::AnyHolder, Event::Released { fence }) => {
                if let Some(lease) = &mut taken.state.lease {
                    (lease.fence, lease.holder) = (*fence, actor.worker.clone());
                }
            }
            (Self::WritersClock, Event::Released { fence }) => {
                let own = taken.leases.get(fence);
                if let Some(own) = own.filter(|own| own.holder == actor.worker && at < own.until) {
                    taken.state.lease = Some(own.clone());
                }
            }
            _ => {}
        }
    }
}
