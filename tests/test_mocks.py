"""Mocked services: executions started as test cases of a mock configuration, as with Step Functions Local."""

import json
import subprocess
import sys

import pytest
from botocore.exceptions import ClientError

from machines import call, chain, one, task
from stairway import ROLE, Server, Steps, environment, until

LAMBDA = "arn:aws:states:::lambda:invoke"
SEND = "arn:aws:states:::sqs:sendMessage"
RETRY = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 3, "BackoffRate": 1}]
LAMBDA_THEN_SQS = {
    "StartAt": "LambdaState",
    "States": {
        "LambdaState": {
            "Type": "Task",
            "Resource": LAMBDA,
            "Parameters": {"FunctionName": "HelloWorldFunction", "Payload.$": "$"},
            "Retry": RETRY,
            "Next": "SQSState",
        },
        "SQSState": {
            "Type": "Task",
            "Resource": SEND,
            "Parameters": {"QueueUrl": "http://127.0.0.1:9/123456789012/q", "MessageBody.$": "$"},
            "End": True,
        },
    },
}
HELLO = {"StatusCode": 200, "Payload": {"StatusCode": 200, "body": "Hello from Lambda!"}}
SENT = {"MD5OfMessageBody": "3bcb6e8e-7h85-4375-b0bc-1a59812c6e51", "MessageId": "3bcb6e8e"}
MOCKS = {
    "StateMachines": {
        "LambdaSQSIntegration": {
            "TestCases": {
                "HappyPath": {"LambdaState": "MockedLambdaSuccess", "SQSState": "MockedSQSSuccess"},
                "RetryPath": {"LambdaState": "MockedLambdaRetry", "SQSState": "MockedSQSSuccess"},
                "HybridPath": {"LambdaState": "MockedLambdaSuccess"},
            }
        }
    },
    "MockedResponses": {
        "MockedLambdaSuccess": {"0": {"Return": HELLO}},
        "MockedSQSSuccess": {"0": {"Return": SENT}},
        "MockedLambdaRetry": {
            "0": {"Throw": {"Error": "Lambda.ResourceNotReadyException", "Cause": "Lambda resource is not ready."}},
            "1-2": {"Throw": {"Error": "Lambda.TimeoutException", "Cause": "Lambda timed out."}},
            "3": {"Return": HELLO},
        },
    },
}


def cases(machine, responses, **test_cases):
    return {"StateMachines": {machine: {"TestCases": test_cases}}, "MockedResponses": responses}


class Mocked:
    """A server with a mock configuration that a test may write anew."""

    def __init__(self, serve, tmp_path):
        self.file = tmp_path / "mocks.json"
        self.write(MOCKS)
        self.server = serve(SFN_MOCK_CONFIG=str(self.file))
        self.steps = Steps(self.server)

    def write(self, mocks):
        self.file.write_text(json.dumps(mocks))

    def run(self, machine, test_case, payload=None, **options):
        execution = self.steps.start(f"{machine}#{test_case}", payload, **options)
        self.server.await_end(execution)
        return execution


@pytest.fixture
def mocked(serve, tmp_path):
    return Mocked(serve, tmp_path)


@pytest.fixture
def documented(mocked):
    return mocked.steps.machine(LAMBDA_THEN_SQS, name="LambdaSQSIntegration")


def refused(start):
    with pytest.raises(ClientError) as refusal:
        start()
    error = refusal.value.response["Error"]
    return f"{error['Code']}: {error['Message']}"


def test_happy_path_of_the_documentation_calls_nobody(mocked, documented):
    execution = mocked.run(documented, "HappyPath", name="executionWithHappyPathMockedServices")
    assert execution.endswith(":execution:LambdaSQSIntegration:executionWithHappyPathMockedServices")
    described = mocked.steps.describe(execution)
    assert (described["status"], json.loads(described["output"])) == ("SUCCEEDED", SENT)
    assert described["stateMachineArn"] == documented
    assert mocked.steps.chain(execution) == [
        (1, 0, "ExecutionStarted"),
        (2, 0, "TaskStateEntered"),
        (3, 2, "TaskScheduled"),
        (4, 3, "TaskStarted"),
        (5, 4, "TaskSucceeded"),
        (6, 5, "TaskStateExited"),
        (7, 6, "TaskStateEntered"),
        (8, 7, "TaskScheduled"),
        (9, 8, "TaskStarted"),
        (10, 9, "TaskSucceeded"),
        (11, 10, "TaskStateExited"),
        (12, 11, "ExecutionSucceeded"),
    ]


