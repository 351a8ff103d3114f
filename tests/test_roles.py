"""Whose credentials a call goes with: sessions of the state machine's role and of the task's.

Moto's STS says who a session's key belongs to. Where it matters what STS is asked, or that it refuses, STS is
a counterpart that keeps its sessions in view.
"""

import json
import urllib.parse
import uuid

import boto3
import pytest

from counterpart import Counterpart
from machines import call, one, task
from stairway import ROLE, Steps, until

TELLER = "arn:aws:iam::111111111111:role/teller"
ITEM = {"TableName": "t", "Key": {"id": {"S": "lamp"}}}
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:charge"
ASSUMED = """<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>{key}</AccessKeyId>
<SecretAccessKey>secret-of-{key}</SecretAccessKey><SessionToken>token-of-{key}</SessionToken>
<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"""
DENIED = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you</Message></Error></ErrorResponse>"


class Sts(Counterpart):
    """Gives a session to whoever asks, but for roles that a test denies."""

    def __init__(self):
        super().__init__()
        self.denied = set()
        self.answer_to = self.assume

    def assume(self, request):
        asked = asked_of(request)
        if asked["RoleArn"] in self.denied:
            return 403, DENIED.encode()
        key = f"{asked['RoleArn'].rsplit('/')[-1]}{len(self.heard)}"
        return 200, ASSUMED.format(key=key).encode()

    @property
    def asked(self):
        return [asked_of(request) for request in self.heard]


def asked_of(request):
    return dict(urllib.parse.parse_qsl(request.body.decode()))


@pytest.fixture
def sts():
    listening = Sts().start()
    yield listening
    listening.stop()


@pytest.fixture
def config(tmp_path):
    file = tmp_path / "roles.toml"
    file.write_text("assume_roles = true\n")
    return file


@pytest.fixture
def steps(serve, config, sts, counterpart):
    """A server that assumes roles at `sts`, and whose other services are all the counterpart."""
    return Steps(serve(config, AWS_ENDPOINT_URL=counterpart.url, AWS_ENDPOINT_URL_STS=sts.url))


def get_item(**fields):
    return call("dynamodb:getItem", ITEM, **fields)


def as_teller(definition):
    definition["States"]["Only"]["Credentials"] = {"RoleArn": TELLER}
    return definition


def test_a_call_goes_as_the_role_of_its_machine(serve, config, moto_server, counterpart):
    steps = Steps(serve(config, AWS_ENDPOINT_URL=counterpart.url, AWS_ENDPOINT_URL_STS=moto_server.url))
    machine = steps.machine(get_item(), name=f"orders-{uuid.uuid4().hex[:8]}")
    steps.server.await_end(steps.start(machine))
    (asked,) = counterpart.heard
    assert asked.key != "test" and asked.token
    session = boto3.client(
        "sts",
        endpoint_url=moto_server.url,
        region_name="us-east-1",
        aws_access_key_id=asked.key,
        aws_secret_access_key="secret",
    )
    name = machine.rsplit(":")[-1]
    assert session.get_caller_identity()["Arn"].endswith(f":assumed-role/stairway/stairway-{name}")


def test_without_the_switch_roles_are_names(serve, sts, counterpart):
    steps = Steps(serve(AWS_ENDPOINT_URL=counterpart.url, AWS_ENDPOINT_URL_STS=sts.url))
    execution = steps.run(as_teller(get_item()))
    assert steps.describe(execution)["status"] == "SUCCEEDED"
    assert steps.details(execution, "TaskScheduled")["taskCredentials"] == {"roleArn": TELLER}
    (asked,) = counterpart.heard
    assert (asked.key, asked.token, sts.heard) == ("test", None, [])


def test_a_session_is_asked_for_once_and_names_its_machine(steps, sts, counterpart):
    machine = steps.machine(get_item(), name="orders")
    for _ in range(3):
        steps.server.await_end(steps.start(machine))
    (asked,) = sts.asked
    assert (asked["Action"], asked["RoleArn"]) == ("AssumeRole", ROLE)
    assert (asked["RoleSessionName"], asked["ExternalId"]) == ("stairway-orders", machine)
    assert [request.key for request in counterpart.heard] == ["stairway1"] * 3
    for request in counterpart.heard:
        assert request.token == "token-of-stairway1"
        assert request.is_signed("secret-of-stairway1", "dynamodb")


