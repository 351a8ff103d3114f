"""The Lambda functions of the recorded cases: what a behaviour names, as the Python that does it.

INVARIANT: the file is `handler.py` and the function `handler`: stack traces in the recordings show both.
"""

import io
import zipfile

RETURNS_ITS_EVENT = """\
def handler(event, context):
    return event
"""
SAYS_HELLO = """\
def handler(event, context):
    return {"Return": "HelloWorld"}
"""
RETURNS_BYTES = """\
def handler(event, context):
    return b'"HelloWorld!"'
"""
RETURNS_DECORATED_INPUT = """\
def handler(event, context):
    return f"input-event-{event}"
"""
RAISES = """\
def handler(event, context):
    raise Exception("Some exception was raised.")
"""
RAISES_ITS_OWN = """\
class CustomException(Exception):
    pass


def handler(event, context):
    raise CustomException()
"""
RETURNS_TOO_MUCH = """\
def handler(event, context):
    return "a" * (257 * 1024)
"""
WAITS = """\
import time


def handler(event, context):
    time.sleep(60)
    return event
"""
SOURCES = {
    "id_function": RETURNS_ITS_EVENT,
    "echo_function": SAYS_HELLO,
    "return_bytes_str": RETURNS_BYTES,
    "return_decorated_input": RETURNS_DECORATED_INPUT,
    "raise_exception": RAISES,
    "raise_custom_exception": RAISES_ITS_OWN,
    "large_output_string": RETURNS_TOO_MUCH,
    "wait_60_seconds": WAITS,
}


def function(behaviour):
    """What `CreateFunction` needs besides the name."""
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("handler.py", SOURCES[behaviour])
    return {
        "Code": {"ZipFile": code.getvalue()},
        "Handler": "handler.handler",
        "Role": "arn:aws:iam::000000000000:role/function",
        # LIMIT: longer than `wait_60_seconds`, so that only a limit of the recording ends a function.
        "Timeout": 90,
    }
