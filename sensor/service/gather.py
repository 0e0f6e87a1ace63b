"""What several workers tell about one origin, put together: the same rows as if one had read it all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from sensor.evidence import Ledger
from sensor.model import Subject
from sensor.policy import Policy
from sensor.rows import Origin, Rows
from sensor.service.messages import BrokenError, Part, Sent, State
from sensor.service.senders import Senders
from sensor.wire.tables import NOT_OURS, OWN

ALIKE = ("wire.", "fragments.", "reassembled.")  # counted alike by all that decode the same frames, but `OWN`


class Gathering:
    """Merges parts into one ledger. A worker is known by a number of the caller's."""

    def __init__(self, origin: Origin, policy: Policy) -> None:
        self.ledger = Ledger(origin, policy)
        self.counts: Counter[str] = Counter()
        self._senders = Senders(self.ledger, self.counts)
        self._subjects: dict[int, list[Subject]] = {}  # of each worker, by its numbers
        self._numbers: dict[int, list[int]] = {}  # here

    def part(self, worker: int, part: Part) -> None:
        """Rows of a worker."""
        subjects, numbers = self._subjects.setdefault(worker, []), self._numbers.setdefault(worker, [])
        subjects += part.subjects
        numbers.extend(self.ledger.number(subject) for subject in subjects[len(numbers) :])
        told = range(len(numbers))
        if any(key[1] not in told for key, _ in part.said) or any(key[1] not in told for key, _ in part.flags):
            raise BrokenError("a row about a subject that was not told of")
        rows = Rows(self.ledger.origin, [], part.said, dict(part.traffic), dict(part.flags), {})
        self.ledger.merge(rows, numbers)

    def sent(self, message: Sent) -> None:
        """Senders, as one worker counted them."""
        for endpoint in message.endpoints:
            self._senders.add(endpoint)

    def end_day(self) -> None:
        """All workers are through with a day, or in a live run one is."""
        self._senders.end_day()

    def forget(self) -> None:
        """A live run goes on with a new day, and all was drained: subjects are numbered anew."""
        self.ledger.forget()
        self._numbers.clear()

    def gone(self, worker: int) -> None:
        """A worker ended, or numbers its subjects anew."""
        self._subjects.pop(worker, None)
        self._numbers.pop(worker, None)

    def counters(self) -> dict[str, int]:
        """What was counted here, beside what the workers counted."""
        return {name: count for name, count in (self.ledger.counts + self.counts).items() if count}


def shared(states: Iterable[State]) -> dict[str, int]:
    """The counters of workers that were fed the same frames, as one of them alone would have counted them."""
    total: Counter[str] = Counter()
    for number, state in enumerate(states):
        for name, count in state.counters.items():
            if name not in NOT_OURS and (number == 0 or name in OWN or not name.startswith(ALIKE)):
                total[name] += count
    return dict(total)


def added(counters: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """The counters of workers that were fed different frames."""
    total: Counter[str] = Counter()
    for counts in counters:
        total.update(counts)
    return dict(total)
