"""One digest for each read model: of live rows, of rebuilt ones, and of the fold of an export."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from psycopg import sql
from sqlalchemy import Column, Integer, Table, Text

from event_store.checkpoints import KeyFolder
from event_store.database import connect, execute_together
from event_store.envelope import RecordedEvent
from event_store.export.reading import open_archive
from event_store.sealing.extract import Range
from event_store.sealing.office import Office
from projections.catalogue import READ_MODELS
from projections.errors import NotBuilt
from projections.folding.projection import EventClasses, Projection, Row, Rows
from projections.rebuilding.rebuild import rebuild
from projections.tables.builds import create_build, current_tables
from projections.tables.digests import Digests, find_digests
from projections.tables.model_table import Digest
from projections.tables.read_model import PERSONAL, PROJECTOR_ROLE, read_model
from projections.taking.folded_archive import take_archive
from tests.builders.days import taken, three_days
from tests.builders.logs import TOPIC


@pytest.fixture(scope="module")
def live(postgres: str, migrated_template: str) -> Iterator[str]:
    """A database that has taken three stores' long days."""
    with taken(postgres, migrated_template, three_days()) as database:
        yield database


async def digests(database: str, store: tuple[str, str] | None = None) -> Digests:
    async with await connect(database, PROJECTOR_ROLE) as connection:
        return await find_digests(connection, READ_MODELS, store)


def by_name(found: Digests) -> dict[str, Any]:
    return {model.name: model.digest for model in found.models}


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> KeyFolder:
    return KeyFolder(tmp_path_factory.mktemp("keys") / "keys")


def export(database: str, keys: KeyFolder, path: Path, **wanted: Any) -> Path:
    Office(database, TOPIC, keys).export(Range(**wanted), path)
    return path


async def folded(archive: Path, database: str, store: tuple[str, str] | None = None) -> Digests:
    with open_archive(archive) as opened:
        await take_archive(database, opened, READ_MODELS)
    return await digests(database, store)


async def test_live_rebuilt_and_folded_from_the_export_have_one_digest_for_every_read_model(
    live: str, database: str, keys: KeyFolder, tmp_path: Path
) -> None:
    before = await digests(live)
    async with await connect(live, PROJECTOR_ROLE) as connection:
        await rebuild(connection, READ_MODELS)
    after = await digests(live)
    fold = await folded(export(live, keys, tmp_path / "all.tar"), database)

    assert [each.build.build for each in after.models] == [each.build.build + 1 for each in before.models]
    assert by_name(after) == by_name(before) == by_name(fold)
    assert after.positions == before.positions == fold.positions != []
    assert all(digest.rows > 0 for digest in by_name(before).values())


async def test_the_export_of_one_store_folds_to_that_stores_rows(
    live: str, database: str, keys: KeyFolder, tmp_path: Path
) -> None:
    archive = export(live, keys, tmp_path / "store.tar", organisation="acme", store="oslo-1")
    fold = await folded(archive, database)

    assert by_name(fold) == by_name(await digests(live, ("acme", "oslo-1"))) != by_name(await digests(live))


async def test_any_changed_row_changes_the_digest(live: str) -> None:
    async with await connect(live, PROJECTOR_ROLE) as connection:
        (visits,) = await current_tables(connection, [each for each in READ_MODELS if each.name == "visits"])
        change = "UPDATE {0} SET exit_door = 'back' WHERE visit_id = (SELECT min(visit_id) FROM {0})"
        async with connection.transaction(force_rollback=True):
            before = await visits.digest(connection)
            await connection.execute(sql.SQL(change).format(visits.name))
            changed = await visits.digest(connection)

    assert changed.rows == before.rows
    assert changed.sha256 != before.sha256


class NamedRow(Row, frozen=True, kw_only=True):
    name: str
    count: int


class Named(Projection[NamedRow]):
    """Rows with a column that is a person's."""

    table: ClassVar[Table] = read_model(
        "named",
        1,
        Column("line_id", Text, primary_key=True),
        Column("name", Text, info={PERSONAL: True}),
        Column("count", Integer),
    )
    facts: ClassVar[EventClasses] = frozenset()
    row = NamedRow

    def fold(self, rows: Rows[NamedRow], recorded: RecordedEvent) -> None:
        """Take nothing."""


async def test_a_digest_leaves_out_what_is_personal(database: str) -> None:
    found = []
    async with await connect(database, PROJECTOR_ROLE) as connection:
        for build, (name, count) in enumerate([("Ann", 1), ("Bob", 1), ("Bob", 2)], start=1):
            table = await create_build(connection, Named(), build)
            rows = [(("acme", "ginza-3", "gate"), NamedRow(name=name, count=count))]
            await execute_together(connection, [table.insertion(rows)])
            async with connection.transaction():
                found.append(await table.digest(connection))

    line = b'{"count":1,"line_id":"gate","organisation":"acme","store":"ginza-3"}\n'
    assert found[0] == found[1] == Digest(rows=1, sha256=hashlib.sha256(line).hexdigest())
    assert found[2] != found[1]


def test_a_key_is_never_personal() -> None:
    personal = [
        column for projection in READ_MODELS for column in projection.table.primary_key if column.info.get(PERSONAL)
    ]

    assert personal == []


async def test_a_read_model_that_is_not_there_is_told(database: str) -> None:
    async with await connect(database, PROJECTOR_ROLE) as connection:
        with pytest.raises(NotBuilt, match="read model visits v3 has not been built here; start a projector"):
            await find_digests(connection, [each for each in READ_MODELS if each.name == "visits"])
