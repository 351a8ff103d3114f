"""The `stairway` command: what it prints where, how it ends."""

import json
import signal
import subprocess
import textwrap

import pytest

from machines import PASS, chain, one, task
from stairway import ROOT, Server, Steps

ACTIVITY = "arn:aws:states:us-east-1:000000000000:activity:"
EXAMPLES = ROOT / "examples"


@pytest.fixture
def run(executable, tmp_path):
    """Runs `stairway …` in a folder of its own, without input and without a terminal."""

    def call(*arguments, timeout=90):
        command = [executable, *map(str, arguments)]
        return subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL
        )

    return call


@pytest.fixture
def file(tmp_path):
    def write(name, content, executable=False):
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        if executable:
            path.chmod(0o755)
        return path

    return write


def worker(body):
    return "#!/bin/sh\n" + textwrap.dedent(body)


ECHO = worker(
    """
    while IFS= read -r task; do
        id=${task#*'"id":'}
        id=${id%%,*}
        printf '{"id":%s,"output":{"done":true}}\\n' "$id"
    done
    """
)


def test_run_prints_only_the_output_on_stdout(run, file):
    done = run("run", file("a.asl.json", PASS), "--input", '{"a": 1}')
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"a": 1}
    assert "Only" in done.stderr


def test_run_reads_its_input_from_a_file(run, file):
    done = run("run", file("a.asl.json", PASS), "--input", file("in.json", {"from": "file"}))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"from": "file"}


def test_run_without_input_starts_with_an_empty_object(run, file):
    done = run("run", file("a.asl.json", PASS))
    assert (done.returncode, json.loads(done.stdout)) == (0, {})


def test_run_takes_a_name(run, file):
    definition = one({"Type": "Pass", "Parameters": {"name.$": "$$.Execution.Name"}, "End": True})
    done = run("run", file("a.asl.json", definition), "--name", "tuesday")
    assert json.loads(done.stdout) == {"name": "tuesday"}


def test_run_reads_yaml(run, file):
    text = """
        # A definition in YAML.
        StartAt: Only
        States:
          Only:
            Type: Pass
            Result: {yes: "it works", list: [1, 2.5, null]}
            End: true
    """
    done = run("run", file("a.asl.yaml", textwrap.dedent(text)))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"yes": "it works", "list": [1, 2.5, None]}


def test_run_of_a_failing_machine_names_state_error_and_cause(run, file):
    definition = chain(Fine={"Type": "Pass"}, Breaks={"Type": "Fail", "Error": "Broken", "Cause": "on purpose"})
    done = run("run", file("a.asl.json", definition))
    assert done.returncode == 1
    assert done.stdout == ""
    for word in ("Breaks", "Broken", "on purpose"):
        assert word in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["run"],
        ["run", "missing.asl.json"],
        ["run", "good.asl.json", "--input", "{not json"],
        ["run", "good.asl.json", "--unknown"],
        ["run", "broken.asl.json"],
        ["run", "no.json"],
        ["serve", "--listen", "nonsense"],
        ["serve", "--config", "missing.toml"],
        ["history", "not-an-arn"],
        ["dance"],
    ],
)
def test_errors_of_use_end_with_2_and_a_word(run, file, arguments):
    file("good.asl.json", PASS)
    file("broken.asl.json", one({"Type": "Sleep", "End": True}))
    file("no.json", "{")
    done = run(*arguments)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert done.stderr.strip()
    assert "panicked" not in done.stderr


def test_a_broken_definition_says_where(run, file):
    done = run("run", file("a.asl.json", one({"Type": "Sleep", "End": True})))
    assert done.returncode == 2
    assert "/States/Only/Type" in done.stderr


def test_skip_waits_runs_an_hour_at_once(run, file):
    definition = chain(Hour={"Type": "Wait", "Seconds": 3600}, Done={"Type": "Succeed"})
    done = run("run", file("a.asl.json", definition), "--skip-waits", timeout=20)
    assert done.returncode == 0, done.stderr


def test_skip_waits_skips_the_delay_of_a_retry(run, file):
    definition = one(
        {
            "Type": "Parallel",
            "Branches": [chain(Inner={"Type": "Fail", "Error": "Flaky"})],
            "Retry": [{"ErrorEquals": ["Flaky"], "IntervalSeconds": 600, "MaxAttempts": 3}],
            "End": True,
        }
    )
    done = run("run", file("a.asl.json", definition), "--skip-waits", timeout=20)
    assert done.returncode == 1
    assert "Flaky" in done.stderr


def test_a_worker_does_the_tasks(run, file):
    file("worker.sh", ECHO, executable=True)
    done = run("run", file("a.asl.json", one(task(ACTIVITY + "charge"))), "--worker", "./worker.sh")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"done": True}


def test_a_worker_does_the_tasks_on_virtual_time_too(run, file):
    file("worker.sh", ECHO, executable=True)
    definition = chain(Hour={"Type": "Wait", "Seconds": 3600}, Task={"Type": "Task", "Resource": ACTIVITY + "charge"})
    done = run("run", file("a.asl.json", definition), "--worker", "./worker.sh", "--skip-waits", timeout=30)
    assert done.returncode == 0, done.stderr


