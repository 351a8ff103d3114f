"""One recorded case, played against a server: its steps in order, each answer compared.

Not here: which cases are played (`run.py`), how values are compared (`placeholders.py`).
"""

import datetime
import json
import uuid

import services
from placeholders import Bindings, Mismatch
from setup import Setup
from untangled import untangled

ERROR_PREFIX = "An error occurred ({}) when calling the {} operation: {}"
# What AWS has shown since a date, which no recording from before can have: member and first day.
SHOWN_SINCE = (
    ("encryptionConfiguration", "2024-07-25"),
    ("redriveCount", "2023-11-15"),
    ("RedriveCount", "2023-11-15"),
    ("RedriveStatus", "2023-11-15"),
    ("RedriveStatusReason", "2023-11-15"),
)
# Where the recorder dropped the ids inside a Parallel state, it dropped these events with them.
DROPPED_WITH_IDS = ("ParallelStateSucceeded", "ParallelStateFailed", "ParallelStateExited")
# The owner of the resources in cases that use two accounts, and the owner of their state machines.
OWNER, SECOND = "<test_aws_account_id>", "<secondary_test_aws_account_id>"
SECOND_ACCOUNT = "210987654321"
WITH_TOKEN = ("SendTaskSuccess", "SendTaskFailure", "SendTaskHeartbeat")
# Messages that a case's queues have at its end, by the key of the observation.
MESSAGES = ("messages", "stepfunctions_events")
# Log records that a case's log group has at its end.
LOGGED = ("logged_execution_events",)
TERMINAL = ("ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut")


