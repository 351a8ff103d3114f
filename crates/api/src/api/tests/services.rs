//! What is known of services, at the door: definitions and mocked results are judged by it.

use asl::Document;
use asl::resource::Resource;
use asl::services::{Completeness, Services};

use super::*;

/// Knows that there is no `gone`, and that results have a text `A`.
#[derive(Debug)]
struct Picky;

impl Services for Picky {
    fn has(&self, resource: &Resource) -> bool {
        !resource.arn().ends_with(":gone")
    }

    fn hint(&self, _: &str) -> Option<String> {
        Some("a hint that is not AWS's".into())
    }

    fn check_result(&self, _: &Resource, result: &Document, completeness: Completeness) -> Option<String> {
        match (result.text(), completeness) {
            ("{}", Completeness::Required) => Some("Required field 'A' is missing".into()),
            ("[]", Completeness::Required | Completeness::Present) => {
                Some("Field 'A' must be a string".into())
            }
            _ => None,
        }
    }
}

fn at_a_knowing_door<F: Future<Output = ()>>(story: impl FnOnce(Rc<Door>) -> F) {
    at_the_door_of(Config { services: Arc::new(Picky), ..Config::default() }, story);
}

fn task(action: &str) -> Value {
    json!({ "Type": "Task", "Resource": format!("arn:aws:states:::aws-sdk:a:{action}"), "End": true })
}

#[test]
fn definitions_with_what_is_not_there_are_refused_wherever_they_come_in() {
    at_a_knowing_door(|door| async move {
        let definition = |action| json!({ "StartAt": "S", "States": { "S": task(action) } }).to_string();
        let message = "The resource provided arn:aws:states:::aws-sdk:a:gone is not recognized. The value is not a \
                       valid resource ARN, or the resource is not available in this region.";
        let refusal = format!(
            "InvalidDefinition: Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: {message} at \
             /States/S/Resource'"
        );
        let creation = json!({ "name": "m", "definition": definition("gone"), "roleArn": ROLE });
        assert_eq!(door.refused("CreateStateMachine", creation).await, refusal);
        let arn = door.machine("m", &definition("put")).await;
        let update = json!({ "stateMachineArn": arn, "definition": definition("gone") });
        assert_eq!(door.refused("UpdateStateMachine", update).await, refusal);
        let validation = json!({ "definition": definition("gone") });
        let told = door.ok("ValidateStateMachineDefinition", validation).await;
        assert_eq!((&told["result"], &told["diagnostics"][0]["message"]), (&json!("FAIL"), &json!(message)));
        let test = json!({ "definition": task("gone").to_string(), "mock": { "result": "{}" } });
        let refusal = door.refused("TestState", test).await;
        assert!(refusal.contains(message), "{refusal}");
    });
}

#[test]
fn a_mocked_result_is_judged_as_strictly_as_its_mode_says() {
    at_a_knowing_door(|door| async move {
        for (result, mode, problem) in [
            ("{}", None, Some("Required field 'A' is missing")),
            ("{}", Some("STRICT"), Some("Required field 'A' is missing")),
            ("{}", Some("PRESENT"), None),
            ("[]", Some("PRESENT"), Some("Field 'A' must be a string")),
            ("[]", Some("NONE"), None),
            ("7", None, None),
        ] {
            let mut mock = json!({ "result": result });
            mock["fieldValidationMode"] = json!(mode.unwrap_or("STRICT"));
            if mode.is_none() {
                mock.as_object_mut().unwrap().remove("fieldValidationMode");
            }
            let test = json!({ "definition": task("put").to_string(), "mock": mock });
            match problem {
                Some(problem) => assert_eq!(
                    door.refused("TestState", test).await,
                    format!("ValidationException: Mock result schema validation error: {problem}")
                ),
                None => assert_eq!(door.ok("TestState", test).await["status"], "SUCCEEDED"),
            }
        }
    });
}
