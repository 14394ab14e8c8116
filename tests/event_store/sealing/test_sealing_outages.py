"""What an operator who seals is told while PostgreSQL is not there, or not as it should be."""

from pathlib import Path

import psycopg
import pytest
from psycopg import Connection

from event_store.checkpoints import KeyFolder
from event_store.errors import DatabaseUnreachable
from event_store.sealing.office import Office
from tests.builders.read_only import only_read_from
from tests.builders.sealed_logs import TOPIC

pytestmark = pytest.mark.postgres


def ask_on_a_closed(connection: Connection[object]) -> None:
    connection.close()
    connection.execute("SELECT 1")


@pytest.fixture
def office(database: str, tmp_path: Path) -> Office:
    return Office(database, TOPIC, KeyFolder(tmp_path / "keys"))


def raise_state(connection: Connection[object], sqlstate: str) -> None:
    connection.execute(f"DO $$BEGIN RAISE SQLSTATE '{sqlstate}'; END$$")


def test_sealing_in_a_database_that_is_only_read_from_is_an_outage(office: Office, database: str) -> None:
    with only_read_from(database), pytest.raises(DatabaseUnreachable, match="read-only"):
        office.seal()

    office.seal()


def test_a_connection_that_is_closed_below_is_an_outage(office: Office) -> None:
    with pytest.raises(DatabaseUnreachable), office.connection() as connection:
        ask_on_a_closed(connection)


@pytest.mark.parametrize("sqlstate", ["53200", "54001", "55000"])
def test_what_postgresql_refuses_while_it_is_there_is_no_outage(office: Office, sqlstate: str) -> None:
    with pytest.raises(psycopg.errors.lookup(sqlstate)), office.connection() as connection:
        raise_state(connection, sqlstate)
