//! The page of all metrics: AWS's names and dimensions first, then our own, which begin with `stairway_`.
//!
//! Executions through a version or an alias have rows of their own, so that the sum over all rows of a machine is
//! what AWS shows for the machine.

use std::sync::Arc;

use engine::{MachineStatistics, ShardStatistics, Statistics};

use super::cells::{Cell, ExecutionCells, Histogram, TaskCells, get};
use super::table::{Register, TaskFamily};
use super::text::{Labels, Text};
use super::{CallClass, Metrics};
use crate::sink::Sink;

/// What the store tells of itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct StoreFigures {
    /// How often its log was synced.
    pub syncs: u64,
    /// Executions that its index does not have yet.
    pub unindexed: usize,
}

/// Everything on the page that is not counted here.
pub(crate) struct Beside<'a> {
    pub(crate) engine: &'a Statistics,
    pub(crate) store: Option<StoreFigures>,
    pub(crate) sinks: &'a [Arc<Sink>],
    /// Bytes that wait to be told.
    pub(crate) waiting_bytes: usize,
}

type ExecutionCounter = (&'static str, &'static str, fn(&ExecutionCells) -> &Cell);
type TaskCounter = (&'static str, &'static str, fn(&TaskCells) -> &Cell);
type TaskHistogram = (&'static str, &'static str, fn(&TaskCells) -> &Histogram);

const EXECUTIONS: [ExecutionCounter; 10] = [
    ("ExecutionsStarted", "Executions started", |cells| &cells.started),
    ("ExecutionsSucceeded", "Executions that succeeded", |cells| &cells.succeeded),
    ("ExecutionsFailed", "Executions that failed", |cells| &cells.failed),
    ("ExecutionsTimedOut", "Executions that timed out", |cells| &cells.timed_out),
    ("ExecutionsAborted", "Executions that were stopped", |cells| &cells.aborted),
    ("ExecutionsRedriven", "Redrives of executions", |cells| &cells.redriven),
    ("RedrivenExecutionsSucceeded", "Redriven executions that succeeded", |cells| &cells.redriven_succeeded),
    ("RedrivenExecutionsFailed", "Redriven executions that failed", |cells| &cells.redriven_failed),
    ("RedrivenExecutionsTimedOut", "Redriven executions that timed out", |cells| &cells.redriven_timed_out),
    ("RedrivenExecutionsAborted", "Redriven executions that were stopped", |cells| &cells.redriven_aborted),
];
const TASKS: [TaskCounter; 6] = [
    ("Scheduled", "Tasks that were scheduled", |cells| &cells.scheduled),
    ("Started", "Tasks that were started", |cells| &cells.started),
    ("Succeeded", "Tasks that succeeded", |cells| &cells.succeeded),
    ("Failed", "Tasks that failed", |cells| &cells.failed),
    ("TimedOut", "Tasks that took longer than they may", |cells| &cells.timed_out),
    ("HeartbeatTimedOut", "Tasks whose worker was not heard of in time", |cells| &cells.heartbeat_timed_out),
];
const TASK_TIMES: [TaskHistogram; 3] = [
    ("ScheduleTime", "Milliseconds until a task was started", |cells| &cells.schedule_time),
    ("RunTime", "Milliseconds from then until it ended", |cells| &cells.run_time),
    ("Time", "Milliseconds from its scheduling until it ended", |cells| &cells.time),
];
const CALLS: [(CallClass, &str); 4] = [
    (CallClass::Done, "Done"),
    (CallClass::Refused, "Refused"),
    (CallClass::Throttled, "Throttled"),
    (CallClass::Failed, "Failed"),
];
/// Microseconds of a second.
const PER_SECOND: f64 = 1e6;

impl TaskFamily {
    const ALL: [TaskFamily; 3] =
        [TaskFamily::Activity, TaskFamily::LambdaFunction, TaskFamily::ServiceIntegration];

    /// AWS's words: for many, for one, and the dimension.
    fn words(self) -> [&'static str; 3] {
        match self {
            TaskFamily::Activity => ["Activities", "Activity", "ActivityArn"],
            TaskFamily::LambdaFunction => ["LambdaFunctions", "LambdaFunction", "LambdaFunctionArn"],
            TaskFamily::ServiceIntegration => {
                ["ServiceIntegrations", "ServiceIntegration", "ServiceIntegrationResourceArn"]
            }
        }
    }

