"""Recorded values against real ones: the placeholders of the corpus, bound as they are met.

INVARIANT: within one case, equal placeholders stand for equal values and different ones for different values.
"""

import json
import re

from mocks import without_mocks
from tally import ANY_VALUE, FROM_MOCK, LATER, Tally, leaves

TOKEN = re.compile(r"<[A-Za-z0-9_.:-]+>")
# As a whole value: anything of that kind. The recorder put these for what differs from run to run.
ANYTHING = {
    "timestamp",
    "datetime",
    "date",
    "start-date",
    "stop-date",
    "start-time",
    "entered-time",
    "creation-date",
    "RequestId",
    "x-amzn-RequestId",
    "X-Amzn-Trace-Id",
    "<timestamp>",
    "RandomNumberGenerated",
    "x-amz-crc32",
    "a_task_token",
    "a_message_id",
}
ACCOUNT = "111111111111"


def parsed(real):
    """What a text holds, if it is JSON."""
    try:
        return json.loads(real) if isinstance(real, str) else real
    except ValueError:
        return real


class Mismatch(Exception):
    """The real answer is not what was recorded."""


class Bindings:
    def __init__(self, account, unseen=()):
        self.account = account
        self.tally = Tally()
        # Members that AWS did not show yet when it was recorded.
        self.unseen = set(unseen)
        self.values = {"<region>": "us-east-1", "<partition>": "aws"}
        # Words without brackets and whole ARNs that the recorder put in the place of a value.
        self.words = {
            "snf_role_arn": f"arn:aws:iam::{account}:role/snf_role",
            "sfn_role_arn": f"arn:aws:iam::{account}:role/sfn_role",
            "sm_nonexistent_arn": f"arn:aws:states:us-east-1:{account}:stateMachine:nonexistent",
            "ssm_nonexistent_arn": f"arn:aws:states:us-east-1:{account}:stateMachine:nonexistent",
            "invalid_execution_arn": f"arn:aws:states:us-east-1:{account}:execution:nonexistent:nonexistent",
        }

    def fill(self, recorded, make):
        """A recorded request with values in the place of its placeholders; `make` invents what is not bound."""
        if isinstance(recorded, dict):
            return {self.fill(key, make): self.fill(value, make) for key, value in recorded.items()}
        if isinstance(recorded, list):
            return [self.fill(value, make) for value in recorded]
        if not isinstance(recorded, str):
            return recorded
        text = self.with_words(recorded)

        def value_of(match):
            token = match.group()
            if token not in self.values:
                self.values[token] = make(token)
            return self.values[token]

        return TOKEN.sub(value_of, text).replace(ACCOUNT, self.account)

    def known(self, recorded, real):
        """A placeholder or word whose value is known before it is met."""
        (self.values if TOKEN.fullmatch(recorded) else self.words)[recorded] = real

    def with_words(self, text):
        # The longest first: one word may be the end of another. What took the place of a word is not looked at again.
        words = "|".join(re.escape(word) for word in sorted(self.words, key=len, reverse=True))
        return re.sub(rf"(?<![\w<-])(?:{words})(?![a-zA-Z0-9>-])", lambda word: self.words[word.group()], text)

    def match(self, recorded, real, place=""):
        """Compares, binding placeholders on the way; raises at the first difference."""
        if isinstance(recorded, str) and recorded in ANYTHING:
            if isinstance(real, list) and len(real) == 1:
                # A header of an answer: the recorder replaced the list of its values.
                real = real[0]
            if not isinstance(real, (str, int, float)):
                raise Mismatch(f"{place}: expected a value for `{recorded}`, found {real!r}")
            self.tally.field(ANY_VALUE)
        elif isinstance(recorded, dict):
            self.match_object(recorded, real, place)
        elif isinstance(recorded, list):
            # The output of an execution is kept parsed, whatever it is.
            real = parsed(real)
            if not isinstance(real, list) or len(real) != len(recorded):
                raise Mismatch(f"{place}: expected {len(recorded)} elements, found {shortened(real)}")
            self.tally.field(number=not recorded)
            for index, (one, other) in enumerate(zip(recorded, real)):
                self.match(one, other, f"{place}[{index}]")
        elif isinstance(recorded, str):
            self.match_text(recorded, real, place)
        elif recorded != parsed(real) or type(recorded) is bool and type(parsed(real)) is not bool:
            raise Mismatch(f"{place}: expected {recorded!r}, found {shortened(real)}")
        else:
            self.tally.field()

    def match_object(self, recorded, real, place):
        # Strings that held a JSON object were parsed by the recorder.
        real = parsed(real)
        if not isinstance(real, dict):
            raise Mismatch(f"{place}: expected an object, found {shortened(real)}")
        filled = {self.with_words(key): value for key, value in recorded.items()}
        unseen = real.keys() & (self.unseen - filled.keys())
        self.tally.field(LATER, len(unseen))
        real = {key: value for key, value in real.items() if key not in unseen}
        asked, (filled, real) = filled, without_mocks(filled, real)
        self.tally.field(FROM_MOCK, sum(leaves(value) for key, value in asked.items() if key not in filled))
        missing, extra = filled.keys() - real.keys(), real.keys() - filled.keys()
        if missing or extra:
            raise Mismatch(f"{place}: missing {sorted(missing)}, too many {sorted(extra)}")
        self.tally.field(number=not recorded)
        for key, value in filled.items():
            self.match(value, real[key], f"{place}.{key}")

    def match_text(self, recorded, real, place):
        if not isinstance(real, str):
            raise Mismatch(f"{place}: expected the text {recorded!r}, found {shortened(real)}")
        text = self.with_words(recorded)
        names, pattern, at = [], "", 0
        for token in TOKEN.finditer(text):
            pattern += re.escape(text[at : token.start()])
            name = token.group()
            if name in self.values:
                pattern += re.escape(self.values[name])
            elif name in names:
                pattern += f"(?P=t{names.index(name)})"
            else:
                pattern += f"(?P<t{len(names)}>.+?)"
                names.append(name)
            at = token.end()
        pattern = (pattern + re.escape(text[at:])).replace(ACCOUNT, self.account)
        found = re.fullmatch(pattern, real, re.DOTALL)
        if not found and re.fullmatch(r"[a-z]+([_-][a-z]+)*[_-]arn", recorded) and real.startswith("arn:"):
            self.words[recorded] = real
            self.tally.field()
            return
        if not found:
            raise Mismatch(f"{place}: expected the text {recorded!r}, found {shortened(real)}")
        for index, name in enumerate(names):
            value = found.group(f"t{index}")
            if value in self.values.values():
                raise Mismatch(f"{place}: {name} is the value of another placeholder: {value!r}")
            self.values[name] = value
        self.tally.field()


def shortened(value):
    text = repr(value)
    return text if len(text) < 400 else text[:400] + "…"
