"""A server that is reached from elsewhere: access keys, TLS, what is refused, what watches over it."""

import contextlib
import datetime
import http.client
import itertools
import json
import random
import signal
import ssl
import subprocess
import sys
from pathlib import Path

import boto3
import botocore.session
import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError, SSLError

import certificates
import clients
from machines import PASS, one, task
from stairway import ROLE, Server, Steps, environment, until

AWS = Path(sys.executable).parent / "aws"
KEYS = """\
[alice]
aws_access_key_id = AKIAALICE
aws_secret_access_key = wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY
aws_account_id = 123456789012
[bob]
aws_access_key_id = 222222222222
aws_secret_access_key = another/secret
[job]
aws_access_key_id = ASIAJOB
aws_secret_access_key = temporary
aws_session_token = tok/en+==
expiration = 2099-01-01T00:00:00Z
[ended]
aws_access_key_id = ASIAENDED
aws_secret_access_key = temporary
aws_session_token = tok/en+==
expiration = 2020-01-01T00:00:00Z
"""
ALICE = Credentials("AKIAALICE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
NO_MATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)


def private(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    path.chmod(0o600)
    return path


@pytest.fixture
def keys(tmp_path):
    return private(tmp_path / "keys", KEYS)


@pytest.fixture
def guarded(executable, tmp_path):
    """Starts servers with further arguments."""
    started = []

    def start(*arguments):
        started.append(Server(executable, tmp_path / f"data-{len(started)}", arguments=arguments))
        return started[-1].start()

    yield start
    for server in started:
        if server.is_running():
            server.kill()


def client(server, profile, keys, **options):
    """boto3 with the very file that the server has."""
    core = botocore.session.Session(profile=profile)
    core.set_config_variable("credentials_file", str(keys))
    session = boto3.Session(botocore_session=core)
    config = Config(retries={"max_attempts": 0}, inject_host_prefix=False)
    return session.client("stepfunctions", endpoint_url=server.url, region_name="us-east-1", config=config, **options)


def refusal(call, *arguments, **options):
    with pytest.raises(ClientError) as refused:
        call(*arguments, **options)
    error = refused.value.response
    return error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]["Code"], error["Error"]["Message"]


def cli(server, *arguments, **variables):
    command = [AWS, "stepfunctions", *arguments, "--endpoint-url", server.url, "--output", "json"]
    return subprocess.run(
        command,
        env=environment() | variables,
        capture_output=True,
        text=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
    )


# Keys: S1 to S9 stand as tests beside the code; these are the clients that people have.


def test_boto3_with_each_key_and_with_wrong_ones(guarded, keys):
    server = guarded("--access-keys", keys)
    alice, bob, job = (client(server, profile, keys) for profile in ("alice", "bob", "job"))
    made = alice.create_state_machine(name="made", definition=json.dumps(PASS), roleArn=ROLE)
    assert made["stateMachineArn"] == "arn:aws:states:us-east-1:123456789012:stateMachine:made"
    assert bob.list_state_machines()["stateMachines"] == []
    made = bob.create_activity(name="made")
    assert made["activityArn"] == "arn:aws:states:us-east-1:222222222222:activity:made"
    # A key without an account speaks for the default one.
    assert job.create_activity(name="made")["activityArn"] == "arn:aws:states:us-east-1:000000000000:activity:made"
    for name in ("one", "two"):
        alice.start_execution(stateMachineArn=made_arn("made"), name=name)
    # Unnamed executions of one second are two executions.
    for _ in range(5):
        alice.start_execution(stateMachineArn=made_arn("made"))
    assert len(alice.list_executions(stateMachineArn=made_arn("made"))["executions"]) == 7

    wrong = private(keys.parent / "wrong", KEYS.replace("another/secret", "wrong").replace("ALICE", "UNKNOWN"))
    for profile in ("alice", "bob"):
        answer = refusal(client(server, profile, wrong).list_state_machines)
        assert answer == (400, "InvalidSignatureException", NO_MATCH)
    other = private(keys.parent / "other", KEYS.replace("tok/en+==", "other"))
    answer = refusal(client(server, "job", other).list_state_machines)
    assert answer == (400, "UnrecognizedClientException", "The security token included in the request is invalid.")
    answer = refusal(client(server, "ended", keys).list_state_machines)
    assert answer == (400, "ExpiredTokenException", "The security token included in the request is expired")


def made_arn(name):
    return f"arn:aws:states:us-east-1:123456789012:stateMachine:{name}"


