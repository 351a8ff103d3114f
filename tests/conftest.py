"""Fixtures: the binary, a server per test, short words to talk to it."""

import pytest

import aws_driver
import observing
import stairway
from counterpart import Counterpart
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
def serve(executable, tmp_path):
    """Starts a server that has services outside (`AWS_ENDPOINT_URL` and the like) and functions here."""
    started = []

    def start(config=None, functions=None, **variables):
        if functions:
            config = tmp_path / "stairway.toml"
            config.write_text(stairway.functions_table(functions))
        environment = stairway.environment("test") | variables
        data_dir = tmp_path / f"data-{len(started)}"
        started.append(stairway.Server(executable, data_dir, environment=environment, config=config))
        return started[-1].start()

    yield start
    for server in started:
        if server.is_running():
            server.kill()


@pytest.fixture
def served(serve, tmp_path):
    """Starts a server with settings, and gives `Steps` for it."""

    def start(settings=None, **variables):
        config = None
        if settings:
            config = tmp_path / "stairway.toml"
            config.write_text(observing.toml(settings))
        return stairway.Steps(serve(config=config, **variables))

    return start


@pytest.fixture
def counterpart():
    """A service that counts what it is asked, and answers when it is let."""
    listening = Counterpart().start()
    yield listening
    listening.stop()


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
