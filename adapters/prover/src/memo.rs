//! What was tried already, so that a crash repeats nothing.

use std::sync::Arc;

use trail_port::prover::Question;
use trail_port::store::{Op, Store};
use trail_port::workspace::{Command, Error};
use trail_record::body::TestResult;
use trail_record::{Blob, Digest, TreeId};

/// The results of one run's trials, kept until another run of the item is tried.
///
/// A result is found again by tree, command, environment and repetition: what is equal in all of
/// them is the same trial.
pub(crate) struct Memo {
    store: Arc<dyn Store>,
    item: String,
    run: String,
    environment: Digest<Blob>,
}

impl Memo {
    pub(crate) fn new(store: Arc<dyn Store>, question: &Question) -> Self {
        Self {
            store,
            item: format!("prover/{}/", name(question.item.as_str())),
            run: name(question.run.as_str()),
            environment: question.result.environment,
        }
    }

    fn key(&self, tree: &TreeId, command: &Command, repeat: u32) -> String {
        let told = serde_json::json!([
            tree,
            command.argv,
            command.env,
            self.environment,
            repeat.to_string()
        ]);
        let digest: Digest<Blob> = Digest::of(told.to_string().as_bytes());
        format!("{}{}/{digest}", self.item, self.run)
    }

    /// Returns what came of a trial that was made before in the environment asked for.
    pub(crate) async fn recall(
        &self,
        tree: &TreeId,
        command: &Command,
        repeat: u32,
    ) -> Result<Option<TestResult>, Error> {
        let key = self.key(tree, command, repeat);
        let store = Arc::clone(&self.store);
        let kept = blocking(move || store.get(&key)).await?;
        let read = kept.and_then(|bytes| serde_json::from_slice::<TestResult>(&bytes).ok());
        Ok(read.filter(|own| own.environment == self.environment))
    }

    /// Keeps what came of a trial, and forgets those of other runs of the item.
    pub(crate) async fn keep(
        &self,
        tree: &TreeId,
        command: &Command,
        repeat: u32,
        result: &TestResult,
    ) -> Result<(), Error> {
        let value = serde_json::to_vec(result)
            .map_err(|error| Error::Failed(format!("a test result cannot be kept: {error}")))?;
        let key = self.key(tree, command, repeat);
        let (store, item) = (Arc::clone(&self.store), self.item.clone());
        let own = format!("{item}{}/", self.run);
        blocking(move || {
            let others = store.scan(&item)?;
            let mut ops: Vec<Op> = others
                .into_iter()
                .filter(|(key, _)| !key.starts_with(&own))
                .map(|(key, _)| Op::Remove { key })
                .collect();
            ops.push(Op::Put { key, value });
            store.commit(ops)
        })
        .await
    }
}

/// Returns an id as one part of a key.
fn name(id: &str) -> String {
    let digest: Digest<Blob> = Digest::of(id.as_bytes());
    digest.short()
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, trail_port::store::Error> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Error::Failed(format!("keeping a trial was ended: {error}")))?
        .map_err(|error| Error::Failed(error.to_string()))
}