def test_aws_command_with_the_file_as_its_credentials(guarded, keys):
    server = guarded("--access-keys", keys)
    own = {"AWS_SHARED_CREDENTIALS_FILE": str(keys)}
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        own[name] = ""
    done = cli(server, "create-activity", "--name", "made", "--profile", "alice", **own)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["activityArn"] == "arn:aws:states:us-east-1:123456789012:activity:made"
    done = cli(server, "list-activities")
    assert "(InvalidSignatureException) when calling the ListActivities operation: " + NO_MATCH in done.stderr
    done = cli(server, "list-activities", "--no-sign-request")
    assert (
        "(MissingAuthenticationTokenException) when calling the ListActivities operation: Missing Auth" in done.stderr
    )


def test_javascript_sdk_with_the_right_key_and_a_wrong_one(guarded, keys):
    server = guarded("--access-keys", keys)
    right = {"AWS_ACCESS_KEY_ID": "ASIAJOB", "AWS_SECRET_ACCESS_KEY": "temporary", "AWS_SESSION_TOKEN": "tok/en+=="}
    with contextlib.closing(clients.JavaScript(server, **right)) as javascript:
        made = javascript.call("CreateActivity", {"name": "made"})
        assert made["activityArn"] == "arn:aws:states:us-east-1:000000000000:activity:made"
        tested = {"definition": json.dumps(PASS["States"]["Only"]), "roleArn": ROLE}
        assert javascript.call("TestState", tested)["status"] == "SUCCEEDED"
    wrong = right | {"AWS_SECRET_ACCESS_KEY": "wrong"}
    with contextlib.closing(clients.JavaScript(server, **wrong)) as javascript:
        with pytest.raises(clients.Refused) as refused:
            javascript.call("ListActivities", {})
    assert (refused.value.name, refused.value.message) == ("InvalidSignatureException", NO_MATCH)


def test_who_does_not_sign_learns_nothing(guarded, keys):
    server = guarded("--access-keys", keys)
    missing = {"__type": "MissingAuthenticationTokenException", "message": "Missing Authentication Token"}
    for operation, body in (("ListStateMachines", {}), ("NoSuchOperation", "{"), (None, b"x" * 2_000_000)):
        status, _, answer = server.post(operation, body)
        assert (status, answer) == (400, missing), operation
    status, _, text = server.http("GET", "/stairway/executions/arn/end")
    assert (status, json.loads(text)) == (400, missing)


def test_nested_executions_need_no_key_of_the_file(guarded, keys):
    """The server asks itself by a door of its own, whatever the other one asks for."""
    server = guarded("--access-keys", keys)
    alice = client(server, "alice", keys)
    alice.create_state_machine(name="child", definition=json.dumps(PASS), roleArn=ROLE)
    nested = task("arn:aws:states:::states:startExecution.sync:2", Parameters={"StateMachineArn": made_arn("child")})
    alice.create_state_machine(name="parent", definition=json.dumps(one(nested)), roleArn=ROLE)
    execution = alice.start_execution(stateMachineArn=made_arn("parent"))["executionArn"]
    ended = until(lambda: (d := alice.describe_execution(executionArn=execution))["status"] != "RUNNING" and d)
    assert ended["status"] == "SUCCEEDED", ended


# The corpus: what botocore signs in all its variety, at the door of a running server.

PATHS = ["/", "//", "/a/b", "/a//b/../c/./d/", "/a%20b", "/%E2%98%83/~x_-.", "/a%2Fb", "/a+b", "/%25"]
QUERIES = ["", "b=2&a=1&a=0", "empty=&flag=", "k=%2F%20%2B", "Z=1&a=1&A=2", "x=%E2%98%83"]
HEADERS = [{}, {"x-amz-meta-a": "  padded   and  spaced "}, {"range": "bytes=0-9", "user-agent": "never signed"}]
BODIES = ["", "{}", "größe ☃" * 100]


def signed(server, credentials, path, query, headers, body, service="states", auth=SigV4Auth):
    url = server.url + path + ("?" + query if query else "")
    headers = {
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": "AWSStepFunctions.ListActivities",
    } | headers
    request = AWSRequest(method="POST", url=url, headers=headers, data=body.encode())
    auth(credentials, service, "us-east-1").add_auth(request)
    return request


def sent(server, request, body):
    target = request.url.removeprefix(server.url)
    status, _, text = server.http("POST", target, body.encode(), dict(request.headers.items()))
    return status, json.loads(text)


