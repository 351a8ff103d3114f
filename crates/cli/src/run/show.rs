//! What happens during a run, heard by one loop and shown to the user.
//!
//! INVARIANT: the loop owns what was shown; everything else sends it messages.

use std::time::Duration;

use anyhow::anyhow;
use asl::arn::ExecutionArn;
use engine::{
    Client, Engine, ExecutionDescription, ExecutionStatus, Happened, Identity, Observer, ReadError, Tally,
};
use execution::HistoryEvent;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::task::spawn_local;

use crate::event::Event;
use crate::progress::Progress;
use crate::progress::visits::{Change, VisitId};
use crate::say::EXIT_INTERRUPTED;

const REDRAW_EVERY: Duration = Duration::from_millis(100);
/// How long one question for the end waits; it is asked again until the end has come.
const END_WAIT: Duration = Duration::from_secs(60);
/// The last events are told by another thread than the end: they are at most this late.
const LAST_EVENTS: Duration = Duration::from_secs(2);

/// What can happen during a run; one loop hears it all.
pub(crate) enum Happening {
    Recorded(Vec<HistoryEvent>),
    Ended(Box<Result<ExecutionDescription, ReadError>>),
    Note(String),
    Tick,
    Interrupted,
}

/// Brings what the engine recorded to the run's loop.
pub(crate) struct Told(pub(crate) UnboundedSender<Happening>);

impl Observer for Told {
    fn listens_to(&self, _: &Identity) -> bool {
        true
    }

    /// Nobody asks `run` for numbers.
    fn counted(&self, _: &Tally) {}

    fn committed(&self, happened: Box<Happened>) {
        // The loop only goes when the run is over.
        let _ = self.0.send(Happening::Recorded(happened.recorded.events()));
    }
}

/// Sends what comes from outside of the loop into it: the end, the clock of the view, Ctrl-C.
pub(crate) fn listen(
    client: &Client,
    execution: &ExecutionArn,
    told: UnboundedSender<Happening>,
) -> anyhow::Result<()> {
    for kind in [SignalKind::interrupt(), SignalKind::terminate()] {
        let (mut signals, told) = (signal(kind)?, told.clone());
        spawn_local(async move {
            while signals.recv().await.is_some() && told.send(Happening::Interrupted).is_ok() {}
        });
    }
    let ticks = told.clone();
    spawn_local(async move {
        let mut every = tokio::time::interval(REDRAW_EVERY);
        while ticks.send(Happening::Tick).is_ok() {
            every.tick().await;
        }
    });
    let (client, execution) = (client.clone(), execution.clone());
    spawn_local(async move {
        loop {
            let seen = client.wait_for_end(&execution, END_WAIT).await;
            if !matches!(&seen, Ok(seen) if seen.status == ExecutionStatus::Running) {
                let _ = told.send(Happening::Ended(Box::new(seen)));
                return;
            }
        }
    });
    Ok(())
}

/// What the user has been shown so far.
pub(crate) struct Show<'a> {
    engine: &'a Engine,
    progress: Progress,
    has_worker: bool,
    /// Activities for whose want of a worker a line was written.
    told_to_wait: Vec<String>,
    failed_in: Option<VisitId>,
    is_over: bool,
}

impl<'a> Show<'a> {
    pub(crate) fn new(engine: &'a Engine, has_worker: bool) -> Show<'a> {
        Show {
            engine,
            progress: Progress::on_stderr(),
            has_worker,
            told_to_wait: Vec::new(),
            failed_in: None,
            is_over: false,
        }
    }

    /// Gives the execution as it ended, and whether Ctrl-C ended it.
    pub(crate) async fn until_the_end(
        &mut self,
        client: &Client,
        execution: &ExecutionArn,
        happenings: &mut UnboundedReceiver<Happening>,
    ) -> anyhow::Result<(ExecutionDescription, bool)> {
        let mut interrupted = false;
        while let Some(happening) = happenings.recv().await {
            match happening {
                Happening::Ended(ended) => match *ended {
                    Ok(ended) => return Ok((ended, interrupted)),
                    Err(ReadError::DoesNotExist | ReadError::Unavailable) => break,
                },
                Happening::Interrupted if interrupted => std::process::exit(EXIT_INTERRUPTED.into()),
                Happening::Interrupted => {
                    interrupted = true;
                    self.progress.note("stopping the execution (Ctrl-C again ends at once)");
                    let cause = Some("stopped by Ctrl-C".into());
                    // It may have ended by itself in this moment; its end comes either way.
                    let _ = client.stop_execution(execution, None, cause).await;
                }
                other => self.show(other)?,
            }
        }
        Err(anyhow!("the engine lost sight of the execution"))
    }

    /// Shows what was recorded up to the end; it comes from another thread than the end itself.
    pub(crate) async fn rest(&mut self, happenings: &mut UnboundedReceiver<Happening>) {
        let until = tokio::time::Instant::now() + LAST_EVENTS;
        while !self.is_over
            && let Ok(Some(happening)) = tokio::time::timeout_at(until, happenings.recv()).await
        {
            if self.show(happening).is_err() {
                break;
            }
        }
        self.progress.finish(self.engine.now_ms());
    }

    /// What the worker said while it was ended.
    pub(crate) fn last_notes(&mut self, happenings: &mut UnboundedReceiver<Happening>) {
        while let Ok(happening) = happenings.try_recv() {
            if let Happening::Note(text) = happening {
                self.progress.note(&text);
            }
        }
    }

    fn show(&mut self, happening: Happening) -> anyhow::Result<()> {
        match happening {
            Happening::Recorded(events) => {
                for event in events {
                    let event = Event::from_aws(event.to_json(false))?;
                    for change in self.progress.event(&event) {
                        self.follow_up(change);
                    }
                }
            }
            Happening::Note(text) => self.progress.note(&text),
            Happening::Tick => self.progress.draw(self.engine.now_ms()),
            Happening::Ended(_) | Happening::Interrupted => {}
        }
        Ok(())
    }

    fn follow_up(&mut self, change: Change) {
        match change {
            Change::Queued { visit, activity }
                if !self.has_worker && !self.told_to_wait.contains(&activity) =>
            {
                let state = self.progress.visits().path(visit);
                let name = activity.rsplit(':').next().unwrap_or(&activity);
                self.progress.note(&format!(
                    "state `{state}` waits for a worker of activity `{name}`: give one with --worker CMD"
                ));
                self.told_to_wait.push(activity);
            }
            Change::Ended(ending) => {
                self.is_over = true;
                self.failed_in = ending.failed_in;
            }
            _ => {}
        }
    }

    pub(crate) fn failing_state(&self) -> Option<String> {
        self.failed_in.map(|visit| self.progress.visits().path(visit))
    }
}
