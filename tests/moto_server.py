"""Moto's server: many AWS services in one process, for tests that call them.

Here: starting it on a free port and ending it. Which calls it should answer is in the tests.
INVARIANT: only the process started here is ever signalled, by its own id.
"""

import re
import subprocess
import sys
import threading

import boto3

READY = re.compile(r"Running on http://127\.0\.0\.1:(\d+)")


class Moto:
    def __init__(self):
        self.process = None
        self.port = None
        self.said = []

    def start(self):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for line in self.process.stderr:
            self.said.append(line)
            ready = READY.search(line)
            if ready:
                self.port = int(ready.group(1))
                break
        else:
            raise AssertionError("moto ended before it listened:\n" + "".join(self.said))
        # Whatever it says from now on is kept, so that it never waits for a reader.
        threading.Thread(target=self.said.extend, args=(self.process.stderr,), daemon=True).start()
        return self

    def stop(self):
        self.process.kill()
        self.process.wait(timeout=30)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def client(self, service):
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
