"""A service outside: it counts what it is asked, and answers when it is let.

Here: a plain HTTP server whose answer the test chooses. Which protocol it speaks is what the test says. Whether
a request is signed as it should be is botocore's word (`Request.is_signed`).
INVARIANT: a request is counted before it is answered, so that a test can end its asker in between.
"""

import datetime
import http.client
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest import mock

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from stairway import until

SIGNATURE = re.compile(r"AWS4-HMAC-SHA256 Credential=([^/]+)/\d+/([^/]+)/([^/]+)/aws4_request, SignedHeaders=([^,]+),")


class Request:
    """What was heard: names of headers in lower case."""

    def __init__(self, method, path, headers, body):
        self.method = method
        self.path = path
        self.headers = {name.lower(): value for name, value in headers.items()}
        self.body = body

    @property
    def key(self):
        """The access key that signed it; None of an unsigned one."""
        found = SIGNATURE.match(self.headers.get("authorization", ""))
        return found and found.group(1)

    @property
    def token(self):
        return self.headers.get("x-amz-security-token")

    def is_signed(self, secret, service, region="us-east-1"):
        """Whether botocore signs the same request alike with this secret."""
        key, signed_region, signed_service, names = SIGNATURE.match(self.headers["authorization"]).groups()
        if (signed_region, signed_service) != (region, service):
            return False
        # These botocore sets by itself.
        given = set(names.split(";")) - {"host", "x-amz-date", "x-amz-security-token"}
        url = f"http://{self.headers['host']}{self.path}"
        headers = {name: self.headers[name] for name in given}
        request = AWSRequest(method=self.method, url=url, headers=headers, data=self.body)
        moment = datetime.datetime.strptime(self.headers["x-amz-date"], "%Y%m%dT%H%M%SZ")
        with mock.patch("botocore.auth.get_current_datetime", return_value=moment):
            SigV4Auth(Credentials(key, secret, self.token), service, region).add_auth(request)
        return request.headers["Authorization"] == self.headers["authorization"]


class Counterpart:
    def __init__(self):
        # The bodies that were heard, and all of each request.
        self.requests = []
        self.heard = []
        # What is said: a status and a body; a test changes it, or says how it follows from the request.
        self.answer = (200, b"{}")
        self.answer_to = None
        # Or who is asked instead; the answer is held back all the same.
        self.upstream = None
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.listening = None

    def start(self):
        counterpart = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                counterpart.hear(self)

            do_GET = do_PUT = do_DELETE = do_POST

            def log_message(self, *_):
                pass

        self.listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.listening.daemon_threads = True
        threading.Thread(target=self.listening.serve_forever, daemon=True).start()
        return self

    def hear(self, request):
        body = request.rfile.read(int(request.headers.get("Content-Length", 0)))
        heard = Request(request.command, request.path, request.headers, body)
        self.heard.append(heard)
        self.requests.append(body.decode())
        forwarded = until(lambda: self.forwarded(request, body)) if self.upstream else None
        self.may_answer.wait()
        status, answer = forwarded or (self.answer_to(heard) if self.answer_to else self.answer)
        try:
            request.send_response(status)
            request.send_header("Content-Type", "application/x-amz-json-1.0")
            request.send_header("Content-Length", str(len(answer)))
            request.end_headers()
            request.wfile.write(answer)
        except OSError:
            # Who asked has been ended meanwhile.
            request.close_connection = True

    def forwarded(self, request, body):
        """The answer of who is upstream now, if it can be reached."""
        upstream = http.client.HTTPConnection(self.upstream, timeout=60)
        try:
            upstream.request(request.command, request.path, body, dict(request.headers))
            answer = upstream.getresponse()
            return answer.status, answer.read()
        except ConnectionRefusedError:
            return None
        finally:
            upstream.close()

    def says(self, document, status=200):
        self.answer = (status, json.dumps(document).encode())

    def stop(self):
        self.may_answer.set()
        self.listening.shutdown()
        self.listening.server_close()

    @property
    def url(self):
        return f"http://{self.address}"

    @property
    def address(self):
        return f"127.0.0.1:{self.listening.server_address[1]}"
