"""Sealer and monitor do their work as users who can change nothing of the record that they seal and watch."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

import migrations
from event_store.checkpoints import KeyFolder
from event_store.database import connect_blocking
from event_store.monitoring import service
from event_store.publishing import Publisher, Witness
from event_store.sealing import office
from event_store.sealing.extract import Range
from event_store.sealing.office import Office
from event_store.topics import Topics
from tests.builders.ledgers import Ledger
from tests.builders.logins import login
from tests.builders.receivers import SpecifiedWitness, serving
from tests.builders.sealed_logs import TOPIC
from tests.builders.watched import WatchedRecord

pytestmark = pytest.mark.postgres

FORBIDDEN = (
    "UPDATE record.ledger SET value = 'x'",
    "INSERT INTO record.ledger SELECT * FROM record.ledger",
    "DELETE FROM record.ledger",
    "TRUNCATE record.ledger",
    "DROP TABLE record.ledger",
    "ALTER TABLE record.ledger DISABLE ROW LEVEL SECURITY",
    "UPDATE record.checkpoints SET next_offset = 0",
    "DELETE FROM record.dead_letters",
    "DELETE FROM record.segments",
    "DELETE FROM record.erasures",
    "DELETE FROM record.seals",
    "UPDATE record.seals SET entry = 'x'",
    "CREATE SCHEMA a_read_model",
    "CREATE TABLE record.another (x int)",
    "SELECT FROM erasure.keys",
    "SET ROLE shopfloor_projector",
    "SET ROLE shopfloor_keeper",
)
OF_THE_OTHER = {
    "shopfloor_monitor": (
        "INSERT INTO record.seals VALUES (99, 0, '', '')",
        "UPDATE record.seals SET note = 'x'",
        "UPDATE record.trees SET size = 0",
        "UPDATE record.tiles SET hashes = 'x'",
        "UPDATE record.publications SET seals = 0",
    ),
    "shopfloor_sealer": (
        "UPDATE record.divergences SET mended_at = now()",
        "UPDATE record.monitors SET checkpoint = 0",
    ),
}


HIDDEN = """
SELECT relname FROM pg_class c WHERE relnamespace = 'record'::regnamespace AND relrowsecurity AND NOT EXISTS (
    SELECT FROM pg_policies p WHERE p.schemaname = 'record' AND p.tablename = relname AND %s = ANY (p.roles)
)
"""


@pytest.mark.parametrize("role", [service.ROLE, office.ROLE])
def test_who_seals_or_watches_the_record_cannot_change_it(postgres: str, database: str, role: str) -> None:
    with login(postgres, database, role) as address, connect_blocking(address, role) as connection:
        assert connection.execute("SELECT count(*) FROM record.ledger").fetchone() == (0,)
        for statement in (*FORBIDDEN, *OF_THE_OTHER[role]):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


@pytest.mark.parametrize("role", [service.ROLE, office.ROLE])
def test_who_seals_or_watches_the_record_sees_every_row_of_it(database: str, role: str) -> None:
    with connect_blocking(database, role) as connection:
        hidden = connection.execute(HIDDEN, (role,)).fetchall()

    assert [name for (name,) in hidden] == ["commands"]  # of clients of the API, and no part of the record


@pytest.mark.kafka
async def test_the_monitor_does_its_work_as_a_user_who_may_not_more(
    postgres: str, database: str, kafka: str, topics: Topics, tmp_path: Path
) -> None:
    record = WatchedRecord(kafka, topics, database, tmp_path / "monitor")
    await record.add(0, 30)
    record.seal()
    record.change('DELETE FROM record.ledger WHERE "offset" = 19')
    with login(postgres, database, service.ROLE) as address:
        migrations.check(address)
        look = await record.look(database=address)

    assert [each.offset for each in look.divergences] == [19]
    assert len(await record.reported()) == 1
    record.connection.close()


@pytest.fixture
def ledger(database: str) -> Iterator[Ledger]:
    ledger = Ledger(database)
    yield ledger
    ledger.connection.close()


def test_the_sealer_does_its_work_as_a_user_who_may_not_more(
    postgres: str, database: str, ledger: Ledger, tmp_path: Path
) -> None:
    ledger.add(0, 300)
    keys = KeyFolder(tmp_path / "keys")
    witness = SpecifiedWitness(keys.ready()[0].verifier)
    with login(postgres, database, office.ROLE) as address, serving(witness.handle) as receiver:
        migrations.check(address)
        channel = Witness(witness.key, receiver)
        sealing = Office(address, TOPIC, keys, lambda each: Publisher(each, [channel]).serve(at_once=True))
        sealing.seal()
        ledger.add(0, 300)
        checked = sealing.export(Range(), tmp_path / "all.tar")

    assert checked.shown == 600
    assert witness.asked == [0]
