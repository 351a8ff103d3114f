//! Whole requests, in process, against an engine on the store in memory.

mod access;
mod bounds;
mod console_data;
mod definitions;
mod express;
mod services;
mod shapes;
mod versions;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use engine::Config;
use http_body_util::{BodyExt, Full};
use hyper::header::HeaderMap;
use serde_json::{Value, json};
use tokio::task::LocalSet;

use super::*;
use crate::access::Access;

const PASS: &str = r#"{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}"#;
const ROLE: &str = "arn:aws:iam::000000000000:role/flows";
const OWNED: &str = "arn:aws:states:us-east-1:000000000000";

struct Door {
    api: Rc<Api>,
    client: Client,
    stop: Box<dyn Fn()>,
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Value,
}

impl Door {
    async fn send(&self, request: Request<Full<Bytes>>) -> Answer {
        let response = self.api.handle(&self.client, IpAddr::V4(Ipv4Addr::LOCALHOST), request).await;
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&body).unwrap();
        Answer { status: head.status.as_u16(), headers: head.headers, body }
    }

    async fn text(&self, operation: &str, body: &str) -> Answer {
        let request = Request::post("/")
            .header("host", "localhost:8083")
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", format!("AWSStepFunctions.{operation}"))
            .body(Full::new(Bytes::from(body.to_owned())))
            .unwrap();
        self.send(request).await
    }

    /// The answer of a request that succeeds.
    async fn ok(&self, operation: &str, body: Value) -> Value {
        let answer = self.text(operation, &body.to_string()).await;
        assert_eq!(answer.status, 200, "{operation} {body}: {}", answer.body);
        answer.body
    }

    /// `<exception>: <message>` of a request that is refused.
    async fn refused(&self, operation: &str, body: Value) -> String {
        told(&self.text(operation, &body.to_string()).await)
    }

    async fn get(&self, path: &str) -> Answer {
        let request = Request::get(path).header("host", "127.0.0.1:8083").body(Full::default()).unwrap();
        self.send(request).await
    }

    async fn machine(&self, name: &str, definition: &str) -> String {
        let body = json!({ "name": name, "definition": definition, "roleArn": ROLE });
        self.ok("CreateStateMachine", body).await["stateMachineArn"].as_str().unwrap().to_owned()
    }

    async fn end_of(&self, execution: &Value) -> Value {
        let answer = self.get(&format!("/stairway/executions/{}/end", execution.as_str().unwrap())).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }
}

fn told(answer: &Answer) -> String {
    assert!(answer.status >= 400, "{}", answer.body);
    let part = |name: &str| answer.body[name].as_str().unwrap().to_owned();
    format!("{}: {}", part("__type"), part("message"))
}

/// Runs a story at a fresh server's door.
fn at_the_door<F>(story: impl FnOnce(Rc<Door>) -> F)
where
    F: Future<Output = ()>,
{
    at_a_door(Admission::new(Access::Anybody), story);
}

fn at_the_door_of<F>(config: Config, story: impl FnOnce(Rc<Door>) -> F)
where
    F: Future<Output = ()>,
{
    tell(config, Admission::new(Access::Anybody), story);
}

fn at_a_door<F>(admission: Admission, story: impl FnOnce(Rc<Door>) -> F)
where
    F: Future<Output = ()>,
{
    tell(Config::default(), admission, story);
}

fn tell<F>(config: Config, admission: Admission, story: impl FnOnce(Rc<Door>) -> F)
where
    F: Future<Output = ()>,
{
    let engine = Engine::start(Arc::new(store::MemoryStore::new()), config).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, async {
        let (stop, stopping) = Stopping::by_hand();
        let config = ApiConfig::default();
        let api = Api::new(engine.clone(), &config, admission, stopping, 7);
        let door = Door { api, client: engine.client(), stop: Box::new(stop) };
        story(Rc::new(door)).await;
    });
    engine.shutdown().unwrap();
}

