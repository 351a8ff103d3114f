//! The rules by which results and errors are read, protocol by protocol.

use serde_json::json;

use super::*;

#[test]
fn json_results_are_read_by_the_model() {
    let answer = response(
        200,
        &[],
        r#"{"executionArn": "arn", "startDate": 1769860800.123, "unknown": 1, "x": null}"#,
    );
    check_result(
        "stepfunctions.StartExecution",
        &answer,
        json!({"executionArn": "arn", "startDate": "2026-01-31T12:00:00.123Z"}),
    );
    check_result("dynamodb.PutItem", &response(200, &[], ""), json!({}));
    // What is not as the model says stays as it is: the call has happened.
    let odd = response(200, &[], r#"{"startDate": "once"}"#);
    check_result("stepfunctions.StartExecution", &odd, json!({"startDate": "once"}));
}

#[test]
fn rest_results_come_from_status_headers_and_body() {
    let invoked =
        response(202, &[("x-amz-executed-version", "7"), ("X-Amz-Function-Error", "Unhandled")], "{}");
    check_result(
        "lambda.Invoke",
        &invoked,
        json!({"StatusCode": 202, "ExecutedVersion": "7", "FunctionError": "Unhandled", "Payload": "e30="}),
    );
    let head = response(
        200,
        &[
            ("last-modified", "Sat, 31 Jan 2026 12:00:00 GMT"),
            ("x-amz-meta-Color", "red"),
            ("expires", "never"),
        ],
        "",
    );
    check_result(
        "s3.HeadObject",
        &head,
        json!({"LastModified": "2026-01-31T12:00:00Z", "Expires": "never", "Metadata": {"color": "red"}}),
    );
}

#[test]
fn xml_results_have_lists_maps_and_wrappers() {
    let listing = r#"<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
        <Contents><Key>a</Key><Size>1</Size></Contents><Contents><Key>b &amp; <![CDATA[c]]></Key></Contents>
        <IsTruncated>false</IsTruncated></ListBucketResult>"#;
    check_result(
        "s3.ListObjectsV2",
        &response(200, &[], listing),
        json!({"IsTruncated": false, "Contents": [{"Key": "a", "Size": 1}, {"Key": "b & c"}]}),
    );
    check_result("s3.ListBuckets", &response(200, &[], "<R><Buckets/></R>"), json!({"Buckets": []}));
    let attributes = r#"<GetTopicAttributesResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><GetTopicAttributesResult>
        <Attributes><entry><key>a</key><value>1</value></entry></Attributes></GetTopicAttributesResult>
        <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></GetTopicAttributesResponse>"#;
    check_result(
        "sns.GetTopicAttributes",
        &response(200, &[], attributes),
        json!({"Attributes": {"a": "1"}}),
    );
    let instances = r#"<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r</requestId>
        <reservationSet><item><reservationId>x</reservationId><instancesSet><item><amiLaunchIndex>0</amiLaunchIndex>
        </item></instancesSet></item></reservationSet></DescribeInstancesResponse>"#;
    check_result(
        "ec2.DescribeInstances",
        &response(200, &[], instances),
        json!({"Reservations": [{"ReservationId": "x", "Instances": [{"AmiLaunchIndex": 0}]}]}),
    );
    let location =
        "<LocationConstraint xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">EU</LocationConstraint>";
    check_result("s3.GetBucketLocation", &response(200, &[], location), json!({"LocationConstraint": "EU"}));
    check_result("s3.GetBucketLocation", &response(200, &[], "<LocationConstraint/>"), json!({}));
}

#[test]
fn an_answer_that_cannot_be_read_is_said_to_be_unreadable() {
    for (call, body) in [
        ("dynamodb.PutItem", "{"),
        ("s3.ListBuckets", "<a>"),
        ("iam.ListUsers", "<a/>"),
        ("ec2.DescribeInstances", "no"),
    ] {
        let error = error(call, &response(200, &[("x-amzn-requestid", "r")], body));
        assert_eq!(error.kind, ErrorKind::Unreadable, "{call}");
        assert_eq!((error.code.as_str(), error.status), ("SdkClientException", 200));
        assert_eq!(error.request_id.as_deref(), Some("r"));
    }
}

#[test]
fn json_errors_say_code_message_and_members() {
    let body = r#"{"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
        "Message": "no", "Item": {"id": {"S": "1"}}}"#;
    let refused = error("dynamodb.PutItem", &response(400, &[("x-amzn-requestid", "r")], body));
    assert_eq!(refused.code, "ConditionalCheckFailedException");
    assert_eq!(refused.name.as_deref(), Some("ConditionalCheckFailedException"));
    assert_eq!((refused.message.as_deref(), refused.status), (Some("no"), 400));
    assert_eq!(refused.request_id.as_deref(), Some("r"));
    assert_eq!(refused.members["Item"], json!({"id": {"S": "1"}}));
    let unmodelled = error(
        "dynamodb.PutItem",
        &response(400, &[], r#"{"__type": "a#ValidationException", "message": "m"}"#),
    );
    assert_eq!((unmodelled.code.as_str(), unmodelled.name), ("ValidationException", None));
}

#[test]
fn rest_json_errors_are_named_by_a_header() {
    let headers = [("x-amzn-errortype", "ResourceNotFoundException:http://internal.amazon.com/x")];
    let refused = error("lambda.Invoke", &response(404, &headers, r#"{"Message": "gone", "Type": "User"}"#));
    assert_eq!(refused.code, "ResourceNotFoundException");
    assert_eq!(refused.members["Type"], "User");
    assert_eq!(error("lambda.Invoke", &response(502, &[], "<html>bad</html>")).code, "502");
    assert_eq!(error("lambda.Invoke", &response(400, &[], r#"{"code": "A"}"#)).code, "A");
}

#[test]
fn xml_errors_are_found_in_each_of_their_forms() {
    let s3 =
        "<Error><Code>NoSuchKey</Code><Message>m</Message><RequestId>r</RequestId><HostId>h</HostId></Error>";
    let refused = error("s3.GetObject", &response(404, &[], s3));
    assert_eq!((refused.code.as_str(), refused.name.as_deref()), ("NoSuchKey", Some("NoSuchKey")));
    assert_eq!(
        (refused.request_id.as_deref(), refused.extended_request_id.as_deref()),
        (Some("r"), Some("h"))
    );
    let query = "<ErrorResponse><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>m</Message></Error><RequestId>r</RequestId></ErrorResponse>";
    let refused = error("iam.GetUser", &response(404, &[], query));
    assert_eq!(
        (refused.code.as_str(), refused.name.as_deref()),
        ("NoSuchEntity", Some("NoSuchEntityException"))
    );
    assert_eq!((refused.message.as_deref(), refused.request_id.as_deref()), (Some("m"), Some("r")));
    let ec2 = "<Response><Errors><Error><Code>InvalidVpcID.NotFound</Code><Message>m</Message></Error></Errors><RequestID>r</RequestID></Response>";
    let refused = error("ec2.DescribeVpcs", &response(400, &[], ec2));
    assert_eq!((refused.code.as_str(), refused.request_id.as_deref()), ("InvalidVpcID.NotFound", Some("r")));
}

#[test]
fn errors_without_a_body_have_a_code_all_the_same() {
    assert_eq!(error("s3.HeadObject", &response(404, &[], "")).code, "NoSuchKey");
    assert_eq!(error("s3.HeadBucket", &response(404, &[], "")).code, "NoSuchBucket");
    let forbidden =
        error("s3.HeadObject", &response(403, &[("x-amz-request-id", "r"), ("x-amz-id-2", "e")], ""));
    assert_eq!((forbidden.code.as_str(), forbidden.message), ("403", None));
    assert_eq!(
        (forbidden.request_id.as_deref(), forbidden.extended_request_id.as_deref()),
        (Some("r"), Some("e"))
    );
    assert_eq!(error("dynamodb.PutItem", &response(503, &[], "")).code, "503");
}

#[test]
fn s3_may_fail_after_it_said_200() {
    let body = "<?xml version=\"1.0\"?>\n<Error><Code>InternalError</Code><Message>m</Message></Error>";
    assert_eq!(error("s3.CopyObject", &response(200, &[], body)).code, "InternalError");
    // An object may well be such a document.
    assert!(parse(operation("s3.GetObject"), &response(200, &[], body)).is_ok());
}

#[test]
fn the_code_of_the_query_protocol_is_kept_beside_the_new_one() {
    let headers = [("x-amzn-query-error", "AWS.SimpleQueueService.NonExistentQueue;Sender")];
    let refused = error(
        "sqs.SendMessage",
        &response(400, &headers, r#"{"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "m"}"#),
    );
    assert_eq!(
        (refused.code.as_str(), refused.name.as_deref()),
        ("QueueDoesNotExist", Some("QueueDoesNotExist"))
    );
    assert_eq!(refused.query_code.as_deref(), Some("AWS.SimpleQueueService.NonExistentQueue"));
}

#[test]
fn no_answer_makes_reading_panic() {
    let deep_json = "[".repeat(100_000);
    let deep_xml = format!("{}{}", "<a>".repeat(2_000), "</a>".repeat(2_000));
    let deep_cbor = vec![0x81; 100_000];
    let huge_cbor = vec![0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    let bodies: [&[u8]; 8] = [
        b"\xff\xfe",
        b"{\"__type\": 7, \"startDate\": []}",
        b"<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>",
        b"null",
        deep_json.as_bytes(),
        deep_xml.as_bytes(),
        &deep_cbor,
        &huge_cbor,
    ];
    let cbor = Service::find("partnercentral-revenue-measurement").unwrap().operations().next().unwrap();
    let calls = [
        "stepfunctions.StartExecution",
        "lambda.Invoke",
        "s3.ListBuckets",
        "iam.ListUsers",
        "ec2.DescribeVpcs",
    ];
    for operation in calls.into_iter().map(operation).chain([cbor]) {
        for body in bodies {
            for status in [200, 400] {
                _ = parse(operation, &response(status, &[], body.to_vec()));
            }
        }
    }
}
