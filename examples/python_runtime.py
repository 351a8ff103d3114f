"""Runs a Lambda handler in Python with nothing installed: the Lambda Runtime API in a few lines.

    command = ["python3", "-u", "../python_runtime.py", "app.handler"]

AWS's own client (`pip install awslambdaric`, then `python3 -m awslambdaric app.handler`) runs the same
handlers and does more: the whole context, stack traces, streamed answers. Use it for what you deploy.
"""

import http.client
import importlib
import json
import os
import sys
import types


def ask(method, path, body=None):
    api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    api.request(method, f"/2018-06-01/runtime/invocation/{path}", body)
    answer = api.getresponse()
    return answer.headers, answer.read()


def main(name):
    module, _, function = name.rpartition(".")
    sys.path.insert(0, os.getcwd())
    handler = getattr(importlib.import_module(module), function)
    while True:
        # Waits until there is something to do.
        headers, event = ask("GET", "next")
        request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        context = types.SimpleNamespace(
            aws_request_id=request_id,
            invoked_function_arn=headers["Lambda-Runtime-Invoked-Function-Arn"],
        )
        try:
            ask("POST", f"{request_id}/response", json.dumps(handler(json.loads(event), context)))
        except Exception as error:
            document = {"errorType": type(error).__name__, "errorMessage": str(error)}
            ask("POST", f"{request_id}/error", json.dumps(document))


main(sys.argv[1])
