"""Quotas: AWS's values unless `[quotas]` of the settings says otherwise; each that is changed takes effect."""

import concurrent.futures
import json
import subprocess
import urllib.request

import pytest
from botocore.exceptions import ClientError

from machines import PASS, WAIT_LONG, chain, one, task
from stairway import ROLE, Server, Steps, environment, until

MEBIBYTE = 1 << 20
LOOP = {
    "StartAt": "Count",
    "States": {
        "Count": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, -1)"}, "Next": "More"},
        "More": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.n", "NumericGreaterThan": 0, "Next": "Count"}],
            "Default": "Done",
        },
        "Done": {"Type": "Succeed"},
    },
}


def refused(call):
    with pytest.raises(ClientError) as refusal:
        call()
    return refusal.value.response["Error"]["Code"]


@pytest.fixture
def with_quotas(serve, tmp_path):
    def start(**quotas):
        config = tmp_path / "quotas.toml"
        lines = [f"{name} = {json.dumps(value)}" for name, value in quotas.items()]
        config.write_text("\n".join(["[quotas]", *lines, ""]))
        return Steps(serve(config=config))

    return start


def test_largest_payload_goes_through_store_history_and_pages(executable, tmp_path):
    config = tmp_path / "quotas.toml"
    names = ("payload_bytes", "variable_bytes", "assign_bytes", "variables_bytes")
    config.write_text("\n".join(["[quotas]", *(f"{name} = 16777216" for name in names), ""]))
    server = Server(executable, tmp_path / "data", config=config, environment=environment()).start()
    try:
        steps = Steps(server)
        activity = steps.activity()
        machine = steps.machine(
            chain(
                Keep={"Type": "Pass", "Assign": {"kept.$": "$.text"}, "OutputPath": "$.text"},
                Work=task(activity, Next="Wrap"),
                Wrap={"Type": "Pass", "Parameters": {"w.$": "$"}},
            )
        )
        # The whole input is one payload of the largest size: `{"text": "..."}` with escapes in it.
        text = "é\"\\" * 2_000_000
        text += "x" * (16_777_216 - len(json.dumps({"text": text}, ensure_ascii=False).encode()))
        payload = json.dumps({"text": text}, ensure_ascii=False)
        assert len(payload.encode()) == 16_777_216
        execution = steps.aws.start_execution(stateMachineArn=machine, input=payload)["executionArn"]
        too_large = payload.replace("x", "xx", 1)
        assert refused(lambda: steps.aws.start_execution(stateMachineArn=machine, input=too_large)) in (
            "ValidationException",
            "InvalidExecutionInput",
        )
        until(lambda: newest(steps, execution)["type"] == "ActivityScheduled")
        steps = server.restart()
        token, given = steps.poll(activity)
        assert given == text
        answer = "y" * (16_777_216 - 8)
        steps.succeed(token, answer)
        server.await_end(execution)
        assert steps.output(execution) == {"w": answer}
        history = steps.raw_history(execution)
        assert history[0]["executionStartedEventDetails"]["input"] == payload
        assert json.loads(history[-1]["executionSucceededEventDetails"]["output"]) == {"w": answer}
        assert newest(steps, execution)["type"] == "ExecutionSucceeded"
        assert json.loads(steps.describe(execution)["input"])["text"] == text
    finally:
        server.kill()


def newest(steps, execution):
    """The last event, without its data."""
    asked = {"executionArn": execution, "reverseOrder": True, "maxResults": 1, "includeExecutionData": False}
    return steps.aws.get_execution_history(**asked)["events"][0]


def test_payloads_are_bounded_as_on_aws_by_default(steps):
    machine = steps.machine(PASS)
    assert steps.start(machine, "x" * 262_142)
    assert refused(lambda: steps.start(machine, "x" * 262_143)) == "ValidationException"


def test_history_goes_beyond_what_aws_allows(with_quotas):
    steps = with_quotas(history_events=30_000)
    longer = steps.start(steps.machine(LOOP), {"n": 7_000})
    endless = steps.start(steps.machine(LOOP), {"n": 100_000})
    assert steps.server.await_end(longer)["status"] == "SUCCEEDED"
    assert len(steps.raw_history(longer)) == 4 * 7_000 + 4
    full = steps.server.await_end(endless)
    assert full["cause"] == "The execution reached the maximum number of history events (30000)."


def test_execution_takes_no_longer_than_its_quota(with_quotas):
    steps = with_quotas(execution_seconds=1)
    assert steps.server.await_end(steps.start(steps.machine(WAIT_LONG)))["status"] == "TIMED_OUT"


