"""kill -9 while calls are under way: what could be done twice is not sent again, the rest is.

Each test ends the server between the moment a service has counted a request and its answer.
"""

import json

import pytest

from machines import PASS, call, one, task
from stairway import Steps, until

ARN = "arn:aws:lambda:us-east-1:000000000000:function:charge"
QUEUE = "http://127.0.0.1/1/queue"
KEY = {"id": {"S": "lamp"}}


@pytest.fixture
def steps(serve, counterpart):
    """A server whose services and whose function `charge` are all the counterpart."""
    return Steps(serve(functions={"charge": {"url": counterpart.url}}, AWS_ENDPOINT_URL=counterpart.url))


def killed_while_asked(steps, counterpart, definition, payload=None):
    """Starts an execution, ends the server when the service has counted one request, starts it again."""
    counterpart.may_answer.clear()
    execution = steps.start(steps.machine(definition), payload)
    until(lambda: counterpart.requests)
    steps = steps.server.restart()
    counterpart.may_answer.set()
    return steps, execution


ONCE = [
    ("lambda:invoke", call("lambda:invoke", {"FunctionName": "charge", "Payload": {}})),
    ("function ARN", one(task(ARN))),
    ("lambda:invoke, outside", call("lambda:invoke", {"FunctionName": "elsewhere", "Payload": {}})),
    ("sqs:sendMessage", call("sqs:sendMessage", {"QueueUrl": QUEUE, "MessageBody": "a"})),
    ("dynamodb:putItem", call("dynamodb:putItem", {"TableName": "t", "Item": KEY})),
    ("aws-sdk:dynamodb:deleteItem", call("aws-sdk:dynamodb:deleteItem", {"TableName": "t", "Key": KEY})),
    ("aws-sdk:s3:putObject", call("aws-sdk:s3:putObject", {"Bucket": "b", "Key": "k", "Body": "a"})),
    (
        "lambda:invoke.waitForTaskToken",
        call("lambda:invoke.waitForTaskToken", {"FunctionName": "charge", "Payload": {"token.$": "$$.Task.Token"}}),
    ),
]


@pytest.mark.parametrize("name, definition", ONCE, ids=[row[0] for row in ONCE])
def test_what_could_be_done_twice_is_not_sent_again(steps, counterpart, name, definition):
    steps, execution = killed_while_asked(steps, counterpart, definition)
    ended = steps.server.await_end(execution)
    assert (ended["status"], ended["error"]) == ("FAILED", "States.TaskFailed")
    assert "outcome of the call is unknown" in ended["cause"]
    assert len(counterpart.requests) == 1


def test_retry_decides_what_becomes_of_a_call_in_doubt(steps, counterpart):
    retry = [{"ErrorEquals": ["States.TaskFailed"], "MaxAttempts": 1, "IntervalSeconds": 1}]
    definition = call("lambda:invoke", {"FunctionName": "charge", "Payload": {}}, Retry=retry)
    steps, execution = killed_while_asked(steps, counterpart, definition)
    assert steps.server.await_end(execution)["status"] == "SUCCEEDED"
    assert len(counterpart.requests) == 2
    assert steps.types(execution).count("TaskScheduled") == 2


def api(counterpart, method, **more):
    """The parameters of a request to an API that is the counterpart."""
    return {"ApiEndpoint": counterpart.address, "Method": method, **more}


def test_a_request_that_changes_an_api_is_not_sent_again(steps, counterpart):
    steps, execution = killed_while_asked(steps, counterpart, call("apigateway:invoke", api(counterpart, "POST")))
    assert "outcome of the call is unknown" in steps.server.await_end(execution)["cause"]
    assert len(counterpart.requests) == 1


def test_a_request_that_reads_an_api_is_sent_again(steps, counterpart):
    steps, execution = killed_while_asked(steps, counterpart, call("apigateway:invoke", api(counterpart, "GET")))
    assert steps.server.await_end(execution)["status"] == "SUCCEEDED"
    assert len(counterpart.requests) == 2


