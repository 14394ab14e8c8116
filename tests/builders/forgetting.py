"""Visits that are forgotten, and everything that the read models of a database then say."""

from collections.abc import Iterator
from typing import Any

from event_store.database import connect
from event_store.events.erasures import SubjectForgotten
from event_store.events.event import Event
from event_store.partitions import partition_of
from projections.catalogue import READ_MODELS
from projections.rebuilding.rebuild import rebuild
from projections.tables.builds import current_tables
from projections.tables.read_model import PROJECTOR_ROLE
from tests.builders.facts import came, stepped_in, stepped_out, went
from tests.builders.logs import Log
from tests.builders.records import MINUTE, NOON
from tests.builders.tallies import Takings, ask


def forgotten(visit: str, at: Any = NOON) -> SubjectForgotten:
    """The visit was forgotten."""
    return SubjectForgotten(time=at, forgotten=f"visit/{visit}", ground="requested", keys=1, pictures=0)


def stay(visit: str, minute: int = 0) -> list[Event]:
    """A visit with a stay in a zone, from door to door, some minutes after noon."""
    at = NOON + minute * MINUTE
    return [
        came(visit, at),
        stepped_in(visit, "dairy", at + MINUTE),
        stepped_out(visit, "dairy", at + MINUTE, at + 3 * MINUTE),
        went(visit, at + 5 * MINUTE),
    ]


def logs() -> Iterator[Log]:
    """Yield empty logs of stores whose partitions differ, so that one database takes them all."""
    partitions = set()
    for number in range(1_000):
        store = f"acme/shop-{number}"
        if partition_of(store) not in partitions:
            partitions.add(partition_of(store))
            yield Log(store)


def visits(takings: Takings, log: Log | None = None) -> list[Any]:
    """Return the ids of visits and when they ended, of a log's store or of all."""
    of = "" if log is None else f"WHERE store = '{log.store.partition('/')[2]}'"
    return ask(takings.database, f"SELECT visit_id, exited_at FROM visits_v3.visits {of} ORDER BY entered_at, visit_id")  # noqa: S608


def everything(database: str) -> str:
    """Return every row of every build of every read model as text."""
    tables = ask(database, "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname ~ '_v[0-9]+'")
    return "\n".join(str(row) for table in tables for row in ask(database, f"SELECT * FROM {table}"))  # noqa: S608


async def rebuilt(database: str) -> tuple[list[Any], list[Any]]:
    """Rebuild every read model; return the digests before and after."""
    async with await connect(database, PROJECTOR_ROLE) as connection:
        before = await current_tables(connection, READ_MODELS)
        await rebuild(connection, READ_MODELS)
        after = await current_tables(connection, READ_MODELS)
        async with connection.transaction():
            return [await t.digest(connection) for t in before], [await t.digest(connection) for t in after]
