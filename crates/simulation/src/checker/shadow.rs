//! A second memory of every execution, rebuilt from the durable records alone, beside the engine's own:
//! what the engine says of an execution in a commit must be what replay says (replay equals memory).

use std::collections::BTreeMap;
use std::sync::Arc;

use asl::definition::MachineType;
use execution::{Batch, Execution, Identity, Origin};
use store::{Awaits, Commit, Uid};

use crate::checker::Violation;
use crate::workload::Machine;

#[derive(Default)]
pub struct Shadows {
    /// By incarnation and revision.
    machines: BTreeMap<(u128, u32), Machine>,
    executions: BTreeMap<Uid, Shadow>,
}

struct Shadow {
    execution: Execution,
    /// Heartbeat clocks are volatile: replay does not know where they stand.
    has_heartbeats: bool,
}

impl Shadows {
    pub fn know(&mut self, uid: u128, revision: u32, machine: Machine) {
        self.machines.insert((uid, revision), machine);
    }

    /// After a crash: what was durable is remembered, and nothing else.
    pub fn rebuild(&mut self, stored: Vec<(Uid, Vec<Batch>)>) {
        self.executions.clear();
        for (uid, batches) in stored {
            for batch in batches {
                self.replay(uid, batch);
            }
        }
    }

    fn replay(&mut self, uid: Uid, batch: Batch) {
        if let Some(origin) = batch.origin()
            && let Some(machine) = self.machines.get(&(origin.machine, origin.revision))
        {
            let execution = Execution::new(identity(machine, &origin));
            let has_heartbeats = machine.outline.has_heartbeats;
            self.executions.insert(uid, Shadow { execution, has_heartbeats });
        }
        if let Some(shadow) = self.executions.get_mut(&uid) {
            shadow.execution.replay(batch);
        }
    }

    /// A commit has become durable.
    pub fn follow(&mut self, commit: &Commit) -> Result<(), Violation> {
        let unreadable = |error| Violation::new("replay", format!("records cannot be read back: {error}"));
        let batch = Batch::decode(&commit.records).map_err(unreadable)?;
        self.replay(commit.execution, batch);
        let Some(shadow) = self.executions.get(&commit.execution) else {
            return Err(Violation::new(
                "replay",
                "the first records of an execution do not say where it is from",
            ));
        };
        check_awaits(&shadow.execution, commit, shadow.has_heartbeats)?;
        check_checkpoint(&shadow.execution, commit, shadow.has_heartbeats)
    }
}

fn check_awaits(shadow: &Execution, commit: &Commit, has_heartbeats: bool) -> Result<(), Violation> {
    let has_ended = shadow.ended().map(|end| end.at_ms);
    let replayed = match has_ended {
        Some(_) => Awaits::default(),
        None => Awaits {
            deadline_ms: shadow.deadline_ms(),
            owes: shadow.can_continue() || shadow.outstanding().next().is_some(),
        },
    };
    let said = commit.awaits;
    let same_deadline = said.deadline_ms == replayed.deadline_ms || has_heartbeats;
    let same_end = commit.ended.map(|ended| ended.stopped_ms) == has_ended;
    if same_deadline && said.owes == replayed.owes && same_end {
        return Ok(());
    }
    Err(Violation::new(
        "replay",
        format!("commit {} says {said:?}, {:?}; replay says {replayed:?}", commit.sequence, commit.ended),
    ))
}

fn check_checkpoint(shadow: &Execution, commit: &Commit, has_heartbeats: bool) -> Result<(), Violation> {
    let Some(checkpoint) = &commit.checkpoint else { return Ok(()) };
    let restored = body_of(checkpoint)
        .and_then(|body| Execution::restore(Arc::clone(shadow.identity()), body).ok())
        .ok_or_else(|| Violation::new("replay", "a checkpoint cannot be read back"))?;
    if has_heartbeats || restored == *shadow {
        return Ok(());
    }
    Err(Violation::new(
        "replay",
        format!("the checkpoint of commit {} is not what replay gives", commit.sequence),
    ))
}

/// The execution in a stored checkpoint: behind the length of the origin, and the origin.
fn body_of(checkpoint: &[u8]) -> Option<&[u8]> {
    let (length, rest) = checkpoint.split_first_chunk::<4>()?;
    rest.get(u32::from_be_bytes(*length) as usize..)
}

/// Replay looks at the definition only; the rest is there to be whole.
fn identity(machine: &Machine, origin: &Origin) -> Arc<Identity> {
    let arn = machine.arn.to_string();
    Arc::new(Identity {
        arn: format!("{arn}:{}", origin.name).into(),
        name: Arc::clone(&origin.name),
        state_machine_arn: arn.into(),
        state_machine_name: Arc::clone(&machine.arn.name),
        role_arn: Arc::from(""),
        region: Arc::clone(&machine.arn.owner.region),
        machine: Arc::clone(&machine.definition),
        logging: Arc::default(),
        machine_type: MachineType::Standard,
    })
}