def charge(**fields):
    payload = {"token.$": "$$.Task.Token"}
    return call("lambda:invoke.waitForTaskToken", {"FunctionName": "charge", "Payload": payload}, **fields)


def post(counterpart, **fields):
    asked = api(counterpart, "POST", RequestBody={"token.$": "$$.Task.Token"})
    return call("apigateway:invoke.waitForTaskToken", asked, **fields)


WAITED_FOR = [
    ("lambda:invoke", lambda counterpart, **fields: charge(**fields)),
    ("apigateway:invoke", post),
]
may_be_at_work = pytest.mark.parametrize("name, definition", WAITED_FOR, ids=[row[0] for row in WAITED_FOR])


@may_be_at_work
def test_a_token_task_with_a_time_limit_is_waited_for_though_its_submission_is_in_doubt(
    steps, counterpart, name, definition
):
    steps, execution = killed_while_asked(steps, counterpart, definition(counterpart, TimeoutSeconds=600))
    # What the service says now comes too late for the server that asked; another restart changes nothing.
    steps = steps.server.restart()
    steps.succeed(json.loads(counterpart.requests[0])["token"], "done")
    assert steps.server.await_end(execution)["status"] == "SUCCEEDED"
    assert steps.output(execution) == "done"
    assert steps.types(execution)[2:5] == ["TaskScheduled", "TaskStarted", "TaskSucceeded"]
    assert len(counterpart.requests) == 1


@may_be_at_work
@pytest.mark.parametrize("limit", [{"TimeoutSeconds": 3}, {"HeartbeatSeconds": 3}], ids=["timeout", "heartbeat"])
def test_a_token_task_in_doubt_that_nobody_answers_ends_with_its_time_limit(
    steps, counterpart, name, definition, limit
):
    steps, execution = killed_while_asked(steps, counterpart, definition(counterpart, **limit))
    ended = steps.server.await_end(execution)
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Timeout")
    assert steps.types(execution)[2:] == ["TaskScheduled", "TaskStarted", "TaskTimedOut", "ExecutionFailed"]
    assert len(counterpart.requests) == 1


def decided(value):
    return [{"key": "stairway:in-doubt", "value": value}]


def killed_while_asked_by(steps, counterpart, machine):
    counterpart.may_answer.clear()
    execution = steps.start(machine)
    until(lambda: counterpart.requests)
    steps = steps.server.restart()
    counterpart.may_answer.set()
    return steps, execution


INVOKE = call("lambda:invoke", {"FunctionName": "charge", "Payload": {}})
READ = call("dynamodb:getItem", {"TableName": "t", "Key": KEY})


@pytest.mark.parametrize("definition", [INVOKE, charge(TimeoutSeconds=600)], ids=["lambda:invoke", "token"])
def test_an_owner_who_wants_it_has_every_call_sent_again(steps, counterpart, definition):
    machine = steps.machine(definition, tags=decided("call-again"))
    steps, execution = killed_while_asked_by(steps, counterpart, machine)
    until(lambda: len(counterpart.requests) == 2)
    if "token" in counterpart.requests[0]:
        steps.until_event(execution, "TaskSubmitted")
        steps.succeed(json.loads(counterpart.requests[0])["token"], "done")
    assert steps.server.await_end(execution)["status"] == "SUCCEEDED"
    first, second = counterpart.requests
    assert first == second


@pytest.mark.parametrize("definition", [READ, charge(TimeoutSeconds=600)], ids=["a call that reads", "token"])
def test_an_owner_who_wants_it_has_no_call_sent_again(steps, counterpart, definition):
    machine = steps.machine(definition, tags=decided("fail"))
    steps, execution = killed_while_asked_by(steps, counterpart, machine)
    ended = steps.server.await_end(execution)
    assert (ended["status"], ended["error"]) == ("FAILED", "States.TaskFailed")
    assert "outcome of the call is unknown" in ended["cause"]
    assert len(counterpart.requests) == 1


