"""Histories, event by event: ids, previous ids, types and details over all eight states.

The rules are those of AWS's recorded histories: `previousEventId` follows the branch, the first state
points to 0, a retry writes nothing of its own, Parallel and Map exit past their Succeeded event.
"""

import re

import pytest

from machines import chain, one, task
from stairway import ROLE

INSIDE = "An error occurred while executing the state '{}' (entered at the event id #{}). "


def entered(event_id, previous, kind, name, payload):
    return event_id, previous, f"{kind}StateEntered", {"name": name, "input": payload}


def exited(event_id, previous, kind, name, payload):
    return event_id, previous, f"{kind}StateExited", {"name": name, "output": payload}


def started(payload):
    return 1, 0, "ExecutionStarted", {"input": payload, "roleArn": ROLE}


def plain(event_id, previous, event_type, **details):
    return event_id, previous, event_type, details


def succeeded(event_id, previous, payload):
    return event_id, previous, "ExecutionSucceeded", {"output": payload}


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
    scheduled = {"resource": activity, "input": {"number": 4}, "timeoutInSeconds": 60, "heartbeatInSeconds": 30}
    assert steps.history(execution) == [
        started({"n": 4}),
        entered(2, 0, "Task", "Only", {"n": 4}),
        plain(3, 2, "ActivityScheduled", **scheduled),
        plain(4, 3, "ActivityStarted", workerName="north"),
        plain(5, 4, "ActivitySucceeded", output={"value": 8, "noise": 1}),
        exited(6, 5, "Task", "Only", output),
        succeeded(7, 6, output),
    ]


def scheduled(event_id, previous, activity, payload):
    return plain(event_id, previous, "ActivityScheduled", resource=activity, input=payload)


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


def parallel(*branches, **fields):
    return {"Type": "Parallel", "Branches": list(branches), **fields}


def test_one_branch_of_a_parallel(steps):
    definition = one(parallel(chain(Inner={"Type": "Pass", "Result": 7}), End=True))
    execution = steps.run(definition, {"a": 1})
    assert steps.history(execution) == [
        started({"a": 1}),
        entered(2, 0, "Parallel", "Only", {"a": 1}),
        plain(3, 2, "ParallelStateStarted"),
        entered(4, 3, "Pass", "Inner", {"a": 1}),
        exited(5, 4, "Pass", "Inner", 7),
        plain(6, 5, "ParallelStateSucceeded"),
        exited(7, 5, "Parallel", "Only", [7]),
        succeeded(8, 7, [7]),
    ]


def branch_of(history, name):
    """The events of the branch that a state belongs to, as (steps from the branch's start, type)."""
    by_id = {event[0]: event for event in history}
    chain_of = []
    event = next(event for event in history if event[3].get("name") == name and event[2].endswith("Exited"))
    while event[2] != "ParallelStateStarted":
        chain_of.append((event[2], event[3].get("name")))
        event = by_id[event[1]]
    return chain_of[::-1]


def test_branches_interleave_but_each_is_a_chain(steps):
    definition = one(
        parallel(
            chain(A1={"Type": "Pass"}, A2={"Type": "Wait", "Seconds": 1}, A3={"Type": "Pass", "Result": "a"}),
            chain(B1={"Type": "Pass", "Result": "b"}),
            chain(C1={"Type": "Choice", "Choices": [{"Variable": "$", "IsPresent": True, "Next": "C2"}]}, C2={"Type": "Succeed"}),
            ResultPath="$.all",
            End=True,
        )
    )
    execution = steps.run(definition, {"x": 0})
    history = steps.history(execution)
    assert [event[0] for event in history] == list(range(1, len(history) + 1))
    assert branch_of(history, "A3") == [
        ("PassStateEntered", "A1"),
        ("PassStateExited", "A1"),
        ("WaitStateEntered", "A2"),
        ("WaitStateExited", "A2"),
        ("PassStateEntered", "A3"),
        ("PassStateExited", "A3"),
    ]
    assert branch_of(history, "B1") == [("PassStateEntered", "B1"), ("PassStateExited", "B1")]
    assert branch_of(history, "C2")[-1] == ("SucceedStateExited", "C2")
    last_of_slowest = next(event for event in history if event[2] == "PassStateExited" and event[3]["name"] == "A3")[0]
    end = len(history)
    assert history[-3:] == [
        plain(end - 2, last_of_slowest, "ParallelStateSucceeded"),
        exited(end - 1, last_of_slowest, "Parallel", "Only", {"x": 0, "all": ["a", "b", {"x": 0}]}),
        succeeded(end, end - 1, {"x": 0, "all": ["a", "b", {"x": 0}]}),
    ]


