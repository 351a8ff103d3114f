"""Page tokens: opaque, bound to caller, operation and query, good for a day and after a restart."""

import base64
import json

import pytest
from botocore.exceptions import ClientError

from machines import PASS
from stairway import Server, Steps, environment

INVALID = ("InvalidToken", "Invalid Token: 'Invalid token'")


@pytest.fixture(scope="module")
def full(executable, tmp_path_factory):
    """A server with three of everything that is listed."""
    server = Server(executable, tmp_path_factory.mktemp("tokens"), environment=environment()).start()
    yield Full(server)
    server.kill()


class Full:
    def __init__(self, server):
        self.server = server
        self.steps = steps = Steps(server)
        self.machine = steps.machine(PASS, name="listed")
        self.other = steps.machine(PASS, name="other")
        steps.machine(PASS, name="third")
        for number in range(3):
            steps.activity(f"activity-{number}")
            definition = json.dumps(PASS | {"Comment": str(number)})
            steps.aws.update_state_machine(stateMachineArn=self.machine, definition=definition)
            version = steps.aws.publish_state_machine_version(stateMachineArn=self.machine)["stateMachineVersionArn"]
            routes = [{"stateMachineVersionArn": version, "weight": 100}]
            steps.aws.create_state_machine_alias(name=f"alias-{number}", routingConfiguration=routes)
            self.execution = steps.start(self.machine)
            server.await_end(self.execution)

    def pages(self):
        """Each operation with pages: its arguments, and another query of the same kind."""
        machine, other = {"stateMachineArn": self.machine}, {"stateMachineArn": self.other}
        return {
            "ListStateMachines": ({}, None),
            "ListActivities": ({}, None),
            "ListExecutions": (machine, machine | {"statusFilter": "SUCCEEDED"}),
            "ListStateMachineVersions": (machine, other),
            "ListStateMachineAliases": (machine, other),
            "GetExecutionHistory": (
                {"executionArn": self.execution},
                {"executionArn": self.execution, "reverseOrder": True},
            ),
        }

    def ask(self, operation, arguments, account="000000000000", region="us-east-1"):
        client = self.server.client(account, region)
        method = "".join(f"_{c.lower()}" if c.isupper() else c for c in operation).lstrip("_")
        try:
            return getattr(client, method)(**arguments)
        except ClientError as refusal:
            error = refusal.response["Error"]
            return error["Code"], error["Message"]

    def token(self, operation):
        return self.ask(operation, self.pages()[operation][0] | {"maxResults": 1})["nextToken"]


OPERATIONS = [
    "ListStateMachines",
    "ListActivities",
    "ListExecutions",
    "ListStateMachineVersions",
    "ListStateMachineAliases",
    "GetExecutionHistory",
]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_token_leads_on_from_page_to_page_in_any_size(full, operation):
    arguments, _ = full.pages()[operation]
    (members,) = [value for value in full.ask(operation, arguments).values() if isinstance(value, list)]
    found, token, size = [], {}, 1
    while True:
        page = full.ask(operation, arguments | token | {"maxResults": size})
        (part,) = [value for value in page.values() if isinstance(value, list)]
        assert 0 < len(part) <= size
        found += part
        if "nextToken" not in page:
            break
        token, size = {"nextToken": page["nextToken"]}, size + 1
    assert found == members and len(found) >= 3


@pytest.mark.parametrize("operation", OPERATIONS)
def test_token_of_another_caller_is_refused(full, operation):
    arguments = full.pages()[operation][0] | {"nextToken": full.token(operation)}
    for stranger in ({"account": "111111111111"}, {"region": "eu-west-1"}):
        refused = full.ask(operation, arguments, **stranger)
        # What a stranger asks about is not even there; where it is, the token is what is wrong.
        assert refused == INVALID or refused[0].endswith("DoesNotExist"), refused
    if operation in ("ListStateMachines", "ListActivities"):
        assert full.ask(operation, arguments, account="111111111111") == INVALID


@pytest.mark.parametrize("operation", OPERATIONS)
def test_token_of_another_query_or_operation_is_refused(full, operation):
    arguments, another = full.pages()[operation]
    if another:
        assert full.ask(operation, another | {"nextToken": full.token(operation)}) == INVALID
    for foreign in OPERATIONS:
        if foreign != operation:
            assert full.ask(operation, arguments | {"nextToken": full.token(foreign)}) == INVALID


@pytest.mark.parametrize("operation", OPERATIONS)
def test_token_that_was_changed_is_refused(full, operation):
    arguments, token = full.pages()[operation][0], full.token(operation)
    content = bytearray(base64.urlsafe_b64decode(token + "=="))
    # The moment of its issue is inside, and nobody can make it younger.
    content[8] ^= 1
    younger = base64.urlsafe_b64encode(bytes(content)).decode().rstrip("=")
    for forged in (younger, token[:-4], token + "AAAA", "garbage", token[::-1]):
        assert full.ask(operation, arguments | {"nextToken": forged}) == INVALID


def test_token_says_nothing_of_what_is_listed(full):
    for operation in OPERATIONS:
        token = full.token(operation)
        assert "listed" not in token and len(token) <= 1024


def test_tokens_stay_good_after_a_restart(executable, tmp_path):
    server = Server(executable, tmp_path / "data", environment=environment()).start()
    try:
        before = Full(server)
        asked = {name: before.pages()[name][0] | {"nextToken": before.token(name)} for name in OPERATIONS}
        pages = {name: content(before.ask(name, arguments)) for name, arguments in asked.items()}
        server.restart()
        assert {name: content(before.ask(name, arguments)) for name, arguments in asked.items()} == pages
    finally:
        server.kill()


def content(page):
    return {key: value for key, value in page.items() if key not in ("ResponseMetadata", "nextToken")}
