"""Data directories of every format: a copy of each is opened, says what it said, and its work goes on (I25)."""

import json
import re
import subprocess
import tarfile
from pathlib import Path

import pytest

from golden_data import plain, said
from stairway import Server, Steps, until

ARCHIVES = sorted((Path(__file__).resolve().parent / "golden").glob("format-*.tar.xz"))
FORMAT = re.compile(r"stairway data format (\d+) ")
# The executions of an archive shall be there, and go on, however old it has become.
SETTINGS = "[quotas]\nexecution_seconds = 3153600000\nretention_seconds = 3153600000\n"


@pytest.fixture(params=ARCHIVES, ids=lambda path: path.name.split(".")[0])
def golden(request, executable, tmp_path):
    """A copy of a golden directory: what was said of it, and a server that is not started yet."""
    with tarfile.open(request.param) as tar:
        tar.extractall(tmp_path, filter="data")
    settings = tmp_path / "stairway.toml"
    settings.write_text(SETTINGS)
    server = Server(executable, tmp_path / "data", config=settings)
    yield json.loads((tmp_path / "golden.json").read_text()), server
    if server.is_running():
        server.kill()


def test_there_is_one_for_every_format(executable, tmp_path):
    server = Server(executable, tmp_path / "data").start()
    server.kill()
    newest = int(FORMAT.match((tmp_path / "data" / "format").read_text()).group(1))
    assert [path.name for path in ARCHIVES] == [f"format-{number}.tar.xz" for number in range(1, newest + 1)]


def test_i25_data_of_each_format_opens_and_its_work_goes_on(golden):
    told, server = golden
    steps = Steps(server.start())
    check_what_has_ended(told, steps)
    in_flight = told["in_flight"]
    for execution, history in told["histories"].items():
        assert [plain(event) for event in steps.raw_history(execution)][: len(history)] == history
    # The timer that came due while nobody was there.
    assert server.await_end(in_flight["sleeps"])["status"] == "SUCCEEDED"
    # The worker's token, given by the server of then.
    steps.succeed(told["token"], {"by": "the worker of then"})
    assert server.await_end(in_flight["taken"])["status"] == "SUCCEEDED"
    token, given = steps.poll(told["activities"]["offered"])
    assert given == {"of": "offered"}
    steps.succeed(token)
    assert server.await_end(in_flight["offered"])["status"] == "SUCCEEDED"
    # An Express execution that was acknowledged runs again.
    until(lambda: steps.describe(in_flight["express"])["status"] == "SUCCEEDED")
    assert steps.describe(in_flight["rests"])["status"] == "RUNNING"
    steps.aws.stop_execution(executionArn=in_flight["rests"])
    assert server.await_end(in_flight["rests"])["status"] == "ABORTED"
    # What was taken is taken, and what is new goes beside it.
    with pytest.raises(steps.aws.exceptions.ExecutionAlreadyExists):
        steps.start(told["machines"]["fails"], {"other": True}, name="failed")
    server.await_end(steps.start(told["alias"], name="new"))
    steps = server.restart()
    check_what_has_ended(told, steps)
    assert len(steps.aws.list_executions(stateMachineArn=told["machines"]["ends"])["executions"]) == 7


def test_data_of_each_format_opens_without_its_index(golden, tmp_path):
    told, server = golden
    for path in sorted((tmp_path / "data" / "index").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    (tmp_path / "data" / "index").rmdir()
    steps = Steps(server.start())
    check_what_has_ended(told, steps)
    running = steps.aws.list_executions(stateMachineArn=told["machines"]["rests"], statusFilter="RUNNING")
    assert [row["executionArn"] for row in running["executions"]] == [told["in_flight"]["rests"]]


def test_what_has_ended_in_data_of_each_format_is_forgotten_in_time(golden, tmp_path):
    told, server = golden
    (tmp_path / "stairway.toml").write_text("[quotas]\nexecution_seconds = 3153600000\nretention_seconds = 1\n")
    steps = Steps(server.start())
    until(lambda: not any(is_there(steps, execution) for execution in told["ended"]))
    assert is_there(steps, told["in_flight"]["rests"])


def test_newer_data_is_refused_and_not_touched(executable, tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    (data / "format").write_text("stairway data format 3 and what else a newer one says\n")
    refused = subprocess.run([executable, "serve", "--data-dir", data], capture_output=True, text=True, timeout=30)
    assert refused.returncode == 78
    assert refused.stderr == (
        f"stairway: cannot open the data directory `{data}`: this data directory was written by a newer Stairway "
        "(format 3; this one reads up to 2)\n"
    )
    assert [path.name for path in data.iterdir()] == ["format"]


def is_there(steps, execution):
    try:
        return bool(steps.describe(execution))
    except steps.aws.exceptions.ExecutionDoesNotExist:
        return False


def check_what_has_ended(told, steps):
    for execution, expected in told["ended"].items():
        assert said(steps, execution) == expected
