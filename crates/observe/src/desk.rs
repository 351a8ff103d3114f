//! The thread that tells: it takes what happened from the engine's threads, makes records and events of it, and
//! sees that they are brought.
//!
//! INVARIANT: it alone does what may wait: disks and networks.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use engine::Happened;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::task::{LocalSet, yield_now};
use tokio::time::{sleep, timeout};

use crate::budget::{Budget, Permit};
use crate::change::{ChangeSinks, Changes};
use crate::file::LineFile;
use crate::lane::Lanes;
use crate::log::{LogPlan, Logs};
use crate::outside::Outside;
use crate::settings::EventsSettings;
use crate::sink::Sink;

/// How long the thread rests after it has taken all there was: the engine need not wake it for each commit.
const REST: Duration = Duration::from_millis(20);
/// LIMIT: what is taken at a stretch, before those who deliver have their turn.
const STRETCH: usize = 256;

/// What the engine's threads hand over.
pub(crate) enum Order {
    Happened(Box<Happened>, Permit),
    /// Everything that can be brought within this time is brought; then the thread ends.
    Close(Duration),
}

/// What the thread is given.
pub(crate) struct Desk {
    pub(crate) plan: LogPlan,
    pub(crate) log_file: Option<LineFile>,
    pub(crate) log_sink: Arc<Sink>,
    pub(crate) log_budget: Arc<Budget>,
    pub(crate) events: EventsSettings,
    pub(crate) change_file: Option<LineFile>,
    pub(crate) change_sinks: ChangeSinks,
    pub(crate) outside: Outside,
    /// What found no room on the way here.
    pub(crate) intake: Arc<Sink>,
}

struct Working {
    logs: Logs,
    changes: Changes,
    lanes: Lanes,
}

impl Desk {
    /// Until it is closed. `done` is dropped at the end.
    pub(crate) fn run(
        self,
        runtime: &tokio::runtime::Runtime,
        orders: UnboundedReceiver<Order>,
        done: std::sync::mpsc::Sender<()>,
    ) {
        LocalSet::new().block_on(runtime, self.serve(orders));
        drop(done);
    }

    async fn serve(self, mut orders: UnboundedReceiver<Order>) {
        let Desk { plan, log_file, log_sink, log_budget, events, change_file, change_sinks, outside, intake } =
            self;
        let outside = Rc::new(outside);
        let mut lanes = Lanes::new();
        let changes = Changes::new(&events, change_file, &outside, &change_sinks, &mut lanes);
        let logs = Logs::new(plan, log_file, outside, log_sink, log_budget);
        let mut working = Working { logs, changes, lanes };
        let mut told_of = 0;
        while let Some(first) = orders.recv().await {
            let (mut next, mut taken) = (Some(first), 0);
            while let Some(order) = next {
                match order {
                    Order::Happened(happened, permit) => working.take(&happened, permit),
                    Order::Close(grace) => return working.close(grace).await,
                }
                taken += 1;
                next = if taken < STRETCH { orders.try_recv().ok() } else { None };
            }
            working.flush();
            let dropped = intake.dropped_count();
            if std::mem::replace(&mut told_of, dropped) < dropped {
                intake.trouble("more happens than can be told");
            }
            // Those who deliver have their turn either way.
            if taken < STRETCH { sleep(REST).await } else { yield_now().await }
        }
    }
}

impl Working {
    fn take(&mut self, happened: &Happened, permit: Permit) {
        self.logs.take(happened, &mut self.lanes);
        self.changes.take(happened);
        drop(permit);
    }

    fn flush(&mut self) {
        self.logs.flush();
        self.changes.flush();
    }

    async fn close(mut self, grace: Duration) {
        self.flush();
        let Working { logs, changes, lanes } = self;
        // The ways into the lanes: without them a lane ends when it is empty.
        drop((logs, changes));
        // What has not been brought by then stays untold.
        let _ = timeout(grace, lanes.close()).await;
    }
}

/// The way to the thread.
pub(crate) type Orders = UnboundedSender<Order>;
