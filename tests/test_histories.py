"""Histories, event by event: ids, previous ids, types and details of one branch, and how executions end.

The rules are those of AWS's recorded histories: `previousEventId` follows the branch, the first state
points to 0, a retry writes nothing of its own. Parallel and Map: `test_histories_branches.py`.
"""

import re

import pytest

from events import INSIDE, entered, exited, plain, scheduled, started, succeeded
from machines import chain, one, task
from stairway import ROLE


def test_pass_states_move_data(steps):
    definition = chain(
        Shape={
            "Type": "Pass",
            "Parameters": {"kept.$": "$.a", "fixed": [1, {"deep.$": "$.b"}]},
            "ResultPath": "$.shaped",
        },
        Result={"Type": "Pass", "Result": {"x.$": "$.is.not.read"}, "ResultPath": "$.result"},
        Narrow={"Type": "Pass", "InputPath": "$.shaped", "OutputPath": "$.kept"},
    )
    execution = steps.run(definition, {"a": 1, "b": [2]})
    first = {"a": 1, "b": [2]}
    second = first | {"shaped": {"kept": 1, "fixed": [1, {"deep": [2]}]}}
    third = second | {"result": {"x.$": "$.is.not.read"}}
    assert steps.history(execution) == [
        started(first),
        entered(2, 0, "Pass", "Shape", first),
        exited(3, 2, "Pass", "Shape", second),
        entered(4, 3, "Pass", "Result", second),
        exited(5, 4, "Pass", "Result", third),
        entered(6, 5, "Pass", "Narrow", third),
        exited(7, 6, "Pass", "Narrow", 1),
        succeeded(8, 7, 1),
    ]


def test_choice_wait_and_succeed(steps):
    definition = {
        "StartAt": "Ask",
        "States": {
            "Ask": {
                "Type": "Choice",
                "Choices": [
                    {"Variable": "$.n", "NumericGreaterThan": 5, "Next": "Done"},
                    {"And": [{"Variable": "$.n", "IsNumeric": True}, {"Variable": "$.n", "NumericLessThan": 5}], "Next": "Nap"},
                ],
            },
            "Nap": {"Type": "Wait", "SecondsPath": "$.nap", "Next": "Done"},
            "Done": {"Type": "Succeed", "OutputPath": "$.n"},
        },
    }
    payload = {"n": 3, "nap": 0}
    execution = steps.run(definition, payload)
    assert steps.history(execution) == [
        started(payload),
        entered(2, 0, "Choice", "Ask", payload),
        exited(3, 2, "Choice", "Ask", payload),
        entered(4, 3, "Wait", "Nap", payload),
        exited(5, 4, "Wait", "Nap", payload),
        entered(6, 5, "Succeed", "Done", payload),
        exited(7, 6, "Succeed", "Done", 3),
        succeeded(8, 7, 3),
    ]


