"""RedriveExecution: an execution that did not succeed goes on where it stopped; what succeeded stays as it is."""

import concurrent.futures
import json

import pytest
from botocore.exceptions import ClientError

from machines import PASS, WAIT_LONG, call, chain, one, task
from observing import lines_of, metrics
from stairway import Steps, until

FAIL = one({"Type": "Fail", "Error": "Broken", "Cause": "on purpose"})


def redrive(steps, execution, **more):
    return steps.aws.redrive_execution(executionArn=execution, **more)["redriveDate"]


def refusal(steps, execution, **more):
    with pytest.raises(ClientError) as refused:
        redrive(steps, execution, **more)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def fail(steps, activity):
    token, _ = steps.poll(activity)
    steps.aws.send_task_failure(taskToken=token, error="Broken", cause="by its worker")
    return token


def succeed(steps, activity, output):
    token, given = steps.poll(activity)
    steps.succeed(token, output)
    return given


def redriven_part(steps, execution):
    """(id, previous, type) of the events from the last redrive on."""
    events = steps.chain(execution)
    at = max(at for at, event in enumerate(events) if event[2] == "ExecutionRedriven")
    return events[at:]


@pytest.fixture
def activity(steps):
    return steps.activity()


def failed_task(steps, activity, **fields):
    work = task(activity, **fields, Next="After")
    execution = steps.start(steps.machine(chain(Before={"Type": "Pass"}, Work=work, After={"Type": "Pass"})))
    fail(steps, activity)
    steps.server.await_end(execution)
    return execution


def test_a_failed_task_is_done_again_in_the_same_history(steps, activity):
    execution = failed_task(steps, activity)
    before, described = steps.raw_history(execution), steps.describe(execution)
    assert (described["redriveCount"], described["redriveStatus"]) == (0, "REDRIVABLE")
    assert "redriveDate" not in described and "redriveStatusReason" not in described
    date = redrive(steps, execution)
    running = steps.describe(execution)
    assert (running["status"], running["redriveCount"], running["redriveDate"]) == ("RUNNING", 1, date)
    assert running["redriveStatus"] == "NOT_REDRIVABLE"
    assert running["redriveStatusReason"] == "Execution is RUNNING and cannot be redriven"
    assert running["startDate"] == described["startDate"]
    assert not {"stopDate", "error", "cause", "output"} & set(running)
    succeed(steps, activity, {"done": True})
    ended = steps.server.await_end(execution)
    assert (ended["status"], ended["redriveCount"]) == ("SUCCEEDED", 1)
    after = steps.raw_history(execution)
    assert after[: len(before)] == before, "what was recorded stays"
    assert redriven_part(steps, execution) == [
        (9, 8, "ExecutionRedriven"),
        (10, 7, "ActivityScheduled"),
        (11, 10, "ActivityStarted"),
        (12, 11, "ActivitySucceeded"),
        (13, 12, "TaskStateExited"),
        (14, 13, "PassStateEntered"),
        (15, 14, "PassStateExited"),
        (16, 15, "ExecutionSucceeded"),
    ]
    assert steps.details(execution, "ExecutionRedriven") == {"redriveCount": 1}
    assert steps.output(execution) == {"done": True}


def test_the_token_of_an_attempt_before_the_redrive_is_dead(steps, activity):
    execution = steps.start(steps.machine(one(task(activity))))
    old, _ = steps.poll(activity)
    steps.aws.stop_execution(executionArn=execution)
    redrive(steps, execution)
    with pytest.raises(ClientError) as refused:
        steps.succeed(old)
    assert refused.value.response["Error"]["Code"] == "TaskTimedOut"
    succeed(steps, activity, {"by": "the new one"})
    steps.server.await_end(execution)
    assert steps.output(execution) == {"by": "the new one"}


def test_executions_that_failed_timed_out_or_were_stopped_can_be_redriven(steps, activity):
    failed = failed_task(steps, activity)
    waits = one(task(activity), TimeoutSeconds=1)
    timed_out = steps.start(steps.machine(waits))
    steps.server.await_end(timed_out)
    stopped = steps.start(steps.machine(one(task(activity))))
    steps.aws.stop_execution(executionArn=stopped)
    for execution, status in [(failed, "FAILED"), (timed_out, "TIMED_OUT"), (stopped, "ABORTED")]:
        described = steps.describe(execution)
        assert (described["status"], described["redriveStatus"]) == (status, "REDRIVABLE")
        redrive(steps, execution)
        succeed(steps, activity, {})
        assert steps.server.await_end(execution)["status"] == "SUCCEEDED"


