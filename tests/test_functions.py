"""Lambda functions without a cloud: handlers with dependencies, under AWS's own runtime clients.

Each test is run with Python and with Node. Functions are invoked through the example program of the
`functions` crate: JSON lines in, JSON lines out.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import uuid

import pytest

import function_clients
from stairway import ROOT, until

# What Lambda takes back from a function, in bytes.
ANSWER_BYTES_MAX = 6_291_556
AT_ONCE = 50
# How long a machine that has much else to do may take for what is waited for.
PATIENCE_SECONDS = 300

# Building Node's runtime client takes its time, once.
pytestmark = pytest.mark.timeout(1_800)


@pytest.fixture(scope="session")
def program():
    return function_clients.invoke_program(ROOT)


@pytest.fixture(params=["python", "node"])
def language(request):
    return request.param


@pytest.fixture
def functions(language, program, tmp_path):
    """Starts the example program with one function of this language; ends it with the test."""
    executable, target = program
    started = []

    def start(handler=None, **settings):
        folder = getattr(function_clients, language)(target)
        if language == "python":
            command = [sys.executable, "-m", "awslambdaric", handler or "app.handler"]
        else:
            command = ["node_modules/.bin/aws-lambda-ric", handler or "index.handler"]
        settings = {"command": command, "directory": str(folder), "timeout_seconds": 600} | settings
        config = tmp_path / f"{uuid.uuid4().hex}.toml"
        # A JSON string, number or list is a TOML one.
        lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
        config.write_text("\n".join(["[functions.handler]", *lines, ""]))
        started.append(Functions(executable, config))
        return started[-1]

    yield start
    for running in started:
        running.end()


class Functions:
    """The example program: asked line by line."""

    def __init__(self, executable, config):
        self.process = subprocess.Popen(
            [executable, config],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.log = []
        threading.Thread(target=self.log.extend, args=(self.process.stderr,), daemon=True).start()

    def ask(self, *events):
        """Sends the events without waiting for any."""
        for event in events:
            self.process.stdin.write(json.dumps({"function": "handler", "payload": event}) + "\n")
        self.process.stdin.flush()

    def answer(self):
        """The next answer of any event."""
        line = self.process.stdout.readline()
        assert line, "the program ended:\n" + "".join(self.log)
        return json.loads(line)

    def invoke(self, event):
        self.ask(event)
        return self.answer()

    def value(self, event):
        answer = self.invoke(event)
        assert answer["status"] == 200 and answer["functionError"] is None, answer
        return json.loads(answer["payload"])

    def failure(self, event):
        answer = self.invoke(event)
        assert (answer["status"], answer["functionError"]) == (200, "Unhandled"), answer
        return json.loads(answer["payload"]), answer

    def end(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            self.process.wait(timeout=60)


def is_gone(pid):
    """Ended, whether or not somebody has waited for it."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(") ")[2].startswith("Z")
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_a_handler_with_dependencies_answers_and_stays_warm(functions, language):
    running = functions()
    answer = running.invoke({"do": "answer"})
    value = json.loads(answer["payload"])
    if language == "python":
        assert value["year"] == 2026
    else:
        assert value["uuid"] == 4
    assert value["requestId"] == answer["requestId"]
    assert value["arn"] == "arn:aws:lambda:us-east-1:123456789012:function:handler"
    assert 0 < value["milliseconds"] <= 600_000
    assert answer["executedVersion"] == "$LATEST"
    assert "asked to answer" in answer["log"]
    assert running.value({"do": "answer"})["pid"] == value["pid"]


def test_an_error_of_the_handler_is_told_in_the_words_of_its_runtime(functions, language):
    document, _ = functions().failure({"do": "raise"})
    assert document["errorMessage"] == "no funds"
    if language == "python":
        assert document["errorType"] == "ValueError"
        assert "in handler\n    raise ValueError" in document["stackTrace"][-1]
    else:
        assert document["errorType"] == "TypeError"
        assert document["trace"][0] == "TypeError: no funds"


def test_a_missing_dependency_fails_each_invocation(functions, language):
    running = functions(handler="broken.handler")
    for _ in range(2):
        document, _ = running.failure({})
        # Node's client gives the loader's own error where an ES module cannot be found.
        assert document["errorType"] == ("Runtime.ImportModuleError" if language == "python" else "Error")
        assert "nobody" in document["errorMessage"], document


