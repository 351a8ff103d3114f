"""What nobody should send: answered with an error of AWS, never with silence or the server's end."""

import json
import socket

import pytest

from machines import PASS, one
from stairway import ROLE

JSON = "application/x-amz-json-1.0"
DEEP = "[" * 10_000 + "]" * 10_000


@pytest.fixture(autouse=True)
def server_goes_on(server):
    """After each of these the server answers an ordinary request."""
    yield
    status, _, _ = server.post("ListStateMachines", {})
    assert status == 200


def check_refused(server, operation, body, *names):
    status, _, answer = server.post(operation, body)
    assert status in (400, 404, 413), (status, answer)
    assert answer.get("__type") in names, answer


@pytest.mark.parametrize("text", ["", "not json", "{", '{"a": }', "[]", "17", '"text"', "{} {}", "\ufeff{}", "{'a': 1}"])
def test_a_body_that_is_no_json_object(server, text):
    body = text.encode()
    status, _, answer = server.post("StartExecution", body)
    assert status == 400
    assert answer["__type"] in ("SerializationException", "ValidationException"), answer


def test_a_body_that_is_no_utf8(server):
    check_refused(server, "StartExecution", b'{"name": "\xff\xfe"}', "SerializationException")


@pytest.mark.parametrize(
    "operation, body",
    [
        ("StartExecution", {"stateMachineArn": 17}),
        ("StartExecution", {"stateMachineArn": ["a"]}),
        ("StartExecution", {"stateMachineArn": {"a": 1}}),
        ("ListStateMachines", {"maxResults": "ten"}),
        ("ListStateMachines", {"maxResults": 1.5}),
        ("GetExecutionHistory", {"executionArn": "a", "reverseOrder": "yes"}),
        ("CreateActivity", {"name": "a", "tags": "none"}),
        ("CreateActivity", {"name": "a", "tags": [1]}),
        ("CreateStateMachine", {"name": "a", "definition": {"StartAt": "A"}, "roleArn": ROLE}),
    ],
)
def test_members_of_the_wrong_type(server, operation, body):
    check_refused(server, operation, body, "SerializationException", "ValidationException")


def test_members_that_nobody_knows_are_ignored(server):
    status, _, answer = server.post("ListStateMachines", {"unknown": {"deep": [1]}})
    assert (status, answer) == (200, {"stateMachines": []})


def test_a_body_of_two_mib(server):
    check_refused(
        server,
        "CreateStateMachine",
        {"name": "a", "definition": "x" * (2 << 20), "roleArn": ROLE},
        "ValidationException",
        "SerializationException",
        "RequestEntityTooLargeException",
    )


def test_a_definition_above_one_mib(server):
    body = {"name": "a", "definition": json.dumps(one({"Type": "Pass", "Comment": "x" * (1 << 20), "End": True})), "roleArn": ROLE}
    check_refused(server, "CreateStateMachine", body, "ValidationException")


def test_a_body_nested_ten_thousand_deep(server):
    check_refused(server, "StartExecution", '{"stateMachineArn": ' + DEEP + "}", "SerializationException", "ValidationException")


def test_an_input_nested_ten_thousand_deep(server, steps):
    body = {"stateMachineArn": steps.machine(PASS), "input": DEEP}
    check_refused(server, "StartExecution", body, "InvalidExecutionInput")


def test_a_definition_nested_ten_thousand_deep(server):
    result = '{"StartAt":"A","States":{"A":{"Type":"Pass","End":true,"Result":' + DEEP + "}}}"
    for definition in (DEEP, result):
        body = {"name": "a", "definition": definition, "roleArn": ROLE}
        check_refused(server, "CreateStateMachine", body, "InvalidDefinition")


def test_branches_nested_a_thousand_deep(server):
    definition = json.dumps(one({"Type": "Pass", "End": True}))
    for level in range(300):
        definition = (
            f'{{"StartAt":"P{level}","States":{{"P{level}":{{"Type":"Parallel","End":true,"Branches":[{definition}]}}}}}}'
        )
    body = {"name": "a", "definition": definition, "roleArn": ROLE}
    status, _, answer = server.post("CreateStateMachine", body)
    assert status == 200 or answer["__type"] == "InvalidDefinition", answer


