use serde_json::{Value, json};

use super::*;
use crate::model::{Kind, Place, Service};
use crate::protocol::ServiceError;

#[track_caller]
fn operation(resource: &str, action: &str) -> Operation<'static> {
    Integration::find(resource).unwrap().operation(action).unwrap()
}

#[track_caller]
fn check_input(resource: &str, action: &str, parameters: Value, expected: Value) {
    let operation = operation(resource, action);
    let input = to_input(operation, &parameters).unwrap();
    assert_eq!(input, expected);
    protocol::build(operation, &input, None).unwrap();
}

#[track_caller]
fn check_refused(resource: &str, action: &str, parameters: Value, expected: &[(&str, &str, Option<&str>)]) {
    let problems = to_input(operation(resource, action), &parameters).unwrap_err();
    check_problems(&problems, expected);
}

#[track_caller]
fn check_definition(
    resource: &str,
    action: &str,
    parameters: Value,
    expected: &[(&str, &str, Option<&str>)],
) {
    check_problems(&check_parameters(operation(resource, action), &parameters, 1), expected);
}

#[track_caller]
fn check_problems(problems: &[Problem], expected: &[(&str, &str, Option<&str>)]) {
    let found: Vec<_> = problems
        .iter()
        .map(|problem| (problem.path.as_str(), problem.message.as_str(), problem.nearest.as_deref()))
        .collect();
    assert_eq!(found, expected);
}

#[track_caller]
fn check_output(resource: &str, action: &str, result: Value, expected: Value) {
    assert_eq!(to_result(operation(resource, action), result), expected);
}

#[test]
fn every_service_of_the_table_is_found_and_most_have_a_model() {
    assert_eq!(Integration::all().count(), 417);
    let with_model = Integration::all().filter(|(_, integration)| integration.service().is_some()).count();
    assert_eq!(with_model, 403);
    for (name, integration) in Integration::all() {
        assert_eq!(integration.exception_prefix().to_lowercase(), name);
        assert_eq!(Integration::find(name), Some(integration));
    }
    assert_eq!(Integration::find("DynamoDB"), None);
    assert_eq!(Integration::nearest("dynamdb"), Some("dynamodb"));
    assert_eq!(Integration::nearest("nothing like it"), None);
}

#[test]
fn services_have_names_of_their_own() {
    let names = [
        ("sfn", "stepfunctions"),
        ("eventbridge", "events"),
        ("cloudwatchlogs", "logs"),
        ("costexplorer", "ce"),
    ];
    for (resource, botocore) in names {
        assert_eq!(Integration::find(resource).unwrap().service().unwrap().name(), botocore);
    }
}

#[test]
fn an_unknown_action_names_the_nearest() {
    let dynamodb = Integration::find("dynamodb").unwrap();
    let error = dynamodb.operation("putItm").unwrap_err();
    assert_eq!(error.to_string(), "`dynamodb` has no action `putItm`; did you mean `putItem`?");
    // Actions begin with a small letter.
    let error = dynamodb.operation("PutItem").unwrap_err();
    assert_eq!(error.to_string(), "`dynamodb` has no action `PutItem`; did you mean `putItem`?");
    let error = dynamodb.operation("x").unwrap_err();
    assert_eq!(error.to_string(), "`dynamodb` has no action `x`");
}

#[test]
fn unsupported_actions_and_event_streams_are_refused() {
    for (resource, action) in
        [("sts", "assumeRole"), ("lambda", "invokeAsync"), ("kinesis", "subscribeToShard")]
    {
        let error = Integration::find(resource).unwrap().operation(action).unwrap_err();
        assert!(matches!(error, ActionError::Unsupported { .. }), "{error}");
        assert!(Integration::find(resource).unwrap().actions().all(|name| name != action));
    }
    let error = Integration::find("lookoutvision").unwrap().operation("detectAnomalies").unwrap_err();
    assert_eq!(error, ActionError::NoModel { service: "lookoutvision".to_owned() });
}

