"""Activities and task tokens: who gets a task, what each answer does, what a late one does."""

import json
import threading
import time

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from machines import one, task
from stairway import until

GONE = "Task Timed Out: 'Provided task does not exist anymore'"


def error_of(call):
    """Name and text of the error that a call raises."""
    with pytest.raises(ClientError) as refused:
        call()
    return refused.value.response["Error"]["Code"], refused.value.response["Error"]["Message"]


def test_a_waiting_poll_gets_a_task_as_soon_as_there_is_one(server, steps):
    activity = steps.activity()
    machine = steps.machine(one(task(activity)))
    answers = []

    def poll():
        answers.append(server.client().get_activity_task(activityArn=activity, workerName="early"))

    poller = threading.Thread(target=poll)
    poller.start()
    execution = steps.start(machine, {"a": 1})
    poller.join(timeout=30)
    assert json.loads(answers[0]["input"]) == {"a": 1}
    steps.succeed(answers[0]["taskToken"])
    server.await_end(execution)
    assert steps.history(execution)[3] == (4, 3, "ActivityStarted", {"workerName": "early"})


def test_tasks_are_given_once_and_in_order(steps):
    activity = steps.activity()
    machine = steps.machine(one(task(activity)))
    for number in range(5):
        steps.start(machine, {"n": number})
    given = [steps.poll(activity) for _ in range(5)]
    assert [content["n"] for _, content in given] == [0, 1, 2, 3, 4]
    assert len({token for token, _ in given}) == 5


def test_a_poll_without_a_task_answers_empty_after_a_minute(server):
    arn = server.client().create_activity(name="idle")["activityArn"]
    begun = time.monotonic()
    status, _, body = server.post("GetActivityTask", {"activityArn": arn})
    assert status == 200
    assert not body.get("taskToken")
    assert 55 <= time.monotonic() - begun <= 70


def test_a_second_answer_finds_the_task_gone(server, steps):
    activity = steps.activity()
    execution = steps.start(steps.machine(one(task(activity))))
    token, _ = steps.poll(activity)
    steps.succeed(token, {"first": True})
    server.await_end(execution)
    late = (
        lambda: steps.aws.send_task_success(taskToken=token, output="{}"),
        lambda: steps.aws.send_task_failure(taskToken=token),
        lambda: steps.aws.send_task_heartbeat(taskToken=token),
    )
    for call in late:
        assert error_of(call) == ("TaskTimedOut", GONE)
    assert steps.output(execution) == {"first": True}
    assert len(steps.history(execution)) == 7


def test_a_changed_token_is_no_token(steps):
    activity = steps.activity()
    steps.start(steps.machine(one(task(activity))))
    token, _ = steps.poll(activity)
    middle = len(token) // 2
    changed = token[:middle] + ("A" if token[middle] != "A" else "B") + token[middle + 1 :]
    for forged in (changed, token + "A", token[:-4], "x" * 100):
        code, _ = error_of(lambda: steps.aws.send_task_success(taskToken=forged, output="{}"))
        assert code == "InvalidToken"
    steps.succeed(token)


def test_a_token_of_a_stopped_execution_is_refused(steps):
    activity = steps.activity()
    execution = steps.start(steps.machine(one(task(activity))))
    token, _ = steps.poll(activity)
    steps.aws.stop_execution(executionArn=execution)
    assert error_of(lambda: steps.succeed(token)) == ("TaskTimedOut", GONE)


def test_a_task_that_is_never_polled_times_out_without_being_started(server, steps):
    execution = steps.run(one(task(steps.activity(), TimeoutSeconds=1)))
    assert steps.history(execution)[2:] == [
        (3, 2, "ActivityScheduled", steps.history(execution)[2][3]),
        (4, 3, "ActivityTimedOut", {"error": "States.Timeout"}),
        (5, 4, "ExecutionFailed", {"error": "States.Timeout"}),
    ]
    assert steps.history(execution)[2][3]["timeoutInSeconds"] == 1


def test_a_task_that_takes_too_long_times_out_and_its_answer_is_late(server, steps):
    activity = steps.activity()
    execution = steps.start(steps.machine(one(task(activity, TimeoutSeconds=1))))
    token, _ = steps.poll(activity)
    server.await_end(execution)
    assert [event[2] for event in steps.history(execution)][3:] == [
        "ActivityStarted",
        "ActivityTimedOut",
        "ExecutionFailed",
    ]
    assert error_of(lambda: steps.succeed(token)) == ("TaskTimedOut", GONE)


