"""Folding one batch of a partition in memory: pure, repeatable, without a database."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any

from projections.folding.order import Derived, Fact, Folded, Heard, Order
from projections.folding.projection import Policy, Projection
from projections.folding.readings import Reading, Refusal, Subject
from projections.folding.rows import Folder, RowsByStore, TableRows
from projections.folding.walk import FoldFailed, Walk, derive

Load = Callable[[Sequence[Folder]], Awaitable[None]]
"""Reads what the rows of folders miss from their tables."""


class BatchFold:
    """Folds one batch until all rows are known: projection by projection, or fact by fact where one of them fails."""

    def __init__(
        self,
        folders: Sequence[Folder],
        readings: Sequence[Reading],
        repeated: frozenset[int] = frozenset(),
        *,
        condemned: Refusal | None = None,
        parking: bool = True,
    ) -> None:
        """Begin; a single record may come condemned."""
        self._folders = folders
        self._readings = readings
        self._repeated = repeated
        self._condemned = condemned
        self._parking = parking

    async def run(self, parked: Mapping[Subject, int], load: Load) -> Folded:
        """Fold the batch behind subjects that are parked already; `load` is asked for unknown rows."""
        try:
            return await self._together(Order(parked, parking=self._parking), load)
        except FoldFailed:
            return await self._one_by_one(parked, load)

    async def _together(self, order: "Order", load: Load) -> Folded:
        """Fold the batch into every table, into those that miss rows again."""
        for index, reading in enumerate(self._readings):
            if index in self._repeated:
                order.repeat(index, reading)
            else:
                order.take(index, reading, reading.refusal or self._condemned)
        derived: dict[str, list[Derived]] = {}
        folding = self._folders
        while folding:
            for folder in folding:
                derived[folder.projection.name] = _fold(folder, order)
            if folding := [folder for folder in folding if not folder.rows.is_complete]:
                await load(folding)
        return order.folded(fact for folder in self._folders for fact in derived[folder.projection.name])

    async def _one_by_one(self, parked: Mapping[Subject, int], load: Load) -> Folded:
        """Fold each fact into every table before the next one, so that it is known what fails before others see it."""
        while True:
            order, walk = Order(parked, parking=self._parking), Walk(self._folders)
            for index, reading in enumerate(self._readings):
                if index in self._repeated:
                    walk.hear(order.repeat(index, reading))
                    continue
                refusal = reading.refusal or self._condemned
                if refusal is None and order.would_apply(reading):
                    refusal = walk.fold(reading)
                walk.hear(order.take(index, reading, refusal))
            if not (missing := [folder for folder in self._folders if not folder.rows.is_complete]):
                return order.folded(walk.derived())
            await load(missing)


def _fold(folder: Folder, order: Order) -> list[Derived]:
    """Fold the batch into one table; return what the projection derived, if it is a policy."""
    projection = folder.projection
    folder.rows.start()
    if isinstance(projection, Policy):
        return list(_decide(projection, folder.rows, order.heard))
    facts = [fact for kind, facts in order.applied.items() if kind in projection.facts for fact in facts]
    _apply(projection, folder.rows, sorted(facts, key=itemgetter(0)))
    return []


def _apply(projection: Projection[Any], rows: TableRows[Any], facts: Sequence[Fact]) -> None:
    fold = projection.fold
    stores = RowsByStore(rows)
    for _, store, recorded in facts:
        try:
            fold(stores[store], recorded)
        except Exception as problem:
            if rows.is_complete:  # otherwise a row that is only not loaded yet may have misled it
                raise FoldFailed(problem) from problem


def _decide(policy: Policy[Any], rows: TableRows[Any], heard: Sequence[Heard]) -> Iterator[Derived]:
    stores = RowsByStore(rows)
    for _, store, reading, decides in heard:
        try:
            yield from derive(policy, stores[store], reading, decides=decides)
        except Exception as problem:
            if rows.is_complete:  # the same
                raise FoldFailed(problem) from problem
