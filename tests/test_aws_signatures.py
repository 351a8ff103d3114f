"""Signatures: what we sign botocore signs alike, and what botocore signs we verify."""

import datetime
import itertools
import random
from unittest import mock

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

MOMENT = datetime.datetime(2026, 2, 28, 23, 59, 58, tzinfo=datetime.timezone.utc)
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

PATHS = ["/", "", "/a/b", "/a//b/../c/./d/", "/a%20b", "/%E2%98%83/~x_-.", "/a%2Fb", "/model/x%3A1/invoke", "/a%25b"]
QUERIES = ["", "Action=A&Version=1", "b=2&a=1&a=0", "empty=&flag=", "k=%2F%20%2B", "Z=1&a=1&A=2", "x=%E2%98%83"]
HEADERS = [
    [],
    [("content-type", "application/x-amz-json-1.0"), ("x-amz-target", "AWSStepFunctions.ListStateMachines")],
    [("x-amz-meta-a", "  padded   and  spaced "), ("range", "bytes=0-9"), ("user-agent", "never signed")],
]
BODIES = ["", "{}", "größe ☃" * 100]
HOSTS = ["https://example.amazonaws.com", "http://127.0.0.1:4566"]


@pytest.fixture
def clock():
    """botocore's clock stands still."""
    with mock.patch("botocore.auth.get_current_datetime", return_value=MOMENT.replace(tzinfo=None)):
        yield


def cases():
    everything = list(itertools.product(["GET", "POST"], HOSTS, PATHS, QUERIES, HEADERS, BODIES, [None, "tok/en+=="]))
    return random.Random(7).sample(everything, 700)


def order(service, token, method, url, headers, body):
    return {
        "service": service,
        "region": "eu-central-1",
        "key": "AKIDEXAMPLE",
        "secret": SECRET,
        "token": token,
        "time": int(MOMENT.timestamp()),
        "method": method,
        "url": url,
        "headers": headers,
        "body": body,
    }


def signed_by_botocore(service, token, method, url, headers, body, auth=None):
    request = AWSRequest(method=method, url=url, headers=dict(headers), data=body.encode())
    if auth is None:
        auth = S3SigV4Auth if service == "s3" else SigV4Auth
    auth(Credentials("AKIDEXAMPLE", SECRET, token), service, "eu-central-1").add_auth(request)
    return request


def url_of(host, path, query):
    return host + (path or "/") + ("?" + query if query else "")


@pytest.mark.parametrize("service", ["states", "s3"])
def test_we_sign_as_botocore_does(driver, clock, service):
    count = 0
    for method, host, path, query, headers, body, token in cases():
        if service == "s3" and "%2F" in path:
            continue  # An object's name has no encoded slash that is not a slash.
        url = url_of(host, path, query)
        theirs = signed_by_botocore(service, token, method, url, headers, body)
        ours = driver.ask("sign", **order(service, token, method, url, headers, body))
        assert ours["authorization"] == theirs.headers["Authorization"], (service, method, url, headers)
        count += 1
    print(f"{count} signatures for {service} are equal")


def test_we_verify_what_botocore_signs_and_nothing_else(driver, clock):
    count = 0
    for method, host, path, query, headers, body, token in cases():
        url = url_of(host, path, query)
        signed = signed_by_botocore("states", token, method, url, headers, body)
        sent = list(signed.headers.items()) + [("host", host.split("//")[1])]
        right = order("states", None, method, url, sent, body)
        assert driver.ask("verify", **right) == {"key": "AKIDEXAMPLE", "token": token}, url
        for wrong in ({"body": body + " "}, {"url": url + "&x=1" if query else url + "?x=1"}, {"secret": "other"}):
            answer = driver.ask("verify", **(right | wrong))
            assert answer["refused"].startswith("the signature does not match"), (url, wrong)
        count += 1
    print(f"{count} requests verified, {3 * count} changed ones refused")


def test_presigned_requests_of_botocore_verify(driver, clock):
    count = 0
    for method, host, path, query, _, _, token in cases():
        url = url_of(host, path, query)
        if method != "GET" or "b=2&a=1" in query:
            continue  # botocore keeps one of two equal names when it presigns.
        auth = lambda *given: SigV4QueryAuth(*given, expires=60)  # noqa: E731
        signed = signed_by_botocore("states", token, method, url, [], "", auth=auth)
        right = order("states", None, method, signed.url, [("host", host.split("//")[1])], "")
        assert driver.ask("verify", **right) == {"key": "AKIDEXAMPLE", "token": token}, signed.url
        late = right | {"time": right["time"] + 61}
        assert "is not valid at" in driver.ask("verify", **late)["refused"]
        count += 1
    print(f"{count} presigned requests verified")
