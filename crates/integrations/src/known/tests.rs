use std::sync::Arc;

use asl::Diagnostic;
use asl::definition::{MachineType, parse_for};
use serde_json::json;

use super::*;

fn resource(service: &str, action: &str, pattern: Pattern) -> Resource {
    let arn = Arc::from(format!("arn:aws:states:::{service}:{action}"));
    Resource::Service { service: service.into(), action: action.into(), pattern, arn }
}

fn called(service: &str, action: &str) -> Resource {
    resource(service, action, Pattern::RequestResponse)
}

fn document(value: &Value) -> Document {
    Document::parse(&value.to_string()).unwrap()
}

fn findings(task: &Value) -> Vec<Diagnostic> {
    let mut task = task.clone();
    task["Type"] = json!("Task");
    task["End"] = json!(true);
    let text = json!({"StartAt": "S", "States": {"S": task}}).to_string();
    let findings = parse_for(&text, MachineType::Standard, &KnownServices).diagnostics;
    findings.into_iter().filter(|finding| finding.severity == asl::Severity::Error).collect()
}

/// Each finding as AWS tells it, and what is said beside it.
#[track_caller]
fn check_definition(task: &Value, expected: &[(&str, Option<&str>)]) {
    let findings = findings(task);
    let told: Vec<(String, Option<&str>)> =
        findings.iter().map(|finding| (finding.to_string(), finding.hint.as_deref())).collect();
    let told: Vec<(&str, Option<&str>)> = told.iter().map(|(text, hint)| (text.as_str(), *hint)).collect();
    assert_eq!(told, expected);
}

#[track_caller]
fn check_resource(arn: &str, hint: Option<&str>) {
    let text = format!(
        "SCHEMA_VALIDATION_FAILED: The resource provided {arn} is not recognized. The value is not a valid \
         resource ARN, or the resource is not available in this region. at /States/S/Resource"
    );
    check_definition(&json!({"Resource": arn}), &[(&text, hint)]);
}

#[test]
fn services_and_actions_that_do_not_exist_are_refused_with_what_may_be_meant() {
    check_resource(
        "arn:aws:states:::aws-sdk:dynamdb:putItem",
        Some("did you mean `arn:aws:states:::aws-sdk:dynamodb:putItem`?"),
    );
    check_resource(
        "arn:aws:states:::aws-sdk:dynamodb:putItm",
        Some("`dynamodb` has no action `putItm`; did you mean `putItem`?"),
    );
    check_resource(
        "arn:aws:states:::aws-sdk:sts:assumeRole",
        Some("Step Functions does not support the action `assumeRole` of `sts`"),
    );
    check_resource(
        "arn:aws:states:::dynamodb:query",
        Some("did you mean `arn:aws:states:::aws-sdk:dynamodb:query`?"),
    );
    check_resource(
        "arn:aws:states:::sqs:sendMesage.waitForTaskToken",
        Some("did you mean `arn:aws:states:::sqs:sendMessage.waitForTaskToken`?"),
    );
    check_resource(
        "arn:aws:states:::sqs:sendMessage.sync",
        Some("`sqs:sendMessage` cannot be called as `.sync`"),
    );
    check_resource("arn:aws:states:::nothing:likeIt", None);
    check_definition(&json!({"Resource": "arn:aws:states:::aws-sdk:s3:listBuckets", "Parameters": {}}), &[]);
    // Known to Step Functions, and no model at hand.
    let without = Integration::all().find(|(_, integration)| integration.service().is_none()).unwrap().0;
    let unknown =
        json!({"Resource": format!("arn:aws:states:::aws-sdk:{without}:doIt"), "Parameters": {"A": 1}});
    check_definition(&unknown, &[]);
}

#[test]
fn parameters_are_refused_where_the_definition_gives_them() {
    let task = |parameters: Value| json!({"Resource": "arn:aws:states:::dynamodb:getItem", "Parameters": parameters});
    check_definition(
        &task(json!({"TableNam": "t", "Key.$": "$.key"})),
        &[
            (
                "SCHEMA_VALIDATION_FAILED: The field \"TableNam\" is not supported by Step Functions at \
                 /States/S/Parameters",
                Some("did you mean `TableName`?"),
            ),
            (
                "SCHEMA_VALIDATION_FAILED: The field 'TableName' is required but was missing at \
                 /States/S/Parameters",
                None,
            ),
        ],
    );
    check_definition(
        &task(json!({"TableName": 7, "Key": {"id": {"S.$": "$.id"}}})),
        &[(
            "SCHEMA_VALIDATION_FAILED: The value for the field 'TableName' must be a STRING at \
             /States/S/Parameters",
            None,
        )],
    );
    check_definition(&task(json!({"TableName.$": "$.t", "Key": {"id": {"S": "1"}}})), &[]);
    let jsonata = |arguments: Value| json!({"Resource": "arn:aws:states:::sns:publish", "QueryLanguage": "JSONata", "Arguments": arguments});
    check_definition(&jsonata(json!("{% $states.input %}")), &[]);
    check_definition(&jsonata(json!({"TopicArn": "{% $t %}", "Message": {"a": "{% $m %}"}})), &[]);
    check_definition(
        &jsonata(json!({"TopicARN": "t", "Message": "m"})),
        &[(
            "SCHEMA_VALIDATION_FAILED: The field \"TopicARN\" is not supported by Step Functions at \
             /States/S/Arguments",
            Some("did you mean `TopicArn`?"),
        )],
    );
}