def test_the_time_of_the_machine_begins_anew(steps, activity):
    execution = steps.start(steps.machine(one(task(activity), TimeoutSeconds=1)))
    for count in range(3):
        assert steps.server.await_end(execution)["status"] == "TIMED_OUT"
        redrive(steps, execution)
        assert steps.describe(execution)["status"] == "RUNNING", count
    assert steps.types(execution).count("ExecutionTimedOut") == 3


def test_each_reason_against_a_redrive_is_told(steps, activity):
    running = steps.start(steps.machine(WAIT_LONG))
    assert refusal(steps, running) == ("ExecutionNotRedrivable", "Execution is RUNNING and cannot be redriven")
    succeeded = steps.run(PASS)
    reason = "Execution is SUCCEEDED and cannot be redriven"
    assert refusal(steps, succeeded) == ("ExecutionNotRedrivable", reason)
    assert steps.describe(succeeded)["redriveStatusReason"] == reason


def test_nothing_is_redriven_in_a_machine_that_is_being_deleted(steps):
    """It is gone within milliseconds: the story is told until a redrive was quick enough."""

    def told():
        machine = steps.machine(WAIT_LONG)
        stopped, _ = steps.start(machine), steps.start(machine)
        steps.aws.stop_execution(executionArn=stopped)
        until(lambda: len(steps.aws.list_executions(stateMachineArn=machine)["executions"]) == 2)
        steps.aws.delete_state_machine(stateMachineArn=machine)
        code, message = refusal(steps, stopped)
        if code == "ExecutionNotRedrivable":
            assert message == "State machine is in DELETING status"
            return True
        assert code == "ExecutionDoesNotExist"
        return False

    until(told, seconds=60)


def test_a_history_without_room_for_more_cannot_be_redriven(steps):
    choices = [{"Variable": "$.never", "IsPresent": True, "Next": "End"}]
    loop = {"Type": "Choice", "Choices": choices, "Default": "Only"}
    execution = steps.run(chain(Only=loop, End={"Type": "Succeed"}))
    described = steps.describe(execution)
    assert (described["status"], described["redriveStatus"]) == ("FAILED", "NOT_REDRIVABLE")
    reason = "Execution history event limit exceeded"
    assert described["redriveStatusReason"] == reason
    assert refusal(steps, execution) == ("ExecutionNotRedrivable", reason)


def test_an_execution_without_time_left_cannot_be_redriven(served):
    steps = served({"quotas": {"execution_seconds": 1}})
    execution = steps.run(WAIT_LONG)
    described = steps.describe(execution)
    assert (described["status"], described["redriveStatus"]) == ("TIMED_OUT", "NOT_REDRIVABLE")
    reason = "Execution has exceeded the max execution time"
    assert described["redriveStatusReason"] == reason
    assert refusal(steps, execution) == ("ExecutionNotRedrivable", reason)


def test_redrives_count_as_open_executions(served):
    steps = served({"quotas": {"open_executions": 1}})
    machine = steps.machine(WAIT_LONG)
    stopped = steps.start(machine)
    steps.aws.stop_execution(executionArn=stopped)
    running = steps.start(machine)
    assert refusal(steps, stopped)[0] == "ExecutionLimitExceeded"
    steps.aws.stop_execution(executionArn=running)
    redrive(steps, stopped)
    with pytest.raises(ClientError) as refused:
        steps.start(machine)
    assert refused.value.response["Error"]["Code"] == "ExecutionLimitExceeded"


def test_express_executions_are_not_redriven(steps):
    machine = steps.machine(FAIL, type="EXPRESS")
    execution = steps.start(machine)
    assert refusal(steps, execution)[0] == "InvalidArn"


@pytest.mark.parametrize("token", ["", "a" * 65, "with space", "é"])
def test_client_tokens_have_bounds(steps, token):
    assert refusal(steps, steps.run(FAIL), clientToken=token)[0] == "ValidationException"


