"""Executions that executions start, on the same server: `states:startExecution` in all its patterns."""

import json

import pytest

from machines import WAIT_LONG, call, chain, one, task
from stairway import Steps, until

SYNC = ["states:startExecution.sync", "states:startExecution.sync:2"]
FAIL = one({"Type": "Fail", "Error": "Broken", "Cause": "on purpose"})
ADD_ONE = one({"Type": "Pass", "Parameters": {"sum.$": "States.MathAdd($.a, 1)"}, "End": True})


@pytest.fixture
def steps(serve):
    return Steps(serve())


def start(child, payload=None, **more):
    return {"StateMachineArn": child, "Input": payload or {"a": 1}, **more}


def children(steps, child):
    return steps.aws.list_executions(stateMachineArn=child)["executions"]


def test_a_child_is_started_and_not_waited_for(steps):
    child = steps.machine(WAIT_LONG)
    execution = steps.run(call("states:startExecution", start(child)))
    output = steps.output(execution)
    assert {"ExecutionArn", "StartDate", "SdkHttpMetadata", "SdkResponseMetadata"} == set(output)
    described = steps.describe(output["ExecutionArn"])
    assert (described["status"], described["input"]) == ("RUNNING", '{"a":1}')
    assert isinstance(output["StartDate"], int)
    assert steps.types(execution)[2:5] == ["TaskScheduled", "TaskStarted", "TaskSucceeded"]


@pytest.mark.parametrize("resource, output", [(SYNC[0], '{"sum":2}'), (SYNC[1], {"sum": 2})], ids=SYNC)
def test_a_parent_waits_for_its_child_and_sees_its_output(steps, resource, output):
    child = steps.machine(ADD_ONE)
    execution = steps.run(call(resource, start(child, Name="one")))
    seen = steps.output(execution)
    assert (seen["Status"], seen["Name"], seen["Output"]) == ("SUCCEEDED", "one", output)
    assert "SdkHttpMetadata" not in seen
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
    submitted = steps.details(execution, "TaskSubmitted")
    assert (submitted["resourceType"], submitted["resource"]) == ("states", resource.removeprefix("states:"))
    assert submitted["output"]["ExecutionArn"] == seen["ExecutionArn"] and "SdkHttpMetadata" in submitted["output"]


@pytest.mark.parametrize("resource", SYNC)
def test_a_child_that_fails_fails_its_task_with_all_that_is_known_of_it(steps, resource):
    child = steps.machine(FAIL)
    execution = steps.run(call(resource, start(child)))
    ended = steps.describe(execution)
    assert (ended["status"], ended["error"]) == ("FAILED", "States.TaskFailed")
    cause = json.loads(ended["cause"])
    assert (cause["Status"], cause["Error"], cause["Cause"]) == ("FAILED", "Broken", "on purpose")
    assert (cause["StateMachineArn"], cause["Input"]) == (child, '{"a":1}')
    assert steps.types(execution)[-3:] == ["TaskSubmitted", "TaskFailed", "ExecutionFailed"]


def test_a_child_that_somebody_stops_fails_its_task(steps):
    child = steps.machine(WAIT_LONG)
    execution = steps.start(steps.machine(call(SYNC[1], start(child))))
    steps.until_event(execution, "TaskSubmitted")
    arn = steps.details(execution, "TaskSubmitted")["output"]["ExecutionArn"]
    steps.aws.stop_execution(executionArn=arn, error="Enough")
    ended = steps.server.await_end(execution)
    assert ended["error"] == "States.TaskFailed"
    assert json.loads(ended["cause"])["Status"] == "ABORTED"


ENDS = [
    ("ABORTED", {}),
    ("FAILED", {"TimeoutSeconds": 5}),
]


