//! Definitions and configurations at the door: what is validated, tested, kept and shown.

use super::*;

const ROLE_OF_TEST: &str = "arn:aws:iam::000000000000:role/test";

fn task(resource: &str) -> String {
    json!({ "Type": "Task", "Resource": resource, "End": true }).to_string()
}

#[test]
fn findings_are_told_from_the_severity_asked_for() {
    at_the_door(|door| async move {
        let warned = r#"{"StartAt":"P","States":{"P":{"Type":"Pass","Parameters":{"a":"$.b"},"End":true}}}"#;
        let told = door.ok("ValidateStateMachineDefinition", json!({ "definition": warned })).await;
        assert_eq!(told, json!({ "result": "OK", "diagnostics": [], "truncated": false }));
        let body = json!({ "definition": warned, "severity": "WARNING" });
        let told = door.ok("ValidateStateMachineDefinition", body).await;
        assert_eq!((&told["result"], &told["diagnostics"][0]["code"]), (&json!("OK"), &json!("NO_DOLLAR")));
        assert_eq!(told["diagnostics"][0]["severity"], "WARNING");
    });
}

#[test]
fn findings_beyond_the_most_asked_for_are_cut() {
    at_the_door(|door| async move {
        let broken = r#"{"StartAt":"A","States":{"A":{"Type":"X"},"B":{"Type":"Y"},"C":{"Type":"Z"}}}"#;
        let body = json!({ "definition": broken, "maxResults": 2 });
        let told = door.ok("ValidateStateMachineDefinition", body).await;
        assert_eq!(told["diagnostics"].as_array().unwrap().len(), 2);
        assert_eq!((&told["result"], &told["truncated"]), (&json!("FAIL"), &json!(true)));
        let body = json!({ "definition": broken, "maxResults": 101, "type": "FAST", "severity": "INFO" });
        let refusal = door.refused("ValidateStateMachineDefinition", body).await;
        assert!(refusal.starts_with("ValidationException: 3 validation errors detected: "), "{refusal}");
    });
}

#[test]
fn empty_and_broken_definitions_are_findings() {
    at_the_door(|door| async move {
        let told = door.ok("ValidateStateMachineDefinition", json!({ "definition": "" })).await;
        assert_eq!(
            told["diagnostics"],
            json!([{ "severity": "ERROR", "code": "SCHEMA_VALIDATION_FAILED",
                "message": "Definition must be a valid JSON object" }])
        );
        let told = door.ok("ValidateStateMachineDefinition", json!({ "definition": "not" })).await;
        assert_eq!(told["diagnostics"][0]["code"], "INVALID_JSON_DESCRIPTION");
    });
}

