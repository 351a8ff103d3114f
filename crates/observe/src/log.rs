//! Log records: whom they are for, and how they come to be there.
//!
//! Here: which events of a commit are told to which log, at which level. Not here: what a record looks like
//! (`record`), how records are delivered (`cloudwatch`, `file`).
//! INVARIANT: no record is made that has nowhere to go.

mod cloudwatch;
pub(crate) mod record;

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use engine::{Happened, Identity};
use execution::{HistoryEvent, LogLevel, Severity};

use crate::budget::Budget;
use crate::file::LineFile;
use crate::lane::{Lane, Lanes};
use crate::log::cloudwatch::{Entry, LogGroup, Stream};
use crate::outside::Outside;
use crate::sink::Sink;

/// LIMIT: log groups and machines together that records are delivered for at one time.
const STREAMS_MAX: usize = 1_000;
/// LIMIT: bytes of records that wait for one stream, and for all together.
const STREAM_BYTES_MAX: usize = 8 << 20;
const BYTES_MAX: usize = 64 << 20;

/// What the engine's threads ask before anything is made: which logs there are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LogPlan {
    pub(crate) has_cloudwatch: bool,
    pub(crate) has_file: bool,
    /// What the file has of machines whose own level is lower, and whether with execution data.
    pub(crate) file_level: LogLevel,
    pub(crate) file_data: bool,
}

/// What a log takes of an execution.
#[derive(Clone, Copy)]
struct Taken {
    level: LogLevel,
    include_data: bool,
}

impl LogPlan {
    /// Whether anything of such executions can become a record.
    pub(crate) fn listens_to(&self, identity: &Identity) -> bool {
        self.cloudwatch(identity).level > LogLevel::Off || self.file(identity).level > LogLevel::Off
    }

    fn cloudwatch(&self, identity: &Identity) -> Taken {
        let logging = &identity.logging;
        let level = if self.has_cloudwatch { logging.level } else { LogLevel::Off };
        Taken { level, include_data: logging.include_execution_data }
    }

    /// The machine's own configuration, unless the file is asked for more.
    fn file(&self, identity: &Identity) -> Taken {
        let logging = &identity.logging;
        match self.has_file {
            true if logging.level >= self.file_level => {
                Taken { level: logging.level, include_data: logging.include_execution_data }
            }
            true => Taken { level: self.file_level, include_data: self.file_data },
            false => Taken { level: LogLevel::Off, include_data: false },
        }
    }

    /// How many records there are to make.
    pub(crate) fn records(&self, happened: &Happened) -> usize {
        let identity = happened.identity();
        self.cloudwatch(identity).count(happened) + self.file(identity).count(happened)
    }
}

impl Taken {
    fn count(self, happened: &Happened) -> usize {
        if self.level == LogLevel::Off {
            return 0;
        }
        let machine = &happened.identity().machine;
        happened.recorded.records().filter(|event| self.level.admits(event.severity(machine))).count()
    }
}

/// The logs themselves; they live on the thread that tells.
pub(crate) struct Logs {
    pub(crate) plan: LogPlan,
    pub(crate) file: Option<LineFile>,
    pub(crate) outside: Rc<Outside>,
    pub(crate) sink: Arc<Sink>,
    streams: HashMap<(Arc<str>, Arc<str>), Lane<Entry>>,
    budget: Arc<Budget>,
}

impl Logs {
    pub(crate) fn new(
        plan: LogPlan,
        file: Option<LineFile>,
        outside: Rc<Outside>,
        sink: Arc<Sink>,
        budget: Arc<Budget>,
    ) -> Logs {
        Logs { plan, file, outside, sink, streams: HashMap::new(), budget }
    }

    pub(crate) fn budget() -> Arc<Budget> {
        Budget::new(BYTES_MAX)
    }

    pub(crate) fn take(&mut self, happened: &Happened, lanes: &mut Lanes) {
        let identity = happened.identity();
        let (to_cloudwatch, to_file) = (self.plan.cloudwatch(identity), self.plan.file(identity));
        let has_room = to_cloudwatch.level > LogLevel::Off && self.open_stream(happened, lanes);
        if !has_room && to_file.level == LogLevel::Off {
            return self.sink.dropped(to_cloudwatch.count(happened));
        }
        let machine = &happened.identity().machine;
        let redrive_count = happened.redrive_count();
        let severities: Vec<Severity> =
            happened.recorded.records().map(|event| event.severity(machine)).collect();
        for (event, severity) in happened.recorded.events().iter().zip(severities) {
            let line = |taken: Taken| {
                let admits = taken.level.admits(severity);
                admits
                    .then(|| record::text(event, &happened.identity().arn, redrive_count, taken.include_data))
            };
            if let Some(file) = &mut self.file
                && let Some(line) = line(to_file)
            {
                file.write(&line);
            }
            match has_room {
                true => self.offer(happened, event, line(to_cloudwatch)),
                false => self.sink.dropped(usize::from(to_cloudwatch.level.admits(severity))),
            }
        }
    }

    fn key(happened: &Happened) -> Option<(Arc<str>, Arc<str>)> {
        let identity = happened.identity();
        let group = identity.logging.log_group_arn.as_ref()?;
        Some((Arc::clone(group), Arc::clone(&identity.state_machine_arn)))
    }

    /// Whether there is a stream for the execution's records, and room in it.
    fn open_stream(&mut self, happened: &Happened, lanes: &mut Lanes) -> bool {
        let Some(key) = Logs::key(happened) else { return false };
        if let Some(stream) = self.streams.get(&key)
            && !stream.is_over()
        {
            return !stream.is_full();
        }
        if self.streams.len() >= STREAMS_MAX {
            self.streams.retain(|_, stream| !stream.is_over());
        }
        let Some(group) = LogGroup::parse(&key.0).filter(|_| self.streams.len() < STREAMS_MAX) else {
            return false;
        };
        let name = &happened.identity().state_machine_name;
        let stream = Stream::new(Rc::clone(&self.outside), group, name, Arc::clone(&self.sink));
        let budget = Budget::within(&self.budget, STREAM_BYTES_MAX);
        let lane = lanes.open(stream, budget, Arc::clone(&self.sink));
        self.streams.insert(key, lane);
        true
    }

    fn offer(&self, happened: &Happened, event: &HistoryEvent, line: Option<String>) {
        let Some(line) = line else { return };
        let stream = Logs::key(happened).and_then(|key| self.streams.get(&key));
        let bytes = line.len();
        let entry = Entry { timestamp_ms: event.timestamp_ms, message: line };
        if !stream.is_some_and(|stream| stream.offer(entry, bytes)) {
            self.sink.dropped(1);
        }
    }

    pub(crate) fn flush(&mut self) {
        if let Some(file) = &mut self.file {
            file.flush();
        }
    }
}
