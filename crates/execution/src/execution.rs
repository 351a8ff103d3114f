//! The value: who an execution is, its frames and payloads, and what it waits for.

use std::collections::BTreeSet;
use std::sync::Arc;

use asl::Document;
use asl::definition::MachineType;
use asl::error_name::Failure;
use asl::limits::EXPRESS_SECONDS_MAX;
use asl::resource::{Pattern, Resource};
use planted::Bug;
use serde::{Deserialize, Serialize};

use crate::command::{Reply, TaskKey};
use crate::effect::{Effect, ServiceCall, TaskWork};
use crate::fallen::Fallen;
use crate::frame::{Attempt, Doing, Frame, FrameId, Frames, Stage};
use crate::history::Logging;
use crate::mocks::Mocked;
use crate::payload::{PayloadId, Payloads};
use crate::record::{Batch, DecodeError, EventId, versioned};
use crate::recorded::AttemptTime;
use crate::redrive::Redrives;

/// What an execution is pinned to for its whole life. Not stored with it: whoever loads an execution
/// finds it again by its `Origin`.
#[derive(Debug)]
pub struct Identity {
    pub arn: Arc<str>,
    pub name: Arc<str>,
    pub state_machine_arn: Arc<str>,
    pub state_machine_name: Arc<str>,
    pub role_arn: Arc<str>,
    pub region: Arc<str>,
    pub machine: Arc<asl::StateMachine>,
    pub logging: Arc<Logging>,
    pub machine_type: MachineType,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Status {
    Running,
    Succeeded,
    Failed,
    TimedOut,
    Aborted,
}

impl Status {
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Running => "RUNNING",
            Status::Succeeded => "SUCCEEDED",
            Status::Failed => "FAILED",
            Status::TimedOut => "TIMED_OUT",
            Status::Aborted => "ABORTED",
        }
    }
}

/// How an execution ended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct End {
    pub status: Status,
    pub at_ms: i64,
    pub(crate) output: Option<PayloadId>,
    pub failure: Failure,
}

/// One execution in memory. Changed only by applying records (`record.rs`); heartbeat clocks alone are
/// volatile.
#[derive(Debug)]
pub struct Execution {
    pub(crate) identity: Arc<Identity>,
    pub(crate) frames: Frames,
    pub(crate) payloads: Payloads,
    pub(crate) last_event: EventId,
    /// The frame of the last event: the next turn goes to the frame after it.
    pub(crate) turn: FrameId,
    pub(crate) started_ms: i64,
    /// The moment of the last record: no later one is earlier, whatever the clock says.
    pub(crate) latest_ms: i64,
    pub(crate) input: PayloadId,
    pub(crate) timeout_at_ms: Option<i64>,
    pub(crate) end: Option<End>,
    /// The test case that it was started as.
    pub(crate) mocked: Option<Mocked>,
    /// What a redrive would go on with.
    pub(crate) fallen: Fallen,
    pub(crate) redrives: Redrives,
}

/// What one command did: records to make durable, and what may leave once they are.
#[derive(Debug)]
pub struct Advance {
    /// None when the command changed nothing.
    pub batch: Option<Batch>,
    pub begun: Vec<Effect>,
    pub ended: Vec<Effect>,
    /// How long the attempts took that the batch goes on with, in the order of its records.
    pub times: Vec<AttemptTime>,
    pub reply: Reply,
    pub pause: Pause,
}

/// Why a step ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pause {
    /// The execution waits for something outside, or has ended.
    Waiting,
    /// The bound on one step was reached: give it `Command::Continue` when others had their turn.
    Yielded,
    /// An expression needs more work than the step may do: give it `Command::Continue` with more.
    OverBudget,
}

/// Versions of the checkpoint encoding, its first byte. Redrives are known to the second, which is written where
/// there is something to say of them.
const CHECKPOINT_ENCODING: u8 = 1;
const CHECKPOINT_ENCODING_WITH_REDRIVES: u8 = 2;