def test_inline_map_runs_as_many_iterations_at_once_as_allowed(with_quotas):
    steps = with_quotas(map_concurrency=3)
    activity = steps.activity()
    processor = {"StartAt": "Do", "States": {"Do": task(activity)}}
    items = {"Type": "Map", "ItemProcessor": processor, "End": True}
    execution = steps.start(steps.machine(one(items)), list(range(9)))
    until(lambda: steps.types(execution).count("ActivityScheduled") == 3)
    for _ in range(9):
        steps.succeed(steps.poll(activity)[0])
        assert steps.types(execution).count("ActivityScheduled") <= 9
    steps.server.await_end(execution)
    started = 0
    for event in steps.types(execution):
        started += (event == "MapIterationStarted") - (event == "MapIterationSucceeded")
        assert started <= 3


@pytest.mark.parametrize("quota", ["variable_bytes", "assign_bytes", "variables_bytes"])
def test_variables_grow_with_each_of_their_quotas(with_quotas, quota):
    small = {"payload_bytes": 8 * MEBIBYTE, "variable_bytes": 400_000, "assign_bytes": 400_000}
    states = {f"S{number}": {"Type": "Pass", "Assign": {f"v{number}.$": "$.a"}} for number in range(2)}
    states["Two"] = {"Type": "Pass", "Assign": {"b.$": "$.b", "c.$": "$.b"}}
    payload = {"a": "x" * 390_000, "b": "x" * 190_000}
    sizes = {
        "variable_bytes": (payload | {"a": "x" * 410_000}, {"variable_bytes": 500_000, "assign_bytes": 500_000}),
        "assign_bytes": (payload | {"b": "x" * 210_000}, {"assign_bytes": 500_000}),
        "variables_bytes": (None, {"variables_bytes": 12 * MEBIBYTE}),
    }
    given, more = sizes[quota]
    if given is None:
        # 28 variables of 390,000 bytes: more than 10 MiB together.
        states = {f"S{number}": {"Type": "Pass", "Assign": {f"v{number}.$": "$.a"}} for number in range(28)}
        given = payload
    for quotas, expected in ((small, "FAILED"), (small | more, "SUCCEEDED")):
        steps = with_quotas(**quotas)
        ended = steps.server.await_end(steps.start(steps.machine(chain(**states)), given))
        assert ended["status"] == expected, ended
        if expected == "FAILED":
            assert ended["error"] == "States.DataLimitExceeded"


def test_open_executions_are_counted_also_after_a_restart(executable, tmp_path):
    config = tmp_path / "quotas.toml"
    config.write_text("[quotas]\nopen_executions = 2\n")
    server = Server(executable, tmp_path / "data", config=config, environment=environment()).start()
    try:
        steps = Steps(server)
        waits, passes = steps.machine(WAIT_LONG), steps.machine(PASS)
        for _ in range(5):
            steps.server.await_end(steps.start(passes))
        first = steps.start(waits)
        steps.start(waits)
        assert refused(lambda: steps.start(passes)) == "ExecutionLimitExceeded"
        steps = server.restart()
        assert refused(lambda: steps.start(passes)) == "ExecutionLimitExceeded"
        told = [line for line in server.errors if "quota" in line]
        until(lambda: [line for line in server.errors if "quota" in line])
        told = [line.strip() for line in server.errors if "quota" in line]
        assert "stairway: the quota `open_executions` is nearly used: 2 of 2" in told
        steps.aws.stop_execution(executionArn=first)
        assert steps.start(passes)
    finally:
        server.kill()


def test_numbers_of_things_are_bounded(with_quotas):
    steps = with_quotas(state_machines=2, activities=1, versions=2, aliases=1, tags=1)
    machine = steps.machine(PASS)
    other = steps.machine(PASS)
    assert refused(lambda: steps.machine(PASS)) == "StateMachineLimitExceeded"
    # Another account has its own, and what is deleted makes room.
    assert Steps(steps.server, account="111111111111").machine(PASS)
    steps.aws.delete_state_machine(stateMachineArn=other)
    until(lambda: len(steps.aws.list_state_machines()["stateMachines"]) == 1)
    assert steps.machine(PASS)
    steps.activity()
    assert refused(steps.activity) == "ActivityLimitExceeded"
    versions = []
    for comment in ("one", "two", "three"):
        steps.aws.update_state_machine(stateMachineArn=machine, definition=json.dumps(PASS | {"Comment": comment}))
        if comment == "three":
            publish = lambda: steps.aws.publish_state_machine_version(stateMachineArn=machine)  # noqa: E731
            assert refused(publish) == "ServiceQuotaExceededException"
        else:
            versions.append(steps.aws.publish_state_machine_version(stateMachineArn=machine)["stateMachineVersionArn"])
    route = [{"stateMachineVersionArn": versions[0], "weight": 100}]
    steps.aws.create_state_machine_alias(name="one", routingConfiguration=route)
    alias = lambda: steps.aws.create_state_machine_alias(name="two", routingConfiguration=route)  # noqa: E731
    assert refused(alias) == "ServiceQuotaExceededException"
    steps.aws.tag_resource(resourceArn=machine, tags=[{"key": "a", "value": "1"}])
    tag = lambda: steps.aws.tag_resource(resourceArn=machine, tags=[{"key": "b", "value": "2"}])  # noqa: E731
    assert refused(tag) == "TooManyTags"


