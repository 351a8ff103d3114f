"""Log records, and sinks that are slow or gone.

Here: what CloudWatch Logs (moto's) and the local log have, in AWS's shape, at each level; that no sink holds
executions up. Status changes and metrics have files of their own.
"""

import json
import re
import threading

import pytest
from counterpart import Counterpart

from observing import FAIL, PASS, lines_of, logging, metrics, unique, values
from stairway import until

CAUGHT = {
    "StartAt": "Map",
    "States": {
        "Map": {
            "Type": "Map",
            "ItemProcessor": {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "Boom"}}},
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Done"}],
            "End": True,
        },
        "Done": {"Type": "Succeed"},
    },
}


@pytest.fixture
def logs(moto_server):
    return moto_server.client("logs")


@pytest.fixture
def group(logs):
    name = unique("/aws/vendedlogs/states/group")
    logs.create_log_group(logGroupName=name)
    return name


def logged(logs, group, count):
    """This many records of a group, as they were delivered; no more may be there."""

    def found():
        events = []
        for stream in logs.describe_log_streams(logGroupName=group)["logStreams"]:
            name = stream["logStreamName"]
            events += logs.get_log_events(logGroupName=group, logStreamName=name, startFromHead=True)["events"]
        return events if len(events) >= count else None

    events = until(found)
    assert len(events) == count
    records = [json.loads(event["message"]) for event in events]
    for event, record in zip(events, records):
        assert str(event["timestamp"]) == record["event_timestamp"]
    return records


def check_against_history(records, steps, execution, include):
    """The records are the history in AWS's other shape: numbers are texts, details have no name of their own."""
    events = steps.raw_history(execution)
    assert len(records) == len(events)
    for record, event in zip(sorted(records, key=lambda record: int(record["id"])), events):
        details = next((value for name, value in event.items() if name.endswith("EventDetails")), {})
        if not include:
            details = {key: value for key, value in details.items() if key not in DATA}
        assert list(record) == RECORD_MEMBERS
        assert record == {
            "id": str(event["id"]),
            "type": event["type"],
            "details": details,
            "previous_event_id": str(event["previousEventId"]),
            "event_timestamp": str(round(event["timestamp"].timestamp() * 1000)),
            "execution_arn": execution,
            "redrive_count": "0",
        }


RECORD_MEMBERS = [
    *("id", "type", "details", "previous_event_id", "event_timestamp", "execution_arn", "redrive_count"),
]
DATA = ("input", "inputDetails", "output", "outputDetails", "assignedVariables", "assignedVariablesDetails", "parameters")


@pytest.mark.parametrize("include", [True, False])
def test_cloudwatch_has_the_history_in_the_shape_of_log_records(served, moto_server, logs, group, include):
    steps = served(AWS_ENDPOINT_URL=moto_server.url)
    machine = steps.machine(PASS, loggingConfiguration=logging("ALL", include, group))
    execution = steps.start(machine, {"a": 1})
    check_against_history(logged(logs, group, 4), steps, execution, include)
    (stream,) = logs.describe_log_streams(logGroupName=group)["logStreams"]
    name = machine.rpartition(":")[2]
    assert re.fullmatch(rf"states/{name}/\d{{4}}(-\d\d){{4}}/[0-9a-f]{{8}}", stream["logStreamName"])


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (
            "ERROR",
            ["FailStateEntered", "MapIterationFailed", "MapStateFailed", "FailStateEntered", "ExecutionFailed"],
        ),
        ("FATAL", ["ExecutionFailed"]),
    ],
)
def test_lower_levels_have_the_grave_events_only(served, moto_server, logs, group, level, expected):
    steps = served(AWS_ENDPOINT_URL=moto_server.url)
    definition = json.loads(json.dumps(CAUGHT))
    definition["States"]["Done"] = FAIL["States"]["F"]
    machine = steps.machine(definition, loggingConfiguration=logging(level, False, group))
    steps.start(machine, [1])
    records = logged(logs, group, len(expected))
    assert [record["type"] for record in records] == expected


