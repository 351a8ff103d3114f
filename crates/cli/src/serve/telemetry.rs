//! What is told of this server and its executions: the settings' logs and events, and the page of metrics.
//!
//! Not here: what is told and how (`observe`).

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use api::{Answered, Telemetry};
use engine::Engine;
use observe::{CallClass, Observe, PUBLISHED_MAX, StoreFigures, Surroundings};
use store_disk::DiskStore;

use super::config::Settings;
use crate::{outside, say};

/// Starts to listen to an engine that is not there yet.
pub(super) fn start(settings: &Settings) -> anyhow::Result<Observe> {
    let surroundings = Surroundings {
        data_dir: settings.data_dir.clone(),
        environment: outside::environment(),
        say: Arc::new(|line: &str| say::line(&say::clean(line))),
    };
    Observe::start(settings.logs.clone(), settings.events.clone(), surroundings)
        .context("cannot tell of executions")
}

/// The metrics of a server, and who counts its calls.
pub(super) struct Counted {
    pub(super) observe: Observe,
    pub(super) store: Arc<DiskStore>,
    pub(super) engine: Engine,
}

impl fmt::Debug for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Counted")
    }
}

impl Telemetry for Counted {
    fn answered(&self, operation: &str, answered: Answered, took: Duration) {
        let class = match answered {
            Answered::Done => CallClass::Done,
            Answered::Refused => CallClass::Refused,
            Answered::Throttled => CallClass::Throttled,
            Answered::Failed => CallClass::Failed,
        };
        self.observe.answered(operation, class, took);
    }

    fn metrics(&self) -> String {
        let store = StoreFigures { syncs: self.store.syncs(), unindexed: self.store.recent_count() };
        self.observe.metrics(&self.engine.statistics(PUBLISHED_MAX), Some(store))
    }
}
