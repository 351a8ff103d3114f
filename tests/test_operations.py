"""Every exception that AWS documents for an operation: caused here, shown elsewhere, or never given, and why.

The list is that of botocore's model of the service. A pair of operation and exception that nobody caused fails the
first test; so does one that is said to be caused and is not documented.
"""

import json
import threading
from pathlib import Path

import botocore.session
import pytest

from machines import PASS, WAIT_LONG, one, task
from stairway import ROLE, ROOT, until

MODEL = botocore.session.get_session().get_service_model("stepfunctions")
NOT_BUILT = {"DescribeMapRun", "ListMapRuns", "UpdateMapRun"}
BUILT = set(MODEL.operation_names) - NOT_BUILT
DOCUMENTED = {
    (name, shape.metadata.get("error", {}).get("code", shape.name))
    for name in BUILT
    for shape in MODEL.operation_model(name).error_shapes
}

OWNED = "arn:aws:states:us-east-1:000000000000"
NO_MACHINE = f"{OWNED}:stateMachine:none"
NO_EXECUTION = f"{OWNED}:execution:none:none"
NO_ACTIVITY = f"{OWNED}:activity:none"
TAGS_51 = [{"key": str(number), "value": ""} for number in range(51)]
NO_KEY = {"type": "CUSTOMER_MANAGED_KMS_KEY"}
NEW = {"name": "new", "definition": json.dumps(PASS), "roleArn": ROLE}
BROKEN = {"definition": json.dumps({"StartAt": "Nowhere", "States": {}})}
UNLOGGED = {"loggingConfiguration": {"level": "ALL"}}
DESCRIBED = {"versionDescription": "of no version"}


def routes(*arns_and_weights):
    return [{"stateMachineVersionArn": arn, "weight": weight} for arn, weight in arns_and_weights]


# Members that hold the ARN of what an operation is about: what is no ARN is refused alike everywhere.
ARN_MEMBERS = {
    "DeleteActivity": "activityArn",
    "DeleteStateMachine": "stateMachineArn",
    "DeleteStateMachineAlias": "stateMachineAliasArn",
    "DeleteStateMachineVersion": "stateMachineVersionArn",
    "DescribeActivity": "activityArn",
    "DescribeExecution": "executionArn",
    "DescribeStateMachine": "stateMachineArn",
    "DescribeStateMachineAlias": "stateMachineAliasArn",
    "DescribeStateMachineForExecution": "executionArn",
    "GetActivityTask": "activityArn",
    "GetExecutionHistory": "executionArn",
    "ListExecutions": "stateMachineArn",
    "ListStateMachineAliases": "stateMachineArn",
    "ListStateMachineVersions": "stateMachineArn",
    "ListTagsForResource": "resourceArn",
    "PublishStateMachineVersion": "stateMachineArn",
    "RedriveExecution": "executionArn",
    "StartExecution": "stateMachineArn",
    "StartSyncExecution": "stateMachineArn",
    "StopExecution": "executionArn",
    "TagResource": "resourceArn",
    "UntagResource": "resourceArn",
    "UpdateStateMachine": "stateMachineArn",
    "UpdateStateMachineAlias": "stateMachineAliasArn",
}
# What else such a request needs to be complete.
REST = {
    "TagResource": {"tags": [{"key": "a", "value": "b"}]},
    "UntagResource": {"tagKeys": ["a"]},
    "UpdateStateMachine": {"roleArn": ROLE},
    "UpdateStateMachineAlias": {"description": "d"},
}


def about(operation, arn, **more):
    return operation, {ARN_MEMBERS[operation]: arn} | REST.get(operation, {}) | more


