//! Status changes of Standard executions: to an event bus, a webhook, a file.
//!
//! Here: which commits change a status, and where that is told. Not here: what an event looks like (`event`).
//! INVARIANT: the changes of one execution come to a place in their order, as long as none is attempted again.

mod event;
mod event_bridge;
mod webhook;

use std::hash::{Hash as _, Hasher as _};
use std::rc::Rc;
use std::sync::Arc;

use engine::Happened;
use execution::Event;
use rustc_hash::FxHasher;

use crate::budget::Budget;
use crate::change::event::{Change, Changed};
use crate::change::event_bridge::EventBridge;
use crate::change::webhook::Hook;
use crate::file::LineFile;
use crate::lane::{Lane, Lanes};
use crate::outside::Outside;
use crate::settings::EventsSettings;
use crate::sink::Sink;

/// LIMIT: calls to one place at one time. An execution's changes all go the same way.
const LANES: usize = 8;
/// LIMIT: bytes of changes that wait for one place.
const BYTES_MAX: usize = 4 << 20;

/// The places that are told of changes; they live on the thread that tells.
pub(crate) struct Changes {
    file: Option<LineFile>,
    bus: Option<Place>,
    webhook: Option<Place>,
}

/// The sinks of the places, where there are such places.
#[derive(Clone, Default)]
pub(crate) struct ChangeSinks {
    pub(crate) file: Option<Arc<Sink>>,
    pub(crate) bus: Option<Arc<Sink>>,
    pub(crate) webhook: Option<Arc<Sink>>,
}

struct Place {
    lanes: Vec<Lane<Rc<Change>>>,
    sink: Arc<Sink>,
}

/// How many changes there are in a commit.
pub(crate) fn count(happened: &Happened) -> usize {
    if is_express(happened) {
        return 0;
    }
    usize::from(begins(happened)) + usize::from(happened.ended.is_some())
}

/// Whether the execution runs from here on: a start, or a redrive.
fn begins(happened: &Happened) -> bool {
    let first = happened.recorded.records().next();
    matches!(first, Some(Event::ExecutionStarted { .. } | Event::ExecutionRedriven { .. }))
}

/// AWS tells of Standard executions only.
fn is_express(happened: &Happened) -> bool {
    happened.identity().arn.split(':').nth(5) == Some("express")
}

impl ChangeSinks {
    /// At how many places each change is told.
    pub(crate) fn count(&self) -> usize {
        self.iter().count()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Sink>> {
        [&self.file, &self.bus, &self.webhook].into_iter().flatten()
    }
}

impl Changes {
    /// Inside a `LocalSet`. `file` is open already.
    pub(crate) fn new(
        settings: &EventsSettings,
        file: Option<LineFile>,
        outside: &Rc<Outside>,
        sinks: &ChangeSinks,
        lanes: &mut Lanes,
    ) -> Changes {
        let bus = settings.event_bus.as_ref().zip(sinks.bus.as_ref()).map(|(bus, sink)| {
            let carrier = || EventBridge::new(Rc::clone(outside), bus, &settings.source);
            Place::open(carrier, sink, lanes)
        });
        let webhook = settings.webhook.as_ref().zip(sinks.webhook.as_ref()).map(|(webhook, sink)| {
            let carrier = || Hook::new(Rc::clone(outside), webhook.clone());
            Place::open(carrier, sink, lanes)
        });
        Changes { file, bus, webhook }
    }

    pub(crate) fn take(&mut self, happened: &Happened) {
        let changes = count(happened);
        if changes == 0 {
            return;
        }
        let places = || [&self.bus, &self.webhook].into_iter().flatten();
        if self.file.is_none() && places().all(Place::is_full) {
            return places().for_each(|place| place.sink.dropped(changes));
        }
        if begins(happened) {
            self.tell(Change::of(happened, Changed::Running));
        }
        if let Some(ended) = &happened.ended {
            self.tell(Change::of(happened, Changed::Ended(ended)));
        }
    }

    fn tell(&mut self, change: Change) {
        let change = Rc::new(change);
        if let Some(file) = &mut self.file {
            file.write(&change.envelope().to_string());
        }
        for place in [&self.bus, &self.webhook].into_iter().flatten() {
            place.tell(&change);
        }
    }

    pub(crate) fn flush(&mut self) {
        if let Some(file) = &mut self.file {
            file.flush();
        }
    }
}

impl Place {
    fn open<C: crate::lane::Carrier<Item = Rc<Change>>>(
        carrier: impl Fn() -> C,
        sink: &Arc<Sink>,
        lanes: &mut Lanes,
    ) -> Place {
        let budget = Budget::new(BYTES_MAX);
        let open = |_| lanes.open(carrier(), Arc::clone(&budget), Arc::clone(sink));
        Place { lanes: (0..LANES).map(open).collect(), sink: Arc::clone(sink) }
    }

    /// All lanes of a place share its room.
    fn is_full(&self) -> bool {
        self.lanes.first().is_some_and(Lane::is_full)
    }

    fn tell(&self, change: &Rc<Change>) {
        let mut hasher = FxHasher::default();
        change.execution_arn.hash(&mut hasher);
        let lane = &self.lanes[hasher.finish() as usize % LANES];
        if !lane.offer(Rc::clone(change), change.bytes()) {
            self.sink.dropped(1);
        }
    }
}
