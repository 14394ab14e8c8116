"""Folding one batch of a partition in memory: pure, repeatable, without a database."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any

import msgspec

from event_store.envelope import RecordedEvent
from event_store.events import Event, SubjectForgotten
from event_store.ledger import Disposition
from projections.folding.projection import Policy, Projection, Rows
from projections.folding.readings import FactId, Reading, Refusal, Store, Subject
from projections.folding.rows import RowsByStore, TableRows


class Folder(msgspec.Struct, frozen=True):
    """A projection with its rows of one partition."""

    projection: Projection[Any]
    rows: TableRows[Any]


Load = Callable[[Sequence[Folder]], Awaitable[None]]
"""Reads what the rows of folders miss from their tables."""


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


class BatchFold:
    """Folds one batch, projection by projection, until all rows are known and what fails is a dead letter."""

    def __init__(
        self,
        folders: Sequence[Folder],
        readings: Sequence[Reading],
        repeated: frozenset[int] = frozenset(),
        *,
        condemned: Refusal | None = None,
        parking: bool = True,
    ) -> None:
        self._folders = folders
        self._readings = readings
        self._repeated = repeated
        self._failed: dict[int, Refusal] = {} if condemned is None else {0: condemned}
        self._parking = parking

    async def run(self, parked: Mapping[Subject, int], load: Load) -> Folded:
        """Fold the batch behind subjects that are parked already; `load` is asked for unknown rows."""
        while True:
            order = _Order(parked, parking=self._parking)
            for index, reading in enumerate(self._readings):
                if index in self._repeated:
                    order.dispositions.append("duplicate")
                else:
                    order.take(index, reading, reading.refusal or self._failed.get(index))
            try:
                derived = await self._fold(order, load)
            except _FoldFailed as failure:
                if failure.index in self._failed or self._readings[failure.index].refusal:
                    raise
                self._failed[failure.index] = Refusal("fold_failed", failure.error)
                continue
            return Folded(dispositions=order.dispositions, letters=order.letters, derived=derived, parked=order.parked)

    async def _fold(self, order: "_Order", load: Load) -> list[Derived]:
        """Fold the batch into every table, into those that miss rows again; return what policies derived."""
        derived: dict[str, list[Derived]] = {}
        folding = self._folders
        while folding:
            for folder in folding:
                derived[folder.projection.name] = _fold(folder, order)
            if folding := [folder for folder in folding if not folder.rows.is_complete]:
                await load(folding)
        return [fact for folder in self._folders for fact in derived[folder.projection.name]]


_Fact = tuple[int, Store, RecordedEvent]
"""The index of an applied record in the batch, its store, and the fact."""

_Heard = tuple[int, Store, Reading, bool]
"""The same for every record that its store's policies hear of, and whether it is applied."""


class _Order:
    """What becomes of each record, before anything is folded."""

    def __init__(self, parked: Mapping[Subject, int], *, parking: bool) -> None:
        self._parked_before = parked
        self._parking = parking
        self.applied: defaultdict[type[Event], list[_Fact]] = defaultdict(list)
        """By the class of the fact, because a projection asks for its own only."""
        self.heard: list[_Heard] = []
        self.dispositions: list[Disposition] = []
        self.letters: list[Letter] = []
        self.parked: dict[Subject, int] = {}
        self._counting: set[FactId] = set()

    def take(self, index: int, reading: Reading, refusal: Refusal | None) -> None:
        """Let a record be applied, or note why not; what comes after a dead letter of its subject waits behind it.

        A fact that comes again is a duplicate where it counts already, and waits as the first one does where not: what
        becomes of a record does not depend on which others are in its batch.
        """
        fact_id = reading.fact_id
        if fact_id in self._counting:
            self.dispositions.append("duplicate")
            return
        subject = reading.subject
        behind = None if subject is None else self.parked.get(subject, self._parked_before.get(subject))
        if behind is not None and _forgets(reading):
            behind = None
        is_applied = refusal is None and behind is None
        if (store := reading.store) is not None:
            self.heard.append((index, store, reading, is_applied))
            if is_applied and reading.recorded is not None:
                self.applied[type(reading.recorded.event)].append((index, store, reading.recorded))
        if is_applied:
            if fact_id is not None:
                self._counting.add(fact_id)
            self.dispositions.append("applied")
            return
        self.dispositions.append("parked" if refusal is None else "dead")
        if refusal is None:
            refusal = Refusal("parked", f"waits behind the dead letter at offset {behind}")
        elif subject is not None and behind is None and self._parking:
            self.parked[subject] = reading.record.offset
        self.letters.append(Letter(reading=reading, refusal=refusal, behind=behind))


def _forgets(reading: Reading) -> bool:
    """Tell whether a record forgets its subject, which waits behind nothing."""
    return reading.recorded is not None and isinstance(reading.recorded.event, SubjectForgotten)


def _fold(folder: Folder, order: _Order) -> list[Derived]:
    """Fold the batch into one table; return what the projection derived, if it is a policy."""
    projection = folder.projection
    folder.rows.start()
    if isinstance(projection, Policy):
        return list(_decide(projection, folder.rows, order.heard))
    facts = [fact for kind, facts in order.applied.items() if kind in projection.facts for fact in facts]
    _apply(projection, folder.rows, sorted(facts, key=itemgetter(0)))
    return []


def _apply(projection: Projection[Any], rows: TableRows[Any], facts: Sequence[_Fact]) -> None:
    fold = projection.fold
    stores = RowsByStore(rows)
    for index, store, recorded in facts:
        try:
            fold(stores[store], recorded)
        except Exception as problem:
            if rows.is_complete:  # otherwise a row that is only not loaded yet may have misled it
                raise _FoldFailed(index, problem) from problem


def _decide(policy: Policy[Any], rows: TableRows[Any], heard: Sequence[_Heard]) -> Iterator[Derived]:
    stores = RowsByStore(rows)
    for index, store, reading, is_applied in heard:
        try:
            for ordinal, event in enumerate(_events(policy, stores[store], reading, is_applied=is_applied)):
                yield Derived(policy=policy, cause=reading, ordinal=ordinal, event=event)
        except Exception as problem:
            if rows.is_complete:  # the same
                raise _FoldFailed(index, problem) from problem


def _events(policy: Policy[Any], rows: Rows[Any], reading: Reading, *, is_applied: bool) -> Iterable[Event]:
    if is_applied and reading.recorded is not None:
        return policy.decide(rows, reading.recorded)
    return policy.pass_by(rows, reading.attributes)


class _FoldFailed(Exception):
    """A fold cannot take the fact at an index of the batch."""

    def __init__(self, index: int, problem: Exception) -> None:
        self.index = index
        self.error = f"{type(problem).__name__}: {problem}"
        super().__init__(self.error)