def test_a_task_output_nested_ten_thousand_deep(server, steps):
    activity = steps.activity()
    steps.start(steps.machine(one({"Type": "Task", "Resource": activity, "End": True})))
    token, _ = steps.poll(activity)
    check_refused(server, "SendTaskSuccess", {"taskToken": token, "output": DEEP}, "InvalidOutput")
    steps.succeed(token)


def test_an_unknown_operation(server):
    check_refused(server, "MakeCoffee", {}, "UnknownOperationException")


def test_a_request_without_a_target(server):
    check_refused(server, None, {}, "UnknownOperationException", "MissingAction", "MissingAuthenticationTokenException")


@pytest.mark.parametrize("target", ["", "StartExecution", "DynamoDB_20120810.ListTables", "AWSStepFunctions.", "."])
def test_a_target_of_another_service(server, target):
    status, _, body = server.http("POST", "/", "{}", {"X-Amz-Target": target, "Content-Type": JSON})
    assert status in (400, 404)
    assert json.loads(body)["__type"] in ("UnknownOperationException", "MissingAuthenticationTokenException")


@pytest.mark.parametrize("method, path", [("GET", "/"), ("PUT", "/"), ("POST", "/other"), ("GET", "/stairway/nothing"), ("DELETE", "/")])
def test_paths_and_methods_that_are_none(server, method, path):
    status, _, _ = server.http(method, path, b"", {"Content-Type": JSON})
    assert 400 <= status < 500


@pytest.mark.parametrize("wait", ["-1", "x", "99999999999999999999", "1.5e400", ""])
def test_a_wait_that_is_no_number_of_seconds(server, wait):
    status, _, body = server.http("GET", f"/stairway/executions/arn:aws:states:us-east-1:000000000000:execution:a:b/end?wait={wait}")
    assert status in (400, 404)
    assert json.loads(body)["__type"]


def test_a_header_that_is_too_long(server):
    status, _, _ = server.http("POST", "/", "{}", {"X-Amz-Target": "AWSStepFunctions.ListActivities", "X-Long": "x" * 200_000})
    assert status in (200, 400, 431)


def test_bytes_that_are_no_http(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(b"\x16\x03\x01\x00\xff garbage \r\n\r\n")
        while connection.recv(4096):
            pass


def test_a_body_that_never_ends_blocks_nobody(server):
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\nX-Amz-Target: AWSStepFunctions.ListActivities\r\n\r\n{"
    connections = []
    for _ in range(50):
        connection = socket.create_connection(("127.0.0.1", server.port), timeout=10)
        connection.sendall(head)
        connections.append(connection)
    assert server.post("ListActivities", {})[0] == 200
    for connection in connections:
        connection.close()


@pytest.mark.parametrize(
    "path",
    ["$.a[?(@.b == )]", "$..", "$.a[", "$[?(" + "@.a && " * 2000 + "@.b)]", "$" + ".a" * 5000, "$[" + "(" * 5000 + "]"],
)
def test_paths_that_are_none(server, path):
    definition = one({"Type": "Pass", "InputPath": path, "End": True})
    status, _, answer = server.post(
        "CreateStateMachine", {"name": "a", "definition": json.dumps(definition), "roleArn": ROLE}
    )
    assert status == 200 or answer["__type"] == "InvalidDefinition", answer


def test_a_pattern_made_to_be_slow_is_not(server, steps):
    definition = {
        "StartAt": "Ask",
        "States": {
            "Ask": {
                "Type": "Choice",
                "Choices": [{"Variable": "$", "StringMatches": "*a" * 200 + "b", "Next": "Done"}],
                "Default": "Done",
            },
            "Done": {"Type": "Succeed"},
        },
    }
    execution = steps.start(steps.machine(definition), "a" * 100_000)
    assert server.await_end(execution)["status"] == "SUCCEEDED"


def test_keys_that_repeat_and_names_of_odd_characters(server, steps):
    definition = '{"StartAt":"\\u0000\\ud83d\\ude00 x","States":{"\\u0000\\ud83d\\ude00 x":{"Type":"Pass","End":true}}}'
    status, _, answer = server.post("CreateStateMachine", {"name": "odd", "definition": definition, "roleArn": ROLE})
    assert status == 200 or answer["__type"] == "InvalidDefinition", answer