#[test]
fn warnings_of_our_own_are_not_told_as_aws_s() {
    at_the_door(|door| async move {
        let activity = "arn:aws:states:us-east-1:000000000000:activity:a";
        let lost = format!(r#"{{"StartAt":"T","States":{{"T":{}}}}}"#, task(activity));
        let body = json!({ "definition": lost, "severity": "WARNING" });
        let told = door.ok("ValidateStateMachineDefinition", body).await;
        assert_eq!(told["diagnostics"], json!([]));
    });
}

#[test]
fn state_is_tested_alone_and_within_its_machine() {
    at_the_door(|door| async move {
        let alone = json!({ "definition": r#"{"Type":"Pass","Next":"N"}"#, "input": "[1]" });
        let tested = door.ok("TestState", alone).await;
        assert_eq!(tested, json!({ "output": "[1]", "nextState": "N", "status": "SUCCEEDED" }));
        let within = json!({ "definition": PASS, "stateName": "P", "inspectionLevel": "DEBUG" });
        let tested = door.ok("TestState", within).await;
        assert_eq!(tested["inspectionData"]["afterResultPath"], "{}");
        let missing = json!({ "definition": PASS, "stateName": "Q" });
        let refusal = door.refused("TestState", missing).await;
        assert_eq!(refusal, "ValidationException: State not found in definition");
    });
}

#[test]
fn variables_are_seen_and_shown_as_they_are_after_the_state() {
    at_the_door(|door| async move {
        let pass = r#"{"Type":"Pass","Assign":{"b.$":"$a"},"Parameters":{"c.$":"$a"},"End":true}"#;
        let body = json!({ "definition": pass, "variables": r#"{"a": 1}"#, "inspectionLevel": "TRACE" });
        let tested = door.ok("TestState", body).await;
        assert_eq!(tested["output"], r#"{"c":1}"#);
        assert_eq!(tested["inspectionData"]["variables"], r#"{"a":1,"b":1}"#);
        let body = json!({ "definition": pass, "variables": "[]" });
        let refusal = door.refused("TestState", body).await;
        assert_eq!(refusal, "ValidationException: Variables must be a valid JSON object");
    });
}

#[test]
fn task_without_a_mock_is_told_what_an_execution_would_be() {
    at_the_door(|door| async move {
        let resource = "arn:aws:states:::lambda:invoke";
        let lambda = json!({ "Type": "Task", "Resource": resource, "End": true,
            "Parameters": { "FunctionName": "f" } });
        let body = json!({ "definition": lambda.to_string(), "roleArn": ROLE_OF_TEST });
        let tested = door.ok("TestState", body).await;
        assert_eq!((&tested["status"], &tested["error"]), (&json!("FAILED"), &json!("States.Runtime")));
        assert!(tested["cause"].as_str().unwrap().contains(resource), "{tested}");
    });
}

#[test]
fn what_a_test_may_not_say_is_refused() {
    at_the_door(|door| async move {
        let activity = task("arn:aws:states:us-east-1:000000000000:activity:a");
        let mock = json!({ "result": "{}" });
        let refusals = [
            (json!({ "mock": {} }), "ValidationException: A test mock should have only one of "),
            (
                json!({ "mock": mock, "revealSecrets": true }),
                "ValidationException: TestState does not support Reveal",
            ),
            (json!({ "mock": { "result": "{" } }), "ValidationException: Mocked result must be valid JSON"),
            (json!({ "context": "{}" }), "ValidationException: TestState does not support Context when "),
            (
                json!({ "mock": mock, "context": "7" }),
                "ValidationException: Invalid Context object provided: it must ",
            ),
            (
                json!({ "mock": mock, "context": r#"{"Task":{"Token":"t"}}"# }),
                "ValidationException: Invalid Context object provided: contains 'Task' when state is not a Task",
            ),
            (json!({ "mock": mock, "roleArn": "nobody" }), "InvalidArn: Invalid Role Arn: 'nobody'"),
            (json!({ "mock": mock, "input": "{" }), "InvalidExecutionInput: "),
            (json!({}), "InvalidDefinition: TestState API supports activities and the service integration "),
            (
                json!({ "mock": mock, "stateConfiguration": { "errorCausedByState": "X" } }),
                "ValidationException: expected errorCausedByState to name a state inside ",
            ),
            (
                json!({ "mock": mock, "stateConfiguration": { "mapItemReaderData": "a,b" } }),
                "ValidationException: MapItemReaderData can only be ",
            ),
            (
                json!({ "mock": mock, "stateConfiguration": { "retrierRetryCount": -1 } }),
                "ValidationException: 1 validation error detected: Value '-1' at 'stateConfiguration.retrierRetryCount' ",
            ),
        ];
        for (mut body, expected) in refusals {
            body["definition"] = json!(activity);
            let refusal = door.refused("TestState", body).await;
            assert!(refusal.starts_with(expected), "{refusal}");
        }
    });
}

#[test]
fn encryption_is_kept_shown_and_taken_back() {
    at_the_door(|door| async move {
        let customer = json!({ "type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": "alias/k",
            "kmsDataKeyReusePeriodSeconds": 60 });
        let owned = json!({ "type": "AWS_OWNED_KEY" });
        let creation = |encryption: &Value| json!({ "name": "m", "definition": PASS, "roleArn": ROLE, "encryptionConfiguration": encryption });
        let arn = door.ok("CreateStateMachine", creation(&customer)).await["stateMachineArn"].clone();
        door.ok("CreateStateMachine", creation(&customer)).await;
        let refusal = door.refused("CreateStateMachine", creation(&owned)).await;
        assert!(refusal.starts_with("StateMachineAlreadyExists: "), "{refusal}");
        let machine = json!({ "stateMachineArn": arn });
        let described = door.ok("DescribeStateMachine", machine.clone()).await;
        assert_eq!(described["encryptionConfiguration"], customer);
        let update = json!({ "stateMachineArn": arn, "encryptionConfiguration": owned });
        assert!(door.ok("UpdateStateMachine", update).await["revisionId"].is_string());
        assert_eq!(door.ok("DescribeStateMachine", machine).await["encryptionConfiguration"], owned);

        let activity = json!({ "name": "a", "encryptionConfiguration": customer });
        let arn = door.ok("CreateActivity", activity).await["activityArn"].clone();
        let described = door.ok("DescribeActivity", json!({ "activityArn": arn })).await;
        assert_eq!(described["encryptionConfiguration"], customer);
        let refusal = door.refused("CreateActivity", json!({ "name": "a" })).await;
        assert!(refusal.starts_with("ActivityAlreadyExists: "), "{refusal}");
    });
}

#[test]
fn variables_that_states_read_are_shown_with_the_definition() {
    at_the_door(|door| async move {
        let definition = r#"{"StartAt":"Set","States":{"Set":{"Type":"Pass","Assign":{"x":1},"Next":"Use"},
            "Use":{"Type":"Pass","Parameters":{"a.$":"$x"},"End":true}}}"#;
        let arn = door.machine("m", definition).await;
        let machine = json!({ "stateMachineArn": arn });
        let described = door.ok("DescribeStateMachine", machine.clone()).await;
        assert_eq!(described["variableReferences"], json!({ "Use": ["x"] }));
        let started = door.ok("StartExecution", machine).await;
        let execution = json!({ "executionArn": started["executionArn"] });
        let pinned = door.ok("DescribeStateMachineForExecution", execution).await;
        assert_eq!(pinned["variableReferences"], json!({ "Use": ["x"] }));
        let body = json!({ "stateMachineArn": arn, "includedData": "METADATA_ONLY" });
        let described = door.ok("DescribeStateMachine", body).await;
        assert_eq!((described.get("variableReferences"), &described["definition"]), (None, &json!("{}")));
    });
}
