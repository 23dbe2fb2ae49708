//! The embedded tracker under the laws of the Tracker port: in process, and served over loopback.

use std::sync::Arc;

use async_trait::async_trait;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use trail_port::Tracker;
use trail_port::tracker::Error;
use trail_record::{CommentId, ItemId, UserId};
use trail_tests::contract::tracker::{Who, World};
use trail_tracker::api::ItemPatch;
use trail_tracker::{Client, Embedded, Project, Role, Seat, serve};

/// Makes a tracker with all accounts; returns their tokens in the order of [`Who::ALL`].
fn tracker() -> (TempDir, Embedded, Vec<String>) {
    let dir = tempfile::tempdir().expect("a temporary directory can be made");
    let project = Project {
        id: "contract".into(),
        prefix: "TRK".to_owned(),
    };
    let embedded = Embedded::open(dir.path(), &project).expect("a new tracker opens");
    let tokens = Who::ALL.map(|who| {
        let role = match who {
            Who::Planner | Who::Coder => Role::Bot,
            Who::Human => Role::Member,
            Who::Admin => Role::Admin,
            Who::Guest => Role::Guest,
        };
        let (_, token) = embedded
            .add_user(who.login(), who.login(), role)
            .expect("a good login");
        token.expose().to_owned()
    });
    (dir, embedded, tokens.to_vec())
}

fn place(who: Who) -> usize {
    Who::ALL
        .iter()
        .position(|other| *other == who)
        .expect("all are there")
}

/// The tracker in the same process.
struct InProcess {
    seats: Vec<Seat>,
    _dir: TempDir,
}

async fn in_process() -> InProcess {
    let (dir, embedded, tokens) = tracker();
    let seats = tokens
        .iter()
        .map(|token| embedded.with_token(token).expect("a good token"));
    InProcess {
        seats: seats.collect(),
        _dir: dir,
    }
}

#[async_trait]
impl World for InProcess {
    fn tracker(&self, who: Who) -> Arc<dyn Tracker> {
        Arc::new(self.seats[place(who)].clone())
    }

    fn stranger(&self) -> Option<Arc<dyn Tracker>> {
        None
    }

    async fn edit_comment(
        &self,
        who: Who,
        item: &ItemId,
        id: &CommentId,
        text: &str,
    ) -> Result<(), Error> {
        Ok(self.seats[place(who)].edit_comment(item, id, text).await?)
    }

    async fn delete_comment(&self, who: Who, item: &ItemId, id: &CommentId) -> Result<(), Error> {
        Ok(self.seats[place(who)].delete_comment(item, id).await?)
    }

    async fn edit_body(&self, who: Who, item: &ItemId, body: &str) -> Result<(), Error> {
        let patch = ItemPatch {
            body: Some(body.to_owned()),
            ..ItemPatch::default()
        };
        Ok(self.seats[place(who)].patch_item(item, &patch).await?)
    }

    async fn disable(&self, who: Who) -> Result<(), Error> {
        self.seats[place(Who::Admin)]
            .set_disabled(who.login(), true)
            .await?;
        Ok(())
    }
}

/// The tracker behind HTTP on loopback.
struct Served {
    clients: Vec<Client>,
    base: String,
    shutdown: CancellationToken,
    _dir: TempDir,
}

async fn served() -> Served {
    let (dir, embedded, tokens) = tracker();
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("loopback is there");
    let base = format!("http://{}", listener.local_addr().expect("it is bound"));
    let shutdown = CancellationToken::new();
    tokio::spawn(serve(embedded, listener, shutdown.clone()));
    let client = |token: String| Client::new(&base, &token.into()).expect("a good address");
    let clients = tokens.into_iter().map(client).collect();
    Served {
        clients,
        base,
        shutdown,
        _dir: dir,
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

#[async_trait]
impl World for Served {
    fn tracker(&self, who: Who) -> Arc<dyn Tracker> {
        Arc::new(self.clients[place(who)].clone())
    }

    fn stranger(&self) -> Option<Arc<dyn Tracker>> {
        let client = Client::new(&self.base, &format!("trk_{}", "0".repeat(64)).into());
        Some(Arc::new(client.expect("a good address")))
    }

    async fn edit_comment(
        &self,
        who: Who,
        item: &ItemId,
        id: &CommentId,
        text: &str,
    ) -> Result<(), Error> {
        self.clients[place(who)].edit_comment(item, id, text).await
    }

    async fn delete_comment(&self, who: Who, item: &ItemId, id: &CommentId) -> Result<(), Error> {
        self.clients[place(who)].delete_comment(item, id).await
    }

    async fn edit_body(&self, who: Who, item: &ItemId, body: &str) -> Result<(), Error> {
        let patch = ItemPatch {
            body: Some(body.to_owned()),
            ..ItemPatch::default()
        };
        self.clients[place(who)]
            .patch_item(item, &patch)
            .await
            .map(drop)
    }

    async fn disable(&self, who: Who) -> Result<(), Error> {
        let id: UserId = self.clients[place(who)].me().await?.id;
        self.clients[place(Who::Admin)]
            .set_disabled(&id, true)
            .await
            .map(drop)
    }
}

mod embedded_in_process {
    trail_tests::tracker_contract!(super::in_process);
}

mod embedded_over_http {
    trail_tests::tracker_contract!(super::served);
}
