//! The stand-in as a test holds it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::fault::{Fault, On};
use crate::route::Route;
use crate::rows::{Comment, Item, Label, Role, State};
use crate::seed::Seed;
use crate::serve::serve;
use crate::server::{Server, Shared};
use crate::web::Web;
use crate::wire::Loopback;

/// A request that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Its method.
    pub method: String,
    /// The view it was for.
    pub route: Route,
    /// Its path, without the query.
    pub path: String,
    /// What it was answered; none if the connection was cut.
    pub status: Option<u16>,
    /// The login whose key it carried, if it carried a known one.
    pub account: Option<String>,
    /// When it was answered.
    pub at: Timestamp,
    key: Option<String>,
}

impl Seen {
    pub(crate) fn new(method: &str, route: Route, path: &str, key: Option<&str>) -> Self {
        Self {
            method: method.to_owned(),
            route,
            path: path.to_owned(),
            status: None,
            account: None,
            at: Timestamp::UNIX_EPOCH,
            key: key.map(str::to_owned),
        }
    }

    /// Notes the request with its answer.
    pub(crate) fn log(mut self, shared: &Shared, status: Option<u16>) {
        let mut server = shared.lock();
        let tables = server.tables();
        let key = self.key.take();
        let token = tables
            .tokens
            .iter()
            .find(|token| Some(&token.key) == key.as_ref());
        let user = token.and_then(|token| tables.user(&token.user));
        self.account = user.map(|user| user.login.clone());
        self.status = status;
        self.at = server.clock.now();
        server.log.push(self);
    }
}

/// A running stand-in; it stops when the last handle is dropped.
#[derive(Debug, Clone)]
pub struct PlaneFake {
    pub(crate) shared: Shared,
    url: String,
    _stop: Arc<DropGuard>,
}

impl PlaneFake {
    /// Starts a stand-in on a free port of loopback, in the runtime of the caller.
    pub async fn start(seed: Seed) -> Self {
        let shared = Shared::new(Server::new(&seed));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await;
        let listener = listener.expect("loopback has a free port");
        let address = listener
            .local_addr()
            .expect("a bound socket has an address");
        let stop = CancellationToken::new();
        tokio::spawn(serve(Loopback(listener), shared.clone(), stop.clone()));
        Self {
            shared,
            url: format!("http://{address}"),
            _stop: Arc::new(stop.drop_guard()),
        }
    }

    /// Returns the base address, without a slash at its end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the workspace's slug.
    #[must_use]
    pub fn workspace(&self) -> String {
        self.shared.lock().tables().slug.clone()
    }

    /// Returns the workspace's UUID.
    #[must_use]
    pub fn workspace_id(&self) -> String {
        self.shared.lock().tables().workspace.clone()
    }

    /// Returns the project's UUID.
    #[must_use]
    pub fn project(&self) -> String {
        self.shared.lock().tables().project.clone()
    }

    /// Returns the first key of an account, which must be there.
    #[must_use]
    pub fn key(&self, login: &str) -> String {
        let id = self.user(login);
        let server = self.shared.lock();
        let token = server.tables().tokens.iter().find(|token| token.user == id);
        token.expect("every account has a key").key.clone()
    }

    /// Makes another key of an account, which must be there.
    #[must_use]
    pub fn new_key(&self, login: &str) -> String {
        let id = self.user(login);
        let mut server = self.shared.lock();
        let mut random = server.random.clone();
        let key = server.tables_mut().add_token(&mut random, &id, false);
        server.random = random;
        key
    }

    /// Returns the UUID of an account, which must be there.
    #[must_use]
    pub fn user(&self, login: &str) -> String {
        let server = self.shared.lock();
        let user = server
            .tables()
            .users
            .iter()
            .find(|user| user.login == login);
        user.expect("the seed has this account").id.clone()
    }

