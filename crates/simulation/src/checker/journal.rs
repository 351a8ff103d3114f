//! What clients were told, and whether what is durable explains it: at the moment they are told (I8), and
//! after every recovery (I1, I2, I7, I10, I19).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use execution::{HistoryEvent, NotRedrivable, Status, Through};
use store::Uid;

use crate::checker::Violation;
use crate::checker::rest::check_rest;
use crate::checker::walk::{Outcome, Walked};
use crate::durable::Durable;

/// An execution as its callers call it: number of the machine, and name.
pub type Name = (usize, Arc<str>);

/// An attempt as workers know it.
pub type AttemptId = (Uid, u64);

type Checked = Result<(), Violation>;

#[derive(Default)]
pub struct Journal {
    starts: BTreeMap<Name, Started>,
    /// Through which revisions, and which versions, somebody asked for a start under a name.
    starts_asked: BTreeMap<Name, Vec<(u32, Option<Through>)>>,
    stops: BTreeMap<Name, i64>,
    /// The number of the event that ended an execution whose stop was acknowledged: what is scheduled later is of a
    /// redrive.
    stopped: BTreeMap<Uid, u64>,
    /// By execution and token, the moment.
    redrives: BTreeMap<(Name, Arc<str>), i64>,
    redrives_asked: BTreeSet<Name>,
    stops_asked: BTreeSet<Name>,
    completions: BTreeMap<AttemptId, Outcome>,
    delivered: BTreeSet<AttemptId>,
    /// Attempts at rest whose children are at rest too.
    with_children: BTreeSet<AttemptId>,
    histories: BTreeMap<Name, Vec<String>>,
    pub acknowledged: u64,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Started {
    started_ms: i64,
    input: String,
}

impl Journal {
    pub fn is_started(&self, name: &Name) -> bool {
        self.starts.contains_key(name)
    }

    pub fn read_names(&self) -> Vec<Name> {
        self.histories.keys().cloned().collect()
    }

    pub fn start_is_asked(&mut self, name: Name, revision: u32, through: Option<Through>) {
        self.starts_asked.entry(name).or_default().push((revision, through));
    }

    /// Whether a stop was acknowledged that ended this attempt.
    pub fn has_stopped(&self, attempt: AttemptId) -> bool {
        self.stopped.get(&attempt.0).is_some_and(|ended| attempt.1 < *ended)
    }

    /// At rest this attempt waits for a child that goes on for ever.
    pub fn waits_for_child(&mut self, attempt: AttemptId) {
        self.with_children.insert(attempt);
    }

    pub fn stop_is_asked(&mut self, name: Name) {
        self.stops_asked.insert(name);
    }

    pub fn redrive_is_asked(&mut self, name: Name) {
        self.redrives_asked.insert(name);
    }

    pub fn redrive_is_acknowledged(
        &mut self,
        durable: &Durable<'_>,
        name: Name,
        token: Arc<str>,
        redriven_ms: i64,
    ) -> Checked {
        self.acknowledged += 1;
        let walked = expect_durable(durable, &name, "a redrive was acknowledged")?;
        check_redrive(&walked, &token, redriven_ms, &name, "I8")?;
        self.redrives.insert((name, token), redriven_ms);
        Ok(())
    }

    /// An execution that succeeded does so for ever; why others are refused may have passed since.
    pub fn redrive_is_refused(
        &mut self,
        durable: &Durable<'_>,
        name: &Name,
        reason: NotRedrivable,
    ) -> Checked {
        self.acknowledged += 1;
        let walked = expect_durable(durable, name, "a redrive was refused")?;
        let has_succeeded = matches!(walked.end, Some((Status::Succeeded, _)));
        if has_succeeded == (reason == NotRedrivable::Succeeded) || reason == NotRedrivable::Running {
            return Ok(());
        }
        Err(Violation::new("I28", format!("{name:?} is not redriven for {reason:?}, it is {:?}", walked.end)))
    }

    pub fn start_is_acknowledged(
        &mut self,
        durable: &Durable<'_>,
        name: Name,
        input: String,
        started_ms: i64,
    ) -> Checked {
        self.acknowledged += 1;
        let walked = expect_durable(durable, &name, "a start was acknowledged")?;
        let started = Started { started_ms, input };
        check_start(&walked, &started, &name, "I8")?;
        match self.starts.insert(name.clone(), started.clone()) {
            Some(before) if before != started => {
                Err(Violation::new("I7", format!("{name:?} was started twice: {before:?} and {started:?}")))
            }
            _ => Ok(()),
        }
    }