def test_a_worker_may_be_a_command_with_words(run, file):
    file("worker.sh", ECHO)
    done = run("run", file("a.asl.json", one(task(ACTIVITY + "charge"))), "--worker", "sh worker.sh")
    assert done.returncode == 0, done.stderr


def test_a_worker_answers_several_tasks_in_any_order(run, file):
    # Holds the first two tasks back until the third is there, then answers the last first.
    script = """
        id_of() { rest=${1#*'"id":'}; printf '%s' "${rest%%,*}"; }
        read -r first; read -r second; read -r third
        for task in "$third" "$second" "$first"; do
            input=${task#*'"input":'}
            printf '{"id":%s,"output":%s}\\n' "$(id_of "$task")" "${input%\\}}"
        done
        cat > /dev/null
    """
    file("worker.sh", worker(script), executable=True)
    definition = one(
        {
            "Type": "Map",
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "INLINE"},
                **chain(Inner={"Type": "Task", "Resource": ACTIVITY + "charge"}),
            },
            "End": True,
        }
    )
    done = run("run", file("a.asl.json", definition), "--input", "[10, 20, 30]", "--worker", "./worker.sh")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [10, 20, 30]


def test_a_failing_answer_fails_the_task(run, file):
    script = """
        while IFS= read -r task; do
            id=${task#*'"id":'}
            printf '{"id":%s,"error":"CardDeclined","cause":"the bank said no"}\\n' "${id%%,*}"
        done
    """
    file("worker.sh", worker(script), executable=True)
    done = run("run", file("a.asl.json", one(task(ACTIVITY + "charge"))), "--worker", "./worker.sh")
    assert done.returncode == 1
    assert "CardDeclined" in done.stderr and "the bank said no" in done.stderr


def test_a_worker_that_dies_fails_its_task_and_is_started_again(run, file):
    # The first one dies with a task in its hands; the second, which finds the mark, does the work.
    script = """
        if [ ! -e died ]; then
            IFS= read -r task
            : > died
            exit 7
        fi
        while IFS= read -r task; do
            id=${task#*'"id":'}
            printf '{"id":%s,"output":"second"}\\n' "${id%%,*}"
        done
    """
    file("worker.sh", worker(script), executable=True)
    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 3}]
    definition = one(task(ACTIVITY + "charge", Retry=retry, TimeoutSeconds=60))
    done = run("run", file("a.asl.json", definition), "--worker", "./worker.sh")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == "second"


def test_a_worker_that_cannot_start_is_one_clear_line(run, file):
    done = run("run", file("a.asl.json", one(task(ACTIVITY + "charge"))), "--worker", "./missing.sh")
    assert done.returncode in (1, 2)
    assert "missing.sh" in done.stderr
    assert "panicked" not in done.stderr


def test_the_example_of_the_readme_is_fulfilled(run):
    done = run(
        "run",
        EXAMPLES / "order-fulfilment.asl.json",
        "--input",
        EXAMPLES / "order.json",
        "--worker",
        EXAMPLES / "order-worker.sh",
    )
    assert done.returncode == 0, done.stderr
    output = json.loads(done.stdout)
    assert output["payment"] == {"receipt": "R-2210", "captured": True}
    assert len(output["prepared"]["reservations"]) == 3
    assert output["shipped"]["receipt"] is True
    assert "CardNetworkDown" in done.stderr


@pytest.mark.parametrize(
    "change, error",
    [({"card": "declined-1"}, "CardDeclined"), ({"items": [{"sku": "unicorn"}]}, "OutOfStock"), ({"items": []}, "EmptyOrder")],
)
def test_the_example_takes_its_other_ways(run, file, change, error):
    order = json.loads((EXAMPLES / "order.json").read_text()) | change
    done = run(
        "run",
        EXAMPLES / "order-fulfilment.asl.json",
        "--input",
        file("order.json", order),
        "--worker",
        EXAMPLES / "order-worker.sh",
        "--skip-waits",
    )
    assert done.returncode == 1
    assert error in done.stderr


@pytest.mark.parametrize("with_signal", [signal.SIGTERM, signal.SIGINT])
def test_serve_ends_cleanly_and_opens_its_data_again(executable, tmp_path, with_signal):
    server = Server(executable, tmp_path / "data").start()
    try:
        steps = Steps(server)
        execution = steps.run(PASS)
        waiting = steps.start(steps.machine(one({"Type": "Wait", "Seconds": 2, "End": True})))
        assert server.stop(with_signal) == 0
        server.start()
        steps = Steps(server)
        assert steps.describe(execution)["status"] == "SUCCEEDED"
        assert server.await_end(waiting)["status"] == "SUCCEEDED"
    finally:
        if server.is_running():
            server.kill()


def test_serve_ends_cleanly_while_somebody_polls(server, steps):
    import threading

    activity = steps.activity()
    poller = threading.Thread(target=server.post, args=("GetActivityTask", {"activityArn": activity}), daemon=True)
    poller.start()
    assert server.stop() == 0


