//! A definition as the checker knows it: read from the JSON by itself, not by the room that it checks.
//!
//! Only the numbering of states is taken from `asl`, because records name states by it.

use std::collections::BTreeMap;

use asl::definition::MachineType;
use serde_json::Value;

use crate::checker::express::timeout_seconds;
use crate::services::Service;

/// All states by number, and the blocks they stand in.
#[derive(Debug)]
pub struct Outline {
    pub states: Vec<StateOutline>,
    /// Where each block begins; 0 is the top.
    pub blocks: Vec<usize>,
    pub timeout_seconds: Option<i64>,
    pub has_heartbeats: bool,
}

#[derive(Debug)]
pub struct StateOutline {
    pub name: String,
    pub kind: Kind,
    /// None where the block ends.
    pub next: Option<usize>,
    pub retriers: Vec<Retrier>,
    pub catchers: Vec<(Vec<String>, usize)>,
}

#[derive(Debug)]
pub enum Kind {
    Pass,
    Wait { seconds: i64 },
    Task { service: Service, timeout_seconds: Option<i64>, heartbeat_seconds: Option<i64> },
    Choice { targets: Vec<usize>, has_default: bool },
    Succeed,
    Fail { error: String },
    Parallel { blocks: Vec<usize> },
    Map { block: usize, concurrency: u64 },
}

#[derive(Debug)]
pub struct Retrier {
    pub errors: Vec<String>,
    interval_seconds: f64,
    pub max_attempts: u64,
    rate: f64,
    max_delay_seconds: f64,
    has_jitter: bool,
}

impl Kind {
    /// As a coverage report names it.
    pub fn name(&self) -> &'static str {
        match self {
            Kind::Pass => "state Pass",
            Kind::Wait { .. } => "state Wait",
            Kind::Task { service, .. } => match service {
                Service::Activity => "state Task of an activity",
                Service::Function => "state Task of a function",
                Service::Read => "state Task of a read",
                Service::Message => "state Task of a message with a token",
                Service::Job => "state Task of a job",
                Service::Child { is_followed: true } => "state Task of a child that is followed",
                Service::SynchronousChild => "state Task of a child that is run",
                Service::Child { is_followed: false } => "state Task of a child that is only started",
            },
            Kind::Choice { .. } => "state Choice",
            Kind::Succeed => "state Succeed",
            Kind::Fail { .. } => "state Fail",
            Kind::Parallel { .. } => "state Parallel",
            Kind::Map { .. } => "state Map",
        }
    }
}

impl Retrier {
    /// The shortest and longest delay before attempt `attempt` (1 is the first retry), in milliseconds.
    pub fn delay_ms(&self, attempt: u64) -> (i64, i64) {
        let seconds =
            (self.interval_seconds * self.rate.powi(attempt as i32 - 1)).min(self.max_delay_seconds);
        let longest = (seconds * 1_000.0).round() as i64;
        (if self.has_jitter { 0 } else { longest }, longest)
    }
}

/// Whether one of these `ErrorEquals` stands for an error.
pub fn names_error(patterns: &[String], error: &str, is_of_branch: bool) -> bool {
    // Nothing catches it, not even its own name.
    if error == "States.Runtime" {
        return false;
    }
    let is_too_large = error == "States.DataLimitExceeded";
    patterns.iter().any(|pattern| match pattern.as_str() {
        "States.ALL" => true,
        "States.TaskFailed" => is_of_branch || (!is_too_large && error != "States.Timeout"),
        "States.BranchFailed" => is_of_branch || error == "States.BranchFailed",
        pattern => pattern == error,
    })
}

