"""Each error that the operations document: its name, its text, its status."""

import json

import pytest

from machines import PASS, WAIT_LONG, one, task
from stairway import ROLE

ARN = "arn:aws:states:us-east-1:000000000000:"
NO_MACHINE = ARN + "stateMachine:unknown"
NO_EXECUTION = ARN + "execution:unknown:unknown"
NO_ACTIVITY = ARN + "activity:unknown"


def check_error(server, operation, request, name, message, status=400):
    """One refused request; `message` is the whole text, or a function that judges it."""
    answered, _, body = server.post(operation, request)
    assert (answered, body.get("__type")) == (status, name), body
    if callable(message):
        assert message(body["message"]), body
    else:
        assert body["message"] == message


NOT_AN_ARN = "Invalid Arn: 'Invalid ARN prefix: nothing'"


@pytest.mark.parametrize(
    "operation, member",
    [
        ("DescribeStateMachine", "stateMachineArn"),
        ("DeleteStateMachine", "stateMachineArn"),
        ("StartExecution", "stateMachineArn"),
        ("ListExecutions", "stateMachineArn"),
        ("DescribeExecution", "executionArn"),
        ("StopExecution", "executionArn"),
        ("GetExecutionHistory", "executionArn"),
        ("DescribeStateMachineForExecution", "executionArn"),
        ("DescribeActivity", "activityArn"),
        ("DeleteActivity", "activityArn"),
        ("GetActivityTask", "activityArn"),
        ("ListTagsForResource", "resourceArn"),
    ],
)
def test_what_is_no_arn_is_invalid(server, operation, member):
    check_error(server, operation, {member: "nothing"}, "InvalidArn", NOT_AN_ARN)


@pytest.mark.parametrize("operation", ["DescribeExecution", "StopExecution", "GetExecutionHistory"])
def test_an_express_arn_is_not_valid_here(server, operation):
    arn = ARN + "express:made:one:7c3e1b1e-0000-4000-8000-000000000000"
    message = "Invalid Arn: 'Resource type not valid in this context: express'"
    check_error(server, operation, {"executionArn": arn}, "InvalidArn", message)


@pytest.mark.parametrize(
    "operation, request_body",
    [
        ("DescribeStateMachine", {}),
        ("UpdateStateMachine", {"roleArn": ROLE}),
        ("StartExecution", {}),
        ("ListExecutions", {}),
    ],
)
def test_an_unknown_state_machine(server, operation, request_body):
    body = {"stateMachineArn": NO_MACHINE, **request_body}
    message = f"State Machine Does Not Exist: '{NO_MACHINE}'"
    check_error(server, operation, body, "StateMachineDoesNotExist", message)


@pytest.mark.parametrize(
    "operation",
    ["DescribeExecution", "StopExecution", "GetExecutionHistory", "DescribeStateMachineForExecution"],
)
def test_an_unknown_execution(server, operation):
    message = f"Execution Does Not Exist: '{NO_EXECUTION}'"
    check_error(server, operation, {"executionArn": NO_EXECUTION}, "ExecutionDoesNotExist", message)


@pytest.mark.parametrize("operation", ["DescribeActivity", "GetActivityTask"])
def test_an_unknown_activity(server, operation):
    message = f"Activity Does Not Exist: '{NO_ACTIVITY}'"
    check_error(server, operation, {"activityArn": NO_ACTIVITY}, "ActivityDoesNotExist", message)


@pytest.mark.parametrize(
    "operation, request_body",
    [
        ("TagResource", {"tags": [{"key": "a", "value": "b"}]}),
        ("UntagResource", {"tagKeys": ["a"]}),
        ("ListTagsForResource", {}),
    ],
)
@pytest.mark.parametrize("arn", [NO_MACHINE, NO_ACTIVITY])
def test_tags_of_an_unknown_resource(server, operation, request_body, arn):
    body = {"resourceArn": arn, **request_body}
    check_error(server, operation, body, "ResourceNotFound", f"Resource not found: '{arn}'")


