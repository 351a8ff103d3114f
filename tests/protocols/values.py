"""Values for shapes, from a seed: full ones, bare ones, and such with awkward characters."""

import base64
import datetime
import random

TEXTS = ["plain", "with space", "a/b?c=d&e", "ümlaut €", "<tag attr=\"x\">&amp;'", "100%", "a+b", "line\nbreak", "x,y", "{brace}"]
HEADER_TEXTS = ["plain", "with space", "a/b?c=d&e", "100%", "a+b;c", "(comment)"]

# Deeper than this only what must be is given.
DEPTH_MAX = 6
# So many values at most in one input: some shapes branch without end.
VALUES_MAX = 220


class Values:
    """Draws values; `is_response` leaves out what only requests can carry."""

    def __init__(self, seed, is_response=False):
        self.random = random.Random(seed)
        self.left = VALUES_MAX
        self.is_response = is_response

    def structure(self, shape, keep=1.0):
        return self._structure(shape, 0, keep)

    def _structure(self, shape, depth, keep):
        if shape.is_document_type:
            return {"any": ["json", 1, True, None, {"deep": 1.5}]}
        members = list(shape.members.items())
        if shape.is_tagged_union:
            return self._union(members, depth)
        value = {}
        for name, member in members:
            is_needed = name in shape.required_members or member.serialization.get("location") == "uri"
            is_needed = is_needed or member.serialization.get("hostLabel")
            if member.serialization.get("eventstream"):
                continue
            if not is_needed and (self.left <= 0 or depth >= DEPTH_MAX or self.random.random() > keep):
                continue
            if depth >= DEPTH_MAX + 4:
                continue
            value[name] = self.value(member, depth + 1, keep)
        # S3 has structures with one element under two names, of which a service writes one.
        if self.is_response and "Event" in value:
            value.pop("Events", None)
        return value

    def _union(self, members, depth):
        simple = [(name, member) for name, member in members if member.type_name not in ("structure", "list", "map")]
        choices = simple if simple and (depth >= DEPTH_MAX or self.left <= 0) else members
        if not choices:
            return {}
        name, member = self.random.choice(choices)
        return {name: self.value(member, depth + 1, 0.5) if depth < 24 else self._empty(member)}

    def _empty(self, member):
        return {"structure": {}, "list": [], "map": {}}.get(member.type_name, None) or self._scalar(member)

    def value(self, shape, depth, keep):
        self.left -= 1
        location = shape.serialization.get("location")
        # Botocore writes JSON into headers as the model means it; in a body such a member is plain text.
        if shape.serialization.get("jsonvalue") and location == "header":
            return {"json": ["value", 1]}
        if shape.type_name == "structure":
            return self._structure(shape, depth, keep)
        if shape.type_name == "list":
            # A header cannot tell an empty list from none.
            least = 1 if location == "header" else 0
            count = self.random.choice([least, 1, 2]) if self.left > 0 and depth < DEPTH_MAX else least
            member = shape.member
            if location == "header":
                return [self._header(member) for _ in range(count)]
            return [self.value(member, depth + 1, keep) for _ in range(count)]
        if shape.type_name == "map":
            count = self.random.choice([0, 1, 2]) if self.left > 0 and depth < DEPTH_MAX else 0
            if location == "headers":
                return {f"key-{index}": self._header(shape.value) for index in range(count)}
            return {self._key(shape.key, index): self.value(shape.value, depth + 1, keep) for index in range(count)}
        if location == "header" and not shape.serialization.get("hostLabel"):
            return self._header(shape)
        return self._scalar(shape)

    def _key(self, shape, index):
        if shape.metadata.get("enum"):
            return shape.metadata["enum"][index % len(shape.metadata["enum"])]
        return f"{self.random.choice(['key', 'a b', 'k/&'])}{index}"

    def _header(self, shape):
        if shape.type_name == "string" and not shape.metadata.get("enum"):
            texts = HEADER_TEXTS if self.is_response else [*HEADER_TEXTS, 'x,"y"']
            return self.random.choice(texts)
        return self._scalar(shape)

    def _scalar(self, shape):
        draw = self.random
        kind = shape.type_name
        if kind in ("string", "character"):
            if shape.serialization.get("hostLabel"):
                return "label-1.x"
            if shape.metadata.get("enum"):
                return draw.choice(shape.metadata["enum"])
            return draw.choice(TEXTS)
        if kind == "boolean":
            return draw.random() < 0.5
        if kind == "integer":
            return draw.choice([0, 1, -1, 23, 24, 255, 256, 65536, 2**31 - 1, -(2**31)])
        if kind == "long":
            return draw.choice([0, 7, -25, 2**32, 2**53 + 1, -(2**63), 2**63 - 1])
        if kind == "float":
            return draw.choice([0.0, 1.5, -2.25, 1e10])
        if kind == "double":
            return draw.choice([0.0, 1.5, -0.1, 1e300, 5e-324, 123456.789])
        if kind == "timestamp":
            micros = draw.choice([0, 0, 123000])
            return datetime.datetime(2024, 2, 29, 23, 59, draw.randrange(60), micros, tzinfo=datetime.timezone.utc)
        if kind == "blob":
            return draw.choice([b"", b"bytes", b"{\"json\": 1}", b"text & <more>"])
        raise AssertionError(f"no values for {kind}")


def rfc3339(moment):
    """With three digits, six, or none: as the AWS SDK for Java writes it."""
    moment = moment.astimezone(datetime.timezone.utc)
    whole = moment.strftime("%Y-%m-%dT%H:%M:%S")
    if moment.microsecond == 0:
        return whole + "Z"
    if moment.microsecond % 1000 == 0:
        return f"{whole}.{moment.microsecond // 1000:03d}Z"
    return f"{whole}.{moment.microsecond:06d}Z"


def to_json(value):
    """As the crate takes and gives values: blobs in Base64, times as text."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime.datetime):
        return rfc3339(value)
    if isinstance(value, dict):
        return {key: to_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [to_json(item) for item in value]
    return value
