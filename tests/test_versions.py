"""Versions and aliases through boto3 and the `aws` command: what they answer, and what they refuse."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from machines import PASS, one
from stairway import ROLE, environment

OTHER = one({"Type": "Pass", "Result": "other", "End": True})
AWS = Path(sys.executable).parent / "aws"


@pytest.fixture
def machine(aws):
    """A machine with the versions 1 and 2."""
    made = aws.create_state_machine(name="made", definition=json.dumps(PASS), roleArn=ROLE, publish=True)
    arn = made["stateMachineArn"]
    assert made["stateMachineVersionArn"] == arn + ":1"
    updated = aws.update_state_machine(
        stateMachineArn=arn, definition=json.dumps(OTHER), publish=True, versionDescription="other"
    )
    assert updated["stateMachineVersionArn"] == arn + ":2"
    assert updated["revisionId"]
    return arn


def route(arn, *weights):
    routes = enumerate(weights, 1)
    return [{"stateMachineVersionArn": f"{arn}:{number}", "weight": weight} for number, weight in routes]


def check_refused(call, code, message, **arguments):
    with pytest.raises(Exception) as refused:
        call(**arguments)
    error = refused.value.response["Error"]
    assert (error["Code"], error["Message"]) == (code, message)


def test_publishing_what_is_published_gives_the_same_version(aws, machine):
    again = aws.publish_state_machine_version(stateMachineArn=machine, description="ignored")
    assert again["stateMachineVersionArn"] == machine + ":2"
    described = aws.describe_state_machine(stateMachineArn=machine + ":2")
    assert (described["description"], described["stateMachineArn"]) == ("other", machine + ":2")
    updated = aws.update_state_machine(stateMachineArn=machine, definition=json.dumps(OTHER), publish=True)
    assert "revisionId" not in updated
    assert updated["stateMachineVersionArn"] == machine + ":2"


def test_publishing_another_revision_conflicts(aws, machine):
    current = aws.describe_state_machine(stateMachineArn=machine)["revisionId"]
    message = (
        "Failed to publish the State Machine version for revision INITIAL. "
        f"The current State Machine revision is {current}."
    )
    publish = aws.publish_state_machine_version
    check_refused(publish, "ConflictException", message, stateMachineArn=machine, revisionId="INITIAL")
    assert publish(stateMachineArn=machine, revisionId=current)["stateMachineVersionArn"] == machine + ":2"


def test_versions_are_listed_newest_first_page_by_page(aws, machine):
    first = aws.list_state_machine_versions(stateMachineArn=machine, maxResults=1)
    assert [one["stateMachineVersionArn"] for one in first["stateMachineVersions"]] == [machine + ":2"]
    rest = aws.list_state_machine_versions(stateMachineArn=machine, nextToken=first["nextToken"])
    assert [one["stateMachineVersionArn"] for one in rest["stateMachineVersions"]] == [machine + ":1"]
    assert "nextToken" not in rest
    check_refused(
        aws.list_state_machine_aliases,
        "InvalidToken",
        "Invalid Token: 'Invalid token'",
        stateMachineArn=machine,
        nextToken=first["nextToken"],
    )


def test_an_alias_shares_executions_by_weight(aws, machine):
    alias = aws.create_state_machine_alias(name="PROD", routingConfiguration=route(machine, 50, 50))
    arn = alias["stateMachineAliasArn"]
    chosen = Counter()
    for _ in range(40):
        started = aws.start_execution(stateMachineArn=arn)
        described = aws.describe_execution(executionArn=started["executionArn"])
        assert described["stateMachineAliasArn"] == arn
        chosen[described["stateMachineVersionArn"]] += 1
    assert sorted(chosen) == [machine + ":1", machine + ":2"], "one of 10^12 runs sees only one of them"
    listed = aws.list_executions(stateMachineArn=machine + ":1")["executions"]
    assert len(listed) == chosen[machine + ":1"]
    aws.update_state_machine_alias(stateMachineAliasArn=arn, routingConfiguration=route(machine, 100))
    described = aws.describe_state_machine_alias(stateMachineAliasArn=arn)
    assert described["routingConfiguration"] == route(machine, 100)
    assert described["updateDate"] >= described["creationDate"]


def test_a_version_that_an_alias_needs_is_not_deleted(aws, machine):
    aws.create_state_machine_alias(name="PROD", routingConfiguration=route(machine, 100))
    message = (
        "Version to be deleted must not be referenced by an alias. "
        "Current list of aliases referencing this version: [PROD]"
    )
    delete = aws.delete_state_machine_version
    check_refused(delete, "ConflictException", message, stateMachineVersionArn=machine + ":1")
    delete(stateMachineVersionArn=machine + ":2")
    delete(stateMachineVersionArn=machine + ":2")


def test_the_command_line_publishes_and_routes(server, aws, machine):
    def cli(*arguments):
        command = [AWS, "stepfunctions", *arguments, "--endpoint-url", server.url, "--output", "json"]
        done = subprocess.run(
            command, env=environment(), capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else {}

    routes = ["--routing-configuration", json.dumps(route(machine, 10, 90))]
    made = cli("create-state-machine-alias", "--name", "PROD", "--description", "d", *routes)
    alias = made["stateMachineAliasArn"]
    assert cli("describe-state-machine-alias", "--state-machine-alias-arn", alias)["description"] == "d"
    cli("update-state-machine-alias", "--state-machine-alias-arn", alias, "--description", "e")
    listed = cli("list-state-machine-aliases", "--state-machine-arn", machine)["stateMachineAliases"]
    assert [one["stateMachineAliasArn"] for one in listed] == [alias]
    cli("delete-state-machine-alias", "--state-machine-alias-arn", alias)
    published = cli("publish-state-machine-version", "--state-machine-arn", machine)["stateMachineVersionArn"]
    assert published == machine + ":2"
    cli("delete-state-machine-version", "--state-machine-version-arn", published)
    listed = cli("list-state-machine-versions", "--state-machine-arn", machine)["stateMachineVersions"]
    assert [one["stateMachineVersionArn"] for one in listed] == [machine + ":1"]
