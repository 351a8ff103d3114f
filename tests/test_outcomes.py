"""Every integration in every pattern it has, to each of its ends: success, failure, time-out, abort.

The service is a counterpart that says what the row has, refuses as the row has it, or keeps silent; what real
services (moto) do with a call is in `test_integrations.py`. A row is a resource, so a new integration is a new row
of `CALLS`, and of `TOKENS` or `JOBS` where it has these patterns.
"""

import json
import urllib.parse
from dataclasses import dataclass

import pytest

from machines import PASS, call, one, task
from stairway import Steps, until

ADDRESS = "{the address of the counterpart}"
CHILD = "arn:aws:states:us-east-1:000000000000:stateMachine:child"
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:far-away"
QUEUE = "http://127.0.0.1/1/queue"
TOPIC = "arn:aws:sns:us-east-1:123456789012:topic"
KEY = {"id": {"S": "lamp"}}
STARTED = {"executionArn": "arn:aws:states:us-east-1:000000000000:execution:child:name", "startDate": 1.5}
PUBLISHED = b"<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>"
NO_TOPIC = b"<ErrorResponse><Error><Code>NotFound</Code><Message>no topic</Message></Error></ErrorResponse>"
NO_BUCKET = b"<Error><Code>NoSuchBucket</Code><Message>no bucket</Message></Error>"


def entry(detail):
    return {"Entries": [{"Source": "shop", "DetailType": "order", "Detail": detail}]}


def entries(failed):
    one = {"ErrorCode": "InternalFailure", "ErrorMessage": "no"} if failed else {"EventId": "e"}
    return json.dumps({"FailedEntryCount": int(failed), "Entries": [one]}).encode()


def error(code):
    return json.dumps({"__type": code, "message": "no"}).encode()


@dataclass
class Service:
    """How a service takes a call, and how it refuses one."""

    taken: bytes
    refused: tuple
    # The error of a task whose call it refuses.
    error: str


LAMBDA = Service(b"{}", (404, error("ResourceNotFoundException")), "Lambda.ResourceNotFoundException")
SQS = Service(b'{"MessageId":"m"}', (400, error("QueueDoesNotExist")), "SQS.QueueDoesNotExistException")
SQS_SDK = Service(SQS.taken, SQS.refused, "Sqs.QueueDoesNotExistException")
SNS = Service(PUBLISHED, (404, NO_TOPIC), "SNS.NotFoundException")
EVENTS = Service(entries(failed=False), (200, entries(failed=True)), "EventBridge.FailedEntry")
DYNAMODB = Service(b"{}", (400, error("ResourceNotFoundException")), "DynamoDB.ResourceNotFoundException")
API = Service(b'{"stock":3}', (403, b'{"message":"no"}'), "ApiGateway.403")
STATES = Service(
    json.dumps(STARTED).encode(),
    (400, error("StateMachineDoesNotExist")),
    "StepFunctions.StateMachineDoesNotExistException",
)
S3 = Service(b"", (404, NO_BUCKET), "S3.NoSuchBucketException")

CALLS = {
    "lambda:invoke": (LAMBDA, {"FunctionName": "far-away", "Payload": {}}),
    FUNCTION: (LAMBDA, None),
    "sqs:sendMessage": (SQS, {"QueueUrl": QUEUE, "MessageBody": "a"}),
    "sns:publish": (SNS, {"TopicArn": TOPIC, "Message": "a"}),
    "events:putEvents": (EVENTS, entry({})),
    "dynamodb:getItem": (DYNAMODB, {"TableName": "t", "Key": KEY}),
    "dynamodb:putItem": (DYNAMODB, {"TableName": "t", "Item": KEY}),
    "dynamodb:updateItem": (DYNAMODB, {"TableName": "t", "Key": KEY}),
    "dynamodb:deleteItem": (DYNAMODB, {"TableName": "t", "Key": KEY}),
    "apigateway:invoke": (API, {"ApiEndpoint": ADDRESS, "Method": "GET", "Path": "stock"}),
    "states:startExecution": (STATES, {"StateMachineArn": CHILD}),
    "aws-sdk:s3:getObject": (S3, {"Bucket": "b", "Key": "k"}),
    "aws-sdk:s3:putObject": (S3, {"Bucket": "b", "Key": "k", "Body": "a"}),
    "aws-sdk:sqs:sendMessage": (SQS_SDK, {"QueueUrl": QUEUE, "MessageBody": "a"}),
}