def test_a_failed_branch_is_caught(steps):
    definition = {
        "StartAt": "Both",
        "States": {
            "Both": parallel(
                chain(Inner={"Type": "Fail", "Error": "Broken", "Cause": "here"}),
                Catch=[{"ErrorEquals": ["Broken"], "Next": "Done"}],
                Next="Done",
            ),
            "Done": {"Type": "Pass", "End": True},
        },
    }
    execution = steps.run(definition)
    failure = {"Error": "Broken", "Cause": "here"}
    assert steps.history(execution) == [
        started({}),
        entered(2, 0, "Parallel", "Both", {}),
        plain(3, 2, "ParallelStateStarted"),
        entered(4, 3, "Fail", "Inner", {}),
        plain(5, 4, "ParallelStateFailed"),
        exited(6, 5, "Parallel", "Both", failure),
        entered(7, 6, "Pass", "Done", failure),
        exited(8, 7, "Pass", "Done", failure),
        succeeded(9, 8, failure),
    ]


def test_a_retried_parallel_starts_again(steps):
    definition = one(
        parallel(
            chain(Inner={"Type": "Fail", "Error": "Broken"}),
            Retry=[{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1}],
            End=True,
        )
    )
    execution = steps.run(definition)
    assert steps.history(execution) == [
        started({}),
        entered(2, 0, "Parallel", "Only", {}),
        plain(3, 2, "ParallelStateStarted"),
        entered(4, 3, "Fail", "Inner", {}),
        plain(5, 4, "ParallelStateStarted"),
        entered(6, 5, "Fail", "Inner", {}),
        plain(7, 6, "ParallelStateFailed"),
        plain(8, 7, "ExecutionFailed", error="Broken"),
    ]


def test_a_failing_task_in_a_branch_is_aborted_with_the_others(server, steps):
    failing, other = steps.activity(), steps.activity()
    definition = one(
        parallel(
            chain(Breaks=task(failing)),
            chain(Waits={"Type": "Wait", "Seconds": 600}),
            chain(Works=task(other)),
            End=True,
        )
    )
    execution = steps.start(steps.machine(definition))
    unfinished, _ = steps.poll(other)
    token, _ = steps.poll(failing)
    steps.aws.send_task_failure(taskToken=token, error="Broken")
    server.await_end(execution)
    history = steps.history(execution)
    failed = next(event for event in history if event[2] == "ActivityFailed")
    tail = history[failed[0] :]
    assert sorted(event[2] for event in tail[:-2]) == ["TaskStateAborted", "TaskStateAborted", "WaitStateAborted"]
    end = len(history)
    assert tail[-2:] == [
        plain(end - 1, failed[0], "ParallelStateFailed"),
        plain(end, end - 1, "ExecutionFailed", error="Broken"),
    ]
    with pytest.raises(steps.aws.exceptions.TaskTimedOut):
        steps.succeed(unfinished)


def item_map(processor, **fields):
    return {
        "Type": "Map",
        "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, **processor},
        "MaxConcurrency": 1,
        **fields,
    }


def test_a_map_goes_through_its_items(steps):
    definition = one(
        item_map(
            chain(Inner={"Type": "Pass"}),
            ItemsPath="$.items",
            ItemSelector={"index.$": "$$.Map.Item.Index", "value.$": "$$.Map.Item.Value", "all.$": "$.n"},
            ResultPath="$.done",
            End=True,
        )
    )
    payload = {"items": ["x", {"y": 1}], "n": 2}
    items = [{"index": 0, "value": "x", "all": 2}, {"index": 1, "value": {"y": 1}, "all": 2}]
    execution = steps.run(definition, payload)
    output = payload | {"done": items}
    assert steps.history(execution) == [
        started(payload),
        entered(2, 0, "Map", "Only", payload),
        plain(3, 2, "MapStateStarted", length=2),
        plain(4, 3, "MapIterationStarted", name="Only", index=0),
        entered(5, 4, "Pass", "Inner", items[0]),
        exited(6, 5, "Pass", "Inner", items[0]),
        plain(7, 6, "MapIterationSucceeded", name="Only", index=0),
        plain(8, 6, "MapIterationStarted", name="Only", index=1),
        entered(9, 8, "Pass", "Inner", items[1]),
        exited(10, 9, "Pass", "Inner", items[1]),
        plain(11, 10, "MapIterationSucceeded", name="Only", index=1),
        plain(12, 11, "MapStateSucceeded"),
        exited(13, 11, "Map", "Only", output),
        succeeded(14, 13, output),
    ]