    pub fn start_is_refused(&mut self, durable: &Durable<'_>, name: &Name, input: &str) -> Checked {
        self.acknowledged += 1;
        let walked = expect_durable(durable, name, "a start was refused because of its name")?;
        // One that was redriven since had ended then.
        if walked.input != input || walked.end.is_some() || !walked.redrives.is_empty() {
            return Ok(());
        }
        Err(Violation::new("I7", format!("{name:?} runs on this very input, and the start was refused")))
    }

    pub fn stop_is_acknowledged(&mut self, durable: &Durable<'_>, name: Name, stopped_ms: i64) -> Checked {
        self.acknowledged += 1;
        let walked = expect_durable(durable, &name, "a stop was acknowledged")?;
        check_stop(&walked, stopped_ms, &name, "I8")?;
        let ended = walked.ends.iter().find(|(_, at_ms)| *at_ms == stopped_ms);
        let ended = ended.map_or(0, |(event, _)| *event);
        self.stopped.extend(durable.find(name.0, &name.1)?.map(|execution| (execution, ended)));
        self.stops.insert(name, stopped_ms);
        Ok(())
    }

    pub fn task_is_handed_over(&mut self, durable: &Durable<'_>, attempt: AttemptId, nonce: u64) -> Checked {
        let (execution, scheduled) = attempt;
        let walked = durable.walk(execution)?.ok_or_else(|| {
            Violation::new("I8", format!("a worker got a task of {execution:?}, of which nothing is durable"))
        })?;
        let stored = walked.attempts.get(&scheduled);
        if !stored.is_some_and(|stored| stored.nonce == nonce && stored.started_ms.is_some()) {
            return Err(Violation::new("I8", format!("a worker got a task, durable is {stored:?}")));
        }
        if !self.delivered.insert(attempt) {
            return Err(Violation::new("I19", format!("two workers got task {scheduled} of {execution:?}")));
        }
        Ok(())
    }

    pub fn completion_is_acknowledged(
        &mut self,
        durable: &Durable<'_>,
        attempt: AttemptId,
        outcome: Outcome,
    ) -> Checked {
        self.acknowledged += 1;
        if self.completions.insert(attempt, outcome).is_some() {
            return Err(Violation::new("I3", format!("two completions of {attempt:?} were acknowledged")));
        }
        check_completion(durable, attempt, outcome, "I8")
    }

    /// A refusal says that the attempt is over: that must be durable too.
    pub fn completion_is_refused(&mut self, durable: &Durable<'_>, attempt: AttemptId) -> Checked {
        let (execution, scheduled) = attempt;
        let walked = durable.walk(execution)?;
        let is_open = |walked: &Walked<'_>| {
            walked.attempts.get(&scheduled).is_some_and(|attempt| attempt.outcome.is_none())
        };
        if walked.as_ref().is_some_and(is_open) {
            return Err(Violation::new(
                "I8",
                format!("an answer to {attempt:?} was refused, and it is waited for"),
            ));
        }
        Ok(())
    }

    /// A history was read: what was read before is its beginning.
    pub fn history_is_read(&mut self, name: Name, events: &[HistoryEvent]) -> Checked {
        let mut last_ms = i64::MIN;
        for (event, id) in events.iter().zip(1..) {
            if event.id != id || event.previous_event_id >= id || event.timestamp_ms < last_ms {
                return Err(Violation::new("I2", format!("{name:?}: event {id} is out of line: {event:?}")));
            }
            last_ms = event.timestamp_ms;
        }
        let lines: Vec<String> = events.iter().map(|event| event.to_json(true).to_string()).collect();
        let before = self.histories.insert(name.clone(), lines.clone()).unwrap_or_default();
        let same = before.iter().zip(&lines).take_while(|(before, now)| before == now).count();
        if same < before.len() {
            let now = lines.get(same);
            return Err(Violation::new("I2", format!("{name:?}: was {}, is {now:?}", before[same])));
        }
        Ok(())
    }

    /// A described status and end are those of the records.
    pub fn is_described(
        &self,
        durable: &Durable<'_>,
        name: &Name,
        status: Status,
        stopped_ms: Option<i64>,
    ) -> Checked {
        let walked = expect_durable(durable, name, "it was described")?;
        let end = walked.end.map_or((Status::Running, None), |(status, at_ms)| (status, Some(at_ms)));
        if end == (status, stopped_ms) {
            return Ok(());
        }
        Err(Violation::new("I10", format!("{name:?} is described as {status:?}, its records say {end:?}")))
    }

    /// Everything that was acknowledged, against what is durable.
    pub fn check(&self, durable: &Durable<'_>) -> Checked {
        for (name, started) in &self.starts {
            let walked = self.recovered(durable, name, "start")?;
            check_start(&walked, started, name, "I1")?;
        }
        for (name, stopped_ms) in &self.stops {
            let walked = self.recovered(durable, name, "stop")?;
            check_stop(&walked, *stopped_ms, name, "I1")?;
        }
        for ((name, token), redriven_ms) in &self.redrives {
            let walked = self.recovered(durable, name, "redrive")?;
            check_redrive(&walked, token, *redriven_ms, name, "I1")?;
        }
        for (attempt, outcome) in &self.completions {
            check_completion(durable, *attempt, *outcome, "I1")?;
        }
        Ok(())
    }