def test_a_crash_fails_its_invocation_and_the_next_one_runs(functions):
    running = functions()
    before = running.value({"do": "answer"})["pid"]
    document, answer = running.failure({"do": "crash"})
    assert document == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {answer['requestId']} Error: Runtime exited with error: exit status 7",
    }
    assert running.value({"do": "answer"})["pid"] != before


def test_the_time_limit_kills_what_the_handler_started(functions, tmp_path):
    running = functions(timeout_seconds=2)
    pids = tmp_path / "pids"
    document, answer = running.failure({"do": "loop", "pids": str(pids)})
    assert document == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {answer['requestId']} Error: Task timed out after 2.00 seconds",
    }
    for pid in pids.read_text().split():
        until(lambda pid=pid: is_gone(pid), seconds=PATIENCE_SECONDS)
    assert running.value({"do": "answer"})["pid"] not in map(int, pids.read_text().split())


def test_six_megabytes_come_back_and_no_byte_more(functions):
    running = functions()
    answer = running.invoke({"do": "big", "bytes": ANSWER_BYTES_MAX})
    assert (answer["functionError"], len(answer["payload"])) == (None, ANSWER_BYTES_MAX)
    document, _ = running.failure({"do": "big", "bytes": ANSWER_BYTES_MAX + 1})
    assert document == {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": f"Response payload size exceeded maximum allowed payload size ({ANSWER_BYTES_MAX} bytes).",
    }
    running.value({"do": "answer"})


def test_fifty_run_at_once(functions, tmp_path):
    folder = tmp_path / "here"
    folder.mkdir()
    running = functions(concurrency=AT_ONCE, timeout_seconds=600)
    running.ask(*[{"do": "meet", "folder": str(folder), "count": AT_ONCE}] * AT_ONCE)
    # Nobody answers before all are there.
    answers = [running.answer() for _ in range(AT_ONCE)]
    assert [answer["functionError"] for answer in answers] == [None] * AT_ONCE
    values = [json.loads(answer["payload"]) for answer in answers]
    assert len({value["pid"] for value in values}) == AT_ONCE
    assert all(value["requestId"] == answer["requestId"] for value, answer in zip(values, answers))


def test_fifty_share_four_processes(functions):
    running = functions(concurrency=4)
    running.ask(*[{"do": "answer"}] * AT_ONCE)
    answers = [running.answer() for _ in range(AT_ONCE)]
    assert sorted(answer["line"] for answer in answers) == list(range(AT_ONCE))
    values = [json.loads(answer["payload"]) for answer in answers]
    assert len({value["pid"] for value in values}) <= 4
    assert len({value["requestId"] for value in values}) == AT_ONCE


@pytest.mark.parametrize("with_signal", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_server_leaves_no_process(functions, tmp_path, with_signal):
    running = functions(timeout_seconds=600)
    pids = tmp_path / "pids"
    running.ask({"do": "loop", "pids": str(pids)})
    until(pids.exists, seconds=PATIENCE_SECONDS)
    running.process.send_signal(with_signal)
    running.process.wait(timeout=30)
    for pid in pids.read_text().split():
        until(lambda pid=pid: is_gone(pid), seconds=PATIENCE_SECONDS)


@pytest.mark.parametrize("language", ["node"], indirect=True)
def test_a_streamed_answer_is_collected(functions):
    running = functions(handler="index.stream")
    assert running.value({"do": "answer"}) == {"parts": [1, 2]}
    document, _ = running.failure({"do": "raise"})
    assert document["errorType"] == "TypeError"


def test_the_environment_of_the_server_stays_with_it(functions, language):
    os.environ["SECRET_OF_THE_TESTS"] = "secret"
    try:
        running = functions()
        pid = running.value({"do": "answer"})["pid"]
        with open(f"/proc/{pid}/environ", "rb") as file:
            variables = dict(line.split(b"=", 1) for line in file.read().split(b"\0") if line)
    finally:
        del os.environ["SECRET_OF_THE_TESTS"]
    assert b"SECRET_OF_THE_TESTS" not in variables
    assert variables[b"AWS_LAMBDA_FUNCTION_NAME"] == b"handler"