def test_a_map_without_items(steps):
    execution = steps.run(one(item_map(chain(Inner={"Type": "Pass"}), End=True)), [])
    assert steps.history(execution) == [
        started([]),
        entered(2, 0, "Map", "Only", []),
        plain(3, 2, "MapStateStarted", length=0),
        plain(4, 3, "MapStateSucceeded"),
        exited(5, 3, "Map", "Only", []),
        succeeded(6, 5, []),
    ]


def test_a_retried_map_starts_again_and_then_fails(steps):
    definition = one(
        item_map(
            chain(Inner={"Type": "Fail", "Error": "Broken", "Cause": "here"}),
            Retry=[{"ErrorEquals": ["Broken"], "IntervalSeconds": 1, "MaxAttempts": 1}],
            End=True,
        )
    )
    execution = steps.run(definition, [1])
    assert steps.history(execution) == [
        started([1]),
        entered(2, 0, "Map", "Only", [1]),
        plain(3, 2, "MapStateStarted", length=1),
        plain(4, 3, "MapIterationStarted", name="Only", index=0),
        entered(5, 4, "Fail", "Inner", 1),
        plain(6, 5, "MapIterationFailed", name="Only", index=0),
        plain(7, 5, "MapStateStarted", length=1),
        plain(8, 7, "MapIterationStarted", name="Only", index=0),
        entered(9, 8, "Fail", "Inner", 1),
        plain(10, 9, "MapIterationFailed", name="Only", index=0),
        plain(11, 9, "MapStateFailed"),
        plain(12, 11, "ExecutionFailed", error="Broken", cause="here"),
    ]


def test_a_failing_iteration_aborts_the_others_in_the_recorded_order(server, steps):
    activity = steps.activity()
    definition = one(item_map(chain(Inner=task(activity)), MaxConcurrency=2, End=True))
    execution = steps.start(steps.machine(definition), [0, 1])
    tokens = dict((given, token) for token, given in (steps.poll(activity), steps.poll(activity)))
    steps.aws.send_task_failure(taskToken=tokens[1], error="Broken")
    server.await_end(execution)
    history = steps.history(execution)
    failed = next(event for event in history if event[2] == "ActivityFailed")[0]
    assert history[failed:] == [
        plain(failed + 1, failed, "MapIterationFailed", name="Only", index=1),
        plain(failed + 2, failed, "TaskStateAborted"),
        plain(failed + 3, failed, "MapIterationAborted", name="Only", index=0),
        plain(failed + 4, failed, "TaskStateAborted"),
        plain(failed + 5, failed, "MapStateFailed"),
        plain(failed + 6, failed + 5, "ExecutionFailed", error="Broken"),
    ]


def test_a_map_runs_no_more_iterations_at_once_than_it_may(server, steps):
    activity = steps.activity()
    definition = one(item_map(chain(Inner=task(activity)), MaxConcurrency=2, End=True))
    execution = steps.start(steps.machine(definition), list(range(5)))
    running = [steps.poll(activity), steps.poll(activity)]
    handled = []
    while running:
        open_iterations = 0
        for event in steps.history(execution):
            open_iterations += {"MapIterationStarted": 1, "MapIterationSucceeded": -1}.get(event[2], 0)
            assert open_iterations <= 2
        token, given = running.pop(0)
        handled.append(given)
        steps.succeed(token, given * 10)
        if len(handled) + len(running) < 5:
            running.append(steps.poll(activity))
    server.await_end(execution)
    assert steps.output(execution) == [0, 10, 20, 30, 40]


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
        "state": {"Name": "Only", "RetryCount": 0},
    }


def test_a_failing_template_in_a_state_with_catch_does_not_match_states_all(steps):
    # Spec 2.12: States.ALL does not match States.Runtime.
    definition = {
        "StartAt": "Both",
        "States": {
            "Both": parallel(
                chain(Inner={"Type": "Pass", "InputPath": "$.no"}),
                Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Done"}],
                Next="Done",
            ),
            "Done": {"Type": "Succeed"},
        },
    }
    execution = steps.run(definition, {})
    assert steps.describe(execution)["status"] == "FAILED"
    assert steps.describe(execution)["error"] == "States.Runtime"


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
        "States": {"Around": {"Type": "Pass", "Next": "Again"}, "Again": {"Type": "Pass", "Next": "Around"}},
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
