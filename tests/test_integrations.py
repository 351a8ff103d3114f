"""Tasks that call AWS services, from end to end: the services are moto's.

Here: what a call sends, gives and tells of, and how it fails, for SQS, SNS, EventBridge, DynamoDB, API
Gateway and the AWS SDK integrations. Callbacks, nested executions and functions have files of their own, and
`test_outcomes.py` has every integration in every pattern to each of its ends.
"""

import json
import uuid

import pytest
from botocore.exceptions import ClientError

from machines import call
from stairway import Steps

RUNTIME = "States.Runtime"


@pytest.fixture
def steps(serve, moto_server):
    return Steps(serve(AWS_ENDPOINT_URL=moto_server.url))


@pytest.fixture
def outside(moto_server):
    return moto_server.client


def unique(kind):
    return f"{kind}-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def queue(outside):
    return outside("sqs").create_queue(QueueName=unique("queue"))["QueueUrl"]


@pytest.fixture
def table(outside):
    name = unique("table")
    outside("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


def result(steps, resource, parameters, payload=None):
    execution = steps.run(call(resource, parameters), payload)
    assert steps.describe(execution)["status"] == "SUCCEEDED", steps.describe(execution)
    return steps.output(execution)


def failure(steps, resource, parameters):
    ended = steps.describe(steps.run(call(resource, parameters)))
    assert ended["status"] == "FAILED", ended
    return ended["error"], ended["cause"]


def messages(outside, queue):
    return [message["Body"] for message in outside("sqs").receive_message(QueueUrl=queue).get("Messages", [])]


def test_a_message_is_sent_and_the_history_is_that_of_aws(steps, outside, queue):
    execution = steps.run(call("sqs:sendMessage", {"QueueUrl": queue, "MessageBody.$": "$"}), {"order": 7})
    assert messages(outside, queue) == ['{"order":7}']
    assert steps.chain(execution) == [
        (1, 0, "ExecutionStarted"),
        (2, 0, "TaskStateEntered"),
        (3, 2, "TaskScheduled"),
        (4, 3, "TaskStarted"),
        (5, 4, "TaskSucceeded"),
        (6, 5, "TaskStateExited"),
        (7, 6, "ExecutionSucceeded"),
    ]
    scheduled = steps.details(execution, "TaskScheduled")
    assert json.loads(scheduled.pop("parameters")) == {"QueueUrl": queue, "MessageBody": {"order": 7}}
    assert scheduled == {"resourceType": "sqs", "resource": "sendMessage", "region": "us-east-1"}
    assert steps.details(execution, "TaskStarted") == {"resourceType": "sqs", "resource": "sendMessage"}
    output = steps.output(execution)
    assert {"MessageId", "MD5OfMessageBody", "SdkHttpMetadata", "SdkResponseMetadata"} <= set(output)
    assert output["SdkHttpMetadata"]["HttpStatusCode"] == 200


def test_a_topic_brings_what_is_published_to_its_queue(steps, outside, queue):
    topic = outside("sns").create_topic(Name=unique("topic"))["TopicArn"]
    arn = outside("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    outside("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    output = result(steps, "sns:publish", {"TopicArn": topic, "Message": {"order": 7}, "Subject": "new"})
    (brought,) = map(json.loads, messages(outside, queue))
    assert (brought["Message"], brought["Subject"]) == ('{"order":7}', "new")
    assert output["MessageId"] == brought["MessageId"] and "SdkHttpMetadata" in output


def test_an_event_is_put_and_names_who_put_it(steps, outside, queue):
    arn = outside("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    source = unique("shop")
    rule = unique("rule")
    outside("events").put_rule(Name=rule, EventPattern=json.dumps({"source": [source]}))
    outside("events").put_targets(Rule=rule, Targets=[{"Id": "queue", "Arn": arn}])
    entry = {"Source": source, "DetailType": "order", "Detail": {"id": 7}, "Resources": ["mine"]}
    execution = steps.run(call("events:putEvents", {"Entries": [entry]}))
    assert steps.output(execution)["FailedEntryCount"] == 0
    (event,) = map(json.loads, messages(outside, queue))
    assert event["detail"] == {"id": 7}
    assert event["resources"] == ["mine", steps.describe(execution)["stateMachineArn"], execution]


def test_an_item_is_put_read_changed_and_deleted(steps, table):
    key = {"TableName": table, "Key": {"id": {"S": "lamp"}}}
    result(steps, "dynamodb:putItem", {"TableName": table, "Item": {"id": {"S": "lamp"}, "stock": {"N": "3"}}})
    changed = result(
        steps,
        "dynamodb:updateItem",
        key
        | {
            "UpdateExpression": "SET stock = stock - :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
            "ReturnValues": "UPDATED_NEW",
        },
    )
    assert changed["Attributes"] == {"stock": {"N": "2"}}
    read = result(steps, "dynamodb:getItem", key)
    assert read["Item"] == {"id": {"S": "lamp"}, "stock": {"N": "2"}}
    result(steps, "dynamodb:deleteItem", key)
    assert "Item" not in result(steps, "dynamodb:getItem", key)


def test_sdk_calls_have_no_metadata_and_read_what_they_wrote(steps, outside, queue, table):
    bucket, secret = unique("bucket"), unique("secret")
    result(steps, "aws-sdk:s3:createBucket", {"Bucket": bucket})
    stored = result(steps, "aws-sdk:s3:putObject", {"Bucket": bucket, "Key": "order.json", "Body": {"order": 7}})
    assert "ETag" in stored and "SdkHttpMetadata" not in stored
    assert result(steps, "aws-sdk:s3:getObject", {"Bucket": bucket, "Key": "order.json"})["Body"] == '{"order":7}'
    listed = result(steps, "aws-sdk:s3:listObjectsV2", {"Bucket": bucket})
    assert [item["Key"] for item in listed["Contents"]] == ["order.json"]
    result(steps, "aws-sdk:secretsmanager:createSecret", {"Name": secret, "SecretString": "open sesame"})
    got = result(steps, "aws-sdk:secretsmanager:getSecretValue", {"SecretId": secret})
    assert got["SecretString"] == "open sesame"
    described = result(steps, "aws-sdk:dynamodb:describeTable", {"TableName": table})
    assert described["Table"]["TableStatus"] == "ACTIVE"
    sent = result(steps, "aws-sdk:sqs:sendMessage", {"QueueUrl": queue, "MessageBody": "hello"})
    assert "Md5OfMessageBody" in sent and messages(outside, queue) == ["hello"]


NOWHERE = "http://127.0.0.1/123456789012/no-such-queue"
REFUSED = [
    ("sqs:sendMessage", {"QueueUrl": NOWHERE, "MessageBody": "a"}, "SQS.QueueDoesNotExistException"),
    ("sns:publish", {"TopicArn": "arn:aws:sns:us-east-1:123456789012:no", "Message": "a"}, "SNS.NotFoundException"),
    (
        "dynamodb:getItem",
        {"TableName": "no-such-table", "Key": {"id": {"S": "a"}}},
        "DynamoDB.ResourceNotFoundException",
    ),
    (
        "aws-sdk:dynamodb:getItem",
        {"TableName": "no-such-table", "Key": {"id": {"S": "a"}}},
        "DynamoDb.ResourceNotFoundException",
    ),
    ("aws-sdk:s3:getObject", {"Bucket": "no-such-bucket", "Key": "a"}, "S3.NoSuchBucketException"),
    ("aws-sdk:secretsmanager:getSecretValue", {"SecretId": "no"}, "SecretsManager.ResourceNotFoundException"),
    ("lambda:invoke", {"FunctionName": "no-such-function"}, "Lambda.ResourceNotFoundException"),
]


@pytest.mark.parametrize("resource, parameters, error", REFUSED, ids=[row[0] for row in REFUSED])
def test_a_refusal_has_the_name_and_the_words_of_the_service(steps, resource, parameters, error):
    execution = steps.run(call(resource, parameters))
    ended = steps.describe(execution)
    assert ended["error"] == error, ended
    assert "(Service: " in ended["cause"] and "Status Code: 4" in ended["cause"]
    assert [event[1:3] for event in steps.chain(execution)][4:] == [(4, "TaskFailed"), (5, "ExecutionFailed")]


def test_a_refusal_can_be_caught_by_its_name(steps):
    catch = [{"ErrorEquals": ["S3.NoSuchBucketException"], "Next": "Caught"}]
    definition = call("aws-sdk:s3:getObject", {"Bucket": "no-such-bucket", "Key": "a"}, Catch=catch)
    definition["States"]["Caught"] = {"Type": "Succeed"}
    assert steps.output(steps.run(definition))["Error"] == "S3.NoSuchBucketException"


WRONG = [
    (
        "sqs:sendMessage",
        {"QueueUrl": "q", "MessageBody": "a", "Messages": "b"},
        'The field "Messages" is not supported by Step Functions',
    ),
    (
        "aws-sdk:s3:getObject",
        {"Bucket": "b", "Key": "k", "Kye": "a"},
        'The field "Kye" is not supported by Step Functions',
    ),
    (
        "apigateway:invoke",
        {"ApiEndpoint": "localhost:1", "Method": "GET", "Headers": {"a": "b"}},
        "The value of the field 'Headers' has an invalid format",
    ),
]


@pytest.mark.parametrize("resource, parameters, problem", WRONG, ids=[row[0] for row in WRONG])
def test_wrong_parameters_are_refused_with_the_definition(steps, resource, parameters, problem):
    with pytest.raises(ClientError) as refused:
        steps.machine(call(resource, parameters))
    assert refused.value.response["Error"]["Code"] == "InvalidDefinition"
    state = next(iter(call(resource, parameters)["States"]))
    assert f"SCHEMA_VALIDATION_FAILED: {problem} at /States/{state}/Parameters" in str(refused.value)


@pytest.mark.parametrize("resource, parameters, problem", WRONG, ids=[row[0] for row in WRONG])
def test_wrong_parameters_of_the_input_schedule_no_task(steps, resource, parameters, problem):
    definition = call(resource, None)
    (state,) = definition["States"].values()
    del state["Parameters"]
    execution = steps.run(definition, parameters)
    ended = steps.describe(execution)
    assert (ended["status"], ended["error"]) == ("FAILED", RUNTIME)
    assert ended["cause"].endswith(f" could not be used to start the Task: [{problem}]"), ended["cause"]
    assert [event[2] for event in steps.chain(execution)] == ["ExecutionStarted", "TaskStateEntered", "ExecutionFailed"]


@pytest.mark.parametrize("resource", ["aws-sdk:dynamdb:getItem", "aws-sdk:s3:getObjekt", "aws-sdk:sts:assumeRole"])
def test_a_service_or_an_action_that_does_not_exist_is_refused_with_the_definition(steps, resource):
    with pytest.raises(ClientError) as refused:
        steps.machine(call(resource, {}))
    told = f"The resource provided arn:aws:states:::{resource} is not recognized. The value is not a valid resource ARN"
    assert told in str(refused.value)


def test_an_api_is_asked_and_its_answer_is_data(steps, counterpart):
    counterpart.says({"stock": 3})
    asked = {"ApiEndpoint": counterpart.address, "Method": "POST", "Path": "stock", "RequestBody": {"sku": "lamp"}}
    output = result(steps, "apigateway:invoke", asked)
    assert (output["StatusCode"], output["ResponseBody"]) == (200, {"stock": 3})
    assert counterpart.requests == ['{"sku":"lamp"}']
    counterpart.says({"message": "no"}, status=403)
    assert failure(steps, "apigateway:invoke", asked) == ("ApiGateway.403", '{"message": "no"}')


def test_an_event_that_is_not_taken_fails_the_task(serve, counterpart):
    counterpart.says({"FailedEntryCount": 1, "Entries": [{"ErrorCode": "InternalFailure", "ErrorMessage": "no"}]})
    steps = Steps(serve(AWS_ENDPOINT_URL=counterpart.url))
    entry = {"Source": "shop", "DetailType": "order", "Detail": {}}
    error, cause = failure(steps, "events:putEvents", {"Entries": [entry]})
    assert error == "EventBridge.FailedEntry"
    assert json.loads(cause)["Entries"][0]["ErrorCode"] == "InternalFailure"


def test_a_service_that_cannot_be_reached_is_a_client_exception(serve, counterpart):
    url = counterpart.url
    counterpart.stop()
    steps = Steps(serve(AWS_ENDPOINT_URL=url, AWS_MAX_ATTEMPTS="1"))
    error, _ = failure(steps, "sqs:sendMessage", {"QueueUrl": NOWHERE, "MessageBody": "a"})
    assert error == "SQS.SdkClientException"