TOKEN = {"token.$": "$$.Task.Token"}
TOKENS = {
    "lambda:invoke": (LAMBDA, {"FunctionName": "far-away", "Payload": TOKEN}),
    "sqs:sendMessage": (SQS, {"QueueUrl": QUEUE, "MessageBody": TOKEN}),
    "sns:publish": (SNS, {"TopicArn": TOPIC, "Message": TOKEN}),
    "events:putEvents": (EVENTS, entry(TOKEN)),
    "apigateway:invoke": (API, {"ApiEndpoint": ADDRESS, "Method": "POST", "RequestBody": TOKEN}),
    "states:startExecution": (STATES, {"StateMachineArn": CHILD, "Input": TOKEN}),
    "aws-sdk:s3:putObject": (S3, {"Bucket": "b", "Key": "k", "Body": TOKEN}),
    "aws-sdk:sqs:sendMessage": (SQS_SDK, {"QueueUrl": QUEUE, "MessageBody": TOKEN}),
}

JOBS = ["states:startExecution.sync", "states:startExecution.sync:2"]

every_call = pytest.mark.parametrize("resource", CALLS)
every_token = pytest.mark.parametrize("resource", TOKENS)
every_job = pytest.mark.parametrize("resource", JOBS)


@pytest.fixture
def steps(serve, counterpart):
    """A server whose services, Step Functions too, are all the counterpart."""
    return Steps(serve(AWS_ENDPOINT_URL=counterpart.url, AWS_ENDPOINT_URL_SFN=counterpart.url))


def calling(counterpart, resource, **fields):
    """A definition that makes the call of a row, and the row's service."""
    service, parameters = CALLS[resource]
    if parameters is None:
        return one(task(resource, **fields)), service
    return call(resource, addressed(parameters, counterpart), **fields), service


def waiting(counterpart, resource, **fields):
    service, parameters = TOKENS[resource]
    return call(f"{resource}.waitForTaskToken", addressed(parameters, counterpart), **fields), service


def addressed(parameters, counterpart):
    return json.loads(json.dumps(parameters).replace(ADDRESS, counterpart.address))


def kind_of(resource):
    return "LambdaFunction" if resource == FUNCTION else "Task"


def stopped(steps, execution):
    steps.aws.stop_execution(executionArn=execution, error="Enough", cause="of it")
    ended = steps.describe(execution)
    assert (ended["status"], ended["error"], ended["cause"]) == ("ABORTED", "Enough", "of it")
    assert steps.types(execution)[-1] == "ExecutionAborted"


@every_call
def test_a_call_that_is_taken_succeeds(steps, counterpart, resource):
    definition, service = calling(counterpart, resource)
    counterpart.answer = (200, service.taken)
    execution = steps.run(definition)
    assert steps.describe(execution)["status"] == "SUCCEEDED", steps.describe(execution)
    kind = kind_of(resource)
    assert steps.types(execution)[2:] == [
        *(f"{kind}Scheduled", f"{kind}Started", f"{kind}Succeeded"),
        *("TaskStateExited", "ExecutionSucceeded"),
    ]
    assert len(counterpart.requests) == 1


