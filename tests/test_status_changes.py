"""Status changes: the events that an event bus (moto's), a webhook and a file are told, in AWS's shape."""

import json
import re

from observing import FAIL, PASS, lines_of, metrics, unique
from stairway import until


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
