"""Tasks that wait for their token: submitted to a service, ended by whoever it brings the token to."""

import json
import uuid

import pytest

from machines import call, chain, one, task
from stairway import Steps, until

RESOURCES = ["sqs:sendMessage", "aws-sdk:sqs:sendMessage"]


@pytest.fixture
def steps(serve, moto_server):
    return Steps(serve(AWS_ENDPOINT_URL=moto_server.url))


@pytest.fixture
def queue(moto_server):
    return Queue(moto_server.client("sqs"))


class Queue:
    def __init__(self, sqs):
        self.sqs = sqs
        self.url = sqs.create_queue(QueueName=f"queue-{uuid.uuid4().hex[:8]}")["QueueUrl"]

    @property
    def arn(self):
        answer = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])
        return answer["Attributes"]["QueueArn"]

    def task(self, resource="sqs:sendMessage", **fields):
        body = {"QueueUrl": self.url, "MessageBody": {"order.$": "$.order", "token.$": "$$.Task.Token"}}
        return call(f"{resource}.waitForTaskToken", body, **fields)

    def token(self):
        """The token of the next message."""
        return self.next()["token"]

    def next(self):
        def received():
            return self.sqs.receive_message(QueueUrl=self.url, WaitTimeSeconds=1).get("Messages")

        return json.loads(until(received)[0]["Body"])


def begin(steps, definition):
    return steps.start(steps.machine(definition), {"order": 7})


@pytest.mark.parametrize("resource", RESOURCES)
def test_whoever_has_the_token_ends_the_task(steps, queue, resource):
    execution = begin(steps, queue.task(resource))
    token = queue.token()
    steps.until_event(execution, "TaskSubmitted")
    steps.succeed(token, {"approved": True})
    steps.server.await_end(execution)
    assert steps.output(execution) == {"approved": True}
    assert steps.chain(execution) == [
        (1, 0, "ExecutionStarted"),
        (2, 0, "TaskStateEntered"),
        (3, 2, "TaskScheduled"),
        (4, 3, "TaskStarted"),
        (5, 4, "TaskSubmitted"),
        (6, 5, "TaskSucceeded"),
        (7, 6, "TaskStateExited"),
        (8, 7, "ExecutionSucceeded"),
    ]
    service = resource.removesuffix(":sendMessage")
    submitted = steps.details(execution, "TaskSubmitted")
    assert (submitted["resourceType"], submitted["resource"]) == (service, "sendMessage.waitForTaskToken")
    assert "MessageId" in submitted["output"]
    assert ("SdkHttpMetadata" in submitted["output"]) == (resource == "sqs:sendMessage")


def approved(steps, execution, token):
    """The worker that the token was brought to ends the task, and the execution with it."""
    steps.until_event(execution, "TaskSubmitted")
    steps.succeed(token, {"approved": True})
    steps.server.await_end(execution)
    assert steps.output(execution) == {"approved": True}
    submitted = ["TaskSubmitted", "TaskSucceeded", "TaskStateExited", "ExecutionSucceeded"]
    assert steps.types(execution)[2:] == ["TaskScheduled", "TaskStarted", *submitted]


@pytest.mark.parametrize("resource", ["sns:publish", "aws-sdk:sns:publish"])
def test_a_topic_brings_the_token_to_a_worker(steps, queue, moto_server, resource):
    sns = moto_server.client("sns")
    topic = sns.create_topic(Name=f"topic-{uuid.uuid4().hex[:8]}")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn)
    message = {"order.$": "$.order", "token.$": "$$.Task.Token"}
    execution = begin(steps, call(f"{resource}.waitForTaskToken", {"TopicArn": topic, "Message": message}))
    brought = json.loads(queue.next()["Message"])
    assert brought["order"] == 7
    approved(steps, execution, brought["token"])


@pytest.mark.parametrize("resource", ["events:putEvents", "aws-sdk:eventbridge:putEvents"])
def test_an_event_bus_brings_the_token_to_a_worker(steps, queue, moto_server, resource):
    events = moto_server.client("events")
    source = f"shop-{uuid.uuid4().hex[:8]}"
    events.put_rule(Name=source, EventPattern=json.dumps({"source": [source]}))
    events.put_targets(Rule=source, Targets=[{"Id": "queue", "Arn": queue.arn}])
    detail = {"order.$": "$.order", "token.$": "$$.Task.Token"}
    entry = {"Source": source, "DetailType": "order", "Detail": detail}
    execution = begin(steps, call(f"{resource}.waitForTaskToken", {"Entries": [entry]}))
    brought = queue.next()["detail"]
    assert brought["order"] == 7
    approved(steps, execution, brought["token"])


def test_an_api_brings_the_token_to_a_worker(steps, counterpart):
    body = {"order.$": "$.order", "token.$": "$$.Task.Token"}
    asked = {"ApiEndpoint": counterpart.address, "Method": "POST", "Path": "approvals", "RequestBody": body}
    execution = begin(steps, call("apigateway:invoke.waitForTaskToken", asked))
    (brought,) = map(json.loads, until(lambda: counterpart.requests))
    assert brought["order"] == 7
    approved(steps, execution, brought["token"])


