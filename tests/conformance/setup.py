"""What a case makes in other services before its steps: functions, queues, topics, tables, buckets, rules.

INVARIANT: every name is new, so that cases which run at the same time in one account never meet.
"""

import json
import time
import uuid

from behaviours import function
from botocore import xform_name
from services import REGION

# The members that name what a call makes. The name of a function is as long as in the recordings: it is part of
# payloads whose lengths they show.
NAMES = ("logGroupName", "FunctionName", "QueueName", "Bucket", "TableName", "Name", "Rule")
# What an answer brings that only its owner knows, and how the recordings write it.
ANSWERED = {
    "QueueUrl": ("<sqs_queue_url>", "sqs_queue_url", "sqs-queue-url"),
    "TopicArn": ("<topic_arn>", "topic_arn", "topic-arn"),
}
# Two placeholders for one value: the one case in which different ones do not stand for different values.
SNS_DOMAIN = f"https://sns.{REGION}.amazonaws.com"
SNS_DOMAINS = ("<cert-domain>", "<unsubscribe-domain>")
# AWS encrypts each bucket since January 2023; moto does so when it is told to.
BUCKET_ENCRYPTION = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
# LIMIT: seconds until a message that was sent must be there.
MESSAGE_WAIT_SECONDS = 30


class Setup:
    def __init__(self, services, bindings):
        self.services = services
        self.bindings = bindings
        self.queues = []
        self.log_groups = []

    def play(self, calls):
        self.bindings.values["<endpoint>"] = self.services.moto.url
        self.bindings.values |= dict.fromkeys(SNS_DOMAINS, SNS_DOMAIN)
        for call in calls:
            self.make(call["service"], call["op"], call["request"], call.get("behaviour"))

    def make(self, service, operation, recorded, behaviour):
        for member in NAMES:
            if member in recorded:
                self.name(member, recorded[member])
        # Left out and empty mean the same to AWS, but not to moto.
        request = {key: value for key, value in self.bindings.fill(recorded, unique).items() if value != ""}
        if behaviour:
            request = function(behaviour) | request
        answer = self.call(service, operation, request)
        for member, words in ANSWERED.items():
            for word in words if member in answer else ():
                self.bindings.known(word, answer[member])
        if operation == "CreateQueue":
            self.queues.append(answer["QueueUrl"])
        if operation == "CreateLogGroup":
            self.log_groups.append(request["logGroupName"])
        if operation == "CreateBucket":
            encrypted = {"Bucket": request["Bucket"], "ServerSideEncryptionConfiguration": BUCKET_ENCRYPTION}
            self.call(service, "PutBucketEncryption", encrypted)

    def call(self, service, operation, request):
        return getattr(self.services.client(service), xform_name(operation))(**request)

    def name(self, member, recorded):
        """A name of our own in the place of a recorded one."""
        if recorded not in self.bindings.values and recorded not in self.bindings.words:
            name = f"lambda_func_{uuid.uuid4().hex[:8]}" if member == "FunctionName" else unique(recorded)
            self.bindings.known(recorded, name)

    def messages(self, wanted):
        """The bodies of this many messages in the queues of the case, in the order they came."""
        bodies, deadline = [], time.monotonic() + MESSAGE_WAIT_SECONDS
        while len(bodies) < wanted and time.monotonic() < deadline:
            for queue in self.queues:
                request = {"QueueUrl": queue, "MaxNumberOfMessages": 1, "WaitTimeSeconds": 1}
                for message in self.call("sqs", "ReceiveMessage", request).get("Messages", []):
                    handle = {"QueueUrl": queue, "ReceiptHandle": message["ReceiptHandle"]}
                    self.call("sqs", "DeleteMessage", handle)
                    bodies.append(json.loads(message["Body"]))
        return bodies


    def logged(self, wanted):
        """The records in the log groups of the case, once there are this many."""
        deadline = time.monotonic() + MESSAGE_WAIT_SECONDS
        while True:
            records = [json.loads(event["message"]) for group in self.log_groups for event in self.log_events(group)]
            if len(records) >= wanted or time.monotonic() >= deadline:
                return records
            time.sleep(0.1)

    def log_events(self, group):
        for stream in self.call("logs", "DescribeLogStreams", {"logGroupName": group})["logStreams"]:
            request = {"logGroupName": group, "logStreamName": stream["logStreamName"], "startFromHead": True}
            yield from self.call("logs", "GetLogEvents", request)["events"]


def unique(word):
    """A name that every service takes, with what it stands for still to be seen."""
    plain = word.strip("<>").replace(":", "-").replace("_", "-").lower()
    return f"{plain}-{uuid.uuid4().hex[:8]}"
