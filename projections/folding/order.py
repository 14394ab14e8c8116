"""What becomes of each record of a batch: applied, a duplicate, a dead letter, or parked behind one."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from event_store.envelope import RecordedEvent
from event_store.events.erasures import SubjectForgotten
from event_store.events.event import Event
from event_store.ledger import Disposition
from projections.folding.projection import Policy
from projections.folding.readings import FactId, Reading, Refusal, Store, Subject


class Derived(msgspec.Struct, frozen=True, kw_only=True):
    """A fact that a policy derived, with the record that caused it and its number among the cause's."""

    policy: Policy[Any]
    cause: Reading
    ordinal: int
    event: Event


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A record that was not applied: why, and behind which earlier one of its subject."""

    reading: Reading
    refusal: Refusal
    behind: int | None = None


class Folded(msgspec.Struct, frozen=True, kw_only=True):
    """What a batch comes to; the changed rows are in the folders."""

    dispositions: list[Disposition]
    letters: list[Letter]
    derived: list[Derived]
    parked: dict[Subject, int]
    """Subjects that this batch parked, with the offset that the others wait behind."""


Fact = tuple[int, Store, RecordedEvent]
"""The index of an applied record in the batch, its store, and the fact."""

Heard = tuple[int, Store, Reading, bool]
"""The same for every record that its store's policies hear of, and whether they decide about it."""


class Order:
    """What becomes of each record of a batch, one after the other."""

    def __init__(self, parked: Mapping[Subject, int], *, parking: bool) -> None:
        self._parked_before = parked
        self._parking = parking
        self.applied: defaultdict[type[Event], list[Fact]] = defaultdict(list)
        """By the class of the fact, because a projection asks for its own only."""
        self.heard: list[Heard] = []
        self.dispositions: list[Disposition] = []
        self.letters: list[Letter] = []
        self.parked: dict[Subject, int] = {}
        self._counting: set[FactId] = set()

    def would_apply(self, reading: Reading) -> bool:
        """Tell whether a record will be applied unless something is wrong with itself."""
        return reading.fact_id not in self._counting and self._behind(reading) is None

    def take(self, index: int, reading: Reading, refusal: Refusal | None) -> Heard | None:
        """Let a record be applied, or note why not; what comes after a dead letter of its subject waits behind it.

        A fact that comes again is a duplicate where it counts already, and waits as the first one does where not: what
        becomes of a record does not depend on which others are in its batch. Returns what policies hear of it.
        """
        fact_id = reading.fact_id
        if fact_id in self._counting:
            return self.repeat(index, reading)
        behind = self._behind(reading)
        is_applied = refusal is None and behind is None
        if not is_applied:
            self._put_aside(reading, refusal, behind)
        else:
            if fact_id is not None:
                self._counting.add(fact_id)
            self.dispositions.append("applied")
        if (store := reading.store) is None:
            return None
        heard = (index, store, reading, is_applied and reading.recorded is not None)
        self.heard.append(heard)
        if is_applied and reading.recorded is not None:
            self.applied[type(reading.recorded.event)].append((index, store, reading.recorded))
        return heard

    def repeat(self, index: int, reading: Reading) -> Heard | None:
        """Let a record be a duplicate; policies hear of it, because its source may have numbered it anew."""
        self.dispositions.append("duplicate")
        if (store := reading.store) is None:
            return None
        self.heard.append((index, store, reading, False))
        return self.heard[-1]

    def folded(self, derived: Iterable[Derived]) -> Folded:
        """Return what the batch comes to."""
        return Folded(dispositions=self.dispositions, letters=self.letters, derived=list(derived), parked=self.parked)

    def _behind(self, reading: Reading) -> int | None:
        """Return the offset of the dead letter that a record waits behind."""
        if (subject := reading.subject) is None:
            return None
        behind = self.parked.get(subject, self._parked_before.get(subject))
        return None if behind is not None and _forgets(reading) else behind

    def _put_aside(self, reading: Reading, refusal: Refusal | None, behind: int | None) -> None:
        self.dispositions.append("parked" if refusal is None else "dead")
        if refusal is None:
            refusal = Refusal("parked", f"waits behind the dead letter at offset {behind}")
        elif (subject := reading.subject) is not None and behind is None and self._parking:
            self.parked[subject] = reading.record.offset
        self.letters.append(Letter(reading=reading, refusal=refusal, behind=behind))


def _forgets(reading: Reading) -> bool:
    """Tell whether a record forgets its subject, which waits behind nothing."""
    return reading.recorded is not None and isinstance(reading.recorded.event, SubjectForgotten)
