"""The parity table, `docs/parity.md`: what a run against the recordings compared, field by field.

Not here: the run (`run.py`), the counting (`tally.py`).
INVARIANT: the same recordings and the same server give the same text.
"""

import collections

import tally
from stairway import ROOT

FILE = ROOT / "docs" / "parity.md"
BEGINNING = """\
# Parity with AWS, as recorded

What Stairway answers beside what AWS was recorded to answer. Written by `tests/conformance/run.py --table` from the
run itself, never by hand; a whole run of the recorded cases fails while this page is not current.

## By operation

An *answer* is one recorded answer, error, history or final description. A *field* is one value in it, however deep:
texts that hold JSON count with the fields inside. *Equal* fields have AWS's value; identifiers that a run makes for
itself (ARNs with UUIDs, tokens) are equal when the same one stands wherever the recording has the same one. The first
difference ends a case, so what would come after it is not counted.

"""
REASONS = """\

Not compared by value:

- *any value*: timestamps, request ids, checksums, message ids. The recorder has replaced them, because they differ from
  run to run: that there is a value, in the same place, is checked.
- *the service's own*: members of a service's answer that the mock which stands for the service lacks or fills otherwise
  (`tests/conformance/mocks.py`).
- *shown by AWS since*: members of Stairway's answers that AWS shows now and did not when the case was recorded
  (`SHOWN_SINCE` in `tests/conformance/case.py`).

## By group of cases

Recorded cases that are not played, with the reasons: see the output of the runner. A case that does not pass is listed,
with its reason, in `tests/conformance/known_failures.toml`.

"""


def table(chosen, played, recorded):
    """The page; `played` has the difference and the tally of each chosen case."""
    counts = collections.Counter()
    groups = collections.defaultdict(lambda: [0, 0])
    for case, (difference, counted) in zip(chosen, played):
        counts.update(counted)
        groups[case["area"]][0] += difference is None
        groups[case["area"]][1] += 1
    passed = sum(difference is None for difference, _ in played)
    lines = [BEGINNING, *by_operation(counts), REASONS]
    lines += ["| group | passed | of |\n", "| --- | ---: | ---: |\n"]
    lines += [f"| {area} | {good} | {total} |\n" for area, (good, total) in sorted(groups.items())]
    lines.append(f"| **all** | **{passed}** | **{len(chosen)}** |\n")
    lines.append(f"\n{recorded} cases are recorded; {recorded - len(chosen)} are not played.\n")
    return "".join(lines)


def by_operation(counts):
    reasons = (tally.ANY_VALUE, tally.FROM_MOCK, tally.LATER)
    yield "| operation | answers | fields | equal | different | " + " | ".join(reasons) + " |\n"
    yield "| --- |" + " ---: |" * (4 + len(reasons)) + "\n"
    operations = sorted({operation for operation, _ in counts})
    rows = [(operation, [counts[operation, what] for what in columns()]) for operation in operations]
    total = [sum(column) for column in zip(*(numbers for _, numbers in rows))]
    for name, numbers in [*rows, ("**all**", total)]:
        answers, equal, different, *rest = numbers
        shown = [answers, equal + different, equal, different, *rest]
        yield f"| {name} | " + " | ".join(f"**{one}**" if name == "**all**" else str(one) for one in shown) + " |\n"


def columns():
    return "answers", "equal", "different", tally.ANY_VALUE, tally.FROM_MOCK, tally.LATER


def is_current(text):
    return FILE.is_file() and FILE.read_text() == text