    /// Plays an account in the browser.
    #[must_use]
    pub fn web(&self, login: &str) -> Web<'_> {
        Web::new(self, self.user(login))
    }

    /// Returns the time of the stand-in.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.shared.lock().clock.now()
    }

    /// Moves the clock on; what the queue has to do by then is done.
    pub fn advance(&self, by: Duration) {
        self.shared.lock().clock.advance(by);
        drop(self.shared.lock());
    }

    /// Stops the clock: it then moves by [`advance`](Self::advance), and where a request waits.
    pub fn hold_clock(&self) {
        self.shared.lock().clock.hold();
    }

    /// Returns the requests that came, oldest answer first.
    #[must_use]
    pub fn requests(&self) -> Vec<Seen> {
        self.shared.lock().log.clone()
    }

    /// Returns how many requests came by kind, as in `POST comments`.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for seen in &self.shared.lock().log {
            *counts
                .entry(format!("{} {}", seen.method, seen.route))
                .or_default() += 1;
        }
        counts
    }

    /// Forgets the requests that came, and what the budgets counted.
    pub fn forget_requests(&self) {
        let mut server = self.shared.lock();
        server.log.clear();
        server.limiter.clear();
    }

    /// Returns the faults to be set.
    #[must_use]
    pub const fn faults(&self) -> Faults<'_> {
        Faults(self)
    }

    /// Returns how many jobs wait in the queue.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.shared.lock().waiting()
    }

    /// Returns a work item as the database has it now.
    #[must_use]
    pub fn item(&self, id: &str) -> Option<Item> {
        self.shared.lock().tables().item(id).cloned()
    }

    /// Returns an item's comments as the database has them now, newest first.
    #[must_use]
    pub fn comments(&self, item: &str) -> Vec<Comment> {
        let server = self.shared.lock();
        server
            .tables()
            .comments_of(item)
            .into_iter()
            .cloned()
            .collect()
    }

    /// Returns the project's labels.
    #[must_use]
    pub fn labels(&self) -> Vec<Label> {
        self.shared.lock().tables().labels.clone()
    }

    /// Returns the project's states.
    #[must_use]
    pub fn states(&self) -> Vec<State> {
        self.shared.lock().tables().states.clone()
    }

    /// Deactivates an account: its keys are refused from now on.
    pub fn deactivate_account(&self, login: &str) {
        let mut server = self.shared.lock();
        if let Some(user) = server.tables_mut().user_mut(login) {
            user.active = false;
        }
        server.keep();
    }

    /// Takes an account out of the project; lists of members go on to name it.
    pub fn deactivate_member(&self, login: &str) {
        let mut server = self.shared.lock();
        if let Some(member) = server
            .tables_mut()
            .user_mut(login)
            .and_then(|user| user.project.as_mut())
        {
            member.active = false;
        }
        server.keep();
    }

    /// Gives an account another role in workspace and project.
    pub fn set_role(&self, login: &str, role: Role) {
        let mut server = self.shared.lock();
        if let Some(user) = server.tables_mut().user_mut(login) {
            user.workspace.role = role;
            user.project.get_or_insert(user.workspace).role = role;
        }
        server.keep();
    }

    /// Revokes a key.
    pub fn revoke(&self, key: &str) {
        let mut server = self.shared.lock();
        let mut tokens = server.tables_mut().tokens.iter_mut();
        if let Some(token) = tokens.find(|token| token.key == key) {
            token.active = false;
        }
    }
}

/// The faults of a stand-in.
#[derive(Debug, Clone, Copy)]
pub struct Faults<'a>(&'a PlaneFake);

impl Faults<'_> {
    /// Lets the next `times` requests of a kind meet a fault.
    pub fn next(&self, on: On, fault: Fault, times: usize) {
        self.0.shared.lock().plan.times(on, fault, times);
    }

    /// Lets requests of a kind meet a fault at random, `per_thousand` times in a thousand.
    pub fn rate(&self, on: On, fault: Fault, per_thousand: u32, seed: u64) {
        self.0
            .shared
            .lock()
            .plan
            .rate(on, fault, per_thousand, seed);
    }

    /// Takes all faults back.
    pub fn clear(&self) {
        self.0.shared.lock().plan.clear();
    }

    /// Breaks the broker, or mends it: while it is broken, writes are stored, answered by 500, and
    /// never reach the queue.
    pub fn broker_down(&self, down: bool) {
        self.0.shared.lock().broker_down = down;
    }

    /// Stops the queue, or lets it go on: while it stands, items are not marked as updated.
    pub fn queue_stopped(&self, stopped: bool) {
        self.0.shared.lock().queue_stopped = stopped;
    }

    /// Serves reads from a replica that lags this much behind, or from the primary.
    pub fn lag(&self, lag: Option<Duration>) {
        self.0.shared.lock().set_lag(lag);
    }
}
