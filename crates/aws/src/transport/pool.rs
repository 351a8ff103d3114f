//! Connections that were kept after an answer, for the next request to the same place.
//!
//! INVARIANT: a connection is in here or in use, never both.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::connect::Connection;
use super::target::Target;

/// LIMIT: connections kept for one place; more are closed when their answer is there.
const KEPT_MAX: usize = 256;
/// LIMIT: places for which connections are kept; when there are more, all that are too old go first.
const PLACES_MAX: usize = 1_024;
/// LIMIT: AWS's front ends close what was silent for 20 seconds and longer; we go before they do.
const KEPT_FOR: Duration = Duration::from_secs(15);

#[derive(Default)]
pub(super) struct Pool(Mutex<HashMap<Target, Vec<Kept>>>);

struct Kept {
    connection: Connection,
    since: Instant,
}

impl Pool {
    /// A connection on which the server has not hung up, as far as anyone can know.
    pub(super) async fn take(&self, target: &Target) -> Option<Connection> {
        if !self.has(target) {
            return None;
        }
        // Lets the tasks of connections see what their sockets have to say, a hang-up first of all.
        tokio::task::yield_now().await;
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let connections = kept.get_mut(target)?;
        connections.retain(Kept::is_young);
        // The youngest first: the others may grow old and go.
        while let Some(candidate) = connections.pop() {
            if candidate.connection.sender.is_ready() {
                return Some(candidate.connection);
            }
        }
        None
    }

    pub(super) fn keep(&self, target: Target, connection: Connection) {
        if connection.sender.is_closed() {
            return;
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= PLACES_MAX && !kept.contains_key(&target) {
            kept.retain(|_, connections| {
                connections.retain(Kept::is_young);
                !connections.is_empty()
            });
            if kept.len() >= PLACES_MAX {
                return;
            }
        }
        let connections = kept.entry(target).or_default();
        if connections.len() < KEPT_MAX {
            connections.push(Kept { connection, since: Instant::now() });
        }
    }

    fn has(&self, target: &Target) -> bool {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(target).is_some_and(|connections| !connections.is_empty())
    }
}

impl Kept {
    fn is_young(&self) -> bool {
        self.since.elapsed() < KEPT_FOR
    }
}
