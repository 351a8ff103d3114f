"""A service outside: it counts what it is asked, and answers when it is let.

Here: a plain HTTP server whose answer the test chooses. Which protocol it speaks is what the test says.
INVARIANT: a request is counted before it is answered, so that a test can end its asker in between.
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Counterpart:
    def __init__(self):
        self.requests = []
        # What is said: a status and a body; a test changes it.
        self.answer = (200, b"{}")
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.http = None

    def start(self):
        counterpart = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                counterpart.hear(self)

            do_GET = do_PUT = do_DELETE = do_POST

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        return self

    def hear(self, request):
        body = request.rfile.read(int(request.headers.get("Content-Length", 0)))
        self.requests.append(body.decode())
        self.may_answer.wait()
        status, answer = self.answer
        try:
            request.send_response(status)
            request.send_header("Content-Type", "application/x-amz-json-1.0")
            request.send_header("Content-Length", str(len(answer)))
            request.end_headers()
            request.wfile.write(answer)
        except OSError:
            # Who asked has been ended meanwhile.
            request.close_connection = True

    def says(self, document, status=200):
        self.answer = (status, json.dumps(document).encode())

    def stop(self):
        self.may_answer.set()
        self.http.shutdown()
        self.http.server_close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.http.server_address[1]}"
