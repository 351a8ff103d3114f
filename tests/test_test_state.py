"""TestState and ValidateStateMachineDefinition through boto3 and the `aws` command."""

import json
import subprocess
import sys
import uuid
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

from machines import PASS
from stairway import ROLE, environment

AWS = Path(sys.executable).parent / "aws"
RETRIED = {
    "Type": "Task",
    "Resource": "arn:aws:states:::lambda:invoke",
    "Parameters": {"FunctionName.$": "$.name"},
    "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 3, "MaxAttempts": 2}],
    "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Mend"}],
    "Next": "Done",
}


@pytest.fixture
def tester(server):
    return client(server)


def client(server):
    """A client that leaves out the prefix `sync-`, which no resolver knows before an address."""
    return boto3.client(
        "stepfunctions",
        endpoint_url=server.url,
        region_name="us-east-1",
        aws_access_key_id="000000000000",
        aws_secret_access_key="secret",
        config=Config(retries={"max_attempts": 0}, inject_host_prefix=False),
    )


def outcome(tester, state, **arguments):
    answer = tester.test_state(definition=json.dumps(state), roleArn=ROLE, **arguments)
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


def test_a_mocked_task_hands_on_its_result(tester):
    mock = {"result": '{"StatusCode": 200}'}
    answer = outcome(tester, RETRIED, input='{"name": "f"}', mock=mock, inspectionLevel="DEBUG")
    assert (answer["status"], answer["nextState"]) == ("SUCCEEDED", "Done")
    assert json.loads(answer["output"]) == {"StatusCode": 200}
    assert json.loads(answer["inspectionData"]["afterParameters"]) == {"FunctionName": "f"}


def test_a_mocked_error_is_retried_and_then_caught(tester):
    mock = {"errorOutput": {"error": "Busy", "cause": "later"}}
    first = outcome(tester, RETRIED, input='{"name": "f"}', mock=mock, inspectionLevel="DEBUG")
    assert (first["status"], first["error"], first["cause"]) == ("RETRIABLE", "Busy", "later")
    details = {"retryIndex": 0, "retryBackoffIntervalSeconds": 3}
    assert first["inspectionData"]["errorDetails"] == details
    last = outcome(tester, RETRIED, input='{"name": "f"}', mock=mock, stateConfiguration={"retrierRetryCount": 2})
    assert (last["status"], last["nextState"]) == ("CAUGHT_ERROR", "Mend")
    assert json.loads(last["output"]) == {"name": "f", "error": {"Error": "Busy", "Cause": "later"}}


def test_a_state_within_a_branch_is_found_by_its_name(tester):
    branch = {"StartAt": "Inner", "States": {"Inner": {"Type": "Pass", "Result": 7, "End": True}}}
    machine = {"StartAt": "P", "States": {"P": {"Type": "Parallel", "Branches": [branch], "End": True}}}
    assert outcome(tester, machine, stateName="Inner") == {"output": "7", "status": "SUCCEEDED"}


def test_an_item_is_there_for_a_state_inside_a_map(tester):
    inner = {"Type": "Pass", "Parameters": {"at.$": "$$.Map.Item.Index", "is.$": "$$.Map.Item.Value"}, "End": True}
    processor = {"StartAt": "Inner", "States": {"Inner": inner}}
    machine = {"StartAt": "M", "States": {"M": {"Type": "Map", "ItemProcessor": processor, "End": True}}}
    answer = outcome(tester, machine, stateName="Inner", input='"x"')
    assert json.loads(answer["output"]) == {"at": 0, "is": "x"}


@pytest.fixture
def calling(serve, moto_server):
    """A client of a server whose services are moto's."""
    return client(serve(AWS_ENDPOINT_URL=moto_server.url))


def test_a_task_without_a_mock_is_answered_by_its_service(calling, moto_server):
    queue = moto_server.client("sqs").create_queue(QueueName=f"tested-{uuid.uuid4().hex[:8]}")["QueueUrl"]
    parameters = {"QueueUrl": queue, "MessageBody.$": "$.body"}
    send = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": parameters, "End": True}
    answer = outcome(calling, send, input='{"body": {"a": 1}}', inspectionLevel="DEBUG")
    assert answer["status"] == "SUCCEEDED", answer
    assert json.loads(answer["output"])["SdkHttpMetadata"]["HttpStatusCode"] == 200
    assert answer["inspectionData"]["result"] == answer["output"]
    (message,) = moto_server.client("sqs").receive_message(QueueUrl=queue)["Messages"]
    assert message["Body"] == '{"a":1}'


def test_a_refusal_of_the_service_is_caught(calling):
    get = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:s3:getObject",
        "Parameters": {"Bucket": "no-such-bucket", "Key": "k"},
        "Catch": [{"ErrorEquals": ["S3.NoSuchBucketException"], "Next": "Mend"}],
        "End": True,
    }
    answer = outcome(calling, get)
    assert (answer["status"], answer["nextState"]) == ("CAUGHT_ERROR", "Mend")
    assert answer["error"] == "S3.NoSuchBucketException"


def test_an_input_that_cannot_start_the_task_fails_it(calling):
    get = {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:getItem", "End": True}
    answer = outcome(calling, get, input='{"Table": "t"}')
    assert (answer["status"], answer["error"]) == ("FAILED", "States.Runtime")
    problem = 'The field "Table" is not supported by Step Functions'
    assert answer["cause"] == f"The Parameters '{{\"Table\": \"t\"}}' could not be used to start the Task: [{problem}]"


def test_a_function_is_called_and_waited_for_as_long_as_the_state_says(serve, counterpart):
    counterpart.may_answer.clear()
    tester = client(serve(AWS_ENDPOINT_URL=counterpart.url))
    function = "arn:aws:lambda:us-east-1:000000000000:function:f"
    answer = outcome(tester, {"Type": "Task", "Resource": function, "TimeoutSeconds": 1, "End": True})
    assert (answer["status"], answer["error"]) == ("FAILED", "States.Timeout")


def test_a_definition_is_validated_by_both_clients(server, aws):
    sound = aws.validate_state_machine_definition(definition=json.dumps(PASS))
    assert (sound["result"], sound["diagnostics"], sound["truncated"]) == ("OK", [], False)
    broken = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass"}}})
    command = [AWS, "stepfunctions", "validate-state-machine-definition", "--definition", broken]
    command += ["--endpoint-url", server.url, "--output", "json"]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["result"] == "FAIL"
    assert {"severity", "code", "message", "location"} == set(answer["diagnostics"][0])