/// A checkpoint as it is stored: everything but the identity. Behind it stand, where there are any, the roles of
/// attempts and the test case of the execution; in the second version these always, then what redrives need.
#[derive(Serialize, Deserialize)]
struct Checkpoint {
    frames: Frames,
    payloads: Vec<(PayloadId, Box<str>)>,
    next_payload: PayloadId,
    last_event: EventId,
    turn: FrameId,
    started_ms: i64,
    latest_ms: i64,
    input: PayloadId,
    timeout_at_ms: Option<i64>,
    end: Option<End>,
}

impl Identity {
    /// How long the execution may take as a whole.
    pub(crate) fn timeout_seconds(&self) -> Option<u64> {
        match (self.machine_type, self.machine.timeout_seconds) {
            (MachineType::Standard, seconds) => seconds,
            (MachineType::Express, seconds) => {
                Some(seconds.map_or(EXPRESS_SECONDS_MAX, |seconds| seconds.min(EXPRESS_SECONDS_MAX)))
            }
        }
    }
}

impl Execution {
    /// An execution to which nothing has happened yet.
    pub fn new(identity: Arc<Identity>) -> Self {
        Execution {
            identity,
            frames: Frames::default(),
            payloads: Payloads::default(),
            last_event: 0,
            turn: FrameId::ROOT,
            started_ms: 0,
            latest_ms: 0,
            input: PayloadId(0),
            timeout_at_ms: None,
            end: None,
            mocked: None,
            fallen: Fallen::default(),
            redrives: Redrives::default(),
        }
    }

    pub fn identity(&self) -> &Arc<Identity> {
        &self.identity
    }

    pub fn status(&self) -> Status {
        self.end.as_ref().map_or(Status::Running, |end| end.status)
    }

    pub fn ended(&self) -> Option<&End> {
        self.end.as_ref()
    }

    /// What a successful execution gave.
    pub fn output(&self) -> Option<&Document> {
        self.end.as_ref()?.output.map(|output| self.payloads.get(output))
    }

    pub fn started_ms(&self) -> i64 {
        self.started_ms
    }

    pub fn last_event(&self) -> EventId {
        self.last_event
    }

    pub fn input(&self) -> &Document {
        self.payloads.get(self.input)
    }

    /// Rebuilds memory from the past. Evaluates nothing, asks no clock.
    pub fn replay(&mut self, batch: Batch) {
        self.sweep();
        for payload in batch.payloads {
            self.payloads.add(payload);
        }
        for record in &batch.records {
            self.apply(record, batch.at_ms);
        }
    }

