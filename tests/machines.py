"""Definitions that several tests use."""


def one(state, **top):
    """A definition with a single state, `Only`."""
    return {"StartAt": "Only", "States": {"Only": state}, **top}


def chain(**states):
    """A definition that goes through the states in the order given."""
    names = list(states)
    linked = {}
    for name, following in zip(names, names[1:] + [None]):
        state = dict(states[name])
        if state["Type"] not in ("Choice", "Succeed", "Fail") and "Next" not in state and "End" not in state:
            state.update({"Next": following} if following else {"End": True})
        linked[name] = state
    return {"StartAt": names[0], "States": linked}


PASS = one({"Type": "Pass", "End": True})
WAIT_LONG = one({"Type": "Wait", "Seconds": 600, "End": True})


def task(activity, **fields):
    return {"Type": "Task", "Resource": activity, **({} if "Next" in fields else {"End": True}), **fields}


def call(resource, parameters, **fields):
    """A definition whose only state calls a service: `sqs:sendMessage` and the like."""
    return one(task(f"arn:aws:states:::{resource}", Parameters=parameters, **fields))
