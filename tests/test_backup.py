"""Backups of a directory that a server works on: at random moments, restored, and all of it goes on (I26)."""

import os
import random
import subprocess
import threading

import pytest

from machines import PASS, one, task
from stairway import Server, Steps

SEED = int(os.environ.get("STAIRWAY_TEST_SEED", "7"))


def backup(executable, *arguments):
    return subprocess.run(
        [executable, "backup", *map(str, arguments)], capture_output=True, text=True, timeout=60
    )


@pytest.fixture
def restored(executable):
    """Starts servers on copies."""
    started = []

    def start(copy):
        started.append(Server(executable, copy))
        return Steps(started[-1].start())

    yield start
    for server in started:
        if server.is_running():
            server.kill()


class Load:
    """Executions that start, wait for a worker, and end, as fast as they can; what was acknowledged."""

    def __init__(self, server):
        self.server = server
        steps = Steps(server)
        self.activity = steps.activity("work")
        self.passes = steps.machine(PASS, name="passes")
        self.works = steps.machine(one(task(self.activity, TimeoutSeconds=99999999)), name="works")
        self.started, self.tokens, self.succeeded = [], [], []
        self.is_over = threading.Event()
        self.threads = [threading.Thread(target=self.start_some), threading.Thread(target=self.work)]

    def start_some(self):
        steps, number = Steps(self.server), 0
        while not self.is_over.is_set():
            machine = (self.passes, self.works)[number % 2]
            self.started.append(steps.start(machine, {"n": number}, name=f"n{number}"))
            number += 1
            if number % 50 == 0:
                steps.machine(PASS, name=f"made-{number}")

    def work(self):
        """Answers one task of two; the token of the other is kept."""
        steps = Steps(self.server)
        while not self.is_over.is_set():
            answer = steps.aws.get_activity_task(activityArn=self.activity)
            if not answer.get("taskToken"):
                continue
            if len(self.tokens) <= len(self.succeeded):
                self.tokens.append(answer["taskToken"])
            else:
                steps.succeed(answer["taskToken"])
                self.succeeded.append(answer["taskToken"])

    def acknowledged(self):
        return list(self.started), list(self.tokens), len(self.succeeded)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        for thread in self.threads:
            thread.join(timeout=70)


def test_i26_a_backup_under_load_has_all_that_was_acknowledged_and_goes_on(executable, server, tmp_path, restored):
    chance = random.Random(SEED)
    copies = []
    with Load(server) as load:
        for number in range(4):
            threading.Event().wait(chance.uniform(0.2, 1.2))
            before = load.acknowledged()
            done = backup(executable, "--data-dir", server.data_dir, "--to", tmp_path / f"copy-{number}")
            assert done.returncode == 0, done.stderr
            copies.append((tmp_path / f"copy-{number}", before))
    server.kill()
    for copy, (started, tokens, succeeded) in copies:
        read = backup(executable, "--verify", copy)
        assert read.returncode == 0 and " is whole: format 2, " in read.stdout, read
        steps = restored(copy)
        check_restored(steps, load, started, tokens, succeeded)
        steps.server.stop()


def check_restored(steps, load, started, tokens, succeeded):
    listed = {}
    for machine in (load.passes, load.works):
        for page in steps.aws.get_paginator("list_executions").paginate(stateMachineArn=machine):
            listed |= {row["executionArn"]: row["status"] for row in page["executions"]}
    assert set(started) <= set(listed)
    # The last ones of before the backup may still have been on their way to their end.
    assert sum(listed[arn] == "SUCCEEDED" for arn in started if ":works:" in arn) >= succeeded - 2
    for token in tokens:
        steps.succeed(token)
    # Tasks that nobody had are offered again, and nothing is offered twice.
    offered = 0
    while any(status == "RUNNING" for status in statuses(steps, load.works)) and offered <= len(listed):
        # A task whose answer was on its way is held by the worker of before: its execution is stopped by hand.
        answer = steps.aws.get_activity_task(activityArn=load.activity) if has_waiting(steps, load) else {}
        if not answer.get("taskToken"):
            break
        steps.succeed(answer["taskToken"])
        offered += 1
    for arn, status in {arn: steps.describe(arn)["status"] for arn in started}.items():
        if status == "RUNNING":
            assert "ActivityStarted" in steps.types(arn), "only what a worker holds is open"
            steps.aws.stop_execution(executionArn=arn)
    steps.server.await_end(steps.start(load.passes, name="after-the-restore"))


def statuses(steps, machine):
    return [row["status"] for row in steps.aws.list_executions(stateMachineArn=machine)["executions"]]


def has_waiting(steps, load):
    """Whether an execution waits for a worker: asked for before polling, which waits a minute."""
    running = steps.aws.get_paginator("list_executions").paginate(
        stateMachineArn=load.works, statusFilter="RUNNING"
    )
    arns = [row["executionArn"] for page in running for row in page["executions"]]
    return any("ActivityStarted" not in steps.types(arn) for arn in arns)


def test_overdue_timers_fire_in_a_restored_copy(executable, server, tmp_path, restored):
    steps = Steps(server)
    execution = steps.start(steps.machine(one({"Type": "Wait", "Seconds": 2, "End": True})))
    assert backup(executable, "--data-dir", server.data_dir, "--to", tmp_path / "copy").returncode == 0
    assert server.await_end(execution)["status"] == "SUCCEEDED"
    server.kill()
    assert restored(tmp_path / "copy").server.await_end(execution)["status"] == "SUCCEEDED"


def test_a_directory_without_a_server_is_copied_too(executable, server, tmp_path, restored):
    steps = Steps(server)
    execution = steps.run(PASS)
    server.kill()
    done = backup(executable, "--data-dir", server.data_dir, "--to", tmp_path / "copy")
    assert done.returncode == 0 and done.stdout.startswith(f"copied to {tmp_path / 'copy'}: format 2, ")
    assert restored(tmp_path / "copy").describe(execution)["status"] == "SUCCEEDED"


def test_what_cannot_be_copied_is_said_in_one_line(executable, server, tmp_path):
    Steps(server).run(PASS)
    refused = backup(executable, "--data-dir", tmp_path / "nowhere", "--to", tmp_path / "copy")
    assert refused.returncode == 1 and "expected a data directory, found none at" in refused.stderr
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter").write_text("mine")
    refused = backup(executable, "--data-dir", server.data_dir, "--to", tmp_path / "full")
    assert refused.returncode == 1
    assert refused.stderr.endswith("expected an empty directory for the backup, found `letter` in it\n")
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["letter"]
    in_use = backup(executable, "--verify", server.data_dir)
    assert in_use.returncode == 1 and "in use by another process" in in_use.stderr
    assert backup(executable).returncode == 2


def test_damage_to_a_copy_is_found(executable, server, tmp_path):
    steps = Steps(server)
    for _ in range(3):
        steps.run(PASS)
    backup(executable, "--data-dir", server.data_dir, "--to", tmp_path / "copy")
    log = tmp_path / "copy" / "log-0000000001"
    content = bytearray(log.read_bytes())
    content[700] ^= 1
    log.write_bytes(content)
    found = backup(executable, "--verify", tmp_path / "copy")
    assert found.returncode == 1
    assert "is not a whole copy: the stored data is damaged: `log-0000000001` at byte " in found.stderr
