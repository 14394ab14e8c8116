"""Read models are there, and of this version, before the record is taken into them."""

from collections.abc import Sequence
from typing import Any

import psycopg

from event_store.database import connect, is_outage
from event_store.errors import DatabaseUnreachable
from projections.folding.projection import Projection
from projections.rebuilding.rebuild import prepare
from projections.tables.read_model import PROJECTOR_ROLE


async def prepare_read_models(database: str, projections: Sequence[Projection[Any]]) -> None:
    """Build what is missing; raises `DatabaseUnreachable`, and whatever the archive answers with."""
    try:
        async with await connect(database, PROJECTOR_ROLE) as connection:
            await prepare(connection, projections)
    except psycopg.Error as problem:
        if not is_outage(problem):
            raise
        raise DatabaseUnreachable(str(problem)) from problem
