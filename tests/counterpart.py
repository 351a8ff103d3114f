"""A service outside: it counts what it is asked, and answers when it is let.

Here: a plain HTTP server whose answer the test chooses. Which protocol it speaks is what the test says.
INVARIANT: a request is counted before it is answered, so that a test can end its asker in between.
"""

import http.client
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from stairway import until


class Counterpart:
    def __init__(self):
        self.requests = []
        # What is said: a status and a body; a test changes it.
        self.answer = (200, b"{}")
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
        self.requests.append(body.decode())
        forwarded = until(lambda: self.forwarded(request, body)) if self.upstream else None
        self.may_answer.wait()
        status, answer = forwarded or self.answer
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
