"""The services that recorded cases call besides Step Functions: moto, and a Lambda API that runs functions.

Here: starting both for a whole run, clients for them, the environment that leads the server to them.
Not here: what a case makes in them (`setup.py`), how their answers differ from AWS's (`mocks.py`).
INVARIANT: only processes started here are ever signalled, each by its own id.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
import time

import boto3
from botocore.config import Config
from moto_server import Moto
from stairway import ROOT, environment

# An access key of 12 digits names the account; this one is moto's own.
ACCOUNT = "123456789012"
REGION = "us-east-1"
LAMBDA_API = ROOT.parent / "shared" / "tools" / "lambda_api.py"


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class LambdaApi:
    """The Lambda API that lies beside the recorded cases, with the functions it runs."""

    def __init__(self):
        self.port = None
        self.process = None

    def start(self):
        self.port = free_port()
        # A session of its own, so that its end ends the functions that still run.
        self.process = subprocess.Popen(
            [sys.executable, LAMBDA_API, "--port", str(self.port), "--account", ACCOUNT],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + 30
        while not self.listens():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise AssertionError("the Lambda API did not come to listen")
            time.sleep(0.02)
        return self

    def listens(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def stop(self):
        if self.process.poll() is None:
            # It removes the folder of its functions when it is asked to end.
            self.process.terminate()
            self.process.wait(timeout=30)
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            # No function was still running.
            pass

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"


class Services:
    """Both of them, as a context: they run from `with` to its end."""

    def __init__(self):
        self.moto = Moto()
        self.functions = LambdaApi()
        self.clients = {}
        self.lock = threading.Lock()

    def __enter__(self):
        self.moto.start()
        try:
            self.functions.start()
        except BaseException:
            self.moto.stop()
            raise
        return self

    def __exit__(self, *_):
        self.functions.stop()
        self.moto.stop()

    def environment(self, own_url):
        """What a client of AWS reads: who calls, and where the services are; `own_url` is the server's."""
        return environment(ACCOUNT) | {
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL": self.moto.url,
            "AWS_ENDPOINT_URL_LAMBDA": self.functions.url,
            "AWS_ENDPOINT_URL_SFN": own_url,
        }

    def client(self, service):
        """A client of boto3; many threads may use it at once, but only one may make it."""
        with self.lock:
            if service not in self.clients:
                self.clients[service] = boto3.client(
                    service,
                    endpoint_url=self.functions.url if service == "lambda" else self.moto.url,
                    region_name=REGION,
                    aws_access_key_id=ACCOUNT,
                    aws_secret_access_key="secret",
                    config=Config(max_pool_connections=32, s3={"addressing_style": "path"}),
                )
            return self.clients[service]
