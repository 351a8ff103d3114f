//! What was asked of Express executions, and what became of it, over all lives of the engine (I20).
//!
//! An asynchronous start that was acknowledged runs at least once, to its end, from its beginning in each life
//! that begins before its end is marked, and in none after. A synchronous one runs once at most, and leaves
//! nothing behind. Here: starts, runs, marks. Not here: what a run may record (`walk`), who asks (`run/express`).
//! INVARIANT: what a life did is looked at before it is gone.

use std::collections::BTreeMap;

use asl::definition::MachineType;
use execution::{Batch, Status, Through};
use store::{Ended, Uid};

use crate::checker::Violation;
use crate::checker::walk::Walked;
use crate::durable::Durable;

type Checked = Result<(), Violation>;

/// Number of an engine's life.
pub type Life = u64;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Manner {
    Asynchronous,
    Synchronous,
}

/// One start that somebody asked for.
#[derive(Clone, Debug)]
pub struct Start {
    pub machine: usize,
    pub revision: u32,
    pub through: Option<Through>,
    pub input: String,
    pub manner: Manner,
    acknowledged_ms: Option<i64>,
    /// The last life in which it ran.
    ran_in: Option<Life>,
    has_ended: bool,
    is_marked: bool,
    is_stopped: bool,
}

#[derive(Default)]
pub struct Runs {
    starts: BTreeMap<Uid, Start>,
}

impl Start {
    pub fn new(
        machine: usize,
        revision: u32,
        through: Option<Through>,
        input: String,
        manner: Manner,
    ) -> Self {
        Start {
            machine,
            revision,
            through,
            input,
            manner,
            acknowledged_ms: None,
            ran_in: None,
            has_ended: false,
            is_marked: false,
            is_stopped: false,
        }
    }
}

impl Runs {
    pub fn is_asked(&mut self, execution: Uid, start: Start) {
        self.starts.insert(execution, start);
    }

    pub fn get(&self, execution: Uid) -> Option<&Start> {
        self.starts.get(&execution)
    }

    pub fn all(&self) -> Vec<Uid> {
        self.starts.keys().copied().collect()
    }

    pub fn is_stopped(&self, execution: Uid) -> bool {
        self.get(execution).is_some_and(|start| start.is_stopped)
    }

    fn known(&mut self, execution: Uid) -> Result<&mut Start, Violation> {
        let unknown = || Violation::new("I20", format!("nobody has asked for {execution:?}"));
        self.starts.get_mut(&execution).ok_or_else(unknown)
    }

    /// The start is answered: its record is durable.
    pub fn start_is_acknowledged(
        &mut self,
        durable: &Durable<'_>,
        execution: Uid,
        started_ms: i64,
    ) -> Checked {
        self.known(execution)?.acknowledged_ms = Some(started_ms);
        self.check_one(durable, execution, "I8")
    }

    /// The stop is answered: its end is marked, and is not forgotten any more.
    pub fn stop_is_acknowledged(
        &mut self,
        durable: &Durable<'_>,
        execution: Uid,
        stopped_ms: i64,
    ) -> Checked {
        let start = self.known(execution)?;
        start.is_stopped = true;
        if start.manner == Manner::Synchronous {
            return Ok(());
        }
        match durable.listing(execution)?.and_then(|listing| listing.ended) {
            Some(ended) if ended.stopped_ms == stopped_ms => Ok(()),
            ended => {
                let details = format!("the stop of {execution:?} was acknowledged, marked is {ended:?}");
                Err(Violation::new("I8", details))
            }
        }
    }

    /// Something goes to the store: of asynchronous executions their start, and the mark of an end that their
    /// records have come to.
    pub fn is_submitted(
        &mut self,
        execution: Uid,
        ended: Option<Ended>,
        end: Option<(Status, i64)>,
    ) -> Checked {
        if self.known(execution)?.manner == Manner::Synchronous {
            let details = format!("{execution:?} is synchronous, and is written down");
            return Err(Violation::new("I20", details));
        }
        let recorded = end.map(|(_, at_ms)| at_ms);
        match ended {
            Some(ended) if recorded != Some(ended.stopped_ms) => {
                let details = format!("{execution:?} is marked as {ended:?}, it has come to {recorded:?}");
                Err(Violation::new("I20", details))
            }
            _ => Ok(()),
        }
    }

    /// The caller of a synchronous execution has its answer.
    pub fn is_answered(&self, execution: Uid, status: Status, end: Option<(Status, i64)>) -> Checked {
        let recorded = end.map(|(status, _)| status);
        if recorded == Some(status) {
            return Ok(());
        }
        let details = format!("{execution:?} is answered with {status:?}, it has come to {recorded:?}");
        Err(Violation::new("I20", details))
    }

