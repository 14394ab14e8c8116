"""Read models are there, and of this version, before the record is taken into them."""

from collections.abc import Sequence
from typing import Any

from event_store.database import connect, outages_told
from projections.folding.projection import Projection
from projections.rebuilding.rebuild import prepare
from projections.tables.read_model import PROJECTOR_ROLE


async def prepare_read_models(database: str, projections: Sequence[Projection[Any]]) -> None:
    """Build what is missing; raises `DatabaseUnreachable`, and whatever the archive answers with."""
    with outages_told():
        async with await connect(database, PROJECTOR_ROLE) as connection:
            await prepare(connection, projections)