    /// Whether tasks of this family have workers that send heartbeats to AWS's own metric.
    fn has(self, counter: &str) -> bool {
        counter != "HeartbeatTimedOut" || self == TaskFamily::Activity
    }
}

impl Metrics {
    pub(crate) fn page(&self, beside: &Beside<'_>) -> String {
        let mut text = Text::default();
        let register = self.table.register();
        executions(&mut text, &register, beside.engine);
        for family in TaskFamily::ALL {
            tasks(&mut text, &register, family);
        }
        calls(&mut text, &register);
        catalog(&mut text, beside.engine);
        drop(register);
        own(&mut text, beside);
        text.finish()
    }
}

fn executions(text: &mut Text, register: &Register, engine: &Statistics) {
    let rows = || {
        register
            .executions
            .iter()
            .map(|(row, cells)| (row, row.version.map(|version| version.to_string()), cells))
    };
    for (name, help, cell) in EXECUTIONS {
        text.family(name, "counter", help);
        for (row, version, cells) in rows() {
            let labels: &Labels<'_> = &[
                ("StateMachineArn", Some(&*row.machine)),
                ("Version", version.as_deref()),
                ("Alias", row.alias.as_deref()),
            ];
            text.sample(name, labels, sum(cells, cell));
        }
    }
    // A machine that is asked for too much refuses starts (`ThrottledEvents`); what has begun is never held back.
    text.family("ExecutionThrottled", "counter", "State transitions that were throttled: none ever is");
    for machine in register.executions.keys().filter(|row| row.version.is_none()).map(|row| &row.machine) {
        text.sample("ExecutionThrottled", &[("StateMachineArn", Some(machine))], 0);
    }
    text.family("ExecutionTime", "histogram", "Milliseconds from the start of an execution to its end");
    for (row, version, cells) in rows() {
        let labels: &Labels<'_> = &[
            ("StateMachineArn", Some(&*row.machine)),
            ("Version", version.as_deref()),
            ("Alias", row.alias.as_deref()),
        ];
        text.histogram("ExecutionTime", labels, cells.iter().map(|cells| &cells.time), 1.0);
    }
    let total = |cell: fn(&ExecutionCells) -> &Cell| {
        register.executions.values().map(|cells| sum(cells, cell)).sum::<u64>()
    };
    text.family("OpenExecutionCount", "gauge", "Executions that run");
    text.sample("OpenExecutionCount", &[], engine.open);
    text.family("ConsumedCapacity", "counter", "State transitions");
    let labels = [("ServiceMetric", Some("StateTransition"))];
    text.sample("ConsumedCapacity", &labels, total(|cells| &cells.transitions));
}

fn tasks(text: &mut Text, register: &Register, family: TaskFamily) {
    let [many, one, dimension] = family.words();
    let rows = || register.tasks.iter().filter(|(row, _)| row.family == family);
    for (what, help, cell) in TASKS.into_iter().filter(|(what, ..)| family.has(what)) {
        let name = format!("{many}{what}");
        text.family(&name, "counter", help);
        for (row, cells) in rows() {
            text.sample(&name, &[(dimension, Some(&*row.resource))], sum(cells, cell));
        }
    }
    for (what, help, histogram) in TASK_TIMES {
        let name = format!("{one}{what}");
        text.family(&name, "histogram", help);
        for (row, cells) in rows() {
            let labels = [(dimension, Some(&*row.resource))];
            text.histogram(&name, &labels, cells.iter().map(|cells| histogram(cells)), 1.0);
        }
    }
}

fn calls(text: &mut Text, register: &Register) {
    text.family("CallCount", "counter", "Calls of the API, by how they were answered");
    for (operation, cells) in &register.calls {
        for (class, name) in CALLS {
            let labels: &Labels<'_> = &[
                ("Service", Some("States")),
                ("Type", Some("API")),
                ("Resource", Some(operation)),
                ("Class", Some(name)),
            ];
            text.sample("CallCount", labels, cells.iter().map(|cells| get(cells.of(class))).sum::<u64>());
        }
    }
    text.family("ThrottledEvents", "counter", "Calls of the API that were throttled");
    for (operation, cells) in &register.calls {
        let throttled: u64 = cells.iter().map(|cells| get(&cells.throttled)).sum();
        text.sample("ThrottledEvents", &[("APIName", Some(operation))], throttled);
    }
    text.family("stairway_api_seconds", "histogram", "Seconds until a call of the API was answered");
    for (operation, cells) in &register.calls {
        let times = cells.iter().map(|cells| &cells.time);
        text.histogram("stairway_api_seconds", &[("operation", Some(operation))], times, PER_SECOND);
    }
}