#[test]
fn parameters_find_the_members_of_the_model() {
    check_input(
        "sfn",
        "startExecution",
        json!({"StateMachineArn": "arn", "Name": "n"}),
        json!({"stateMachineArn": "arn", "name": "n"}),
    );
    check_input(
        "rds",
        "describeDBInstances",
        json!({"DbInstanceIdentifier": "i", "Filters": [{"Name": "n", "Values": ["v"]}]}),
        json!({"DBInstanceIdentifier": "i", "Filters": [{"Name": "n", "Values": ["v"]}]}),
    );
    // The keys of a map are the user's.
    check_input(
        "lambda",
        "tagResource",
        json!({"Resource": "arn", "Tags": {"costCenter": "x"}}),
        json!({"Resource": "arn", "Tags": {"costCenter": "x"}}),
    );
}

#[test]
fn json_for_a_string_becomes_its_text() {
    check_input(
        "sfn",
        "startExecution",
        json!({"StateMachineArn": "arn", "Input": {"key": "value"}}),
        json!({"stateMachineArn": "arn", "input": "{\"key\":\"value\"}"}),
    );
}

// Recorded: what S3 stores for each of these bodies.
#[test]
fn any_json_for_bytes_becomes_the_bytes_of_its_text() {
    let stored = [
        (json!("text data"), "\"text data\""),
        (json!({"Dict": "Value"}), "{\"Dict\":\"Value\"}"),
        (json!(["List", "Data"]), "[\"List\",\"Data\"]"),
        (json!(false), "false"),
        (json!(0), "0"),
    ];
    for (body, bytes) in stored {
        let put = operation("s3", "putObject");
        let input = to_input(put, &json!({"Bucket": "b", "Key": "k", "Body": body})).unwrap();
        let request = build(put, &input, None).unwrap();
        assert_eq!(request.body(), bytes);
        assert_eq!(request.headers()["content-type"], "text/plain; charset=UTF-8");
    }
}

// Recorded: `ChecksumCRC32` in the result of putObject is what was sent.
#[test]
fn a_stored_object_has_the_recorded_checksum() {
    let put = operation("s3", "putObject");
    let input = to_input(put, &json!({"Bucket": "b", "Key": "k", "Body": "text data"})).unwrap();
    assert_eq!(build(put, &input, None).unwrap().headers()["x-amz-checksum-crc32"], "KUmHvQ==");
}

// Recorded: `"Item": null` reaches DynamoDB as no item, and DynamoDB itself refuses.
#[test]
fn null_is_no_value() {
    check_input("dynamodb", "putItem", json!({"TableName": "t", "Item": null}), json!({"TableName": "t"}));
}

#[test]
fn names_of_the_api_are_not_taken_where_step_functions_has_its_own() {
    check_refused(
        "textract",
        "startDocumentTextDetection",
        json!({"NotificationChannel": {"SNSTopicArn": "a", "RoleArn": "r"}}),
        &[(
            "/NotificationChannel",
            "The field \"SNSTopicArn\" is not supported by Step Functions",
            Some("SnsTopicArn"),
        )],
    );
    check_refused(
        "sfn",
        "startExecution",
        json!({"stateMachineArn": "arn"}),
        &[("", "The field \"stateMachineArn\" is not supported by Step Functions", Some("StateMachineArn"))],
    );
}

#[test]
fn values_of_the_wrong_kind_are_all_reported() {
    check_refused(
        "sqs",
        "sendMessage",
        json!({"QueueUrl": 7, "DelaySeconds": "soon", "MessageAttributes": []}),
        &[
            ("", "The value for the field 'QueueUrl' must be a STRING", None),
            ("", "The value of the field 'DelaySeconds' has an invalid format", None),
            ("", "The value of the field 'MessageAttributes' has an invalid format", None),
        ],
    );
    check_refused(
        "cloudwatchlogs",
        "startQuery",
        json!([1]),
        &[("", "the parameters of a call must be an object", None)],
    );
}