def test_i28_a_client_token_stands_for_one_redrive_also_after_a_restart(server, steps):
    activity = steps.activity()
    execution = failed_task(steps, activity)
    date = redrive(steps, execution, clientToken="mine")
    assert redrive(steps, execution, clientToken="mine") == date
    assert refusal(steps, execution, clientToken="other")[0] == "ExecutionNotRedrivable"
    steps = server.restart()
    assert redrive(steps, execution, clientToken="mine") == date
    succeed(steps, activity, {})
    server.await_end(execution)
    assert redrive(steps, execution, clientToken="mine") == date, "whatever became of it"
    assert steps.types(execution).count("ExecutionRedriven") == 1


def test_of_many_redrives_at_once_one_takes_place(steps, activity):
    execution = failed_task(steps, activity)

    def attempt(number):
        try:
            return redrive(Steps(steps.server), execution, clientToken=f"caller-{number}")
        except ClientError as error:
            return error.response["Error"]["Code"]

    with concurrent.futures.ThreadPoolExecutor(8) as callers:
        answers = list(callers.map(attempt, range(8)))
    assert answers.count("ExecutionNotRedrivable") == 7
    assert steps.types(execution).count("ExecutionRedriven") == 1
    assert steps.describe(execution)["redriveCount"] == 1


def side_by_side(**activities):
    branches = [chain(**{name: task(activity)}) for name, activity in activities.items()]
    return chain(Both={"Type": "Parallel", "Branches": branches}, Last={"Type": "Pass"})


def test_branches_that_succeeded_are_not_done_again(server, steps):
    good, bad = steps.activity(), steps.activity()
    execution = steps.start(steps.machine(side_by_side(Good=good, Bad=bad)))
    succeed(steps, good, "kept")
    fail(steps, bad)
    server.await_end(execution)
    redrive(steps, execution)
    steps = server.restart()
    succeed(steps, bad, "new")
    server.await_end(execution)
    assert steps.output(execution) == ["kept", "new"]
    scheduled = [event[3]["resource"] for event in steps.history(execution) if event[2] == "ActivityScheduled"]
    assert sorted(scheduled) == sorted([good, bad, bad])
    assert steps.types(execution).count("ParallelStateStarted") == 1


def test_iterations_that_succeeded_are_not_done_again(server, steps):
    activity = steps.activity()
    processor = chain(Work=task(activity))
    execution = steps.start(
        steps.machine(one({"Type": "Map", "MaxConcurrency": 1, "ItemProcessor": processor, "End": True})), [1, 2, 3]
    )
    assert succeed(steps, activity, 10) == 1
    fail(steps, activity)
    server.await_end(execution)
    steps = server.restart()
    redrive(steps, execution)
    assert succeed(steps, activity, 20) == 2
    steps = server.restart()
    assert succeed(steps, activity, 30) == 3
    server.await_end(execution)
    assert steps.output(execution) == [10, 20, 30]
    assert steps.types(execution).count("MapIterationStarted") == 3


def test_a_failing_branch_stops_its_siblings_and_a_redrive_goes_on_with_them(steps):
    slow, bad = steps.activity(), steps.activity()
    execution = steps.start(steps.machine(side_by_side(Slow=slow, Bad=bad)))
    steps.poll(slow)
    fail(steps, bad)
    steps.server.await_end(execution)
    assert "TaskStateAborted" in steps.types(execution)
    redrive(steps, execution)
    succeed(steps, slow, 1)
    succeed(steps, bad, 2)
    steps.server.await_end(execution)
    assert steps.output(execution) == [1, 2]


def test_retries_begin_anew(steps, activity):
    retry = [{"ErrorEquals": ["Broken"], "IntervalSeconds": 1, "MaxAttempts": 1}]
    execution = steps.start(steps.machine(one(task(activity, Retry=retry))))
    for _ in range(2):
        fail(steps, activity)
        fail(steps, activity)
        steps.server.await_end(execution)
        redrive(steps, execution)
    succeed(steps, activity, {})
    assert steps.server.await_end(execution)["status"] == "SUCCEEDED"
    assert steps.types(execution).count("ActivityScheduled") == 5


