"""Every operation through boto3, unmodified but for its endpoint: what it answers when all is well."""

import datetime
import json
import re

import pytest

from machines import PASS, WAIT_LONG, one, task
from stairway import ROLE, Steps, until

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
ARN = "arn:aws:states:us-east-1:000000000000:"


def body(answer):
    """The answer without what boto3 adds."""
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


def test_create_state_machine_answers_its_arn_and_date(aws):
    answer = aws.create_state_machine(name="made", definition=json.dumps(PASS), roleArn=ROLE)
    assert set(body(answer)) == {"stateMachineArn", "creationDate"}
    assert answer["stateMachineArn"] == ARN + "stateMachine:made"
    assert isinstance(answer["creationDate"], datetime.datetime)


def test_answers_carry_aws_headers(aws):
    headers = aws.list_state_machines()["ResponseMetadata"]["HTTPHeaders"]
    assert UUID.fullmatch(headers["x-amzn-requestid"])
    assert headers["content-type"] == "application/x-amz-json-1.0"


def test_errors_carry_aws_headers_too(server):
    status, headers, answer = server.post("DescribeExecution", {"executionArn": "nothing"})
    assert status == 400
    assert UUID.fullmatch(headers["x-amzn-requestid"])
    assert headers["content-type"] == "application/x-amz-json-1.0"
    assert answer == {"__type": "InvalidArn", "message": "Invalid Arn: 'Invalid ARN prefix: nothing'"}


def test_create_state_machine_twice_is_one_machine(aws):
    first = aws.create_state_machine(name="made", definition=json.dumps(PASS), roleArn=ROLE)
    other_role = ROLE + "-other"
    again = aws.create_state_machine(
        name="made", definition=json.dumps(PASS), roleArn=other_role, tags=[{"key": "a", "value": "b"}]
    )
    assert body(again) == body(first)
    assert aws.describe_state_machine(stateMachineArn=first["stateMachineArn"])["roleArn"] == ROLE
    assert aws.list_tags_for_resource(resourceArn=first["stateMachineArn"])["tags"] == []


def test_describe_state_machine_shows_defaults(aws):
    text = json.dumps(PASS, indent=3)
    made = aws.create_state_machine(name="made", definition=text, roleArn=ROLE)
    answer = body(aws.describe_state_machine(stateMachineArn=made["stateMachineArn"]))
    assert answer == {
        "stateMachineArn": made["stateMachineArn"],
        "name": "made",
        "status": "ACTIVE",
        "definition": text,
        "roleArn": ROLE,
        "type": "STANDARD",
        "creationDate": made["creationDate"],
        "loggingConfiguration": {"level": "OFF", "includeExecutionData": False},
        "tracingConfiguration": {"enabled": False},
    } | {key: answer[key] for key in ("encryptionConfiguration",) if key in answer}


def test_describe_state_machine_metadata_only_hides_the_definition(aws, steps):
    arn = steps.machine(PASS)
    assert aws.describe_state_machine(stateMachineArn=arn, includedData="METADATA_ONLY")["definition"] == "{}"


def test_update_state_machine_gives_a_new_revision(aws, steps):
    arn = steps.machine(PASS)
    assert "revisionId" not in aws.describe_state_machine(stateMachineArn=arn)
    text = json.dumps(one({"Type": "Succeed"}))
    updated = body(aws.update_state_machine(stateMachineArn=arn, definition=text))
    assert set(updated) == {"updateDate", "revisionId"}
    assert UUID.fullmatch(updated["revisionId"])
    described = aws.describe_state_machine(stateMachineArn=arn)
    assert described["definition"] == text
    assert described["revisionId"] == updated["revisionId"]
    assert described["roleArn"] == ROLE


def test_an_update_without_a_change_gives_no_revision(aws, steps):
    arn = steps.machine(PASS)
    same = body(aws.update_state_machine(stateMachineArn=arn, definition=json.dumps(PASS), roleArn=ROLE))
    assert "revisionId" not in same or "revisionId" not in aws.describe_state_machine(stateMachineArn=arn)


