//! Planning: read, decide, map.

use trail_item::{Event, text};
use trail_record::Moment;

use super::{Done, Held, Setback, with_session};
use crate::append::Draft;
use crate::session::End;
use crate::view::View;
use crate::worker::{Error, Worker};

impl Worker {
    pub(super) async fn plan(&self, held: Held<'_>) -> Result<Done, Error> {
        let (spoken, _) = self.speak(&held).await?;
        let Held { view, fence, .. } = held;
        let summary = match &spoken.end {
            End::Delivered(summary) => summary.clone(),
            End::GaveUp(kind, reason) => {
                return Ok(Err(Setback::new(kind, reason.clone(), false).after(spoken)));
            }
        };
        let plan = spoken
            .conclusions
            .last()
            .map(|(digest, _)| *digest)
            .or(spoken.last);
        let Some(plan) = plan else {
            return Ok(Err(
                Setback::new("empty", "the plan holds nothing", true).after(spoken)
            ));
        };
        self.append(view, &|_: &View, _: Moment| {
            let calls = usize::try_from(spoken.calls).unwrap_or(usize::MAX);
            let note = text::planned(&summary, &spoken.conclusions, calls, spoken.cost_micros);
            let planned = Event::Planned { fence, plan };
            let (events, records) = with_session(fence, &spoken, vec![planned], Vec::new());
            Ok(Draft::new(events, records, note))
        })
        .await?;
        Ok(Ok(()))
    }
}
