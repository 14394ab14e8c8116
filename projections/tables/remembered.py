"""Whom a filling of read models knows to be forgotten, before the ledger tells it and while it is at work."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from psycopg import AsyncConnection

from event_store.envelope import RecordedEvent
from event_store.replay import Place
from event_store.spans import MOST
from projections.tables.forgetting import (
    HOLD_REGISTER,
    Forgotten,
    count_erasures,
    erasures_among,
    find_forgotten,
    forget_rows,
)
from projections.tables.model_table import ModelTable
from projections.tables.naming import naming_of

Knows = Literal["all", "all and news", "what was read"]
"""All whom the register has, because a table that stays must not name them for a moment; also whom a projector at work
beside it registers between batches; or, for the tables of one question, only whom the ledger has named up to there."""


class Remembered:
    """The forgotten of one partition, and the tables that must not name them."""

    def __init__(self, tables: Sequence[ModelTable], knows: Knows) -> None:
        self.forgotten: Forgotten = {}
        self._tables = tables
        self._knows = knows
        self._count = 0

    async def begin(self, connection: AsyncConnection[Any], place: Place, start: int) -> None:
        """Learn who is forgotten, also behind the start; a build from before may still name those."""
        if self._knows == "what was read":
            return
        await self._learn(connection, place)
        ahead = {subject: at for subject, at in self.forgotten.items() if at.offset >= start > 0}
        await self._forget(connection, ahead)

    async def go_on(
        self, connection: AsyncConnection[Any], place: Place, facts: Iterable[RecordedEvent | None]
    ) -> bool:
        """Learn in a batch's transaction who is forgotten by now or by its facts; tell whether that is anybody new.

        Rows that were read before are then no longer those of the tables.
        """
        is_new = False
        if self._knows == "all and news":
            await connection.execute(HOLD_REGISTER)
            is_new = await self._learn(connection, place)
        told = {subject: at for subject, at in erasures_among(facts).items() if subject not in self.forgotten}
        await self._forget(connection, told)
        self.forgotten |= told
        return is_new or bool(told)

    async def _learn(self, connection: AsyncConnection[Any], place: Place) -> bool:
        count = await count_erasures(connection, place.topic, place.partition)
        if count == self._count:
            return False
        self._count = count
        self.forgotten |= await find_forgotten(connection, place.topic, place.partition, before=MOST)
        return True

    async def _forget(self, connection: AsyncConnection[Any], forgotten: Forgotten) -> None:
        await forget_rows(connection, map(naming_of, self._tables), forgotten)