#[test]
fn machine_is_created_described_and_created_again() {
    at_the_door(|door| async move {
        let arn = door.machine("orders", PASS).await;
        assert_eq!(arn, format!("{OWNED}:stateMachine:orders"));
        assert_eq!(door.machine("orders", PASS).await, arn);
        let described = door.ok("DescribeStateMachine", json!({ "stateMachineArn": arn })).await;
        assert!(described["creationDate"].is_number());
        assert_eq!(described["definition"], PASS);
        assert_eq!(described["status"], "ACTIVE");
        assert_eq!(described["type"], "STANDARD");
        assert_eq!(
            described["loggingConfiguration"],
            json!({ "level": "OFF", "includeExecutionData": false })
        );
        assert_eq!(described["tracingConfiguration"], json!({ "enabled": false }));
        assert_eq!(described.get("revisionId"), None);
        let spaced = json!({ "name": "orders", "definition": format!("{PASS} "), "roleArn": ROLE });
        assert_eq!(
            door.refused("CreateStateMachine", spaced).await,
            format!("StateMachineAlreadyExists: State Machine Already Exists: '{arn}'")
        );
    });
}

#[test]
fn broken_definition_is_refused_with_its_findings() {
    at_the_door(|door| async move {
        let body = json!({ "name": "broken", "definition": "{}", "roleArn": ROLE });
        let refusal = door.refused("CreateStateMachine", body).await;
        assert!(
            refusal.starts_with(
                "InvalidDefinition: Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: "
            ),
            "{refusal}"
        );
    });
}

#[test]
fn what_comes_later_is_refused_by_name() {
    at_the_door(|door| async move {
        let answer = door.text("DescribeMapRun", "{}").await;
        assert_eq!(answer.status, 501);
        assert!(told(&answer).contains("`DescribeMapRun` is not supported yet"));
    });
}

#[test]
fn update_gives_a_revision_and_the_same_update_keeps_it() {
    at_the_door(|door| async move {
        let arn = door.machine("orders", PASS).await;
        let role = json!({ "stateMachineArn": arn, "roleArn": "arn:aws:iam::000000000000:role/other" });
        let first = door.ok("UpdateStateMachine", role.clone()).await;
        assert!(first["revisionId"].is_string(), "{first}");
        let second = door.ok("UpdateStateMachine", role).await;
        assert_eq!(first["revisionId"], second["revisionId"]);
        let described = door.ok("DescribeStateMachine", json!({ "stateMachineArn": arn })).await;
        assert_eq!(described["revisionId"], first["revisionId"]);
        let off = json!({ "stateMachineArn": arn, "tracingConfiguration": { "enabled": false } });
        assert_eq!(door.ok("UpdateStateMachine", off).await["revisionId"], first["revisionId"]);
        assert_eq!(
            door.refused(
                "UpdateStateMachine",
                json!({ "stateMachineArn": format!("{arn}:1"), "roleArn": ROLE })
            )
            .await,
            format!("StateMachineDoesNotExist: State Machine Does Not Exist: '{arn}:1'")
        );
    });
}

