//! Writing: one at a time, within the budget that all processes of one identity share.
//!
//! GitHub counts what makes content per account, so the budget's file is named by the account.

use http::Method;
use serde::Serialize;
use tokio::sync::{Mutex, OnceCell};
use trail_budget::Budget;
use trail_port::tracker::Error;

use crate::GitHub;
use crate::failure::Failure;
use crate::transport::{Answer, Ask};

/// The budget of an identity's writes.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    budget: OnceCell<Option<Budget>>,
    /// Held while a write is on its way: GitHub asks for one after the other.
    one: Mutex<()>,
}

impl GitHub {
    /// Sends a write once. What became of it is unknown if this fails with [`Error::Doubt`].
    pub(crate) async fn write(
        &self,
        method: Method,
        path: &str,
        body: Option<&(impl Serialize + Sync + ?Sized)>,
        what: &str,
    ) -> Result<Answer, Failure> {
        let ask = Ask::send(method, path, body, what);
        let _one = self.inner.pace.one.lock().await;
        let budget = self.budget().await?;
        if let Some(budget) = budget {
            budget.take().await.map_err(refused)?;
        }
        let answer = self.http().once(&ask).await;
        if let (Some(budget), Err(failure)) = (budget, &answer)
            && let Error::RateLimited { retry_after } = failure.error
        {
            budget.hold_for(retry_after);
        }
        answer
    }

    async fn budget(&self) -> Result<Option<&Budget>, Failure> {
        let settings = &self.inner.settings;
        let made = self.inner.pace.budget.get_or_try_init(|| async {
            if settings.writes.is_empty() {
                return Ok(None);
            }
            let file = match &settings.budget {
                None => None,
                Some(directory) => {
                    let host = self.http().origin.host().unwrap_or_default();
                    let host: String = host
                        .chars()
                        .map(|own| {
                            if own.is_ascii_alphanumeric() {
                                own
                            } else {
                                '-'
                            }
                        })
                        .collect();
                    let account = self.account().await?.id;
                    Some(directory.join(format!("github-{host}-{account}.json")))
                }
            };
            let budget = Budget::new(&settings.writes, file).map_err(refused)?;
            Ok::<_, Failure>(Some(budget))
        });
        Ok(made.await?.as_ref())
    }
}

fn refused(error: trail_budget::Error) -> Failure {
    Failure::of(match error {
        trail_budget::Error::Busy { retry_after } => Error::RateLimited { retry_after },
        other => Error::Refused(other.to_string()),
    })
}
