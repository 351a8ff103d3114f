"""One recorded case, played against a server: its steps in order, each answer compared.

Not here: which cases are played (`run.py`), how values are compared (`placeholders.py`).
"""

import datetime
import json
import threading
import time
import uuid

from placeholders import Bindings, Mismatch

ERROR_PREFIX = "An error occurred ({}) when calling the {} operation: {}"
# What AWS has shown since a date, which no recording from before can have: member and first day.
SHOWN_SINCE = (("encryptionConfiguration", "2024-07-25"), ("redriveCount", "2023-11-15"))
# Where the recorder dropped the ids inside a Parallel state, it dropped these events with them.
DROPPED_WITH_IDS = ("ParallelStateSucceeded", "ParallelStateFailed", "ParallelStateExited")
TERMINAL = ("ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut")


class Case:
    def __init__(self, recorded, server, account):
        self.recorded = recorded
        self.server = server
        self.account = account
        self.bindings = Bindings(account)
        # Steps of machines that only play a worker of activities: Stairway has real workers instead.
        self.played = set()
        self.executions = {}

    def play(self):
        """Raises `Mismatch` where the server does not do what AWS did."""
        for number, step in enumerate(self.recorded["steps"]):
            try:
                self.step(number, step)
            except Mismatch as mismatch:
                raise Mismatch(f"step {number} {step['op']}{mismatch}") from None
        for expected in self.expected():
            self.judge(expected)

    def expected(self):
        """What is known of executions, as (number of the step that started it, expectation)."""
        if "executions" in self.recorded:
            return [(one["step"], one["expected"]) for one in self.recorded["executions"]]
        if "expected" in self.recorded and self.executions:
            return [(max(self.executions), self.recorded["expected"])]
        return []

    def judge(self, expected):
        step, wanted = expected
        arn = self.executions.get(step)
        if arn is None:
            raise Mismatch(f"no execution was started by step {step}")
        if wanted.get("status") == "RUNNING":
            # Recorded before the end: what was there then must be the beginning of what is there now.
            self.compare_history(wanted["history"], self.history(arn)[: len(wanted["history"])])
            return
        described = self.ended(arn)
        for member in ("status", "output", "error", "cause"):
            if member in wanted:
                self.bindings.match(wanted[member], described.get(member), f" execution.{member}")
        if "describe" in wanted:
            self.compare(wanted["describe"], self.call("DescribeExecution", {"executionArn": arn}), " describe")
        if "history" in wanted:
            self.compare_history(wanted["history"], self.history(arn))

    def step(self, number, step):
        operation = step["op"]
        if is_played_worker(step["request"]) or step["request"].get("stateMachineArn") in self.played:
            self.play_worker(step)
            return
        if operation == "GetExecutionHistory" and isinstance(step.get("expect"), str):
            # A reference to the history that is judged at the end.
            return
        request = self.filled(step["request"])
        expect = step.get("expect", step.get("expect_error"))
        if operation in ("GetExecutionHistory", "DescribeExecution") and is_terminal(expect):
            self.ended(request["executionArn"])
        answer = self.call(operation, request)
        if operation == "StartExecution" and "executionArn" in answer:
            self.executions[number] = answer["executionArn"]
        for member, value in step.get("binds", {}).items():
            self.bind(value, answer, member)
        if "expect_error" in step:
            self.compare_error(step["expect_error"], operation, answer)
        elif operation == "GetExecutionHistory" and "events" in (expect or {}):
            self.compare_history(expect["events"], answer["events"])
        elif expect is not None:
            self.compare(expect, answer, "")

    def bind(self, recorded, answer, member):
        """Identifiers of an answer that was not compared."""
        if member not in answer:
            raise Mismatch(f": expected `{member}`, found {answer}")
        real = answer[member]
        try:
            self.bindings.match(recorded, real, f".{member}")
        except Mismatch:
            # A value of the reference run, such as an ARN with a UUID: it stands for ours from now on.
            self.bindings.words[recorded] = real

    def filled(self, request):
        filled = self.bindings.fill(request, self.invent)
        for member in ("definition", "input", "output"):
            if member in filled and not isinstance(filled[member], str):
                filled[member] = json.dumps(filled[member])
        return filled

    def invent(self, token):
        """A value for a placeholder that a request brings."""
        if token == "<timestamp>":
            # The parameter of the test is the end of the format: `.000000Z`, `Z`, nothing.
            name = self.recorded["name"]
            ending = name[name.index("[") + 1 : -1] if name.endswith("]") else "Z"
            soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=1)
            return soon.strftime("%Y-%m-%dT%H:%M:%S") + ending
        if token.startswith("<invalid_token_"):
            return "x" * int(token.split("_")[2])
        return f"{token.strip('<>').replace(':', '_').replace('-', '_')}_{uuid.uuid4().hex[:8]}"

    def call(self, operation, request):
        """The answer with what an SDK puts around it."""
        headers = {
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": f"AWSStepFunctions.{operation}",
            "Authorization": f"AWS4-HMAC-SHA256 Credential={self.account}/20260101/us-east-1/states/aws4_request, "
            "SignedHeaders=host, Signature=0",
        }
        status, _, text = self.server.http("POST", "/", json.dumps(request), headers)
        answer = json.loads(text) if text else {}
        if status != 200:
            name, message = answer.pop("__type", None), answer.get("message", "")
            answer["Error"] = {"Code": name, "Message": message}
        answer["ResponseMetadata"] = {"HTTPHeaders": {}, "HTTPStatusCode": status}
        return answer

    def compare(self, recorded, answer, place):
        unseen = {member for member, first_day in SHOWN_SINCE if self.recorded_on() < first_day}
        if "ResponseMetadata" not in recorded:
            unseen.add("ResponseMetadata")
        self.bindings.match(recorded, without(answer, recorded, unseen), place)

    def recorded_on(self):
        """The day as year, month, day; the corpus writes it the other way round."""
        return "-".join(reversed(self.recorded["recorded"].split(",")[0].split("-")))

    def compare_error(self, recorded, operation, answer):
        error = answer.get("Error")
        if error is None:
            raise Mismatch(f": expected an error, found {answer}")
        shown = ERROR_PREFIX.format(error["Code"], operation, error["Message"])
        if isinstance(recorded, str):
            self.bindings.match(recorded, shown, "")
        else:
            real = {"exception_typename": error["Code"], "exception_value": shown}
            self.bindings.match(recorded, real, "")

    def ended(self, arn):
        status, described = self.server.end(arn)
        if status != 200 or described["status"] == "RUNNING":
            raise Mismatch(f": expected the end of the execution, found {described}")
        return described

    def history(self, arn):
        events, token = [], {}
        while True:
            page = self.call("GetExecutionHistory", {"executionArn": arn, "maxResults": 1000, **token})
            events += page["events"]
            if "nextToken" not in page:
                return events
            token = {"nextToken": page["nextToken"]}

    def compare_history(self, recorded, real):
        """Event by event; inside Parallel and concurrent Map states, as a set without ids."""
        strict = {event["id"]: event for event in recorded if isinstance(event["id"], int)}
        loose = [event for event in recorded if not isinstance(event["id"], int)]
        left = []
        for event in real:
            if event["id"] in strict:
                self.bindings.match(strict.pop(event["id"]), event, f" event {event['id']}")
            else:
                left.append(event)
        if strict:
            raise Mismatch(f" history: the events {sorted(strict)} are missing, it has {len(real)}")
        for wanted in loose:
            wanted = {key: value for key, value in wanted.items() if key not in ("id", "previousEventId")}
            left.remove(self.first_like(wanted, left))
        surplus = [event["type"] for event in left if not loose or event["type"] not in DROPPED_WITH_IDS]
        if surplus:
            raise Mismatch(f" history: too many events: {surplus}")

    def first_like(self, wanted, events):
        for event in events:
            bare = {key: value for key, value in event.items() if key not in ("id", "previousEventId")}
            kept = dict(self.bindings.values)
            try:
                self.bindings.match(wanted, bare, "")
                return event
            except Mismatch:
                self.bindings.values = kept
        raise Mismatch(f" history: no event like {wanted}")

    def play_worker(self, step):
        """A machine of the recording that polls an activity: a thread does the same."""
        if step["op"] == "CreateStateMachine":
            self.played.add(step["binds"]["stateMachineArn"])
            self.worker = json.dumps(step["request"]["definition"])
        elif step["op"] == "StartExecution":
            threading.Thread(target=self.work, args=(self.worker,), daemon=True).start()

    def work(self, definition):
        activity = self.bindings.words["activity_arn"]
        request = {"activityArn": activity}
        name = find(json.loads(definition), "WorkerName")
        if name:
            request["workerName"] = name
        task = {}
        while not task.get("taskToken"):
            task = self.call("GetActivityTask", request)
        if "sendTaskHeartbeat" in definition:
            time.sleep(1)
            self.call("SendTaskHeartbeat", {"taskToken": task["taskToken"]})
        if "sendTaskSuccess" in definition:
            self.call("SendTaskSuccess", {"taskToken": task["taskToken"], "output": task["input"]})


def without(answer, recorded, unseen):
    """The answer without what the recording cannot have, however deep."""
    if isinstance(answer, dict) and isinstance(recorded, dict):
        kept = {key: value for key, value in answer.items() if key not in unseen - recorded.keys()}
        return {key: without(value, recorded.get(key), unseen) for key, value in kept.items()}
    if isinstance(answer, list) and isinstance(recorded, list) and len(answer) == len(recorded):
        return [without(one, like, unseen) for one, like in zip(answer, recorded)]
    return answer


def is_played_worker(request):
    return "aws-sdk:sfn:getActivityTask" in json.dumps(request.get("definition", ""))


def is_terminal(expect):
    if not isinstance(expect, dict):
        return False
    if expect.get("events"):
        return any(event["type"] in TERMINAL for event in expect["events"])
    return expect.get("status", "RUNNING") != "RUNNING"


def find(value, key):
    """The first value under this key, however deep."""
    if isinstance(value, dict):
        if key in value:
            return value[key]
        value = list(value.values())
    if isinstance(value, list):
        return next((found for found in (find(one, key) for one in value) if found is not None), None)
    return None
