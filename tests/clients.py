"""The clients that people have, behind one word: boto3, the `aws` command, the JavaScript SDK.

Here: how each is asked for an operation by its name, and its answer as plain JSON. All reach the server as
`localhost`, with the prefix `sync-` before it where the service's model says so: what resolves names for them
leads both here. What they are asked is in scenarios.py.
INVARIANT: no client is changed but in where the server is.
"""

import datetime
import json
import re
import subprocess
import sys
from pathlib import Path

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError

import function_clients
from stairway import environment

AWS = Path(sys.executable).parent / "aws"
TOLD = re.compile(
    r"An error occurred \((\w+)\) when calling the \w+ operation(?: \(reached max retries: \d+\))?: (.*)", re.S
)


class Refused(Exception):
    """An exception of the service: its name and its text."""

    def __init__(self, name, message):
        super().__init__(f"{name}: {message}")
        self.name = name
        self.message = message


class Boto3:
    """A proxy for HTTP is what resolves names: the server itself, which takes requests as proxies do."""

    def __init__(self, server):
        self.client = boto3.client(
            "stepfunctions",
            endpoint_url=f"http://localhost:{server.port}",
            region_name="us-east-1",
            aws_access_key_id="000000000000",
            aws_secret_access_key="secret",
            config=Config(retries={"max_attempts": 0}, read_timeout=75, proxies={"http": server.url}),
        )

    def call(self, operation, request):
        try:
            answer = getattr(self.client, xform_name(operation))(**request)
        except ClientError as error:
            told = error.response["Error"]
            raise Refused(told["Code"], told["Message"]) from error
        answer.pop("ResponseMetadata")
        return json.loads(json.dumps(answer, default=datetime.datetime.isoformat))

    def close(self):
        self.client.close()


class Cli:
    def __init__(self, server):
        self.url = f"http://localhost:{server.port}"
        self.environment = environment() | {"HTTP_PROXY": server.url, "AWS_MAX_ATTEMPTS": "1"}

    def call(self, operation, request):
        words = [AWS, "stepfunctions", xform_name(operation, "-"), "--cli-input-json", json.dumps(request)]
        # Pages as they come, as the other clients have them.
        words += ["--endpoint-url", self.url, "--output", "json", "--no-paginate"]
        done = subprocess.run(
            words, env=self.environment, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL
        )
        if done.returncode != 0:
            told = TOLD.search(done.stderr)
            assert told, done.stderr
            raise Refused(told.group(1), told.group(2).strip())
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def close(self):
        pass


class JavaScript:
    def __init__(self, server, **variables):
        target = Path(server.executable).parent.parent
        folder = function_clients.sdk(target)
        self.process = subprocess.Popen(
            ["node", "call.mjs"],
            cwd=folder,
            env=environment() | {"ENDPOINT": f"http://localhost:{server.port}", "AWS_REGION": "us-east-1"} | variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def call(self, operation, request):
        self.process.stdin.write(json.dumps({"operation": operation, "request": request}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"the client ended at {operation}: {request}"
        told = json.loads(line)
        if "error" in told:
            raise Refused(told["error"], told["message"])
        return told["answer"]

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=30)
        self.process.stdout.close()


ALL = {"boto3": Boto3, "cli": Cli, "javascript": JavaScript}