#[test]
fn a_wrong_parameter_is_shown_where_it_stands() {
    let text = "{\"StartAt\":\"S\",\"States\":{\"S\":{\"Type\":\"Task\",\"End\":true,\n\
                \"Resource\":\"arn:aws:states:::events:putEvents\",\"Parameters\":{\"Entries\":[\n\
                {\"Source\":\"s\",\"Detial\":{}}]}}}}";
    let found = parse_for(text, MachineType::Standard, &KnownServices).diagnostics;
    let place = found.iter().find_map(|finding| finding.hint.as_ref().and(finding.position)).unwrap();
    assert_eq!((place.line, place.column), (3, 24));
}

#[test]
fn as_many_problems_are_told_as_somebody_reads() {
    let many = Value::Object((0..1_000).map(|at| (format!("Unknown{at}"), json!(1))).collect());
    let queue = called("sqs", "sendMessage");
    assert_eq!(KnownServices.check_template(&queue, &document(&many), 0).len(), PROBLEMS_MAX);
    assert_eq!(KnownServices.check_input(&queue, &document(&many)).len(), PROBLEMS_MAX);
}

#[test]
fn integrations_without_a_row_take_any_parameters() {
    check_definition(
        &json!({"Resource": "arn:aws:states:::eks:runJob.sync", "Parameters": {"Job": {"apiVersion": "batch/v1"}}}),
        &[],
    );
}

#[test]
fn an_input_that_cannot_start_the_task_says_why() {
    let check = |service: &str, action: &str, input: Value, expected: &[&str]| {
        assert_eq!(KnownServices.check_input(&called(service, action), &document(&input)), expected);
    };
    let unsupported = "The field \"Queue\" is not supported by Step Functions";
    for service in ["sqs", "aws-sdk:sqs"] {
        check(service, "sendMessage", json!({"QueueUrl": "u", "MessageBody": {"a": 1}}), &[]);
        check(service, "sendMessage", json!({"Queue": "u", "MessageBody": "m"}), &[unsupported]);
    }
    check("lambda", "invoke", json!({"FunctionName": "f", "Payload": [1, {"any": null}]}), &[]);
    check("states", "startExecution", json!({"StateMachineArn": "a", "Input": null}), &[]);
    check("eks", "call", json!({"Anything": 1}), &[]);
    check(
        "apigateway",
        "invoke",
        json!({"ApiEndpoint": "e", "Method": "GET", "Headers": {"a": "b"}}),
        &["The value of the field 'Headers' has an invalid format"],
    );
    // Recorded: the service answers to a null.
    check("dynamodb", "putItem", json!({"TableName": "t", "Item": null}), &[]);
}

#[test]
fn mocked_results_are_judged_by_what_answers_the_task() {
    let check = |resource: &Resource, result: Value, expected: Option<&str>| {
        let told = KnownServices.check_result(resource, &document(&result), Completeness::Required);
        assert_eq!(told.as_deref(), expected);
    };
    let invoke = called("lambda", "invoke");
    check(&invoke, json!({"Payload": {"any": ["json"]}, "StatusCode": 200, "SdkHttpMetadata": {}}), None);
    check(&invoke, json!({"StatusCode": "200"}), Some("Field 'StatusCode' must be a number"));
    check(&called("apigateway", "invoke"), json!("anything"), None);
    let child = |pattern| resource("states", "startExecution", pattern);
    let seen = json!({"ExecutionArn": "e", "StateMachineArn": "s", "Status": "SUCCEEDED", "StartDate": "d"});
    check(&child(Pattern::RequestResponse), json!({}), Some("Required field 'ExecutionArn' is missing"));
    check(&child(Pattern::Sync { version: 2 }), seen.clone(), None);
    let with = |output: Value| {
        let mut seen = seen.clone();
        seen["Output"] = output;
        seen
    };
    check(&child(Pattern::Sync { version: 2 }), with(json!({"a": 1})), None);
    check(&child(Pattern::Sync { version: 1 }), with(json!("{}")), None);
    check(
        &child(Pattern::Sync { version: 1 }),
        with(json!({"a": 1})),
        Some("Field 'Output' must be a string"),
    );
    // Whoever has the token says what it likes.
    check(&resource("sqs", "sendMessage", Pattern::WaitForTaskToken), json!({"MessageId": 1}), None);
}
