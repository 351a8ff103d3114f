"""The examples do what examples/README.md says, with the commands that it gives."""

import json
import re
import shlex
import subprocess

import pytest

from stairway import ROOT, Server, Steps, until

EXAMPLES = ROOT / "examples"
README = (EXAMPLES / "README.md").read_text()
ORDER = json.loads((EXAMPLES / "order.json").read_text())
COMMANDS = {
    re.search(r"examples/([\w-]+)\.asl\.json", line).group(1): shlex.split(line)[1:]
    for line in README.splitlines()
    if line.startswith("stairway run ")
}


def run(executable, example, order=ORDER):
    """The command of the README with this order: exit code, output, what was shown."""
    arguments = [json.dumps(order) if word == "examples/order.json" else word for word in COMMANDS[example]]
    done = subprocess.run(
        [executable, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL
    )
    return done.returncode, json.loads(done.stdout) if done.stdout else None, done.stderr


def test_every_example_has_its_command(executable):
    examples = {path.name.removesuffix(".asl.json") for path in EXAMPLES.glob("*.asl.json")}
    assert set(COMMANDS) == examples - {"human-approval"}
    assert all(f"]({name}.asl.json)" in README for name in examples)


def test_no_example_has_a_finding(executable):
    checked = subprocess.run(
        [executable, "check", *sorted(EXAMPLES.glob("*.asl.json"))], capture_output=True, text=True, timeout=60
    )
    assert checked.returncode == 0 and "no errors, no warnings" in checked.stdout + checked.stderr, checked


SUCCEED = [
    ("tasks-in-order", {"receipt": "R-A-1042", "tracking": "PX-A-1042"}, "your parcel PX-A-1042 is on its way"),
    ("choose-by-data", ORDER | {"shipping": {"by": "post", "days": 3}}, "Parcel: entered"),
    ("retry-and-catch", {"receipt": "R-A-1042"}, "attempt 1 failed with CardNetworkDown"),
    ("parallel-branches", {"risk": 62, "price": 35.5}, "Examine › RateCustomer: entered"),
    (
        "map-over-items",
        {
            "orderId": "A-1042",
            "lines": [
                {"line": 1, "sku": "lamp-17", "quantity": 1, "price": 35.5},
                {"line": 2, "sku": "chair-3", "quantity": 4, "price": 240},
                {"line": 3, "sku": "table-9", "quantity": 1, "price": 145},
            ],
            "total": 420.5,
        },
        "CheckItems[2] › CheckStock: entered",
    ),
]


@pytest.mark.parametrize("example, output, shown", SUCCEED, ids=[row[0] for row in SUCCEED])
def test_an_example_does_what_it_says(executable, example, output, shown):
    code, found, told = run(executable, example)
    assert (code, found) == (0, output), told
    assert shown in told


WAYS = [
    ({"customer": {"tier": "gold"}}, "courier"),
    ({"items": [{"sku": "table-9"}]}, "lorry"),
    ({"items": [{"sku": "lamp-17"}]}, "post"),
]


@pytest.mark.parametrize("change, by", WAYS, ids=[row[1] for row in WAYS])
def test_the_data_choose_the_way(executable, change, by):
    code, found, told = run(executable, "choose-by-data", ORDER | change)
    assert (code, found["shipping"]["by"]) == (0, by), told


UNICORNS = {"items": [{"sku": "unicorn", "quantity": 1}]}
FAIL = [
    ("choose-by-data", {"items": []}, "EmptyOrder"),
    ("retry-and-catch", {"card": "declined"}, "CardDeclined"),
    ("parallel-branches", UNICORNS, "OutOfStock"),
    ("map-over-items", UNICORNS, "OutOfStock"),
]


@pytest.mark.parametrize("example, change, error", FAIL, ids=[f"{row[0]}, {row[2]}" for row in FAIL])
def test_an_example_ends_with_the_error_it_speaks_of(executable, example, change, error):
    code, found, told = run(executable, example, ORDER | change)
    assert (code, found) == (1, None) and f"error: {error}" in told, told


@pytest.fixture
def approval(executable, tmp_path):
    """The approval example on a server, waiting for the manager."""
    server = Server(executable, tmp_path / "data", config=EXAMPLES / "shop" / "stairway.toml").start()
    steps = Steps(server)
    machine = steps.machine((EXAMPLES / "human-approval.asl.json").read_text())
    execution = steps.start(machine, ORDER)
    steps.until_event(execution, "TaskSubmitted")
    yield steps, execution
    server.kill()


def answer_of(steps, decision):
    """What the log says an answer is, as arguments of SendTaskSuccess."""
    marked = f"{decision}: send-task-success "
    line = until(lambda: next((line for line in steps.server.errors if marked in line), None))
    words = shlex.split(line.partition(marked)[2])
    return {"output": words[words.index("--task-output") + 1], "taskToken": words[words.index("--task-token") + 1]}


@pytest.mark.parametrize("decision, status", [("approved", "SUCCEEDED"), ("rejected", "FAILED")])
def test_a_person_decides(approval, decision, status):
    steps, execution = approval
    steps.aws.send_task_success(**answer_of(steps, decision))
    assert steps.server.await_end(execution)["status"] == status
    if decision == "approved":
        assert steps.output(execution) == {"orderId": "A-1042", "status": "approved"}
    else:
        assert steps.describe(execution)["error"] == "OrderRejected"


def test_a_person_may_answer_after_a_restart(approval):
    steps, execution = approval
    answer = answer_of(steps, "approved")
    steps = steps.server.restart()
    steps.aws.send_task_success(**answer)
    assert steps.server.await_end(execution)["status"] == "SUCCEEDED"


def test_a_small_order_asks_nobody(approval):
    steps, _ = approval
    machine = steps.machine((EXAMPLES / "human-approval.asl.json").read_text())
    execution = steps.start(machine, ORDER | {"total": 10})
    assert steps.server.await_end(execution)["status"] == "SUCCEEDED"
    assert "TaskStateEntered" not in steps.types(execution)
