"""The backup of docs/operations.md, restored on another server as it says."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

import migrations
from event_store.checkpoints import KeyFolder
from event_store.sealing.office import Office
from infra.local.postgresql import Database, programs
from tests.builders.ledgers import Ledger
from tests.builders.logins import login
from tests.builders.own_services import services_folder
from tests.builders.sealed_logs import TOPIC

pytestmark = pytest.mark.postgres

GUIDE = Path(__file__).parents[2] / "docs" / "operations.md"


@pytest.fixture
def new_server() -> Iterator[str]:
    """Superuser's address of a server that has never heard of Shopfloor."""
    with services_folder() as folder:
        server = Database(folder / "postgresql", folder, folder / "postgresql.log", durable=False)
        server.start()
        yield server.url
        server.stop()


def commands() -> list[str]:
    """Return the guide's blocks of commands: to back up, and to restore."""
    section = re.search(r"^## Backups\n(.*?)^### ", GUIDE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert section is not None
    blocks = re.findall(r"(?:^    .+\n)+", section[1], re.MULTILINE)
    return [re.sub(r"^    ", "", block, flags=re.MULTILINE) for block in blocks]


def do(commands: str, folder: Path, **addresses: str) -> None:
    path = f"{programs()}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(["sh", "-ec", commands], cwd=folder, env={**os.environ, "PATH": path, **addresses}, check=True)


def seals(address: str) -> list[tuple[object, ...]]:
    with psycopg.connect(address) as connection:
        return connection.execute("SELECT number, entry, note FROM record.seals ORDER BY number").fetchall()


def test_a_backup_is_restored_on_a_fresh_server_whose_record_goes_on_as_it_was_sealed(
    postgres: str, database: str, new_server: str, tmp_path: Path
) -> None:
    back_up, restore = commands()
    keys = KeyFolder(tmp_path / "keys")
    ledger = Ledger(database)
    ledger.add(0, 300)
    Office(database, TOPIC, keys).seal()
    restored = f"{new_server.rpartition('/')[0]}/{database.rpartition('/')[2]}"

    with login(postgres, database, "shopfloor_api") as api:
        do(back_up, tmp_path, SERVER=postgres, DATABASE=database)
        ledger.add(0, 300)
        Office(database, TOPIC, keys).seal()
        do(restore, tmp_path, NEW_SERVER=new_server)
        there = api.replace(api.rpartition("@")[2], restored.rpartition("@")[2])
    before = seals(restored)
    migrations.upgrade(restored)
    migrations.check(restored)
    taken_again = Ledger(restored)
    taken_again.add(0, 300)
    Office(restored, TOPIC, keys).seal()

    assert before == seals(database)[:1]
    assert seals(restored) == seals(database)
    with psycopg.connect(there) as connection:
        connection.execute("SET ROLE shopfloor_api")
        assert connection.execute("SELECT count(*) FROM record.ledger").fetchone() == (0,)  # by row-level security
    with psycopg.connect(restored) as connection:
        connection.execute("SET ROLE shopfloor_projector")
        connection.execute("CREATE SCHEMA a_read_model")
    for each in (ledger, taken_again):
        each.connection.close()
