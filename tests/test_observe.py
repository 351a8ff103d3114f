"""What happened, told to others: log records, status changes, metrics, and sinks that are slow or gone.

Here: what CloudWatch Logs, an event bus (both moto's), a webhook, files and `/metrics` are told, in AWS's shapes.
"""

import json
import re
import threading
import uuid

import pytest
from counterpart import Counterpart

from stairway import Steps, until

PASS = {"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": {"b": 2}, "End": True}}}
FAIL = {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "Boom", "Cause": "it was late"}}}
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


def unique(kind):
    return f"{kind}-{uuid.uuid4().hex[:8]}"


def group_arn(group):
    return f"arn:aws:logs:us-east-1:000000000000:log-group:{group}:*"


def logging(level, include=False, group="nowhere"):
    return {
        "level": level,
        "includeExecutionData": include,
        "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": group_arn(group)}}],
    }


def toml(tables):
    """Settings; a JSON value is a TOML one, but for tables within tables."""
    lines = []
    for table, members in tables.items():
        lines += [f"[{table}]", *(f"{key} = {json.dumps(value)}" for key, value in members.items())]
    return "\n".join([*lines, ""])


@pytest.fixture
def served(serve, tmp_path):
    """A server with settings, and `Steps` for it."""

    def start(settings=None, **variables):
        config = None
        if settings:
            config = tmp_path / "stairway.toml"
            config.write_text(toml(settings))
        return Steps(serve(config=config, **variables))

    return start


@pytest.fixture
def logs(moto_server):
    return moto_server.client("logs")


@pytest.fixture
def group(logs):
    name = unique("/aws/vendedlogs/states/group")
    logs.create_log_group(logGroupName=name)
    return name


def lines_of(path):
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


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
    steps.run_logged = steps.start(steps.machine(PASS, loggingConfiguration=logging("ALL", False, group)))
    assert steps.server.stop() == 0
    assert len(logged(logs, group, 4)) == 4


# Status changes


def detail(steps, execution, status, **other):
    described = steps.describe(execution)
    milliseconds = {name: round(described[name].timestamp() * 1000) for name in ("startDate", "stopDate")}
    if status == "RUNNING":
        milliseconds["stopDate"] = None
    ended_well = status in ("RUNNING", "SUCCEEDED")
    return {
        "executionArn": execution,
        "stateMachineArn": described["stateMachineArn"],
        "name": execution.rpartition(":")[2],
        "status": status,
        **milliseconds,
        "input": described["input"],
        "output": None,
        "stateMachineVersionArn": None,
        "stateMachineAliasArn": None,
        "redriveCount": 0,
        "redriveDate": None,
        "redriveStatus": "NOT_REDRIVABLE" if ended_well else "REDRIVABLE",
        "redriveStatusReason": f"Execution is {status} and {'cannot be redriven' if ended_well else 'is redrivable'}",
        "inputDetails": {"included": True},
        "outputDetails": None,
        "error": None,
        "cause": None,
    } | other


