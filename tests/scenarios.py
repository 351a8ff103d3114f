"""What clients ask for, step by step, and what they are answered: data, the same for every client.

Here: the tour of all operations, and the sequences in which Terraform and CloudFormation make, read, change and
delete what they manage. How a client is asked is in clients.py.
INVARIANT: a step says all that the next ones need; a text that begins with `$name` means what an earlier one kept.
"""

import json
import re
from typing import NamedTuple

from clients import Refused
from machines import PASS, WAIT_LONG, chain, one, task
from stairway import ROLE, until

OWNED = "arn:aws:states:us-east-1:000000000000"
LOGGED = {
    "level": "ALL",
    "includeExecutionData": True,
    "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": "arn:aws:logs:us-east-1:000000000000:log-group:g:*"}}],
}


class Some:
    """Any value but none."""

    def __eq__(self, other):
        return other is not None


class Step(NamedTuple):
    operation: str
    request: dict
    # Members that the answer must have; a dictionary may have others beside them.
    expect: dict = {}
    keep: dict = {}
    # Name and text of the exception, instead of an answer; a text that is None is not looked at.
    refused: tuple = None
    # Asked again until it is so: what a service does in its own time.
    later: bool = False


def walk(client, steps):
    """Goes through the steps; gives the operations that were answered, and the exceptions that were."""
    kept, answered, exceptions = {}, set(), set()
    for step in steps:
        request, expect = meant(step.request, kept), meant(step.expect, kept)

        def asked(step=step, request=request, expect=expect):
            try:
                answer = client.call(step.operation, request)
            except Refused as told:
                fits = step.refused and (told.name, told.message if step.refused[1] else None) == meant(
                    step.refused, kept
                )
                assert step.later or fits, f"{step.operation} {request}: {told}"
                return {"refused": told.name} if fits else None
            if step.refused is None and matches(expect, answer):
                return {"answer": answer}
            assert step.later, f"{step.operation} {request}:\n expected {step.refused or expect},\n found {answer}"
            return None

        found = until(asked, seconds=60) if step.later else asked()
        if "refused" in found:
            exceptions.add((step.operation, found["refused"]))
            continue
        answered.add(step.operation)
        kept |= {name: at(found["answer"], member) for name, member in step.keep.items()}
    return answered, exceptions