IN_ANY_FORM = [
    ("dynamodb:getItem", get_item(), "dynamodb"),
    ("aws-sdk", call("aws-sdk:secretsmanager:getSecretValue", {"SecretId": "a"}), "secretsmanager"),
    ("lambda:invoke", call("lambda:invoke", {"FunctionName": "charge", "Payload": {}}), "lambda"),
    ("function ARN", one(task(FUNCTION)), "lambda"),
]


@pytest.mark.parametrize("name, definition, service", IN_ANY_FORM, ids=[row[0] for row in IN_ANY_FORM])
def test_the_role_of_a_task_is_assumed_by_that_of_its_machine(steps, sts, counterpart, name, definition, service):
    machine = steps.machine(as_teller(definition))
    execution = steps.start(machine)
    assert steps.server.await_end(execution)["status"] == "SUCCEEDED", steps.describe(execution)
    assert [(asked["RoleArn"], asked["ExternalId"]) for asked in sts.asked] == [(ROLE, machine), (TELLER, machine)]
    assert [request.key for request in sts.heard] == ["test", "stairway1"]
    assert sts.heard[1].is_signed("secret-of-stairway1", "sts")
    (asked,) = counterpart.heard
    assert (asked.key, asked.token) == ("teller2", "token-of-teller2")
    assert asked.is_signed("secret-of-teller2", service)
    kind = "LambdaFunctionScheduled" if name == "function ARN" else "TaskScheduled"
    assert steps.details(execution, kind)["taskCredentials"] == {"roleArn": TELLER}


@pytest.mark.parametrize(
    "language, credentials",
    [("JSONPath", {"RoleArn.$": "$.role"}), ("JSONata", {"RoleArn": "{% $states.input.role %}"})],
)
def test_the_role_of_a_task_can_come_from_its_input(steps, sts, language, credentials):
    fields = {"Arguments" if language == "JSONata" else "Parameters": ITEM, "Credentials": credentials}
    definition = one(task("arn:aws:states:::dynamodb:getItem", QueryLanguage=language, **fields))
    execution = steps.run(definition, {"role": TELLER})
    assert steps.describe(execution)["status"] == "SUCCEEDED"
    assert [asked["RoleArn"] for asked in sts.asked] == [ROLE, TELLER]


def test_a_task_whose_role_is_denied_fails_in_awss_words_and_calls_nobody(steps, sts, counterpart):
    sts.denied = {TELLER}
    execution = steps.run(as_teller(get_item()))
    ended = steps.describe(execution)
    assert ended["error"] == "States.TaskFailed"
    assert ended["cause"] == f"The role {ROLE} is not authorized to assume the task state's role, {TELLER}."
    assert steps.types(execution)[2:] == ["TaskScheduled", "TaskStarted", "TaskFailed", "ExecutionFailed"]
    assert counterpart.heard == []


def test_a_machine_whose_role_is_denied_calls_nobody(steps, sts, counterpart):
    sts.denied = {ROLE}
    for definition in (get_item(), as_teller(get_item())):
        ended = steps.describe(steps.run(definition))
        assert ended["error"] == "States.TaskFailed"
        assert ended["cause"] == f"the role {ROLE} cannot be assumed: status 403, AccessDenied: not you"
    assert counterpart.heard == []


def test_a_token_task_whose_role_is_denied_is_not_submitted(steps, sts, counterpart):
    sts.denied = {TELLER}
    body = {"QueueUrl": "http://127.0.0.1/1/queue", "MessageBody.$": "$$.Task.Token"}
    execution = steps.run(as_teller(call("sqs:sendMessage.waitForTaskToken", body)))
    assert steps.types(execution)[2:] == ["TaskScheduled", "TaskStarted", "TaskSubmitFailed", "ExecutionFailed"]
    assert counterpart.heard == []


def test_a_session_that_a_service_calls_expired_is_replaced_within_the_attempt(steps, sts, counterpart):
    expired = json.dumps({"__type": "com.amazon.coral.service#ExpiredTokenException", "message": "late"}).encode()
    counterpart.answer_to = lambda request: (400, expired) if request.key == "stairway1" else (200, b"{}")
    execution = steps.run(get_item())
    assert steps.describe(execution)["status"] == "SUCCEEDED"
    assert [request.key for request in counterpart.heard] == ["stairway1", "stairway2"]
    assert [asked["RoleArn"] for asked in sts.asked] == [ROLE, ROLE]
    assert steps.types(execution).count("TaskScheduled") == 1