def test_choice_without_a_match_fails(steps):
    definition = {
        "StartAt": "Ask",
        "States": {
            "Ask": {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericEquals": 5, "Next": "Done"}]},
            "Done": {"Type": "Succeed"},
        },
    }
    execution = steps.run(definition, {"n": 3})
    history = steps.history(execution)
    assert history[:2] == [started({"n": 3}), entered(2, 0, "Choice", "Ask", {"n": 3})]
    assert history[2][:3] == (3, 2, "ExecutionFailed")
    assert history[2][3]["error"] == "States.NoChoiceMatched"
    assert len(history) == 3


@pytest.mark.parametrize(
    "fields, details",
    [
        ({"Error": "Broken", "Cause": "on purpose"}, {"error": "Broken", "cause": "on purpose"}),
        ({"Error": "Broken"}, {"error": "Broken"}),
        ({"ErrorPath": "$.e", "CausePath": "$.c"}, {"error": "E", "cause": "C"}),
        ({}, {}),
    ],
)
def test_fail_has_no_exit(steps, fields, details):
    payload = {"e": "E", "c": "C"}
    execution = steps.run(one({"Type": "Fail", **fields}), payload)
    assert steps.history(execution) == [
        started(payload),
        entered(2, 0, "Fail", "Only", payload),
        plain(3, 2, "ExecutionFailed", **details),
    ]


def test_an_activity_task_succeeds(server, steps):
    activity = steps.activity()
    definition = one(
        task(
            activity,
            Parameters={"number.$": "$.n"},
            ResultSelector={"doubled.$": "$.value"},
            ResultPath="$.answer",
            TimeoutSeconds=60,
            HeartbeatSeconds=30,
        )
    )
    execution = steps.start(steps.machine(definition), {"n": 4})
    token, given = steps.poll(activity, workerName="north")
    assert given == {"number": 4}
    steps.succeed(token, {"value": 8, "noise": 1})
    server.await_end(execution)
    output = {"n": 4, "answer": {"doubled": 8}}
    given_out = {"resource": activity, "input": {"number": 4}, "timeoutInSeconds": 60, "heartbeatInSeconds": 30}
    assert steps.history(execution) == [
        started({"n": 4}),
        entered(2, 0, "Task", "Only", {"n": 4}),
        plain(3, 2, "ActivityScheduled", **given_out),
        plain(4, 3, "ActivityStarted", workerName="north"),
        plain(5, 4, "ActivitySucceeded", output={"value": 8, "noise": 1}),
        exited(6, 5, "Task", "Only", output),
        succeeded(7, 6, output),
    ]


def test_a_retry_writes_nothing_of_its_own_and_then_the_catcher_takes_over(server, steps):
    activity = steps.activity()
    definition = {
        "StartAt": "Try",
        "States": {
            "Try": task(
                activity,
                Retry=[
                    {"ErrorEquals": ["Flaky"], "IntervalSeconds": 1, "MaxAttempts": 1, "BackoffRate": 1.0},
                    {"ErrorEquals": ["States.ALL"], "MaxAttempts": 9},
                ],
                Catch=[
                    {"ErrorEquals": ["Other"], "Next": "Done"},
                    {"ErrorEquals": ["States.TaskFailed"], "ResultPath": "$.failure", "Next": "Done"},
                ],
                Next="Done",
            ),
            "Done": {"Type": "Succeed"},
        },
    }
    execution = steps.start(steps.machine(definition), {"n": 1})
    for cause in ("first", "second"):
        token, _ = steps.poll(activity)
        steps.aws.send_task_failure(taskToken=token, error="Flaky", cause=cause)
    server.await_end(execution)
    caught = {"n": 1, "failure": {"Error": "Flaky", "Cause": "second"}}
    assert steps.history(execution) == [
        started({"n": 1}),
        entered(2, 0, "Task", "Try", {"n": 1}),
        scheduled(3, 2, activity, {"n": 1}),
        plain(4, 3, "ActivityStarted"),
        plain(5, 4, "ActivityFailed", error="Flaky", cause="first"),
        scheduled(6, 5, activity, {"n": 1}),
        plain(7, 6, "ActivityStarted"),
        plain(8, 7, "ActivityFailed", error="Flaky", cause="second"),
        exited(9, 8, "Task", "Try", caught),
        entered(10, 9, "Succeed", "Done", caught),
        exited(11, 10, "Succeed", "Done", caught),
        succeeded(12, 11, caught),
    ]


def test_an_uncaught_failure_is_that_of_the_execution(server, steps):
    activity = steps.activity()
    execution = steps.start(steps.machine(one(task(activity, Catch=[{"ErrorEquals": ["Other"], "Next": "Only"}]))))
    token, _ = steps.poll(activity)
    steps.aws.send_task_failure(taskToken=token, error="Broken", cause="badly")
    server.await_end(execution)
    assert steps.history(execution)[4:] == [
        plain(5, 4, "ActivityFailed", error="Broken", cause="badly"),
        plain(6, 5, "ExecutionFailed", error="Broken", cause="badly"),
    ]


def test_the_retry_count_is_in_the_context(server, steps):
    activity = steps.activity()
    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 3}]
    definition = one(task(activity, Parameters={"attempt.$": "$$.State.RetryCount"}, Retry=retry))
    execution = steps.start(steps.machine(definition))
    token, given = steps.poll(activity)
    assert given == {"attempt": 0}
    steps.aws.send_task_failure(taskToken=token, error="Any")
    token, given = steps.poll(activity)
    assert given == {"attempt": 1}
    steps.succeed(token)
    assert server.await_end(execution)["status"] == "SUCCEEDED"


