//! A forge in memory.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use trail_port::forge::{Error, Forge, NewPullRequest, Opened};

/// What a forge does with one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// It opens the pull request, and the answer is lost.
    Lost,
    /// It does nothing, and the caller does not learn that.
    Unsent,
    /// It refuses: the branch has another's pull request.
    Refused,
}

#[derive(Default)]
struct Inside {
    opened: Vec<NewPullRequest>,
    calls: u32,
    told: VecDeque<Opening>,
}

/// A forge in memory: keeps its laws, and fails as it is told.
#[derive(Clone, Default)]
pub struct PretendForge(Arc<Mutex<Inside>>);

impl PretendForge {
    /// Makes a forge whose first calls go as `told`, and the later ones well.
    pub fn told(told: impl IntoIterator<Item = Opening>) -> Self {
        let forge = Self::default();
        forge.lock().told.extend(told);
        forge
    }

    /// Returns the pull requests that were opened.
    #[must_use]
    pub fn opened(&self) -> Vec<NewPullRequest> {
        self.lock().opened.clone()
    }

    /// Returns how often it was called.
    #[must_use]
    pub fn calls(&self) -> u32 {
        self.lock().calls
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inside> {
        self.0
            .lock()
            .expect("no test leaves the forge half-changed")
    }
}

#[async_trait]
impl Forge for PretendForge {
    async fn open(&self, new: &NewPullRequest) -> Result<Opened, Error> {
        let mut inside = self.lock();
        inside.calls += 1;
        let fault = inside.told.pop_front();
        match fault {
            Some(Opening::Refused) => {
                return Err(Error::Refused(
                    "the branch has another pull request".to_owned(),
                ));
            }
            Some(Opening::Unsent) => return Err(Error::Doubt("never sent".to_owned())),
            Some(Opening::Lost) | None => {}
        }
        let known = inside
            .opened
            .iter()
            .position(|own| own.branch == new.branch);
        let number = known.unwrap_or(inside.opened.len());
        if known.is_none() {
            inside.opened.push(new.clone());
        } else if inside.opened[number].head != new.head {
            return Err(Error::Refused(
                "the branch has another pull request".to_owned(),
            ));
        }
        if fault == Some(Opening::Lost) {
            return Err(Error::Doubt("the answer was lost".to_owned()));
        }
        Ok(Opened {
            url: format!("https://forge.example/pull/{}", number + 1),
            already: known.is_some(),
        })
    }
}
