//! The definitions and inputs under load, created and tried once before anything is measured.
//!
//! INVARIANT: a machine that does not do what its name says is found here, not in a table of rates.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::connection::Connection;
use crate::plan::Subject;
use crate::request::{self, Start};

/// LIMIT: bytes of the input of the chains, so that a run compares with `design/performance.md` E.
pub(crate) const INPUT_BYTES: usize = 286;
const ITEMS: u64 = 1_000;
pub(crate) const STANDARD: &str = "STANDARD";
const EXPRESS: &str = "EXPRESS";
const ROLE: &str = "arn:aws:iam::000000000000:role/bench";

/// A machine that was created, or the empty handler in place of one.
pub(crate) struct Machine {
    pub(crate) arn: String,
    pub(crate) input: String,
}

pub(crate) struct Machines {
    pub(crate) one: Machine,
    pub(crate) ten: Machine,
    pub(crate) task: Machine,
    pub(crate) map: Machine,
    pub(crate) sync_one: Machine,
    pub(crate) sync_ten: Machine,
    pub(crate) activity_arn: String,
}

impl Machines {
    /// With this logging configuration, each of them.
    pub(crate) async fn create(connection: &mut Connection, host: &str, logging: &Value) -> Result<Machines> {
        let create = async |connection: &mut Connection, name, kind, definition, input| {
            create(connection, host, name, kind, definition, input, logging).await
        };
        let made = call(connection, host, "CreateActivity", &json!({"name": "bench"})).await?;
        let activity_arn = made["activityArn"].as_str().context("an activity has an ARN")?.to_owned();
        let one = create(connection, "one", STANDARD, one_state(), chain_input()).await?;
        let ten = create(connection, "ten", STANDARD, ten_states(), chain_input()).await?;
        let map = create(connection, "map", STANDARD, map_of_items(), map_input()).await?;
        let task = create(connection, "task", STANDARD, one_task(&activity_arn), chain_input()).await?;
        let sync_one = create(connection, "sync-one", EXPRESS, one_state(), chain_input()).await?;
        let sync_ten = create(connection, "sync-ten", EXPRESS, ten_states(), chain_input()).await?;
        let input: Value = serde_json::from_str(&one.input)?;
        try_once(connection, host, &one, |output| *output == input).await?;
        try_once(connection, host, &ten, |output| output["last"] == json!({"state": 10})).await?;
        try_sync_once(connection, host, &sync_one, |output| *output == input).await?;
        try_sync_once(connection, host, &sync_ten, |output| output["last"] == json!({"state": 10})).await?;
        try_once(connection, host, &map, |output| {
            output.as_array().is_some_and(|items| items.len() as u64 == ITEMS)
        })
        .await?;
        Ok(Machines { one, ten, task, map, sync_one, sync_ten, activity_arn })
    }

    /// What the requests to the empty handlers look like: those of the one-state machines.
    pub(crate) fn of(&self, subject: Subject) -> &Machine {
        match subject {
            Subject::EmptyHandler
            | Subject::OneState
            | Subject::OneStatePolled
            | Subject::OneStateSlowSinks => &self.one,
            Subject::TenStates | Subject::TenStatesSlowSinks => &self.ten,
            Subject::Activity => &self.task,
            Subject::Map => &self.map,
            Subject::EmptySyncHandler | Subject::SyncOneState => &self.sync_one,
            Subject::SyncTenStates => &self.sync_ten,
        }
    }
}

async fn call(connection: &mut Connection, host: &str, operation: &str, body: &Value) -> Result<Value> {
    let request = request::operation(host, operation, &body.to_string());
    let answer = connection.exchange(&request).await?;
    answer.check_ok().with_context(|| operation.to_owned())?;
    Ok(serde_json::from_slice(answer.body)?)
}

pub(crate) async fn create(
    connection: &mut Connection,
    host: &str,
    name: &str,
    machine_type: &str,
    definition: Value,
    input: String,
    logging: &Value,
) -> Result<Machine> {
    let body = json!({
        "name": name, "roleArn": ROLE, "definition": definition.to_string(), "type": machine_type,
        "loggingConfiguration": logging,
    });
    let made = call(connection, host, "CreateStateMachine", &body).await?;
    let arn = made["stateMachineArn"].as_str().context("a state machine has an ARN")?.to_owned();
    Ok(Machine { arn, input })
}