def test_a_running_execution_keeps_its_definition(aws, steps):
    arn = steps.machine(WAIT_LONG)
    execution = steps.start(arn)
    aws.update_state_machine(stateMachineArn=arn, definition=json.dumps(PASS), roleArn=ROLE + "-new")
    pinned = body(aws.describe_state_machine_for_execution(executionArn=execution))
    assert json.loads(pinned["definition"]) == WAIT_LONG
    assert pinned["roleArn"] == ROLE
    assert pinned["stateMachineArn"] == arn
    assert pinned["name"] == arn.rsplit(":", 1)[1]
    assert isinstance(pinned["updateDate"], datetime.datetime)
    assert "revisionId" not in pinned
    later = steps.start(arn)
    pinned = aws.describe_state_machine_for_execution(executionArn=later)
    assert json.loads(pinned["definition"]) == PASS
    assert pinned["revisionId"] == aws.describe_state_machine(stateMachineArn=arn)["revisionId"]


def test_delete_state_machine_removes_it_and_can_be_repeated(aws, steps):
    arn = steps.machine(PASS, name="gone")
    assert body(aws.delete_state_machine(stateMachineArn=arn)) == {}
    until(lambda: arn not in [m["stateMachineArn"] for m in aws.list_state_machines()["stateMachines"]])
    assert body(aws.delete_state_machine(stateMachineArn=arn)) == {}


def test_delete_state_machine_ends_its_executions(aws, steps, server):
    arn = steps.machine(WAIT_LONG)
    execution = steps.start(arn)
    aws.delete_state_machine(stateMachineArn=arn)
    assert server.await_end(execution)["status"] == "ABORTED"


def test_a_new_machine_does_not_inherit_executions(aws, steps, server):
    arn = steps.machine(PASS, name="phoenix")
    execution = steps.start(arn, name="old")
    server.await_end(execution)
    aws.delete_state_machine(stateMachineArn=arn)

    def made_again():
        try:
            return steps.machine(PASS, name="phoenix")
        except aws.exceptions.StateMachineDeleting:
            return None

    assert until(made_again) == arn
    assert aws.list_executions(stateMachineArn=arn)["executions"] == []
    server.await_end(steps.start(arn, name="old"))


def test_list_state_machines_pages_through_all(aws, steps):
    arns = {steps.machine(PASS, name=f"listed-{n}") for n in range(5)}
    first = aws.list_state_machines(maxResults=2)
    assert len(first["stateMachines"]) == 2
    assert set(first["stateMachines"][0]) == {"stateMachineArn", "name", "type", "creationDate"}
    pages = aws.get_paginator("list_state_machines").paginate(PaginationConfig={"PageSize": 2})
    listed = [machine["stateMachineArn"] for page in pages for machine in page["stateMachines"]]
    assert len(listed) == 5 and set(listed) == arns
    assert "nextToken" not in aws.list_state_machines(maxResults=0)


def test_start_execution_names_it_by_a_uuid(aws, steps):
    arn = steps.machine(PASS, name="made")
    answer = aws.start_execution(stateMachineArn=arn)
    assert set(body(answer)) == {"executionArn", "startDate"}
    prefix, name = answer["executionArn"].rsplit(":", 1)
    assert prefix == ARN + "execution:made"
    assert UUID.fullmatch(name)


def test_start_execution_is_idempotent_while_running(aws, steps):
    arn = steps.machine(WAIT_LONG)
    first = aws.start_execution(stateMachineArn=arn, name="one", input='{"a": 1}')
    again = aws.start_execution(stateMachineArn=arn, name="one", input='{"a": 1}')
    assert body(again) == body(first)
    assert len(aws.list_executions(stateMachineArn=arn)["executions"]) == 1


def test_start_execution_with_other_text_of_the_input_is_refused(aws, steps):
    arn = steps.machine(WAIT_LONG)
    first = aws.start_execution(stateMachineArn=arn, name="one", input='{"a": 1}')
    with pytest.raises(aws.exceptions.ExecutionAlreadyExists) as refused:
        aws.start_execution(stateMachineArn=arn, name="one", input='{"a":1}')
    message = f"Execution Already Exists: '{first['executionArn']}'"
    assert refused.value.response["Error"]["Message"] == message


