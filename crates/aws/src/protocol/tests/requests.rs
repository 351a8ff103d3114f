//! The rules by which requests are written, protocol by protocol.

use serde_json::{Value, json};

use super::*;
use crate::http::{EndpointParameters, HostPrefix, Unsigned, UnsignedBody};

#[test]
fn json_names_its_target_and_its_version() {
    let call = "dynamodb.GetItem";
    let input = json!({"TableName": "t", "Key": {"id": {"S": "1"}}});
    check_header(call, input.clone(), "x-amz-target", Some("DynamoDB_20120810.GetItem"));
    check_header(call, input.clone(), "content-type", Some("application/x-amz-json-1.0"));
    check_uri(call, input.clone(), "/");
    check_json(call, input.clone(), input);
    check_header("logs.StartQuery", json!({}), "content-type", Some("application/x-amz-json-1.1"));
    check_header("sqs.ListQueues", json!({}), "x-amzn-query-mode", Some("true"));
}

#[test]
fn json_members_have_the_names_of_the_wire_and_null_is_none() {
    check_json("ecs.StopTask", json!({"task": "t", "reason": null}), json!({"task": "t"}));
    // The model's name is not the wire's.
    check_json(
        "apigatewayv2.CreateModel",
        json!({"ApiId": "a", "Name": "n", "Schema": "{}"}),
        json!({"name": "n", "schema": "{}"}),
    );
}

#[test]
fn json_times_are_seconds_and_bytes_are_base64() {
    let entry = |time: Value| json!({"Entries": [{"Time": time}]});
    check_json("events.PutEvents", entry(json!("2026-01-31T12:00:00Z")), entry(json!(1_769_860_800)));
    check_json(
        "events.PutEvents",
        entry(json!("2026-01-31T13:00:00.5+01:00")),
        entry(json!(1_769_860_800.5)),
    );
    check_json("events.PutEvents", entry(json!(1_769_860_800)), entry(json!(1_769_860_800)));
    // Padding may be left out; what is sent has it.
    check_json("kms.Decrypt", json!({"CiphertextBlob": "YQ"}), json!({"CiphertextBlob": "YQ=="}));
}

#[test]
fn a_whole_double_is_an_integer() {
    check_json(
        "sqs.ReceiveMessage",
        json!({"QueueUrl": "q", "WaitTimeSeconds": 5.0}),
        json!({"QueueUrl": "q", "WaitTimeSeconds": 5}),
    );
    check_refused(
        "sqs.ReceiveMessage",
        json!({"WaitTimeSeconds": 5.5}),
        "expected a whole number for `WaitTimeSeconds`, found a number",
    );
}

#[test]
fn the_token_fills_the_member_that_is_left_out() {
    check_json(
        "ecs.RunTask",
        json!({"taskDefinition": "t"}),
        json!({"taskDefinition": "t", "clientToken": "token"}),
    );
    check_json(
        "ecs.RunTask",
        json!({"taskDefinition": "t", "clientToken": "own"}),
        json!({"taskDefinition": "t", "clientToken": "own"}),
    );
    let without = build(operation("ecs.RunTask"), &json!({"taskDefinition": "t"}), None).unwrap();
    assert_eq!(without.body(), "{\"taskDefinition\":\"t\"}");
}

#[test]
fn mistakes_in_an_input_name_their_place() {
    check_refused("dynamodb.GetItem", json!([]), "expected an object for ``, found an array");
    check_refused("dynamodb.GetItem", json!({"Table": "t"}), "`Table` is not a parameter of this operation");
    check_refused(
        "sqs.SendMessageBatch",
        json!({"Entries": [{"Id": "a"}, {"Id": 7}]}),
        "expected a string for `Entries[1].Id`, found a number",
    );
    check_refused(
        "sqs.SendMessage",
        json!({"MessageAttributes": {"a": {"DataTyp": "String"}}}),
        "`MessageAttributes.a.DataTyp` is not a parameter of this operation",
    );
    check_refused(
        "kms.Decrypt",
        json!({"CiphertextBlob": "?"}),
        "expected bytes in Base64 for `CiphertextBlob`",
    );
    check_refused(
        "events.PutEvents",
        json!({"Entries": [{"Time": "soon"}]}),
        "expected a timestamp like `2026-01-31T12:00:00Z` for `Entries[0].Time`",
    );
    check_refused("sts.GetCallerIdentity", json!({"a": 1}), "`a` is not a parameter of this operation");
}

#[test]
fn event_streams_are_refused() {
    check_refused(
        "kinesis.SubscribeToShard",
        json!({}),
        "`SubscribeToShard` talks in an event stream, which is not supported",
    );
}