    fn recovered<'a>(
        &self,
        durable: &'a Durable<'_>,
        name: &Name,
        what: &str,
    ) -> Result<Walked<'a>, Violation> {
        let gone =
            || Violation::new("I1", format!("the {what} of {name:?} was acknowledged, and it is gone"));
        let execution = durable.find(name.0, &name.1)?.ok_or_else(gone)?;
        durable.walk(execution)?.ok_or_else(gone)
    }

    /// Each execution by itself; `rests` says that nothing is left to be done by workers or clock.
    pub fn check_execution(
        &self,
        walked: &Walked<'_>,
        name: &Name,
        execution: Uid,
        is_deleted: bool,
        rests: bool,
    ) -> Checked {
        let is_stopped = walked.end.is_some_and(|(status, _)| status == Status::Aborted);
        if is_stopped && !is_deleted && !self.stops_asked.contains(name) {
            return Err(Violation::new("I11", format!("{name:?} was stopped, and nobody has asked for it")));
        }
        if !walked.redrives.is_empty() && !self.redrives_asked.contains(name) {
            return Err(Violation::new("I10", format!("{name:?} was redriven, and nobody has asked for it")));
        }
        let (revision, through) = (walked.origin.revision, &walked.origin.through);
        let asked = self.starts_asked.get(name).map(Vec::as_slice).unwrap_or_default();
        if !asked.iter().any(|asked| asked.0 == revision && asked.1 == *through) {
            let details =
                format!("{name:?} runs on revision {revision} through {through:?}, asked for was {asked:?}");
            return Err(Violation::new("I13", details));
        }
        if !rests {
            return Ok(());
        }
        let was_delivered = |scheduled| self.delivered.contains(&(execution, scheduled));
        let has_child = |scheduled| self.with_children.contains(&(execution, scheduled));
        check_rest(walked, was_delivered, has_child).map_err(|violation| {
            Violation::new(violation.promise, format!("{name:?}: {}", violation.details))
        })
    }
}

fn expect_durable<'a>(durable: &'a Durable<'_>, name: &Name, what: &str) -> Result<Walked<'a>, Violation> {
    let nothing = || Violation::new("I8", format!("{what}, and nothing of {name:?} is durable"));
    let execution = durable.find(name.0, &name.1)?.ok_or_else(nothing)?;
    durable.walk(execution)?.ok_or_else(nothing)
}

fn check_start(walked: &Walked<'_>, started: &Started, name: &Name, promise: &'static str) -> Checked {
    if walked.started_ms == started.started_ms && walked.input == started.input {
        return Ok(());
    }
    let details = format!(
        "the start of {name:?} was acknowledged as {started:?}, durable is {} with {}",
        walked.started_ms, walked.input
    );
    Err(Violation::new(promise, details))
}

fn check_stop(walked: &Walked<'_>, stopped_ms: i64, name: &Name, promise: &'static str) -> Checked {
    if walked.ends.iter().any(|(_, at_ms)| *at_ms == stopped_ms) {
        return Ok(());
    }
    let details =
        format!("the stop of {name:?} at {stopped_ms} was acknowledged, durable is {:?}", walked.end);
    Err(Violation::new(promise, details))
}

fn check_redrive(
    walked: &Walked<'_>,
    token: &Arc<str>,
    redriven_ms: i64,
    name: &Name,
    promise: &'static str,
) -> Checked {
    let is_it = |(of, at_ms): &(Option<Arc<str>>, i64)| of.as_ref() == Some(token) && *at_ms == redriven_ms;
    if walked.redrives.iter().any(is_it) {
        return Ok(());
    }
    let details = format!(
        "the redrive of {name:?} under {token} at {redriven_ms} was acknowledged, durable is {:?}",
        walked.redrives
    );
    Err(Violation::new(promise, details))
}

fn check_completion(
    durable: &Durable<'_>,
    attempt: AttemptId,
    outcome: Outcome,
    promise: &'static str,
) -> Checked {
    let walked = durable.walk(attempt.0)?;
    let stored = walked.as_ref().and_then(|walked| walked.attempts.get(&attempt.1));
    if stored.is_some_and(|stored| stored.outcome == Some(outcome)) {
        return Ok(());
    }
    let details =
        format!("a completion ({outcome:?}) of {attempt:?} was acknowledged, durable is {stored:?}");
    Err(Violation::new(promise, details))
}