def test_start_execution_after_its_end_is_refused(aws, steps, server):
    arn = steps.machine(PASS)
    execution = steps.start(arn, name="one")
    server.await_end(execution)
    with pytest.raises(aws.exceptions.ExecutionAlreadyExists) as refused:
        steps.start(arn, name="one")
    assert refused.value.response["Error"]["Message"] == f"Execution Already Exists: '{execution}'"


@pytest.mark.parametrize("text", ['{"a" : 1}', "[1, 2]", '"words"', "17", "true", "null"])
def test_any_json_is_an_input_and_is_shown_as_it_came(aws, steps, server, text):
    arn = steps.machine(PASS)
    execution = aws.start_execution(stateMachineArn=arn, input=text)["executionArn"]
    server.await_end(execution)
    described = aws.describe_execution(executionArn=execution)
    assert described["input"] == text
    assert json.loads(described["output"]) == json.loads(text)
    assert steps.raw_history(execution)[0]["executionStartedEventDetails"]["input"] == text


def test_describe_execution_that_succeeded_shows_the_untouched_input_as_its_output(aws, steps, server):
    machine = steps.machine(PASS, name="made")
    started = aws.start_execution(stateMachineArn=machine, name="one", input='{"a": 1}')
    server.await_end(started["executionArn"])
    answer = body(aws.describe_execution(executionArn=started["executionArn"]))
    assert answer == {
        "executionArn": ARN + "execution:made:one",
        "stateMachineArn": machine,
        "name": "one",
        "status": "SUCCEEDED",
        "startDate": started["startDate"],
        "stopDate": answer["stopDate"],
        "input": '{"a": 1}',
        "inputDetails": {"included": True},
        "output": '{"a": 1}',
        "outputDetails": {"included": True},
        "redriveCount": 0,
        "redriveStatus": "NOT_REDRIVABLE",
        "redriveStatusReason": "Execution is SUCCEEDED and cannot be redriven",
    }
    assert answer["stopDate"] >= answer["startDate"]


def test_describe_execution_that_runs(steps):
    answer = body(steps.describe(steps.start(steps.machine(WAIT_LONG))))
    assert answer["status"] == "RUNNING"
    assert "stopDate" not in answer and "output" not in answer
    assert answer["redriveStatus"] == "NOT_REDRIVABLE"
    assert answer["redriveStatusReason"] == "Execution is RUNNING and cannot be redriven"


def test_describe_execution_that_failed(steps):
    execution = steps.run(one({"Type": "Fail", "Error": "Broken", "Cause": "on purpose"}))
    answer = body(steps.describe(execution))
    assert answer["status"] == "FAILED"
    assert (answer["error"], answer["cause"]) == ("Broken", "on purpose")
    assert "output" not in answer
    assert answer["redriveStatus"] == "REDRIVABLE"
    assert "redriveStatusReason" not in answer


def test_describe_execution_metadata_only_hides_payloads(aws, steps):
    execution = steps.run(PASS, {"secret": 1})
    answer = aws.describe_execution(executionArn=execution, includedData="METADATA_ONLY")
    assert answer["status"] == "SUCCEEDED"
    assert "input" not in answer and "output" not in answer
    assert answer["inputDetails"] == {"included": False}
    assert answer["outputDetails"] == {"included": False}


def test_stop_execution_aborts_with_error_and_cause(aws, steps):
    execution = steps.start(steps.machine(WAIT_LONG))
    stopped = aws.stop_execution(executionArn=execution, error="Enough", cause="no more time")
    assert isinstance(stopped["stopDate"], datetime.datetime)
    answer = steps.describe(execution)
    assert answer["status"] == "ABORTED"
    assert answer["stopDate"] == stopped["stopDate"]
    assert (answer["error"], answer["cause"]) == ("Enough", "no more time")
    assert steps.history(execution)[-1] == (
        3,
        0,
        "ExecutionAborted",
        {"error": "Enough", "cause": "no more time"},
    )


