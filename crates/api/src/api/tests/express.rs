//! Express executions at the door.

use super::*;

async fn express_machine(door: &Door, name: &str, definition: &str) -> String {
    let body = json!({ "name": name, "definition": definition, "roleArn": ROLE, "type": "EXPRESS" });
    door.ok("CreateStateMachine", body).await["stateMachineArn"].as_str().unwrap().to_owned()
}

#[test]
fn a_synchronous_start_answers_with_everything_about_its_end() {
    at_the_door(|door| async move {
        let machine = express_machine(&door, "orders", PASS).await;
        let body =
            json!({ "stateMachineArn": machine, "name": "o-7", "input": "{\"a\": 1}", "traceHeader": "t" });
        let mut answer = door.ok("StartSyncExecution", body).await;
        let answer = answer.as_object_mut().unwrap();
        let arn = answer.remove("executionArn").unwrap();
        assert!(arn.as_str().unwrap().starts_with(&format!("{OWNED}:express:orders:o-7:")), "{arn}");
        let dates = [answer.remove("startDate").unwrap(), answer.remove("stopDate").unwrap()];
        assert!(dates.iter().all(Value::is_number));
        assert_eq!(
            json!(answer),
            json!({
                "stateMachineArn": machine, "name": "o-7", "status": "SUCCEEDED",
                "input": "{\"a\": 1}", "inputDetails": { "included": true },
                "output": "{\"a\": 1}", "outputDetails": { "included": true }, "traceHeader": "t",
                "billingDetails": { "billedMemoryUsedInMB": 64, "billedDurationInMilliseconds": 100 },
            })
        );
        let bare = door
            .ok("StartSyncExecution", json!({ "stateMachineArn": machine, "includedData": "METADATA_ONLY" }))
            .await;
        assert_eq!((&bare["input"], &bare["output"]), (&Value::Null, &Value::Null));
        assert_eq!(bare["outputDetails"], json!({ "included": false }));
    });
}

#[test]
fn a_failure_is_an_answer() {
    at_the_door(|door| async move {
        let fail = r#"{"StartAt":"F","States":{"F":{"Type":"Fail","Error":"No","Cause":"because"}}}"#;
        let machine = express_machine(&door, "fails", fail).await;
        let answer = door.ok("StartSyncExecution", json!({ "stateMachineArn": machine })).await;
        assert_eq!((&answer["status"], &answer["error"]), (&json!("FAILED"), &json!("No")));
        assert_eq!((&answer["cause"], &answer["output"]), (&json!("because"), &Value::Null));
        assert_eq!(answer["outputDetails"], json!({ "included": true }));
    });
}

#[test]
fn each_type_of_machine_has_its_operations() {
    at_the_door(|door| async move {
        let standard = door.machine("standard", PASS).await;
        let told = door.refused("StartSyncExecution", json!({ "stateMachineArn": standard })).await;
        assert_eq!(
            told,
            "StateMachineTypeNotSupported: This operation is not supported by this type of state machine"
        );
        let machine = express_machine(&door, "express", PASS).await;
        let started = door.ok("StartExecution", json!({ "stateMachineArn": machine })).await;
        let execution = json!({ "executionArn": started["executionArn"] });
        let told = door.refused("DescribeStateMachineForExecution", execution).await;
        assert_eq!(told, "InvalidArn: Invalid Arn: 'Resource type not valid in this context: express'");
        let machines = door.ok("ListStateMachines", json!({})).await;
        assert_eq!(machines["stateMachines"][0]["type"], "EXPRESS");
    });
}

#[test]
fn recent_executions_are_described_listed_and_read() {
    at_the_door(|door| async move {
        let machine = express_machine(&door, "recent", PASS).await;
        let ran = door.ok("StartSyncExecution", json!({ "stateMachineArn": machine, "input": "7" })).await;
        let started = door.ok("StartExecution", json!({ "stateMachineArn": machine, "input": "8" })).await;
        let ended = door.end_of(&started["executionArn"]).await;
        assert_eq!((&ended["status"], &ended["output"]), (&json!("SUCCEEDED"), &json!("8")));
        assert_eq!(ended["redriveStatus"], Value::Null, "nobody redrives it");

        let execution = json!({ "executionArn": ran["executionArn"] });
        let described = door.ok("DescribeExecution", execution.clone()).await;
        assert_eq!((&described["output"], &described["stopDate"]), (&json!("7"), &ran["stopDate"]));
        let history = door.ok("GetExecutionHistory", execution).await;
        assert_eq!(history["events"].as_array().map(Vec::len), Some(4));
        let mut listed = Vec::new();
        let mut token = Value::Null;
        loop {
            let mut body = json!({ "stateMachineArn": machine, "maxResults": 1 });
            if token.is_string() {
                body["nextToken"] = token;
            }
            let page = door.ok("ListExecutions", body).await;
            listed.push(page["executions"][0]["executionArn"].clone());
            token = page["nextToken"].clone();
            if token.is_null() {
                break;
            }
        }
        assert_eq!(listed, [started["executionArn"].clone(), ran["executionArn"].clone()]);
    });
}