@every_call
def test_a_call_that_is_refused_fails_with_the_services_error(steps, counterpart, resource):
    definition, service = calling(counterpart, resource)
    counterpart.answer = service.refused
    execution = steps.run(definition)
    ended = steps.describe(execution)
    assert (ended["status"], ended["error"]) == ("FAILED", service.error)
    kind = kind_of(resource)
    assert steps.types(execution)[2:] == [f"{kind}Scheduled", f"{kind}Started", f"{kind}Failed", "ExecutionFailed"]


def test_calls_without_an_answer_time_out(steps, counterpart):
    """All rows together: their times run side by side."""
    counterpart.may_answer.clear()
    begun = {row: steps.start(steps.machine(calling(counterpart, row, TimeoutSeconds=3)[0])) for row in CALLS}
    for resource, execution in begun.items():
        ended = steps.server.await_end(execution)
        assert (resource, ended["status"], ended["error"]) == (resource, "FAILED", "States.Timeout")
        kind = kind_of(resource)
        ends = ["ExecutionFailed"]
        assert steps.types(execution)[2:] == [f"{kind}Scheduled", f"{kind}Started", f"{kind}TimedOut", *ends]


@every_call
def test_a_call_can_be_aborted_and_its_late_answer_records_nothing(steps, counterpart, resource):
    counterpart.may_answer.clear()
    definition, service = calling(counterpart, resource)
    execution = steps.start(steps.machine(definition))
    until(lambda: counterpart.requests)
    stopped(steps, execution)
    before = steps.types(execution)
    counterpart.answer = (200, service.taken)
    counterpart.may_answer.set()
    # Another execution's answer comes after the late one could have.
    steps.run(call("dynamodb:getItem", {"TableName": "t", "Key": KEY}))
    assert steps.types(execution) == before


def submitted(steps, counterpart, resource, **fields):
    """An execution whose task the service has taken, and the token that went with it."""
    definition, service = waiting(counterpart, resource, **fields)
    counterpart.answer = (200, service.taken)
    execution = steps.start(steps.machine(definition))
    steps.until_event(execution, "TaskSubmitted")
    token = token_in(json.loads(steps.details(execution, "TaskScheduled")["parameters"]))
    assert token in urllib.parse.unquote(counterpart.requests[-1])
    return execution, token


def token_in(value):
    """The token in the parameters, however deep."""
    if isinstance(value, dict):
        return value["token"] if "token" in value else token_in(list(value.values()))
    if isinstance(value, list):
        return next(filter(None, map(token_in, value)), None)
    return None


@every_token
def test_whoever_has_the_token_ends_the_task(steps, counterpart, resource):
    execution, token = submitted(steps, counterpart, resource)
    steps.succeed(token, {"approved": True})
    assert steps.server.await_end(execution)["status"] == "SUCCEEDED"
    assert steps.output(execution) == {"approved": True}
    assert steps.types(execution)[2:] == [
        *("TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"),
        *("TaskStateExited", "ExecutionSucceeded"),
    ]


@every_token
def test_whoever_has_the_token_fails_the_task(steps, counterpart, resource):
    execution, token = submitted(steps, counterpart, resource)
    steps.aws.send_task_failure(taskToken=token, error="Rejected", cause="too dear")
    ended = steps.server.await_end(execution)
    assert (ended["status"], ended["error"], ended["cause"]) == ("FAILED", "Rejected", "too dear")
    assert steps.types(execution)[4:] == ["TaskSubmitted", "TaskFailed", "ExecutionFailed"]


@every_token
def test_a_submission_that_is_refused_fails_the_task(steps, counterpart, resource):
    definition, service = waiting(counterpart, resource)
    counterpart.answer = service.refused
    execution = steps.run(definition)
    assert steps.describe(execution)["error"] == service.error
    assert steps.types(execution)[2:] == ["TaskScheduled", "TaskStarted", "TaskSubmitFailed", "ExecutionFailed"]


