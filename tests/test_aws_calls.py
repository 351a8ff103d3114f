"""Calls from end to end: our client against moto, a server that many AWS tools are tested with."""

import json
import re
import urllib.parse

import boto3
import botocore.session
import pytest

import aws_driver

KEYS = {"key": "AKIAIOSFODNN7EXAMPLE", "secret": "secret", "region": "eu-central-1"}


@pytest.fixture(scope="module")
def loader():
    return botocore.session.get_session().get_component("data_loader")


@pytest.fixture
def calls(driver_path, moto_server, loader):
    """A driver whose calls go to moto, as one would configure any client of AWS."""
    with aws_driver.Driver(driver_path, {"AWS_ENDPOINT_URL": moto_server.url}) as driver:
        know(driver, loader, "sts", "s3", "sqs", "dynamodb")
        yield driver


def know(driver, loader, *services):
    driver.ask("partitions", partitions=loader.load_data("partitions"))
    for service in services:
        driver.ask("rules", service=service, rules=loader.load_service_model(service, "endpoint-rule-set-1"))


def send(driver, service, method, url, body="", headers=None, **more):
    order = KEYS | more
    return driver.ask(
        "send", service=service, method=method, url=url, body=body, headers=list((headers or {}).items()), **order
    )


FORM = {"content-type": "application/x-www-form-urlencoded"}


def test_the_caller_is_who_signed(calls):
    answer = send(calls, "sts", "POST", "/", "Action=GetCallerIdentity&Version=2011-06-15", FORM)
    assert (answer["status"], answer["attempts"]) == (200, 1), answer
    assert re.search(r"<Account>\d{12}</Account>", answer["body"])


def test_a_role_is_assumed_with_its_session_name(calls):
    role = "arn:aws:iam::123456789012:role/worker"
    assumed = calls.ask("credentials", role=role, **KEYS)
    assert assumed["temporary"] and assumed["key"] != KEYS["key"] and assumed["account"] == "123456789012"
    answer = send(calls, "sts", "POST", "/", "Action=GetCallerIdentity&Version=2011-06-15", FORM, role=role)
    assert "arn:aws:sts::123456789012:assumed-role/worker/test" in answer["body"], answer


ODD_KEYS = [
    "plain.txt",
    "with space",
    "a//b/../c/.",
    "plus+and&equals=1",
    "ünïcödé/日本語",
    "percent%20literal",
    "tilde~star*quote'paren()",
    "colon:at@hash#question?",
]


def test_objects_with_odd_keys_are_stored_and_read(calls, moto_server):
    s3 = boto3.client(
        "s3",
        endpoint_url=moto_server.url,
        region_name="eu-central-1",
        aws_access_key_id=KEYS["key"],
        aws_secret_access_key=KEYS["secret"],
    )
    s3.create_bucket(Bucket="odd-keys", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    parameters = {"Bucket": "odd-keys"}
    for key in ODD_KEYS:
        path = "/odd-keys/" + urllib.parse.quote(key, safe="/~")
        put = send(calls, "s3", "PUT", path, f"content of {key}", parameters=parameters)
        assert put["status"] == 200, (key, put)
        get = send(calls, "s3", "GET", path, parameters=parameters)
        assert (get["status"], get["body"]) == (200, f"content of {key}"), (key, get)
        # Another client finds it under the very name.
        assert s3.get_object(Bucket="odd-keys", Key=key)["Body"].read().decode() == f"content of {key}"
    missing = send(calls, "s3", "GET", "/odd-keys/none", parameters=parameters)
    assert missing["status"] == 404 and "<Code>NoSuchKey</Code>" in missing["body"]
    listed = send(calls, "s3", "GET", "/odd-keys?list-type=2", parameters=parameters)
    assert listed["status"] == 200 and f"<KeyCount>{len(ODD_KEYS)}</KeyCount>" in listed["body"], listed


def test_a_message_is_sent_to_a_queue(calls):
    def sqs(operation, body):
        headers = {"content-type": "application/x-amz-json-1.0", "x-amz-target": f"AmazonSQS.{operation}"}
        answer = send(calls, "sqs", "POST", "/", json.dumps(body), headers)
        assert answer["status"] == 200, answer
        return json.loads(answer["body"])

    queue = sqs("CreateQueue", {"QueueName": "orders"})["QueueUrl"]
    sent = sqs("SendMessage", {"QueueUrl": queue, "MessageBody": "größe ☃"})
    received = sqs("ReceiveMessage", {"QueueUrl": queue})["Messages"]
    assert [(one["MessageId"], one["Body"]) for one in received] == [(sent["MessageId"], "größe ☃")]


def test_errors_are_answers(calls):
    headers = {"content-type": "application/x-amz-json-1.0", "x-amz-target": "DynamoDB_20120810.DescribeTable"}
    answer = send(calls, "dynamodb", "POST", "/", json.dumps({"TableName": "none"}), headers)
    assert (answer["status"], answer["attempts"]) == (400, 1)
    assert "ResourceNotFoundException" in answer["body"]


def test_an_endpoint_where_nobody_listens_is_a_call_not_sent(driver_path, loader):
    with aws_driver.Driver(driver_path, {"AWS_ENDPOINT_URL_STS": "http://127.0.0.1:1"}) as driver:
        know(driver, loader, "sts")
        answer = send(driver, "sts", "POST", "/", serviceId="STS")
        assert answer["outcome"] == "NotSent" and "no connection to 127.0.0.1" in answer["error"], answer


def test_a_call_without_credentials_says_where_they_were_looked_for(driver_path, loader):
    variables = {"AWS_EC2_METADATA_DISABLED": "true"}
    with aws_driver.Driver(driver_path, variables) as driver:
        know(driver, loader, "sts")
        answer = driver.ask("credentials", region="us-east-1")
        assert answer["error"].startswith("no credentials were found: not in variables"), answer