@pytest.mark.parametrize("status, fields", ENDS, ids=["the parent is aborted", "the task times out"])
def test_a_child_that_nobody_waits_for_is_stopped(steps, status, fields):
    child = steps.machine(WAIT_LONG)
    execution = steps.start(steps.machine(call(SYNC[0], start(child), **fields)))
    steps.until_event(execution, "TaskSubmitted")
    arn = steps.details(execution, "TaskSubmitted")["output"]["ExecutionArn"]
    if status == "ABORTED":
        steps.aws.stop_execution(executionArn=execution)
    assert steps.server.await_end(execution)["status"] == status
    assert steps.server.await_end(arn)["status"] == "ABORTED"


def test_a_child_that_was_only_started_outlives_its_parent(steps):
    child = steps.machine(WAIT_LONG)
    definition = chain(
        Start=task("arn:aws:states:::states:startExecution", Parameters=start(child), Next="Stay"),
        Stay={"Type": "Wait", "Seconds": 600},
    )
    execution = steps.start(steps.machine(definition))
    steps.until_event(execution, "WaitStateEntered")
    steps.aws.stop_execution(executionArn=execution)
    arn = steps.details(execution, "TaskSucceeded")["output"]["ExecutionArn"]
    assert steps.describe(arn)["status"] == "RUNNING"


def test_each_attempt_starts_a_child_of_its_own(steps):
    child = steps.machine(FAIL)
    retry = [{"ErrorEquals": ["States.TaskFailed"], "MaxAttempts": 1, "IntervalSeconds": 1}]
    steps.run(call(SYNC[1], start(child), Retry=retry))
    until(lambda: len(children(steps, child)) == 2)


def test_the_same_name_with_the_same_input_is_the_same_child(steps):
    """AWS's StartExecution finds the execution that is there, and so does its second parent."""
    child = steps.machine(WAIT_LONG)
    first = steps.run(call("states:startExecution", start(child, Name="one")))
    second = steps.run(call("states:startExecution", start(child, Name="one")))
    assert steps.output(first)["ExecutionArn"] == steps.output(second)["ExecutionArn"]
    third = steps.run(call("states:startExecution", start(child, {"a": 2}, Name="one")))
    assert steps.describe(third)["error"] == "StepFunctions.ExecutionAlreadyExistsException"


def test_a_machine_that_is_not_there_is_refused(steps):
    gone = "arn:aws:states:us-east-1:000000000000:stateMachine:gone"
    for resource, event in (("states:startExecution", "TaskFailed"), (SYNC[1], "TaskSubmitFailed")):
        execution = steps.run(call(resource, start(gone)))
        assert steps.describe(execution)["error"] == "StepFunctions.StateMachineDoesNotExistException"
        assert steps.types(execution)[-2:] == [event, "ExecutionFailed"]


def test_a_child_can_end_its_parents_task_by_the_token(steps):
    child = steps.machine(
        one(
            task(
                "arn:aws:states:::aws-sdk:sfn:sendTaskSuccess",
                Parameters={"TaskToken.$": "$.token", "Output": {"by": "the child"}},
            )
        )
    )
    wait = start(child, {"token.$": "$$.Task.Token"})
    execution = steps.run(call("states:startExecution.waitForTaskToken", wait))
    assert steps.output(execution) == {"by": "the child"}


def test_a_child_whose_parent_ended_before_its_start_was_answered_is_stopped(serve, counterpart):
    """Nobody would ever follow it: whoever started it ends it."""
    counterpart.may_answer.clear()
    steps = Steps(serve(AWS_ENDPOINT_URL_SFN=counterpart.url))
    counterpart.upstream = f"127.0.0.1:{steps.server.port}"
    child = steps.machine(WAIT_LONG)
    execution = steps.start(steps.machine(call(SYNC[0], start(child))))
    until(lambda: children(steps, child))
    steps.aws.stop_execution(executionArn=execution)
    counterpart.may_answer.set()
    (started,) = children(steps, child)
    assert steps.server.await_end(started["executionArn"])["status"] == "ABORTED"
