//! Answers against AWS's model, member by member: `spec/api.json`, read where it lies.
//!
//! One story goes through every operation that is served. No answer may have a member that the model does
//! not know, or lack one that it requires, or have one of another type.

use std::collections::BTreeSet;

use super::bounds::model;
use super::*;

const ACTIVITY_FLOW: &str = r#"{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"arn:aws:states:us-east-1:000000000000:activity:a","TimeoutSeconds":60,"Assign":{"x":1},"Next":"F"},
    "F":{"Type":"Fail","ErrorPath":"$x","Cause":"c"}}}"#;

/// What the story has seen.
struct Story {
    door: Rc<Door>,
    model: Value,
    answered: BTreeSet<String>,
    findings: Vec<String>,
}

impl Story {
    async fn call(&mut self, operation: &str, body: Value) -> Value {
        let answer = self.door.ok(operation, body).await;
        let shape = &self.model["operations"][operation]["output"];
        match shape["members"].as_object() {
            Some(_) => compare(shape, &answer, operation, &mut self.findings),
            None if answer == json!({}) => {}
            None => self.findings.push(format!("{operation}: expected nothing, found {answer}")),
        }
        self.answered.insert(operation.to_owned());
        answer
    }
}

fn compare(shape: &Value, answer: &Value, at: &str, findings: &mut Vec<String>) {
    let fits = match shape["type"].as_str().unwrap_or_default() {
        "structure" => answer.is_object(),
        "list" => answer.is_array(),
        "map" => answer.is_object(),
        "string" => answer.is_string() && shape["enum"].as_array().is_none_or(|set| set.contains(answer)),
        "boolean" => answer.is_boolean(),
        "integer" | "long" => answer.is_i64(),
        "timestamp" | "float" | "double" => answer.is_number(),
        _ => true,
    };
    if !fits {
        findings.push(format!("{at}: expected {}, found {answer}", shape["type"]));
        return;
    }
    match (answer, shape["members"].as_object()) {
        (Value::Object(found), Some(members)) => {
            for name in shape["required"].as_array().into_iter().flatten() {
                if !found.contains_key(name.as_str().unwrap_or_default()) {
                    findings.push(format!("{at}: lacks {name}"));
                }
            }
            for (name, value) in found {
                match members.get(name) {
                    Some(member) => compare(member, value, &format!("{at}.{name}"), findings),
                    None => findings.push(format!("{at}: the model has no member `{name}`")),
                }
            }
        }
        (Value::Array(items), _) => {
            items.iter().for_each(|item| compare(&shape["item"], item, &format!("{at}[]"), findings));
        }
        _ => {}
    }
}

async fn activities_and_executions(story: &mut Story) {
    let tags = json!([{ "key": "k", "value": "v" }]);
    let activity =
        story.call("CreateActivity", json!({ "name": "a", "tags": tags })).await["activityArn"].clone();
    story.call("DescribeActivity", json!({ "activityArn": activity })).await;
    story.call("ListActivities", json!({})).await;
    let body = json!({ "name": "m", "definition": ACTIVITY_FLOW, "roleArn": ROLE, "publish": true });
    let machine = story.call("CreateStateMachine", body).await["stateMachineArn"].clone();
    for answer in ["SendTaskSuccess", "SendTaskFailure"] {
        let started = story.call("StartExecution", json!({ "stateMachineArn": machine })).await;
        let task = story.call("GetActivityTask", json!({ "activityArn": activity, "workerName": "w" })).await;
        let token = &task["taskToken"];
        story.call("SendTaskHeartbeat", json!({ "taskToken": token })).await;
        let body = json!({ "taskToken": token, "output": "{}", "error": "E", "cause": "c" });
        story.call(answer, body).await;
        story.door.end_of(&started["executionArn"]).await;
        let execution = json!({ "executionArn": started["executionArn"] });
        story.call("DescribeExecution", execution.clone()).await;
        story.call("GetExecutionHistory", execution.clone()).await;
        story.call("DescribeStateMachineForExecution", execution.clone()).await;
        story.call("StopExecution", execution.clone()).await;
        // Both end in the Fail state.
        story.call("RedriveExecution", execution.clone()).await;
        story.door.end_of(&started["executionArn"]).await;
        story.call("DescribeExecution", execution.clone()).await;
        story.call("GetExecutionHistory", execution).await;
    }
    story.call("ListExecutions", json!({ "stateMachineArn": machine, "maxResults": 1 })).await;
    story.call("ListTagsForResource", json!({ "resourceArn": activity })).await;
    story.call("TagResource", json!({ "resourceArn": activity, "tags": tags })).await;
    story.call("UntagResource", json!({ "resourceArn": activity, "tagKeys": ["k"] })).await;
    story.call("DeleteActivity", json!({ "activityArn": activity })).await;
}