#[test]
fn a_definition_may_leave_values_open() {
    check_definition("s3", "getObject", json!({"Bucket.$": "$.Bucket", "Key": "{% $key %}"}), &[]);
    check_definition("dynamodb", "putItem", json!("{% $states.input %}"), &[]);
    check_definition(
        "dynamodb",
        "putItem",
        json!({"TableName": "t", "Item": {"id.$": "$.id", "data": {"S.$": "$.data", "X": 1}}}),
        &[("/Item/data", "The field \"X\" is not supported by Step Functions", None)],
    );
    check_definition(
        "sfn",
        "startExecution",
        json!({"StateMachineArn": "arn", "Input": {"TaskToken.$": "$$.Task.Token"}}),
        &[],
    );
}

#[test]
fn problems_say_of_what_kind_they_are() {
    let kinds = |problems: Vec<Problem>| problems.iter().map(|problem| problem.kind).collect::<Vec<_>>();
    let problems = check_parameters(operation("s3", "getObject"), &json!({"Bucket": 1, "Kye": "k"}), 0);
    assert_eq!(kinds(problems), [ProblemKind::WrongKind, ProblemKind::UnknownField, ProblemKind::Missing]);
    let result = json!({"StorageClass": "Papyrus"});
    let problems = check_result(operation("s3", "getObject"), &result, Dialect::Sdk, Completeness::Present);
    assert_eq!(kinds(problems), [ProblemKind::OutOfBounds]);
}

#[test]
fn a_definition_must_give_what_is_required() {
    check_definition(
        "s3",
        "getObject",
        json!({"Bucket": "b", "Kye.$": "$.key"}),
        &[
            ("", "The field \"Kye\" is not supported by Step Functions", None),
            ("", "The field 'Key' is required but was missing", None),
        ],
    );
    check_definition("s3", "listBuckets", json!({}), &[]);
}

#[test]
fn nearest_names_are_searched_as_often_as_is_allowed() {
    let many = Value::Object((0..30).map(|at| (format!("QueueUrl{at}"), json!("u"))).collect());
    let hinted = |problems: Vec<Problem>| problems.iter().filter(|problem| problem.nearest.is_some()).count();
    assert_eq!(hinted(check_parameters(operation("sqs", "sendMessage"), &many, 3)), 3);
    assert_eq!(hinted(to_input(operation("sqs", "sendMessage"), &many).unwrap_err()), 20);
}

#[test]
fn results_have_the_names_of_step_functions() {
    check_output(
        "sfn",
        "startExecution",
        json!({"executionArn": "arn", "startDate": "2026-01-31T12:00:00.123Z"}),
        json!({"ExecutionArn": "arn", "StartDate": "2026-01-31T12:00:00.123Z"}),
    );
    check_output(
        "rds",
        "describeDBInstances",
        json!({"DBInstances": [{"DBInstanceStatus": "available", "DBInstanceArn": "a"}]}),
        json!({"DbInstances": [{"DbInstanceStatus": "available", "DbInstanceArn": "a"}]}),
    );
}

#[test]
fn bytes_of_a_result_are_read_as_text() {
    check_output(
        "s3",
        "getObject",
        json!({"AcceptRanges": "bytes", "ContentLength": 11, "Metadata": {}, "Body": "YmluYXJ5IGRhdGE="}),
        json!({"Body": "binary data", "AcceptRanges": "bytes", "ContentLength": 11, "Metadata": {}}),
    );
}

// Recorded: in this order, whatever that of the model is.
#[test]
fn members_of_a_result_are_in_order_and_a_stream_is_last() {
    let result =
        json!({"Body": "YQ==", "Metadata": {}, "AcceptRanges": "bytes", "ETag": "e", "ContentLength": 1});
    let result = to_result(operation("s3", "getObject"), result);
    let expected = r#"{"AcceptRanges":"bytes","ContentLength":1,"ETag":"e","Metadata":{},"Body":"a"}"#;
    assert_eq!(result.to_string(), expected);
}

