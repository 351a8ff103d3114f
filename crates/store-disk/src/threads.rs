//! The threads of a store: a thin shell around what `core` can do.
//!
//! Here: the committer, the indexer, the maker of segments, the writer of the catalog, the reader of names, who
//! gives room back, and their end.
//! INVARIANT: the indexer ends after the committer, so that what was committed is indexed at a close.

use std::io;
use std::sync::mpsc;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use store::{CatalogWrite, Fault};

use crate::core::{Core, Pumped};
use crate::reclaim::Reclaimed;
use crate::signal::Sender;

pub(crate) struct Threads {
    committer: JoinHandle<()>,
    indexer: JoinHandle<()>,
    segment_maker: JoinHandle<()>,
    catalog_writer: JoinHandle<()>,
    name_reader: JoinHandle<()>,
    reclaimer: JoinHandle<()>,
    /// The reclaimer ends when this is gone.
    reclaiming: mpsc::Sender<()>,
    bell: Arc<Bell>,
    catalog: mpsc::Sender<CatalogJob>,
}

pub(crate) struct CatalogJob {
    pub(crate) writes: Vec<CatalogWrite>,
    pub(crate) answer: Sender<Result<bool, Fault>>,
}

impl Threads {
    pub(crate) fn start(core: &Arc<Core>) -> io::Result<Self> {
        core.shelf.serve();
        let bell = Arc::new(Bell::default());
        let (catalog, jobs) = mpsc::channel();
        let (reclaiming, ended) = mpsc::channel();
        let spawn = |name: &str, work: Box<dyn FnOnce() + Send>| {
            thread::Builder::new().name(format!("stairway-{name}")).spawn(work)
        };
        let [one, two, three, four, five, six] = std::array::from_fn(|_| core.clone());
        let (committer_bell, indexer_bell) = (bell.clone(), bell.clone());
        Ok(Threads {
            committer: spawn("commit", Box::new(move || commit(&one, &committer_bell)))?,
            indexer: spawn("index", Box::new(move || index(&two, &indexer_bell)))?,
            segment_maker: spawn("segment", Box::new(move || three.shelf.work(&*three.disk)))?,
            catalog_writer: spawn("catalog", Box::new(move || write_catalog(&four, &jobs)))?,
            name_reader: spawn("names", Box::new(move || five.learn_names()))?,
            reclaimer: spawn("reclaim", Box::new(move || reclaim(&six, &ended)))?,
            reclaiming,
            bell,
            catalog,
        })
    }

    /// Somebody waits for the index.
    pub(crate) fn hurry_index(&self) {
        self.bell.ring(Ring::Hurry);
    }

    pub(crate) fn write_catalog(&self, job: CatalogJob) {
        // A thread that is gone drops the answer, which says so.
        let _ = self.catalog.send(job);
    }

    /// Waits until all is done that was handed over before the lane was closed.
    pub(crate) fn join(self, core: &Core) {
        core.shelf.close();
        drop(self.catalog);
        drop(self.reclaiming);
        let ends =
            [self.committer, self.segment_maker, self.catalog_writer, self.name_reader, self.reclaimer];
        for thread in ends {
            join(thread);
        }
        self.bell.ring(Ring::End);
        join(self.indexer);
    }
}

fn join(thread: JoinHandle<()>) {
    // The last owner may be a `done` that runs on this very thread.
    if thread.thread().id() != thread::current().id() {
        // A panic has been reported by its own thread.
        let _ = thread.join();
    }
}

/// How long a group that found no room waits before it is tried again.
const ROOM_PAUSE: Duration = Duration::from_millis(100);

fn commit(core: &Core, bell: &Bell) {
    while core.lane.wait() {
        while core.commit_pending() == Pumped::NoRoom {
            if core.lane.is_closed() {
                core.give_up_waiting();
                break;
            }
            thread::sleep(ROOM_PAUSE);
        }
        bell.ring(Ring::Durable);
    }
}

fn index(core: &Core, bell: &Bell) {
    while bell.wait(core.options.index_pause, || core.indexer.has_waiters()) {
        core.index_durable();
    }
}

fn write_catalog(core: &Core, jobs: &mpsc::Receiver<CatalogJob>) {
    for CatalogJob { writes, answer } in jobs {
        answer.send(core.write_catalog(writes));
    }
}

/// How long the reclaimer waits between two looks at what could be cut off.
const RECLAIM_PAUSE: Duration = Duration::from_secs(1);
/// How long it waits between two steps, so that others have the disk.
const RECLAIM_STEP_PAUSE: Duration = Duration::from_millis(20);

fn reclaim(core: &Core, ended: &mpsc::Receiver<()>) {
    let mut pause = RECLAIM_PAUSE;
    while ended.recv_timeout(pause) == Err(mpsc::RecvTimeoutError::Timeout) {
        pause = match core.reclaim() {
            Ok(Reclaimed::Step | Reclaimed::Waiting) => RECLAIM_STEP_PAUSE,
            // What could not be read is not cut, and looked at again later.
            Ok(Reclaimed::Nothing) | Err(_) => RECLAIM_PAUSE,
        };
    }
}

/// How the indexer is called.
#[derive(Default)]
struct Bell {
    heard: Mutex<Heard>,
    rung: Condvar,
}

#[derive(Default)]
struct Heard {
    is_durable: bool,
    hurry: bool,
    is_over: bool,
}

enum Ring {
    /// There is something to index, soon.
    Durable,
    /// There is something to index, now.
    Hurry,
    End,
}

impl Bell {
    fn ring(&self, ring: Ring) {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let news = match ring {
            Ring::Durable => !std::mem::replace(&mut heard.is_durable, true),
            Ring::Hurry => !std::mem::replace(&mut heard.hurry, true),
            Ring::End => !std::mem::replace(&mut heard.is_over, true),
        };
        if news {
            self.rung.notify_one();
        }
    }

    /// Waits until a round is due; false when it is over.
    fn wait(&self, pause: Duration, is_awaited: impl Fn() -> bool) -> bool {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        while !heard.is_durable && !heard.hurry && !heard.is_over {
            heard = self.rung.wait(heard).unwrap_or_else(PoisonError::into_inner);
        }
        if !heard.hurry && !heard.is_over && !is_awaited() {
            let quiet = |heard: &mut Heard| !heard.hurry && !heard.is_over;
            let waited = self.rung.wait_timeout_while(heard, pause, quiet);
            heard = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        heard.is_durable = false;
        heard.hurry = false;
        !heard.is_over
    }
}
