//! A place that is told: its name, what it got and what it lost, and what people are told of its troubles.
//!
//! INVARIANT: people hear of a sink's troubles at most once a minute, however many there are.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Receives a line for people.
pub(crate) type Say = Arc<dyn Fn(&str) + Send + Sync>;

/// LIMIT: one line a minute and sink.
const LINES_APART: Duration = Duration::from_secs(60);

pub(crate) struct Sink {
    pub(crate) name: &'static str,
    delivered: AtomicU64,
    dropped: AtomicU64,
    last_line: Mutex<Option<Instant>>,
    say: Say,
}

impl Sink {
    pub(crate) fn new(name: &'static str, say: &Say) -> Arc<Sink> {
        Arc::new(Sink {
            name,
            delivered: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
            last_line: Mutex::new(None),
            say: Arc::clone(say),
        })
    }

    pub(crate) fn delivered(&self, count: usize) {
        self.delivered.fetch_add(count as u64, Ordering::Relaxed);
    }

    /// Only counts: the engine's threads call it.
    pub(crate) fn dropped(&self, count: usize) {
        self.dropped.fetch_add(count as u64, Ordering::Relaxed);
    }

    pub(crate) fn delivered_count(&self) -> u64 {
        self.delivered.load(Ordering::Relaxed)
    }

    pub(crate) fn dropped_count(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Tells people, unless they were told lately.
    pub(crate) fn trouble(&self, why: &str) {
        let mut last = self.last_line.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_some_and(|last| last.elapsed() < LINES_APART) {
            return;
        }
        *last = Some(Instant::now());
        drop(last);
        let (name, dropped) = (self.name, self.dropped_count());
        (self.say)(&format!("stairway: {name}: {why} ({dropped} dropped since the start)"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_troubles_are_one_line() {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&lines);
        let say: Say = Arc::new(move |line: &str| kept.lock().unwrap().push(line.to_owned()));
        let sink = Sink::new("webhook", &say);
        sink.dropped(3);
        sink.trouble("nobody answers");
        sink.trouble("nobody answers");
        assert_eq!(*lines.lock().unwrap(), ["stairway: webhook: nobody answers (3 dropped since the start)"]);
    }
}
