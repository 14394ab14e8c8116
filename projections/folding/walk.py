"""Folding fact by fact, each into all tables: what one of them refuses leaves no trace in any."""

from collections.abc import Iterator, Sequence
from typing import Any

from projections.folding.order import Derived, Heard
from projections.folding.projection import Key, Policy, Rows
from projections.folding.readings import Reading, Refusal
from projections.folding.rows import Folder, RowsByStore


class FoldFailed(Exception):
    """A fold cannot take a record."""

    def __init__(self, problem: Exception) -> None:
        self.error = f"{type(problem).__name__}: {problem}"
        super().__init__(self.error)


class Walk:
    """Folds a batch's records in order, from the beginning of the batch."""

    def __init__(self, folders: Sequence[Folder]) -> None:
        self._columns = [(folder, RowsByStore(folder.rows)) for folder in folders]
        self._derived: list[list[Derived]] = [[] for _ in folders]
        for folder in folders:
            folder.rows.start()

    def fold(self, reading: Reading) -> Refusal | None:
        """Fold the fact of a record into every table; return why one of them refuses it."""
        if reading.recorded is None or reading.store is None:
            return None
        tries: list[Tried] = []
        decided: list[tuple[list[Derived], list[Derived]]] = []
        for (folder, stores), derived in zip(self._columns, self._derived, strict=True):
            tried = Tried(stores[reading.store])
            try:
                decided.append((derived, _fold(folder, tried, reading)))
            except Exception as problem:  # noqa: BLE001  # whatever a fold may raise
                if self._is_complete:  # otherwise a row that is only not loaded yet may have misled it
                    return Refusal("fold_failed", FoldFailed(problem).error)
            else:
                tries.append(tried)
        for each in tries:
            each.keep()
        for derived, more in decided:
            derived.extend(more)
        return None

    def hear(self, heard: Heard | None) -> None:
        """Let policies take notice of a record that none of them decides about; raises `FoldFailed`."""
        if heard is None or heard[3]:
            return
        _, store, reading, _ = heard
        for (folder, stores), derived in zip(self._columns, self._derived, strict=True):
            if isinstance(policy := folder.projection, Policy):
                try:
                    derived.extend(derive(policy, stores[store], reading, decides=False))
                except Exception as problem:
                    if self._is_complete:  # the same
                        raise FoldFailed(problem) from problem

    def derived(self) -> Iterator[Derived]:
        """Yield what policies derived, one policy after the other."""
        for derived in self._derived:
            yield from derived

    @property
    def _is_complete(self) -> bool:
        return all(folder.rows.is_complete for folder, _ in self._columns)


class Tried:
    """Rows as one fact changes them, until it is known that it did not fail."""

    def __init__(self, rows: Rows[Any]) -> None:
        self._rows = rows
        self._changed: dict[Key, Any] = {}

    def get(self, key: Key) -> Any:
        """Return a row as the fact sees it."""
        return self._changed[key] if key in self._changed else self._rows.get(key)

    def __setitem__(self, key: Key, row: Any) -> None:
        self._changed[key] = row

    def __delitem__(self, key: Key) -> None:
        self._changed[key] = None

    def keep(self) -> None:
        """It did not fail."""
        for key, row in self._changed.items():
            if row is None:
                del self._rows[key]
            else:
                self._rows[key] = row


def derive(policy: Policy[Any], rows: Rows[Any], reading: Reading, *, decides: bool) -> Iterator[Derived]:
    """Yield what a policy derives from a record that it decides about, or that passes by."""
    recorded = reading.recorded
    if decides and recorded and not policy.heeds(recorded):
        return
    events = policy.decide(rows, recorded) if decides and recorded else policy.pass_by(rows, reading.attributes)
    for ordinal, event in enumerate(events):
        yield Derived(policy=policy, cause=reading, ordinal=ordinal, event=event)


def _fold(folder: Folder, rows: Tried, reading: Reading) -> list[Derived]:
    projection, recorded = folder.projection, reading.recorded
    if isinstance(projection, Policy):
        return list(derive(projection, rows, reading, decides=True))
    if recorded is not None and type(recorded.event) in projection.facts:
        projection.fold(rows, recorded)
    return []