async fn try_once(
    connection: &mut Connection,
    host: &str,
    machine: &Machine,
    is_right: impl Fn(&Value) -> bool,
) -> Result<()> {
    let mut start = Start::new(host, "StartExecution", &machine.arn, &machine.input);
    let answer = connection.exchange(start.named(0)).await?;
    answer.check_ok()?;
    let arn = answer.text(request::EXECUTION_ARN).context("a start answers with an ARN")?.to_vec();
    let mut end = Vec::new();
    request::end_of(&mut end, host, &arn);
    let answer = connection.exchange(&end).await?;
    answer.check_ok()?;
    check_end(machine, answer.body, is_right)
}

async fn try_sync_once(
    connection: &mut Connection,
    host: &str,
    machine: &Machine,
    is_right: impl Fn(&Value) -> bool,
) -> Result<()> {
    let mut start = Start::new(host, "StartSyncExecution", &machine.arn, &machine.input);
    let answer = connection.exchange(start.named(0)).await?;
    answer.check_ok()?;
    check_end(machine, answer.body, is_right)
}

fn check_end(machine: &Machine, body: &[u8], is_right: impl Fn(&Value) -> bool) -> Result<()> {
    let ended: Value = serde_json::from_slice(body)?;
    ensure!(ended["status"] == "SUCCEEDED", "expected {} to succeed, found {ended}", machine.arn);
    let output: Value = serde_json::from_str(ended["output"].as_str().context("an end has an output")?)?;
    ensure!(is_right(&output), "{} ended with an unexpected output: {output}", machine.arn);
    Ok(())
}

fn one_state() -> Value {
    json!({"StartAt": "Only", "States": {"Only": {"Type": "Pass", "End": true}}})
}

/// Odd states build an object from the data, even ones put a fixed one in; both write it into the data.
fn ten_states() -> Value {
    let state = |number: u32| {
        let mut state = json!({"Type": "Pass"});
        if number % 2 == 1 {
            state["Parameters"] =
                json!({"order.$": "$.orderId", "total.$": "$.total.amount", "state": number});
            state["ResultPath"] = json!("$.built");
        } else {
            state["Result"] = json!({"state": number});
            state["ResultPath"] = json!("$.last");
        }
        match number {
            10 => state["End"] = json!(true),
            _ => state["Next"] = json!(format!("S{}", number + 1)),
        }
        (format!("S{number}"), state)
    };
    let states: serde_json::Map<String, Value> = (1..=10).map(state).collect();
    json!({"StartAt": "S1", "States": states})
}

fn one_task(activity_arn: &str) -> Value {
    json!({"StartAt": "Ask", "States": {"Ask": {"Type": "Task", "Resource": activity_arn, "End": true}}})
}

fn map_of_items() -> Value {
    json!({"StartAt": "Each", "States": {"Each": {
        "Type": "Map",
        "ItemsPath": "$.items",
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "INLINE"},
            "StartAt": "Item",
            "States": {"Item": {"Type": "Pass", "End": true}}
        },
        "End": true
    }}})
}

/// An order of exactly `INPUT_BYTES`.
fn chain_input() -> String {
    let order = |note: &str| {
        json!({
            "orderId": "7f3c9a52-51d4-4f0e-9c0b-2f6f8f6f1a77",
            "customer": {"id": 4711, "name": "Ada Lovelace", "country": "GB"},
            "items": [{"sku": "A-100", "quantity": 2}, {"sku": "B-200", "quantity": 1}],
            "total": {"amount": 129.95, "currency": "EUR"},
            "note": note,
        })
        .to_string()
    };
    let missing = INPUT_BYTES.saturating_sub(order("").len());
    order(&"x".repeat(missing))
}

fn map_input() -> String {
    json!({"items": (0..ITEMS).collect::<Vec<_>>()}).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn input_of_the_chains_has_the_size_of_the_design() {
        assert_eq!(chain_input().len(), INPUT_BYTES);
    }

    #[test]
    fn each_of_the_ten_states_changes_the_data_and_leads_to_the_next() {
        let machine = ten_states();
        for number in 1..=10 {
            let state = &machine["States"][format!("S{number}")];
            assert!(state["ResultPath"].is_string());
            assert_eq!(state["Next"].is_null(), number == 10);
        }
    }
}
