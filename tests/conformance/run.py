"""Plays what AWS was recorded to do: `../shared/conformance/cases`, as far as Stairway has it.

Services that a case calls are moto and the Lambda API beside the recordings (`services.py`); what a case makes in
them before its steps is made anew, under names of its own (`setup.py`); what they answer otherwise than AWS is
named in `mocks.py`.

Prints how many cases are in scope and, by reason, how many are not; `passed / total` by area; and last `N passed,
N failed`. A case listed in `known_failures.toml` counts as failed when it passes, and so does a list that is longer
than the count beside it, so that it only shrinks. Where the recordings are not there, it says so and passes.

A whole run also compares `docs/parity.md`, the table of what was compared, with what it counted; `--table` writes it.

    python tests/conformance/run.py [--table | PART OF A NAME …]
"""

import collections
import concurrent.futures
import json
import re
import sys
import tempfile
from pathlib import Path

try:
    import tomllib
except ModuleNotFoundError:
    import tomli as tomllib

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import parity  # noqa: E402
import services  # noqa: E402
from behaviours import SOURCES  # noqa: E402
from case import LOGGED, Case  # noqa: E402
from placeholders import Mismatch  # noqa: E402
from stairway import ROOT, Server, binary  # noqa: E402

CASES = ROOT.parent / "shared" / "conformance" / "cases"
OPERATIONS = {
    "CreateActivity",
    "CreateStateMachine",
    "CreateStateMachineAlias",
    "DeleteActivity",
    "DeleteStateMachine",
    "DeleteStateMachineAlias",
    "DeleteStateMachineVersion",
    "DescribeActivity",
    "DescribeExecution",
    "DescribeStateMachine",
    "DescribeStateMachineAlias",
    "DescribeStateMachineForExecution",
    "GetActivityTask",
    "GetExecutionHistory",
    "ListActivities",
    "ListExecutions",
    "ListStateMachineAliases",
    "ListStateMachineVersions",
    "ListStateMachines",
    "ListTagsForResource",
    "PublishStateMachineVersion",
    "RedriveExecution",
    "SendTaskFailure",
    "SendTaskHeartbeat",
    "SendTaskSuccess",
    "StartExecution",
    "StartSyncExecution",
    "StopExecution",
    "TagResource",
    "TestState",
    "UntagResource",
    "UpdateStateMachine",
    "UpdateStateMachineAlias",
    "ValidateStateMachineDefinition",
}
# What a case may need: played against moto, the Lambda API, or Stairway itself.
IN_REACH = {
    "activity worker",
    "dynamodb",
    "events",
    "lambda",
    "logs",
    "s3",
    "secretsmanager",
    "sns",
    "sqs",
    "stepfunctions",
}
# Why others are not played.
OUT_OF_REACH = {
    "apigateway": "moto does not answer calls to the APIs that are made with it",
    "batch": "moto runs jobs in containers",
    "ecs": "moto starts no tasks",
    "glue": "moto runs no jobs",
}
# What a definition may not use yet.
NOT_YET = re.compile(r'"DISTRIBUTED"|ItemReader|ResultWriter|ItemBatcher')


def out_of_scope(case):
    """Why a case is not played; None when it is. The first reason of several counts."""
    text = json.dumps([case["steps"], case.get("definition"), case.get("executions")])
    operations = {step["op"] for step in case["steps"]} - OPERATIONS
    # Whoever is asked in a test of a state answers by a mock, or the test is refused before anybody is asked.
    beyond = [] if case["kind"] == "test_state" else sorted(set(case["needs"]) - IN_REACH)
    behaviours = {call.get("behaviour") for call in case.get("setup", [])} - {None, *SOURCES}
    if case["kind"] == "observed" and not {one["key"] for one in case.get("other_expected", [])} <= set(LOGGED):
        return "observations that are not the answer of a call"
    if "Log Destination not found." in text:
        return "a log group that is gone: whether one exists is not asked when a machine is created"
    if case["kind"] not in ("execution", "api", "test_state", "observed"):
        return f"kind {case['kind']}"
    if beyond:
        return f"needs {beyond[0]}: {OUT_OF_REACH.get(beyond[0], 'nothing here plays that service')}"
    if behaviours:
        return "a Lambda function whose behaviour is not known"
    if operations:
        return "an operation that is not built: " + ", ".join(sorted(operations))
    if NOT_YET.search(text):
        return "a definition or call with something not built: Distributed Map"
    return None


