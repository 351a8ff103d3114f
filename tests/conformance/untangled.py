"""A recorded case in which two state machines got one placeholder, told apart again.

The recorder counted the machines of a test from zero more than once in some tests: then the machine that is started
and the one that it starts are both `<ArnPart_0idx>`. What a caller says to Step Functions about the machine created
last is about that one; what stands in inputs, definitions and histories is about the one before it.
INVARIANT: a case without two such machines comes back as it is.
"""

import copy

MACHINE = "stateMachineArn"
EXECUTION = "executionArn"


def untangled(recorded):
    machines = [step for step in recorded["steps"] if step["op"] == "CreateStateMachine"]
    created = [step for step in machines if MACHINE in step.get("binds", {})]
    last = created[-1] if len(created) > 1 else None
    name = last and last["request"]["name"]
    if not last or not any(is_namesake(step, last) for step in created[:-1]):
        return recorded
    case = copy.deepcopy(recorded)
    number = next(number for number, step in enumerate(recorded["steps"]) if step is last)
    for step in case["steps"][number:]:
        if step["op"] == "CreateStateMachine":
            step["request"]["name"] = other(name)
        for asked_or_bound in (step["request"], step.get("binds", {}), step.get("expect", {})):
            rename(asked_or_bound, name)
    for judged in [case, *case.get("executions", [])]:
        rename(judged.get("expected", {}).get("describe", {}), name)
    return case


def is_namesake(step, last):
    one, other = step["request"], last["request"]
    return one["name"] == other["name"] and one["definition"] != other["definition"]


def rename(members, name):
    """The members that a caller names a machine or an execution by."""
    for member in (MACHINE, EXECUTION):
        if isinstance(members, dict) and member in members:
            members[member] = members[member].replace(name, other(name))


def other(name):
    return f"{name[:-1]}.last>"
