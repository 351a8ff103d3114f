//! What must hold of every execution after all the kills: the promises I1, I2, I3, I4, I10 and I19.
//!
//! The definition of the machine is walked beside the history: each state that was entered needs a cause,
//! and no cause may be used twice. Everything here is a pure function over what was read, but `judge`.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::http::Connection;
use super::journal::{Journal, Outcome, Started};
use super::workload;

#[derive(Default, Debug)]
pub(super) struct Verdict {
    pub(super) executions: usize,
    pub(super) events: usize,
    pub(super) acknowledged: usize,
    pub(super) unknown: u64,
    pub(super) violations: Vec<String>,
}

pub(super) fn judge(journal: &Journal, connection: &mut Connection) -> Result<Verdict> {
    let mut verdict =
        Verdict { acknowledged: journal.acknowledged(), unknown: journal.unknown, ..Verdict::default() };
    verdict.violations.extend(journal.surprises.iter().cloned());
    let twice = journal.tokens_given_twice.iter().map(|token| format!("the task of {token} was given twice"));
    verdict.violations.extend(twice);
    let mut histories = BTreeMap::new();
    for (name, started) in &journal.started {
        let described = connection.call("DescribeExecution", &json!({ "executionArn": started.arn }))?;
        verdict.executions += 1;
        if let Some(error) = described.error() {
            verdict.violations.push(format!("{name}: its start was acknowledged, now: {error}"));
            continue;
        }
        let events = history(connection, &started.arn)?;
        verdict.events += events.len();
        let found = check_execution(started, &described.body, &events);
        verdict
            .violations
            .extend(found.into_iter().map(|what| format!("{name} ({}): {what}", started.machine)));
        histories.insert(started.arn.as_str(), events);
    }
    let by_name =
        |name: &str| journal.started.get(name).and_then(|started| histories.get(started.arn.as_str()));
    for (mark, answer) in &journal.answers {
        let Some(events) = by_name(&answer.execution) else { continue };
        verdict.violations.extend(check_answer(mark, answer.outcome, events));
    }
    for (arn, earlier) in &journal.reads {
        let Some(events) = histories.get(arn.as_str()) else { continue };
        if !events.starts_with(earlier) {
            verdict
                .violations
                .push(format!("{arn}: a history read earlier is not the beginning of the last"));
        }
    }
    Ok(verdict)
}

fn history(connection: &mut Connection, arn: &str) -> Result<Vec<Value>> {
    let mut events = Vec::new();
    let mut request = json!({ "executionArn": arn, "maxResults": 1000 });
    loop {
        let page = connection.call("GetExecutionHistory", &request)?;
        ensure!(page.error().is_none(), "GetExecutionHistory of {arn}: {}", page.body);
        events.extend(page.body["events"].as_array().into_iter().flatten().cloned());
        match page.body.get("nextToken") {
            Some(token) => request["nextToken"] = token.clone(),
            None => return Ok(events),
        }
    }
}

/// How often the answer with this mark is in the history, against how often it may be.
pub(super) fn check_answer(mark: &str, outcome: Outcome, events: &[Value]) -> Option<String> {
    let carries = |event: &&Value| {
        let success = event["activitySucceededEventDetails"]["output"].as_str();
        let failure = event["activityFailedEventDetails"]["cause"].as_str();
        success.or(failure).is_some_and(|text| text.contains(mark))
    };
    let times = events.iter().filter(carries).count();
    match (outcome, times) {
        (Outcome::Acknowledged, 1) | (Outcome::Unknown, 0 | 1) | (Outcome::Refused, 0) => None,
        _ => Some(format!("the answer {mark} was {outcome:?} and is in the history {times} times")),
    }
}

pub(super) fn check_execution(started: &Started, described: &Value, events: &[Value]) -> Vec<String> {
    let mut found = check_chain(events);
    found.extend(check_end(described, events));
    found.extend(check_causes(&Drawing::of(&workload::definition(started.machine)), events));
    let input = &events.first().unwrap_or(&Value::Null)["executionStartedEventDetails"]["input"];
    if input.as_str() != Some(&started.input) || described["input"].as_str() != Some(&started.input) {
        found.push(format!("its input was {}, now it is {input}", started.input));
    }
    found
}

fn kind(event: &Value) -> &str {
    event["type"].as_str().unwrap_or_default()
}

fn id(event: &Value) -> u64 {
    event["id"].as_u64().unwrap_or_default()
}

fn previous(event: &Value) -> u64 {
    event["previousEventId"].as_u64().unwrap_or_default()
}

fn state(event: &Value) -> &str {
    let details = ["stateEnteredEventDetails", "stateExitedEventDetails"];
    details.iter().find_map(|details| event[details]["name"].as_str()).unwrap_or_default()
}

/// Ids without a gap, previous ids below them, time that never falls.
fn check_chain(events: &[Value]) -> Vec<String> {
    let mut found = Vec::new();
    for (index, event) in events.iter().enumerate() {
        if id(event) != index as u64 + 1 {
            found.push(format!("event {} stands at place {}", id(event), index + 1));
        }
        if previous(event) >= id(event) {
            found.push(format!("event {} follows {}", id(event), previous(event)));
        }
    }
    let time = |event: &Value| event["timestamp"].as_f64().unwrap_or_default();
    if let Some(pair) = events.windows(2).find(|pair| time(&pair[1]) < time(&pair[0])) {
        found.push(format!("time falls at event {}", id(&pair[1])));
    }
    found
}

