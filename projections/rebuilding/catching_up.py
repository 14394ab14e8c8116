"""Folding the ledger into builds from where each of them stands, those that stand together in one pass."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

from psycopg import AsyncConnection

from event_store.replay import Place
from projections.rebuilding.filling import Filling, Progress, Stretch
from projections.tables.builds import find_progress, keep_progress
from projections.tables.forgetting import HOLD_REGISTER
from projections.tables.model_table import ModelTable

STEP = 200_000
"""Offsets that a build which is not empty is caught up by in one transaction."""

_PLACES = "SELECT topic, partition, next_offset FROM record.checkpoints WHERE name = 'live' ORDER BY 1, 2"


async def live_places(connection: AsyncConnection[Any], *, hold: bool = False) -> dict[Place, int]:
    """Return how far the ledger and the current builds have come; `hold` keeps them there in this transaction."""
    cursor = await connection.execute(f"{_PLACES} FOR UPDATE" if hold else _PLACES)
    return {Place(topic, partition): end for topic, partition, end in await cursor.fetchall()}


class CatchingUp:
    """How far each partition has been folded into builds; kept with their rows, so that little is lost on the way."""

    def __init__(
        self, tables: Mapping[str, ModelTable], reached: Mapping[str, Mapping[Place, int]], *, for_good: bool = True
    ) -> None:
        self._tables = tables
        self._for_good = for_good
        self._reached = {schema: dict(places) for schema, places in reached.items()}
        self.advanced: Progress = lambda _: None
        """Told how many more offsets are done."""

    @classmethod
    async def over(cls, connection: AsyncConnection[Any], tables: Sequence[ModelTable]) -> Self:
        """Return where builds stand."""
        return cls(
            {table.schema: table for table in tables},
            {table.schema: await find_progress(connection, table.schema) for table in tables},
        )

    def has_begun(self, schema: str) -> bool:
        """Tell whether anything of a build has been filled before."""
        return bool(self._reached[schema])

    def behind(self, ends: Mapping[Place, int]) -> int:
        """Return how many offsets lie between the builds and these ends."""
        return sum(end - start for place, end in ends.items() for start in self._groups(place))

    async def go_on_for_now(self, connection: AsyncConnection[Any], ends: Mapping[Place, int]) -> None:
        """Fold every partition up to its end, in a transaction that is rolled back."""
        await CatchingUp(self._tables, self._reached, for_good=False).go_on(connection, ends)

    async def go_on(self, connection: AsyncConnection[Any], ends: Mapping[Place, int]) -> int:
        """Fold every partition up to its end; return how many offsets lay between."""
        behind = self.behind(ends)
        for place, end in ends.items():
            for start, schemas in self._groups(place).items():
                if start < end:
                    await self._fill(connection, schemas, Stretch(place=place, start=start, end=end))
        return behind

    def _groups(self, place: Place) -> dict[int, list[str]]:
        groups: dict[int, list[str]] = {}
        for schema, places in self._reached.items():
            groups.setdefault(places.get(place, 0), []).append(schema)
        return groups

    async def _fill(self, connection: AsyncConnection[Any], schemas: Sequence[str], stretch: Stretch) -> None:
        tables = [self._tables[schema] for schema in schemas]
        place, begun = stretch.place, stretch.start

        async def keep(connection: AsyncConnection[Any], following: int) -> None:
            nonlocal begun
            await keep_progress(connection, schemas, place, following)
            self.advanced(following - begun)
            begun = following

        if stretch.start == 0:
            await Filling(tables, keep, "all and news" if self._for_good else "all").fill(connection, stretch)
            await keep(connection, stretch.end)
        while begun < stretch.end:
            following = min(stretch.end, begun + STEP)
            async with connection.transaction():  # what an amendment changes of earlier rows belongs to the step
                if self._for_good:
                    await connection.execute(HOLD_REGISTER)
                await Filling(tables).fill(connection, Stretch(place=place, start=begun, end=following))
                await keep(connection, following)
        for schema in schemas:
            self._reached[schema][place] = stretch.end
