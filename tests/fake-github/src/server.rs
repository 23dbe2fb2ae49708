//! The server: takes a request through faults, recognition, limits and its route to an answer.

mod ask;
mod desk;

use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::clock::Ticking;
use crate::faults::{Fault, Faults};
use crate::limits::{Limits, Meter};
use crate::log::{Counts, Exchange, Logged};
use crate::seed::Seed;
use crate::wire::{Line, Lines};
use crate::world::World;
use ask::Ask;
use desk::Done;

/// The longest body a request may have, in bytes.
const LONGEST: usize = 1 << 20;
/// How many states are remembered for lists that lag.
const PAST: usize = 64;

/// What a fake keeps, behind one lock.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) world: Arc<World>,
    /// What there was before each of the last writes, with when that write was.
    pub(crate) past: VecDeque<(i64, Arc<World>)>,
    pub(crate) clock: Ticking,
    pub(crate) meter: Meter,
    pub(crate) log: Vec<Logged>,
    pub(crate) exchanges: Option<Vec<Exchange>>,
    pub(crate) faults: Faults,
}

impl Kept {
    /// Changes what there is.
    pub(crate) fn write<T>(&mut self, act: impl FnOnce(&mut World, i64) -> T) -> T {
        let now = self.clock.now();
        if self.faults.remembers() {
            self.past.push_back((now, Arc::clone(&self.world)));
            if self.past.len() > PAST {
                self.past.pop_front();
            }
        } else {
            self.past.clear();
        }
        let done = act(Arc::make_mut(&mut self.world), now);
        self.clock.wrote();
        done
    }
}

#[derive(Debug)]
struct Shared {
    kept: Mutex<Kept>,
    faults: Faults,
    url: String,
    _stop: DropGuard,
}

/// A running fake; it stops when the last of its handles is dropped.
#[derive(Debug, Clone)]
pub struct GitHubFake {
    shared: Arc<Shared>,
}

impl GitHubFake {
    /// Starts a fake on a free port of the loopback interface.
    ///
    /// # Panics
    /// If no port of the loopback interface can be listened on.
    pub async fn start(seed: Seed) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.expect("the loopback interface is there");
        let port = listener.local_addr().expect("it is bound").port();
        let url = format!("http://127.0.0.1:{port}");
        let clock = Ticking::new(seed.clock);
        let faults = Faults::default();
        let kept = Kept {
            world: Arc::new(World::new(&seed, url.clone(), clock.now())),
            past: VecDeque::new(),
            clock,
            meter: Meter::new(seed.limits),
            log: Vec::new(),
            exchanges: None,
            faults: faults.clone(),
        };
        let stop = CancellationToken::new();
        let fake = Self {
            shared: Arc::new(Shared {
                kept: Mutex::new(kept),
                faults,
                url,
                _stop: stop.clone().drop_guard(),
            }),
        };
        // The server holds no handle: it would never stop.
        let state = Arc::downgrade(&fake.shared);
        let router = Router::new().fallback(serve).with_state(state);
        let service = router.into_make_service_with_connect_info::<Line>();
        let server = axum::serve(Lines(listener), service);
        let server = server.with_graceful_shutdown(stop.cancelled_owned());
        tokio::spawn(server.into_future());
        fake
    }

    /// Returns the address of the API, as GitHub's own is `https://api.github.com`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.shared.url
    }

    /// Returns the address of the same API as GitHub Enterprise Server has it.
    #[must_use]
    pub fn enterprise_url(&self) -> String {
        format!("{}/api/v3", self.shared.url)
    }

    /// Returns the planned faults, to plan more.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.shared.faults
    }

    /// Returns all requests so far, in the order in which they were answered.
    #[must_use]
    pub fn requests(&self) -> Vec<Logged> {
        self.kept().log.clone()
    }

    /// Counts all requests so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts::of(&self.kept().log)
    }

    /// Forgets the requests so far.
    pub fn forget(&self) {
        self.kept().log.clear();
    }

    /// Keeps whole answers from now on.
    pub fn record(&self) {
        self.kept().exchanges.get_or_insert_default();
    }

    /// Returns the answers that were kept.
    #[must_use]
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.kept().exchanges.clone().unwrap_or_default()
    }

    /// Returns the time, in seconds since 1970.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.kept().clock.now()
    }

    /// Moves the clock on.
    pub fn advance(&self, by: Duration) {
        self.kept().clock.advance(by);
    }

    /// Sets other limits.
    pub fn limit(&self, limits: Limits) {
        self.kept().meter.set(limits);
    }

    pub(crate) fn kept(&self) -> MutexGuard<'_, Kept> {
        let kept = self.shared.kept.lock();
        kept.unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers a request.
async fn serve(
    State(shared): State<std::sync::Weak<Shared>>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: Request,
) -> Response {
    let Some(shared) = shared.upgrade() else {
        line.cut_after(0);
        return Response::default();
    };
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, LONGEST).await else {
        line.cut_after(0);
        return Response::default();
    };
    let lock = || shared.kept.lock().unwrap_or_else(PoisonError::into_inner);
    let ask = Ask::of(&lock().world, &parts, &body);
    if let Some(hook) = shared.faults.hook(&ask.name()) {
        hook();
    }
    let fault = shared.faults.meet(&ask.name());
    if let Some(Fault::Slow(late)) = fault {
        let (who, done) = {
            let mut kept = lock();
            let who = desk::begin(&mut kept, &ask);
            (who, desk::answer(&mut kept, &ask, fault))
        };
        tokio::time::sleep(late).await;
        lock().meter.end(&who);
        return respond(done, &line);
    }
    let done = {
        let mut kept = lock();
        let who = desk::begin(&mut kept, &ask);
        let done = desk::answer(&mut kept, &ask, fault);
        kept.meter.end(&who);
        done
    };
    respond(done, &line)
}

/// Returns how many bytes of an answer make about half of it: its head and some of its body, if it
/// has one to speak of. It is less than the whole, or the cut would meet the next answer.
fn part(done: &Done) -> usize {
    let headers = done.headers.iter();
    let head: usize = headers
        .map(|(name, value)| name.len() + value.len() + 4)
        .sum();
    if done.body.len() > 200 {
        head + done.body.len() / 2
    } else {
        head / 2
    }
}

fn respond(done: Done, line: &Line) -> Response {
    match done.fault {
        Some(Fault::CutBefore | Fault::CutAfter) => line.cut_after(0),
        Some(Fault::CutMidway) => line.cut_after(part(&done)),
        _ => {}
    }
    let mut response = Response::builder().status(done.status);
    for (name, value) in &done.headers {
        response = response.header(*name, value);
    }
    let response = response.body(Body::from(done.body));
    response.expect("headers of answers are well formed")
}