@pytest.mark.parametrize("resource", RESOURCES)
def test_whoever_has_the_token_fails_the_task(steps, queue, resource):
    execution = begin(steps, queue.task(resource))
    token = queue.token()
    steps.until_event(execution, "TaskSubmitted")
    steps.aws.send_task_failure(taskToken=token, error="Rejected", cause="too dear")
    ended = steps.server.await_end(execution)
    assert (ended["status"], ended["error"], ended["cause"]) == ("FAILED", "Rejected", "too dear")
    assert steps.types(execution)[4:] == ["TaskSubmitted", "TaskFailed", "ExecutionFailed"]


def test_a_task_whose_heart_stops_times_out(steps, queue):
    execution = begin(steps, queue.task(HeartbeatSeconds=2, TimeoutSeconds=60))
    ended = steps.server.await_end(execution)
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Timeout")
    assert steps.types(execution)[-2:] == ["TaskTimedOut", "ExecutionFailed"]


def test_a_heart_that_beats_keeps_the_task(steps, queue):
    execution = begin(steps, queue.task(HeartbeatSeconds=60))
    token = queue.token()
    steps.aws.send_task_heartbeat(taskToken=token)
    steps.succeed(token, "alive")
    steps.server.await_end(execution)
    assert steps.output(execution) == "alive"


def test_an_answer_after_the_timeout_is_refused_and_the_next_task_has_another_token(steps, queue):
    catch = [{"ErrorEquals": ["States.Timeout"], "ResultPath": None, "Next": "Again"}]
    definition = queue.task(TimeoutSeconds=2, Catch=catch)
    definition["States"]["Again"] = queue.task()["States"]["Only"]
    execution = begin(steps, definition)
    late = queue.token()
    steps.until_event(execution, "TaskTimedOut")
    with pytest.raises(steps.aws.exceptions.TaskTimedOut):
        steps.succeed(late, "late")
    token = queue.token()
    assert token != late
    steps.succeed(token, "in time")
    steps.server.await_end(execution)
    assert steps.output(execution) == "in time"


def test_a_second_answer_is_refused(steps, queue):
    execution = begin(steps, queue.task())
    token = queue.token()
    steps.until_event(execution, "TaskSubmitted")
    steps.succeed(token, "first")
    steps.server.await_end(execution)
    with pytest.raises(steps.aws.exceptions.TaskTimedOut):
        steps.succeed(token, "second")
    assert steps.output(execution) == "first"


def test_an_answer_before_the_submission_is_known_counts(serve, counterpart):
    """The worker has the message and answers it while the service still owes its own answer."""
    counterpart.may_answer.clear()
    counterpart.says({"MessageId": "m"})
    steps = Steps(serve(AWS_ENDPOINT_URL=counterpart.url))
    body = {"QueueUrl": "http://127.0.0.1/1/queue", "MessageBody.$": "$$.Task.Token"}
    execution = begin(steps, call("sqs:sendMessage.waitForTaskToken", body))
    until(lambda: counterpart.requests)
    steps.succeed(json.loads(counterpart.requests[0])["MessageBody"], "fast")
    counterpart.may_answer.set()
    assert steps.server.await_end(execution)["status"] == "SUCCEEDED"
    assert steps.output(execution) == "fast"
    assert len(counterpart.requests) == 1


def test_a_submission_that_is_refused_fails_the_task(steps):
    body = {"QueueUrl": "http://127.0.0.1/1/no-such-queue", "MessageBody.$": "$$.Task.Token"}
    execution = steps.run(call("sqs:sendMessage.waitForTaskToken", body))
    assert steps.describe(execution)["error"] == "SQS.QueueDoesNotExistException"
    assert steps.types(execution)[4:] == ["TaskSubmitFailed", "ExecutionFailed"]


def test_an_aborted_execution_takes_no_answer(steps, queue):
    execution = begin(steps, queue.task())
    token = queue.token()
    steps.aws.stop_execution(executionArn=execution)
    with pytest.raises(steps.aws.exceptions.TaskTimedOut):
        steps.succeed(token)
    assert steps.types(execution)[-1] == "ExecutionAborted"


def test_tokens_of_branches_end_each_its_own(steps, queue):
    body = {"QueueUrl": queue.url, "MessageBody": {"token.$": "$$.Task.Token"}}
    wait = task("arn:aws:states:::sqs:sendMessage.waitForTaskToken", Parameters=body)
    branches = [chain(Left=wait), chain(Right=wait)]
    execution = begin(steps, one({"Type": "Parallel", "Branches": branches, "End": True}))
    tokens = {queue.token(), queue.token()}
    assert len(tokens) == 2
    for token in tokens:
        steps.succeed(token, token)
    steps.server.await_end(execution)
    assert set(steps.output(execution)) == tokens