def test_retries_get_the_answers_of_their_numbers(mocked, documented):
    execution = mocked.run(documented, "RetryPath")
    failed = [event[3]["error"] for event in mocked.steps.history(execution) if event[2] == "TaskFailed"]
    assert failed == ["Lambda.ResourceNotReadyException"] + 2 * ["Lambda.TimeoutException"]
    assert mocked.steps.describe(execution)["status"] == "SUCCEEDED"


def test_states_that_a_case_does_not_name_go_to_the_service(serve, tmp_path, counterpart):
    file = tmp_path / "mocks.json"
    file.write_text(json.dumps(MOCKS))
    server = serve(SFN_MOCK_CONFIG=str(file), AWS_ENDPOINT_URL=counterpart.url)
    steps = Steps(server)
    execution = steps.start(steps.machine(LAMBDA_THEN_SQS, name="LambdaSQSIntegration") + "#HybridPath")
    until(lambda: counterpart.requests)
    steps.aws.stop_execution(executionArn=execution)


def test_without_a_test_case_nothing_is_mocked(mocked, documented):
    assert "ExecutionFailed" in mocked.steps.types(run_unmocked(mocked, documented))


def run_unmocked(mocked, machine):
    execution = mocked.steps.start(machine)
    mocked.server.await_end(execution)
    return execution


