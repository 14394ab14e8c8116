"""The tables of projections as dictionaries, for folding without a database."""

from collections.abc import Sequence
from typing import Any

from projections.folding.batch_fold import BatchFold
from projections.folding.order import Folded
from projections.folding.readings import Reading
from projections.folding.rows import Folder, FullKey, TableRows


class Tables:
    """Tables in memory, whose rows are forgotten after each batch as if another process took the next one."""

    def __init__(self, projections: Sequence[Any]) -> None:
        self.held: dict[str, dict[FullKey, Any]] = {projection.name: {} for projection in projections}
        self._projections = projections
        self._parked: dict[Any, int] = {}
        self._applied: set[Any] = set()
        self.dispositions: list[str] = []

    async def take(self, readings: Sequence[Reading]) -> Folded:
        folders = [Folder(projection, TableRows()) for projection in self._projections]

        async def load(missing: Sequence[Folder]) -> None:
            for folder in missing:
                held, keys = self.held[folder.projection.name], folder.rows.missing()
                folder.rows.load(keys, {key: held[key] for key in keys if key in held})

        known = frozenset(index for index, reading in enumerate(readings) if reading.fact_id in self._applied)
        folded = await BatchFold(folders, readings, known).run(self._parked, load)
        self._parked |= folded.parked
        became = zip(readings, folded.dispositions, strict=True)
        self._applied |= {reading.fact_id for reading, disposition in became if disposition == "applied"}
        self.dispositions += folded.dispositions
        for folder in folders:
            held = self.held[folder.projection.name]
            for key, row in folder.rows.changes():
                if row is None:
                    held.pop(key, None)
                else:
                    held[key] = row
        return folded
