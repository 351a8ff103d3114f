"""Express state machines through boto3 and the `aws` command: synchronous and asynchronous executions, and what can
be read of them afterwards.
"""

import concurrent.futures
import json
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from machines import PASS, chain, one
from stairway import environment, until

AWS = Path(sys.executable).parent / "aws"
# LIMIT: requests at once; each has a connection of its own.
CLIENTS = 32


@pytest.fixture
def express(server):
    """A client that leaves out the prefix `sync-`, which no resolver knows before an address."""
    return boto3.client(
        "stepfunctions",
        endpoint_url=server.url,
        region_name="us-east-1",
        aws_access_key_id="000000000000",
        aws_secret_access_key="secret",
        config=Config(retries={"max_attempts": 0}, inject_host_prefix=False, max_pool_connections=CLIENTS),
    )


def create(steps, definition, **options):
    return steps.machine(definition, type="EXPRESS", **options)


def run(express, machine, payload=None, **options):
    """The answer of a synchronous execution; its output as JSON."""
    text = "{}" if payload is None else json.dumps(payload)
    answer = express.start_sync_execution(stateMachineArn=machine, input=text, **options)
    if "output" in answer:
        answer["output"] = json.loads(answer["output"])
    return answer


def test_a_synchronous_execution_answers_with_its_output(steps, express):
    machine = create(steps, chain(A={"Type": "Pass", "Result": 1, "ResultPath": "$.one"}, B={"Type": "Pass"}))
    answer = run(express, machine, {"a": 1}, name="order-7", traceHeader="Root=1-2-3")
    assert (answer["status"], answer["output"]) == ("SUCCEEDED", {"a": 1, "one": 1})
    assert (answer["name"], answer["stateMachineArn"]) == ("order-7", machine)
    prefix = machine.replace(":stateMachine:", ":express:") + ":order-7:"
    assert answer["executionArn"].startswith(prefix)
    assert (answer["input"], answer["inputDetails"]) == ('{"a": 1}', {"included": True})
    assert answer["billingDetails"] == {"billedMemoryUsedInMB": 64, "billedDurationInMilliseconds": 100}
    assert answer["traceHeader"] == "Root=1-2-3"
    assert answer["startDate"] <= answer["stopDate"]
    assert run(express, machine, {}, name="order-7")["executionArn"] != answer["executionArn"]


def test_metadata_alone_has_no_payloads(steps, express):
    answer = run(express, create(steps, PASS), {"secret": 1}, includedData="METADATA_ONLY")
    assert not {"input", "output"} & answer.keys()
    assert (answer["inputDetails"], answer["outputDetails"]) == ({"included": False}, {"included": False})


def test_a_failure_and_a_time_out_are_answers(steps, express):
    failed = run(express, create(steps, one({"Type": "Fail", "Error": "No", "Cause": "because"})))
    assert (failed["status"], failed["error"], failed["cause"]) == ("FAILED", "No", "because")
    assert "output" not in failed and failed["outputDetails"] == {"included": True}
    late = run(express, create(steps, one({"Type": "Wait", "Seconds": 200, "End": True}, TimeoutSeconds=1)))
    assert late["status"] == "TIMED_OUT"
    assert late["billingDetails"]["billedDurationInMilliseconds"] >= 1_000