class Case:
    def __init__(self, recorded, server, running, account):
        self.recorded = untangled(recorded)
        self.server = server
        self.account = account
        day = recorded_on(recorded)
        self.bindings = Bindings(account, (member for member, first_day in SHOWN_SINCE if day < first_day))
        if SECOND in json.dumps(recorded):
            self.bindings.values |= {OWNER: services.ACCOUNT, SECOND: SECOND_ACCOUNT}
            self.bindings.values["<trusted_role_arn>"] = f"arn:aws:iam::{services.ACCOUNT}:role/trusted"
            self.account = SECOND_ACCOUNT
        # The one name of an activity in the recordings that is a placeholder, though it looks like a name.
        self.bindings.known("activity_name", self.invent("<activity_name>"))
        self.setup = Setup(running, self.bindings)
        self.executions = {}

    @property
    def tally(self):
        return self.bindings.tally

    def play(self):
        """Raises `Mismatch` where the server does not do what AWS did."""
        self.setup.play(self.recorded.get("setup", []))
        for number, step in enumerate(self.recorded["steps"]):
            try:
                self.step(number, step)
            except Mismatch as mismatch:
                raise Mismatch(f"step {number} {step['op']}{mismatch}") from None
        for expected in self.expected():
            self.judge(expected)
        for observed in self.recorded.get("other_expected", []):
            if observed["key"] in MESSAGES and self.setup.queues:
                self.compare_messages(observed["value"])
            if observed["key"] in LOGGED:
                self.compare_logged(observed["value"])

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
        self.tally.answer("DescribeExecution")
        for member in ("status", "output", "error", "cause"):
            if member in wanted:
                self.bindings.match(wanted[member], described.get(member), f" execution.{member}")
        if "describe" in wanted:
            answer = self.call("DescribeExecution", {"executionArn": arn})
            self.compare(wanted["describe"], answer, "DescribeExecution", " describe")
        if "history" in wanted:
            self.compare_history(wanted["history"], self.history(arn))

    def step(self, number, step):
        operation = self.tally.operation = step["op"]
        if operation == "GetExecutionHistory" and isinstance(step.get("expect"), str):
            # A reference to the history that is judged at the end.
            return
        if operation in WITH_TOKEN and "expect_error" not in step:
            self.await_token(step["request"]["taskToken"])
        request = self.filled(step["request"])
        expect = step.get("expect", step.get("expect_error"))
        if operation in ("GetExecutionHistory", "DescribeExecution") and is_terminal(expect):
            self.ended(request["executionArn"])
        answer = self.call(operation, request)
        if operation in ("StartExecution", "StartSyncExecution") and "executionArn" in answer:
            self.executions[number] = answer["executionArn"]
        for member, value in step.get("binds", {}).items():
            self.bind(value, answer, member)
        if "expect_error" in step:
            self.compare_error(step["expect_error"], operation, answer)
        elif operation == "GetExecutionHistory" and "events" in (expect or {}):
            self.compare_history(expect["events"], answer["events"])
        elif expect is not None:
            self.compare(expect, answer, operation)

    def await_token(self, recorded):
        """A token of the recording that is not known yet is that of the next message in the queue."""
        if recorded not in self.bindings.values and recorded not in self.bindings.words and self.setup.queues:
            for message in self.setup.messages(1):
                self.bindings.known(recorded, find(message, "TaskToken"))

    def bind(self, recorded, answer, member):
        """Identifiers of an answer that was not compared."""
        if member not in answer:
            raise Mismatch(f": expected `{member}`, found {answer}")
        real, counted = answer[member], self.tally.kept()
        try:
            self.bindings.match(recorded, real, f".{member}")
        except Mismatch:
            # A value of the reference run, such as an ARN with a UUID: it stands for ours from now on.
            self.bindings.words[recorded] = real
        self.tally.forget(counted)

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

    def compare(self, recorded, answer, operation, place=""):
        self.tally.answer(operation)
        if "Error" in answer and "Error" not in recorded:
            raise Mismatch(f"{place}: expected an answer, found {answer['Error']}")
        if "ResponseMetadata" not in recorded:
            answer = {key: value for key, value in answer.items() if key != "ResponseMetadata"}
        self.bindings.match(recorded, answer, place)

    def compare_error(self, recorded, operation, answer):
        self.tally.answer(operation)
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
        # LIMIT: two minutes, a minute per request.
        status, described = self.server.end(arn)
        if status == 200 and described["status"] == "RUNNING":
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
        self.tally.answer("GetExecutionHistory")
        strict = {event["id"]: event for event in recorded if isinstance(event["id"], int)}
        loose = [event for event in recorded if not isinstance(event["id"], int)]
        left = []
        for event in real:
            if event["id"] in strict:
                self.bindings.match(strict.pop(event["id"]), event, f" event {event['id']}")
            else:
                left.append(without_ids(event))
        if strict:
            raise Mismatch(f" history: the events {sorted(strict)} are missing, it has {len(real)}")
        for wanted in loose:
            left.remove(self.first_match(without_ids(wanted), left, " history: no event"))
        surplus = [event["type"] for event in left if not loose or event["type"] not in DROPPED_WITH_IDS]
        if surplus:
            raise Mismatch(f" history: too many events: {surplus}")

    def compare_messages(self, recorded):
        """As a set: queues keep no order, and the recordings sorted what came."""
        self.tally.answer("messages of services")
        # What was received twice was recorded twice, under one id.
        wanted = [message for number, message in enumerate(recorded) if message not in recorded[:number]]
        left = self.setup.messages(len(wanted))
        for message in wanted:
            left.remove(self.first_match(message, left, " messages: no one"))

    def compare_logged(self, recorded):
        """Execution by execution, in the order of their records."""
        left = self.setup.logged(len(recorded))
        for record in recorded:
            left.remove(self.first_match(record, left, " logged: no record"))
        if left:
            raise Mismatch(f" logged: too many records: {left}")

    def first_match(self, wanted, found, place):
        """The first of several that is as recorded; what others bound on the way is forgotten."""
        last = ""
        for one in found:
            kept = dict(self.bindings.values), dict(self.bindings.words)
            counted = self.tally.kept()
            try:
                self.bindings.match(wanted, one, "")
                return one
            except Mismatch as mismatch:
                self.bindings.values, self.bindings.words = kept
                self.tally.forget(counted)
                last = f"; the last has{mismatch}"
        raise Mismatch(f"{place} like {wanted}{last}")


def recorded_on(case):
    """The day as year, month, day; the corpus writes it the other way round."""
    return "-".join(reversed(case["recorded"].split(",")[0].split("-")))


def without_ids(event):
    return {key: value for key, value in event.items() if key not in ("id", "previousEventId")}


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