def simple(house):
    """One request each, in a house with a machine `made` (version 1, alias `prod`), an Express one and an activity."""
    made, activity = house.machine, house.activity
    yield from ((*about(operation, "nothing"), "InvalidArn") for operation in ARN_MEMBERS)
    for operation in (
        *("DescribeExecution", "DescribeStateMachineForExecution", "GetExecutionHistory"),
        *("RedriveExecution", "StopExecution"),
    ):
        yield *about(operation, NO_EXECUTION), "ExecutionDoesNotExist"
    for operation in ("DescribeActivity", "GetActivityTask"):
        yield *about(operation, NO_ACTIVITY), "ActivityDoesNotExist"
    for operation in (
        *("DescribeStateMachine", "ListExecutions", "ListStateMachineAliases", "PublishStateMachineVersion"),
        *("StartExecution", "StartSyncExecution", "UpdateStateMachine"),
    ):
        yield *about(operation, NO_MACHINE), "StateMachineDoesNotExist"
    for operation in ("DeleteStateMachineAlias", "DescribeStateMachineAlias", "UpdateStateMachineAlias"):
        yield *about(operation, f"{made}:none"), "ResourceNotFound"
        yield operation, {}, "ValidationException"
    for operation in ("ListTagsForResource", "TagResource", "UntagResource"):
        yield *about(operation, NO_ACTIVITY), "ResourceNotFound"
    for operation in ("ListExecutions", "ListStateMachineAliases", "ListStateMachineVersions"):
        yield *about(operation, made, nextToken="nobody's"), "InvalidToken"
    for operation in ("ListActivities", "ListStateMachines"):
        yield operation, {"nextToken": "nobody's"}, "InvalidToken"
    yield *about("GetExecutionHistory", house.execution, nextToken="nobody's"), "InvalidToken"
    for operation in ("SendTaskFailure", "SendTaskHeartbeat", "SendTaskSuccess"):
        yield operation, {"taskToken": "nobody's", "output": "{}"}, "InvalidToken"

    yield "CreateActivity", {"name": "a b"}, "InvalidName"
    yield "CreateActivity", {"name": "new", "tags": TAGS_51}, "TooManyTags"
    yield "CreateActivity", {"name": "new", "encryptionConfiguration": NO_KEY}, "InvalidEncryptionConfiguration"
    other = {"name": "made", "encryptionConfiguration": NO_KEY | {"kmsKeyId": "key"}}
    yield "CreateActivity", other, "ActivityAlreadyExists"

    yield "CreateStateMachine", NEW | {"roleArn": "nothing"}, "InvalidArn"
    yield "CreateStateMachine", NEW | BROKEN, "InvalidDefinition"
    yield "CreateStateMachine", NEW | {"name": "a b"}, "InvalidName"
    yield "CreateStateMachine", NEW | UNLOGGED, "InvalidLoggingConfiguration"
    yield "CreateStateMachine", NEW | {"name": "made", "definition": json.dumps(WAIT_LONG)}, "StateMachineAlreadyExists"
    yield "CreateStateMachine", NEW | {"tags": TAGS_51}, "TooManyTags"
    yield "CreateStateMachine", NEW | DESCRIBED, "ValidationException"
    yield "CreateStateMachine", NEW | {"encryptionConfiguration": NO_KEY}, "InvalidEncryptionConfiguration"

    alias = {"name": "new", "routingConfiguration": routes((f"{made}:1", 100))}
    yield "CreateStateMachineAlias", alias | {"routingConfiguration": routes((f"{made}:1", 99))}, "ValidationException"
    unknown = {"routingConfiguration": routes((f"{made}:7", 100))}
    yield "CreateStateMachineAlias", alias | unknown, "ResourceNotFound"
    yield "CreateStateMachineAlias", alias | {"name": "prod", "description": "other"}, "ConflictException"

    yield *about("DeleteStateMachine", f"{made}/label"), "ValidationException"
    yield "DeleteStateMachineVersion", {}, "ValidationException"
    yield *about("DeleteStateMachineVersion", f"{made}:1"), "ConflictException"
    both = {"stateMachineArn": made, "mapRunArn": f"{OWNED}:mapRun:made/label:7"}
    yield "ListExecutions", both, "ValidationException"
    yield "ListExecutions", {"mapRunArn": f"{OWNED}:mapRun:made/label:7"}, "ResourceNotFound"
    yield *about("ListStateMachineAliases", f"{made}:7"), "ResourceNotFound"
    yield "ListStateMachineVersions", {}, "ValidationException"
    yield "PublishStateMachineVersion", {}, "ValidationException"
    yield *about("PublishStateMachineVersion", made, revisionId="other"), "ConflictException"

    yield *about("RedriveExecution", house.execution), "ExecutionNotRedrivable"
    yield "RedriveExecution", {}, "ValidationException"
    yield *about("StartExecution", made, name="one"), "ExecutionAlreadyExists"
    yield *about("StartExecution", made, input="{"), "InvalidExecutionInput"
    yield *about("StartExecution", made, name="a b"), "InvalidName"
    yield "StartExecution", {}, "ValidationException"
    yield *about("StartSyncExecution", house.express, input="{"), "InvalidExecutionInput"
    yield *about("StartSyncExecution", house.express, name="a b"), "InvalidName"
    yield *about("StartSyncExecution", made), "StateMachineTypeNotSupported"
    yield "StopExecution", {}, "ValidationException"
    yield *about("TagResource", activity, tags=TAGS_51), "TooManyTags"

    tested = {"definition": json.dumps(PASS["States"]["Only"])}
    yield "TestState", tested | {"roleArn": "nothing"}, "InvalidArn"
    yield "TestState", BROKEN | {"roleArn": ROLE}, "InvalidDefinition"
    yield "TestState", tested | {"input": "{"}, "InvalidExecutionInput"
    yield "TestState", {}, "ValidationException"

    yield *about("UpdateStateMachine", made, **BROKEN), "InvalidDefinition"
    yield *about("UpdateStateMachine", made, **UNLOGGED), "InvalidLoggingConfiguration"
    yield "UpdateStateMachine", {"stateMachineArn": made}, "MissingRequiredParameter"
    yield *about("UpdateStateMachine", made, **DESCRIBED), "ValidationException"
    yield *about("UpdateStateMachine", made, encryptionConfiguration=NO_KEY), "InvalidEncryptionConfiguration"
    yield "ValidateStateMachineDefinition", {}, "ValidationException"