    /// Everything the world still owes a hand to: tasks that nobody is known to have taken.
    pub fn outstanding(&self) -> impl Iterator<Item = Effect> + '_ {
        self.frames.iter().filter_map(|frame| self.effect_of(frame))
    }

    /// The earliest moment at which the execution must be given `Command::TimerDue`.
    pub fn deadline_ms(&self) -> Option<i64> {
        if self.end.is_some() {
            return None;
        }
        let timeout_at_ms = self.timeout_at_ms.filter(|_| !planted::is_on(Bug::ExecutionNeverTimesOut));
        self.frames.iter().filter_map(Frame::deadline_ms).chain(timeout_at_ms).min()
    }

    /// Whether some frame can go on without anything from outside.
    pub fn can_continue(&self) -> bool {
        self.end.is_none() && self.frames.iter().any(Frame::is_ready)
    }

    /// Whether a worker or a service is known to be at work for it.
    pub fn has_task_in_hand(&self) -> bool {
        self.frames.iter().any(|frame| matches!(frame.doing, Doing::Task(_)))
    }

    /// After a restart: workers may have sent heartbeats that nobody could hear, so the heartbeat clocks
    /// start again.
    pub fn restart_heartbeats(&mut self, now_ms: i64) {
        for frame in self.frames.iter_mut() {
            if let Doing::Task(attempt) = &mut frame.doing
                && attempt.heartbeat_at_ms.is_some()
            {
                attempt.restart_heartbeat(now_ms);
            }
        }
    }

    /// What happened so far as one value, from which `restore` goes on.
    pub fn checkpoint(&self) -> Vec<u8> {
        let named = self.named_payloads();
        let payloads = self
            .payloads
            .iter()
            .filter(|(id, _)| named.contains(id))
            .map(|(id, document)| (id, Box::from(document.text())))
            .collect();
        let checkpoint = Checkpoint {
            frames: self.frames.clone(),
            payloads,
            next_payload: self.payloads.next_id(),
            last_event: self.last_event,
            turn: self.turn,
            started_ms: self.started_ms,
            latest_ms: self.latest_ms,
            input: self.input,
            timeout_at_ms: self.timeout_at_ms,
            end: self.end.clone(),
        };
        let roles = self.frames.roles();
        if !self.fallen.is_empty() || self.redrives.last().is_some() {
            let behind = (checkpoint, roles, &self.mocked, &self.fallen, &self.redrives);
            return written(&behind, vec![CHECKPOINT_ENCODING_WITH_REDRIVES]);
        }
        let bytes = written(&checkpoint, vec![CHECKPOINT_ENCODING]);
        match &self.mocked {
            None if roles.is_empty() => bytes,
            None => written(&roles, bytes),
            Some(mocked) => written(&(roles, mocked), bytes),
        }
    }

    pub fn restore(identity: Arc<Identity>, checkpoint: &[u8]) -> Result<Self, DecodeError> {
        let (mut stored, roles, mocked, fallen, redrives): (Checkpoint, _, _, _, _) =
            match versioned(checkpoint, CHECKPOINT_ENCODING_WITH_REDRIVES)? {
                (CHECKPOINT_ENCODING_WITH_REDRIVES, body) => postcard::from_bytes(body)?,
                (_, body) => {
                    let (stored, rest) = postcard::take_from_bytes(body)?;
                    // Older bytes end where roles, or the test case, would begin.
                    let (roles, rest) =
                        if rest.is_empty() { (Vec::new(), rest) } else { postcard::take_from_bytes(rest)? };
                    let mocked = if rest.is_empty() { None } else { Some(postcard::from_bytes(rest)?) };
                    (stored, roles, mocked, Fallen::default(), Redrives::default())
                }
            };
        stored.frames.set_roles(roles);
        let live = stored.payloads.into_iter().map(|(id, text)| (id, Document::trusted(text)));
        Ok(Execution {
            identity,
            frames: stored.frames,
            payloads: Payloads::restore(live, stored.next_payload),
            last_event: stored.last_event,
            turn: stored.turn,
            started_ms: stored.started_ms,
            latest_ms: stored.latest_ms,
            input: stored.input,
            timeout_at_ms: stored.timeout_at_ms,
            end: stored.end,
            mocked,
            fallen,
            redrives,
        })
    }

    pub(crate) fn sweep(&mut self) {
        // Taken apart so that the frames can be read while the payloads change.
        let (frames, fallen, lasting) = (&self.frames, &self.fallen, self.lasting_payloads());
        self.payloads.sweep(|| named_by(frames, fallen, lasting));
    }

    fn named_payloads(&self) -> BTreeSet<PayloadId> {
        named_by(&self.frames, &self.fallen, self.lasting_payloads())
    }

    /// Payloads that no frame needs to name to be kept: the input and the output.
    fn lasting_payloads(&self) -> [PayloadId; 2] {
        [self.input, self.end.as_ref().and_then(|end| end.output).unwrap_or(self.input)]
    }

    /// The frame whose attempt this is, if it is still the one that is waited for.
    pub(crate) fn frame_of(&self, task: TaskKey) -> Option<FrameId> {
        self.attempt(task.scheduled)
            .filter(|(_, attempt)| attempt.nonce == task.nonce)
            .map(|(frame, _)| frame)
            .or_else(|| self.any_attempt().filter(|_| planted::is_on(Bug::AnyTokenFitsAnyAttempt)))
    }

    /// The first attempt there is.
    fn any_attempt(&self) -> Option<FrameId> {
        self.frames.iter().find(|frame| matches!(frame.doing, Doing::Task(_))).map(|frame| frame.id)
    }

    pub(crate) fn attempt(&self, scheduled: EventId) -> Option<(FrameId, &Attempt)> {
        self.frames.iter().find_map(|frame| match &frame.doing {
            Doing::Task(attempt) if attempt.scheduled == scheduled => Some((frame.id, attempt)),
            _ => None,
        })
    }

    /// What the test case answers to the next invocation of a state; none when that calls its service.
    pub(crate) fn mocked_answer(&self, state: asl::StateId) -> Option<Result<Document, Failure>> {
        self.mocked.as_ref()?.next_answer(&self.identity.machine.state(state).name)
    }

    pub(crate) fn effect_of(&self, frame: &Frame) -> Option<Effect> {
        let Doing::Task(attempt) = &frame.doing else { return None };
        let resource = &self.task(frame.state).resource;
        let call = || self.call_of(frame, attempt);
        let work = match (resource, attempt.stage) {
            (Resource::Activity(arn), Stage::Scheduled) => TaskWork::OfferActivity(Arc::clone(arn)),
            (Resource::Activity(_), Stage::Started | Stage::Submitted { .. } | Stage::InDoubt) => {
                return None;
            }
            (_, Stage::Scheduled) => TaskWork::BeginCall(resource.clone()),
            (_, Stage::Started) => TaskWork::Call(call()),
            (Resource::Service { pattern: Pattern::Sync { .. }, .. }, Stage::Submitted { output }) => {
                let submitted = self.payloads.get(output).clone();
                TaskWork::Follow { call: call(), submitted }
            }
            // The end comes under the token.
            (_, Stage::Submitted { .. } | Stage::InDoubt) => return None,
        };
        Some(Effect { task: TaskKey { scheduled: attempt.scheduled, nonce: attempt.nonce }, work })
    }

    pub(crate) fn call_of(&self, frame: &Frame, attempt: &Attempt) -> ServiceCall {
        ServiceCall {
            resource: self.task(frame.state).resource.clone(),
            input: self.payloads.get(attempt.input).clone(),
            role_arn: attempt.role_arn.clone(),
            has_time_limit: attempt.timeout_at_ms.is_some() || attempt.heartbeat_seconds.is_some(),
        }
    }
}