def test_fail_is_entered_again(steps):
    execution = steps.run(FAIL)
    redrive(steps, execution)
    assert steps.server.await_end(execution)["error"] == "Broken"
    assert redriven_part(steps, execution) == [
        (4, 3, "ExecutionRedriven"),
        (5, 2, "FailStateEntered"),
        (6, 5, "ExecutionFailed"),
    ]


def test_the_context_object_tells_of_the_redrive(steps, activity):
    execution = steps.start(steps.machine(one(task(activity, Parameters={"execution.$": "$$.Execution"}))))
    _, first = steps.poll(activity)
    assert first["execution"]["RedriveCount"] == 0 and "RedriveTime" not in first["execution"]
    steps.aws.stop_execution(executionArn=execution)
    date = redrive(steps, execution)
    _, second = steps.poll(activity)
    assert second["execution"]["RedriveCount"] == 1
    assert second["execution"]["RedriveTime"].startswith(date.strftime("%Y-%m-%dT%H:%M:%S"))


def test_lists_tell_redrives_and_filter_by_them(server, steps):
    machine = steps.machine(FAIL)
    executions = [steps.start(machine) for _ in range(4)]
    for execution in executions:
        server.await_end(execution)
    dates = {execution: redrive(steps, execution) for execution in executions[1:3]}
    redrive(steps, executions[1])

    def check(steps):
        def listed(**more):
            pages = steps.aws.get_paginator("list_executions").paginate(stateMachineArn=machine, **more)
            return [execution for page in pages for execution in page["executions"]]

        def counts():
            return {item["executionArn"]: item["redriveCount"] for item in listed()}

        until(lambda: counts() == dict(zip(executions, [0, 2, 1, 0])))
        redriven = listed(redriveFilter="REDRIVEN", PaginationConfig={"PageSize": 1})
        assert {item["executionArn"] for item in redriven} == set(executions[1:3])
        (once,) = [item for item in redriven if item["redriveCount"] == 1]
        assert once["redriveDate"] == dates[once["executionArn"]]
        others = listed(redriveFilter="NOT_REDRIVEN")
        assert {item["executionArn"] for item in others} == {executions[0], executions[3]}
        assert all("redriveDate" not in item for item in others)
        assert not listed(redriveFilter="REDRIVEN", statusFilter="RUNNING")

    check(steps)
    check(server.restart())


def test_a_redriven_execution_is_listed_as_running_and_survives_a_kill(server, steps):
    machine = steps.machine(WAIT_LONG)
    execution = steps.start(machine)
    steps.aws.stop_execution(executionArn=execution)
    redrive(steps, execution)
    steps = server.restart()

    def running():
        found = steps.aws.list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"]
        return [item["executionArn"] for item in found] == [execution]

    until(running)
    assert steps.describe(execution)["redriveCount"] == 1
    steps.aws.stop_execution(executionArn=execution)
    assert steps.describe(execution)["status"] == "ABORTED"


def test_the_name_of_a_redriven_execution_is_that_of_one_that_runs(steps):
    machine = steps.machine(WAIT_LONG)
    execution = steps.start(machine, name="mine")
    started = steps.describe(execution)["startDate"]
    steps.aws.stop_execution(executionArn=execution)
    redrive(steps, execution)
    again = steps.aws.start_execution(stateMachineArn=machine, name="mine", input="{}")
    assert (again["executionArn"], again["startDate"]) == (execution, started)


def test_an_alias_that_moved_changes_nothing(steps, activity):
    machine = steps.machine(one(task(activity)))
    first = steps.aws.publish_state_machine_version(stateMachineArn=machine)["stateMachineVersionArn"]
    routes = [{"stateMachineVersionArn": first, "weight": 100}]
    alias = steps.aws.create_state_machine_alias(name="LIVE", routingConfiguration=routes)["stateMachineAliasArn"]
    execution = steps.start(alias)
    steps.aws.stop_execution(executionArn=execution)
    steps.aws.update_state_machine(stateMachineArn=machine, definition=json.dumps(FAIL))
    second = steps.aws.publish_state_machine_version(stateMachineArn=machine)["stateMachineVersionArn"]
    routes = [{"stateMachineVersionArn": second, "weight": 100}]
    steps.aws.update_state_machine_alias(stateMachineAliasArn=alias, routingConfiguration=routes)
    redrive(steps, execution)
    succeed(steps, activity, {})
    assert steps.server.await_end(execution)["status"] == "SUCCEEDED"
    described = steps.describe(execution)
    assert (described["stateMachineVersionArn"], described["stateMachineAliasArn"]) == (first, alias)


