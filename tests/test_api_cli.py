"""Every operation through the real `aws` command, given nothing but `--endpoint-url`."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from machines import PASS, WAIT_LONG, one, task
from stairway import ROLE, environment

AWS = Path(sys.executable).parent / "aws"
ARN = "arn:aws:states:us-east-1:000000000000:"


@pytest.fixture
def cli(server):
    """Runs `aws stepfunctions …` and answers with the JSON that it prints."""

    def call(*arguments):
        command = [AWS, "stepfunctions", *arguments, "--endpoint-url", server.url, "--output", "json"]
        done = subprocess.run(
            command, env=environment(), capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def refused(*arguments):
        command = [AWS, "stepfunctions", *arguments, "--endpoint-url", server.url]
        done = subprocess.run(
            command, env=environment(), capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL
        )
        assert done.returncode != 0
        return done.stderr

    call.refused = refused
    return call


def make(cli, definition, name="made"):
    definition = json.dumps(definition)
    return cli("create-state-machine", "--name", name, "--definition", definition, "--role-arn", ROLE)


def test_state_machines(cli):
    made = make(cli, PASS)
    arn = made["stateMachineArn"]
    assert arn == ARN + "stateMachine:made"
    assert "creationDate" in made
    assert json.loads(cli("describe-state-machine", "--state-machine-arn", arn)["definition"]) == PASS
    listed = cli("list-state-machines")["stateMachines"]
    assert [machine["name"] for machine in listed] == ["made"]
    updated = cli("update-state-machine", "--state-machine-arn", arn, "--definition", json.dumps(WAIT_LONG))
    assert set(updated) == {"updateDate", "revisionId"}
    assert cli("delete-state-machine", "--state-machine-arn", arn) == {}
    assert cli("delete-state-machine", "--state-machine-arn", arn) == {}


def test_an_execution_from_start_to_end(cli, server):
    arn = make(cli, PASS)["stateMachineArn"]
    started = cli("start-execution", "--state-machine-arn", arn, "--name", "one", "--input", '{"a": 1}')
    execution = started["executionArn"]
    assert execution == ARN + "execution:made:one"
    server.await_end(execution)
    described = cli("describe-execution", "--execution-arn", execution)
    assert described["status"] == "SUCCEEDED"
    assert json.loads(described["output"]) == {"a": 1}
    history = cli("get-execution-history", "--execution-arn", execution)["events"]
    assert [event["type"] for event in history] == [
        "ExecutionStarted",
        "PassStateEntered",
        "PassStateExited",
        "ExecutionSucceeded",
    ]
    executions = cli("list-executions", "--state-machine-arn", arn)["executions"]
    assert [item["executionArn"] for item in executions] == [execution]
    pinned = cli("describe-state-machine-for-execution", "--execution-arn", execution)
    assert pinned["stateMachineArn"] == arn


def test_stopping_an_execution(cli):
    arn = make(cli, WAIT_LONG)["stateMachineArn"]
    execution = cli("start-execution", "--state-machine-arn", arn)["executionArn"]
    stopped = cli("stop-execution", "--execution-arn", execution, "--error", "Enough", "--cause", "no time")
    assert "stopDate" in stopped
    described = cli("describe-execution", "--execution-arn", execution)
    assert (described["status"], described["error"], described["cause"]) == ("ABORTED", "Enough", "no time")


def test_pagination_by_the_command_line(cli):
    for number in range(3):
        cli("create-activity", "--name", f"a{number}")
    first = cli("list-activities", "--max-items", "2", "--page-size", "1")
    assert len(first["activities"]) == 2
    rest = cli("list-activities", "--starting-token", first["NextToken"])
    names = [activity["name"] for activity in first["activities"] + rest["activities"]]
    assert sorted(names) == ["a0", "a1", "a2"]


def test_activities_and_tasks(cli, server):
    activity = cli("create-activity", "--name", "charge")["activityArn"]
    assert activity == ARN + "activity:charge"
    assert cli("describe-activity", "--activity-arn", activity)["name"] == "charge"
    assert [a["activityArn"] for a in cli("list-activities")["activities"]] == [activity]
    arn = make(cli, one(task(activity)))["stateMachineArn"]

    execution = cli("start-execution", "--state-machine-arn", arn, "--input", '{"a": 1}')["executionArn"]
    given = cli("get-activity-task", "--activity-arn", activity, "--worker-name", "cli")
    assert json.loads(given["input"]) == {"a": 1}
    assert cli("send-task-heartbeat", "--task-token", given["taskToken"]) == {}
    assert cli("send-task-success", "--task-token", given["taskToken"], "--task-output", '{"b": 2}') == {}
    assert server.await_end(execution)["status"] == "SUCCEEDED"

    execution = cli("start-execution", "--state-machine-arn", arn)["executionArn"]
    token = cli("get-activity-task", "--activity-arn", activity)["taskToken"]
    assert cli("send-task-failure", "--task-token", token, "--error", "Broken", "--cause", "on purpose") == {}
    assert server.await_end(execution)["status"] == "FAILED"
    assert cli("delete-activity", "--activity-arn", activity) == {}


def test_tags(cli):
    arn = make(cli, PASS)["stateMachineArn"]
    assert cli("tag-resource", "--resource-arn", arn, "--tags", "key=room,value=engine") == {}
    assert cli("list-tags-for-resource", "--resource-arn", arn)["tags"] == [{"key": "room", "value": "engine"}]
    assert cli("untag-resource", "--resource-arn", arn, "--tag-keys", "room") == {}
    assert cli("list-tags-for-resource", "--resource-arn", arn)["tags"] == []


def test_errors_are_shown_by_name_and_text(cli):
    unknown = ARN + "execution:made:unknown"
    shown = cli.refused("describe-execution", "--execution-arn", unknown)
    assert "(ExecutionDoesNotExist)" in shown
    assert f"Execution Does Not Exist: '{unknown}'" in shown