def test_whatever_botocore_signs_is_admitted_and_nothing_that_was_changed(guarded, keys):
    server = guarded("--access-keys", keys)
    everything = list(itertools.product(PATHS, QUERIES, HEADERS, BODIES))
    for path, query, headers, body in random.Random(7).sample(everything, 200):
        request = signed(server, ALICE, path, query, headers, body)
        # Who is admitted learns that nothing is served there, or that the body is no JSON.
        status, answer = sent(server, request, body)
        assert (status, answer.get("__type")) in (
            (200, None),
            (400, "SerializationException"),
            (404, "UnknownOperationException"),
        ), (path, query, answer)
        status, answer = sent(server, request, body + " ")
        assert (status, answer) == (400, {"__type": "InvalidSignatureException", "message": NO_MATCH}), (path, query)
        request.url += "&x=1" if query else "?x=1"
        status, answer = sent(server, request, body)
        assert (status, answer["message"]) == (400, NO_MATCH), (path, query)


def test_what_sigv4_knows_and_this_server_refuses(guarded, keys):
    server = guarded("--access-keys", keys)

    def refused(*arguments, **options):
        status, answer = sent(server, signed(server, ALICE, "/", "", *arguments, **options), "{}")
        return status, answer["__type"], answer["message"]

    for mode in ("UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"):
        answer = refused({"x-amz-content-sha256": mode}, "{}")
        assert answer == (403, "AccessDeniedException", "x-amz-content-sha256 is not the hash of the body")
    presigned = refused({}, "{}", auth=lambda *given: SigV4QueryAuth(*given, expires=60))
    assert presigned == (403, "AccessDeniedException", "presigned requests are not accepted here")
    assert refused({}, "{}", service="dynamodb")[1:] == (
        "InvalidSignatureException",
        "Credential should be scoped to correct service: 'states'. ",
    )


def test_clock_of_the_caller(guarded, keys, monkeypatch):
    server = guarded("--access-keys", keys)
    utc_now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    for minutes, why in ((-6, "Signature expired: "), (6, "Signature not yet current: ")):
        then = utc_now + datetime.timedelta(minutes=minutes)
        monkeypatch.setattr("botocore.auth.get_current_datetime", lambda then=then: then)
        status, answer = sent(server, signed(server, ALICE, "/", "", {}, "{}"), "{}")
        assert (status, answer["__type"]) == (400, "InvalidSignatureException")
        assert answer["message"].startswith(why) and answer["message"].endswith(" 5 min.)"), answer


def test_recorded_request_starts_nothing_a_second_time_in_strict_mode(guarded, keys):
    server = guarded("--access-keys", keys, "--refuse-replays")
    alice = client(server, "alice", keys)
    alice.create_state_machine(name="made", definition=json.dumps(PASS), roleArn=ROLE)
    body = json.dumps({"stateMachineArn": made_arn("made")})
    request = signed(server, ALICE, "/", "", {"X-Amz-Target": "AWSStepFunctions.StartExecution"}, body)
    assert sent(server, request, body)[0] == 200
    status, answer = sent(server, request, body)
    assert (status, answer["message"]) == (403, "a request with this signature was answered already")
    assert len(alice.list_executions(stateMachineArn=made_arn("made"))["executions"]) == 1


# Where it listens, and with what.