fn named_by(frames: &Frames, fallen: &Fallen, lasting: [PayloadId; 2]) -> BTreeSet<PayloadId> {
    let mut named = BTreeSet::from(lasting);
    let mut name = |id| {
        named.insert(id);
    };
    frames.iter().for_each(|frame| frame.payloads(&mut name));
    fallen.payloads(name);
    named
}

/// A part of a checkpoint behind what is there already.
fn written(part: &impl Serialize, bytes: Vec<u8>) -> Vec<u8> {
    postcard::to_extend(part, bytes).expect("what is in memory can be written to memory")
}

/// Two executions are the same when the records that follow would mean the same for both. Heartbeat
/// clocks are volatile and do not count.
impl PartialEq for Execution {
    fn eq(&self, other: &Self) -> bool {
        self.without_heartbeats().checkpoint() == other.without_heartbeats().checkpoint()
    }
}

impl Execution {
    fn without_heartbeats(&self) -> Execution {
        let mut frames = self.frames.clone();
        for frame in frames.iter_mut() {
            if let Doing::Task(attempt) = &mut frame.doing {
                attempt.heartbeat_at_ms = None;
            }
        }
        Execution {
            identity: Arc::clone(&self.identity),
            frames,
            payloads: self.payloads.clone(),
            end: self.end.clone(),
            mocked: self.mocked.clone(),
            fallen: self.fallen.clone(),
            redrives: self.redrives.clone(),
            ..*self
        }
    }
}
