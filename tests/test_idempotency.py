"""Requests that are sent again: by a retry, by many callers at once, around the death of the server."""

import concurrent.futures
import json
import threading

import pytest
from botocore.exceptions import ClientError

from machines import PASS, WAIT_LONG
from stairway import ROLE, Server, Steps, environment

CALLERS = 16


@pytest.fixture
def restartable(executable, tmp_path):
    server = Server(executable, tmp_path / "data", environment=environment()).start()
    yield server
    if server.is_running():
        server.kill()


def together(calls):
    """The answers of calls that are made at one moment: what came, or the error's code."""
    gate = threading.Barrier(len(calls))

    def make(call):
        gate.wait()
        try:
            return call()
        except ClientError as refusal:
            return refusal.response["Error"]["Code"]

    with concurrent.futures.ThreadPoolExecutor(max_workers=len(calls)) as pool:
        return list(pool.map(make, calls))


def starter(server, machine, **options):
    client = server.client()

    def start():
        answer = client.start_execution(stateMachineArn=machine, **options)
        return answer["executionArn"], answer["startDate"]

    return start


def creator(server, **options):
    client = server.client()

    def create():
        answer = client.create_state_machine(name="one", roleArn=ROLE, **options)
        return answer["stateMachineArn"], answer["creationDate"]

    return create


def test_starts_at_once_under_one_name_are_one_execution(server, steps):
    machine = steps.machine(WAIT_LONG)
    for round_number in range(5):
        name = f"round-{round_number}"
        answers = together([starter(server, machine, name=name, input='{"a": 1}') for _ in range(CALLERS)])
        assert len(set(answers)) == 1, answers
    assert len(steps.aws.list_executions(stateMachineArn=machine)["executions"]) == 5


def test_starts_at_once_with_two_inputs_are_one_execution_and_refusals(server, steps):
    machine = steps.machine(WAIT_LONG)
    inputs = ['{"a": 1}', '{"a":1}'] * (CALLERS // 2)
    answers = together([starter(server, machine, name="one", input=text) for text in inputs])
    started = {answer for answer in answers if answer != "ExecutionAlreadyExists"}
    assert len(started) == 1 and answers.count("ExecutionAlreadyExists") == CALLERS // 2, answers
    ((arn, _),) = started
    won = steps.describe(arn)["input"]
    refused = {text for text, answer in zip(inputs, answers) if answer == "ExecutionAlreadyExists"}
    assert refused == set(inputs) - {won}


def test_start_again_finds_the_execution_while_it_runs_also_after_a_kill(restartable):
    steps = Steps(restartable)
    machine = steps.machine(WAIT_LONG)
    start = {"name": "one", "input": "[1]"}
    first = starter(restartable, machine, **start)()
    steps = restartable.restart()
    again = together([starter(restartable, machine, **start) for _ in range(4)])
    assert set(again) == {first}
    other = starter(restartable, machine, name="one", input="[ 1]")
    assert together([other]) == ["ExecutionAlreadyExists"]
    steps.aws.stop_execution(executionArn=first[0])
    assert together([starter(restartable, machine, **start)]) == ["ExecutionAlreadyExists"]
    restartable.restart()
    assert together([starter(restartable, machine, **start)]) == ["ExecutionAlreadyExists"]


def test_starts_around_a_kill_leave_one_execution_each(restartable):
    """Callers that do not know whether their start arrived send it again, and each is started once."""
    steps = Steps(restartable)
    machine = steps.machine(WAIT_LONG)
    names = [f"order-{number}" for number in range(60)]
    killed = threading.Event()
    first = {}

    def start(name):
        try:
            first[name] = starter(restartable, machine, name=name, input=json.dumps(name))()
        except Exception:
            # No answer: the server was killed meanwhile.
            assert killed.is_set()

    with concurrent.futures.ThreadPoolExecutor(max_workers=8) as pool:
        working = [pool.submit(start, name) for name in names]
        while len(first) < 10:
            concurrent.futures.wait(working, timeout=0.01, return_when=concurrent.futures.FIRST_COMPLETED)
        killed.set()
        restartable.kill()
        for one in working:
            one.result()
    restartable.start()
    again = {name: starter(restartable, machine, name=name, input=json.dumps(name))() for name in names}
    assert {name: again[name] for name in first} == first
    pages = Steps(restartable).aws.get_paginator("list_executions").paginate(stateMachineArn=machine)
    listed = [execution["name"] for page in pages for execution in page["executions"]]
    assert sorted(listed) == sorted(names)


def test_starts_without_a_name_are_executions_of_their_own(server, steps):
    machine = steps.machine(PASS)
    answers = together([starter(server, machine) for _ in range(CALLERS)])
    assert len({arn for arn, _ in answers}) == CALLERS


def test_machines_created_at_once_are_one_or_refused(server):
    same = {"definition": json.dumps(PASS)}
    answers = together([creator(server, **same) for _ in range(CALLERS)])
    assert len(set(answers)) == 1, answers
    other = {"definition": json.dumps(PASS, indent=1)}
    assert set(together([creator(server, **other) for _ in range(4)])) == {"StateMachineAlreadyExists"}


def test_two_definitions_created_at_once_are_one_machine(server, steps):
    texts = [json.dumps(PASS), json.dumps(PASS | {"Comment": "the other"})] * (CALLERS // 2)
    answers = together([creator(server, definition=text) for text in texts])
    created = {answer for answer in answers if answer != "StateMachineAlreadyExists"}
    assert len(created) == 1, answers
    ((arn, _),) = created
    won = steps.aws.describe_state_machine(stateMachineArn=arn)["definition"]
    refused = {text for text, answer in zip(texts, answers) if answer == "StateMachineAlreadyExists"}
    assert refused == set(texts) - {won}


@pytest.mark.parametrize("published", [False, True])
def test_machine_created_again_is_the_same_also_after_a_kill(restartable, published):
    options = {"definition": json.dumps(PASS), "publish": published}
    if published:
        options["versionDescription"] = "first"
    first = creator(restartable, **options)()
    restartable.restart()
    # Role and tags do not count; a publication does.
    assert creator(restartable, **options, tags=[{"key": "a", "value": "b"}])() == first
    client = restartable.client()
    role = ROLE.replace("stairway", "another")
    assert client.create_state_machine(name="one", roleArn=role, **options)["creationDate"] == first[1]
    assert client.describe_state_machine(stateMachineArn=first[0])["roleArn"] == ROLE
    different = options | {"publish": not published}
    different.pop("versionDescription", None)
    assert together([creator(restartable, **different)]) == ["StateMachineAlreadyExists"]
    assert len(client.list_state_machine_versions(stateMachineArn=first[0])["stateMachineVersions"]) == published