#[test]
fn execution_is_started_ends_and_is_told_in_every_way() {
    at_the_door(|door| async move {
        let arn = door.machine("orders", PASS).await;
        let input = "{ \"orderId\": 7, \"note\": \"é\\n\" }";
        let body = json!({ "stateMachineArn": arn, "name": "o-7", "input": input });
        let started = door.text("StartExecution", &body.to_string()).await;
        assert_eq!(started.status, 200, "{}", started.body);
        assert_eq!(started.headers["x-stairway-execution-status"], "SUCCEEDED");
        let execution = &started.body["executionArn"];
        assert_eq!(*execution, format!("{OWNED}:execution:orders:o-7"));

        let ended = door.end_of(execution).await;
        let described = door.ok("DescribeExecution", json!({ "executionArn": execution })).await;
        assert_eq!(ended, described);
        assert_eq!(described["status"], "SUCCEEDED");
        assert_eq!(described["input"], input);
        assert_eq!(described["inputDetails"], json!({ "included": true }));
        assert_eq!(described["redriveStatusReason"], "Execution is SUCCEEDED and cannot be redriven");

        let bare = json!({ "executionArn": execution, "includedData": "METADATA_ONLY" });
        let bare = door.ok("DescribeExecution", bare).await;
        assert_eq!(bare.get("input"), None);
        assert_eq!(bare["outputDetails"], json!({ "included": false }));

        let used = door.ok("DescribeStateMachineForExecution", json!({ "executionArn": execution })).await;
        assert_eq!(used["definition"], PASS);
        assert!(used["updateDate"].is_number());

        let listed =
            door.ok("ListExecutions", json!({ "stateMachineArn": arn, "statusFilter": "SUCCEEDED" })).await;
        assert_eq!(listed["executions"][0]["name"], "o-7");
        assert_eq!(listed["executions"].as_array().unwrap().len(), 1);
        let failed =
            door.ok("ListExecutions", json!({ "stateMachineArn": arn, "statusFilter": "FAILED" })).await;
        assert_eq!(failed, json!({ "executions": [] }));

        let again = door.refused("StartExecution", body).await;
        assert_eq!(
            again,
            format!("ExecutionAlreadyExists: Execution Already Exists: '{OWNED}:execution:orders:o-7'")
        );
    });
}

#[test]
fn input_that_is_no_json_is_refused() {
    at_the_door(|door| async move {
        let arn = door.machine("orders", PASS).await;
        let refused = |input: &str| {
            let body = json!({ "stateMachineArn": arn, "input": input });
            let door = Rc::clone(&door);
            async move { door.refused("StartExecution", body).await }
        };
        assert_eq!(
            refused("").await,
            "InvalidExecutionInput: Invalid State Machine Execution Input: 'Invalid execution input.'"
        );
        assert!(refused("not").await.contains("Unrecognized token 'not'"));
        let long = format!("\"{}\"", "x".repeat(262_143));
        assert_eq!(
            refused(&long).await,
            "ValidationException: 1 validation error detected: Value at 'input' failed to satisfy constraint: \
             Member must have length less than or equal to 262144"
        );
        let wide = format!("\"{}\"", "é".repeat(200_000));
        assert!(refused(&wide).await.starts_with("InvalidExecutionInput: "));
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        assert!(refused(&deep).await.starts_with("InvalidExecutionInput: "));
        for accepted in ["null", "7", "\"text\"", "[1]"] {
            door.ok("StartExecution", json!({ "stateMachineArn": arn, "input": accepted })).await;
        }
    });
}

#[test]
fn history_is_paged_in_both_directions() {
    at_the_door(|door| async move {
        let arn = door.machine("orders", PASS).await;
        let started = door.ok("StartExecution", json!({ "stateMachineArn": arn })).await;
        let execution = started["executionArn"].clone();
        for reverse in [false, true] {
            let (mut ids, mut token) = (Vec::new(), Value::Null);
            loop {
                let body = json!({
                    "executionArn": execution, "maxResults": 2, "reverseOrder": reverse, "nextToken": token,
                });
                let page = door.ok("GetExecutionHistory", body).await;
                ids.extend(
                    page["events"].as_array().unwrap().iter().map(|event| event["id"].as_i64().unwrap()),
                );
                let Some(next) = page.get("nextToken") else { break };
                token = next.clone();
            }
            let expected = if reverse { [4, 3, 2, 1] } else { [1, 2, 3, 4] };
            assert_eq!(ids, expected);
        }
        let bare = json!({ "executionArn": execution, "includeExecutionData": false });
        let page = door.ok("GetExecutionHistory", bare).await;
        assert_eq!(page["events"][0]["executionStartedEventDetails"].get("input"), None, "{page}");
    });
}

