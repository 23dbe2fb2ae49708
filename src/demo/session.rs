//! The session: an item is filed, four workers take turns, and the gates wait for a human.

use std::io::IsTerminal as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use trail_port::Tracker as _;
use trail_port::tracker::NewItem;
use trail_reader::{Story, log};
use trail_record::{ItemId, Persona, WorkerId};
use trail_tracker::Seat;
use trail_worker::{Clock as _, Outcome, Stop, System, Worker};

use super::founding::Founded;
use super::{Options, gate, sample};
use crate::output::{self, Exit, Hinted};
use crate::reading::Reading;
use crate::wire::{self, Reach};

/// The longest that the demo waits for something that is to happen later.
const PATIENCE: Duration = Duration::from_secs(120);

/// Files the item and works on it until it is delivered, or until it cannot go on.
pub(super) async fn play(founded: &Founded, options: &Options) -> anyhow::Result<ItemId> {
    let human = founded.embedded.as_user(&founded.human)?;
    let new = NewItem {
        title: sample::TITLE.to_owned(),
        body: sample::BODY.to_owned(),
        labels: Vec::new(),
    };
    let item = human.create(&new).await?;
    let mut told = Told::new(options.quiet);
    told.say(format!(
        "Klara Nilsson files {}: {}\nThe repository, its set-up and all that follows is in {}.\nThe model is played by a script and every record says so; the rest is real.\n",
        item.key, item.title, founded.setup.layout.root().display()
    ))?;
    let mut workers = Vec::with_capacity(Persona::ALL.len());
    for (persona, account) in &founded.personas {
        let seat = founded.embedded.as_user(account)?;
        workers.push(worker(founded, *persona, seat).await?);
    }
    let stop = Stop::new();
    let began = Instant::now();
    loop {
        let (worked, later) = round(&workers, &item.id, &stop, &mut told).await?;
        let story = story(founded, &item.id).await?;
        told.news(&story)?;
        if worked {
            continue;
        }
        if let Some(later) = later.filter(|_| began.elapsed() < PATIENCE) {
            let wait = later.since(System.now()).min(Duration::from_secs(5));
            tokio::time::sleep(wait).await;
            continue;
        }
        if story.is_delivered() {
            return Ok(item.id);
        }
        let Some(waiting) = story.state.waiting().cloned() else {
            return Err(stopped(&story, &options.dir));
        };
        let request = story
            .gates
            .iter()
            .find(|own| own.request.digest == waiting.request);
        let Some(request) = request else {
            return Err(stopped(&story, &options.dir));
        };
        gate::answer(&human, &item.id, request, options).await?;
    }
}

/// Lets each worker take turns until it has nothing to do.
async fn round(
    workers: &[Worker],
    item: &ItemId,
    stop: &Stop,
    told: &mut Told,
) -> anyhow::Result<(bool, Option<trail_record::Moment>)> {
    let (mut worked, mut later) = (false, None);
    for worker in workers {
        let busy = told.busy(worker.persona());
        let outcome = worker.turn(item, stop).await;
        busy.finish_and_clear();
        match outcome? {
            Outcome::Idle => {}
            Outcome::Worked => {
                worked = true;
                // What was done is told at once.
                break;
            }
            Outcome::Later(at) => {
                later = Some(later.map_or(at, |own: trail_record::Moment| own.min(at)))
            }
        }
    }
    Ok((worked, later))
}

async fn worker(founded: &Founded, persona: Persona, seat: Seat) -> anyhow::Result<Worker> {
    let setup = &founded.setup;
    let home = setup.layout.worker(persona, None);
    let ports = wire::ports(
        setup,
        persona,
        &home,
        wire::Bus {
            tracker: Arc::new(seat),
            blobs: Arc::new(founded.embedded.clone()),
            forge: None,
        },
        Arc::new(System),
    );
    let id = WorkerId::new(format!("{persona}@demo:{}", std::process::id()));
    wire::worker(setup, persona, id, ports.await?).await
}

/// Reads and judges the history as it stands.
pub(super) async fn reading(founded: &Founded, item: &ItemId) -> anyhow::Result<Reading> {
    let reach = Reach {
        tracker: Arc::new(founded.embedded.as_user(&founded.human)?),
        blobs: Arc::new(founded.embedded.clone()),
        served: false,
    };
    Reading::gather(&founded.setup, &reach, std::slice::from_ref(item), None).await
}

async fn story(founded: &Founded, item: &ItemId) -> anyhow::Result<Story> {
    Ok(reading(founded, item).await?.story(0))
}

/// Says where and why the session cannot go on.
fn stopped(story: &Story, dir: &Path) -> anyhow::Error {
    let mut message = format!(
        "the session stopped: {} is {}",
        story.key,
        story.state.stage_name()
    );
    if let Some(failure) = story.failures.last() {
        message.push_str(&format!(
            "; {} failed: {}",
            failure.body.action, failure.body.reason
        ));
    }
    for finding in &story.judgement.findings {
        message.push_str(&format!("; {finding}"));
    }
    Hinted::new(Exit::Findings, trail_item::quote::visible(&message))
        .help(format!(
            "`trail --dir {} log {}` tells what happened; a script must fit the sample",
            dir.display(),
            story.key
        ))
        .into()
}

/// What was told so far.
struct Told {
    quiet: bool,
    entries: usize,
}

impl Told {
    const fn new(quiet: bool) -> Self {
        Self { quiet, entries: 0 }
    }

    fn say(&self, text: impl std::fmt::Display) -> anyhow::Result<()> {
        if self.quiet {
            Ok(())
        } else {
            output::line(text)
        }
    }

    /// Tells what the entries say that came since.
    fn news(&mut self, story: &Story) -> anyhow::Result<()> {
        let new = &story.entries[self.entries.min(story.entries.len())..];
        self.entries = story.entries.len();
        let Some(first) = new.first() else {
            return Ok(());
        };
        for line in log::lines(story, &log::Filter::default())
            .iter()
            .filter(|line| line.entry >= first.seq)
        {
            let call = line
                .call
                .map_or_else(|| "      ".to_owned(), |call| format!("{call:>4}  "));
            self.say(format!("{call}{:<8}  {}", line.persona.as_str(), line.what))?;
            if line.call.is_none()
                && let Some(why) = &line.why
            {
                self.say(format!("{:16}{why}", ""))?;
            }
        }
        Ok(())
    }

    /// Shows who works, where a person watches.
    fn busy(&self, persona: Persona) -> ProgressBar {
        if self.quiet || !std::io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let style =
            ProgressStyle::with_template("{spinner} {msg}").expect("the template is well formed");
        let bar = ProgressBar::new_spinner()
            .with_style(style)
            .with_message(format!("{persona} …"));
        bar.enable_steady_tick(Duration::from_millis(120));
        bar
    }
}