def test_blocks_and_waits_go_their_way(steps, express):
    branch = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 1, "End": True}}}
    items = {"StartAt": "I", "States": {"I": {"Type": "Pass", "Parameters": {"n.$": "$"}, "End": True}}}
    each = {"StartAt": "M", "States": {"M": {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": items, "End": True}}}
    machine = create(steps, one({"Type": "Parallel", "Branches": [branch, each], "End": True}))
    answer = run(express, machine, {"items": [1, 2]})
    assert answer["output"] == [{"items": [1, 2]}, [{"n": 1}, {"n": 2}]]


def test_what_nobody_can_do_is_caught(steps, express):
    call = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sfn:describeStateMachine",
        "Parameters": {"StateMachineArn.$": "$.machine"},
        "ResultSelector": {"type.$": "$.Type"},
        "Catch": [{"ErrorEquals": ["Sfn.StateMachineDoesNotExistException"], "Next": "Gone"}],
        "End": True,
    }
    gone = {"Type": "Pass", "Result": "gone", "End": True}
    machine = create(steps, {"StartAt": "Ask", "States": {"Ask": call, "Gone": gone}})
    assert run(express, machine, {"machine": machine})["output"] == {"type": "EXPRESS"}
    assert run(express, machine, {"machine": machine + "x"})["output"] == "gone"


def test_express_executions_start_each_other(steps, express, server):
    child = create(steps, one({"Type": "Pass", "Parameters": {"doubled.$": "States.MathAdd($.n, $.n)"}, "End": True}))
    ask = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sfn:startSyncExecution",
        "Parameters": {"StateMachineArn": child, "Input.$": "$"},
        "ResultSelector": {"output.$": "States.StringToJson($.Output)", "status.$": "$.Status"},
        "End": True,
    }
    parent = create(steps, one(ask))
    assert run(express, parent, {"n": 4})["output"] == {"output": {"doubled": 8}, "status": "SUCCEEDED"}
    tell = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution",
        "Parameters": {"StateMachineArn": child, "Input.$": "$"},
        "End": True,
    }
    # A Standard execution may start one, too.
    execution = steps.run(one(tell), {"n": 5})
    arn = steps.output(execution)["ExecutionArn"]
    assert ":express:" in arn
    assert json.loads(server.await_end(arn)["output"]) == {"doubled": 10}


def test_a_standard_machine_is_refused(steps, express):
    with pytest.raises(ClientError) as refused:
        express.start_sync_execution(stateMachineArn=steps.machine(PASS))
    assert refused.value.response["Error"] == {
        "Code": "StateMachineTypeNotSupported",
        "Message": "This operation is not supported by this type of state machine",
    }


def test_versions_and_aliases_are_started(steps, express):
    machine = create(steps, one({"Type": "Pass", "Result": "first", "End": True}))
    version = steps.aws.publish_state_machine_version(stateMachineArn=machine)["stateMachineVersionArn"]
    steps.aws.update_state_machine(
        stateMachineArn=machine, definition=json.dumps(one({"Type": "Pass", "Result": "second", "End": True}))
    )
    routes = [{"stateMachineVersionArn": version, "weight": 100}]
    alias = steps.aws.create_state_machine_alias(name="PROD", routingConfiguration=routes)["stateMachineAliasArn"]
    assert run(express, machine)["output"] == "second"
    assert run(express, version)["output"] == "first"
    through = run(express, alias)
    assert (through["output"], through["stateMachineArn"]) == ("first", machine)
    described = steps.describe(through["executionArn"])
    assert (described["stateMachineVersionArn"], described["stateMachineAliasArn"]) == (version, alias)
    listed = steps.aws.list_executions(stateMachineArn=alias)["executions"]
    assert [item["executionArn"] for item in listed] == [through["executionArn"]]