def test_event_bus_hears_of_every_change_of_status(served, moto_server):
    events, sqs = moto_server.client("events"), moto_server.client("sqs")
    queue = sqs.create_queue(QueueName=unique("queue"))["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    bus, rule = unique("bus"), unique("rule")
    events.create_event_bus(Name=bus)
    pattern = {"source": ["aws.states"], "detail-type": ["Step Functions Execution Status Change"]}
    events.put_rule(Name=rule, EventBusName=bus, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=rule, EventBusName=bus, Targets=[{"Id": "1", "Arn": arn}])
    steps = served({"events": {"event_bus": bus}}, AWS_ENDPOINT_URL=moto_server.url)
    execution = steps.start(steps.machine(PASS), {"a": 1})
    came = []

    def both():
        for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            came.append(json.loads(message["Body"]))
        return len(came) >= 2

    until(both)
    by_status = {event["detail"]["status"]: event for event in came}
    assert all(event["source"] == "aws.states" for event in came)
    assert all(event["detail-type"] == "Step Functions Execution Status Change" for event in came)
    assert all(event["resources"] == [execution] for event in came)
    assert by_status["RUNNING"]["detail"] == detail(steps, execution, "RUNNING")
    output = {"output": '{"b":2}', "outputDetails": {"included": True}}
    assert by_status["SUCCEEDED"]["detail"] == detail(steps, execution, "SUCCEEDED", **output)


def test_file_and_webhook_hear_the_same_events_in_their_order(served, counterpart, tmp_path):
    steps = served(
        {
            "events": {"webhook": f"{counterpart.url}/hook", "file": "changes.jsonl"},
            "events.webhook_headers": {"Authorization": "Bearer of-the-test"},
        }
    )
    activity = steps.activity()
    waits = {"Type": "Task", "Resource": activity, "End": True}
    machine = steps.machine({"StartAt": "T", "States": {"T": waits}})
    stopped = steps.start(machine, {"a": 1})
    steps.aws.stop_execution(executionArn=stopped, error="Enough", cause="of it")
    failed = steps.run(FAIL)
    timed = steps.machine({"TimeoutSeconds": 1, "StartAt": "T", "States": {"T": waits}})
    timed_out = steps.start(timed)
    steps.server.await_end(timed_out)
    until(lambda: len(counterpart.requests) == 6)
    path = tmp_path / "changes.jsonl"
    events = until(lambda: lines_of(path) if len(lines_of(path)) == 6 else None)
    heard = [json.loads(body) for body in counterpart.requests]
    for execution, status, other in (
        (stopped, "ABORTED", {"error": "Enough", "cause": "of it"}),
        (failed, "FAILED", {"error": "Boom", "cause": "it was late"}),
        (timed_out, "TIMED_OUT", {"error": "States.Timeout"}),
    ):
        own = [event for event in events if event["resources"] == [execution]]
        assert [event for event in heard if event["resources"] == [execution]] == own
        assert [event["detail"] for event in own] == [
            detail(steps, execution, "RUNNING"),
            detail(steps, execution, status, **other),
        ]
        assert {(event["version"], event["account"], event["region"]) for event in own} == {
            ("0", "000000000000", "us-east-1")
        }
        assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", event["time"]) for event in own)
        assert len({event["id"] for event in own}) == 2


def test_version_and_alias_are_named(served, tmp_path):
    steps = served({"events": {"file": "changes.jsonl"}})
    machine = steps.machine(PASS)
    version = steps.aws.publish_state_machine_version(stateMachineArn=machine)["stateMachineVersionArn"]
    routes = [{"stateMachineVersionArn": version, "weight": 100}]
    alias = steps.aws.create_state_machine_alias(name="PROD", routingConfiguration=routes)["stateMachineAliasArn"]
    execution = steps.start(alias)
    steps.server.await_end(execution)
    path = tmp_path / "changes.jsonl"
    events = until(lambda: lines_of(path) if len(lines_of(path)) == 2 else None)
    for event in events:
        assert event["detail"]["stateMachineVersionArn"] == version
        assert event["detail"]["stateMachineAliasArn"] == alias
    samples = metrics(steps.server)
    labels = {"StateMachineArn": machine, "Version": "1", "Alias": "PROD"}
    assert samples["ExecutionsStarted", frozenset(labels.items())] == 1
    assert samples["VersionCount", frozenset({"ResourceArn": machine}.items())] == 1


def test_event_that_is_too_long_loses_its_input_first(served, tmp_path):
    steps = served({"events": {"file": "changes.jsonl"}})
    half = "x" * (130 * 1024)
    passes = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
    steps.start(steps.machine(passes), half)
    path = tmp_path / "changes.jsonl"
    running, succeeded = until(lambda: lines_of(path) if len(lines_of(path)) == 2 else None)
    assert running["detail"]["inputDetails"] == {"included": True}
    assert succeeded["detail"]["inputDetails"] == {"included": False}
    assert succeeded["detail"]["input"] is None
    assert succeeded["detail"]["outputDetails"] == {"included": True}
    assert json.loads(succeeded["detail"]["output"]) == half


def test_what_the_receiver_refuses_comes_again(served, counterpart):
    steps = served({"events": {"webhook": counterpart.url}})
    counterpart.says({}, status=503)
    execution = steps.run(PASS)
    first = until(lambda: counterpart.requests[:1])
    counterpart.says({})
    until(lambda: len({json.loads(body)["id"] for body in counterpart.requests}) == 2)
    assert counterpart.requests[0] == counterpart.requests[1] == first[0]
    assert {json.loads(body)["resources"][0] for body in counterpart.requests} == {execution}


# Metrics

SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def metrics(server):
    """The page of metrics as (name, labels) -> value; its form is checked on the way."""
    status, headers, text = server.http("GET", "/metrics")
    assert status == 200
    assert headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    samples, kinds = {}, {}
    for line in text.decode().splitlines():
        if line.startswith("# "):
            _, kind, name, rest = line.split(" ", 3)
            if kind == "TYPE":
                assert name not in kinds, f"{name} has one type"
                kinds[name] = rest
            continue
        name, labels, value = SAMPLE.match(line).groups()
        family = re.sub("_(bucket|sum|count)$", "", name)
        assert name in kinds or kinds[family] == "histogram", f"{name} has a type"
        key = name, frozenset(LABEL.findall(labels or ""))
        assert key not in samples, f"{key} is there once"
        samples[key] = float(value)
    return samples


def values(samples, name):
    return [value for (sample, _), value in samples.items() if sample == name]


def test_metrics_have_the_names_and_dimensions_of_aws(served, counterpart):
    steps = served(AWS_ENDPOINT_URL=counterpart.url)
    activity = steps.activity()
    task = {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": activity, "End": True}}}
    machine = steps.machine(task)
    execution = steps.start(machine)
    open_one = steps.start(machine)
    token, _ = steps.poll(activity)
    steps.succeed(token)
    failing = steps.machine(FAIL)
    steps.server.await_end(steps.start(failing))
    calls = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": True}
    calls["Parameters"] = {"QueueUrl": "q", "MessageBody": "m"}
    counterpart.says({"__type": "QueueDoesNotExist"}, status=400)
    steps.run({"StartAt": "T", "States": {"T": calls}})
    samples = until(lambda: settled(steps.server, 4))
    of = lambda name, **labels: samples.get((name, frozenset(labels.items())))
    assert of("ExecutionsStarted", StateMachineArn=machine) == 2
    assert of("ExecutionsSucceeded", StateMachineArn=machine) == 1
    assert of("ExecutionsFailed", StateMachineArn=failing) == 1
    assert of("ExecutionsAborted", StateMachineArn=failing) == 0
    assert of("ExecutionsTimedOut", StateMachineArn=failing) == 0
    assert of("ExecutionTime_count", StateMachineArn=machine) == 1
    assert of("ExecutionTime_bucket", StateMachineArn=machine, le="+Inf") == 1
    assert of("OpenExecutionCount") == 1
    assert of("ConsumedCapacity", ServiceMetric="StateTransition") == 4
    assert of("ActivitiesScheduled", ActivityArn=activity) == 2
    assert of("ActivitiesStarted", ActivityArn=activity) == 1
    assert of("ActivitiesSucceeded", ActivityArn=activity) == 1
    assert of("ActivitiesHeartbeatTimedOut", ActivityArn=activity) == 0
    for name in ("ActivityScheduleTime", "ActivityRunTime", "ActivityTime"):
        assert of(f"{name}_count", ActivityArn=activity) == 1
    sqs = {"ServiceIntegrationResourceArn": "arn:aws:states:::sqs:sendMessage"}
    assert of("ServiceIntegrationsScheduled", **sqs) == 1
    assert of("ServiceIntegrationsFailed", **sqs) == 1
    assert of("ServiceIntegrationTime_count", **sqs) == 1
    starts = {"Service": "States", "Type": "API", "Resource": "StartExecution"}
    assert of("CallCount", **starts, Class="Done") == 4
    assert of("CallCount", **starts, Class="Refused") == 0
    assert of("ThrottledEvents", APIName="StartExecution") == 0
    assert of("stairway_api_seconds_count", operation="StartExecution") == 4
    assert of("StateMachineCount") == 3
    assert of("ActivityCount") == 1
    assert sum(values(samples, "stairway_commits_total")) >= 4
    assert of("stairway_log_syncs_total") >= 1
    assert of("stairway_records_dropped_total", sink="queue") == 0
    steps.aws.stop_execution(executionArn=open_one)
    assert steps.describe(execution)["status"] == "SUCCEEDED"


def settled(server, started):
    """The metrics once all these executions and their ends are counted: answers may be quicker."""
    samples = metrics(server)
    ends = ("ExecutionsSucceeded", "ExecutionsFailed")
    done = sum(sum(values(samples, name)) for name in ends) == started - 1
    return samples if done and sum(values(samples, "ExecutionsStarted")) == started else None


def test_open_executions_are_counted_across_a_restart(served):
    steps = served()
    waits = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 3600, "End": True}}}
    execution = steps.start(steps.machine(waits))
    steps = steps.server.restart()
    opened = lambda: metrics(steps.server)["OpenExecutionCount", frozenset()]
    assert opened() == 1
    steps.aws.stop_execution(executionArn=execution)
    until(lambda: opened() == 0)


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