def test_stop_execution_of_what_has_ended_changes_nothing(aws, steps):
    execution = steps.run(PASS)
    before = steps.describe(execution)
    stopped = aws.stop_execution(executionArn=execution, error="Late")
    after = steps.describe(execution)
    assert stopped["stopDate"] == before["stopDate"]
    assert body(after) == body(before)


def test_list_executions_newest_first_with_filter_and_pages(aws, steps, server):
    arn = steps.machine(
        {
            "StartAt": "Ask",
            "States": {
                "Ask": {
                    "Type": "Choice",
                    "Choices": [{"Variable": "$.wait", "BooleanEquals": True, "Next": "Wait"}],
                    "Default": "Done",
                },
                "Wait": {"Type": "Wait", "Seconds": 600, "End": True},
                "Done": {"Type": "Succeed"},
            },
        }
    )
    ended = [steps.start(arn, {"wait": False}, name=f"done-{n}") for n in range(3)]
    for execution in ended:
        server.await_end(execution)
    running = [steps.start(arn, {"wait": True}, name=f"wait-{n}") for n in range(2)]

    def listed(**options):
        paginator = aws.get_paginator("list_executions")
        pages = paginator.paginate(stateMachineArn=arn, PaginationConfig={"PageSize": 2}, **options)
        return [item["executionArn"] for page in pages for item in page["executions"]]

    # AWS calls its lists eventually consistent.
    until(lambda: len(listed(statusFilter="SUCCEEDED")) == 3)
    assert set(listed(statusFilter="SUCCEEDED")) == set(ended)
    assert set(listed(statusFilter="RUNNING")) == set(running)
    assert listed(statusFilter="FAILED") == []
    everything = listed()
    assert len(everything) == 5
    assert set(everything[:2]) == set(running)
    item = aws.list_executions(stateMachineArn=arn, statusFilter="SUCCEEDED")["executions"][0]
    assert {"executionArn", "stateMachineArn", "name", "status", "startDate", "stopDate"} <= set(item)


def test_get_execution_history_pages_in_both_directions(aws, steps):
    execution = steps.run(PASS)
    first = aws.get_execution_history(executionArn=execution, maxResults=3)
    assert [event["id"] for event in first["events"]] == [1, 2, 3]
    rest = aws.get_execution_history(executionArn=execution, maxResults=3, nextToken=first["nextToken"])
    assert [event["id"] for event in rest["events"]] == [4]
    assert "nextToken" not in rest
    pages = aws.get_paginator("get_execution_history").paginate(
        executionArn=execution, reverseOrder=True, PaginationConfig={"PageSize": 3}
    )
    assert [event["id"] for page in pages for event in page["events"]] == [4, 3, 2, 1]


def test_get_execution_history_without_data(aws, steps):
    execution = steps.run(PASS, {"secret": 1})
    events = aws.get_execution_history(executionArn=execution, includeExecutionData=False)["events"]
    assert len(events) == 4
    for event in events:
        for details in event.values():
            if isinstance(details, dict):
                assert not {"input", "output", "inputDetails", "outputDetails"} & set(details)
    assert events[1]["stateEnteredEventDetails"] == {"name": "Only"}


def test_activities_live_and_are_listed(aws):
    made = aws.create_activity(name="charge")
    arn = ARN + "activity:charge"
    assert set(body(made)) == {"activityArn", "creationDate"}
    assert made["activityArn"] == arn
    assert body(aws.create_activity(name="charge")) == body(made)
    assert body(aws.describe_activity(activityArn=arn)) == {
        "activityArn": arn,
        "name": "charge",
        "creationDate": made["creationDate"],
        "encryptionConfiguration": {"type": "AWS_OWNED_KEY"},
    }
    aws.create_activity(name="second")
    aws.create_activity(name="third")
    pages = aws.get_paginator("list_activities").paginate(PaginationConfig={"PageSize": 2})
    names = [activity["name"] for page in pages for activity in page["activities"]]
    assert sorted(names) == ["charge", "second", "third"]
    assert body(aws.delete_activity(activityArn=arn)) == {}
    assert body(aws.delete_activity(activityArn=arn)) == {}
    assert len(aws.list_activities()["activities"]) == 2


