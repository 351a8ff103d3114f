"""Histories of Parallel and Map, event by event.

Branches interleave, but each is a chain; a composite state exits past its Succeeded event; a failure points
everything that follows from it to the event that failed.
"""

import pytest

from events import entered, exited, plain, started, succeeded
from machines import chain, one, task


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
