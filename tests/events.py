"""Events as the tests of histories write them down: (id, previous id, type, details)."""

from stairway import ROLE

INSIDE = "An error occurred while executing the state '{}' (entered at the event id #{}). "


def entered(event_id, previous, kind, name, payload):
    return event_id, previous, f"{kind}StateEntered", {"name": name, "input": payload}


def exited(event_id, previous, kind, name, payload):
    return event_id, previous, f"{kind}StateExited", {"name": name, "output": payload}


def started(payload):
    return 1, 0, "ExecutionStarted", {"input": payload, "roleArn": ROLE}


def plain(event_id, previous, event_type, **details):
    return event_id, previous, event_type, details


def succeeded(event_id, previous, payload):
    return event_id, previous, "ExecutionSucceeded", {"output": payload}


def scheduled(event_id, previous, activity, payload):
    return plain(event_id, previous, "ActivityScheduled", resource=activity, input=payload)
