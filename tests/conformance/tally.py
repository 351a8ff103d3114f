"""What was compared in one case: answers and their fields, by operation.

INVARIANT: only what the recording has is counted, so equal recordings give equal numbers whatever a server adds.
"""

import collections

# Why a recorded field is not compared by its value.
ANY_VALUE = "any value"
FROM_MOCK = "the service's own"
LATER = "shown by AWS since"


class Tally:
    def __init__(self):
        # (operation, what) -> how many; `what` is `answers`, `equal`, `different`, or a reason from above.
        self.counts = collections.Counter()
        # Whose answer is compared now, or would be.
        self.operation = "setup"

    def answer(self, operation):
        self.operation = operation
        self.counts[operation, "answers"] += 1

    def field(self, what="equal", number=1):
        self.counts[self.operation, what] += number

    def different(self):
        """The first difference ends a case."""
        self.counts[self.operation, "different"] += 1

    def kept(self):
        return self.operation, self.counts.copy()

    def forget(self, kept):
        """What was counted since `kept` was not the right one of several."""
        self.operation, self.counts = kept[0], kept[1].copy()


def leaves(recorded):
    """How many fields a recorded value has: what is neither an object nor a list, and what is empty."""
    inside = recorded.values() if isinstance(recorded, dict) else recorded if isinstance(recorded, list) else ()
    return sum(leaves(one) for one in inside) or 1
