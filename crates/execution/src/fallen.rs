//! What failed blocks, and an execution that did not succeed, had not finished: the frames from which a redrive
//! goes on.
//!
//! Here: keeping frames when the state around them fails or the execution ends, forgetting them when that state is
//! tried again or left, giving them back. Not here: who may redrive an execution (`redrive`).
//! INVARIANT: a kept frame says what it does when it goes on. Attempts, waits and the counters of retriers are not
//! kept: they begin anew.

use asl::definition::MachineType;
use asl::error_name::{DATA_LIMIT_EXCEEDED, Failure};
use asl::state::Kind;
use asl::{StateId, StateMachine};
use planted::Bug;
use serde::{Deserialize, Serialize};

use crate::execution::{End, Execution, Status};
use crate::frame::{Doing, Frame, FrameId};
use crate::payload::PayloadId;
use crate::record::EventId;

#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Fallen {
    /// In id order.
    frames: Vec<Frame>,
    /// What owners of kept frames did when their states failed. They are open, and may be tried again or caught.
    work: Vec<(FrameId, Doing)>,
}

impl Fallen {
    pub(crate) fn is_empty(&self) -> bool {
        self.frames.is_empty() && self.work.is_empty()
    }

    /// The state of `owner` has failed while it did this, and the frames below it are over.
    pub(crate) fn keep_block(
        &mut self,
        machine: &StateMachine,
        owner: FrameId,
        state: StateId,
        doing: Doing,
        below: Vec<Frame>,
    ) {
        if is_work_of_block(machine, state, &doing) {
            self.work.push((owner, doing));
        }
        self.keep(machine, below);
    }

    /// These frames are over, in id order.
    pub(crate) fn keep(&mut self, machine: &StateMachine, frames: Vec<Frame>) {
        for mut frame in frames {
            let failed = self.work.iter().position(|(owner, _)| *owner == frame.id);
            let doing = failed.map_or(frame.doing, |at| self.work.remove(at).1);
            frame.doing = on_redrive(machine, frame.state, frame.input, doing);
            frame.retries.clear();
            self.frames.push(frame);
        }
        self.frames.sort_unstable_by_key(|frame| frame.id);
    }

    /// The state of `owner` begins anew, or is left: what it had not finished is wanted no more.
    pub(crate) fn forget_below(&mut self, owner: FrameId) {
        if self.is_empty() {
            return;
        }
        let mut forgotten = vec![owner];
        // A frame has a higher id than its owner, so one pass in id order sees owners first.
        self.frames.retain(|frame| {
            let below = frame.owner.is_some_and(|owner| forgotten.contains(&owner));
            if below {
                forgotten.push(frame.id);
            }
            !below
        });
        self.work.retain(|(owner, _)| !forgotten.contains(owner));
    }

    /// Everything that is kept, in id order.
    pub(crate) fn take(&mut self) -> Vec<Frame> {
        std::mem::take(self).frames
    }

    /// Every payload that is needed to go on.
    pub(crate) fn payloads(&self, mut named: impl FnMut(PayloadId)) {
        self.frames.iter().for_each(|frame| frame.payloads(&mut named));
        self.work.iter().for_each(|(_, doing)| doing.payloads(&mut named));
    }
}

impl Execution {
    /// The execution is over; what it had not finished is kept if it can be redriven.
    pub(crate) fn end(&mut self, status: Status, at_ms: i64, output: Option<PayloadId>, failure: &Failure) {
        self.end = Some(End { status, at_ms, output, failure: failure.clone() });
        let open = self.frames.close_all();
        match (status, self.identity.machine_type) {
            (Status::Failed | Status::TimedOut | Status::Aborted, MachineType::Standard) => {
                self.fallen.keep(&self.identity.machine, open);
            }
            (Status::Running | Status::Succeeded, _) | (_, MachineType::Express) => {
                self.fallen = Fallen::default();
            }
        }
    }

    /// What is below the frame is over. A state without room for what it makes is run as a whole when the
    /// execution is redriven, as on AWS.
    pub(crate) fn state_failed(&mut self, id: FrameId, after: EventId, failing: Doing, failure: &Failure) {
        let below = self.frames.take_below(id);
        let frame = self.frames.get_mut(id);
        frame.last = after;
        let doing = std::mem::replace(&mut frame.doing, failing);
        if failure.error.as_deref() == Some(DATA_LIMIT_EXCEEDED) {
            self.fallen.forget_below(id);
        } else {
            self.fallen.keep_block(&self.identity.machine, id, frame.state, doing, below);
        }
    }
}

/// What a frame does when its execution is redriven. What it had left it does not enter again; of a Parallel or a
/// Map what is done stays done; any other state that was not left does its work again.
fn on_redrive(machine: &StateMachine, state: StateId, input: PayloadId, doing: Doing) -> Doing {
    match doing {
        Doing::Beginning { .. } | Doing::Left { .. } => doing,
        doing if is_work_of_block(machine, state, &doing) => doing,
        _ => match machine.state(state).kind {
            // AWS enters it again.
            Kind::Fail(_) => Doing::Left { output: input, next: Some(state) },
            _ => Doing::Entered,
        },
    }
}

/// Whether a state does what is not done twice: branches, iterations, or the gathering of their results.
fn is_work_of_block(machine: &StateMachine, state: StateId, doing: &Doing) -> bool {
    match doing {
        _ if planted::is_on(Bug::RedriveRunsWhatIsDone) => false,
        Doing::Branches { .. } | Doing::Iterations(_) => true,
        Doing::Done { .. } => matches!(machine.state(state).kind, Kind::Parallel(_) | Kind::Map(_)),
        _ => false,
    }
}
