//! What runs while the server is killed: waits, retries, branches, iterations, tasks in workers' hands.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::http::Connection;
use super::random::Random;

pub(super) const ACTIVITIES: [&str; 2] = ["pack", "ship"];
pub(super) const MACHINES: [&str; 4] = ["waiting", "retrying", "branching", "mapping"];

const OWNER: &str = "arn:aws:states:us-east-1:000000000000";

pub(super) fn activity_arn(name: &str) -> String {
    format!("{OWNER}:activity:{name}")
}

pub(super) fn machine_arn(name: &str) -> String {
    format!("{OWNER}:stateMachine:{name}")
}

/// The input of an execution: small numbers that decide its way.
pub(super) fn input(random: &mut Random) -> Value {
    let items: Vec<u64> = (0..random.within(1..7)).map(|_| random.within(0..3)).collect();
    json!({ "seconds": random.within(0..5), "items": items })
}

pub(super) fn definition(machine: &str) -> Value {
    let states = match machine {
        "waiting" => json!({
            "First": { "Type": "Pass", "ResultPath": null, "Next": "Wait" },
            "Wait": { "Type": "Wait", "SecondsPath": "$.seconds", "Next": "Ask" },
            "Ask": {
                "Type": "Choice",
                "Choices": [{ "Variable": "$.seconds", "NumericGreaterThan": 2, "Next": "WaitMore" }],
                "Default": "Done"
            },
            "WaitMore": { "Type": "Wait", "Seconds": 1, "Next": "Done" },
            "Done": { "Type": "Succeed" }
        }),
        "retrying" => json!({
            "First": task("pack", Some("Second")),
            "Second": task("ship", Some("Done")),
            "GaveUp": { "Type": "Fail", "Error": "GaveUp", "Cause": "no worker did it" },
            "Done": { "Type": "Pass", "End": true }
        }),
        "branching" => json!({
            "First": {
                "Type": "Parallel",
                "Branches": [
                    { "StartAt": "Nap", "States": {
                        "Nap": { "Type": "Wait", "SecondsPath": "$.seconds", "Next": "AfterNap" },
                        "AfterNap": { "Type": "Pass", "End": true }
                    } },
                    { "StartAt": "Pack", "States": { "Pack": task("pack", None) } },
                    { "StartAt": "Inside", "States": { "Inside": each(2, "ship", "Inner", None) } }
                ],
                "Retry": [{ "ErrorEquals": ["Breaks"], "IntervalSeconds": 1, "MaxAttempts": 5, "BackoffRate": 1.0 }],
                "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "GaveUp" }],
                "Next": "Done"
            },
            "GaveUp": { "Type": "Pass", "Next": "Done" },
            "Done": { "Type": "Succeed" }
        }),
        _ => json!({
            "First": each(0, "pack", "Each", Some("Done")),
            "Done": { "Type": "Succeed" }
        }),
    };
    json!({ "StartAt": "First", "TimeoutSeconds": 600, "States": states })
}

/// A task whose worker learns whom it works for, and that is tried again when it fails or its worker is lost.
fn task(activity: &str, next: Option<&str>) -> Value {
    let mut task = json!({
        "Type": "Task",
        "Resource": activity_arn(activity),
        "Parameters": { "execution.$": "$$.Execution.Name" },
        "ResultPath": "$.result",
        "TimeoutSeconds": 10,
        "Retry": [{ "ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 30, "BackoffRate": 1.0 }]
    });
    if next.is_some() {
        task["Catch"] = json!([{ "ErrorEquals": ["States.ALL"], "Next": "GaveUp" }]);
    }
    follow(&mut task, next);
    task
}

/// A Map whose iterations wait, work or pass, as the item says.
fn each(concurrency: u64, activity: &str, prefix: &str, next: Option<&str>) -> Value {
    let name = |state: &str| format!("{prefix}{state}");
    let mut map = json!({
        "Type": "Map",
        "ItemsPath": "$.items",
        "ItemSelector": { "kind.$": "$$.Map.Item.Value", "seconds.$": "$.seconds" },
        "MaxConcurrency": concurrency,
        "ItemProcessor": { "ProcessorConfig": { "Mode": "INLINE" }, "StartAt": name("Ask"), "States": {
            name("Ask"): {
                "Type": "Choice",
                "Choices": [
                    { "Variable": "$.kind", "NumericEquals": 0, "Next": name("Wait") },
                    { "Variable": "$.kind", "NumericEquals": 1, "Next": name("Work") }
                ],
                "Default": name("Pass")
            },
            name("Wait"): { "Type": "Wait", "Seconds": 1, "End": true },
            name("Work"): task(activity, None),
            name("Pass"): { "Type": "Pass", "End": true }
        } }
    });
    follow(&mut map, next);
    map
}

fn follow(state: &mut Value, next: Option<&str>) {
    match next {
        Some(next) => state["Next"] = next.into(),
        None => state["End"] = true.into(),
    }
}

/// Creates what the executions need, on a server that is up.
pub(super) fn create(connection: &mut Connection) -> Result<()> {
    for name in ACTIVITIES {
        let answer = connection.call("CreateActivity", &json!({ "name": name }))?;
        ensure!(answer.error().is_none(), "CreateActivity: {}", answer.body);
    }
    for name in MACHINES {
        let role = "arn:aws:iam::000000000000:role/kill";
        let request = json!({ "name": name, "definition": definition(name).to_string(), "roleArn": role });
        let answer = connection.call("CreateStateMachine", &request)?;
        ensure!(answer.error().is_none(), "CreateStateMachine: {}", answer.body);
    }
    Ok(())
}