def test_running_executions_log_as_their_revision_says(served, moto_server, logs, group):
    steps = served(AWS_ENDPOINT_URL=moto_server.url)
    activity = steps.activity()
    waits = {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": activity, "End": True}}}
    machine = steps.machine(waits, loggingConfiguration=logging("FATAL", False, group))
    before = steps.start(machine)
    steps.aws.update_state_machine(stateMachineArn=machine, loggingConfiguration={"level": "OFF"})
    after = steps.start(machine)
    steps.aws.stop_execution(executionArn=after)
    steps.aws.stop_execution(executionArn=before)
    (record,) = logged(logs, group, 1)
    assert (record["type"], record["execution_arn"]) == ("ExecutionAborted", before)


def test_payload_that_is_too_long_is_left_out_and_marked(served, moto_server, logs, group):
    steps = served(AWS_ENDPOINT_URL=moto_server.url)
    machine = steps.machine(
        {"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": 1, "End": True}}},
        loggingConfiguration=logging("ALL", True, group),
    )
    # Each quote counts twice in a record.
    fits, too_long = "x" * (248 * 1024 - 4), '"' * (124 * 1024)
    for text, truncated in ((fits, False), (too_long, True)):
        execution = steps.start(machine, text)
        steps.server.await_end(execution)
    records = logged(logs, group, 8)
    started = [record["details"] for record in records if record["type"] == "ExecutionStarted"]
    assert [details["inputDetails"]["truncated"] for details in started] == [False, True]
    assert ["input" in details for details in started] == [True, False]


def test_deleted_group_changes_nothing_for_the_execution(served, moto_server):
    steps = served(AWS_ENDPOINT_URL=moto_server.url)
    gone = unique("gone")
    machine = steps.machine(PASS, loggingConfiguration=logging("ALL", True, gone))
    execution = steps.start(machine)
    assert steps.server.await_end(execution)["status"] == "SUCCEEDED"
    said = until(lambda: [line for line in steps.server.errors if "cloudwatch logs" in line])
    assert f"cannot deliver to the log group `{gone}`: ResourceNotFoundException" in said[0]


def test_log_is_a_file_where_there_is_no_cloudwatch(served):
    steps = served()
    quiet = steps.start(steps.machine(FAIL))
    steps.server.await_end(quiet)
    path = steps.server.data_dir / "logs" / "executions.jsonl"
    execution = steps.start(steps.machine(FAIL, loggingConfiguration=logging("ALL", True)))
    records = until(lambda: lines_of(path) if len(lines_of(path)) >= 3 else None)
    check_against_history(records, steps, execution, True)


def test_file_can_tell_why_machines_fail_that_log_nothing(served, tmp_path):
    steps = served({"logs": {"file": "mine/log.jsonl", "level": "ERROR"}})
    steps.start(steps.machine(PASS))
    execution = steps.run(FAIL)
    path = tmp_path / "mine" / "log.jsonl"
    records = until(lambda: lines_of(path) if len(lines_of(path)) >= 2 else None)
    assert [record["type"] for record in records] == ["FailStateEntered", "ExecutionFailed"]
    assert records[1]["details"] == {"error": "Boom", "cause": "it was late"}
    assert {record["execution_arn"] for record in records} == {execution}


def test_what_happened_last_is_delivered_before_the_server_ends(served, moto_server, logs, group):
    steps = served(AWS_ENDPOINT_URL=moto_server.url)
    steps.start(steps.machine(PASS, loggingConfiguration=logging("ALL", False, group)))
    assert steps.server.stop() == 0
    assert len(logged(logs, group, 4)) == 4


# Sinks that are slow or gone


class Slow(Counterpart):
    """Answers each request after a second, or never."""

    def __init__(self, never=False):
        super().__init__()
        self.never = never
        self.ended = threading.Event()

    def hear(self, request):
        self.ended.wait(None if self.never else 1)
        super().hear(request)

    def stop(self):
        self.ended.set()
        super().stop()


@pytest.mark.parametrize("never", [False, True])
def test_slow_or_silent_sinks_hold_nobody_up(served, never):
    slow = Slow(never).start()
    try:
        steps = served({"events": {"webhook": slow.url, "event_bus": "default"}}, AWS_ENDPOINT_URL=slow.url)
        machine = steps.machine(PASS, loggingConfiguration=logging("ALL", True))
        executions = [steps.start(machine, {"n": number}) for number in range(200)]
        assert {steps.server.await_end(execution)["status"] for execution in executions} == {"SUCCEEDED"}
        # Longer than all of them could be told one after the other.
        samples = metrics(steps.server)
        told = sum(values(samples, "stairway_records_delivered_total"))
        assert told < 200 * (4 + 2 + 2)
        assert steps.server.stop() == 0
    finally:
        slow.stop()


def test_what_finds_no_room_is_dropped_and_counted(served):
    silent = Slow(never=True).start()
    try:
        steps = served(AWS_ENDPOINT_URL=silent.url)
        machine = steps.machine(PASS, loggingConfiguration=logging("ALL", True))
        # Each start is told with more than 200 KiB: some dozens fill the room of a stream.
        large = "x" * (200 * 1024)

        def dropped():
            steps.server.await_end(steps.start(machine, large))
            return metrics(steps.server)["stairway_records_dropped_total", frozenset({("sink", "cloudwatch logs")})]

        until(dropped)
        assert steps.server.await_end(steps.start(machine))["status"] == "SUCCEEDED"
    finally:
        silent.stop()
