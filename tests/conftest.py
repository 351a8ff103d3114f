"""Fixtures: the binary, a server per test, short words to talk to it."""

import pytest

import aws_driver
import stairway
from moto_server import Moto


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


@pytest.fixture(scope="session")
def driver_path():
    return aws_driver.executable()


@pytest.fixture
def driver(driver_path):
    with aws_driver.Driver(driver_path) as running:
        yield running


@pytest.fixture(scope="session")
def moto_server():
    """One server for the tests of a worker: they tell their resources apart by name."""
    running = Moto().start()
    yield running
    running.stop()
