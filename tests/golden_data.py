"""Makes a golden data directory: what a server of this version leaves behind when it is killed with work in flight.

    golden_data.py BINARY ARCHIVE

The archive holds the directory and `golden.json`: what the server had said of everything in it. Each format of the
data has one, made once by a version that wrote it; `tests/test_golden.py` opens copies of all of them for ever.
"""

import io
import json
import sys
import tarfile
import tempfile
import time
from pathlib import Path

from machines import PASS, chain, one, task
from stairway import Server, Steps, until

# LIMIT: bytes of an archive; it stays in the repository for ever.
ARCHIVE_BYTES_MAX = 200_000
# Another process's lock says nothing about a copy.
LEFT_OUT = {"lock", "front"}


def plain(answer):
    """An answer of boto3 as JSON has it."""
    answer = {key: value for key, value in answer.items() if key != "ResponseMetadata"}
    return json.loads(json.dumps(answer, default=lambda moment: moment.timestamp()))


def live(steps):
    """Executions in every state that a data directory can hold; what the server says of them."""
    offered, taken, idle = steps.activity("offered"), steps.activity("taken"), steps.activity("idle")
    machines = {
        "ends": steps.machine(chain(A={"Type": "Pass", "Result": [1, "two"]}, B={"Type": "Succeed"}), name="ends"),
        "fails": steps.machine(one({"Type": "Fail", "Error": "Golden", "Cause": "as it should"}), name="fails"),
        "sleeps": steps.machine(one({"Type": "Wait", "Seconds": 4, "End": True}), name="sleeps"),
        "rests": steps.machine(one(task(idle)), name="rests"),
        "offered": steps.machine(one(task(offered)), name="offered"),
        "taken": steps.machine(one(task(taken, TimeoutSeconds=99999999)), name="taken"),
        "express": steps.machine(one({"Type": "Wait", "Seconds": 2, "End": True}), name="express", type="EXPRESS"),
    }
    version = steps.aws.publish_state_machine_version(stateMachineArn=machines["ends"])["stateMachineVersionArn"]
    route = [{"stateMachineVersionArn": version, "weight": 100}]
    alias = steps.aws.create_state_machine_alias(name="live", routingConfiguration=route)["stateMachineAliasArn"]
    gone = steps.machine(PASS, name="gone")
    steps.server.await_end(steps.start(gone, name="of-the-deleted"))
    steps.aws.delete_state_machine(stateMachineArn=gone)
    ended = [steps.start(machines["ends"], {"n": n}, name=f"ended-{n}") for n in range(5)]
    ended += [steps.start(alias, name="through-the-alias"), steps.start(machines["fails"], name="failed")]
    aborted = steps.start(machines["rests"], name="aborted")
    steps.aws.stop_execution(executionArn=aborted, error="Stopped", cause="by hand")
    for execution in ended:
        steps.server.await_end(execution)
    in_flight = {name: steps.start(machines[name], {"of": name}, name=name) for name in ("rests", "offered", "taken")}
    token, _ = steps.poll(taken)
    until(lambda: "ActivityStarted" in steps.types(in_flight["taken"]))
    in_flight["sleeps"] = steps.start(machines["sleeps"], name="sleeps")
    in_flight["express"] = steps.start(machines["express"], name="express")
    readable = [execution for name, execution in in_flight.items() if name != "express"]
    return {
        "machines": machines,
        "alias": alias,
        "activities": {"offered": offered, "taken": taken},
        "token": token,
        "ended": {arn: said(steps, arn) for arn in [*ended, aborted]},
        "in_flight": in_flight,
        "histories": {arn: said(steps, arn)["history"] for arn in readable},
    }


def come_and_go(executable, data):
    """Executions that are forgotten, and one that is carried forward when the log behind them is cut; its history."""
    settings = data.parent / "stairway.toml"
    settings.write_text("[quotas]\nretention_seconds = 1\n")
    server = Server(executable, data, config=settings).start()
    try:
        steps = Steps(server)
        carried = steps.start(steps.machine(one(task(steps.activity("nobody"))), name="carried"), name="carried")
        history = said(steps, carried)["history"]
        short = steps.machine(PASS, name="short")
        for number in range(30):
            steps.start(short, {"n": number, "much": "m" * 2000})
        until(lambda: not steps.aws.list_executions(stateMachineArn=short)["executions"])
    finally:
        server.kill()
    # A start begins a new segment, and the one before is not worth keeping.
    server = Server(executable, data).start()
    try:
        until(lambda: not (data / "log-0000000001").exists())
    finally:
        server.kill()
    return {carried: history}


def said(steps, execution):
    history = [plain(event) for event in steps.raw_history(execution)]
    return {"description": plain(steps.describe(execution)), "history": history}


def main(executable, archive):
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        carried = come_and_go(executable, data)
        server = Server(executable, data).start()
        try:
            golden = live(Steps(server))
            golden["histories"] |= carried
            # The index is written behind the log; most of it shall be there.
            time.sleep(0.3)
        finally:
            server.kill()
        with tarfile.open(archive, "w:xz", preset=9) as tar:
            text = json.dumps(golden, indent=1).encode()
            entry = tarfile.TarInfo("golden.json")
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text))
            for path in sorted(data.rglob("*")):
                name = path.relative_to(data)
                if path.is_file() and str(name) not in LEFT_OUT:
                    entry = tarfile.TarInfo(f"data/{name}")
                    entry.size, entry.mode = path.stat().st_size, 0o600
                    with path.open("rb") as content:
                        tar.addfile(entry, content)
    size = Path(archive).stat().st_size
    assert size <= ARCHIVE_BYTES_MAX, f"the archive has {size} bytes, expected at most {ARCHIVE_BYTES_MAX}"
    print(f"{archive}: {size} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