def test_more_than_fifty_tags_are_too_many(server, steps):
    tags = [{"key": f"k{n}", "value": ""} for n in range(51)]
    create = {"name": "a", "tags": tags}
    check_error(server, "CreateActivity", create, "TooManyTags", lambda text: text)
    body = {"resourceArn": steps.activity(), "tags": tags}
    check_error(server, "TagResource", body, "TooManyTags", lambda text: text)


@pytest.mark.parametrize("name", ["with space", "a/b", "a:b", "star*", "q?", "b{", 'quote"', "hash#", "tab\t"])
def test_names_with_forbidden_characters(server, steps, name):
    message = f"Invalid Name: '{name}'"
    machine = {"name": name, "definition": json.dumps(PASS), "roleArn": ROLE}
    check_error(server, "CreateStateMachine", machine, "InvalidName", message)
    check_error(server, "CreateActivity", {"name": name}, "InvalidName", message)
    start = {"stateMachineArn": steps.machine(PASS), "name": name}
    check_error(server, "StartExecution", start, "InvalidName", message)


@pytest.mark.parametrize("name", ["a.b", "plus+", "at@sign", "ünïcode", "(brackets)", "a-b_c", "x" * 80])
def test_names_with_unusual_characters_are_fine(steps, server, name):
    machine = steps.machine(PASS, name=name)
    execution = steps.start(machine, name=name)
    assert execution == f"{ARN}execution:{name}:{name}"
    assert steps.aws.describe_execution(executionArn=execution)["name"] == name


def test_a_name_of_81_characters_breaks_its_constraint(server):
    name = "x" * 81
    message = (
        f"1 validation error detected: Value '{name}' at 'name' failed to satisfy constraint: "
        "Member must have length less than or equal to 80"
    )
    check_error(server, "CreateActivity", {"name": name}, "ValidationException", message)


def test_several_broken_constraints_are_counted(server):
    body = {"executionArn": ARN + "execution:a:b", "maxResults": 1001, "nextToken": "x" * 1025}

    def judged(text):
        return text.startswith("2 validation errors detected: ") and "; " in text and "'maxResults'" in text

    check_error(server, "GetExecutionHistory", body, "ValidationException", judged)


def test_a_value_outside_its_set_breaks_its_constraint(server):
    body = {"stateMachineArn": NO_MACHINE, "statusFilter": "SLEEPING"}

    def judged(text):
        start = "1 validation error detected: Value 'SLEEPING' at 'statusFilter' failed to satisfy constraint: "
        return text.startswith(start + "Member must satisfy enum value set: [")

    check_error(server, "ListExecutions", body, "ValidationException", judged)


def test_max_results_of_1001_breaks_its_constraint(server):
    message = (
        "1 validation error detected: Value '1001' at 'maxResults' failed to satisfy constraint: "
        "Member must have value less than or equal to 1000"
    )
    for operation in ("ListStateMachines", "ListActivities"):
        check_error(server, operation, {"maxResults": 1001}, "ValidationException", message)


@pytest.mark.parametrize("operation", ["CreateStateMachine", "StartExecution", "DescribeActivity", "SendTaskSuccess"])
def test_a_missing_member_is_named(server, operation):
    _, _, body = server.post(operation, {})
    assert body["__type"] == "ValidationException"
    assert "failed to satisfy constraint: Member must not be null" in body["message"]


@pytest.mark.parametrize(
    "operation, request_body",
    [
        ("ListStateMachines", {}),
        ("ListActivities", {}),
        ("ListExecutions", "machine"),
        ("GetExecutionHistory", "execution"),
    ],
)
def test_a_page_token_that_nobody_gave_is_invalid(server, steps, operation, request_body):
    machine = steps.machine(PASS)
    if request_body == "machine":
        request_body = {"stateMachineArn": machine}
    elif request_body == "execution":
        request_body = {"executionArn": steps.start(machine)}
    body = {**request_body, "nextToken": "garbage"}
    check_error(server, operation, body, "InvalidToken", "Invalid Token: 'Invalid token'")


