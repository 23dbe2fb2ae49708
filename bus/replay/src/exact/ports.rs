//! The ports of a replay: tracker, model, clock and blobs as the record shows them.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};
use trail_item::Event;
use trail_port::blobs::{self, Blobs};
use trail_port::model::{self, Answer, Identity, Message, Model, Request};
use trail_port::tracker::{
    self, Append, Capabilities, Change, Changes, Comment, Cursor, Item, Landed, NewItem, Read,
    State as Shown, Tracker, User,
};
use trail_record::body::Decision;
use trail_record::{Blob, CommentId, Digest, ItemId, ItemKey, Kind, Moment, ProjectId, UserId};
use trail_worker::Clock;

use super::stage::{Offer, Stage};
use crate::difference::{self, Difference};

/// A port of one actor of a replay.
pub(crate) struct Played {
    pub(crate) stage: Arc<Stage>,
    pub(crate) actor: usize,
}

impl Played {
    pub(crate) fn new(stage: &Arc<Stage>, actor: usize) -> Self {
        Self {
            stage: Arc::clone(stage),
            actor,
        }
    }
}

fn not_played(what: &str) -> tracker::Error {
    tracker::Error::Refused(format!("a replay does not {what}"))
}

#[async_trait]
impl Tracker for Played {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            compare_and_append: true,
            proves_authorship: true,
            max_comment: usize::MAX,
        }
    }

    async fn project(&self) -> Result<ProjectId, tracker::Error> {
        Ok(self.stage.recorded.subject.project.clone())
    }

    async fn me(&self) -> Result<User, tracker::Error> {
        Err(not_played("ask who it is"))
    }

    async fn user(&self, login_or_id: &str) -> Result<User, tracker::Error> {
        Err(tracker::Error::NotFound(login_or_id.to_owned()))
    }

    async fn changes(&self, _: Option<&Cursor>) -> Result<Changes, tracker::Error> {
        Err(not_played("poll"))
    }

    /// Other items that must be done first were done when the recorded run went on.
    async fn find(&self, key: &ItemKey) -> Result<ItemId, tracker::Error> {
        Ok(ItemId::new(format!("other/{key}")))
    }

    async fn read(&self, item: &ItemId, since: Option<&Cursor>) -> Result<Read, tracker::Error> {
        let own = *item == self.stage.recorded.subject.item;
        let mut read = self.stage.read(since.filter(|_| own));
        if !own {
            read.item.id = item.clone();
            read.item.state = Shown::Done;
            read.comments.clear();
        }
        Ok(read)
    }

    async fn comment(&self, _: &ItemId, id: &CommentId) -> Result<Option<Comment>, tracker::Error> {
        Ok(self.stage.comment(id))
    }

    async fn history(&self, _: &ItemId) -> Result<Vec<Change>, tracker::Error> {
        Ok(self.stage.changes())
    }

    /// Whom the recorded run heard was a member then.
    async fn is_member(&self, _: &UserId) -> Result<bool, tracker::Error> {
        Ok(true)
    }

    /// Takes the recorded entry from the actor whose turn it is; everybody else waits. An actor
    /// also waits after its entry until it is its turn again, so that it sees what came between.
    async fn append(&self, _: &ItemId, append: &Append) -> Result<Landed, tracker::Error> {
        let mut moves = self.stage.moves();
        loop {
            match self.stage.offer(self.actor, append) {
                Offer::Stands => break,
                Offer::Moved => return Err(tracker::Error::Moved),
                Offer::Waits => moved(&mut moves).await,
            }
        }
        while !self.stage.goes_on(self.actor) {
            moved(&mut moves).await;
        }
        Ok(Landed {
            id: CommentId::new(append.key.to_string()),
            already: false,
        })
    }

    async fn say(&self, _: &ItemId, _: &str) -> Result<CommentId, tracker::Error> {
        Err(not_played("speak for people"))
    }

    async fn set_labels(&self, _: &ItemId, _: &[&str], _: &[&str]) -> Result<(), tracker::Error> {
        Ok(())
    }

    async fn set_state(&self, _: &ItemId, _: Shown) -> Result<(), tracker::Error> {
        Ok(())
    }

    async fn create(&self, _: &NewItem) -> Result<Item, tracker::Error> {
        Err(not_played("make items"))
    }
}

/// Waits until the replay has gone on; for ever if it has ended.
async fn moved(moves: &mut tokio::sync::watch::Receiver<usize>) {
    if moves.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}

impl Clock for Played {
    /// While the actor holds the item it is as late as its last entry, so that it renews its lease
    /// where the recorded worker did and nowhere else; else it is the time of its next entry.
    fn now(&self) -> Moment {
        let next = self.stage.next_of(self.actor);
        let renews = next.is_some_and(|step| {
            let renewal = |event: &Event| matches!(event, Event::Renewed { .. });
            step.events.iter().any(renewal)
        });
        let last = self.stage.last_of(self.actor);
        let step = match (self.stage.held(self.actor), last) {
            (Some(_), Some(last)) if !renews => Some(last),
            _ => next.or(last),
        };
        step.map_or(Moment::from_millis(0), |step| step.entry().at)
    }

