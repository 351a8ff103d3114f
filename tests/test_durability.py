"""What was acknowledged is there after a kill -9 and a restart."""

import json

from machines import PASS, chain, one, task
from stairway import Steps, until


def restart(server):
    server.kill()
    server.start()
    return Steps(server)


def body(answer):
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


def test_machines_activities_and_tags_survive(server, steps):
    machine = steps.machine(PASS, name="made", tags=[{"key": "a", "value": "b"}])
    updated = steps.aws.update_state_machine(stateMachineArn=machine, definition=json.dumps(one({"Type": "Succeed"})))
    activity = steps.activity("charge")
    gone = steps.activity("gone")
    steps.aws.delete_activity(activityArn=gone)
    before = body(steps.aws.describe_state_machine(stateMachineArn=machine))
    steps = restart(server)
    assert body(steps.aws.describe_state_machine(stateMachineArn=machine)) == before
    assert before["revisionId"] == updated["revisionId"]
    assert [a["activityArn"] for a in steps.aws.list_activities()["activities"]] == [activity]
    assert steps.aws.list_tags_for_resource(resourceArn=machine)["tags"] == [{"key": "a", "value": "b"}]


def test_an_ended_execution_reads_the_same(server, steps):
    execution = steps.run(chain(A={"Type": "Pass", "Result": 1}, B={"Type": "Wait", "Seconds": 0}), {"x": [1.5]})
    described, history = body(steps.describe(execution)), steps.raw_history(execution)
    steps = restart(server)
    assert body(steps.describe(execution)) == described
    assert steps.raw_history(execution) == history


def test_a_wait_goes_on_and_keeps_its_deadline(server, steps):
    execution = steps.start(steps.machine(one({"Type": "Wait", "Seconds": 3, "End": True})))
    before = steps.raw_history(execution)
    steps = restart(server)
    server.await_end(execution)
    after = steps.raw_history(execution)
    assert after[: len(before)] == before
    waited = (after[2]["timestamp"] - after[1]["timestamp"]).total_seconds()
    assert 3 <= waited < 8


def test_a_task_in_a_workers_hands_can_be_answered_after_the_restart(server, steps):
    activity = steps.activity()
    execution = steps.start(steps.machine(one(task(activity, TimeoutSeconds=60, HeartbeatSeconds=30))))
    token, _ = steps.poll(activity)
    steps = restart(server)
    steps.aws.send_task_heartbeat(taskToken=token)
    steps.succeed(token, {"done": True})
    assert server.await_end(execution)["status"] == "SUCCEEDED"
    types = [event[2] for event in steps.history(execution)]
    assert types.count("ActivityStarted") == 1
    assert types.count("ActivitySucceeded") == 1


def test_a_task_that_nobody_had_is_given_after_the_restart(server, steps):
    activity = steps.activity()
    execution = steps.start(steps.machine(one(task(activity))), {"a": 1})
    steps = restart(server)
    token, given = steps.poll(activity)
    assert given == {"a": 1}
    steps.succeed(token)
    assert server.await_end(execution)["status"] == "SUCCEEDED"


def test_a_retry_that_waits_comes_after_the_restart(server, steps):
    activity = steps.activity()
    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "MaxAttempts": 2}]
    execution = steps.start(steps.machine(one(task(activity, Retry=retry))))
    token, _ = steps.poll(activity)
    steps.aws.send_task_failure(taskToken=token, error="Flaky")
    steps = restart(server)
    token, _ = steps.poll(activity)
    steps.succeed(token)
    assert server.await_end(execution)["status"] == "SUCCEEDED"
    assert [event[2] for event in steps.history(execution)].count("ActivityScheduled") == 2


def test_the_end_of_an_execution_is_still_known_to_its_name(server, steps):
    machine = steps.machine(PASS)
    execution = steps.start(machine, name="one")
    server.await_end(execution)
    steps = restart(server)
    status, _, answer = server.post("StartExecution", {"stateMachineArn": machine, "name": "one", "input": "{}"})
    assert (status, answer["__type"]) == (400, "ExecutionAlreadyExists")


def test_lists_are_complete_after_the_restart(server, steps):
    machine = steps.machine(PASS)
    executions = {steps.start(machine) for _ in range(30)}
    for execution in executions:
        server.await_end(execution)
    steps = restart(server)

    def listed():
        found = steps.aws.list_executions(stateMachineArn=machine, statusFilter="SUCCEEDED")["executions"]
        return {item["executionArn"] for item in found} == executions

    until(listed)


def test_a_page_token_is_good_after_the_restart(server, steps):
    for number in range(3):
        steps.activity(f"a{number}")
    token = steps.aws.list_activities(maxResults=2)["nextToken"]
    steps = restart(server)
    assert len(steps.aws.list_activities(maxResults=2, nextToken=token)["activities"]) == 1


def test_many_kills_in_a_row_lose_nothing(server, steps):
    machine = steps.machine(chain(A={"Type": "Pass"}, B={"Type": "Wait", "Seconds": 1}, C={"Type": "Pass"}))
    executions = []
    for _ in range(5):
        executions += [steps.start(machine) for _ in range(10)]
        steps = restart(server)
    for execution in executions:
        assert server.await_end(execution)["status"] == "SUCCEEDED"
        assert len(steps.history(execution)) == 8


def test_a_second_server_does_not_open_the_same_data(server, executable):
    import stairway

    second = stairway.Server(executable, server.data_dir)
    try:
        second.start()
    except AssertionError as ended:
        assert "listened" in str(ended)
    else:
        second.kill()
        raise AssertionError("two servers opened one data directory")
