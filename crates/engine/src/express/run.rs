//! One run of an Express execution, on whatever thread it is.
//!
//! Here: giving it a command, and telling of what it did (`recent`, the observer).
//! Not here: timers, answers and effects, which are those of whoever holds it.
//! INVARIANT: what a run has recorded is told in the order in which it was recorded, once.

use std::sync::Arc;

use asl::Document;
use asl::arn::{ExecutionArn, StateMachineArn};
use bytes::Bytes;
use execution::{
    Advance, AttemptTime, Batch, Command, Effect, Execution, Identity, Mocks, Moment, Origin, Pause,
    Recorded, Reply,
};
use store::Uid;

use crate::catalog::Revision;
use crate::entropy;
use crate::express::recent::{RecentExecution, end_of};
use crate::express::{Express, SyncExecution};
use crate::observer::Happened;
use crate::read::ExecutionDescription;
use crate::shard::step::{EVALUATION_UNITS, TRANSITIONS_MAX, advance_or_panic};
use crate::tally::Tally;
use crate::task::token::Mint;

#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) execution: Uid,
    pub(crate) arn: ExecutionArn,
    pub(crate) machine: StateMachineArn,
    pub(crate) origin: Origin,
    /// What answers its tasks, if it is a test case.
    mocks: Option<Arc<Mocks>>,
    /// None while an evaluator has it.
    pub(crate) value: Option<Box<Execution>>,
    /// Whether a record of its start waits in the store for the mark of its end.
    pub(crate) is_recorded: bool,
    kept: Kept,
    /// Bytes of its definition and of all that it recorded.
    memory_bytes: usize,
}

/// Whether what it recorded can be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kept {
    NothingYet,
    All,
    /// It had to make room.
    NoMore,
}

/// What one command did, beyond what was told already.
#[derive(Debug)]
pub(crate) struct Turn {
    pub(crate) begun: Vec<Effect>,
    pub(crate) ended: Vec<Effect>,
    pub(crate) reply: Reply,
    pub(crate) pause: Pause,
}

/// How much a run may do before others have their turn.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Share {
    Turn,
    /// Nothing but to take the command.
    Nothing,
}

impl Run {
    /// A run to which nothing has happened yet.
    pub(crate) fn new(execution: Uid, revision: &Revision, origin: Origin, mocks: Option<Arc<Mocks>>) -> Run {
        let arn = revision.express_arn(&origin.name, execution);
        let identity = Arc::new(revision.identity_as(&arn));
        Run {
            execution,
            machine: revision.arn.clone(),
            value: Some(Box::new(Execution::new(identity))),
            arn,
            origin,
            mocks,
            is_recorded: false,
            kept: Kept::NothingYet,
            memory_bytes: revision.definition_text.len(),
        }
    }

    /// The input in the first records of the same execution.
    pub(crate) fn input_of(&self, first: Batch) -> Option<Document> {
        let mut before = Execution::new(Arc::clone(self.identity()?));
        before.replay(first);
        Some(before.input().clone())
    }

    pub(crate) fn start(&self, input: Document) -> Command {
        Command::Start { origin: self.origin.clone(), input, mocks: self.mocks.clone() }
    }

    /// Gives it a command and tells what it did; none if that panicked.
    pub(crate) fn advance(&mut self, command: Command, express: &Express) -> Option<Turn> {
        let advance = self.take(command, Share::Turn, express)?;
        Some(self.told(advance, express))
    }

    /// Gives it a command without telling anybody what it did. None if that panicked: then the run must not be
    /// used any more.
    pub(crate) fn take(&mut self, command: Command, share: Share, express: &Express) -> Option<Advance> {
        let execution = self.execution;
        let moment = Moment {
            now_ms: express.clock.now_ms(),
            seed: entropy::draw(),
            evaluation_units: EVALUATION_UNITS,
            transitions_max: if share == Share::Turn { TRANSITIONS_MAX } else { 0 },
            limits: express.limits,
            tokens: &Mint { key: &express.tokens, execution },
            services: &*express.services,
        };
        advance_or_panic(self.value.as_mut()?, command, &moment)
    }

    /// Tells what an advance recorded.
    pub(crate) fn told(&mut self, advance: Advance, express: &Express) -> Turn {
        let Advance { batch, begun, ended, times, reply, pause } = advance;
        if let Some(batch) = batch {
            self.keep(batch.encode().into(), express);
            self.show(batch, times, express);
        }
        Turn { begun, ended, reply, pause }
    }

    fn keep(&mut self, records: Bytes, express: &Express) {
        let Some(value) = &self.value else { return };
        self.memory_bytes += records.len();
        self.kept = match self.kept {
            Kept::NothingYet => {
                let first = RecentExecution::new(self.execution, &self.origin, value, records);
                express.recent.begin(first);
                Kept::All
            }
            Kept::All if express.recent.extend(self.execution, end_of(value), records) => Kept::All,
            Kept::All | Kept::NoMore => Kept::NoMore,
        };
    }

    /// The first records, for whoever keeps them when they are durable.
    pub(crate) fn kept_later(&mut self, records: Bytes) -> Option<RecentExecution> {
        self.memory_bytes += records.len();
        self.kept = Kept::All;
        Some(RecentExecution::new(self.execution, &self.origin, self.value.as_ref()?, records))
    }

    /// Tells the observer of the batch that was recorded last.
    pub(crate) fn show(&self, batch: Batch, times: Vec<AttemptTime>, express: &Express) {
        if let (Some(observer), Some(value)) = (&express.world.observer, &self.value) {
            observer.counted(&Tally::of_batch(value, self.origin.through.as_ref(), &batch, times));
            if observer.listens_to(value.identity()) {
                let recorded = Recorded::last_of(value, batch);
                observer.committed(Box::new(Happened::of(value, &self.origin, &express.limits, recorded)));
            }
        }
    }

    pub(crate) fn identity(&self) -> Option<&Arc<Identity>> {
        self.value.as_ref().map(|value| value.identity())
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.value.as_ref().is_some_and(|value| value.ended().is_some())
    }

    pub(crate) fn deadline_ms(&self) -> Option<i64> {
        self.value.as_ref()?.deadline_ms()
    }

    /// What it is now; none while an evaluator has it.
    pub(crate) fn described(&self) -> Option<ExecutionDescription> {
        let (arn, machine) = (self.arn.clone(), self.machine.clone());
        Some(ExecutionDescription::with_arns(arn, machine, self.value.as_ref()?, &self.origin))
    }

    pub(crate) fn ran(&self) -> Option<SyncExecution> {
        Some(SyncExecution { execution: self.described()?, memory_bytes: self.memory_bytes as u64 })
    }
}