def test_an_owner_can_decide_while_executions_run_and_take_it_back(steps, counterpart):
    machine = steps.machine(INVOKE)
    steps.aws.tag_resource(resourceArn=machine, tags=decided("call-again"))
    steps, execution = killed_while_asked_by(steps, counterpart, machine)
    assert steps.server.await_end(execution)["status"] == "SUCCEEDED"
    assert len(counterpart.requests) == 2
    counterpart.requests.clear()
    steps.aws.untag_resource(resourceArn=machine, tagKeys=["stairway:in-doubt"])
    steps, execution = killed_while_asked_by(steps, counterpart, machine)
    assert steps.server.await_end(execution)["status"] == "FAILED"
    assert len(counterpart.requests) == 1


def test_a_decision_that_means_nothing_is_refused(steps):
    with pytest.raises(steps.aws.exceptions.ValidationException, match="must be 'call-again' or 'fail'"):
        steps.machine(INVOKE, tags=decided("retry"))


SECRET = {"Name": "a", "SecretString": "b"}
AGAIN = [
    ("dynamodb:getItem", {"TableName": "t", "Key": KEY}, None),
    ("aws-sdk:secretsmanager:getSecretValue", {"SecretId": "a"}, None),
    ("aws-sdk:secretsmanager:createSecret", SECRET, "ClientRequestToken"),
    (
        "sqs:sendMessage",
        {"QueueUrl": QUEUE + ".fifo", "MessageBody": "a", "MessageGroupId": "g", "MessageDeduplicationId": "d"},
        "MessageDeduplicationId",
    ),
]


@pytest.mark.parametrize("resource, parameters, token", AGAIN, ids=[row[0] for row in AGAIN])
def test_what_does_nothing_twice_is_sent_again_with_the_same_token(steps, counterpart, resource, parameters, token):
    steps, execution = killed_while_asked(steps, counterpart, call(resource, parameters))
    assert steps.server.await_end(execution)["status"] == "SUCCEEDED"
    first, second = map(json.loads, counterpart.requests)
    assert first == second
    assert token is None or first[token]
    assert steps.types(execution).count("TaskScheduled") == 1


@pytest.mark.parametrize("resource", ["sqs:sendMessage", "aws-sdk:sqs:sendMessage"])
def test_a_message_with_a_task_token_is_sent_again_and_its_token_counts_once(steps, counterpart, resource):
    counterpart.says({"MessageId": "m"})
    body = {"QueueUrl": QUEUE, "MessageBody.$": "$$.Task.Token"}
    steps, execution = killed_while_asked(steps, counterpart, call(f"{resource}.waitForTaskToken", body))
    steps.until_event(execution, "TaskSubmitted")
    first, second = (json.loads(request)["MessageBody"] for request in counterpart.requests)
    assert first == second
    steps.succeed(first, "done")
    steps.server.await_end(execution)
    with pytest.raises(steps.aws.exceptions.TaskTimedOut):
        steps.succeed(second, "done again")
    assert steps.output(execution) == "done"


def test_a_token_that_is_answered_after_the_restart_counts(steps, counterpart):
    """The worker has the message; the server comes back and the worker's own retry reaches it."""
    counterpart.may_answer.clear()
    body = {"QueueUrl": QUEUE, "MessageBody.$": "$$.Task.Token"}
    execution = steps.start(steps.machine(call("sqs:sendMessage.waitForTaskToken", body)))
    until(lambda: counterpart.requests)
    token = json.loads(counterpart.requests[0])["MessageBody"]
    steps.server.kill()
    with pytest.raises(Exception, match="Could not connect"):
        steps.succeed(token, "done")
    steps = Steps(steps.server.start())
    steps.succeed(token, "done")
    # The service's own answer stands before the worker's in the history, also now.
    counterpart.may_answer.set()
    steps.server.await_end(execution)
    assert steps.output(execution) == "done"
    assert steps.types(execution)[3:6] == ["TaskStarted", "TaskSubmitted", "TaskSucceeded"]