async fn machines(story: &mut Story) {
    let arn = format!("{OWNED}:stateMachine:m");
    let machine = json!({ "stateMachineArn": arn });
    let body =
        json!({ "stateMachineArn": arn, "definition": PASS, "publish": true, "versionDescription": "d" });
    story.call("UpdateStateMachine", body).await;
    story.call("PublishStateMachineVersion", machine.clone()).await;
    story.call("ListStateMachineVersions", machine.clone()).await;
    story.call("DescribeStateMachine", json!({ "stateMachineArn": format!("{arn}:1") })).await;
    story.call("DescribeStateMachine", json!({ "stateMachineArn": format!("{arn}:2") })).await;
    let routes = json!([{ "stateMachineVersionArn": format!("{arn}:2"), "weight": 100 }]);
    let body = json!({ "name": "PROD", "description": "d", "routingConfiguration": routes });
    let alias = story.call("CreateStateMachineAlias", body).await["stateMachineAliasArn"].clone();
    let started = story.call("StartExecution", json!({ "stateMachineArn": alias })).await;
    story.call("DescribeExecution", json!({ "executionArn": started["executionArn"] })).await;
    story.call("ListExecutions", json!({ "stateMachineArn": alias })).await;
    story.call("ListStateMachineAliases", machine.clone()).await;
    let named = json!({ "stateMachineAliasArn": alias });
    story.call("DescribeStateMachineAlias", named.clone()).await;
    story.call("UpdateStateMachineAlias", json!({ "stateMachineAliasArn": alias, "description": "e" })).await;
    story.call("DeleteStateMachineAlias", named).await;
    story.call("DeleteStateMachineVersion", json!({ "stateMachineVersionArn": format!("{arn}:1") })).await;
    story.call("ListStateMachines", json!({})).await;
    let broken = json!({ "definition": r#"{"States":{}}"#, "severity": "WARNING" });
    story.call("ValidateStateMachineDefinition", broken).await;
    let task = json!({ "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": { "FunctionName": "f" }, "Retry": [{ "ErrorEquals": ["E"] }], "End": true });
    let body = json!({ "definition": task.to_string(), "inspectionLevel": "TRACE", "variables": r#"{"a":1}"#,
        "mock": { "errorOutput": { "error": "E", "cause": "c" } } });
    story.call("TestState", body).await;
    story.call("DeleteStateMachine", machine).await;
}

async fn express(story: &mut Story) {
    let fail = r#"{"StartAt":"F","States":{"F":{"Type":"Fail","Error":"E","Cause":"c"}}}"#;
    for (name, definition) in [("passes", PASS), ("fails", fail)] {
        let body = json!({ "name": name, "definition": definition, "roleArn": ROLE, "type": "EXPRESS" });
        let machine = story.call("CreateStateMachine", body).await["stateMachineArn"].clone();
        let body = json!({ "stateMachineArn": machine, "traceHeader": "t" });
        let ran = story.call("StartSyncExecution", body.clone()).await;
        story.call("StartExecution", body).await;
        let execution = json!({ "executionArn": ran["executionArn"] });
        story.call("DescribeExecution", execution.clone()).await;
        story.call("GetExecutionHistory", execution.clone()).await;
        story.call("StopExecution", execution).await;
        story.call("ListExecutions", json!({ "stateMachineArn": machine })).await;
    }
}

#[test]
fn answers_have_the_members_that_the_model_knows() {
    let Some(model) = model() else {
        println!("shapes: the API model is not beside this folder, so it was not compared");
        return;
    };
    at_the_door(|door| async move {
        let mut story = Story { door, model, answered: BTreeSet::new(), findings: Vec::new() };
        activities_and_executions(&mut story).await;
        machines(&mut story).await;
        express(&mut story).await;
        assert!(story.findings.is_empty(), "{}", story.findings.join("\n"));
        let operations = story.model["operations"].as_object().unwrap().keys();
        let left: Vec<&String> = operations.filter(|name| !story.answered.contains(*name)).collect();
        for name in left {
            let status = story.door.text(name, "{}").await.status;
            assert_eq!(status, 501, "{name} is served and was not asked");
        }
    });
}
