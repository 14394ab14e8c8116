"""Folding without a database."""

from collections.abc import Iterable

from event_store.envelope import RecordedEvent
from projections.folding.projection import Projection, R
from projections.folding.rows import FullKey, TableRows


def fold_all(projection: Projection[R], recorded: Iterable[RecordedEvent]) -> dict[FullKey, R]:
    """Return the rows that facts fold to, by (organisation, store, *key), starting from an empty table."""
    rows: TableRows[R] = _Empty()
    for each in recorded:
        projection.fold(rows.of(each.envelope.organisation, each.envelope.store), each)
    return {key: row for key, row in rows.changes() if row is not None}


class _Empty(TableRows[R]):
    """Rows of a table that holds nothing: what nobody put is not there."""

    def find(self, key: FullKey) -> R | None:
        return self._changes.get(key)