def test_tokens_that_nobody_answers_time_out(steps, counterpart):
    begun = {row: submitted(steps, counterpart, row, TimeoutSeconds=5) for row in TOKENS}
    for resource, (execution, token) in begun.items():
        ended = steps.server.await_end(execution)
        assert (resource, ended["status"], ended["error"]) == (resource, "FAILED", "States.Timeout")
        assert steps.types(execution)[4:] == ["TaskSubmitted", "TaskTimedOut", "ExecutionFailed"]
        with pytest.raises(steps.aws.exceptions.TaskTimedOut):
            steps.succeed(token, "late")


def test_submissions_without_an_answer_time_out(steps, counterpart):
    counterpart.may_answer.clear()
    begun = {row: steps.start(steps.machine(waiting(counterpart, row, TimeoutSeconds=3)[0])) for row in TOKENS}
    for resource, execution in begun.items():
        ended = steps.server.await_end(execution)
        assert (resource, ended["status"], ended["error"]) == (resource, "FAILED", "States.Timeout")
        assert steps.types(execution)[2:] == ["TaskScheduled", "TaskStarted", "TaskTimedOut", "ExecutionFailed"]


@every_token
def test_a_task_that_waits_for_its_token_can_be_aborted(steps, counterpart, resource):
    execution, token = submitted(steps, counterpart, resource)
    stopped(steps, execution)
    with pytest.raises(steps.aws.exceptions.TaskTimedOut):
        steps.succeed(token, "late")


@pytest.fixture
def own(server):
    """A server that starts its own executions."""
    return Steps(server)


def parent(steps, resource, **fields):
    """A job that waits for a worker, and the definition whose task it is."""
    activity = steps.activity()
    child = steps.machine(one(task(activity)))
    return activity, child, call(resource, {"StateMachineArn": child, "Input": {}}, **fields)


@every_job
def test_a_job_that_succeeds_ends_its_task(own, resource):
    activity, _, definition = parent(own, resource)
    execution = own.start(own.machine(definition))
    token, _ = own.poll(activity)
    own.succeed(token, {"n": 1})
    assert own.server.await_end(execution)["status"] == "SUCCEEDED"
    output = own.output(execution)["Output"]
    assert output == ({"n": 1} if resource.endswith(":2") else '{"n": 1}')
    assert own.types(execution)[2:6] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"]


@every_job
def test_a_job_that_fails_fails_its_task(own, resource):
    activity, _, definition = parent(own, resource)
    execution = own.start(own.machine(definition))
    token, _ = own.poll(activity)
    own.aws.send_task_failure(taskToken=token, error="Broken", cause="lamp")
    ended = own.server.await_end(execution)
    assert (ended["status"], ended["error"]) == ("FAILED", "States.TaskFailed")
    assert json.loads(ended["cause"])["Error"] == "Broken"
    assert own.types(execution)[4:] == ["TaskSubmitted", "TaskFailed", "ExecutionFailed"]


@every_job
def test_a_job_that_is_refused_fails_its_task(own, resource):
    execution = own.run(call(resource, {"StateMachineArn": own.machine(PASS)[:-3] + "-no"}))
    assert own.describe(execution)["error"] == STATES.error
    assert own.types(execution)[4:] == ["TaskSubmitFailed", "ExecutionFailed"]


def stopped_children(steps, child):
    return steps.aws.list_executions(stateMachineArn=child, statusFilter="ABORTED")["executions"]


@every_job
def test_a_job_that_takes_too_long_is_ended_with_its_task(own, resource):
    _, child, definition = parent(own, resource, TimeoutSeconds=3)
    execution = own.run(definition)
    assert own.describe(execution)["error"] == "States.Timeout"
    assert own.types(execution)[4:] == ["TaskSubmitted", "TaskTimedOut", "ExecutionFailed"]
    until(lambda: stopped_children(own, child))


@every_job
def test_a_job_is_ended_when_its_execution_is_aborted(own, resource):
    _, child, definition = parent(own, resource)
    execution = own.start(own.machine(definition))
    own.until_event(execution, "TaskSubmitted")
    stopped(own, execution)
    until(lambda: stopped_children(own, child))