def test_a_session_that_is_expired_again_is_the_failure_of_the_task(steps, sts, counterpart):
    counterpart.says({"__type": "ExpiredTokenException", "message": "late"}, status=400)
    ended = steps.describe(steps.run(get_item()))
    assert ended["error"] == "DynamoDB.AmazonDynamoDBException" and "ExpiredTokenException" in ended["cause"]
    assert len(counterpart.heard) == 2


def test_a_call_that_is_sent_again_after_a_kill_goes_as_the_same_role(steps, sts, counterpart):
    counterpart.may_answer.clear()
    definition = as_teller(get_item())
    definition["States"]["Only"]["Credentials"] = {"RoleArn.$": "$.role"}
    execution = steps.start(steps.machine(definition), {"role": TELLER})
    until(lambda: counterpart.heard)
    steps = steps.server.restart()
    counterpart.may_answer.set()
    assert steps.server.await_end(execution)["status"] == "SUCCEEDED"
    assert [request.key for request in counterpart.heard] == ["teller2", "teller4"]
    assert steps.details(execution, "TaskScheduled")["taskCredentials"] == {"roleArn": TELLER}


def api(counterpart, auth, **parameters):
    return call(
        "apigateway:invoke",
        {"ApiEndpoint": counterpart.address, "Method": "POST", "AuthType": auth, **parameters},
    )


def test_a_request_to_an_api_is_signed_as_the_role_of_the_machine(steps, sts, counterpart):
    asked = {"Stage": "prod", "Path": "orders/7", "RequestBody": {"sku": "lämp"}}
    more = {"QueryParameters": {"b": ["2", "1"], "a+": ["x y"]}, "Headers": {"X-Mine": ["one"]}}
    execution = steps.run(api(counterpart, "IAM_ROLE", **asked, **more))
    assert steps.describe(execution)["status"] == "SUCCEEDED", steps.describe(execution)
    (request,) = counterpart.heard
    assert (request.method, request.path) == ("POST", "/prod/orders/7?b=2&b=1&a%2B=x%20y")
    assert (request.key, request.token) == ("stairway1", "token-of-stairway1")
    assert request.is_signed("secret-of-stairway1", "execute-api")
    assert not request.is_signed("another secret", "execute-api")
    assert json.loads(request.body) == {"sku": "lämp"}


def test_an_api_with_a_resource_policy_is_asked_as_the_server_itself(steps, sts, counterpart):
    steps.run(api(counterpart, "RESOURCE_POLICY"))
    (request,) = counterpart.heard
    assert (request.key, request.token, sts.heard) == ("test", None, [])
    assert request.is_signed("secret", "execute-api")


def test_an_api_without_authorization_is_asked_without_a_signature(steps, sts, counterpart):
    steps.run(api(counterpart, "NO_AUTH"))
    (request,) = counterpart.heard
    assert (request.key, sts.heard) == (None, [])


def test_where_roles_are_names_an_api_is_asked_as_the_server(serve, counterpart):
    steps = Steps(serve(AWS_ENDPOINT_URL=counterpart.url))
    steps.run(api(counterpart, "IAM_ROLE"))
    (request,) = counterpart.heard
    assert request.key == "test" and request.is_signed("secret", "execute-api")


def test_the_role_of_a_task_is_not_for_a_signed_request(steps, counterpart):
    ended = steps.describe(steps.run(as_teller(api(counterpart, "IAM_ROLE"))))
    assert ended["error"] == "States.Runtime" and "Credentials cannot be used" in ended["cause"]
    assert counterpart.heard == []


@pytest.mark.parametrize("resource", ["states:startExecution.sync:2", "aws-sdk:sfn:startExecution"])
def test_the_account_of_a_tasks_role_is_the_one_that_its_child_is_looked_for_in(serve, resource):
    """Its own API asks nobody for a session: the account is all that there is of a role."""
    parent = Steps(serve())
    child = Steps(parent.server, account="111111111111")
    machine = child.machine(one({"Type": "Pass", "Result": 7, "End": True}))
    definition = call(resource, {"StateMachineArn": machine})
    alone = parent.describe(parent.run(definition))
    assert (alone["status"], alone["error"].split(".")[1]) == ("FAILED", "StateMachineDoesNotExistException"), alone
    execution = parent.run(as_teller(definition))
    assert parent.describe(execution)["status"] == "SUCCEEDED", parent.describe(execution)
    assert len(child.aws.list_executions(stateMachineArn=machine)["executions"]) == 1