def test_the_timeout_of_the_machine(steps):
    execution = steps.run(one({"Type": "Wait", "Seconds": 600, "End": True}, TimeoutSeconds=1))
    history = steps.history(execution)
    assert history[:2] == [started({}), entered(2, 0, "Wait", "Only", {})]
    assert history[-1][2] == "ExecutionTimedOut"
    described = steps.describe(execution)
    assert described["status"] == "TIMED_OUT"
    assert "error" not in described and "cause" not in described


def test_a_path_that_leads_nowhere(steps):
    execution = steps.run(one({"Type": "Pass", "InputPath": "$.no.such", "End": True}), {"a": 1})
    cause = INSIDE.format("Only", 2) + "Invalid path '$.no.such' : Missing property in path $['no']"
    assert steps.history(execution) == [
        started({"a": 1}),
        entered(2, 0, "Pass", "Only", {"a": 1}),
        plain(3, 2, "ExecutionFailed", error="States.Runtime", cause=cause),
    ]


def test_a_template_path_that_leads_nowhere(steps):
    execution = steps.run(one({"Type": "Pass", "Parameters": {"v.$": "$.x"}, "End": True}), {"a": 1})
    last = steps.history(execution)[-1]
    assert last[3]["error"] == "States.Runtime"
    text = "The JSONPath '$.x' specified for the field 'v.$' could not be found in the input '{\"a\":1}'"
    text_pattern = text.replace('{"a":1}', '{"a": 1}')
    assert text in last[3]["cause"] or text_pattern in last[3]["cause"]


def test_the_context_object(steps):
    definition = one(
        {
            "Type": "Pass",
            "Parameters": {
                "execution.$": "$$.Execution",
                "machine.$": "$$.StateMachine",
                "state.$": "$$.State",
            },
            "End": True,
        }
    )
    machine = steps.machine(definition, name="made")
    execution = steps.start(machine, {"a": 1}, name="one")
    steps.server.await_end(execution)
    seen = steps.output(execution)
    time = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z")
    assert time.fullmatch(seen["execution"].pop("StartTime"))
    assert time.fullmatch(seen["state"].pop("EnteredTime"))
    assert seen == {
        "execution": {"Id": execution, "Input": {"a": 1}, "Name": "one", "RoleArn": ROLE, "RedriveCount": 0},
        "machine": {"Id": machine, "Name": "made"},
        "state": {"Name": "Only"},
    }


def test_a_result_above_256_kib_fails_and_is_caught_only_by_its_name(steps):
    grow = {"Type": "Pass", "Parameters": {"a.$": "$", "b.$": "$"}}
    execution = steps.run(chain(Grow=grow), "x" * 200_000)
    described = steps.describe(execution)
    assert described["status"] == "FAILED"
    assert described["error"] == "States.DataLimitExceeded"
    assert "returned a result with a size exceeding the maximum number of bytes service limit" in described["cause"]


def test_numbers_survive_as_they_came(steps):
    execution = steps.run(chain(Inner={"Type": "Pass"}), {"big": 12345678901234567, "small": 0.1, "exp": 1e-7})
    assert steps.output(execution) == {"big": 12345678901234567, "small": 0.1, "exp": 1e-7}


def test_25000_events_are_the_limit(steps):
    definition = {
        "StartAt": "Around",
        "States": {
            "Around": {"Type": "Pass", "Next": "Again"},
            "Again": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.stop", "IsPresent": True, "Next": "Done"}],
                "Default": "Around",
            },
            "Done": {"Type": "Succeed"},
        },
    }
    execution = steps.run(definition)
    history = steps.raw_history(execution)
    assert len(history) == 25_000
    assert history[-1]["type"] == "ExecutionFailed"
    details = history[-1]["executionFailedEventDetails"]
    assert details == {
        "error": "States.Runtime",
        "cause": "The execution reached the maximum number of history events (25000).",
    }
