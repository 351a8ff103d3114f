"""The clients people have, unmodified: each takes the same tour of all operations."""

import pytest

import clients
import scenarios
from test_operations import BUILT


@pytest.fixture(params=list(clients.ALL))
def client(request, server):
    made = clients.ALL[request.param](server)
    yield made
    made.close()


@pytest.mark.timeout(600)
def test_the_tour_of_all_operations(client):
    answered, exceptions = scenarios.walk(client, scenarios.TOUR)
    assert answered == BUILT
    print(f"{len(scenarios.TOUR)} steps, {len(answered)} operations, {len(exceptions)} exceptions")


@pytest.mark.parametrize("tool", list(scenarios.TOOLS))
def test_what_tools_ask_for_in_their_order(server, tool):
    client = clients.Boto3(server)
    scenarios.walk(client, scenarios.TOOLS[tool])
    client.close()