# Caused by the tests below, or by one that is named.
DELETING = {
    (operation, "StateMachineDeleting")
    for operation in (
        *("CreateStateMachine", "CreateStateMachineAlias", "ListStateMachineAliases", "PublishStateMachineVersion"),
        *("StartExecution", "UpdateStateMachine", "UpdateStateMachineAlias"),
    )
}
ENDED = {(operation, "TaskTimedOut") for operation in ("SendTaskFailure", "SendTaskHeartbeat", "SendTaskSuccess")}
OUTPUT = {("SendTaskSuccess", "InvalidOutput")}
ALIASES = {("CreateStateMachineAlias", "ServiceQuotaExceededException")}
POLLERS = {("GetActivityTask", "ActivityWorkerLimitExceeded")}
VERSIONS = "crates/engine/src/tests/versions.rs: the_thousand_and_first_version_is_refused_and_changes_nothing"
OPEN_EXECUTIONS = "tests/test_quotas.py: test_open_executions_are_counted_also_after_a_restart"
REDRIVES = "tests/test_redrive.py: test_redrives_count_as_open_executions"
NUMBERS = "tests/test_quotas.py: test_numbers_of_things_are_bounded"
SHOWN_ELSEWHERE = {
    ("PublishStateMachineVersion", "ServiceQuotaExceededException"): VERSIONS,
    ("UpdateStateMachine", "ServiceQuotaExceededException"): VERSIONS,
    ("StartExecution", "ExecutionLimitExceeded"): OPEN_EXECUTIONS,
    ("RedriveExecution", "ExecutionLimitExceeded"): REDRIVES,
    ("CreateActivity", "ActivityLimitExceeded"): NUMBERS,
    ("CreateStateMachine", "StateMachineLimitExceeded"): NUMBERS,
}

# Never given: by exception, then by pair.
NEVER = {
    "KmsAccessDeniedException": "no data is encrypted with a customer's key",
    "KmsInvalidStateException": "no data is encrypted with a customer's key",
    "KmsThrottlingException": "no data is encrypted with a customer's key",
    "InvalidTracingConfiguration": "tracing is on or off, and both are right",
    "TaskDoesNotExist": "a token that is genuine names a task that was: TaskTimedOut says so",
    ("CreateStateMachine", "StateMachineTypeNotSupported"): "both types are supported; another is a constraint",
    ("ListExecutions", "StateMachineTypeNotSupported"): "recent Express executions are listed",
    ("StartSyncExecution", "StateMachineDeleting"): "the deletion of an Express machine waits for nothing",
    ("CreateStateMachine", "ConflictException"): "changes of the catalog are made one after the other",
    ("UpdateStateMachine", "ConflictException"): "changes of the catalog are made one after the other",
    ("UpdateStateMachineAlias", "ConflictException"): "changes of the catalog are made one after the other",
    ("DeleteStateMachineAlias", "ConflictException"): "changes of the catalog are made one after the other",
    ("CreateStateMachineAlias", "InvalidName"): "the pattern of names is a constraint: ValidationException",
    ("CreateStateMachineAlias", "InvalidArn"): "routes to no version are a constraint: ValidationException",
}


