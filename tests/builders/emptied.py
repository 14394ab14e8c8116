"""One database for many small histories: emptying it is sooner done than making another."""

from collections.abc import Sequence
from typing import Any

import psycopg

from event_store.database import connect
from projections.folding.projection import Projection
from projections.rebuilding.catching_up import live_places
from projections.rebuilding.filling import Filling, Stretch
from projections.tables.builds import create_build
from projections.tables.read_model import PROJECTOR_ROLE
from tests.builders.tallies import SMALL, Takings, ask

KEPT = (
    *("ledger", "applied", "dead_letters", "checkpoints", "outbox", "amendments", "policy_sources", "erasures"),
    "accepted_letters",
)
"""Tables of the record that a projector writes."""


def empty(database: str) -> None:
    """Let the database be as one that has the small read models and has taken nothing."""
    tables = [*(f"record.{name}" for name in KEPT), *(f"{each.name}_v1.{each.name}" for each in SMALL)]
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(";".join(f"DELETE FROM {table}" for table in tables))  # noqa: S608  # no value in it


async def prepare_small(database: str) -> None:
    """Make the small read models."""
    takings = Takings(database)
    await takings.prepare()
    await takings.close()


async def refilled(takings: Takings) -> dict[str, int]:
    """Return the tallies of a new build, filled from the ledger up to where the live one is."""
    projections: Sequence[Projection[Any]] = takings.projector._plan.projections[:1]
    async with await connect(takings.database, PROJECTOR_ROLE) as connection:
        tables = [await create_build(connection, each, 99) for each in projections]
        for place, end in (await live_places(connection)).items():
            await Filling(tables).fill(connection, Stretch(place=place, start=0, end=end))
    return dict(ask(takings.database, "SELECT line_id, sum(count)::int FROM tallies_v1_b99.tallies GROUP BY 1"))


def letters(database: str) -> list[object]:
    """Return the dead letters and what they came to."""
    return ask(database, 'SELECT "offset", reason, behind, resolved FROM record.dead_letters ORDER BY "offset"')