def test_a_page_token_of_another_list_is_invalid(server, steps):
    for number in range(2):
        steps.activity(f"a{number}")
    token = steps.aws.list_activities(maxResults=1)["nextToken"]
    body = {"nextToken": token}
    check_error(server, "ListStateMachines", body, "InvalidToken", "Invalid Token: 'Invalid token'")


def test_a_machine_that_differs_already_exists(server, steps):
    arn = steps.machine(PASS, name="made")
    message = f"State Machine Already Exists: '{arn}'"
    spaced = json.dumps(PASS, indent=1)
    for other in (json.dumps(WAIT_LONG), spaced):
        body = {"name": "made", "definition": other, "roleArn": ROLE}
        check_error(server, "CreateStateMachine", body, "StateMachineAlreadyExists", message)


def test_an_update_of_nothing_lacks_a_parameter(server, steps):
    message = (
        "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration "
        "must be specified"
    )
    body = {"stateMachineArn": steps.machine(PASS)}
    check_error(server, "UpdateStateMachine", body, "MissingRequiredParameter", message)


def test_a_version_description_needs_publish(server):
    body = {"name": "a", "definition": json.dumps(PASS), "roleArn": ROLE, "versionDescription": "first"}
    message = "Version description can only be set when publish is true"
    check_error(server, "CreateStateMachine", body, "ValidationException", message)


def test_an_empty_input_is_no_input(server, steps):
    body = {"stateMachineArn": steps.machine(PASS), "input": ""}
    message = "Invalid State Machine Execution Input: 'Invalid execution input.'"
    check_error(server, "StartExecution", body, "InvalidExecutionInput", message)


def test_an_input_that_is_no_json(server, steps):
    body = {"stateMachineArn": steps.machine(PASS), "input": "not json"}
    check_error(
        server,
        "StartExecution",
        body,
        "InvalidExecutionInput",
        lambda text: text.startswith("Invalid State Machine Execution Input: 'Unrecognized token 'not'"),
    )


def test_an_input_above_256_kib_is_too_long(server, steps):
    machine = steps.machine(PASS)
    fits = json.dumps("x" * (262_144 - 2))
    steps.aws.start_execution(stateMachineArn=machine, input=fits)
    body = {"stateMachineArn": machine, "input": json.dumps("x" * (262_144 - 1))}
    check_error(
        server,
        "StartExecution",
        body,
        "ValidationException",
        lambda text: text.endswith(
            "at 'input' failed to satisfy constraint: Member must have length less than or equal to 262144"
        ),
    )


def test_executions_are_listed_by_exactly_one_arn(server):
    check_error(server, "ListExecutions", {}, "ValidationException", lambda text: text)


def test_pending_redrive_is_no_filter_for_a_state_machine(server, steps):
    body = {"stateMachineArn": steps.machine(PASS), "statusFilter": "PENDING_REDRIVE"}
    check_error(server, "ListExecutions", body, "ValidationException", lambda text: text)


def test_logging_needs_its_destination(server):
    body = {
        "name": "a",
        "definition": json.dumps(PASS),
        "roleArn": ROLE,
        "loggingConfiguration": {"level": "ALL"},
    }
    message = "Invalid Logging Configuration: Must specify exactly one Log Destination."
    check_error(server, "CreateStateMachine", body, "InvalidLoggingConfiguration", message)


def test_task_answers_with_tokens_that_are_none(server):
    for operation, rest in (("SendTaskSuccess", {"output": "{}"}), ("SendTaskFailure", {}), ("SendTaskHeartbeat", {})):
        body = {"taskToken": "forged", **rest}
        check_error(server, operation, body, "InvalidToken", "Invalid Token: 'Invalid token'")


def test_an_output_that_is_no_json_is_invalid(server, steps):
    activity = steps.activity()
    steps.start(steps.machine(one(task(activity))))
    token, _ = steps.poll(activity)
    body = {"taskToken": token, "output": "not json"}
    check_error(server, "SendTaskSuccess", body, "InvalidOutput", lambda text: "not" in text)
    steps.succeed(token)