    fn sealing(&self) -> Moment {
        let next = self.stage.next_of(self.actor);
        next.map_or_else(|| self.now(), |step| step.entry().at)
    }
}

#[async_trait]
impl Blobs for Played {
    async fn put(&self, blobs: &[&[u8]]) -> Result<(), blobs::Error> {
        self.stage.put(blobs);
        Ok(())
    }

    async fn get(&self, digest: &Digest<Blob>) -> Result<Option<Vec<u8>>, blobs::Error> {
        let kept = self.stage.blobs.get(digest);
        Ok(kept.map(|bytes| bytes.to_vec()))
    }
}

#[async_trait]
impl Model for Played {
    /// Each answer of the record carries its own identity.
    fn identity(&self) -> Identity {
        Identity {
            model: "recorded".to_owned(),
            endpoint: "recorded".to_owned(),
            temperature: None,
            price: None,
        }
    }

    /// Asked only where the journal holds no answer to exactly this question: the replay has
    /// come to another question than the record.
    async fn ask(&self, request: &Request) -> Result<Answer, model::Error> {
        let outcome = self.stage.outcome_now(self.actor);
        if outcome.is_none()
            && self.stage.goes_on(self.actor)
            && let Some(step) = self.stage.next_of(self.actor)
        {
            self.stage.differs(question(step.entry().seq, &[], request));
        }
        if let Some(step) = outcome {
            let decisions: Vec<Decision> = step
                .bodies(Kind::Decision)
                .into_iter()
                .map(|(_, body)| body)
                .collect();
            self.stage
                .differs(question(step.entry().seq, &decisions, request));
        }
        // A holder whose outcome never came was ended here.
        std::future::pending().await
    }
}

/// Finds where a question differs from the recorded one.
fn question(entry: u64, decisions: &[Decision], request: &Request) -> Difference {
    let answered = |message: &&Message| matches!(message, Message::Assistant { .. });
    let index = request.messages.iter().filter(answered).count();
    let Some(decision) = decisions.get(index) else {
        let got = json!(format!("another call, number {}", index + 1));
        let expected = json!(format!("{} calls", decisions.len()));
        return Difference::at(entry, None, "/records", Some(&expected), Some(&got));
    };
    let named = |decision: &Decision| Some(format!("decision \"call {}\"", decision.call));
    let newest: Vec<&Message> = request
        .messages
        .iter()
        .rev()
        .take_while(|message| !answered(message))
        .collect();
    // What a tool told is best seen where the record holds its words.
    if let Some(before) = index.checked_sub(1).map(|before| &decisions[before]) {
        let results = newest.iter().rev().filter_map(|message| match message {
            Message::Tool { results } => Some(results),
            Message::User { .. } | Message::Assistant { .. } => None,
        });
        for (at, (result, ask)) in results.flatten().zip(&before.asks).enumerate() {
            if result.content != ask.result {
                let (one, other) = (json!(ask.result), json!(result.content));
                let path = format!("/body/asks/{at}/result");
                return Difference::at(entry, named(before), path, Some(&one), Some(&other));
            }
        }
    }
    let got = appended(
        request,
        index,
        newest.iter().rev().copied(),
        &decision.appended,
    );
    match difference::first(&decision.appended, &got) {
        Some((path, one, other)) => {
            let path = format!("/body/appended{path}");
            Difference::at(entry, named(decision), path, one, other)
        }
        None => {
            let (one, other) = (
                json!(decision.context.to_string()),
                json!(
                    "another: an earlier answer of this conversation is not the one that was given"
                ),
            );
            Difference::at(
                entry,
                named(decision),
                "/body/context",
                Some(&one),
                Some(&other),
            )
        }
    }
}

/// Returns what a question adds, in the form of a decision's `appended`; the answer before is taken
/// from `recorded`, for the request does not hold its digest.
fn appended<'m>(
    request: &Request,
    index: usize,
    newest: impl Iterator<Item = &'m Message>,
    recorded: &Value,
) -> Value {
    let mut messages: Vec<Value> = Vec::new();
    if index > 0 {
        messages.push(recorded["messages"][0].clone());
    }
    messages.extend(newest.map(|message| match message {
        Message::Tool { results } => {
            let results: Vec<Value> = results
                .iter()
                .map(|own| {
                    let content = Digest::<Blob>::of(own.content.as_bytes());
                    json!({ "id": own.id, "content": content, "is_error": own.is_error })
                })
                .collect();
            json!({ "role": "tool", "results": results })
        }
        other => serde_json::to_value(other).unwrap_or_default(),
    }));
    if index > 0 {
        return json!({ "messages": messages });
    }
    json!({ "system": request.system, "tools": request.tools, "messages": messages })
}
