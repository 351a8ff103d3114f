"""The page of metrics: AWS's names and dimensions, and what they count."""

from observing import FAIL, metrics, values
from stairway import until


def test_metrics_have_the_names_and_dimensions_of_aws(served, counterpart):
    steps = served(AWS_ENDPOINT_URL=counterpart.url)
    activity = steps.activity()
    task = {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": activity, "End": True}}}
    machine = steps.machine(task)
    execution = steps.start(machine)
    open_one = steps.start(machine)
    token, _ = steps.poll(activity)
    steps.succeed(token)
    failing = steps.machine(FAIL)
    steps.server.await_end(steps.start(failing))
    calls = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": True}
    calls["Parameters"] = {"QueueUrl": "q", "MessageBody": "m"}
    counterpart.says({"__type": "QueueDoesNotExist"}, status=400)
    steps.run({"StartAt": "T", "States": {"T": calls}})
    samples = until(lambda: settled(steps.server, 4))
    of = lambda name, **labels: samples.get((name, frozenset(labels.items())))
    assert of("ExecutionsStarted", StateMachineArn=machine) == 2
    assert of("ExecutionsSucceeded", StateMachineArn=machine) == 1
    assert of("ExecutionsFailed", StateMachineArn=failing) == 1
    assert of("ExecutionsAborted", StateMachineArn=failing) == 0
    assert of("ExecutionsTimedOut", StateMachineArn=failing) == 0
    assert of("ExecutionTime_count", StateMachineArn=machine) == 1
    assert of("ExecutionTime_bucket", StateMachineArn=machine, le="+Inf") == 1
    assert of("OpenExecutionCount") == 1
    assert of("ConsumedCapacity", ServiceMetric="StateTransition") == 4
    assert of("ActivitiesScheduled", ActivityArn=activity) == 2
    assert of("ActivitiesStarted", ActivityArn=activity) == 1
    assert of("ActivitiesSucceeded", ActivityArn=activity) == 1
    assert of("ActivitiesHeartbeatTimedOut", ActivityArn=activity) == 0
    for name in ("ActivityScheduleTime", "ActivityRunTime", "ActivityTime"):
        assert of(f"{name}_count", ActivityArn=activity) == 1
    sqs = {"ServiceIntegrationResourceArn": "arn:aws:states:::sqs:sendMessage"}
    assert of("ServiceIntegrationsScheduled", **sqs) == 1
    assert of("ServiceIntegrationsFailed", **sqs) == 1
    assert of("ServiceIntegrationTime_count", **sqs) == 1
    starts = {"Service": "States", "Type": "API", "Resource": "StartExecution"}
    assert of("CallCount", **starts, Class="Done") == 4
    assert of("CallCount", **starts, Class="Refused") == 0
    assert of("ThrottledEvents", APIName="StartExecution") == 0
    assert of("stairway_api_seconds_count", operation="StartExecution") == 4
    assert of("StateMachineCount") == 3
    assert of("ActivityCount") == 1
    assert sum(values(samples, "stairway_commits_total")) >= 4
    assert of("stairway_log_syncs_total") >= 1
    assert of("stairway_records_dropped_total", sink="queue") == 0
    assert of("stairway_audit_woken_total") == 0
    steps.aws.stop_execution(executionArn=open_one)
    assert steps.describe(execution)["status"] == "SUCCEEDED"


def settled(server, started):
    """The metrics once all these executions and their ends are counted: answers may be quicker."""
    samples = metrics(server)
    ends = ("ExecutionsSucceeded", "ExecutionsFailed")
    done = sum(sum(values(samples, name)) for name in ends) == started - 1
    return samples if done and sum(values(samples, "ExecutionsStarted")) == started else None


def test_open_executions_are_counted_across_a_restart(served):
    steps = served()
    waits = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 3600, "End": True}}}
    execution = steps.start(steps.machine(waits))
    steps = steps.server.restart()
    opened = lambda: metrics(steps.server)["OpenExecutionCount", frozenset()]
    assert opened() == 1
    steps.aws.stop_execution(executionArn=execution)
    until(lambda: opened() == 0)