#[test]
fn lists_come_by_name_and_tokens_serve_their_own_list_only() {
    at_the_door(|door| async move {
        for name in ["b", "c", "a"] {
            door.machine(name, PASS).await;
            door.ok("CreateActivity", json!({ "name": name })).await;
        }
        let page = door.ok("ListStateMachines", json!({ "maxResults": 2 })).await;
        let names = |page: &Value, list: &str| -> Vec<String> {
            let entries = page[list].as_array().unwrap();
            entries.iter().map(|entry| entry["name"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(names(&page, "stateMachines"), ["a", "b"]);
        let token = page["nextToken"].clone();
        let rest = door.ok("ListStateMachines", json!({ "nextToken": token })).await;
        assert_eq!(names(&rest, "stateMachines"), ["c"]);
        assert_eq!(rest.get("nextToken"), None);
        assert_eq!(
            door.refused("ListActivities", json!({ "nextToken": token })).await,
            "InvalidToken: Invalid Token: 'Invalid token'"
        );
        assert_eq!(names(&door.ok("ListActivities", json!({})).await, "activities"), ["a", "b", "c"]);
    });
}

#[test]
fn executions_are_paged_newest_first() {
    at_the_door(|door| async move {
        let arn = door.machine("orders", PASS).await;
        for index in 0..5 {
            let body = json!({ "stateMachineArn": arn, "name": format!("e{index}") });
            let started = door.ok("StartExecution", body).await;
            door.end_of(&started["executionArn"]).await;
        }
        let (mut seen, mut token) = (Vec::new(), Value::Null);
        loop {
            let body = json!({ "stateMachineArn": arn, "maxResults": 2, "nextToken": token });
            let page = door.ok("ListExecutions", body).await;
            seen.extend(page["executions"].as_array().unwrap().iter().map(|row| row["name"].to_string()));
            let Some(next) = page.get("nextToken") else { break };
            token = next.clone();
        }
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 5);
    });
}

#[test]
fn activity_task_is_polled_and_answered() {
    at_the_door(|door| async move {
        let created = door.ok("CreateActivity", json!({ "name": "pack" })).await;
        assert_eq!(door.ok("CreateActivity", json!({ "name": "pack" })).await, created);
        let activity = created["activityArn"].as_str().unwrap();
        let definition = json!({
            "StartAt": "T", "States": { "T": { "Type": "Task", "Resource": activity, "End": true } },
        });
        let machine = door.machine("orders", &definition.to_string()).await;
        let body = json!({ "stateMachineArn": machine, "input": "{\"n\": 1}" });
        let started = door.text("StartExecution", &body.to_string()).await;
        assert_eq!(started.headers["x-stairway-execution-status"], "RUNNING");
        let execution = &started.body["executionArn"];

        let task = door.ok("GetActivityTask", json!({ "activityArn": activity, "workerName": "w" })).await;
        assert_eq!(task["input"], "{\"n\": 1}");
        let token = &task["taskToken"];
        door.ok("SendTaskHeartbeat", json!({ "taskToken": token })).await;
        let bad = json!({ "taskToken": token, "output": "{" });
        assert!(door.refused("SendTaskSuccess", bad).await.starts_with("InvalidOutput: Invalid Output: '"));
        door.ok("SendTaskSuccess", json!({ "taskToken": token, "output": "{\"done\":true}" })).await;
        assert_eq!(door.end_of(execution).await["output"], "{\"done\":true}");
        assert_eq!(
            door.refused("SendTaskFailure", json!({ "taskToken": token, "error": null })).await,
            "TaskTimedOut: Task Timed Out: 'Provided task does not exist anymore'"
        );
        assert_eq!(
            door.refused("SendTaskHeartbeat", json!({ "taskToken": "made up" })).await,
            "InvalidToken: Invalid Token: 'Invalid token'"
        );
    });
}

#[test]
fn failed_execution_shows_error_and_cause_and_is_redrivable() {
    at_the_door(|door| async move {
        let definition =
            r#"{"StartAt":"F","States":{"F":{"Type":"Fail","Error":"Out of stock","Cause":"none left"}}}"#;
        let machine = door.machine("orders", definition).await;
        let started = door.ok("StartExecution", json!({ "stateMachineArn": machine })).await;
        let ended = door.end_of(&started["executionArn"]).await;
        assert_eq!(ended["status"], "FAILED");
        assert_eq!(ended["error"], "Out of stock");
        assert_eq!(ended["cause"], "none left");
        assert_eq!(ended["redriveStatus"], "REDRIVABLE");
        assert_eq!(ended.get("redriveStatusReason"), None);
        assert_eq!(ended.get("outputDetails"), None);
    });
}

#[test]
fn redrive_answers_its_moment_once_for_each_token_and_tells_why_not() {
    at_the_door(|door| async move {
        let definition = r#"{"StartAt":"F","States":{"F":{"Type":"Fail"}}}"#;
        let machine = door.machine("orders", definition).await;
        let started = door.ok("StartExecution", json!({ "stateMachineArn": machine })).await;
        let execution = &started["executionArn"];
        door.end_of(execution).await;
        let body = json!({ "executionArn": execution, "clientToken": "mine" });
        let first = door.ok("RedriveExecution", body.clone()).await;
        assert_eq!(door.ok("RedriveExecution", body).await, first);
        let ended = door.end_of(execution).await;
        assert_eq!((&ended["redriveCount"], &ended["redriveDate"]), (&json!(1), &first["redriveDate"]));
        let body = json!({ "executionArn": execution, "clientToken": "not mine" });
        assert_eq!(
            door.refused("RedriveExecution", body).await,
            "ValidationException: 1 validation error detected: Value 'not mine' at 'clientToken' failed to satisfy \
             constraint: Member must satisfy regular expression pattern: [!-~]+"
        );
        let passes = door.machine("passes", PASS).await;
        let started = door.ok("StartExecution", json!({ "stateMachineArn": passes })).await;
        door.end_of(&started["executionArn"]).await;
        let body = json!({ "executionArn": started["executionArn"] });
        assert_eq!(
            door.refused("RedriveExecution", body).await,
            "ExecutionNotRedrivable: Execution is SUCCEEDED and cannot be redriven"
        );
    });
}

#[test]
fn running_execution_is_shown_after_the_wait_and_can_be_stopped() {
    at_the_door(|door| async move {
        let definition = r#"{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":9999,"End":true}}}"#;
        let machine = door.machine("orders", definition).await;
        let started = door.ok("StartExecution", json!({ "stateMachineArn": machine })).await;
        let execution = &started["executionArn"];
        let encoded = execution.as_str().unwrap().replace(':', "%3A");
        let shown = door.get(&format!("/stairway/executions/{encoded}/end?wait=0")).await;
        assert_eq!((shown.status, shown.body["status"].as_str()), (200, Some("RUNNING")));

        let body = json!({ "executionArn": execution, "error": "E", "cause": "C" });
        let stopped = door.ok("StopExecution", body.clone()).await;
        let ended = door.end_of(execution).await;
        assert_eq!(ended["status"], "ABORTED");
        assert_eq!(ended["error"], "E");
        assert_eq!(ended["stopDate"], stopped["stopDate"]);
        assert_eq!(door.ok("StopExecution", body).await, stopped);
    });
}

#[test]
fn tags_are_set_listed_and_removed() {
    at_the_door(|door| async move {
        let arn = door.machine("orders", PASS).await;
        let tags = json!([{ "key": "k1", "value": "v1" }, { "key": "k2", "value": "v2" }]);
        assert_eq!(door.ok("TagResource", json!({ "resourceArn": arn, "tags": tags })).await, json!({}));
        assert_eq!(
            door.ok("ListTagsForResource", json!({ "resourceArn": arn })).await,
            json!({ "tags": tags })
        );
        door.ok("UntagResource", json!({ "resourceArn": arn, "tagKeys": ["k1", "none"] })).await;
        let left = door.ok("ListTagsForResource", json!({ "resourceArn": arn })).await;
        assert_eq!(left, json!({ "tags": [{ "key": "k2", "value": "v2" }] }));
        for unknown in
            [format!("{arn}:1"), format!("{OWNED}:activity:none"), format!("{OWNED}:execution:m:e")]
        {
            assert_eq!(
                door.refused("TagResource", json!({ "resourceArn": unknown, "tags": tags })).await,
                format!("ResourceNotFound: Resource not found: '{unknown}'")
            );
        }
    });
}

#[test]
fn deleting_what_does_not_exist_succeeds() {
    at_the_door(|door| async move {
        let machine = format!("{OWNED}:stateMachine:none");
        assert_eq!(door.ok("DeleteStateMachine", json!({ "stateMachineArn": machine })).await, json!({}));
        let activity = format!("{OWNED}:activity:none");
        assert_eq!(door.ok("DeleteActivity", json!({ "activityArn": activity })).await, json!({}));
        assert_eq!(
            door.refused("DescribeActivity", json!({ "activityArn": activity })).await,
            format!("ActivityDoesNotExist: Activity Does Not Exist: '{activity}'")
        );
    });
}

#[test]
fn unknown_execution_has_its_own_refusals() {
    at_the_door(|door| async move {
        let arn = format!("{OWNED}:execution:none:e");
        let message = format!("ExecutionDoesNotExist: Execution Does Not Exist: '{arn}'");
        for operation in
            ["DescribeExecution", "StopExecution", "GetExecutionHistory", "DescribeStateMachineForExecution"]
        {
            assert_eq!(door.refused(operation, json!({ "executionArn": arn })).await, message, "{operation}");
        }
        let answer = door.get(&format!("/stairway/executions/{arn}/end?wait=0")).await;
        assert_eq!(answer.status, 404);
        assert_eq!(told(&answer), message);
    });
}

#[test]
fn long_poll_ends_without_a_task_when_the_server_ends() {
    at_the_door(|door| async move {
        let created = door.ok("CreateActivity", json!({ "name": "pack" })).await;
        (door.stop)();
        let task = door.ok("GetActivityTask", json!({ "activityArn": created["activityArn"] })).await;
        assert_eq!(task, json!({ "taskToken": null, "input": null }));
    });
}

#[test]
fn deep_and_broken_bodies_are_refused_and_the_door_stays_open() {
    at_the_door(|door| async move {
        let deep = format!("{}{}", r#"{"a":"#.repeat(10_000), "}".repeat(10_000));
        for body in ["", "nonsense", "[]", r#"{"name":7}"#, deep.as_str()] {
            let answer = door.text("CreateStateMachine", body).await;
            assert!(told(&answer).starts_with("SerializationException: "), "{}", answer.body);
        }
        assert_eq!(door.get("/health").await.body, json!({ "status": "ok" }));
        assert_eq!(door.get("/ready").await.body, json!({ "status": "ready" }));
        assert_eq!(door.get("/elsewhere").await.status, 404);
        assert_eq!(door.get("/").await.status, 405);
    });
}

#[test]
fn the_console_is_shown_to_links_of_other_pages_but_not_under_a_foreign_host() {
    at_the_door(|door| async move {
        for (host, status) in [("localhost:8083", 200), ("evil.example", 403)] {
            let request = Request::get("/console/machines")
                .header("host", host)
                .header("accept", "text/html")
                .header("sec-fetch-site", "cross-site")
                .body(Full::<Bytes>::default())
                .unwrap();
            let at = IpAddr::V4(Ipv4Addr::LOCALHOST);
            let answer = door.api.handle(&door.client, at, request).await;
            assert_eq!(answer.status().as_u16(), status, "{host}");
        }
    });
}