def told(executable, *arguments):
    """What `serve` says when it refuses to start."""
    ended = subprocess.run([executable, "serve", *arguments], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 2, ended
    (line,) = ended.stderr.splitlines()
    return line


def test_beyond_this_machine_only_with_keys_or_in_so_many_words(executable, guarded, keys, tmp_path):
    line = told(executable, "--listen", "0.0.0.0:0", "--data-dir", tmp_path / "data")
    assert line == (
        "stairway: refusing to listen on 0.0.0.0:0 without access keys: give --access-keys FILE, or --insecure to let "
        "everybody in who reaches the port"
    )
    assert not (tmp_path / "data").exists()
    open_to_all = guarded("--listen", "0.0.0.0:0", "--insecure")
    assert open_to_all.post("ListActivities", {})[0] == 200
    # Nested executions work wherever it listens.
    steps = Steps(open_to_all)
    nested = task("arn:aws:states:::states:startExecution.sync:2", Parameters={"StateMachineArn": steps.machine(PASS)})
    assert steps.describe(steps.run(one(nested)))["status"] == "SUCCEEDED"
    with_keys = guarded("--listen", "0.0.0.0:0", "--access-keys", keys)
    assert with_keys.post("ListActivities", {})[0] == 400
    assert client(with_keys, "alice", keys).list_activities()["activities"] == []


def test_what_cannot_guard_is_refused_at_the_start(executable, keys, tmp_path):
    start = ("--listen", "127.0.0.1:0", "--data-dir", tmp_path / "data")
    keys.chmod(0o644)
    assert told(executable, *start, "--access-keys", keys) == (
        f"stairway: expected `{keys}` to be closed to other users, found mode 0644: chmod 600 it"
    )
    empty = private(tmp_path / "empty", "")
    assert told(executable, *start, "--access-keys", empty).endswith("a section like [name] with a key, found none")
    keys.chmod(0o600)
    assert told(executable, *start, "--access-keys", keys, "--insecure").endswith("or --insecure, found both")
    assert "cannot read" in told(executable, *start, "--access-keys", tmp_path / "absent")
    one_made, other = certificates.made("127.0.0.1"), certificates.made("127.0.0.1")
    certificate, key = tmp_path / "one.pem", private(tmp_path / "other.key", other.key)
    certificate.write_bytes(one_made.certificate)
    assert "do not serve together" in told(executable, *start, "--tls-cert", certificate, "--tls-key", key)
    assert "expected PEM certificates, found none" in told(executable, *start, "--tls-cert", keys, "--tls-key", key)
    key.chmod(0o604)
    assert "closed to other users" in told(executable, *start, "--tls-cert", certificate, "--tls-key", key)
    assert "--tls-key" in told(executable, *start, "--tls-cert", certificate)


@pytest.fixture
def tls(tmp_path):
    """Certificate and key on disk, and how to make others."""

    def renew():
        made = certificates.made("127.0.0.1", "localhost", "sync-localhost")
        private(tmp_path / "server.pem", made.certificate)
        private(tmp_path / "server.key", made.key)
        return made.certificate

    renew()
    renew.arguments = ("--tls-cert", tmp_path / "server.pem", "--tls-key", tmp_path / "server.key")
    renew.bundle = str(tmp_path / "server.pem")
    return renew


def test_tls_with_clients_that_know_the_certificate(guarded, tls, keys):
    server = guarded("--access-keys", keys, *tls.arguments)
    assert server.url.startswith("https://")
    alice = client(server, "alice", keys, verify=tls.bundle)
    alice.create_state_machine(name="child", definition=json.dumps(PASS), roleArn=ROLE)
    nested = task("arn:aws:states:::states:startExecution.sync:2", Parameters={"StateMachineArn": made_arn("child")})
    alice.create_state_machine(name="parent", definition=json.dumps(one(nested)), roleArn=ROLE)
    execution = alice.start_execution(stateMachineArn=made_arn("parent"))["executionArn"]
    ended = until(lambda: (d := alice.describe_execution(executionArn=execution))["status"] != "RUNNING" and d)
    assert ended["status"] == "SUCCEEDED", ended
    # A large answer crosses many TLS records.
    big = json.dumps({"text": "x" * 250_000})
    execution = alice.start_execution(stateMachineArn=made_arn("child"), input=big)["executionArn"]
    assert alice.describe_execution(executionArn=execution)["input"] == big
    with pytest.raises(SSLError):
        client(server, "alice", keys).list_activities()
    own = {"AWS_SHARED_CREDENTIALS_FILE": str(keys), "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    done = cli(server, "list-state-machines", "--profile", "alice", "--ca-bundle", tls.bundle, **own)
    assert done.returncode == 0 and len(json.loads(done.stdout)["stateMachines"]) == 2, done.stderr


def test_history_with_a_profile_over_tls(guarded, tls, keys, executable):
    server = guarded("--access-keys", keys, *tls.arguments)
    alice = client(server, "alice", keys, verify=tls.bundle)
    alice.create_state_machine(name="made", definition=json.dumps(PASS), roleArn=ROLE)
    execution = alice.start_execution(stateMachineArn=made_arn("made"))["executionArn"]
    own = environment() | {"AWS_SHARED_CREDENTIALS_FILE": str(keys), "AWS_CA_BUNDLE": tls.bundle}

    def history(*arguments, **variables):
        command = [executable, "history", "--follow", execution, "--endpoint-url", server.url, *arguments]
        return subprocess.run(command, env=own | variables, capture_output=True, text=True, timeout=60)

    printed = history("--profile", "alice")
    assert printed.returncode == 0 and len(printed.stdout.splitlines()) == 4, printed
    assert "InvalidSignatureException" in history().stderr
    assert "there is no profile nobody" in history("--profile", "nobody").stderr
    assert "no answer from https://" in history("--profile", "alice", AWS_CA_BUNDLE="").stderr


def test_no_plain_http_where_tls_is_spoken_and_nothing_older_than_1_2(guarded, tls):
    server = guarded(*tls.arguments)
    with pytest.raises((http.client.HTTPException, OSError)):
        server.http("GET", "/health")
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = ssl.create_default_context(cafile=tls.bundle)
        context.minimum_version = context.maximum_version = version
        connection = http.client.HTTPSConnection("127.0.0.1", server.port, context=context, timeout=30)
        connection.request("GET", "/health")
        assert connection.getresponse().status == 200
        connection.close()
    assert server.stop() == 0


def test_hangup_reads_keys_and_certificate_again(guarded, tls, keys):
    server = guarded("--access-keys", keys, *tls.arguments)
    assert client(server, "alice", keys, verify=tls.bundle).list_activities()["activities"] == []
    tls()
    keys.write_text(KEYS.replace("ALICE", "CAROL"))
    with pytest.raises(SSLError):
        client(server, "alice", keys, verify=tls.bundle).list_activities()
    server.process.send_signal(signal.SIGHUP)
    until(lambda: any("certificate and key read again" in line for line in server.errors))
    assert client(server, "alice", keys, verify=tls.bundle).list_activities()["activities"] == []
    old = private(keys.parent / "old", KEYS)
    answer = refusal(client(server, "alice", old, verify=tls.bundle).list_activities)
    assert answer == (400, "InvalidSignatureException", NO_MATCH)
    # What cannot be used changes nothing.
    keys.write_text("[broken]\n")
    server.process.send_signal(signal.SIGHUP)
    until(lambda: any("access keys stay as they were" in line for line in server.errors))
    carol = private(keys.parent / "carol", KEYS.replace("ALICE", "CAROL"))
    assert client(server, "alice", carol, verify=tls.bundle).list_activities()["activities"] == []


# Browsers, and what watches.


def test_foreign_hosts_and_pages_are_refused(guarded):
    server = guarded("--allowed-host", "flows.example.com")
    json_type = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AWSStepFunctions.ListActivities"}

    def status(**headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return server.http("POST", "/", b"{}", json_type | headers)[0]

    own = f"127.0.0.1:{server.port}"
    for host in (own, "localhost", "sync-localhost:1", "flows.example.com", "sync-flows.example.com"):
        assert status(Host=host) == 200, host
        assert status(Host=host, Origin=f"http://{host}", Sec_Fetch_Site="same-origin") == 200, host
    # A name that leads here by the owner of another domain: DNS rebinding.
    for host in ("evil.example", f"evil.example:{server.port}", "flows.example.com.evil.example"):
        assert status(Host=host) == 403, host
        for path in ("/health", "/ready", "/console/"):
            assert server.http("GET", path, headers={"Host": host})[0] in (403, 404), (host, path)
    for origin in ("http://evil.example", "null", f"http://localhost:{server.port}"):
        assert status(Host=own, Origin=origin) == 403, origin
    for site in ("cross-site", "same-site"):
        assert status(Host=own, Sec_Fetch_Site=site) == 403, site


def test_pages_elsewhere_can_neither_ask_nor_be_allowed_to(server):
    """What a browser sends unasked (simple requests) is refused, and asking (preflight) is answered with no."""
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        headers = {"Content-Type": content_type, "X-Amz-Target": "AWSStepFunctions.ListActivities"}
        assert server.http("POST", "/", b"{}", headers)[0] == 415, content_type
    preflight = {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}
    preflight["Access-Control-Request-Headers"] = "content-type,x-amz-target"
    for path in ("/", "/stairway/executions/arn/end", "/health"):
        status, headers, _ = server.http("OPTIONS", path, headers=preflight)
        assert status >= 400, path
        assert not any(name.startswith("access-control-") for name in headers), headers


def test_health_and_readiness_say_no_more_than_that(guarded, keys):
    server = guarded("--access-keys", keys)
    for path, word in (("/health", "ok"), ("/ready", "ready")):
        status, headers, text = server.http("GET", path)
        assert (status, json.loads(text), headers["content-type"]) == (200, {"status": word}, "application/json")
        assert headers["cache-control"] == "no-store"
        status, _, text = server.http("HEAD", path)
        assert (status, text) == (200, b"")
        assert server.http("POST", path, b"{}")[0] == 400
