//! Redrive: an execution that did not succeed goes on where it stopped.
//!
//! Here: who may be redriven and why not, in AWS's words; the tokens under which one redrive is asked for several
//! times; what is remembered of redrives. Not here: what goes on then (`fallen`).
//! INVARIANT: what a redrive does is in its record; whoever asks again under its token gets its moment and changes
//! nothing.

use std::collections::VecDeque;
use std::sync::Arc;

use planted::Bug;
use serde::{Deserialize, Serialize};

use crate::advance::Step;
use crate::command::Reply;
use crate::execution::{Execution, Status};
use crate::frame::FrameId;
use crate::limits::Limits;
use crate::record::{Event, EventId, after_seconds};

/// LIMIT: tokens that are remembered of one execution (`spec/features.md` 1.4).
const TOKENS_MAX: usize = 10;
/// LIMIT: how long a token stands for its redrive, 15 minutes (`spec/features.md` 1.4).
const TOKEN_VALID_MS: i64 = 15 * 60 * 1_000;
/// LIMIT: how long after its end an execution can be redriven, 14 days (`spec/features.md` 5.1).
const PERIOD_MS: i64 = 14 * 24 * 3_600 * 1_000;

/// How often an execution was redriven, and when last.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Redriven {
    pub count: u32,
    pub at_ms: i64,
}

/// What an execution remembers of its redrives.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Redrives {
    last: Option<Redriven>,
    /// The oldest first.
    tokens: VecDeque<(Arc<str>, i64)>,
}

/// Why an execution cannot be redriven.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotRedrivable {
    Running,
    Succeeded,
    MachineDeleting,
    HistoryFull,
    TimeSpent,
    PeriodOver,
}

/// What of an execution decides whether it can be redriven.
#[derive(Clone, Copy, Debug)]
pub struct Redrivable {
    pub status: Status,
    pub started_ms: i64,
    pub stopped_ms: Option<i64>,
    /// How many events its history has.
    pub events: EventId,
    pub machine_is_deleting: bool,
}

impl NotRedrivable {
    /// AWS's words for it.
    pub fn reason(self) -> &'static str {
        match self {
            NotRedrivable::Running => "Execution is RUNNING and cannot be redriven",
            NotRedrivable::Succeeded => "Execution is SUCCEEDED and cannot be redriven",
            NotRedrivable::MachineDeleting => "State machine is in DELETING status",
            NotRedrivable::HistoryFull => "Execution history event limit exceeded",
            NotRedrivable::TimeSpent => "Execution has exceeded the max execution time",
            NotRedrivable::PeriodOver => "Execution redrivable period exceeded",
        }
    }
}

impl Redrivable {
    /// Why not, if it cannot be redriven at this moment.
    pub fn refusal(&self, now_ms: i64, limits: &Limits) -> Option<NotRedrivable> {
        let is_time_spent =
            limits.execution_seconds_max.is_some_and(|max| now_ms >= after_seconds(self.started_ms, max));
        match self.status {
            Status::Running => Some(NotRedrivable::Running),
            Status::Succeeded => Some(NotRedrivable::Succeeded),
            Status::Failed | Status::TimedOut | Status::Aborted => None,
        }
        .or(self.machine_is_deleting.then_some(NotRedrivable::MachineDeleting))
        // The redrive and one more event must have room.
        .or((self.events + 1 >= limits.history_events_max).then_some(NotRedrivable::HistoryFull))
        .or(is_time_spent.then_some(NotRedrivable::TimeSpent))
        .or(self
            .stopped_ms
            .is_some_and(|at| now_ms.saturating_sub(at) > PERIOD_MS)
            .then_some(NotRedrivable::PeriodOver))
    }
}

impl Redrives {
    pub(crate) fn last(&self) -> Option<Redriven> {
        self.last
    }

    pub(crate) fn add(&mut self, redriven: Redriven, token: Option<Arc<str>>) {
        self.last = Some(redriven);
        self.tokens.extend(token.map(|token| (token, redriven.at_ms)));
        if self.tokens.len() > TOKENS_MAX {
            self.tokens.pop_front();
        }
    }

    /// The moment of the redrive that a token stands for.
    fn under(&self, token: &str, now_ms: i64) -> Option<i64> {
        let mut moments = self.tokens.iter().rev().filter(|(known, _)| **known == *token).map(|(_, at)| *at);
        let moment = moments.next().filter(|at_ms| now_ms.saturating_sub(*at_ms) <= TOKEN_VALID_MS);
        moment.filter(|_| !planted::is_on(Bug::RedriveTokenIsForgotten))
    }
}

impl Execution {
    /// How often it was redriven, and when last; none if it never was.
    pub fn redriven(&self) -> Option<Redriven> {
        self.redrives.last()
    }

    /// What decides whether it can be redriven.
    pub fn redrivable(&self, machine_is_deleting: bool) -> Redrivable {
        Redrivable {
            status: self.status(),
            started_ms: self.started_ms(),
            stopped_ms: self.ended().map(|end| end.at_ms),
            events: self.last_event(),
            machine_is_deleting,
        }
    }
}

impl Step<'_> {
    pub(crate) fn redrive(&mut self, token: Option<Arc<str>>, machine_is_deleting: bool) -> Reply {
        let (now_ms, limits) = (self.moment.now_ms, self.moment.limits);
        let redrives = &self.execution.redrives;
        if let Some(redriven_ms) = token.as_ref().and_then(|token| redrives.under(token, now_ms)) {
            return Reply::RedrivenBefore { redriven_ms };
        }
        if let Some(reason) = self.execution.redrivable(machine_is_deleting).refusal(now_ms, &limits) {
            return Reply::NotRedrivable(reason);
        }
        let count = redrives.last().map_or(1, |redriven| redriven.count.saturating_add(1));
        // The machine's own time begins anew; an execution may not take longer than any may as a whole.
        let own = self.execution.identity.timeout_seconds().map(|seconds| after_seconds(now_ms, seconds));
        let any = limits.execution_seconds_max.map(|max| after_seconds(self.execution.started_ms, max));
        let timeout_at_ms = own.into_iter().chain(any).min();
        let after = self.execution.last_event;
        self.record_event(FrameId::ROOT, after, Event::ExecutionRedriven { count, timeout_at_ms, token });
        Reply::Redriven { redriven_ms: now_ms }
    }
}