def account_of(number, case):
    """Cases are told apart by account; those that need services share the one that owns their resources."""
    return services.ACCOUNT if set(case["needs"]) - {"activity worker"} else f"{700_000_000_000 + number}"


def play(number, recorded, server, running):
    """The first difference, none when the server does as AWS did, and what was counted on the way."""
    case = Case(recorded, server, running, account_of(number, recorded))
    difference = None
    try:
        case.play()
    except Mismatch as mismatch:
        case.tally.different()
        difference = str(mismatch)
    except Exception as broken:
        difference = f"{type(broken).__name__}: {broken}"
    return difference, case.tally.counts


def play_all(chosen):
    """The first difference of each case and what it counted, in their order."""
    with tempfile.TemporaryDirectory() as folder, services.Services() as running:
        port = services.free_port()
        environment = running.environment(f"http://127.0.0.1:{port}")
        server = Server(binary(), Path(folder) / "data", port, environment).start()
        try:
            with concurrent.futures.ThreadPoolExecutor(max_workers=16) as pool:
                played = [pool.submit(play, number, case, server, running) for number, case in enumerate(chosen)]
                return [one.result() for one in played]
        finally:
            server.kill()


def main(arguments):
    write = arguments == ["--table"]
    parts = [] if write else arguments
    if not (CASES.is_dir() and services.LAMBDA_API.is_file()):
        print("conformance: the recorded cases are not here, so they did not run")
        print("0 passed, 0 failed")
        return 0
    recorded = [json.loads(path.read_text()) for path in sorted(CASES.glob("*.json"))]
    reasons = [(case, out_of_scope(case)) for case in recorded]
    chosen = [case for case, reason in reasons if reason is None and all(part in case["name"] for part in parts)]
    listed = tomllib.loads((HERE / "known_failures.toml").read_text())
    played = play_all(chosen)
    table = parity.table(chosen, played, len(recorded)) if not parts else None
    if write and table:
        parity.FILE.write_text(table)
    if not parts:
        tell_scope(collections.Counter(reason for _, reason in reasons))
    stale = table is not None and not parity.is_current(table)
    differences = [difference for difference, _ in played]
    return report(chosen, differences, listed, len(recorded), stale, whole=not parts)


def tell_scope(reasons):
    print(f"{reasons.pop(None, 0):>5} in scope, {sum(reasons.values())} out of scope:")
    for reason, count in sorted(reasons.items(), key=lambda item: (-item[1], item[0])):
        print(f"{count:>5}         {reason}")


def list_surprises(listed, played):
    """What is wrong with the list itself: it only shrinks, and each entry says why."""
    known = listed["failures"]
    if len(known) != listed["count"]:
        yield f"known_failures.toml\n    {len(known)} are listed, `count` says {listed['count']}: both only go down, together"
    for name, reason in known.items():
        if name not in played:
            yield f"{name}\n    is listed in known_failures.toml but is not played"
        if not str(reason).strip():
            yield f"{name}\n    is listed in known_failures.toml without a reason"


def report(chosen, differences, listed, recorded, stale, whole):
    known = listed["failures"]
    areas = collections.defaultdict(lambda: [0, 0])
    surprises = []
    for case, difference in zip(chosen, differences):
        areas[case["area"]][0] += difference is None
        areas[case["area"]][1] += 1
        if difference is not None and case["name"] not in known:
            surprises.append(f"{case['name']}\n    {difference}")
        elif difference is None and case["name"] in known:
            surprises.append(f"{case['name']}\n    passes: take it out of known_failures.toml")
    names = {case["name"] for case in chosen}
    if whole:
        surprises += list_surprises(listed, names)
    if stale:
        surprises.append("docs/parity.md\n    is not current: `tests/conformance/run.py --table` writes it anew")
    for area, (passed, total) in sorted(areas.items()):
        print(f"{passed:>5} / {total:<5} {area}")
    passed = sum(difference is None for difference in differences)
    print(f"{passed:>5} / {len(chosen):<5} in all, of {recorded} recorded; {len(known)} known failures")
    for surprise in surprises:
        print(f"FAILED {surprise}")
    print(f"{passed} passed, {len(surprises)} failed")
    return 1 if surprises else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
