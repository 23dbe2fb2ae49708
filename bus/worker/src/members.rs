//! Whose word is heard: full members of the project as it is now.
//!
//! The trust document says whose word counts, the tracker says who is still there. Nothing is decided
//! by a stale answer: each command asks anew, and no answer is as good as no.

use std::time::Duration;

use trail_port::tracker::Comment;
use trail_record::{FindingKind, Moment, UserId};

use crate::view::{View, finding_id};
use crate::worker::{Error, Worker};

/// How long it is remembered that somebody is, or is not, a member: for poses only, which decide
/// nothing.
const REMEMBERED: Duration = Duration::from_secs(600);
/// How many accounts are remembered.
const MAX_REMEMBERED: usize = 1024;

/// Why a comment cannot command, whoever wrote it; none if it can.
pub(crate) fn unheard(comment: &Comment) -> Option<&'static str> {
    if comment.edited || comment.created != comment.updated {
        Some("the comment was edited; write it anew")
    } else if comment.program {
        Some(
            "the tracker says that a program wrote this comment, be it on a person's behalf; only what a person writes in the tracker itself is obeyed",
        )
    } else if comment.backdated {
        Some("the time of this comment was set by hand; write it anew")
    } else {
        None
    }
}

impl Worker {
    /// Asks the tracker whether an account is a full member now.
    ///
    /// # Errors
    /// If the tracker does not say: then nothing may be decided on this account's word.
    pub(crate) async fn is_member_now(&self, user: &UserId) -> Result<bool, Error> {
        Ok(self.ports.tracker.is_member(user).await?)
    }

    /// Looks which poses in a view are strangers': those close nothing. A member who poses as a
    /// persona is a finding that does.
    pub(crate) async fn judge_poses(&self, view: &mut View) -> Result<(), Error> {
        let posing: Vec<(String, UserId)> = view
            .new_findings()
            .into_iter()
            .filter(|own| own.kind == FindingKind::Posing)
            .filter_map(|own| {
                let comment = view.comment(own.place.comment.as_ref()?)?;
                Some((finding_id(own), comment.author.clone()))
            })
            .collect();
        for (id, author) in posing {
            if !self.is_or_was_member(&author).await? {
                tracing::warn!(item = %view.item.key, %author, "a stranger's comment poses as an entry; it is left aside");
                view.harmless.insert(id);
            }
        }
        Ok(())
    }

    async fn is_or_was_member(&self, user: &UserId) -> Result<bool, Error> {
        let now = self.ports.clock.now();
        let known = self
            .members
            .lock()
            .expect("no member is left half-known")
            .get(user)
            .copied();
        if let Some((member, at)) = known
            && now.since(at) < REMEMBERED
        {
            return Ok(member);
        }
        let member = self.is_member_now(user).await?;
        let mut members = self.members.lock().expect("no member is left half-known");
        if members.len() >= MAX_REMEMBERED {
            members.clear();
        }
        members.insert(user.clone(), (member, now));
        Ok(member)
    }
}

/// When it was learnt of accounts whether they are members.
pub(crate) type Members = std::collections::HashMap<UserId, (bool, Moment)>;