def test_the_aws_command_runs_one(steps, server):
    machine = create(steps, PASS)
    command = [AWS, "stepfunctions", "start-sync-execution", "--endpoint-url", server.url]
    command += ["--state-machine-arn", machine, "--input", '{"a":1}']
    without_prefix = {"AWS_DISABLE_HOST_PREFIX_INJECTION": "true"}
    ended = subprocess.run(command, env=environment() | without_prefix, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    answer = json.loads(ended.stdout)
    assert (answer["status"], answer["output"]) == ("SUCCEEDED", '{"a":1}')


def test_recent_executions_can_be_read(steps, express, server):
    machine = create(steps, chain(A={"Type": "Pass"}, B={"Type": "Fail", "Error": "No"}))
    ran = run(express, machine, {"a": 1})["executionArn"]
    started = steps.start(machine, {"a": 2}, name="same")
    again = steps.start(machine, {"a": 2}, name="same")
    for execution in (started, again):
        assert server.await_end(execution)["status"] == "FAILED"
    assert started != again
    listed = steps.aws.list_executions(stateMachineArn=machine, statusFilter="FAILED")["executions"]
    assert [item["executionArn"] for item in listed] == [again, started, ran]
    assert steps.describe(ran)["input"] == '{"a": 1}'
    assert steps.types(started) == [
        "ExecutionStarted",
        "PassStateEntered",
        "PassStateExited",
        "FailStateEntered",
        "ExecutionFailed",
    ]


def test_a_running_execution_can_be_seen_and_stopped(steps, server):
    machine = create(steps, one({"Type": "Wait", "Seconds": 200, "End": True}))
    execution = steps.start(machine)
    assert steps.describe(execution)["status"] == "RUNNING"
    steps.until_event(execution, "WaitStateEntered")
    steps.aws.stop_execution(executionArn=execution, error="Enough")
    assert server.await_end(execution)["status"] == "ABORTED"
    assert steps.types(execution)[-1] == "ExecutionAborted"


def test_an_endless_loop_holds_up_nobody(steps, express):
    choice = {"Type": "Choice", "Choices": [{"Variable": "$.end", "IsPresent": True, "Next": "End"}], "Default": "Loop"}
    machine = create(steps, {"StartAt": "Loop", "States": {"Loop": choice, "End": {"Type": "Succeed"}}})
    looping = [steps.start(machine) for _ in range(4)]
    other = create(steps, PASS)
    assert all(run(express, other, number)["output"] == number for number in range(50))
    for execution in looping:
        steps.aws.stop_execution(executionArn=execution)


def test_what_has_grown_too_large_to_be_read_can_still_be_stopped(steps):
    grown = {"Variable": "$.n", "NumericGreaterThan": 60, "Next": "Rest"}
    states = {
        "Grow": {
            "Type": "Pass",
            "Parameters": {"n.$": "States.MathAdd($.n, 1)", "pad.$": "$.pad"},
            "Next": "Enough",
        },
        "Enough": {"Type": "Choice", "Choices": [grown], "Default": "Grow"},
        "Rest": {"Type": "Wait", "Seconds": 200, "End": True},
    }
    execution = steps.start(create(steps, {"StartAt": "Grow", "States": states}), {"n": 0, "pad": "x" * 200_000})

    def is_unreadable():
        try:
            steps.describe(execution)
        except ClientError as error:
            return error.response["Error"]["Code"] == "InvalidArn"
        return False

    until(is_unreadable)
    steps.aws.stop_execution(executionArn=execution)
    with pytest.raises(ClientError):
        steps.aws.stop_execution(executionArn=execution)


def test_a_deleted_machine_waits_for_no_execution(steps):
    machine = create(steps, one({"Type": "Wait", "Seconds": 200, "End": True}))
    steps.start(machine)
    steps.aws.delete_state_machine(stateMachineArn=machine)
    until(lambda: machine not in [item["stateMachineArn"] for item in steps.aws.list_state_machines()["stateMachines"]])


def start_all(steps, machine, count):
    """So many starts through many connections; the ARNs that were answered."""
    with concurrent.futures.ThreadPoolExecutor(max_workers=CLIENTS) as pool:
        body = {"stateMachineArn": machine, "input": "{}"}
        answers = list(pool.map(lambda _: steps.server.post("StartExecution", body), range(count)))
    assert {status for status, _, _ in answers} == {200}
    return [answer["executionArn"] for _, _, answer in answers]


def test_each_acknowledged_start_runs_although_the_server_is_killed(server, steps):
    """5,000 are waiting when the server is killed. All of them run again, from their beginning."""
    machine = create(steps, chain(A={"Type": "Wait", "Seconds": 200}, B={"Type": "Pass"}))
    short = create(steps, PASS)
    for execution in start_all(steps, short, 100):
        assert server.await_end(execution)["status"] == "SUCCEEDED"
    # The marks of those are written with these starts.
    waiting = start_all(steps, machine, 5_000)
    steps = server.restart()
    running = set()

    def all_listed():
        for page in steps.aws.get_paginator("list_executions").paginate(stateMachineArn=machine):
            running.update(item["executionArn"] for item in page["executions"])
        return running >= set(waiting)

    until(all_listed, 60)
    for execution in waiting[::100]:
        assert steps.types(execution) == ["ExecutionStarted", "WaitStateEntered"]
    again = steps.aws.list_executions(stateMachineArn=short)["executions"]
    assert again == [], "what has ended and is marked does not run again"