def test_aws_command_starts_a_test_case(mocked, documented):
    command = [
        *(sys.executable, "-m", "awscli", "stepfunctions", "start-execution", "--endpoint", mocked.server.url),
        *("--name", "one", "--state-machine-arn", f"{documented}#HappyPath"),
    ]
    told = subprocess.run(command, env=environment(), capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    execution = json.loads(told.stdout)["executionArn"]
    mocked.server.await_end(execution)
    assert mocked.steps.output(execution) == SENT


def test_mocked_activity_reaches_no_worker(mocked):
    activity = mocked.steps.activity()
    machine = mocked.steps.machine(one(task(activity)), name="pack")
    mocked.write(cases("pack", {"R": {"0": {"Return": "packed"}}}, Case={"Only": "R"}))
    execution = mocked.run(machine, "Case")
    assert mocked.steps.output(execution) == "packed"
    assert "ActivityStarted" in mocked.steps.types(execution)
    other = mocked.steps.start(machine)
    token, _ = mocked.steps.poll(activity)
    mocked.steps.succeed(token, "by hand")
    mocked.server.await_end(other)
    assert mocked.steps.output(other) == "by hand"


@pytest.mark.parametrize(
    "resource, parameters",
    [
        ("sqs:sendMessage.waitForTaskToken", {"QueueUrl": "q", "MessageBody.$": "$$.Task.Token"}),
        ("states:startExecution.sync:2", {"StateMachineArn": "arn:aws:states:us-east-1:1:stateMachine:child"}),
    ],
)
def test_mocked_callback_and_job_end_by_themselves(mocked, resource, parameters):
    machine = mocked.steps.machine(call(resource, parameters), name="job")
    mocked.write(cases("job", {"R": {"0": {"Return": {"done": True}}}}, Case={"Only": "R"}))
    execution = mocked.run(machine, "Case")
    assert mocked.steps.output(execution) == {"done": True}
    assert mocked.steps.types(execution)[2:6] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"]


def test_iterations_of_a_map_take_one_answer_each(mocked):
    map_state = {
        "Type": "Map",
        "MaxConcurrency": 1,
        "ItemProcessor": {"StartAt": "Item", "States": {"Item": task(SEND, Parameters={"QueueUrl": "q", "MessageBody": "m"})}},
        "End": True,
    }
    machine = mocked.steps.machine(one(map_state), name="map")
    mocked.write(cases("map", {"R": {"0": {"Return": 0}, "1-2": {"Return": 1}}}, Case={"Item": "R"}))
    assert mocked.steps.output(mocked.run(machine, "Case", [1, 2, 3])) == [0, 1, 1]
    beyond = mocked.steps.describe(mocked.run(machine, "Case", [1, 2, 3, 4]))
    assert (beyond["status"], beyond["error"]) == ("FAILED", "States.Runtime")
    assert beyond["cause"].startswith("The test case 'Case' has no answer for invocation 3 of the state 'Item': ")


def test_file_is_read_at_each_start(mocked, documented):
    mocked.write(json.loads(json.dumps(MOCKS).replace("HappyPath", "Sunny")))
    unknown = refused(lambda: mocked.steps.start(f"{documented}#HappyPath"))
    assert unknown == (
        "ValidationException: The mock configuration has no test case 'HappyPath' of the state machine "
        "'LambdaSQSIntegration', only 'HybridPath', 'RetryPath', 'Sunny'."
    )
    assert mocked.steps.describe(mocked.run(documented, "Sunny"))["status"] == "SUCCEEDED"
    mocked.file.write_text("{")
    assert refused(lambda: mocked.steps.start(f"{documented}#Sunny")).startswith(
        f"ValidationException: cannot use the mock configuration `{mocked.file}`: expected JSON, found at line 1"
    )


def test_case_that_does_not_fit_its_machine_starts_nothing(mocked, documented):
    mocked.write(cases("LambdaSQSIntegration", {"R": {"0": {"Return": 0}}}, Typo={"LambdaStat": "R"}))
    assert refused(lambda: mocked.steps.start(f"{documented}#Typo")) == (
        "ValidationException: The test case 'Typo' does not fit the state machine 'LambdaSQSIntegration': it has "
        "no state 'LambdaStat'."
    )
    waits = mocked.steps.machine(chain(Rest={"Type": "Wait", "Seconds": 1}), name="waits")
    mocked.write(cases("waits", {"R": {"0": {"Return": 0}}}, Case={"Rest": "R"}))
    assert refused(lambda: mocked.steps.start(f"{waits}#Case")).endswith("'waits': the state 'Rest' is no Task.")
    assert mocked.steps.aws.list_executions(stateMachineArn=documented)["executions"] == []


def test_server_without_a_mock_configuration_says_so(steps):
    machine = steps.machine(LAMBDA_THEN_SQS)
    assert refused(lambda: steps.start(f"{machine}#HappyPath")).startswith(
        "ValidationException: The state machine ARN names the test case 'HappyPath', and this server was started "
        "without a mock configuration"
    )


def test_version_and_alias_run_as_test_cases(mocked, documented):
    version = mocked.steps.aws.publish_state_machine_version(stateMachineArn=documented)["stateMachineVersionArn"]
    routes = [{"stateMachineVersionArn": version, "weight": 100}]
    alias = mocked.steps.aws.create_state_machine_alias(name="PROD", routingConfiguration=routes)
    execution = mocked.run(alias["stateMachineAliasArn"], "HappyPath")
    described = mocked.steps.describe(execution)
    assert (described["status"], described["stateMachineVersionArn"]) == ("SUCCEEDED", version)


def test_test_case_survives_a_kill_and_the_loss_of_its_file(executable, tmp_path):
    file = tmp_path / "mocks.json"
    slow = json.loads(json.dumps(LAMBDA_THEN_SQS))
    slow["States"]["LambdaState"]["Retry"][0]["IntervalSeconds"] = 3
    file.write_text(json.dumps(MOCKS))
    command = [str(executable), "serve", "--listen", "127.0.0.1:0", "--data-dir", str(tmp_path / "data")]
    assert "--mock-config" in subprocess.run([*command[:2], "--help"], capture_output=True, text=True).stdout
    server = Server(executable, tmp_path / "data", environment=environment() | {"SFN_MOCK_CONFIG": str(file)}).start()
    try:
        steps = Steps(server)
        execution = steps.start(steps.machine(slow, name="LambdaSQSIntegration") + "#RetryPath")
        until(lambda: steps.types(execution).count("TaskFailed") == 2)
        file.unlink()
        server.environment = environment()
        steps = server.restart()
        server.await_end(execution)
        assert steps.output(execution) == SENT
        assert steps.types(execution).count("TaskScheduled") == 5
    finally:
        server.kill()


def test_mistake_in_the_file_ends_the_start(executable, tmp_path):
    file = tmp_path / "mocks.json"
    file.write_text(json.dumps(cases("m", {"R": {"0": {"Return": 0}, "2": {"Return": 0}}}, Case={"S": "R"})))
    settings = tmp_path / "stairway.toml"
    settings.write_text('mock_config = "mocks.json"\n')
    expected = (
        f"stairway: cannot use the mock configuration `{file}`: the mocked response `R`: expected an answer to "
        "invocation 1, found the next one at 2\n"
    )
    for told in (["--mock-config", str(file)], ["--config", str(settings)]):
        command = [str(executable), "serve", "--listen", "127.0.0.1:0", "--data-dir", str(tmp_path / "data"), *told]
        ended = subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=60)
        assert (ended.returncode, ended.stderr) == (2, expected)


def test_nested_execution_runs_as_a_test_case(mocked, documented):
    parent = call("states:startExecution.sync:2", {"StateMachineArn": f"{documented}#HappyPath", "Input": {}})
    execution = mocked.steps.run(parent)
    assert mocked.steps.output(execution)["Output"] == SENT


def test_role_is_the_one_of_the_machine(mocked, documented):
    execution = mocked.run(documented, "HappyPath")
    assert mocked.steps.details(execution, "ExecutionStarted") == {"input": {}, "roleArn": ROLE}
