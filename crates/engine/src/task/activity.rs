//! Activities: tasks wait in a queue for workers, workers wait in a queue for tasks.
//!
//! The queues are derived from the executions: at recovery every scheduled task that no worker has is
//! offered again. A match is only a proposal: the execution decides, and the worker has the task when
//! `ActivityStarted` is durable.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use execution::TaskKey;
use planted::Bug;
use rustc_hash::FxHashMap;
use store::Uid;

use crate::reply::ReplyTo;

/// The queues of all activities, by ARN.
pub(crate) struct ActivityQueues {
    /// LIMIT: workers that wait on one activity.
    pollers_max: usize,
    queues: RwLock<HashMap<Arc<str>, Arc<Mutex<Queue>>>>,
}

#[derive(Default)]
struct Queue {
    /// In the order in which they were offered.
    tasks: BTreeMap<u64, (Uid, TaskKey)>,
    places: FxHashMap<(Uid, u64), u64>,
    next_place: u64,
    pollers: VecDeque<Poller>,
}

/// A worker that waits for a task.
#[derive(Clone, Debug)]
pub(crate) struct Poller {
    pub(crate) worker: Option<Arc<str>>,
    pub(crate) reply: ReplyTo,
}

/// A task and the worker that shall have it.
#[derive(Debug)]
pub(crate) struct Match {
    pub(crate) execution: Uid,
    pub(crate) task: TaskKey,
    pub(crate) poller: Poller,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct TooManyPollers;

impl ActivityQueues {
    pub(crate) fn new(pollers_max: usize) -> Self {
        ActivityQueues { pollers_max, queues: RwLock::default() }
    }

    /// How many workers wait where most do.
    pub(crate) fn most_pollers(&self) -> usize {
        let queues = self.queues.read().unwrap_or_else(PoisonError::into_inner);
        let waiting =
            queues.values().map(|queue| queue.lock().unwrap_or_else(PoisonError::into_inner).pollers.len());
        waiting.max().unwrap_or(0)
    }

    fn with<T>(&self, activity: &Arc<str>, act: impl FnOnce(&mut Queue) -> T) -> T {
        let known = self.queues.read().unwrap_or_else(PoisonError::into_inner).get(activity).map(Arc::clone);
        let queue = known.unwrap_or_else(|| {
            let mut queues = self.queues.write().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(queues.entry(Arc::clone(activity)).or_default())
        });
        let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
        act(&mut queue)
    }

    /// A task wants a worker.
    pub(crate) fn offer(&self, activity: &Arc<str>, execution: Uid, task: TaskKey) -> Option<Match> {
        self.with(activity, |queue| match queue.pollers.pop_front() {
            Some(poller) => Some(Match { execution, task, poller }),
            None => {
                let place = queue.next_place;
                queue.next_place += 1;
                // Offered twice (recovery beside a live offer), it keeps its place.
                if planted::is_on(Bug::OfferWithoutPollerIsLost) {
                    return None;
                }
                if let std::collections::hash_map::Entry::Vacant(entry) =
                    queue.places.entry((execution, task.scheduled))
                {
                    entry.insert(place);
                    queue.tasks.insert(place, (execution, task));
                }
                None
            }
        })
    }

    /// A task does not want a worker any more.
    pub(crate) fn withdraw(&self, activity: &Arc<str>, execution: Uid, scheduled: u64) {
        self.with(activity, |queue| {
            if let Some(place) = queue.places.remove(&(execution, scheduled)) {
                queue.tasks.remove(&place);
            }
        });
    }

    /// A worker wants a task.
    pub(crate) fn poll(&self, activity: &Arc<str>, poller: Poller) -> Result<Option<Match>, TooManyPollers> {
        self.with(activity, |queue| match queue.tasks.pop_first() {
            Some((_, (execution, task))) => {
                queue.places.remove(&(execution, task.scheduled));
                Ok(Some(Match { execution, task, poller }))
            }
            None if queue.pollers.len() >= self.pollers_max => Err(TooManyPollers),
            None => {
                queue.pollers.push_back(poller);
                Ok(None)
            }
        })
    }

    /// A worker's turn comes again: it was matched with a task that was gone. It keeps its place.
    pub(crate) fn poll_again(&self, activity: &Arc<str>, poller: Poller) -> Option<Match> {
        self.with(activity, |queue| match queue.tasks.pop_first() {
            Some((_, (execution, task))) => {
                queue.places.remove(&(execution, task.scheduled));
                Some(Match { execution, task, poller })
            }
            None => {
                queue.pollers.push_front(poller);
                None
            }
        })
    }

    /// How many workers wait for a task of the activity.
    pub(crate) fn pollers(&self, activity: &Arc<str>) -> usize {
        let queue = self.queues.read().unwrap_or_else(PoisonError::into_inner).get(activity).map(Arc::clone);
        queue.map_or(0, |queue| queue.lock().unwrap_or_else(PoisonError::into_inner).pollers.len())
    }

    /// A worker gives its place up. False when it has been matched already.
    pub(crate) fn leave(&self, activity: &Arc<str>, reply: &ReplyTo) -> bool {
        self.with(activity, |queue| {
            let before = queue.pollers.len();
            queue.pollers.retain(|poller| {
                poller.reply.ticket != reply.ticket || !Arc::ptr_eq(&poller.reply.queue, &reply.queue)
            });
            queue.pollers.len() < before
        })
    }
}