#[test]
fn labels_are_encoded_and_greedy_ones_keep_their_slashes() {
    check_uri("s3.GetObject", json!({"Bucket": "b", "Key": "a b/ü?.txt"}), "/b/a%20b/%C3%BC%3F.txt");
    check_uri(
        "lambda.GetFunction",
        json!({"FunctionName": "arn:aws:x/y"}),
        "/2015-03-31/functions/arn%3Aaws%3Ax%2Fy",
    );
    check_refused(
        "s3.GetObject",
        json!({"Bucket": "b"}),
        "expected a value for `Key`, which is part of the address, found none",
    );
    check_refused(
        "lambda.GetFunction",
        json!({"FunctionName": ""}),
        "expected a value for `FunctionName`, which is part of the address, found none",
    );
}

#[test]
fn queries_join_what_the_template_has() {
    check_uri(
        "s3.ListObjectsV2",
        json!({"Bucket": "b", "Prefix": "a/b c", "MaxKeys": 5}),
        "/b?list-type=2&prefix=a%2Fb%20c&max-keys=5",
    );
    check_uri(
        "lambda.UntagResource",
        json!({"Resource": "r", "TagKeys": ["a", "b"]}),
        "/2017-03-31/tags/r?tagKeys=a&tagKeys=b",
    );
    check_uri("s3.GetBucketAcl", json!({"Bucket": "b"}), "/b?acl");
    check_uri(
        "s3.GetObject",
        json!({"Bucket": "b", "Key": "k", "ResponseExpires": 0}),
        "/b/k?response-expires=Thu%2C%2001%20Jan%201970%2000%3A00%3A00%20GMT",
    );
}