def test_tags_of_machines_and_activities(aws, steps):
    tags = [{"key": "room", "value": "engine"}, {"key": "floor", "value": "3"}]
    machine = steps.machine(PASS, tags=tags)
    activity = aws.create_activity(name="charge", tags=tags)["activityArn"]
    for arn in (machine, activity):
        assert aws.list_tags_for_resource(resourceArn=arn)["tags"] == tags
        changed = [{"key": "floor", "value": "4"}, {"key": "new", "value": ""}]
        assert body(aws.tag_resource(resourceArn=arn, tags=changed)) == {}
        assert body(aws.untag_resource(resourceArn=arn, tagKeys=["room", "unknown"])) == {}
        left = {tag["key"]: tag["value"] for tag in aws.list_tags_for_resource(resourceArn=arn)["tags"]}
        assert left == {"floor": "4", "new": ""}


def test_get_activity_task_and_success(aws, steps, server):
    activity = steps.activity()
    execution = steps.start(steps.machine(one(task(activity))), {"a": 1})
    answer = body(aws.get_activity_task(activityArn=activity, workerName="worker"))
    assert set(answer) == {"taskToken", "input"}
    assert json.loads(answer["input"]) == {"a": 1}
    assert 1 <= len(answer["taskToken"]) <= 1024
    assert body(aws.send_task_heartbeat(taskToken=answer["taskToken"])) == {}
    assert body(aws.send_task_success(taskToken=answer["taskToken"], output='{"b": 2}')) == {}
    server.await_end(execution)
    assert json.loads(steps.describe(execution)["output"]) == {"b": 2}


def test_send_task_failure_without_a_word(aws, steps, server):
    activity = steps.activity()
    execution = steps.start(steps.machine(one(task(activity))))
    token, _ = steps.poll(activity)
    assert body(aws.send_task_failure(taskToken=token)) == {}
    server.await_end(execution)
    answer = steps.describe(execution)
    assert answer["status"] == "FAILED"
    assert "error" not in answer and "cause" not in answer


def test_accounts_do_not_see_each_other(server):
    ours, theirs = Steps(server, "111111111111"), Steps(server, "222222222222")
    machine = ours.machine(PASS, name="made")
    assert machine == "arn:aws:states:us-east-1:111111111111:stateMachine:made"
    assert theirs.aws.list_state_machines()["stateMachines"] == []
    other = theirs.machine(WAIT_LONG, name="made")
    assert other != machine
    execution = ours.run(PASS)
    with pytest.raises(theirs.aws.exceptions.ClientError):
        theirs.describe(execution)


def test_a_key_that_is_no_account_means_the_default_account(server):
    client = server.client(account="AKIAEXAMPLE")
    arn = client.create_activity(name="a")["activityArn"]
    assert arn == ARN + "activity:a"


def test_the_region_comes_from_the_request(server):
    client = server.client(region="eu-central-1")
    arn = client.create_activity(name="a")["activityArn"]
    assert arn == "arn:aws:states:eu-central-1:000000000000:activity:a"
    assert server.client().list_activities()["activities"] == []


def test_end_answers_when_the_execution_has_ended(steps, server):
    execution = steps.start(steps.machine(one({"Type": "Wait", "Seconds": 1, "End": True})), {"a": 1})
    status, answer = server.end(execution)
    assert status == 200
    assert answer["status"] == "SUCCEEDED"
    assert answer["executionArn"] == execution
    assert json.loads(answer["output"]) == {"a": 1}


def test_end_answers_after_its_wait_when_the_execution_runs_on(steps, server):
    execution = steps.start(steps.machine(WAIT_LONG))
    status, answer = server.end(execution, wait=0)
    assert (status, answer["status"]) == (200, "RUNNING")
    status, answer = server.end(execution, wait=1)
    assert (status, answer["status"]) == (200, "RUNNING")


def test_end_of_an_unknown_execution_is_an_error(server):
    status, answer = server.end(ARN + "execution:nothing:here", wait=1)
    assert status in (400, 404)
    assert answer["__type"] == "ExecutionDoesNotExist"