class Nobody:
    """What requests need where none is sent."""

    machine, express = f"{OWNED}:stateMachine:made", f"{OWNED}:stateMachine:express"
    activity, execution = f"{OWNED}:activity:made", NO_EXECUTION


def test_every_documented_exception_is_caused_shown_or_never_given():
    caused = {(operation, error) for operation, _, error in simple(Nobody)}
    caused |= DELETING | ENDED | OUTPUT | ALIASES | POLLERS
    shown = set(SHOWN_ELSEWHERE)
    never = {pair for pair in DOCUMENTED if pair in NEVER or pair[1] in NEVER}
    assert DOCUMENTED - caused - shown - never == set(), "nobody causes these"
    assert (caused | shown) - DOCUMENTED == set(), "AWS does not document these"
    assert (caused | shown) & never == set(), "these are given after all"
    assert not caused & shown
    print(f"{len(DOCUMENTED)} pairs: {len(caused)} caused, {len(shown)} shown elsewhere, {len(never)} never given")


def test_what_is_shown_elsewhere_is_there():
    for place in SHOWN_ELSEWHERE.values():
        path, name = place.split(": ")
        text = (ROOT / path).read_text()
        assert f"fn {name}()" in text or f"def {name}(" in text, place


def test_the_list_is_that_of_the_specification():
    specification = ROOT.parent / "shared" / "spec" / "api.json"
    if not specification.exists():
        print("the specification is not beside the project: the list was not compared with it")
        return
    operations = json.loads(specification.read_text())["operations"]
    assert set(operations) == set(MODEL.operation_names)
    assert DOCUMENTED == {(name, error) for name in BUILT for error in operations[name]["errors"]}


def refusal(server, operation, body):
    status, _, answer = server.post(operation, body)
    assert status >= 400, (operation, body, answer)
    assert answer["message"], answer
    return status, answer["__type"]


STATUS = {"ConflictException": 409, "ServiceQuotaExceededException": 402}


def test_exceptions_that_one_request_causes(server, steps):
    class House:
        machine = steps.machine(PASS, name="made", publish=True)
        express = steps.machine(PASS, name="express", type="EXPRESS")
        activity = steps.activity("made")

    House.execution = steps.start(House.machine, name="one")
    server.await_end(House.execution)
    steps.aws.create_state_machine_alias(name="prod", routingConfiguration=routes((f"{House.machine}:1", 100)))
    count = 0
    for operation, body, error in simple(House):
        assert refusal(server, operation, body) == (STATUS.get(error, 400), error), (operation, body)
        count += 1
    print(f"{count} requests refused")


def test_a_machine_that_is_being_deleted_is_left_alone(server, steps):
    """It is gone within milliseconds: the story is told until each operation was quick enough."""
    missing = set(DELETING)

    def told():
        arn = steps.machine(WAIT_LONG, publish=True)
        version, alias = f"{arn}:1", f"{arn}:prod"
        steps.aws.create_state_machine_alias(name="prod", routingConfiguration=routes((version, 100)))
        steps.start(arn)
        until(lambda: steps.aws.list_executions(stateMachineArn=arn)["executions"])
        requests = {
            "CreateStateMachine": NEW | {"name": arn.rsplit(":")[-1]},
            "CreateStateMachineAlias": {"name": "other", "routingConfiguration": routes((version, 100))},
            "ListStateMachineAliases": {"stateMachineArn": arn},
            "PublishStateMachineVersion": {"stateMachineArn": arn},
            "StartExecution": {"stateMachineArn": arn},
            "UpdateStateMachine": {"stateMachineArn": arn, "roleArn": ROLE},
            "UpdateStateMachineAlias": {"stateMachineAliasArn": alias, "description": "d"},
        }
        steps.aws.delete_state_machine(stateMachineArn=arn)
        for operation, error in sorted(missing):
            status, _, answer = server.post(operation, requests[operation])
            if answer.get("__type") == error:
                assert status == 400 and answer["message"].startswith(f"State Machine Deleting: '{arn}"), answer
                missing.discard((operation, error))
        return not missing

    until(told, seconds=60)


