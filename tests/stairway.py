"""The real server under test: started, asked, stopped, killed.

Here: the process and plain ways to talk to it. What it should answer is in the tests.
INVARIANT: only processes started here are ever signalled, each by its own id.
"""

import http.client
import json
import os
import re
import signal
import subprocess
import threading
import uuid
from pathlib import Path
from urllib.parse import quote

import boto3
from botocore.config import Config

ROOT = Path(__file__).resolve().parent.parent
ROLE = "arn:aws:iam::000000000000:role/stairway"
READY = re.compile(r"stairway is listening on (https?)://[\d.]+:(\d+)")


def binary():
    """The release binary: given by `cargo xtask`, or built now."""
    given = os.environ.get("STAIRWAY_BINARY")
    if given:
        return Path(given)
    subprocess.run(["cargo", "build", "--release", "--package", "stairway"], cwd=ROOT, check=True)
    metadata = subprocess.run(
        ["cargo", "metadata", "--no-deps", "--format-version", "1"], cwd=ROOT, check=True, capture_output=True
    )
    return Path(json.loads(metadata.stdout)["target_directory"]) / "release" / "stairway"


def environment(account="000000000000"):
    """A clean environment for the AWS tools: an access key of 12 digits names the account."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return kept | {
        "AWS_ACCESS_KEY_ID": account,
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
    }


def functions_table(functions):
    """Settings with these functions: a JSON string, number or list is a TOML one."""
    lines = []
    for name, settings in functions.items():
        lines += [f"[functions.{name}]", *(f"{key} = {json.dumps(value)}" for key, value in settings.items())]
    return "\n".join([*lines, ""])


class Server:
    """One `stairway serve` on a port of its own and a data directory of its own."""

    def __init__(self, executable, data_dir, port=0, environment=None, config=None, arguments=()):
        """`port` is given when it must be known before the start, `environment` when it must not be ours.

        `arguments` are further ones of `serve`; a `--listen` among them takes the place of ours.
        """
        self.executable = executable
        self.data_dir = data_dir
        self.asked_port = port
        self.environment = environment
        self.config = config
        self.arguments = arguments
        self.scheme = None
        self.port = None
        self.process = None
        self.errors = []

    def start(self):
        settings = ["--config", self.config] if self.config else []
        listen = [] if "--listen" in self.arguments else ["--listen", f"127.0.0.1:{self.asked_port}"]
        self.process = subprocess.Popen(
            [self.executable, "serve", *listen, "--data-dir", self.data_dir, *settings, *self.arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for line in self.process.stderr:
            self.errors.append(line)
            ready = READY.search(line)
            if ready:
                self.scheme, self.port = ready.group(1), int(ready.group(2))
                break
        else:
            raise AssertionError("the server ended before it listened:\n" + "".join(self.errors))
        # Whatever it says from now on is kept, so that it never waits for a reader.
        threading.Thread(target=self.errors.extend, args=(self.process.stderr,), daemon=True).start()
        return self

    def stop(self, with_signal=signal.SIGTERM):
        """Asks the server to end; its exit code."""
        self.process.send_signal(with_signal)
        return self.process.wait(timeout=30)

    def kill(self):
        self.process.kill()
        self.process.wait(timeout=30)

    def restart(self):
        """As after a loss of power: nothing is said to the old process."""
        self.kill()
        return Steps(self.start())

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    @property
    def url(self):
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def client(self, account="000000000000", region="us-east-1"):
        return boto3.client(
            "stepfunctions",
            endpoint_url=self.url,
            region_name=region,
            aws_access_key_id=account,
            aws_secret_access_key="secret",
            config=Config(retries={"max_attempts": 0}, read_timeout=75, parameter_validation=False),
        )

    def http(self, method, path, body=b"", headers=None, timeout=75):
        """One plain HTTP request: status, headers (names in lower case), body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, text
        finally:
            connection.close()

    def post(self, operation, body):
        """One AWS JSON request without a signature: status, headers, the JSON of the answer."""
        headers = {"Content-Type": "application/x-amz-json-1.0"}
        if operation is not None:
            headers["X-Amz-Target"] = f"AWSStepFunctions.{operation}"
        payload = body if isinstance(body, (bytes, str)) else json.dumps(body)
        status, answer_headers, text = self.http("POST", "/", payload, headers)
        return status, answer_headers, json.loads(text) if text else {}

    def end(self, arn, wait=60):
        """Waits for the end of an execution (Stairway's extension): status and answer."""
        status, _, text = self.http("GET", f"/stairway/executions/{quote(arn, safe=':')}/end?wait={wait}")
        return status, json.loads(text) if text else {}

    def await_end(self, arn):
        status, answer = self.end(arn)
        assert status == 200, answer
        assert answer["status"] != "RUNNING", "the execution did not end in time"
        return answer


