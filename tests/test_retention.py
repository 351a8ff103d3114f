"""Executions are forgotten some time after their end, and the data directory stops growing."""

import pytest

from machines import PASS, WAIT_LONG, one
from stairway import Steps, until

RETENTION = "[quotas]\nretention_seconds = 1\n"


@pytest.fixture
def forgetful(serve, tmp_path):
    settings = tmp_path / "stairway.toml"
    settings.write_text(RETENTION)
    return serve(config=settings)


def is_there(steps, execution):
    try:
        return bool(steps.describe(execution))
    except steps.aws.exceptions.ExecutionDoesNotExist:
        return False


def test_a_forgotten_execution_does_not_exist_and_its_name_is_free(forgetful):
    steps = Steps(forgetful)
    machine, waits = steps.machine(PASS), steps.machine(WAIT_LONG)
    open_one = steps.start(waits, name="open")
    execution = steps.start(machine, {"n": 1}, name="once")
    until(lambda: not is_there(steps, execution))
    with pytest.raises(steps.aws.exceptions.ExecutionDoesNotExist):
        steps.aws.get_execution_history(executionArn=execution)
    with pytest.raises(steps.aws.exceptions.ExecutionDoesNotExist):
        steps.aws.stop_execution(executionArn=execution)
    assert steps.aws.list_executions(stateMachineArn=machine)["executions"] == []
    assert steps.start(machine, {"n": 2}, name="once") == execution
    assert is_there(steps, open_one)
    steps = forgetful.restart()
    until(lambda: not is_there(steps, execution))
    assert steps.describe(open_one)["status"] == "RUNNING"
    steps.aws.stop_execution(executionArn=open_one)
    until(lambda: not is_there(steps, open_one))


def test_a_data_directory_stops_growing(forgetful):
    """Executions of 40 KiB come and go: of 30 MiB and more that are written, little stays."""
    steps = Steps(forgetful)
    machine = steps.machine(one({"Type": "Pass", "End": True}))
    keeps = steps.start(steps.machine(WAIT_LONG), {"kept": "k" * 1000}, name="keeps")
    history = steps.raw_history(keeps)
    payload = {"much": "x" * 40_000}

    def segments():
        return sorted(path.name for path in forgetful.data_dir.glob("log-0*"))

    first = segments()[0]
    for number in range(800):
        execution = steps.start(machine, payload, name=f"n{number}")
    until(lambda: not is_there(steps, execution))
    until(lambda: first not in segments() and len(segments()) <= 2, seconds=60)
    assert steps.raw_history(keeps) == history
    steps = forgetful.restart()
    assert steps.raw_history(keeps) == history
    assert steps.aws.list_executions(stateMachineArn=machine)["executions"] == []