def test_a_missed_heartbeat_is_a_timeout(server, steps):
    activity = steps.activity()
    execution = steps.start(steps.machine(one(task(activity, TimeoutSeconds=60, HeartbeatSeconds=1))))
    steps.poll(activity)
    server.await_end(execution)
    history = steps.history(execution)
    assert history[2][3]["heartbeatInSeconds"] == 1
    assert history[4] == (5, 4, "ActivityTimedOut", {"error": "States.Timeout"})


def test_heartbeats_keep_a_task_alive_and_leave_no_event(server, steps):
    activity = steps.activity()
    execution = steps.start(steps.machine(one(task(activity, TimeoutSeconds=60, HeartbeatSeconds=2))))
    token, _ = steps.poll(activity)
    for _ in range(8):
        time.sleep(0.5)
        steps.aws.send_task_heartbeat(taskToken=token)
    steps.succeed(token)
    assert server.await_end(execution)["status"] == "SUCCEEDED"
    assert len(steps.history(execution)) == 7


def test_a_failed_task_is_retried_and_its_first_token_is_gone(server, steps):
    activity = steps.activity()
    retry = [{"ErrorEquals": ["Flaky"], "IntervalSeconds": 1, "MaxAttempts": 2}]
    execution = steps.start(steps.machine(one(task(activity, Retry=retry))))
    first, _ = steps.poll(activity)
    steps.aws.send_task_failure(taskToken=first, error="Flaky", cause="once")
    second, _ = steps.poll(activity)
    assert first != second
    assert error_of(lambda: steps.succeed(first))[0] == "TaskTimedOut"
    steps.succeed(second)
    assert server.await_end(execution)["status"] == "SUCCEEDED"


def test_a_deleted_activity_fails_its_execution(server, steps):
    activity = steps.activity()
    machine = steps.machine(one(task(activity)))
    steps.aws.delete_activity(activityArn=activity)
    execution = steps.start(machine)
    assert server.await_end(execution)["status"] == "FAILED"
    answer = steps.describe(execution)
    assert answer["error"] == "States.Runtime"
    assert f"The activity {activity} does not exist." in answer["cause"]


def test_a_poller_that_goes_away_does_not_take_a_task_along(server, steps):
    activity = steps.activity()
    with pytest.raises(TimeoutError):
        body = json.dumps({"activityArn": activity})
        headers = {"X-Amz-Target": "AWSStepFunctions.GetActivityTask", "Content-Type": "application/x-amz-json-1.0"}
        server.http("POST", "/", body, headers, timeout=0.5)
    steps.start(steps.machine(one(task(activity))), {"a": 1})
    assert steps.poll(activity)[1] == {"a": 1}


def test_an_output_above_256_kib_is_refused(steps, server):
    activity = steps.activity()
    steps.start(steps.machine(one(task(activity))))
    token, _ = steps.poll(activity)
    body = {"taskToken": token, "output": json.dumps("x" * 262_143)}
    status, _, answer = server.post("SendTaskSuccess", body)
    assert (status, answer["__type"]) == (400, "ValidationException")
    steps.aws.send_task_success(taskToken=token, output=json.dumps("x" * 262_142))


def test_many_pollers_share_the_work(server, steps):
    activity = steps.activity()
    machine = steps.machine(one(task(activity)))
    done = []

    def work():
        client = server.client()
        try:
            while len(done) < 40:
                given = client.get_activity_task(activityArn=activity)
                if given.get("taskToken"):
                    client.send_task_success(taskToken=given["taskToken"], output=given["input"])
                    done.append(given["input"])
        except BotoCoreError:
            # A poller that still waits when all is done loses its server with the end of the test.
            return

    for _ in range(8):
        threading.Thread(target=work, daemon=True).start()
    executions = [steps.start(machine, {"n": number}) for number in range(40)]
    for number, execution in enumerate(executions):
        assert server.await_end(execution)["status"] == "SUCCEEDED"
        assert steps.output(execution) == {"n": number}
    until(lambda: len(done) >= 40)
    assert sorted(json.loads(text)["n"] for text in done) == list(range(40))