class Steps:
    """Short words for what most tests do: a machine, an execution, its history."""

    def __init__(self, server, account="000000000000"):
        self.server = server
        self.aws = server.client(account)

    def machine(self, definition, **options):
        text = definition if isinstance(definition, str) else json.dumps(definition)
        name = options.pop("name", None) or f"machine-{uuid.uuid4().hex[:8]}"
        return self.aws.create_state_machine(name=name, definition=text, roleArn=ROLE, **options)["stateMachineArn"]

    def start(self, machine, payload=None, **options):
        text = "{}" if payload is None else json.dumps(payload)
        return self.aws.start_execution(stateMachineArn=machine, input=text, **options)["executionArn"]

    def run(self, definition, payload=None):
        """Runs a definition to its end: the ARN of the execution."""
        execution = self.start(self.machine(definition), payload)
        self.server.await_end(execution)
        return execution

    def describe(self, execution):
        return self.aws.describe_execution(executionArn=execution)

    def output(self, execution):
        return json.loads(self.describe(execution)["output"])

    def activity(self, name=None):
        return self.aws.create_activity(name=name or f"activity-{uuid.uuid4().hex[:8]}")["activityArn"]

    def poll(self, activity, **options):
        """The next task of an activity: token and input."""
        task = self.aws.get_activity_task(activityArn=activity, **options)
        assert task.get("taskToken"), "no task came"
        return task["taskToken"], json.loads(task["input"])

    def succeed(self, token, output=None):
        self.aws.send_task_success(taskToken=token, output=json.dumps({} if output is None else output))

    def raw_history(self, execution):
        pages = self.aws.get_paginator("get_execution_history").paginate(executionArn=execution)
        return [event for page in pages for event in page["events"]]

    def history(self, execution):
        return [flat(event) for event in self.raw_history(execution)]

    def chain(self, execution):
        """The history without its details: (id, previous, type)."""
        return [event[:3] for event in self.history(execution)]

    def types(self, execution):
        return [event["type"] for event in self.raw_history(execution)]

    def details(self, execution, event_type):
        """The details of the only event of this type."""
        (found,) = [event[3] for event in self.history(execution) if event[2] == event_type]
        return found

    def until_event(self, execution, event_type):
        """Waits until an event of this type is recorded."""
        until(lambda: event_type in self.types(execution))


def flat(event):
    """An event as (id, previous, type, details): the details by one rule, checked on the way.

    There is at most one member with details, it belongs to the type, and next to each payload
    stands the member that says that nothing was cut off.
    """
    names = [name for name in event if name not in ("id", "previousEventId", "timestamp", "type")]
    assert len(names) <= 1, f"one member with details at most: {event}"
    details = {}
    for name in names:
        assert name == details_member(event["type"]), f"the details belong to the type: {event}"
        details = dict(event[name])
    for payload, beside in (("input", "inputDetails"), ("output", "outputDetails")):
        if payload in details:
            assert details.pop(beside) == {"truncated": False}, event
            details[payload] = json.loads(details[payload])
    return event["id"], event["previousEventId"], event["type"], details


def details_member(event_type):
    if event_type.endswith("StateEntered"):
        return "stateEnteredEventDetails"
    if event_type.endswith("StateExited"):
        return "stateExitedEventDetails"
    return event_type[0].lower() + event_type[1:] + "EventDetails"


def until(claim, seconds=20):
    """Waits until something outside our control holds; fails when it does not in time."""
    import time

    deadline = time.monotonic() + seconds
    while True:
        value = claim()
        if value:
            return value
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)
