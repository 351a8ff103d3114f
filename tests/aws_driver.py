"""The example `drive` of the AWS crate as a child: one JSON order in, one JSON answer out."""

import json
import os
import subprocess

import stairway


def executable():
    """Built with the tests of Rust, or now."""
    build = ["cargo", "build", "--profile", "test", "--package", "stairway-aws", "--example", "drive", "--message-format", "json"]
    built = subprocess.run(build, cwd=stairway.ROOT, check=True, capture_output=True, text=True)
    for line in built.stdout.splitlines():
        message = json.loads(line)
        if message.get("executable") and message["target"]["name"] == "drive":
            return message["executable"]
    raise AssertionError("cargo named no executable")


class Driver:
    def __init__(self, path, variables=None):
        # Nothing of this machine's AWS settings: variables are given, or absent.
        kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
        self.process = subprocess.Popen(
            [path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=kept | (variables or {})
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=30)
        self.process.stdout.close()

    def ask(self, op, **order):
        self.process.stdin.write(json.dumps({"op": op, **order}) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer, f"the driver ended at {op}: {order}"
        return json.loads(answer)
