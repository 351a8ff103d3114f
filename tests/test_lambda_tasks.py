"""Tasks that invoke Lambda functions: `lambda:invoke` and function ARNs, on functions that run here."""

import json
import sys

import pytest

from machines import call, one, task
from stairway import ROOT, Steps, until

ARN = "arn:aws:lambda:us-east-1:000000000000:function:order"
HANDLER = '''
import json
import time


class NoFunds(Exception):
    pass


def handler(event, context):
    print("asked", json.dumps(event))
    if event.get("fail"):
        raise NoFunds("the card is empty")
    if event.get("sleep"):
        time.sleep(600)
    return {"got": event}
'''


@pytest.fixture
def steps(serve, tmp_path):
    (tmp_path / "app.py").write_text(HANDLER)
    runtime = ROOT / "examples" / "python_runtime.py"
    order = {
        "command": [sys.executable, "-u", str(runtime), "app.handler"],
        "directory": str(tmp_path),
        "timeout_seconds": 60,
    }
    return Steps(serve(functions={"order": order, "short": order | {"timeout_seconds": 1}}))


def invoke(payload, name="order", **more):
    return {"FunctionName": name, "Payload": payload, **more}


def test_a_function_is_invoked_and_its_answer_is_data(steps):
    execution = steps.run(call("lambda:invoke", invoke({"a": [1.5]})))
    output = steps.output(execution)
    assert (output["StatusCode"], output["ExecutedVersion"]) == (200, "$LATEST")
    assert output["Payload"] == {"got": {"a": [1.5]}}
    assert output["SdkHttpMetadata"]["HttpStatusCode"] == 200
    assert output["SdkResponseMetadata"]["RequestId"]
    assert steps.chain(execution)[2:] == [
        (3, 2, "TaskScheduled"),
        (4, 3, "TaskStarted"),
        (5, 4, "TaskSucceeded"),
        (6, 5, "TaskStateExited"),
        (7, 6, "ExecutionSucceeded"),
    ]


def test_a_function_arn_takes_the_input_and_gives_the_answer(steps):
    execution = steps.run(one(task(ARN, TimeoutSeconds=60)), {"a": 1})
    assert steps.output(execution) == {"got": {"a": 1}}
    assert steps.chain(execution)[2:] == [
        (3, 2, "LambdaFunctionScheduled"),
        (4, 3, "LambdaFunctionStarted"),
        (5, 4, "LambdaFunctionSucceeded"),
        (6, 5, "TaskStateExited"),
        (7, 6, "ExecutionSucceeded"),
    ]
    scheduled = steps.details(execution, "LambdaFunctionScheduled")
    assert scheduled == {"resource": ARN, "input": {"a": 1}, "timeoutInSeconds": 60}


def by_name(**fields):
    return call("lambda:invoke", {"FunctionName": "order", "Payload.$": "$"}, **fields)


def by_arn(**fields):
    return one(task(ARN, **fields))


in_both_forms = pytest.mark.parametrize(
    "definition, kind", [(by_name, "Task"), (by_arn, "LambdaFunction")], ids=["lambda:invoke", "function ARN"]
)


@in_both_forms
def test_the_exception_of_a_handler_is_the_error_of_the_task(steps, definition, kind):
    execution = steps.run(definition(), {"fail": True})
    ended = steps.describe(execution)
    assert ended["error"] == "NoFunds"
    assert json.loads(ended["cause"])["errorMessage"] == "the card is empty"
    assert steps.types(execution)[-2:] == [f"{kind}Failed", "ExecutionFailed"]


@in_both_forms
def test_a_function_that_takes_too_long_for_its_task_times_out(steps, definition, kind):
    execution = steps.run(definition(TimeoutSeconds=1), {"sleep": True})
    assert steps.describe(execution)["error"] == "States.Timeout"
    assert steps.types(execution)[-2:] == [f"{kind}TimedOut", "ExecutionFailed"]


@in_both_forms
def test_an_execution_can_be_stopped_while_its_function_runs(steps, definition, kind):
    execution = steps.start(steps.machine(definition()), {"sleep": True})
    steps.until_event(execution, f"{kind}Started")
    steps.aws.stop_execution(executionArn=execution)
    assert steps.types(execution)[-2:] == [f"{kind}Started", "ExecutionAborted"]


def test_a_function_that_takes_too_long_for_itself_fails(steps):
    ended = steps.describe(steps.run(call("lambda:invoke", invoke({"sleep": True}, "short"))))
    assert ended["error"] == "Sandbox.Timedout"


def test_an_event_is_taken_at_once(steps):
    execution = steps.run(call("lambda:invoke", invoke({"sleep": True}, InvocationType="Event")))
    assert steps.output(execution)["StatusCode"] == 202


def test_a_callback_waits_for_the_function_and_then_for_the_token(steps):
    payload = {"token.$": "$$.Task.Token"}
    execution = steps.start(steps.machine(call("lambda:invoke.waitForTaskToken", invoke(payload))))
    steps.until_event(execution, "TaskSubmitted")
    token = steps.details(execution, "TaskSubmitted")["output"]["Payload"]["got"]["token"]
    steps.succeed(token, {"done": True})
    steps.server.await_end(execution)
    assert steps.output(execution) == {"done": True}


def test_a_callback_whose_function_fails_is_not_submitted(steps):
    execution = steps.run(call("lambda:invoke.waitForTaskToken", invoke({"fail": True, "token.$": "$$.Task.Token"})))
    assert steps.describe(execution)["error"] == "NoFunds"
    assert steps.types(execution)[-2:] == ["TaskSubmitFailed", "ExecutionFailed"]


def test_what_a_function_prints_is_shown_with_its_name(steps):
    steps.run(call("lambda:invoke", invoke({"a": 1})))
    until(lambda: any("function order [" in line and 'asked {"a": 1}' in line for line in steps.server.errors))