/// One terminal event, the last, and it says what DescribeExecution says.
fn check_end(described: &Value, events: &[Value]) -> Vec<String> {
    let status_of = |event: &Value| match kind(event) {
        "ExecutionSucceeded" => Some("SUCCEEDED"),
        "ExecutionFailed" => Some("FAILED"),
        "ExecutionTimedOut" => Some("TIMED_OUT"),
        "ExecutionAborted" => Some("ABORTED"),
        _ => None,
    };
    let ends: Vec<&Value> = events.iter().filter(|event| status_of(event).is_some()).collect();
    let [end] = ends.as_slice() else { return vec![format!("it has {} terminal events", ends.len())] };
    let mut found = Vec::new();
    if id(end) != events.len() as u64 {
        found.push(format!("event {} is terminal, but not the last of {}", id(end), events.len() as u64));
    }
    if described["status"].as_str() != status_of(end) {
        found.push(format!("its status is {}, its last event {}", described["status"], kind(end)));
    }
    let output = &end["executionSucceededEventDetails"]["output"];
    let error = &end["executionFailedEventDetails"]["error"];
    if described.get("output").unwrap_or(&Value::Null) != output {
        found.push(format!("its output is {}, in the history {output}", described["output"]));
    }
    if kind(end) == "ExecutionFailed" && described.get("error").unwrap_or(&Value::Null) != error {
        found.push(format!("its error is {}, in the history {error}", described["error"]));
    }
    found
}

/// What a definition allows: where it starts, where each state may lead, which states a composite starts.
#[derive(Default, Debug)]
struct Drawing {
    start: String,
    leads_to: BTreeMap<String, BTreeSet<String>>,
    /// First states of the branches or of the iterations of a Parallel or Map state.
    begins: BTreeMap<String, BTreeSet<String>>,
}

impl Drawing {
    fn of(definition: &Value) -> Drawing {
        let mut drawing = Drawing::default();
        drawing.start = drawing.read(definition);
        drawing
    }

    /// Reads one `States` block and those inside it; its first state.
    fn read(&mut self, block: &Value) -> String {
        for (name, state) in block["States"].as_object().into_iter().flatten() {
            let others =
                ["Choices", "Catch"].into_iter().filter_map(|field| state[field].as_array()).flatten();
            let nexts =
                [&state["Next"], &state["Default"]].into_iter().chain(others.map(|other| &other["Next"]));
            let nexts = nexts.filter_map(Value::as_str).map(str::to_owned).collect();
            self.leads_to.insert(name.clone(), nexts);
            let branches = state["Branches"].as_array().into_iter().flatten();
            let inside: Vec<&Value> = branches.chain(state.get("ItemProcessor")).collect();
            let begins = inside.into_iter().map(|block| self.read(block)).collect();
            self.begins.insert(name.clone(), begins);
        }
        block["StartAt"].as_str().unwrap_or_default().to_owned()
    }

    fn is_beginning_inside(&self, name: &str) -> bool {
        self.begins.values().any(|begins| begins.contains(name))
    }
}

/// Every state entered, every task scheduled and every iteration started has a cause of its own.
fn check_causes(drawing: &Drawing, events: &[Value]) -> Vec<String> {
    let mut found = Vec::new();
    let mut used = BTreeSet::new();
    let mut iterations = BTreeMap::new();
    let mut map_starts = 0_usize;
    for event in events {
        let cause = previous(event).checked_sub(1).and_then(|at| events.get(at as usize));
        let from = cause.map_or("", kind);
        let fits = match kind(event) {
            entered if entered.ends_with("StateEntered") => {
                let name = state(event);
                let fits = match cause {
                    None => name == drawing.start,
                    Some(exit) if from.ends_with("StateExited") => {
                        drawing.leads_to.get(state(exit)).is_some_and(|nexts| nexts.contains(name))
                    }
                    Some(_) => {
                        matches!(from, "ParallelStateStarted" | "MapIterationStarted")
                            && drawing.is_beginning_inside(name)
                    }
                };
                // Branches of one Parallel share their cause, but not their first state.
                fits && used.insert((previous(event), name.to_owned()))
                    && (from == "ParallelStateStarted"
                        || used.insert((previous(event), "a state".to_owned())))
            }
            "ActivityScheduled" => {
                matches!(from, "TaskStateEntered" | "ActivityFailed" | "ActivityTimedOut")
                    && used.insert((previous(event), "a task".to_owned()))
            }
            "ActivityStarted" => {
                from == "ActivityScheduled" && used.insert((previous(event), "a start".to_owned()))
            }
            "ActivitySucceeded" | "ActivityFailed" => {
                from == "ActivityStarted" && used.insert((previous(event), "an end".to_owned()))
            }
            // Workers always poll: a task that timed out without one was forgotten.
            "ActivityTimedOut" => {
                from == "ActivityStarted" && used.insert((previous(event), "an end".to_owned()))
            }
            "MapStateStarted" => {
                map_starts += 1;
                true
            }
            "MapIterationStarted" => {
                let index = event["mapIterationStartedEventDetails"]["index"].as_u64();
                let times: &mut usize = iterations.entry(index).or_default();
                *times += 1;
                *times <= map_starts
            }
            _ => true,
        };
        if !fits {
            found.push(format!(
                "event {} ({} {}) has no cause of its own",
                id(event),
                kind(event),
                state(event)
            ));
        }
    }
    found
}
