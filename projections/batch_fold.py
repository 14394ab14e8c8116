"""Folding one batch of a partition in memory: pure, repeatable, without a database."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from event_store.events import Event
from event_store.ledger import Disposition
from projections.projection import Policy, Projection, Rows
from projections.readings import Reading, Refusal, Subject
from projections.rows import FullKey, NotLoaded, TableRows


class Folder(msgspec.Struct, frozen=True):
    """A projection with its rows of one partition."""

    projection: Projection[Any]
    rows: TableRows[Any]


Load = Callable[[Folder, Sequence[FullKey]], Awaitable[None]]
"""Reads the rows under keys from the folder's table into its rows."""


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
    """Folds one batch again and again until all rows are known and every fact that fails is a dead letter."""

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
            try:
                return self._pass(parked, collecting=False)
            except NotLoaded:
                self._pass(parked, collecting=True)
                for folder in self._folders:
                    if missing := folder.rows.missing():
                        await load(folder, missing)
            except _FoldFailed as failure:
                if failure.index in self._failed or self._readings[failure.index].refusal:
                    raise
                self._failed[failure.index] = Refusal("fold_failed", failure.error)

    def _pass(self, parked: Mapping[Subject, int], *, collecting: bool) -> Folded:
        for folder in self._folders:
            folder.rows.start(collecting=collecting)
        one = _Pass(self._folders, parked, parking=self._parking)
        for index, reading in enumerate(self._readings):
            if index in self._repeated:
                one.dispositions.append("duplicate")
                continue
            try:
                one.take(reading, reading.refusal or self._failed.get(index))
            except NotLoaded:
                raise
            except Exception as problem:
                if not collecting:
                    raise _FoldFailed(index, problem) from problem
        return Folded(dispositions=one.dispositions, letters=one.letters, derived=one.derived, parked=one.parked)


class _Pass:
    """One way through a batch."""

    def __init__(self, folders: Sequence[Folder], parked: Mapping[Subject, int], *, parking: bool) -> None:
        self._folders = folders
        self._parked_before = parked
        self._parking = parking
        self._stores: dict[tuple[str, str], list[tuple[Projection[Any], Rows[Any]]]] = {}
        self.dispositions: list[Disposition] = []
        self.letters: list[Letter] = []
        self.derived: list[Derived] = []
        self.parked: dict[Subject, int] = {}

    def take(self, reading: Reading, refusal: Refusal | None) -> None:
        """Apply a fact, or note why not; what comes after a dead letter of its subject waits behind it."""
        behind = self._behind(reading.subject)
        if refusal is None and behind is None:
            self.dispositions.append("applied")
            self._apply(reading)
            return
        self.dispositions.append("parked" if refusal is None else "dead")
        if refusal is None:
            refusal = Refusal("parked", f"waits behind the dead letter at offset {behind}")
        elif reading.subject is not None and behind is None and self._parking:
            self.parked[reading.subject] = reading.record.offset
        self.letters.append(Letter(reading=reading, refusal=refusal, behind=behind))
        self._pass_by(reading)

    def _behind(self, subject: Subject | None) -> int | None:
        if subject is None:
            return None
        return self.parked.get(subject, self._parked_before.get(subject))

    def _apply(self, reading: Reading) -> None:
        if reading.recorded is None:
            return
        for projection, rows in self._of(reading):
            if isinstance(projection, Policy):
                self._note(projection, reading, projection.decide(rows, reading.recorded))
            else:
                projection.fold(rows, reading.recorded)

    def _pass_by(self, reading: Reading) -> None:
        for projection, rows in self._of(reading):
            if isinstance(projection, Policy):
                self._note(projection, reading, projection.pass_by(rows, reading.attributes))

    def _note(self, policy: Policy[Any], cause: Reading, events: Iterable[Event]) -> None:
        for ordinal, event in enumerate(events):
            self.derived.append(Derived(policy=policy, cause=cause, ordinal=ordinal, event=event))

    def _of(self, reading: Reading) -> Sequence[tuple[Projection[Any], Rows[Any]]]:
        store = reading.store
        if store is None:
            return ()
        if store not in self._stores:
            self._stores[store] = [(folder.projection, folder.rows.of(*store)) for folder in self._folders]
        return self._stores[store]


class _FoldFailed(Exception):
    """A fold cannot take the fact at an index of the batch."""

    def __init__(self, index: int, problem: Exception) -> None:
        self.index = index
        self.error = f"{type(problem).__name__}: {problem}"
        super().__init__(self.error)