def meant(value, kept):
    if isinstance(value, dict):
        return {key: meant(inner, kept) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(meant(inner, kept) for inner in value)
    named = re.match(r"\$(\w+)", value) if isinstance(value, str) else None
    if named and named.group(1) in kept:
        rest = value[named.end() :]
        return kept[named.group(1)] + rest if rest else kept[named.group(1)]
    return value


def at(answer, member):
    for part in member.split("."):
        answer = answer[int(part)] if part.isdigit() else answer[part]
    return answer


def matches(expected, found):
    if isinstance(expected, dict):
        return isinstance(found, dict) and all(matches(inner, found.get(key)) for key, inner in expected.items())
    if isinstance(expected, list):
        return isinstance(found, list) and len(expected) == len(found) and all(map(matches, expected, found))
    return expected == found


def events(*types):
    return {"events": [{"type": event, "timestamp": Some()} for event in types]}


CHARGED = json.dumps(one(task(f"{OWNED}:activity:charge")))
CHECKED = json.dumps(chain(Check={"Type": "Pass"}, Charge={"Type": "Task", "Resource": f"{OWNED}:activity:charge"}))
MACHINE = f"{OWNED}:stateMachine:orders"
CREATE = {
    "name": "orders",
    "definition": CHARGED,
    "roleArn": ROLE,
    "type": "STANDARD",
    "loggingConfiguration": LOGGED,
    "tracingConfiguration": {"enabled": True},
    "tags": [{"key": "room", "value": "till"}],
}
QUICK = {"name": "quick", "definition": json.dumps(PASS), "roleArn": ROLE, "type": "EXPRESS"}
EVEN = [
    {"stateMachineVersionArn": f"{MACHINE}:2", "weight": 50},
    {"stateMachineVersionArn": f"{MACHINE}:1", "weight": 50},
]
ALL_TO_2 = [{"stateMachineVersionArn": f"{MACHINE}:2", "weight": 100}]

TOUR = [
    Step("ValidateStateMachineDefinition", {"definition": CHARGED}, {"result": "OK", "diagnostics": []}),
    Step("ValidateStateMachineDefinition", {"definition": "{}"}, {"result": "FAIL"}),
    # Activities.
    Step("CreateActivity", {"name": "charge", "tags": CREATE["tags"]}, keep={"activity": "activityArn"}),
    Step("DescribeActivity", {"activityArn": "$activity"}, {"name": "charge", "creationDate": Some()}),
    Step("ListActivities", {}, {"activities": [{"activityArn": "$activity"}]}),
    # State machines and their tags.
    Step("CreateStateMachine", CREATE, {"stateMachineArn": MACHINE}, {"machine": "stateMachineArn"}),
    Step("CreateStateMachine", CREATE, {"stateMachineArn": MACHINE, "creationDate": Some()}),
    Step(
        "CreateStateMachine",
        CREATE | {"definition": CHECKED},
        refused=("StateMachineAlreadyExists", f"State Machine Already Exists: '{MACHINE}'"),
    ),
    Step(
        "DescribeStateMachine",
        {"stateMachineArn": "$machine"},
        {
            "definition": CHARGED,
            "status": "ACTIVE",
            "type": "STANDARD",
            "roleArn": ROLE,
            "loggingConfiguration": LOGGED,
            "tracingConfiguration": {"enabled": True},
            "encryptionConfiguration": {"type": "AWS_OWNED_KEY"},
        },
    ),
    Step("ListStateMachines", {"maxResults": 1}, {"stateMachines": [{"stateMachineArn": MACHINE, "name": "orders"}]}),
    Step("TagResource", {"resourceArn": "$machine", "tags": [{"key": "größe", "value": "Straße"}]}),
    Step(
        "ListTagsForResource",
        {"resourceArn": "$machine"},
        {"tags": [{"key": "room", "value": "till"}, {"key": "größe", "value": "Straße"}]},
    ),
    Step("UntagResource", {"resourceArn": "$machine", "tagKeys": ["room"]}),
    Step("ListTagsForResource", {"resourceArn": "$machine"}, {"tags": [{"key": "größe"}]}),
    # Versions and aliases.
    Step(
        "PublishStateMachineVersion",
        {"stateMachineArn": "$machine", "description": "the first"},
        {"stateMachineVersionArn": f"{MACHINE}:1"},
    ),
    Step(
        "UpdateStateMachine",
        {"stateMachineArn": "$machine", "definition": CHECKED, "publish": True, "versionDescription": "checked"},
        {"stateMachineVersionArn": f"{MACHINE}:2", "revisionId": Some(), "updateDate": Some()},
    ),
    Step(
        "ListStateMachineVersions",
        {"stateMachineArn": "$machine"},
        {"stateMachineVersions": [{"stateMachineVersionArn": f"{MACHINE}:{number}"} for number in (2, 1)]},
    ),
    Step(
        "CreateStateMachineAlias",
        {"name": "prod", "routingConfiguration": ALL_TO_2},
        {"stateMachineAliasArn": f"{MACHINE}:prod"},
        {"alias": "stateMachineAliasArn"},
    ),
    Step("UpdateStateMachineAlias", {"stateMachineAliasArn": "$alias", "routingConfiguration": EVEN}),
    Step(
        "DescribeStateMachineAlias",
        {"stateMachineAliasArn": "$alias"},
        {"name": "prod", "routingConfiguration": EVEN, "updateDate": Some()},
    ),
    Step("UpdateStateMachineAlias", {"stateMachineAliasArn": "$alias", "routingConfiguration": ALL_TO_2}),
    Step(
        "ListStateMachineAliases",
        {"stateMachineArn": "$machine"},
        {"stateMachineAliases": [{"stateMachineAliasArn": f"{MACHINE}:prod"}]},
    ),
    # An execution from its start to its end.
    Step(
        "StartExecution",
        {"stateMachineArn": "$alias", "name": "one", "input": '{"größe": "☃"}', "traceHeader": "Root=1"},
        {"executionArn": f"{OWNED}:execution:orders:one", "startDate": Some()},
        {"one": "executionArn"},
    ),
    Step(
        "DescribeExecution",
        {"executionArn": "$one"},
        {
            "status": "RUNNING",
            "stateMachineVersionArn": f"{MACHINE}:2",
            "stateMachineAliasArn": "$alias",
            "input": '{"größe": "☃"}',
        },
    ),
    Step("DescribeStateMachineForExecution", {"executionArn": "$one"}, {"definition": CHECKED, "name": "orders"}),
    Step(
        "GetActivityTask",
        {"activityArn": "$activity", "workerName": "till"},
        {"input": '{"größe": "☃"}'},
        {"token": "taskToken"},
    ),
    Step("SendTaskHeartbeat", {"taskToken": "$token"}),
    Step("SendTaskSuccess", {"taskToken": "$token", "output": '{"paid": true}'}),
    Step(
        "DescribeExecution",
        {"executionArn": "$one"},
        {"status": "SUCCEEDED", "output": '{"paid": true}', "stopDate": Some(), "redriveCount": 0},
        later=True,
    ),
    Step(
        "GetExecutionHistory",
        {"executionArn": "$one", "includeExecutionData": False},
        events(
            *("ExecutionStarted", "PassStateEntered", "PassStateExited", "TaskStateEntered", "ActivityScheduled"),
            *("ActivityStarted", "ActivitySucceeded", "TaskStateExited", "ExecutionSucceeded"),
        ),
    ),
    Step(
        "GetExecutionHistory",
        {"executionArn": "$one", "reverseOrder": True, "maxResults": 1},
        events("ExecutionSucceeded"),
        {"page": "nextToken"},
    ),
    Step(
        "GetExecutionHistory",
        {"executionArn": "$one", "reverseOrder": True, "maxResults": 1, "nextToken": "$page"},
        events("TaskStateExited"),
    ),
    # One that fails, one that is stopped.
    Step("StartExecution", {"stateMachineArn": "$machine", "name": "two"}, keep={"two": "executionArn"}),
    Step("GetActivityTask", {"activityArn": "$activity"}, {"input": "{}"}, {"token": "taskToken"}),
    Step("SendTaskFailure", {"taskToken": "$token", "error": "Broke", "cause": "no money"}),
    Step(
        "DescribeExecution",
        {"executionArn": "$two"},
        {"status": "FAILED", "error": "Broke", "cause": "no money"},
        later=True,
    ),
    # With money it goes on.
    Step("RedriveExecution", {"executionArn": "$two", "clientToken": "again"}, {"redriveDate": Some()}),
    Step("GetActivityTask", {"activityArn": "$activity"}, {"input": "{}"}, {"token": "taskToken"}),
    Step("SendTaskSuccess", {"taskToken": "$token", "output": '{"paid": true}'}),
    Step(
        "DescribeExecution",
        {"executionArn": "$two"},
        {"status": "SUCCEEDED", "redriveCount": 1, "redriveDate": Some()},
        later=True,
    ),
    Step(
        "ListExecutions",
        {"stateMachineArn": "$machine", "redriveFilter": "REDRIVEN"},
        {"executions": [{"executionArn": "$two", "redriveCount": 1}]},
        later=True,
    ),
    Step("StartExecution", {"stateMachineArn": f"{MACHINE}:1", "name": "three"}, keep={"three": "executionArn"}),
    Step("StopExecution", {"executionArn": "$three", "error": "Enough"}, {"stopDate": Some()}),
    Step(
        "ListExecutions",
        {"stateMachineArn": "$machine", "statusFilter": "ABORTED"},
        {"executions": [{"executionArn": "$three", "status": "ABORTED", "stateMachineVersionArn": f"{MACHINE}:1"}]},
        later=True,
    ),
    # With the prefix `sync-` before the host.
    Step(
        "TestState",
        {"definition": json.dumps(PASS["States"]["Only"]), "roleArn": ROLE, "input": '{"a": 1}'},
        {"status": "SUCCEEDED", "output": '{"a": 1}'},
    ),
    # Refusals, by name and text.
    Step(
        "DescribeExecution",
        {"executionArn": f"{OWNED}:execution:orders:none"},
        refused=("ExecutionDoesNotExist", f"Execution Does Not Exist: '{OWNED}:execution:orders:none'"),
    ),
    Step(
        "StartExecution",
        {"stateMachineArn": "$machine", "name": "one"},
        refused=(
            "ExecutionAlreadyExists",
            "Execution Already Exists: '$one'".replace("$one", f"{OWNED}:execution:orders:one"),
        ),
    ),
    Step("DeleteStateMachineVersion", {"stateMachineVersionArn": f"{MACHINE}:2"}, refused=("ConflictException", None)),
    # Express: answered with the end, and with the prefix `sync-` too.
    Step("CreateStateMachine", QUICK, keep={"quick": "stateMachineArn"}),
    Step(
        "StartSyncExecution",
        {"stateMachineArn": "$quick", "name": "four", "input": '{"größe": "☃"}'},
        {"name": "four", "status": "SUCCEEDED", "output": '{"größe": "☃"}', "billingDetails": Some()},
    ),
    Step(
        "StartSyncExecution",
        {"stateMachineArn": "$machine"},
        refused=("StateMachineTypeNotSupported", None),
    ),
    # And all of it away.
    Step("DeleteStateMachine", {"stateMachineArn": "$quick"}),
    Step("DeleteStateMachineAlias", {"stateMachineAliasArn": "$alias"}),
    Step("DeleteStateMachineVersion", {"stateMachineVersionArn": f"{MACHINE}:2"}),
    Step("DeleteActivity", {"activityArn": "$activity"}),
    Step("DeleteStateMachine", {"stateMachineArn": "$machine"}),
    Step(
        "DescribeStateMachine",
        {"stateMachineArn": "$machine"},
        refused=("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{MACHINE}'"),
        later=True,
    ),
]

GONE = ("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{MACHINE}'")
OFF = {"level": "OFF", "includeExecutionData": False}
SLOW = json.dumps(WAIT_LONG)

# The provider describes until what it wrote is what it reads; a version is the first of the list.
TERRAFORM_STATE_MACHINE = [
    Step("ValidateStateMachineDefinition", {"definition": CHARGED, "type": "STANDARD"}, {"result": "OK"}),
    Step(
        "CreateStateMachine",
        CREATE | {"publish": True, "loggingConfiguration": OFF, "tracingConfiguration": {"enabled": False}},
        {"stateMachineVersionArn": f"{MACHINE}:1"},
        {"machine": "stateMachineArn"},
    ),
    Step("DescribeStateMachine", {"stateMachineArn": "$machine"}, {"definition": CHARGED, "roleArn": ROLE}),
    Step("ListTagsForResource", {"resourceArn": "$machine"}, {"tags": CREATE["tags"]}),
    Step(
        "ListStateMachineVersions",
        {"stateMachineArn": "$machine"},
        keep={"version": "stateMachineVersions.0.stateMachineVersionArn"},
    ),
    Step("DescribeStateMachine", {"stateMachineArn": "$version"}, {"stateMachineArn": f"{MACHINE}:1"}),
    # A change: definition and role always, what else there is beside them.
    Step(
        "UpdateStateMachine",
        {
            "stateMachineArn": "$machine",
            "definition": SLOW,
            "roleArn": ROLE + "-other",
            "loggingConfiguration": LOGGED,
            "tracingConfiguration": {"enabled": True},
            "encryptionConfiguration": {"type": "AWS_OWNED_KEY"},
            "publish": True,
        },
        {"stateMachineVersionArn": f"{MACHINE}:2"},
    ),
    Step(
        "DescribeStateMachine",
        {"stateMachineArn": "$machine"},
        {
            "definition": SLOW,
            "roleArn": ROLE + "-other",
            "loggingConfiguration": LOGGED,
            "tracingConfiguration": {"enabled": True},
            "encryptionConfiguration": {"type": "AWS_OWNED_KEY"},
        },
    ),
    Step(
        "ListStateMachineVersions",
        {"stateMachineArn": "$machine"},
        {"stateMachineVersions": [{"stateMachineVersionArn": f"{MACHINE}:2"}, {}]},
    ),
    Step("UntagResource", {"resourceArn": "$machine", "tagKeys": ["room"]}),
    Step("TagResource", {"resourceArn": "$machine", "tags": [{"key": "env", "value": "test"}]}),
    Step("ListTagsForResource", {"resourceArn": "$machine"}, {"tags": [{"key": "env", "value": "test"}]}),
    # Data sources.
    Step("ListStateMachines", {}, {"stateMachines": [{"name": "orders", "stateMachineArn": MACHINE}]}),
    Step("ListStateMachineVersions", {"stateMachineArn": "$machine"}, {"stateMachineVersions": [{}, {}]}),
    Step("DeleteStateMachine", {"stateMachineArn": "$machine"}),
    Step("DescribeStateMachine", {"stateMachineArn": "$machine"}, refused=GONE, later=True),
    # Replaced: created again under the same name.
    Step("CreateStateMachine", CREATE, {"stateMachineArn": MACHINE}, later=True),
]

TERRAFORM_ALIAS = [
    Step("CreateStateMachine", CREATE | {"publish": True}, keep={"machine": "stateMachineArn"}),
    Step("UpdateStateMachine", {"stateMachineArn": "$machine", "definition": SLOW, "roleArn": ROLE, "publish": True}),
    Step(
        "CreateStateMachineAlias",
        {"name": "prod", "description": "live", "routingConfiguration": ALL_TO_2},
        keep={"alias": "stateMachineAliasArn"},
    ),
    Step(
        "DescribeStateMachineAlias",
        {"stateMachineAliasArn": "$alias"},
        {"name": "prod", "description": "live", "creationDate": Some(), "routingConfiguration": ALL_TO_2},
    ),
    Step(
        "UpdateStateMachineAlias",
        {"stateMachineAliasArn": "$alias", "description": "both", "routingConfiguration": EVEN},
    ),
    Step(
        "DescribeStateMachineAlias",
        {"stateMachineAliasArn": "$alias"},
        {"description": "both", "routingConfiguration": EVEN},
    ),
    Step(
        "ListStateMachineAliases",
        {"stateMachineArn": "$machine"},
        {"stateMachineAliases": [{"stateMachineAliasArn": "$alias"}]},
    ),
    Step("DeleteStateMachineAlias", {"stateMachineAliasArn": "$alias"}),
    Step(
        "DescribeStateMachineAlias",
        {"stateMachineAliasArn": "$alias"},
        refused=("ResourceNotFound", "Request references a resource that does not exist."),
        later=True,
    ),
]

TERRAFORM_ACTIVITY = [
    Step("CreateActivity", {"name": "charge", "tags": CREATE["tags"]}, keep={"activity": "activityArn"}),
    Step(
        "DescribeActivity",
        {"activityArn": "$activity"},
        {"name": "charge", "encryptionConfiguration": {"type": "AWS_OWNED_KEY"}},
    ),
    Step("ListTagsForResource", {"resourceArn": "$activity"}, {"tags": CREATE["tags"]}),
    Step("TagResource", {"resourceArn": "$activity", "tags": [{"key": "room", "value": "shop"}]}),
    Step("ListTagsForResource", {"resourceArn": "$activity"}, {"tags": [{"key": "room", "value": "shop"}]}),
    Step("ListActivities", {}, {"activities": [{"name": "charge", "activityArn": "$activity"}]}),
    Step("DeleteActivity", {"activityArn": "$activity"}),
    Step("DescribeActivity", {"activityArn": "$activity"}, refused=("ActivityDoesNotExist", None), later=True),
]

# AWS::StepFunctions::StateMachine, StateMachineVersion, StateMachineAlias (moved in steps) and Activity.
CLOUDFORMATION = [
    Step("CreateActivity", {"name": "charge", "tags": CREATE["tags"]}, keep={"activity": "activityArn"}),
    Step("DescribeActivity", {"activityArn": "$activity"}, {"name": "charge"}),
    Step("CreateStateMachine", CREATE, keep={"machine": "stateMachineArn"}),
    Step("DescribeStateMachine", {"stateMachineArn": "$machine"}, {"name": "orders", "revisionId": None}),
    Step("ListTagsForResource", {"resourceArn": "$machine"}, {"tags": CREATE["tags"]}),
    Step(
        "PublishStateMachineVersion",
        {"stateMachineArn": "$machine", "revisionId": "INITIAL", "description": "first"},
        {"stateMachineVersionArn": f"{MACHINE}:1"},
    ),
    Step(
        "CreateStateMachineAlias",
        {"name": "prod", "routingConfiguration": [{"stateMachineVersionArn": f"{MACHINE}:1", "weight": 100}]},
        keep={"alias": "stateMachineAliasArn"},
    ),
    Step(
        "UpdateStateMachine",
        {"stateMachineArn": "$machine", "definition": SLOW, "roleArn": ROLE, "loggingConfiguration": OFF},
        keep={"revision": "revisionId"},
    ),
    Step("TagResource", {"resourceArn": "$machine", "tags": [{"key": "env", "value": "test"}]}),
    Step("UntagResource", {"resourceArn": "$machine", "tagKeys": ["room"]}),
    Step("DescribeStateMachine", {"stateMachineArn": "$machine"}, {"revisionId": "$revision", "definition": SLOW}),
    Step(
        "PublishStateMachineVersion",
        {"stateMachineArn": "$machine", "revisionId": "INITIAL"},
        refused=("ConflictException", None),
    ),
    Step(
        "PublishStateMachineVersion",
        {"stateMachineArn": "$machine", "revisionId": "$revision"},
        {"stateMachineVersionArn": f"{MACHINE}:2"},
    ),
    Step("DescribeStateMachine", {"stateMachineArn": f"{MACHINE}:2"}, {"revisionId": "$revision"}),
    *[
        Step(
            "UpdateStateMachineAlias",
            {"stateMachineAliasArn": "$alias", "routingConfiguration": routes},
            {"updateDate": Some()},
        )
        for routes in (
            [
                {"stateMachineVersionArn": f"{MACHINE}:1", "weight": 90},
                {"stateMachineVersionArn": f"{MACHINE}:2", "weight": 10},
            ],
            EVEN,
            ALL_TO_2,
        )
    ],
    Step("DescribeStateMachineAlias", {"stateMachineAliasArn": "$alias"}, {"routingConfiguration": ALL_TO_2}),
    Step("DeleteStateMachineVersion", {"stateMachineVersionArn": f"{MACHINE}:1"}),
    Step("DeleteStateMachineAlias", {"stateMachineAliasArn": "$alias"}),
    Step("DeleteStateMachineVersion", {"stateMachineVersionArn": f"{MACHINE}:2"}),
    Step("DeleteStateMachine", {"stateMachineArn": "$machine"}),
    Step("DescribeStateMachine", {"stateMachineArn": "$machine"}, refused=GONE, later=True),
    Step("DeleteActivity", {"activityArn": "$activity"}),
]

TOOLS = {
    "terraform aws_sfn_state_machine": TERRAFORM_STATE_MACHINE,
    "terraform aws_sfn_alias": TERRAFORM_ALIAS,
    "terraform aws_sfn_activity": TERRAFORM_ACTIVITY,
    "cloudformation": CLOUDFORMATION,
}
