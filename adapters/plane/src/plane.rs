//! The client: one project of a Plane, as one account.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use reqwest::StatusCode;
use serde::de::DeserializeOwned;
use tokio::sync::{Mutex, OnceCell, RwLock};
use trail_port::tracker::{Error, User};
use trail_record::UserId;

use crate::http::{Failed, Http};
use crate::wire::{Label, Member, Page, Project, State};
use crate::{Counters, Settings};

/// The most rows of one page.
pub(crate) const PAGE: &str = "1000";
/// The most pages of one list that are read.
pub(crate) const MAX_PAGES: usize = 200;
/// How often a list is read again because it changed between its pages.
const MAX_READS: usize = 5;
/// How many appends of different entries may go on at once.
const STRIPES: usize = 16;

/// A project of a Plane, as one account sees it. Clones share connections and the budget.
///
/// It implements [`trail_port::Tracker`]. What it keeps between calls saves requests and nothing
/// else: ids of project, account, states and labels.
#[derive(Clone)]
pub struct Plane {
    pub(crate) inner: Arc<Inner>,
}

/// Rows that were read, and when.
pub(crate) type Kept<T> = RwLock<Option<(Instant, Arc<Vec<T>>)>>;

pub(crate) struct Inner {
    pub(crate) http: Http,
    /// The project as it was named in the settings.
    named: String,
    project: OnceCell<Project>,
    me: OnceCell<User>,
    pub(crate) states: Kept<State>,
    pub(crate) labels: Kept<Label>,
    /// One call at a time appends an entry, of all that append the same.
    pub(crate) appending: [Mutex<()>; STRIPES],
    /// The comments that were appended last: a lost answer to a later call for one of them is told
    /// from the lost answer to the first.
    pub(crate) landed: std::sync::Mutex<VecDeque<String>>,
}

impl fmt::Debug for Plane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plane")
            .field("http", &self.inner.http)
            .field("project", &self.inner.named)
            .finish_non_exhaustive()
    }
}

impl Plane {
    /// Makes a client; nothing is asked of Plane yet.
    ///
    /// # Errors
    /// [`Error::Refused`] if a setting makes no sense; the text says which.
    pub fn new(settings: &Settings) -> Result<Self, Error> {
        for (what, name) in [
            ("workspace", &settings.workspace),
            ("project", &settings.project),
        ] {
            let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
            if name.is_empty() || !name.chars().all(fits) {
                return Err(Error::Refused(format!(
                    "{name:?} is no {what} of Plane; take it from the address of the {what}"
                )));
            }
        }
        Ok(Self {
            inner: Arc::new(Inner {
                http: Http::new(settings)?,
                named: settings.project.clone(),
                project: OnceCell::new(),
                me: OnceCell::new(),
                states: RwLock::new(None),
                labels: RwLock::new(None),
                appending: std::array::from_fn(|_| Mutex::new(())),
                landed: std::sync::Mutex::default(),
            }),
        })
    }

    /// Returns what was asked of Plane so far, by this client and its clones.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.inner.http.counters()
    }

    pub(crate) fn http(&self) -> &Http {
        &self.inner.http
    }

    /// Returns the project, read once.
    pub(crate) async fn the_project(&self) -> Result<&Project, Error> {
        self.inner
            .project
            .get_or_try_init(|| self.read_project())
            .await
    }

    /// Reads the project that the settings name, by UUID or identifier.
    pub(crate) async fn read_project(&self) -> Result<Project, Error> {
        let (named, http) = (&self.inner.named, self.http());
        let what = format!("project {named} of workspace {}", self.http().workspace());
        let projects = ["workspaces", http.workspace(), "projects"];
        if is_uuid(named) {
            let path = [projects[0], projects[1], projects[2], named];
            let answer = http.get(&path, &[]).await;
            return answer
                .map(|answer| answer.body)
                .map_err(|failed| failed.into_error(&what));
        }
        let all: Vec<Project> = self.list(&projects, &[], &what).await?;
        let ids: Vec<String> = all.iter().map(|own| own.identifier.clone()).collect();
        all.into_iter()
            .find(|own| own.identifier.eq_ignore_ascii_case(named))
            .ok_or_else(|| {
                Error::NotFound(format!("{what} (this account sees: {})", ids.join(", ")))
            })
    }

    /// Returns the account of the key, read once.
    pub(crate) async fn account(&self) -> Result<&User, Error> {
        self.inner.me.get_or_try_init(|| self.read_me()).await
    }

    /// Reads the account of the key.
    pub(crate) async fn read_me(&self) -> Result<User, Error> {
        let answer = self.http().get::<Member>(&["users", "me"], &[]).await;
        let answer = answer.map_err(|failed| failed.into_error("the account of the key"))?;
        Ok(user(&answer.body))
    }

    /// Returns the path of something in the project.
    pub(crate) async fn in_project<'a>(&'a self, rest: &[&'a str]) -> Result<Vec<&'a str>, Error> {
        let project = &self.the_project().await?.id;
        let mut path = vec!["workspaces", self.http().workspace(), "projects", project];
        path.extend(rest);
        Ok(path)
    }

    /// Reads all pages of a list; reads them again if rows came or went between pages.
    pub(crate) async fn list<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        what: &str,
    ) -> Result<Vec<T>, Error> {
        for _ in 0..MAX_READS {
            if let Some((rows, _)) = self.list_once(path, query, what).await? {
                return Ok(rows);
            }
        }
        Err(Error::Doubt(format!(
            "{what} changed while it was read, {MAX_READS} times in a row"
        )))
    }

    /// Reads all pages of a list once, with the server's time at the first; none if rows came or
    /// went between pages.
    pub(crate) async fn list_once<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        what: &str,
    ) -> Result<Option<(Vec<T>, Option<i64>)>, Error> {
        let mut rows = Vec::new();
        let mut first: Option<(u64, Option<i64>)> = None;
        for page in 0..MAX_PAGES {
            let cursor = format!("{PAGE}:{page}:0");
            let mut asked = vec![("per_page", PAGE)];
            if page > 0 {
                asked.push(("cursor", cursor.as_str()));
            }
            asked.extend(query);
            let answer = self.http().get::<Page<T>>(path, &asked).await;
            let answer = answer.map_err(|failed| failed.into_error(what))?;
            let (total, time) = *first.get_or_insert((answer.body.total_count, answer.server_time));
            if total != answer.body.total_count {
                return Ok(None);
            }
            rows.extend(answer.body.results);
            if !answer.body.next_page_results {
                return Ok(Some((rows, time)));
            }
        }
        Err(Error::Refused(format!(
            "{what} has too many rows to be read"
        )))
    }
}

/// Returns an account as the port has it. Plane does not tell which accounts are programs.
pub(crate) fn user(member: &Member) -> User {
    let name = format!("{} {}", member.first_name, member.last_name);
    let name = name.trim();
    let login = match member.display_name.as_str() {
        "" => member.email.as_deref().unwrap_or_default(),
        login => login,
    };
    User {
        id: UserId::new(member.id.as_str()),
        login: login.to_owned(),
        name: if name.is_empty() { login } else { name }.to_owned(),
        bot: false,
    }
}

/// Tells whether a text has the form of the ids that Plane gives.
pub(crate) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
        })
}

/// Tells whether Plane said that there is no such thing.
pub(crate) fn is_missing(failed: &Failed) -> bool {
    failed.status() == Some(StatusCode::NOT_FOUND)
}
