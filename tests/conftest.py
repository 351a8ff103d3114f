"""Fixtures: the binary, a server per test, short words to talk to it."""

import pytest

import stairway


@pytest.fixture(scope="session")
def executable():
    return stairway.binary()


@pytest.fixture
def server(executable, tmp_path):
    """A fresh server with a data directory of its own; ended with the test."""
    running = stairway.Server(executable, tmp_path / "data").start()
    yield running
    if running.is_running():
        running.kill()


@pytest.fixture
def steps(server):
    return stairway.Steps(server)


@pytest.fixture
def aws(server):
    return server.client()
