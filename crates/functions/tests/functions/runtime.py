"""A Lambda runtime in few lines: does what its events say.

Started as: python3 runtime.py [what to do before the first invocation]
"""

import base64
import http.client
import json
import os
import subprocess
import sys
import time

API = os.environ["AWS_LAMBDA_RUNTIME_API"]
BASE = "/2018-06-01/runtime"


def call(method, path, body=None, headers=None, connection=None, **options):
    connection = connection or http.client.HTTPConnection(API)
    connection.request(method, BASE + path, body=body, headers=headers or {}, **options)
    answer = connection.getresponse()
    return answer.status, dict(answer.getheaders()), answer.read()


def say(text):
    print(text, flush=True)


def touch(path):
    open(path, "w").close()


def wait_for(path):
    while not os.path.exists(path):
        time.sleep(0.01)


def chunks_with_trailers(path, chunks, trailers):
    """A streamed answer, written by hand: http.client has no trailers."""
    connection = http.client.HTTPConnection(API)
    connection.putrequest("POST", BASE + path)
    connection.putheader("Transfer-Encoding", "chunked")
    connection.putheader("Lambda-Runtime-Function-Response-Mode", "streaming")
    connection.putheader("Trailer", ", ".join(trailers))
    connection.endheaders()
    for chunk in chunks:
        connection.send(b"%x\r\n%s\r\n" % (len(chunk), chunk))
    lines = "".join(f"{name}: {value}\r\n" for name, value in trailers.items())
    connection.send(b"0\r\n" + lines.encode() + b"\r\n")
    return connection.getresponse().status


def prepare(what):
    if what == "init-error":
        document = {"errorMessage": "no module", "errorType": "Runtime.ImportModuleError", "stackTrace": []}
        headers = {"Lambda-Runtime-Function-Error-Type": "Runtime.ImportModuleError"}
        status, _, _ = call("POST", "/init/error", json.dumps(document), headers)
        say(f"init error {status}")
        sys.exit(1)
    if what == "exit":
        sys.exit(3)
    if what == "hang":
        time.sleep(600)


def work(event, headers):
    """The answer, or None when it was given already."""
    request_id = headers["Lambda-Runtime-Aws-Request-Id"]
    answer, error = f"/invocation/{request_id}/response", f"/invocation/{request_id}/error"
    do = event.get("do") if isinstance(event, dict) else None
    if do == "headers":
        return {name: value for name, value in headers.items() if name.startswith("Lambda-")}
    if do == "environment":
        return dict(os.environ)
    if do == "meet":
        touch(event["mine"])
        for other in event["all"]:
            wait_for(other)
    if do == "wait":
        touch(event["begun"])
        wait_for(event["until"])
    if do == "log":
        say("to stdout")
        print("to stderr", file=sys.stderr, flush=True)
    if do == "exit":
        say("going down")
        os._exit(event["code"])
    if do == "signal":
        os.kill(os.getpid(), event["signal"])
        time.sleep(600)
    if do == "loop":
        child = subprocess.Popen(["sleep", "600"])
        with open(event["pids"] + ".new", "w") as pids:
            pids.write(f"{os.getpid()} {child.pid}")
        os.rename(event["pids"] + ".new", event["pids"])
        while True:
            time.sleep(1)
    if do == "big":
        return "x" * (event["bytes"] - 2)
    if do == "raw":
        call("POST", answer, event["body"])
        return None
    if do == "fail":
        kind = {"Lambda-Runtime-Function-Error-Type": event["type"]}
        call("POST", error, event["body"], kind)
        return None
    if do == "stream":
        body = [part.encode() for part in event["parts"]]
        call("POST", answer, iter(body), {"Transfer-Encoding": "chunked"}, encode_chunked=True)
        return None
    if do == "break-stream":
        document = base64.b64encode(event["body"].encode()).decode()
        trailers = {
            "Lambda-Runtime-Function-Error-Type": event["type"],
            "Lambda-Runtime-Function-Error-Body": document,
        }
        chunks_with_trailers(answer, [b'{"half":'], trailers)
        return None
    if do == "answer-and-exit":
        call("POST", answer, '"last words"')
        os._exit(1)
    if do == "misuse":
        return [
            call("POST", "/invocation/00000000-0000-4000-8000-000000000000/response", "1")[0],
            call("GET", "/invocation/next")[0],
            call("POST", "/init/error", "{}")[0],
            call("GET", "/nowhere")[0],
            call("GET", "/invocation/next", headers={"Host": "evil.example"})[0],
            call("POST", "/init/error", "{}", headers={"Origin": "http://evil.example"})[0],
        ]
    if do == "leave-the-queue":
        call("POST", answer, json.dumps(os.getpid()))
        connection = http.client.HTTPConnection(API)
        connection.request("GET", BASE + "/invocation/next")
        time.sleep(0.2)
        connection.close()
        time.sleep(0.2)
        touch(event["left"])
        wait_for(event["until"])
        os._exit(0)
    return {"pid": os.getpid(), "event": event}


def main():
    say("getting ready")
    prepare(sys.argv[1] if len(sys.argv) > 1 else "")
    while True:
        _, headers, body = call("GET", "/invocation/next")
        result = work(json.loads(body), headers)
        if result is not None:
            request_id = headers["Lambda-Runtime-Aws-Request-Id"]
            call("POST", f"/invocation/{request_id}/response", json.dumps(result))


main()
