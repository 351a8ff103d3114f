"""What tests of logs, events and metrics have in common: settings, files of lines, the page of metrics."""

import json
import re
import uuid

PASS = {"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": {"b": 2}, "End": True}}}
FAIL = {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "Boom", "Cause": "it was late"}}}


def unique(kind):
    return f"{kind}-{uuid.uuid4().hex[:8]}"


def group_arn(group):
    return f"arn:aws:logs:us-east-1:000000000000:log-group:{group}:*"


def logging(level, include=False, group="nowhere"):
    return {
        "level": level,
        "includeExecutionData": include,
        "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": group_arn(group)}}],
    }


def toml(tables):
    """Settings; a JSON value is a TOML one, but for tables within tables."""
    lines = []
    for table, members in tables.items():
        lines += [f"[{table}]", *(f"{key} = {json.dumps(value)}" for key, value in members.items())]
    return "\n".join([*lines, ""])


def lines_of(path):
    """The lines that are whole: the last one may be being written."""
    text = path.read_text() if path.exists() else ""
    return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]


SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def metrics(server):
    """The page of metrics as (name, labels) -> value; its form is checked on the way."""
    status, headers, text = server.http("GET", "/metrics")
    assert status == 200
    assert headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    samples, kinds = {}, {}
    for line in text.decode().splitlines():
        if line.startswith("# "):
            _, kind, name, rest = line.split(" ", 3)
            if kind == "TYPE":
                assert name not in kinds, f"{name} has one type"
                kinds[name] = rest
            continue
        name, labels, value = SAMPLE.match(line).groups()
        family = re.sub("_(bucket|sum|count)$", "", name)
        assert name in kinds or kinds[family] == "histogram", f"{name} has a type"
        key = name, frozenset(LABEL.findall(labels or ""))
        assert key not in samples, f"{key} is there once"
        samples[key] = float(value)
    return samples


def values(samples, name):
    return [value for (sample, _), value in samples.items() if sample == name]
