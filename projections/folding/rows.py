"""The rows of one table while facts are folded: what is known to be committed, and what the batch changes."""

from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import Any, Generic

import msgspec

from projections.folding.projection import Key, Projection, R, Rows
from projections.folding.recent import Recent

FullKey = tuple[Any, ...]
"""Organisation, store and the rest of the primary key, in the order of the table's key columns."""

Changes = list[tuple[FullKey, R | None]]
"""Rows by key, as they are to be; None for one that is taken away."""

KNOWN_ROWS = 50_000
"""How many committed rows of one table a process remembers, so that most facts need no read."""

MOST_FRESH_ROWS = 200_000
"""How many rows of a new table are remembered, so that none needs a read."""


class TableRows(Generic[R]):
    """Committed rows that this process knows, below the changes of the batch in hand.

    A batch is folded, what it asked for in vain is loaded, and it is folded again from its beginning.

    Only one process writes the rows of a partition, so a known row stays true; where another may have written, the
    fence says so and all of this is dropped.
    """

    def __init__(self, known_rows: int = KNOWN_ROWS) -> None:
        self._known_rows = known_rows
        self._known: Recent[FullKey, R | None] | dict[FullKey, R | None] = Recent(known_rows)
        self._changes: dict[FullKey, R | None] = {}
        self._missing: set[FullKey] = set()

    def of(self, organisation: str, store: str) -> Rows[R]:
        """Return the rows of one store."""
        return _StoreRows(self, organisation, store)

    def find(self, key: FullKey) -> R | None:
        """Return a row as the batch sees it; one that nobody has read yet is noted as missing and looks absent."""
        if key in self._changes:
            return self._changes[key]
        try:
            return self._known[key]
        except KeyError:
            self._missing.add(key)
            return None

    def put(self, key: FullKey, row: R | None) -> None:
        """Change a row for the batch in hand; None takes it away."""
        self._changes[key] = row

    def start(self) -> None:
        """Begin a pass over a batch: nothing is changed."""
        self._changes = {}

    @property
    def is_complete(self) -> bool:
        """Whether every row that was asked for is known; else what was folded means nothing yet."""
        return not self._missing

    def missing(self) -> list[FullKey]:
        """Return the keys that were asked for and that nobody has loaded, sorted."""
        return sorted(self._missing)

    def load(self, keys: Iterable[FullKey], rows: Mapping[FullKey, R]) -> None:
        """Learn what the table holds under the keys; a key without a row is known to have none."""
        for key in keys:
            self._known[key] = rows.get(key)
        self._missing.difference_update(keys)

    @property
    def is_crowded(self) -> bool:
        """Whether more rows are remembered than memory should be spent on; these forget by themselves."""
        return False

    def changes(self) -> Changes[R]:
        """Return what the batch changes, one entry for each key, sorted so that writers never wait in a circle."""
        known = self._known
        return sorted(
            (change for change in self._changes.items() if change[0] not in known or known[change[0]] != change[1]),
            key=itemgetter(0),
        )

    def new_and_other(self) -> tuple[Changes[R], Changes[R]]:
        """Return the changes that certainly put rows where there were none, and the others."""
        return [], self.changes()

    def commit(self) -> None:
        """The changes are in the table now; remember them as known."""
        for key, row in self._changes.items():
            self._known[key] = row
        self._changes = {}

    def forget(self) -> None:
        """The table was filled again: nothing that was known of it is believed any longer."""
        self._known = Recent(self._known_rows)
        self._changes = {}


class Folder(msgspec.Struct, frozen=True):
    """A projection with the rows that it folds into."""

    projection: Projection[Any]
    rows: TableRows[Any]


class FreshRows(TableRows[R]):
    """Rows of a table that held nothing of these stores before: what was not put here is not there.

    Nothing is forgotten, so whoever fills them takes others when they are crowded.
    """

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[FullKey, R | None] = {}

    @property
    def is_crowded(self) -> bool:
        """Whether more rows are remembered than memory should be spent on."""
        return len(self._known) > MOST_FRESH_ROWS

    def of(self, organisation: str, store: str) -> Rows[R]:
        """Return the rows of one store, valid until the next batch."""
        return _FreshStoreRows(self._changes, self._known, organisation, store)

    def find(self, key: FullKey) -> R | None:
        """Return a row as the batch sees it."""
        if key in self._changes:
            return self._changes[key]
        return self._known.get(key)

    def new_and_other(self) -> tuple[Changes[R], Changes[R]]:
        """Return the changes that put rows where there were none, and the others."""
        new: Changes[R] = []
        other: Changes[R] = []
        for change in self.changes():
            (other if self._known.get(change[0]) is not None else new).append(change)
        return [change for change in new if change[1] is not None], other


class RowsByStore(dict[tuple[str, str], Rows[R]]):
    """The rows of each organisation's store, as they are asked for."""

    def __init__(self, rows: TableRows[R]) -> None:
        super().__init__()
        self._rows = rows

    def __missing__(self, store: tuple[str, str]) -> Rows[R]:
        rows = self[store] = self._rows.of(*store)
        return rows


class _FreshStoreRows(Generic[R]):
    """The rows of one store where nothing has to be read: as few calls as can be, for a filling does little else."""

    def __init__(
        self, changes: dict[FullKey, R | None], known: dict[FullKey, R | None], organisation: str, store: str
    ) -> None:
        self._changes = changes
        self._known = known
        self._scope = (organisation, store)

    def get(self, key: Key) -> R | None:
        full = (*self._scope, *key) if isinstance(key, tuple) else (*self._scope, key)
        return self._changes[full] if full in self._changes else self._known.get(full)

    def __setitem__(self, key: Key, row: R) -> None:
        self._changes[(*self._scope, *key) if isinstance(key, tuple) else (*self._scope, key)] = row

    def __delitem__(self, key: Key) -> None:
        self._changes[(*self._scope, *key) if isinstance(key, tuple) else (*self._scope, key)] = None


class _StoreRows(Generic[R]):
    """The rows of one store, by the rest of the key."""

    def __init__(self, rows: TableRows[R], organisation: str, store: str) -> None:
        self._rows = rows
        self._scope = (organisation, store)

    def get(self, key: Key) -> R | None:
        return self._rows.find(self._full(key))

    def __setitem__(self, key: Key, row: R) -> None:
        self._rows.put(self._full(key), row)

    def __delitem__(self, key: Key) -> None:
        self._rows.put(self._full(key), None)

    def _full(self, key: Key) -> FullKey:
        return (*self._scope, *key) if isinstance(key, tuple) else (*self._scope, key)