def test_an_alias_more_than_a_hundred(server, steps):
    machine = steps.machine(PASS, publish=True)
    for number in range(100):
        request = {"name": f"a{number}", "routingConfiguration": routes((f"{machine}:1", 100))}
        assert server.post("CreateStateMachineAlias", request)[0] == 200
    (operation, error), *_ = ALIASES
    request = {"name": "one-more", "routingConfiguration": routes((f"{machine}:1", 100))}
    assert refusal(server, operation, request) == (402, error)


def test_a_task_that_has_ended_takes_no_word(server, steps):
    activity = steps.activity()
    execution = steps.start(steps.machine(one(task(activity))))
    token, _ = steps.poll(activity)
    for operation, error in OUTPUT:
        assert refusal(server, operation, {"taskToken": token, "output": "{"}) == (400, error)
    steps.succeed(token)
    server.await_end(execution)
    for operation, error in ENDED:
        assert refusal(server, operation, {"taskToken": token, "output": "{}"}) == (400, error)


def test_a_poller_more_than_a_thousand(server, steps):
    """The thousand hold connections; the server ends while they wait, which answers them."""
    activity = steps.activity()
    answers = []

    def poll():
        status, _, answer = server.post("GetActivityTask", {"activityArn": activity})
        answers.append((status, answer.get("__type")))

    pollers = [threading.Thread(target=poll) for _ in range(1_001)]
    for poller in pollers:
        poller.start()
    until(lambda: len(answers) == 1, seconds=60)
    (_, error), *_ = POLLERS
    assert answers == [(400, error)]
    assert server.stop() == 0
    for poller in pollers:
        poller.join()
    assert answers[1:] == [(200, None)] * 1_000


def test_what_is_not_built_says_so_by_its_name(server):
    for operation in NOT_BUILT:
        status, _, answer = server.post(operation, {})
        assert (status, answer["__type"]) == (501, "UnsupportedOperationException")
        assert f"`{operation}` is not supported yet" in answer["message"]


# Bounds: every member of every request that has some, just beyond them.


# An empty definition is a finding (recorded).
TAKEN = [("ValidateStateMachineDefinition", "definition", "")]


def beyond(shape):
    """Values beyond the bounds of a shape, and what the refusal says of each."""
    bounds = shape.metadata
    low, high = bounds.get("min"), bounds.get("max")
    if shape.type_name == "string" and getattr(shape, "enum", None):
        yield "NONE_OF_THEM", "satisfy enum value set: ["
    elif shape.type_name == "string":
        if high is not None:
            yield "x" * (high + 1), f"have length less than or equal to {high}"
        if low:
            yield "", f"have length greater than or equal to {low}"
    elif shape.type_name in ("integer", "long"):
        if high is not None:
            yield high + 1, f"have value less than or equal to {high}"
        if low is not None:
            yield low - 1, f"have value greater than or equal to {low}"
    elif shape.type_name == "list" and high is not None:
        yield [{}] * (high + 1), f"have length less than or equal to {high}"


@pytest.mark.parametrize("operation", sorted(BUILT))
def test_members_beyond_their_bounds(server, operation):
    shape = MODEL.operation_model(operation).input_shape
    for member, member_shape in shape.members.items():
        for value, why in beyond(member_shape):
            if (operation, member, value) in TAKEN:
                continue
            status, _, answer = server.post(operation, {member: value})
            assert (status, answer["__type"]) == (400, "ValidationException"), (operation, member, answer)
            told = f"at '{member}' failed to satisfy constraint: Member must {why}"
            assert told in answer["message"], (operation, member, answer)
    for member in shape.required_members:
        status, _, answer = server.post(operation, {})
        assert (status, answer["__type"]) == (400, "ValidationException"), (operation, member, answer)
        told = f"Value null at '{member}' failed to satisfy constraint: Member must not be null"
        assert told in answer["message"], (operation, member, answer)