    /// A life is over, or comes to rest: it has run these, in this order. How many of them ran before.
    pub fn have_run(&mut self, life: Life, begun: &[(Uid, Walked<'_>)]) -> Result<u64, Violation> {
        let mut again = 0;
        let mut seen = std::collections::BTreeSet::new();
        for (execution, walked) in begun {
            let start = self.known(*execution)?;
            let wrong =
                |why: &str| Err(Violation::new("I20", format!("{execution:?} {why}: {:?}", walked.origin)));
            if !seen.insert(*execution) {
                return wrong("ran twice in one life");
            }
            let ran_before = start.ran_in.is_some_and(|before| before != life);
            if ran_before && start.manner == Manner::Synchronous {
                return wrong("is synchronous, and ran again");
            }
            if start.is_marked && start.ran_in != Some(life) {
                return wrong("ran again although its end was marked");
            }
            let origin = &walked.origin;
            if origin.revision != start.revision
                || origin.through != start.through
                || walked.input != start.input
            {
                return wrong("ran as something else than what was asked for");
            }
            again += u64::from(ran_before);
            start.ran_in = Some(life);
            start.has_ended |= walked.end.is_some();
        }
        Ok(again)
    }

    /// What a crash left: no start that was acknowledged is gone, and no mark.
    pub fn check(&self, durable: &Durable<'_>) -> Checked {
        self.starts.keys().try_for_each(|execution| self.check_one(durable, *execution, "I1"))
    }

    fn check_one(&self, durable: &Durable<'_>, execution: Uid, promise: &'static str) -> Checked {
        let Some(start) = self.get(execution) else { return Ok(()) };
        let Some(started_ms) = start.acknowledged_ms else { return Ok(()) };
        let listing = durable.listing(execution)?;
        let recorded = durable.batches(execution)?.first().and_then(input_of);
        let is_there = listing.as_ref().is_some_and(|listing| listing.started_ms == started_ms);
        if !is_there || recorded.as_deref() != Some(&*start.input) {
            let details = format!("the start of {execution:?} was acknowledged, durable is {listing:?}");
            return Err(Violation::new(promise, details));
        }
        if start.is_marked && listing.is_none_or(|listing| listing.ended.is_none()) {
            return Err(Violation::new(
                promise,
                format!("the mark of {execution:?} was durable, and is gone"),
            ));
        }
        Ok(())
    }

    /// A life begins: which ends are marked decides what it may run again.
    pub fn life_begins(&mut self, durable: &Durable<'_>) -> Checked {
        self.check(durable)?;
        for (execution, start) in &mut self.starts {
            let ended = durable.listing(*execution)?.and_then(|listing| listing.ended);
            start.is_marked = ended.is_some();
            if start.is_marked && !start.has_ended {
                let details = format!("the end of {execution:?} is marked, and it never came to it");
                return Err(Violation::new("I20", details));
            }
            if start.is_stopped && start.manner == Manner::Asynchronous && !start.is_marked {
                return Err(Violation::new("I11", format!("the stop of {execution:?} is forgotten")));
            }
        }
        Ok(())
    }

    /// Everything has come to rest: whatever is recorded has run to its end, and is marked.
    pub fn check_rest(&self, durable: &Durable<'_>, life: Life) -> Checked {
        for (execution, start) in &self.starts {
            let wrong = |why: &str| Err(Violation::new("I20", format!("{execution:?} {why}: {start:?}")));
            let listing = durable.listing(*execution)?;
            if listing.is_some() && start.manner == Manner::Synchronous {
                return wrong("is synchronous, and is stored");
            }
            if let Some(listing) = listing {
                if !start.has_ended {
                    return wrong("was recorded and never ran to its end");
                }
                if listing.ended.is_none() {
                    return wrong("has ended, and its end is not marked");
                }
            }
            if start.ran_in == Some(life) && !start.has_ended {
                return wrong("runs, and nobody works on it");
            }
        }
        Ok(())
    }
}

/// The input that the first records of an execution have.
fn input_of(first: &Batch) -> Option<String> {
    first.payloads.first().map(|input| input.text().to_owned())
}

/// How long an execution may take.
pub fn timeout_seconds(kind: MachineType, of_definition: Option<i64>) -> Option<i64> {
    match kind {
        MachineType::Standard => of_definition,
        MachineType::Express => Some(of_definition.map_or(FIVE_MINUTES, |given| given.min(FIVE_MINUTES))),
    }
}

const FIVE_MINUTES: i64 = 300;