fn catalog(text: &mut Text, engine: &Statistics) {
    text.family("StateMachineCount", "gauge", "State machines");
    text.sample("StateMachineCount", &[], engine.state_machines);
    text.family("ActivityCount", "gauge", "Activities");
    text.sample("ActivityCount", &[], engine.activities);
    let mut count = |name: &str, count: fn(&MachineStatistics) -> usize| {
        text.family(name, "gauge", "Of a state machine that has versions");
        for machine in &engine.published {
            text.sample(name, &[("ResourceArn", Some(&machine.arn.to_string()))], count(machine));
        }
    };
    count("VersionCount", |machine| machine.versions);
    count("AliasCount", |machine| machine.aliases);
}

fn own(text: &mut Text, beside: &Beside<'_>) {
    text.family("stairway_build_info", "gauge", "One, with the version of this server");
    text.sample("stairway_build_info", &[("version", Some(env!("CARGO_PKG_VERSION")))], 1);
    let mut shards = |name: &str, kind: &str, help: &str, figure: fn(&ShardStatistics) -> u64| {
        text.family(name, kind, help);
        for (number, shard) in beside.engine.shards.iter().enumerate() {
            text.sample(name, &[("shard", Some(&number.to_string()))], figure(shard));
        }
    };
    shards("stairway_commits_total", "counter", "Commits of executions", |shard| shard.commits);
    shards("stairway_commit_batches_total", "counter", "Batches of commits", |shard| shard.batches);
    shards("stairway_resident_executions", "gauge", "Executions in memory", |shard| shard.residents as u64);
    shards("stairway_inbox_envelopes", "gauge", "Messages that wait for a shard", |shard| shard.inbox as u64);
    shards("stairway_starts_admitted_max", "gauge", "Starts that a shard lets be under way", |shard| {
        shard.starts_max as u64
    });
    shards(
        "stairway_commit_wait_milliseconds",
        "gauge",
        "Average time until a command of a shard is durable",
        |shard| shard.wait_ms,
    );
    let refused = beside.engine.refused;
    let family = "stairway_refused_calls_total";
    text.family(family, "counter", "Calls refused because there was too much to do, by their kind");
    for (kind, count) in [("list", refused.lists), ("start", refused.starts), ("poll", refused.polls)] {
        text.sample(family, &[("kind", Some(kind))], count);
    }
    let audited = beside.engine.audited;
    text.family("stairway_audited_executions_total", "counter", "Open executions that the auditor compared");
    text.sample("stairway_audited_executions_total", &[], audited.compared);
    text.family(
        "stairway_audit_woken_total",
        "counter",
        "Idle executions that the auditor woke; each is a bug",
    );
    text.sample("stairway_audit_woken_total", &[], audited.woken);
    if let Some(store) = beside.store {
        text.family("stairway_log_syncs_total", "counter", "Syncs of the store's log");
        text.sample("stairway_log_syncs_total", &[], store.syncs);
        text.family("stairway_unindexed_executions", "gauge", "Executions that the index does not have yet");
        text.sample("stairway_unindexed_executions", &[], store.unindexed);
    }
    let mut sinks = |name: &str, help: &str, count: fn(&Sink) -> u64| {
        text.family(name, "counter", help);
        for sink in beside.sinks {
            text.sample(name, &[("sink", Some(sink.name))], count(sink));
        }
    };
    sinks(
        "stairway_records_delivered_total",
        "Log records and status changes delivered",
        Sink::delivered_count,
    );
    sinks("stairway_records_dropped_total", "Log records and status changes dropped", Sink::dropped_count);
    text.family("stairway_observe_waiting_bytes", "gauge", "Bytes that wait to become records and events");
    text.sample("stairway_observe_waiting_bytes", &[], beside.waiting_bytes);
}

fn sum<C>(cells: &[Arc<C>], cell: fn(&C) -> &Cell) -> u64 {
    cells.iter().map(|cells| get(cell(cells))).sum()
}