def test_an_answer_that_was_quicker_than_its_call_counts_though_the_call_is_in_doubt(steps, counterpart):
    counterpart.may_answer.clear()
    charge = {"FunctionName": "charge", "Payload": {"token.$": "$$.Task.Token"}}
    execution = steps.start(steps.machine(call("lambda:invoke.waitForTaskToken", charge)))
    until(lambda: counterpart.requests)
    steps.succeed(json.loads(counterpart.requests[0])["token"], "done")
    steps = steps.server.restart()
    assert steps.server.await_end(execution)["status"] == "SUCCEEDED"
    assert steps.output(execution) == "done"
    assert len(counterpart.requests) == 1


def test_a_callback_of_a_submitted_task_is_honoured_after_the_restart(steps, counterpart):
    counterpart.says({"MessageId": "m"})
    body = {"QueueUrl": QUEUE, "MessageBody.$": "$$.Task.Token"}
    execution = steps.start(steps.machine(call("sqs:sendMessage.waitForTaskToken", body)))
    steps.until_event(execution, "TaskSubmitted")
    steps = steps.server.restart()
    steps.succeed(json.loads(counterpart.requests[0])["MessageBody"], "done")
    assert steps.server.await_end(execution)["status"] == "SUCCEEDED"
    assert len(counterpart.requests) == 1


@pytest.mark.parametrize("resource", ["states:startExecution", "states:startExecution.sync:2"])
def test_a_start_in_doubt_is_sent_again_under_the_same_name(serve, counterpart, resource):
    arn = "arn:aws:states:us-east-1:000000000000:execution:child:name"
    counterpart.says({"executionArn": arn, "startDate": 1.5, "status": "SUCCEEDED", "output": "{}"})
    steps = Steps(serve(AWS_ENDPOINT_URL_SFN=counterpart.url))
    child = "arn:aws:states:us-east-1:000000000000:stateMachine:child"
    steps, execution = killed_while_asked(steps, counterpart, call(resource, {"StateMachineArn": child}))
    assert steps.server.await_end(execution)["status"] == "SUCCEEDED"
    first, second = map(json.loads, counterpart.requests[:2])
    assert first == second and first["name"]


@pytest.mark.parametrize("resource", ["states:startExecution", "states:startExecution.sync:2"])
def test_a_child_that_has_ended_meanwhile_is_found_and_not_started_twice(serve, counterpart, resource):
    steps = Steps(serve(AWS_ENDPOINT_URL_SFN=counterpart.url))
    child = steps.machine(PASS)

    def ended():
        return steps.aws.list_executions(stateMachineArn=child, statusFilter="SUCCEEDED")["executions"]

    counterpart.upstream = f"127.0.0.1:{steps.server.port}"
    counterpart.may_answer.clear()
    execution = steps.start(steps.machine(call(resource, {"StateMachineArn": child})))
    (first,) = until(ended)
    steps = steps.server.restart()
    counterpart.upstream = f"127.0.0.1:{steps.server.port}"
    counterpart.may_answer.set()
    assert steps.server.await_end(execution)["status"] == "SUCCEEDED", steps.describe(execution)
    assert steps.output(execution)["ExecutionArn"] == first["executionArn"]
    assert isinstance(steps.output(execution)["StartDate"], int)
    assert len(steps.aws.list_executions(stateMachineArn=child)["executions"]) == 1


def test_a_child_is_not_started_twice_and_its_parent_ends(steps):
    activity = steps.activity()
    child = steps.machine(one(task(activity)))
    parents = [
        steps.start(steps.machine(call("states:startExecution.sync:2", {"StateMachineArn": child, "Input": {"n": n}})))
        for n in range(5)
    ]
    # The first has its child; how far the others are is left to chance.
    steps.until_event(parents[0], "TaskSubmitted")
    steps = steps.server.restart()
    for _ in parents:
        token, payload = steps.poll(activity)
        steps.succeed(token, payload)
    for number, parent in enumerate(parents):
        assert steps.server.await_end(parent)["status"] == "SUCCEEDED"
        assert steps.output(parent)["Output"] == {"n": number}
    until(lambda: len(steps.aws.list_executions(stateMachineArn=child, statusFilter="SUCCEEDED")["executions"]) == 5)
    assert len(steps.aws.list_executions(stateMachineArn=child)["executions"]) == 5