def test_a_redriven_parent_starts_another_child(serve):
    steps = Steps(serve())
    activity = steps.activity()
    child = steps.machine(one(task(activity)))
    parent = steps.start(steps.machine(call("states:startExecution.sync:2", {"StateMachineArn": child, "Input": {}})))
    fail(steps, activity)
    assert steps.server.await_end(parent)["status"] == "FAILED"
    redrive(steps, parent)
    succeed(steps, activity, {"by": "the second"})
    assert steps.server.await_end(parent)["status"] == "SUCCEEDED"
    children = steps.aws.list_executions(stateMachineArn=child)["executions"]
    assert [item["status"] for item in children] == ["SUCCEEDED", "FAILED"]
    redrive(steps, children[1]["executionArn"])
    assert steps.describe(parent)["status"] == "SUCCEEDED", "a child's redrive is its own"


def test_what_a_stop_ended_stays_ended_when_the_parent_is_redriven(serve):
    steps = Steps(serve())
    child = steps.machine(WAIT_LONG)
    parent = steps.start(steps.machine(call("states:startExecution.sync", {"StateMachineArn": child, "Input": {}})))

    def children(status):
        found = steps.aws.list_executions(stateMachineArn=child, statusFilter=status)["executions"]
        return {item["executionArn"] for item in found}

    until(lambda: children("RUNNING"))
    steps.until_event(parent, "TaskSubmitted")
    (first,) = children("RUNNING")
    steps.aws.stop_execution(executionArn=parent)
    until(lambda: children("ABORTED") == {first})
    redrive(steps, parent)
    until(lambda: children("RUNNING"))
    assert first not in children("RUNNING")


def test_log_records_changes_and_metrics_tell_of_redrives(served, tmp_path):
    steps = served({"logs": {"file": "log.jsonl", "level": "ALL"}, "events": {"file": "changes.jsonl"}})
    execution = steps.run(FAIL)
    date = redrive(steps, execution)
    steps.server.await_end(execution)
    until(lambda: len(lines_of(tmp_path / "log.jsonl")) == 6)
    records = lines_of(tmp_path / "log.jsonl")
    assert [(record["type"], record["redrive_count"]) for record in records] == [
        ("ExecutionStarted", "0"),
        ("FailStateEntered", "0"),
        ("ExecutionFailed", "0"),
        ("ExecutionRedriven", "1"),
        ("FailStateEntered", "1"),
        ("ExecutionFailed", "1"),
    ]
    assert records[3]["details"] == {"redriveCount": 1}
    until(lambda: len(lines_of(tmp_path / "changes.jsonl")) == 4)
    details = [change["detail"] for change in lines_of(tmp_path / "changes.jsonl")]
    milliseconds = round(date.timestamp() * 1000)
    assert [(told["status"], told["redriveCount"], told["redriveDate"]) for told in details] == [
        ("RUNNING", 0, None),
        ("FAILED", 0, None),
        ("RUNNING", 1, milliseconds),
        ("FAILED", 1, milliseconds),
    ]
    assert details[2]["redriveStatusReason"] == "Execution is RUNNING and cannot be redriven"
    assert details[3]["redriveStatusReason"] == "Execution is FAILED and is redrivable"
    told = metrics(steps.server)
    labels = frozenset([("StateMachineArn", steps.describe(execution)["stateMachineArn"])])
    for name, count in [
        ("ExecutionsStarted", 1),
        ("ExecutionsFailed", 2),
        ("ExecutionsRedriven", 1),
        ("RedrivenExecutionsFailed", 1),
        ("RedrivenExecutionsSucceeded", 0),
    ]:
        assert told[name, labels] == count, name
    assert told["OpenExecutionCount", frozenset()] == 0