def test_more_tags_than_on_aws_can_be_allowed(with_quotas):
    steps = with_quotas(tags=60)
    tags = [{"key": f"k{number}", "value": "v"} for number in range(60)]
    machine = steps.machine(PASS, tags=tags)
    assert len(steps.aws.list_tags_for_resource(resourceArn=machine)["tags"]) == 60
    assert refused(lambda: steps.machine(PASS, tags=[*tags, {"key": "more", "value": "v"}])) == "TooManyTags"


def test_waiting_workers_are_bounded(with_quotas):
    steps = with_quotas(activity_pollers=1)
    activity = steps.activity()
    with concurrent.futures.ThreadPoolExecutor() as pool:
        first = pool.submit(poll_at_last, steps, activity)
        until(lambda: is_full(steps, activity))
        steps.start(steps.machine(one(task(activity))))
        assert first.result()[1] == {}


def poll_at_last(steps, activity):
    """Whoever looks whether the queue is full may stand in it for a moment."""
    while True:
        try:
            return steps.poll(activity)
        except steps.aws.exceptions.ActivityWorkerLimitExceeded:
            continue


def is_full(steps, activity):
    """Whether a second worker is refused: once the first waits. One that came too early does not wait long."""
    import urllib3

    body = json.dumps({"activityArn": activity})
    headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AWSStepFunctions.GetActivityTask"}
    try:
        answer = urllib3.request("POST", steps.server.url, body=body, headers=headers, timeout=0.5, retries=False)
    except urllib3.exceptions.TimeoutError:
        return False
    return json.loads(answer.data).get("__type") == "ActivityWorkerLimitExceeded"


def large_definition(characters):
    return PASS | {"Comment": "x" * characters}


def test_definitions_and_requests_can_be_larger(with_quotas, steps):
    definition = json.dumps(large_definition(2 * MEBIBYTE))
    status, _, answer = steps.server.post("CreateStateMachine", {"name": "m", "definition": definition, "roleArn": ROLE})
    assert status == 413 or "definition" in answer["message"], answer
    assert with_quotas(definition_bytes=3 * MEBIBYTE).machine(definition)
    # A request may be larger than all that is in it, by spaces for example.
    padded = " " * (2 * MEBIBYTE) + "{}"
    assert steps.server.post("ListStateMachines", padded)[0] == 413
    assert with_quotas(request_bytes=2 * MEBIBYTE).server.post("ListStateMachines", padded)[0] == 200


def test_throttling_is_off_unless_it_is_asked_for(with_quotas, steps):
    def refusals(of):
        answers = [of.server.post("TestState", {})[2].get("__type", "") for _ in range(80)]
        return sum("ThrottlingException" in answer for answer in answers)

    assert refusals(steps) == 0
    throttled = with_quotas(throttling=True)
    refused = refusals(throttled)
    assert refused > 0
    with urllib.request.urlopen(f"{throttled.server.url}/metrics", timeout=30) as page:
        assert f'ThrottledEvents{{APIName="TestState"}} {refused}\n' in page.read().decode()


def test_quota_out_of_its_range_ends_the_start(executable, tmp_path):
    config = tmp_path / "quotas.toml"
    for table, expected in (
        ("payload_bytes = 1000", "expected the quota `payload_bytes` to be 262144 to 16777216, found 1000"),
        ("open_executions = 0", "expected the quota `open_executions` to be 1 to 1000000000, found 0"),
    ):
        config.write_text(f"[quotas]\n{table}\n")
        command = [str(executable), "serve", "--listen", "127.0.0.1:0", "--data-dir", str(tmp_path / "data")]
        ended = subprocess.run([*command, "--config", str(config)], capture_output=True, text=True, timeout=60)
        assert (ended.returncode, ended.stderr) == (2, f"stairway: {expected}\n")
