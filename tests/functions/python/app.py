"""A Lambda handler with dependencies, as it would be deployed; it does what its event says."""

import os
import subprocess
import time

from dateutil import parser


def handler(event, context):
    do = event.get("do")
    print(f"asked to {do}")
    if do == "raise":
        raise ValueError("no funds")
    if do == "crash":
        os._exit(7)
    if do == "loop":
        child = subprocess.Popen(["sleep", "600"])
        write_whole(event["pids"], f"{os.getpid()} {child.pid}")
        while True:
            pass
    if do == "big":
        return "x" * (event["bytes"] - 2)
    if do == "meet":
        meet(event["folder"], event["count"], context.aws_request_id)
    return {
        "pid": os.getpid(),
        "year": parser.parse("November 22nd, 2026").year,
        "requestId": context.aws_request_id,
        "arn": context.invoked_function_arn,
        "milliseconds": context.get_remaining_time_in_millis(),
    }


def meet(folder, count, name):
    """Returns only when as many handlers are here at the same time."""
    write_whole(os.path.join(folder, name), "")
    while len(os.listdir(folder)) < count:
        time.sleep(0.05)


def write_whole(path, text):
    with open(path + ".new", "w") as file:
        file.write(text)
    os.rename(path + ".new", path)
