//! Runs one execution to its end. Time is virtual: when the execution waits, its deadline is now.

use std::sync::Arc;

use asl::Document;
use asl::definition::MachineType;
use asl::error_name::Failure;
use execution::{Batch, Command, Execution, Identity, Limits, Moment, Origin, Pause, TaskKey, TokenMint};
use serde_json::{Map, Value, json};

use crate::case::Recorded;

/// No recorded execution takes more steps: one that does walks in circles.
const STEPS_MAX: usize = 10_000;

struct NoTokens;

impl TokenMint for NoTokens {
    fn mint(&self, task: TaskKey) -> String {
        panic!("a case without services has no task, but event {} is one", task.scheduled)
    }
}

/// `status`, `output`, `error`, `cause`, `input` and `history` in the shape of the recordings. A step makes
/// at most `transitions_max` turns: how many must not matter.
pub(crate) fn run(recorded: &Recorded, transitions_max: u32) -> Result<Value, String> {
    let parsed = asl::parse(&recorded.definition, recorded.machine_type);
    let machine = parsed.machine.ok_or_else(|| {
        let findings: Vec<String> = parsed.diagnostics.iter().map(ToString::to_string).collect();
        format!("refused: {}", findings.join(", "))
    })?;
    let mut execution = Execution::new(Arc::new(identity(recorded, machine)));
    let input = Document::parse(&recorded.input).expect("a recorded input is JSON");
    let origin = Origin { machine: 1, revision: 1, name: "e".into(), trace_header: None, through: None };
    let mut batches: Vec<Batch> = Vec::new();
    let mut now_ms = 1_700_000_000_000;
    let mut command = Command::Start { origin, input, mocks: None };
    for step in 0..STEPS_MAX {
        let moment = Moment {
            now_ms,
            seed: step as u64,
            evaluation_units: u64::MAX,
            transitions_max,
            limits: Limits::default(),
            tokens: &NoTokens,
            services: &asl::services::NoneKnown,
        };
        let advance = execution.advance(command, &moment);
        let stored = advance.batch.map(|batch| Batch::decode(&batch.encode()));
        batches.extend(stored.transpose().map_err(|error| error.to_string())?);
        if execution.ended().is_some() {
            assert_replay_equals_memory(&execution, &batches);
            return Ok(shown(&execution, batches));
        }
        command = match (advance.pause, &recorded.stop, execution.deadline_ms()) {
            (Pause::Yielded | Pause::OverBudget, _, _) => Command::Continue,
            (Pause::Waiting, Some(request), _) => Command::Stop { failure: failure(request) },
            (Pause::Waiting, None, Some(deadline_ms)) => {
                now_ms = deadline_ms;
                Command::TimerDue
            }
            (Pause::Waiting, None, None) => return Err("waits for something outside".into()),
        };
    }
    Err(format!("has not ended after {STEPS_MAX} steps"))
}

/// Who the recordings' executions are: placeholders for what differs from run to run.
fn identity(recorded: &Recorded, machine: asl::StateMachine) -> Identity {
    let arn = |rest: &str| format!("arn:<partition>:states:<region>:111111111111:{rest}").into();
    let (execution, name) = match recorded.machine_type {
        MachineType::Standard => ("execution:<ArnPart_0idx>:<ExecArnPart_0idx>", "<ExecArnPart_0idx>"),
        MachineType::Express => (
            "express:<ArnPart_0idx>:<SyncExecArn_Part1_0idx>:<SyncExecArn_Part2_0idx>",
            "<SyncExecArn_Part1_0idx>",
        ),
    };
    Identity {
        arn: arn(execution),
        name: name.into(),
        state_machine_arn: arn("stateMachine:<ArnPart_0idx>"),
        state_machine_name: "<ArnPart_0idx>".into(),
        role_arn: recorded.role_arn.as_str().into(),
        region: "<region>".into(),
        machine: Arc::new(machine),
        logging: Arc::default(),
        machine_type: recorded.machine_type,
    }
}

fn assert_replay_equals_memory(execution: &Execution, batches: &[Batch]) {
    let mut replayed = Execution::new(Arc::clone(execution.identity()));
    for batch in batches {
        replayed.replay(batch.clone());
    }
    assert_eq!(replayed, *execution, "replay equals memory");
}

fn failure(request: &Value) -> Failure {
    let text = |name: &str| request[name].as_str().map(Arc::from);
    Failure { error: text("error"), cause: text("cause") }
}

fn shown(execution: &Execution, batches: Vec<Batch>) -> Value {
    let end = execution.ended().expect("the execution has ended");
    let history = execution::visible(execution.identity(), batches);
    let mut shown = Map::new();
    shown.insert("status".into(), json!(execution.status().as_str()));
    shown.insert("input".into(), json!(execution.input().text()));
    if let Some(output) = execution.output() {
        shown.insert("output".into(), json!(output.text()));
    }
    for (name, text) in [("error", &end.failure.error), ("cause", &end.failure.cause)] {
        if let Some(text) = text {
            shown.insert(name.into(), json!(text));
        }
    }
    shown.insert("history".into(), history.iter().map(|event| event.to_json(true)).collect());
    Value::Object(shown)
}