impl Outline {
    pub fn of(definition: &Value, machine: &asl::StateMachine, kind: MachineType) -> Outline {
        let numbers: BTreeMap<String, usize> = machine
            .states
            .iter()
            .enumerate()
            .map(|(number, state)| (state.name.to_string(), number))
            .collect();
        let mut states: Vec<Option<StateOutline>> = numbers.iter().map(|_| None).collect();
        let mut blocks = Vec::new();
        read_block(definition, &numbers, &mut states, &mut blocks);
        let states: Vec<StateOutline> = states.into_iter().flatten().collect();
        assert_eq!(states.len(), machine.states.len(), "the checker reads as many states as the engine");
        let beats =
            |state: &StateOutline| matches!(state.kind, Kind::Task { heartbeat_seconds: Some(_), .. });
        Outline {
            has_heartbeats: states.iter().any(beats),
            states,
            blocks,
            timeout_seconds: timeout_seconds(kind, definition["TimeoutSeconds"].as_i64()),
        }
    }
}

fn read_block(
    block: &Value,
    numbers: &BTreeMap<String, usize>,
    states: &mut [Option<StateOutline>],
    blocks: &mut Vec<usize>,
) -> usize {
    let number = blocks.len();
    blocks.push(target(&block["StartAt"], numbers));
    for (name, state) in block["States"].as_object().into_iter().flatten() {
        let kind = read_kind(state, numbers, states, blocks);
        states[numbers[name]] = Some(StateOutline {
            name: name.clone(),
            kind,
            next: state.get("Next").map(|next| target(next, numbers)),
            retriers: list(state, "Retry").iter().map(read_retrier).collect(),
            catchers: list(state, "Catch")
                .iter()
                .map(|catcher| (errors(catcher), target(&catcher["Next"], numbers)))
                .collect(),
        });
    }
    number
}

fn read_kind(
    state: &Value,
    numbers: &BTreeMap<String, usize>,
    states: &mut [Option<StateOutline>],
    blocks: &mut Vec<usize>,
) -> Kind {
    match state["Type"].as_str().unwrap_or_default() {
        "Pass" => Kind::Pass,
        "Wait" => Kind::Wait { seconds: state["Seconds"].as_i64().unwrap_or(0) },
        "Task" => Kind::Task {
            service: Service::of(state["Resource"].as_str().unwrap_or_default()),
            timeout_seconds: state["TimeoutSeconds"].as_i64(),
            heartbeat_seconds: state["HeartbeatSeconds"].as_i64(),
        },
        "Choice" => {
            let rules = list(state, "Choices").iter().map(|rule| target(&rule["Next"], numbers));
            let default = state.get("Default").map(|default| target(default, numbers));
            Kind::Choice { targets: rules.chain(default).collect(), has_default: default.is_some() }
        }
        "Succeed" => Kind::Succeed,
        "Fail" => Kind::Fail { error: state["Error"].as_str().unwrap_or_default().to_owned() },
        "Parallel" => {
            let branches = list(state, "Branches").iter();
            Kind::Parallel {
                blocks: branches.map(|branch| read_block(branch, numbers, states, blocks)).collect(),
            }
        }
        "Map" => Kind::Map {
            block: read_block(&state["ItemProcessor"], numbers, states, blocks),
            // AWS runs at most 40 iterations of an inline Map at once.
            concurrency: state["MaxConcurrency"].as_u64().filter(|given| *given > 0).unwrap_or(40).min(40),
        },
        other => panic!("the generator makes no state of type {other}"),
    }
}

fn read_retrier(retrier: &Value) -> Retrier {
    Retrier {
        errors: errors(retrier),
        interval_seconds: retrier["IntervalSeconds"].as_f64().unwrap_or(1.0),
        max_attempts: retrier["MaxAttempts"].as_u64().unwrap_or(3),
        rate: retrier["BackoffRate"].as_f64().unwrap_or(2.0),
        max_delay_seconds: retrier["MaxDelaySeconds"].as_f64().unwrap_or(f64::MAX),
        has_jitter: retrier["JitterStrategy"] == "FULL",
    }
}

fn list<'a>(value: &'a Value, member: &str) -> &'a [Value] {
    value[member].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn errors(value: &Value) -> Vec<String> {
    let names = list(value, "ErrorEquals").iter().filter_map(Value::as_str);
    names.map(str::to_owned).collect()
}

fn target(name: &Value, numbers: &BTreeMap<String, usize>) -> usize {
    numbers[name.as_str().unwrap_or_default()]
}