#[test]
fn attributes_within_attributes_have_other_names() {
    let item = json!({"Item": {"flag": {"BOOL": true}, "set": {"SS": ["a"]},
        "map": {"M": {"flag": {"BOOL": true}, "none": {"NULL": true}, "set": {"SS": ["a"]}}}}});
    let named = json!({"Item": {"flag": {"BOOL": true}, "set": {"SS": ["a"]},
        "map": {"M": {"flag": {"Bool": true}, "none": {"Nul": true}, "set": {"Ss": ["a"]}}}}});
    check_output("dynamodb", "getItem", item.clone(), named.clone());
    // What came out can go back in, as can what the API says.
    for given in [&item, &named] {
        let parameters = json!({"TableName": "t", "Item": given["Item"]});
        check_input("dynamodb", "putItem", parameters, json!({"TableName": "t", "Item": item["Item"]}));
    }
}

#[test]
fn mocked_results_are_checked_in_aws_words() {
    let check = |resource, action, result: Value, completeness, expected: &[&str]| {
        let problems = check_result(operation(resource, action), &result, Dialect::Sdk, completeness);
        let messages: Vec<_> = problems.iter().map(|problem| problem.message.as_str()).collect();
        assert_eq!(messages, expected);
    };
    let strict = Completeness::Required;
    check(
        "s3",
        "getObject",
        json!({"StorageClass": "Papyrus"}),
        strict,
        &["Field 'StorageClass' is not an expected value"],
    );
    check(
        "s3",
        "getObject",
        json!({"ContentLength": "9000"}),
        strict,
        &["Field 'ContentLength' must be a number"],
    );
    let wrong = json!({"ConsumedCapacity": {"CapacityUnits": "123.45"}});
    check("dynamodb", "putItem", wrong, strict, &["Field 'CapacityUnits' must be a number"]);
    let present = Completeness::Present;
    check(
        "sfn",
        "startExecution",
        json!({"StartDate": true}),
        present,
        &["Field 'StartDate' must be a string"],
    );
    check("sfn", "startExecution", json!({"executionArn": "x", "random": 1}), present, &[]);
    check(
        "sfn",
        "startExecution",
        json!({}),
        strict,
        &["Required field 'ExecutionArn' is missing", "Required field 'StartDate' is missing"],
    );
}

#[test]
fn members_of_optimized_results_have_their_own_names() {
    let check = |dialect, expected: usize| {
        let result = json!({"MD5OfMessageBody": 1});
        let problems =
            check_result(operation("sqs", "sendMessage"), &result, dialect, Completeness::Required);
        assert_eq!(problems.len(), expected);
    };
    check(Dialect::Optimized, 1);
    check(Dialect::Sdk, 0);
}

#[track_caller]
fn check_failure(resource: &str, error: ServiceError, name: &str, cause: &str) {
    let failure = failure(Integration::find(resource).unwrap(), &error);
    assert_eq!((failure.error.as_str(), failure.cause.as_str()), (name, cause));
}

fn refusal() -> ServiceError {
    ServiceError {
        kind: crate::protocol::ErrorKind::Refused,
        code: "ValidationException".to_owned(),
        name: None,
        query_code: None,
        message: Some("1 validation error detected".to_owned()),
        status: 400,
        request_id: Some("r".to_owned()),
        extended_request_id: None,
        members: serde_json::Map::new(),
    }
}