#[test]
fn headers_hold_scalars_lists_maps_and_json() {
    let put = |more: Value| {
        let mut input = json!({"Bucket": "b", "Key": "k"});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    check_header("s3.PutObject", put(json!({"ContentType": "a/b"})), "content-type", Some("a/b"));
    check_header(
        "s3.PutObject",
        put(json!({"BucketKeyEnabled": true})),
        "x-amz-server-side-encryption-bucket-key-enabled",
        Some("true"),
    );
    check_header("s3.PutObject", put(json!({"Metadata": {"color": "red"}})), "x-amz-meta-color", Some("red"));
    check_header(
        "s3.GetObject",
        put(json!({"IfModifiedSince": "2026-01-31T12:00:00.9Z"})),
        "if-modified-since",
        Some("Sat, 31 Jan 2026 12:00:00 GMT"),
    );
    let parts = json!({"Bucket": "b", "Key": "k", "ObjectAttributes": ["ETag", "a,\"b\""]});
    check_header("s3.GetObjectAttributes", parts, "x-amz-object-attributes", Some("ETag,\"a,\\\"b\\\"\""));
    check_refused(
        "s3.PutObject",
        put(json!({"ContentType": "a\nb"})),
        "the address or a header of the request is not valid: failed to parse header value",
    );
}

#[test]
fn a_body_is_the_payload_or_what_has_no_other_place() {
    check_body("s3.PutObject", json!({"Bucket": "b", "Key": "k", "Body": "aGk="}), "hi");
    check_body("lambda.Invoke", json!({"FunctionName": "f", "Payload": "e30="}), "{}");
    check_body("lambda.TagResource", json!({"Resource": "r", "Tags": {}}), "{\"Tags\":{}}");
    check_body("lambda.GetFunction", json!({"FunctionName": "f"}), "");
    check_header("lambda.GetFunction", json!({"FunctionName": "f"}), "content-type", None);
    // A payload of bytes has the type that its sender says.
    check_header("lambda.Invoke", json!({"FunctionName": "f", "Payload": "e30="}), "content-type", None);
    check_header(
        "lambda.TagResource",
        json!({"Resource": "r", "Tags": {}}),
        "content-type",
        Some("application/json"),
    );
}

#[test]
fn bytes_can_be_given_and_taken_beside_the_values() {
    let put = operation("s3.PutObject");
    let request =
        build_with_body(put, &json!({"Bucket": "b", "Key": "k"}), None, Some(Bytes::from_static(&[0, 255])))
            .unwrap();
    assert_eq!(request.body().as_ref(), [0, 255]);
    let answer = response(200, &[("content-length", "2")], vec![0, 255]);
    let (result, body) = parse_parts(operation("s3.GetObject"), &answer).unwrap();
    assert_eq!((result["ContentLength"].as_i64(), body.unwrap().as_ref()), (Some(2), &[0, 255][..]));
    assert_eq!(result.get("Body"), None);
    check_result("s3.GetObject", &answer, json!({"ContentLength": 2, "Metadata": {}, "Body": "AP8="}));
}

#[test]
fn xml_bodies_have_root_namespace_lists_and_attributes() {
    check_body(
        "s3.DeleteObjects",
        json!({"Bucket": "b", "Delete": {"Objects": [{"Key": "a&b\r\n"}, {"Key": "c"}], "Quiet": true}}),
        "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Object><Key>a&amp;b&#xD;&#xA;</Key></Object>\
         <Object><Key>c</Key></Object><Quiet>true</Quiet></Delete>",
    );
    check_body(
        "s3.PutObjectAcl",
        json!({"Bucket": "b", "Key": "k", "AccessControlPolicy": {"Grants": [
            {"Grantee": {"Type": "Group", "URI": "u"}, "Permission": "READ"}]}}),
        "<AccessControlPolicy xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><AccessControlList><Grant>\
         <Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"Group\"><URI>u</URI></Grantee>\
         <Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>",
    );
    // Without a payload the input itself is the root.
    check_body(
        "route53.ChangeTagsForResource",
        json!({"ResourceType": "hostedzone", "ResourceId": "z", "RemoveTagKeys": ["a"]}),
        "<ChangeTagsForResourceRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><RemoveTagKeys>\
         <Key>a</Key></RemoveTagKeys></ChangeTagsForResourceRequest>",
    );
}

#[test]
fn query_names_lists_maps_and_empty_lists() {
    check_body(
        "iam.CreateUser",
        json!({"UserName": "a b", "Tags": [{"Key": "k", "Value": "v"}]}),
        "Action=CreateUser&Version=2010-05-08&UserName=a%20b&Tags.member.1.Key=k&Tags.member.1.Value=v",
    );
    check_body("iam.CreateUser", json!({"Tags": []}), "Action=CreateUser&Version=2010-05-08&Tags=");
    check_body(
        "sns.CreateTopic",
        json!({"Name": "n", "Attributes": {"a": "1", "b": "2"}}),
        "Action=CreateTopic&Version=2010-03-31&Name=n&Attributes.entry.1.key=a&Attributes.entry.1.value=1\
         &Attributes.entry.2.key=b&Attributes.entry.2.value=2",
    );
    check_header(
        "iam.ListUsers",
        json!({}),
        "content-type",
        Some("application/x-www-form-urlencoded; charset=utf-8"),
    );
}

#[test]
fn ec2_capitalises_and_numbers() {
    check_body(
        "ec2.DescribeInstances",
        json!({"Filters": [{"Name": "n", "Values": ["a", "b"]}], "InstanceIds": [], "DryRun": false}),
        "Action=DescribeInstances&Version=2016-11-15&Filter.1.Name=n&Filter.1.Value.1=a&Filter.1.Value.2=b&DryRun=false",
    );
    check_body(
        "ec2.RunInstances",
        json!({"MinCount": 1, "MaxCount": 1, "BlockDeviceMappings": [{"Ebs": {"VolumeSize": 8}}]}),
        "Action=RunInstances&Version=2016-11-15&MinCount=1&MaxCount=1&BlockDeviceMapping.1.Ebs.VolumeSize=8&ClientToken=token",
    );
}

#[test]
fn a_host_prefix_is_rendered_from_labels() {
    let of = |call, input| request(call, input).extensions().get::<HostPrefix>().cloned();
    assert_eq!(
        of("stepfunctions.StartSyncExecution", json!({"stateMachineArn": "a"})),
        Some(HostPrefix("sync-".to_owned()))
    );
    assert_eq!(of("stepfunctions.StartExecution", json!({"stateMachineArn": "a"})), None);
    let label = json!({"graphIdentifier": "g-1", "queryId": "q"});
    assert_eq!(of("neptune-graph.GetQuery", label), Some(HostPrefix("g-1.".to_owned())));
    check_refused(
        "neptune-graph.GetQuery",
        json!({"graphIdentifier": "a/b", "queryId": "q"}),
        "expected letters, digits, hyphens and periods, as a host name has for `graphIdentifier`",
    );
}

#[test]
fn what_is_not_signed_is_marked() {
    let unsigned = request("sts.AssumeRoleWithWebIdentity", json!({"RoleArn": "r"}));
    assert!(unsigned.extensions().get::<Unsigned>().is_some());
    let get = request("s3.GetObject", json!({"Bucket": "b", "Key": "k"}));
    assert!(get.extensions().get::<Unsigned>().is_none());
    let block = json!({"SnapshotId": "s", "BlockIndex": 1, "DataLength": 1, "Checksum": "c", "ChecksumAlgorithm": "SHA256"});
    assert!(request("ebs.PutSnapshotBlock", block).extensions().get::<UnsignedBody>().is_some());
}

#[test]
fn checksums_are_sent_where_the_model_takes_them() {
    let delete = |more: Value| {
        let mut input = json!({"Bucket": "b", "Delete": {"Objects": []}});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let call = "s3.DeleteObjects";
    check_header(call, delete(json!({})), "x-amz-sdk-checksum-algorithm", Some("CRC32"));
    check_header(call, delete(json!({"ChecksumAlgorithm": "SHA1"})), "x-amz-checksum-crc32", None);
    for algorithm in ["CRC32", "CRC32C", "CRC64NVME", "MD5", "SHA1", "SHA256", "SHA512"] {
        let request = request(call, delete(json!({"ChecksumAlgorithm": algorithm})));
        assert!(request.headers().contains_key(format!("x-amz-checksum-{}", algorithm.to_lowercase())));
    }
    check_refused(
        call,
        delete(json!({"ChecksumAlgorithm": "XXHASH3"})),
        "expected a checksum algorithm that is not XXHASH, found `XXHASH3`",
    );
    // The caller's own sum stands.
    let put = json!({"Bucket": "b", "Key": "k", "Body": "aGk=", "ChecksumSHA256": "own"});
    check_header("s3.PutObject", put.clone(), "x-amz-checksum-sha256", Some("own"));
    check_header("s3.PutObject", put, "x-amz-checksum-crc32", None);
    check_header("s3.GetObject", json!({"Bucket": "b", "Key": "k"}), "x-amz-checksum-crc32", None);
}

#[test]
fn some_services_want_more_than_their_models_say() {
    check_uri("glacier.ListVaults", json!({}), "/-/vaults");
    check_header("glacier.ListVaults", json!({}), "x-amz-glacier-version", Some("2012-06-01"));
    let upload = json!({"vaultName": "v", "body": ""});
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    check_header("glacier.UploadArchive", upload, "x-amz-sha256-tree-hash", Some(empty));
    check_header("apigateway.GetRestApis", json!({}), "accept", Some("application/json"));
    check_uri("route53.GetHostedZone", json!({"Id": "/hostedzone/Z1"}), "/2013-04-01/hostedzone/Z1");
}

#[test]
fn cbor_goes_out_and_comes_back() {
    let call = "partnercentral-revenue-measurement.GetMarketplaceRevenueShare";
    let request = request(call, json!({"Catalog": "AWS", "ProductId": "p", "Revision": 1000}));
    assert!(request.uri().path().ends_with("/operation/GetMarketplaceRevenueShare"));
    assert!(request.uri().path().starts_with("/service/"));
    assert_eq!(request.headers()["smithy-protocol"], "rpc-v2-cbor");
    assert_eq!(request.headers()["content-type"], "application/cbor");
    assert_eq!(request.body(), &b"\xa3\x67Catalog\x63AWS\x69ProductId\x61p\x68Revision\x19\x03\xe8"[..]);
    // Of a length that shows only at the end, with a half and an undefined in it.
    let answer =
        response(200, &[], &b"\xbf\x69ProductId\x7f\x61a\x61b\xff\x67Catalog\xf7\x61x\xf9\x3c\x00\xff"[..]);
    check_result(call, &answer, json!({"ProductId": "ab"}));
    let answer = response(400, &[], &b"\xbf\x66__type\x63a#B\x67message\x62no\xff"[..]);
    let refused = error(call, &answer);
    assert_eq!((refused.code.as_str(), refused.message.as_deref()), ("B", Some("no")));
}

#[test]
fn what_the_endpoint_depends_on_goes_with_the_request() {
    let check = |call, input, expected: Value| {
        let parameters = request(call, input).extensions().get::<EndpointParameters>().cloned();
        let expected = expected
            .as_object()
            .map(|members| members.iter().map(|(name, value)| (name.clone(), value.into())).collect());
        assert_eq!(parameters.map(|parameters| parameters.0), expected);
    };
    check("s3.GetObject", json!({"Bucket": "b", "Key": "k"}), json!({"Bucket": "b", "Key": "k"}));
    check("sqs.ListQueues", json!({}), Value::Null);
    check(
        "s3.GetBucketAcl",
        json!({"Bucket": "b"}),
        json!({"Bucket": "b", "UseS3ExpressControlEndpoint": true}),
    );
    check("dynamodb.PutItem", json!({"TableName": "t"}), json!({"ResourceArn": "t"}));
    check(
        "dynamodb.BatchGetItem",
        json!({"RequestItems": {"a": {}, "b": {}}}),
        json!({"ResourceArnList": ["a", "b"]}),
    );
    check(
        "dynamodb.TransactGetItems",
        json!({"TransactItems": [{"Get": {"TableName": "a"}}, {"Get": {"TableName": "b"}}]}),
        json!({"ResourceArnList": ["a", "b"]}),
    );
    check(
        "dynamodb.TransactWriteItems",
        json!({"TransactItems": [{"Put": {"TableName": "a"}}, {"Delete": {"TableName": "b"}}]}),
        json!({"ResourceArnList": ["a", "b"]}),
    );
    check(
        "dynamodb.ImportTable",
        json!({"TableCreationParameters": {"TableName": "t"}}),
        json!({"ResourceArn": "t"}),
    );
}