def test_serve_on_a_taken_port_says_so(run, server, tmp_path):
    done = run("serve", "--listen", f"127.0.0.1:{server.port}", "--data-dir", tmp_path / "other")
    assert done.returncode != 0
    assert str(server.port) in done.stderr
    assert "panicked" not in done.stderr


def test_serve_says_in_one_line_that_it_listens(server):
    ready = [line for line in server.errors if "listening" in line]
    assert ready == [f"stairway is listening on {server.url}\n"]


def history_of(executable, server, *arguments):
    command = [executable, "history", *arguments, "--endpoint-url", server.url]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)


def test_history_prints_the_events(executable, server, steps):
    execution = steps.run(chain(First={"Type": "Pass"}, Last={"Type": "Succeed"}))
    done = history_of(executable, server, execution)
    assert done.returncode == 0, done.stderr
    for word in ("ExecutionStarted", "First", "SucceedStateExited", "ExecutionSucceeded"):
        assert word in done.stdout


def test_history_follows_to_the_end(executable, server, steps):
    execution = steps.start(steps.machine(one({"Type": "Wait", "Seconds": 2, "End": True})))
    done = history_of(executable, server, execution, "--follow")
    assert done.returncode == 0, done.stderr
    assert "ExecutionSucceeded" in done.stdout


def test_history_of_an_unknown_execution_is_one_clear_line(executable, server):
    arn = "arn:aws:states:us-east-1:000000000000:execution:made:unknown"
    done = history_of(executable, server, arn)
    assert done.returncode in (1, 2)
    assert "Execution Does Not Exist" in done.stderr or "does not exist" in done.stderr


def test_a_diagram_is_the_picture_of_the_console(run, tmp_path):
    picture = (ROOT / "console/src/graph/pictures/order-fulfilment.svg").read_text()
    definition = EXAMPLES / "order-fulfilment.asl.json"
    printed = run("diagram", definition)
    assert (printed.returncode, printed.stdout, printed.stderr) == (0, picture, "")
    written = run("diagram", definition, "-o", tmp_path / "order.svg")
    assert (written.returncode, written.stdout, written.stderr) == (0, "", "")
    assert (tmp_path / "order.svg").read_text() == picture


def test_a_diagram_of_yaml_is_that_of_its_json(run, file):
    text = {"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 5, "Next": "B"}, "B": {"Type": "Succeed"}}}
    yaml = "StartAt: A\nStates:\n  A: {Type: Wait, Seconds: 5, Next: B}\n  B: {Type: Succeed}\n"
    of_json, of_yaml = run("diagram", file("a.asl.json", text)), run("diagram", file("a.yaml", yaml))
    assert of_json.stdout == of_yaml.stdout != ""


def test_a_diagram_that_cannot_be_read_or_written_is_one_line(run, file, tmp_path):
    missing = run("diagram", "none.json")
    assert missing.returncode == 2
    assert missing.stderr.startswith("stairway: cannot read the definition `none.json`: No such file")
    nowhere = run("diagram", file("a.asl.json", PASS), "-o", tmp_path / "no/folder.svg")
    assert nowhere.returncode == 1
    assert nowhere.stderr.startswith(f"stairway: cannot write `{tmp_path}/no/folder.svg`")
    assert len(nowhere.stderr.splitlines()) == 1


def test_why_tells_what_an_execution_waits_for(run, server, steps):
    activity = steps.activity()
    ask = {"Type": "Task", "Resource": activity, "TimeoutSeconds": 600, "End": True}
    pause = {"Type": "Wait", "Seconds": 600, "End": True}
    branches = [{"StartAt": "Ask", "States": {"Ask": ask}}, {"StartAt": "Pause", "States": {"Pause": pause}}]
    machine = steps.machine(one({"Type": "Parallel", "Branches": branches, "End": True}))
    arn = steps.start(machine, name="ü")

    def why():
        told = run("why", arn, "--endpoint-url", server.url)
        assert (told.returncode, told.stderr) == (0, "")
        return told.stdout.splitlines()

    first, asks, pauses = why()
    assert first.startswith("RUNNING for ")
    assert asks.startswith(f"  Only[0] › Ask: waits for GetActivityTask of {activity} (no worker asks for tasks of it now)")
    assert pauses.startswith("  Only[1] › Pause: waits for the time of its Wait state; since ")
    steps.aws.get_activity_task(activityArn=activity)
    assert "SendTaskSuccess or SendTaskFailure with its token" in why()[1]
    steps = server.restart()
    assert "SendTaskSuccess or SendTaskFailure with its token" in why()[1]
    steps.aws.stop_execution(executionArn=arn)
    assert why() == ["ABORTED: it waits for nothing any more"]


def test_why_of_what_does_not_exist_is_one_line(run, server):
    told = run("why", "arn:aws:states:us-east-1:000000000000:execution:m:e", "--endpoint-url", server.url)
    assert (told.returncode, told.stdout) == (1, "")
    assert "ExecutionDoesNotExist" in told.stderr and len(told.stderr.splitlines()) == 1, told.stderr
    assert run("why", "m").returncode == 2