BROKEN_DEFINITIONS = [
    ("{}", "SCHEMA_VALIDATION_FAILED: These fields are required: [States, StartAt] at /"),
    (
        json.dumps(one({"Type": "Sleep", "End": True})),
        "SCHEMA_VALIDATION_FAILED: The field 'Type' should have one of these values: "
        "[Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map] at /States/Only/Type",
    ),
    (
        json.dumps(one({"Type": "Wait", "Timestamp": "2016-13-05T21:29:29Z", "End": True})),
        "SCHEMA_VALIDATION_FAILED: String does not match RFC3339 timestamp at /States/Only/Timestamp",
    ),
    (
        json.dumps(one({"Type": "Task", "Resource": "arn:aws:states:::dynamodb:query", "End": True})),
        "SCHEMA_VALIDATION_FAILED: The resource provided arn:aws:states:::dynamodb:query is not recognized. "
        "The value is not a valid resource ARN, or the resource is not available in this region. "
        "at /States/Only/Resource",
    ),
    (
        json.dumps(one({"Type": "Parallel", "Branches": [], "End": True})),
        "SCHEMA_VALIDATION_FAILED: Value cannot be empty at /States/Only/Branches",
    ),
]


@pytest.mark.parametrize("definition, finding", BROKEN_DEFINITIONS)
def test_broken_definitions_are_explained_in_aws_words(server, definition, finding):
    body = {"name": "broken", "definition": definition, "roleArn": ROLE}
    message = f"Invalid State Machine Definition: '{finding}'"
    check_error(server, "CreateStateMachine", body, "InvalidDefinition", message)


@pytest.mark.parametrize(
    "definition, code",
    [
        ("not json", "INVALID_JSON_DESCRIPTION"),
        (json.dumps({"StartAt": "Gone", "States": PASS["States"]}), "MISSING_TRANSITION_TARGET"),
        (json.dumps(one({"Type": "Pass", "Next": "Gone"})), "MISSING_TRANSITION_TARGET"),
        (json.dumps(one({"Type": "Pass"})), "SCHEMA_VALIDATION_FAILED"),
        (json.dumps(one({"Type": "Pass", "End": True, "Color": "red"})), "SCHEMA_VALIDATION_FAILED"),
        (json.dumps(one({"Type": "Wait", "Seconds": 1, "SecondsPath": "$.s", "End": True})), "SCHEMA_VALIDATION_FAILED"),
    ],
)
def test_broken_definitions_have_their_code(server, definition, code):
    for operation in ("CreateStateMachine",):
        body = {"name": "broken", "definition": definition, "roleArn": ROLE}
        start = f"Invalid State Machine Definition: '{code}: "
        check_error(server, operation, body, "InvalidDefinition", lambda text: text.startswith(start))


def test_a_state_name_used_twice_is_found_over_all_scopes(server):
    inner = one({"Type": "Pass", "End": True})
    definition = json.dumps(one({"Type": "Parallel", "Branches": [inner, inner], "End": True}))
    body = {"name": "broken", "definition": definition, "roleArn": ROLE}
    check_error(server, "CreateStateMachine", body, "InvalidDefinition", lambda text: "DUPLICATE_STATE_NAME" in text)


def test_updating_with_a_broken_definition_is_refused_and_changes_nothing(server, steps):
    arn = steps.machine(PASS)
    body = {"stateMachineArn": arn, "definition": "{}"}
    check_error(server, "UpdateStateMachine", body, "InvalidDefinition", lambda text: "StartAt" in text)
    assert json.loads(steps.aws.describe_state_machine(stateMachineArn=arn)["definition"]) == PASS


def test_an_activity_in_an_express_machine_is_refused(server, steps):
    definition = json.dumps(one(task(steps.activity())))
    body = {"name": "broken", "definition": definition, "roleArn": ROLE, "type": "EXPRESS"}
    finding = "Express state machine does not support Activity ARN"
    check_error(server, "CreateStateMachine", body, "InvalidDefinition", lambda text: finding in text)
