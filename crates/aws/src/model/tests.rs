use super::*;

#[track_caller]
fn service(name: &str) -> &'static Service {
    Service::find(name).unwrap()
}

#[track_caller]
fn operation(service_name: &str, name: &str) -> Operation<'static> {
    service(service_name).operation(name).unwrap()
}

#[test]
fn every_service_of_the_file_can_be_read() {
    let mut operations = 0;
    for name in Service::names() {
        let service = service(name);
        assert_eq!(service.name(), name);
        assert!(!service.service_id().is_empty());
        service.protocol();
        assert!(service.endpoint_rules().is_object(), "{name}");
        operations += service.operations().count();
    }
    assert!(Service::names().count() > 400);
    assert!(operations > 18_000, "{operations}");
}

#[test]
fn names_are_sorted_and_unknown_ones_are_not_found() {
    assert!(Service::names().is_sorted());
    assert!(Service::find("dynamo").is_none());
    assert!(service("dynamodb").operation("putItem").is_none());
}

#[test]
fn a_service_knows_its_names() {
    let logs = service("logs");
    assert_eq!(logs.service_id(), "CloudWatch Logs");
    assert_eq!(logs.signing_name(), "logs");
    assert_eq!(logs.endpoint_prefix(), "logs");
    assert_eq!(logs.target_prefix(), Some("Logs_20140328"));
    assert_eq!(logs.json_version(), Some("1.1"));
    assert_eq!(service("iam").global_endpoint(), Some("iam.amazonaws.com"));
    assert_eq!(service("ec2").xml_namespace(), Some("http://ec2.amazonaws.com/doc/2016-11-15"));
    assert!(service("sqs").is_query_compatible());
}

#[test]
fn cbor_is_spoken_only_where_nothing_else_is_offered() {
    assert_eq!(service("cloudwatch").protocol(), Protocol::Json);
    assert_eq!(service("partnercentral-revenue-measurement").protocol(), Protocol::RpcV2Cbor);
    assert_eq!(service("ec2").protocol(), Protocol::Ec2);
}

#[test]
fn an_operation_has_its_place_on_the_wire() {
    let put = operation("s3", "PutObject");
    assert_eq!((put.method(), put.uri()), ("PUT", "/{Bucket}/{Key+}"));
    let input = put.input().unwrap().shape();
    let body = input.payload().unwrap();
    assert_eq!((body.name(), body.kind(), body.is_streaming()), ("Body", Kind::Blob, true));
    let kind = input.member("ContentType").unwrap();
    assert_eq!((kind.location(), kind.wire_name()), (Some(Location::Header), Some("Content-Type")));
    assert_eq!(input.member("Bucket").unwrap().context_parameter(), Some("Bucket"));
    assert_eq!(input.member("Metadata").unwrap().location(), Some(Location::Headers));
}

#[test]
fn the_account_is_placed_by_the_endpoint() {
    assert_eq!(operation("s3control", "ListJobs").host_prefix(), None);
    assert_eq!(operation("iot", "DescribeEndpoint").host_prefix(), None);
}

#[test]
fn an_error_is_found_by_its_code_before_its_name() {
    let rds = service("rds");
    let by_code = rds.error("DBInstanceNotFound").unwrap().error().unwrap();
    assert_eq!((by_code.name, by_code.status), ("DBInstanceNotFoundFault", Some(404)));
    assert_eq!(rds.error("DBInstanceNotFoundFault").unwrap().error().unwrap().code, "DBInstanceNotFound");
    assert!(rds.error("Nothing").is_none());
}

#[test]
fn an_error_says_whether_to_try_again() {
    let slow = service("accessanalyzer").error("ThrottlingException").unwrap().error().unwrap();
    assert_eq!((slow.is_retryable, slow.is_throttling), (true, true));
    let gone = service("dynamodb").error("ResourceNotFoundException").unwrap().error().unwrap();
    assert_eq!((gone.is_retryable, gone.is_throttling), (false, false));
}

#[test]
fn scalars_know_their_bounds_and_choices() {
    let input = operation("lambda", "Invoke").input().unwrap().shape();
    let kind = input.member("InvocationType").unwrap().shape();
    assert!(kind.choices().any(|choice| choice == "DryRun"));
    let name = operation("stepfunctions", "StartExecution").input().unwrap().shape().member("name").unwrap();
    assert_eq!((name.shape().min(), name.shape().max()), (Some("1"), Some("80")));
}

#[test]
fn a_token_a_checksum_and_a_stream_are_marked() {
    let run = operation("ecs", "RunTask").input().unwrap().shape();
    assert!(run.member("clientToken").unwrap().is_idempotency_token());
    assert!(operation("s3", "DeleteObjects").requires_checksum());
    assert_eq!(operation("s3", "DeleteObjects").checksum_algorithm_member(), Some("ChecksumAlgorithm"));
    assert!(operation("kinesis", "SubscribeToShard").has_event_stream());
    assert!(!operation("kinesis", "PutRecord").has_event_stream());
    assert!(operation("sts", "AssumeRoleWithWebIdentity").is_unsigned());
}

#[test]
fn partitions_name_their_regions() {
    let aws = &partitions()["partitions"][0];
    assert_eq!(aws["id"], "aws");
    assert!(aws["regions"]["eu-central-1"].is_object());
}