// Recorded: DynamoDb.DynamoDbException, S3.NoSuchKeyException.
#[test]
fn refusals_have_recorded_names_and_causes() {
    check_failure(
        "dynamodb",
        refusal(),
        "DynamoDb.DynamoDbException",
        "1 validation error detected (Service: DynamoDb, Status Code: 400, Request ID: r)",
    );
    check_failure(
        "s3",
        ServiceError {
            name: Some("NoSuchKey".to_owned()),
            message: Some("The specified key does not exist.".to_owned()),
            status: 404,
            extended_request_id: Some("e".to_owned()),
            ..refusal()
        },
        "S3.NoSuchKeyException",
        "The specified key does not exist. (Service: S3, Status Code: 404, Request ID: r, Extended Request ID: e)",
    );
    check_failure(
        "s3",
        ServiceError { message: None, request_id: None, status: 403, ..refusal() },
        "S3.S3Exception",
        "null (Service: S3, Status Code: 403, Request ID: null)",
    );
}

/// A value for a place, named by Step Functions and by the model.
struct Sample {
    given: Value,
    input: Value,
}

impl Sample {
    fn same(value: Value) -> Sample {
        Sample { given: value.clone(), input: value }
    }

    fn of(place: Place<'_>, depth: u32) -> Sample {
        let shape = place.shape();
        if shape.is_document() || place.is_json_value() {
            return Sample::same(json!({"any": [1]}));
        }
        match shape.kind() {
            Kind::Structure => Sample::structure(place, depth),
            Kind::List => {
                let element = Sample::of(shape.element().unwrap(), depth);
                Sample { given: json!([element.given]), input: json!([element.input]) }
            }
            Kind::Map => {
                let value = Sample::of(shape.entry().unwrap().1, depth);
                Sample { given: json!({"aKey": value.given}), input: json!({"aKey": value.input}) }
            }
            Kind::String => Sample::same(json!("text")),
            Kind::Integer | Kind::Long => Sample::same(json!(7)),
            Kind::Float | Kind::Double => Sample::same(json!(1.5)),
            Kind::Boolean => Sample::same(json!(true)),
            Kind::Timestamp => Sample::same(json!("2026-01-31T12:00:00Z")),
            Kind::Blob => Sample { given: json!({"a": 1}), input: json!("eyJhIjoxfQ==") },
        }
    }

    fn structure(place: Place<'_>, depth: u32) -> Sample {
        let (mut given, mut input) = (serde_json::Map::new(), serde_json::Map::new());
        let members: Vec<_> = place.shape().members().filter(|_| depth > 0).collect();
        for member in &members {
            let sample = Sample::of(*member, depth - 1);
            given.insert(names::member_name(*member, names::Naming::Java), sample.given);
            input.insert(member.name().to_owned(), sample.input);
        }
        assert_eq!(given.len(), members.len(), "two members have one name");
        Sample { given: Value::Object(given), input: Value::Object(input) }
    }
}

#[test]
fn every_member_of_every_operation_is_found_by_its_name() {
    let mut operations = 0;
    for (_, integration) in Integration::all() {
        for operation in integration.service().into_iter().flat_map(Service::operations) {
            let Some(input) = operation.input() else { continue };
            let sample = Sample::of(input, 3);
            assert_eq!(to_input(operation, &sample.given), Ok(sample.input), "{}", operation.name());
            assert_eq!(
                check_parameters(operation, &sample.given, 0).len(),
                missing(operation),
                "{}",
                operation.name()
            );
            operations += 1;
        }
    }
    assert!(operations > 18_000, "{operations}");
}

/// The depth of the samples leaves some required members out.
fn missing(operation: Operation<'_>) -> usize {
    fn within(place: Place<'_>, depth: u32) -> usize {
        let shape = place.shape();
        if shape.is_document() || place.is_json_value() {
            return 0;
        }
        match shape.kind() {
            Kind::Structure if depth == 0 => shape
                .members()
                .filter(|member| member.is_required() && !member.is_idempotency_token())
                .count(),
            Kind::Structure => shape.members().map(|member| within(member, depth - 1)).sum(),
            Kind::List => within(shape.element().unwrap(), depth),
            Kind::Map => within(shape.entry().unwrap().1, depth),
            _ => 0,
        }
    }
    operation.input().map_or(0, |place| within(place, 3))
}
