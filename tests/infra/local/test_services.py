"""Embedded services survive kill -9 of anything, and several folders live side by side."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

import migrations
from event_store.connection import KafkaConnection
from event_store.topics import EVENTS
from infra.errors import FolderInUse
from infra.local import ports
from infra.local.services import Services
from tests.builders.own_services import services_folder

OTHER_PROCESS = """
import sys, time
from pathlib import Path
import migrations
from infra.local.services import Services
services = Services(Path(sys.argv[1]), prepare=migrations.upgrade).start()
print(services.kafka, services.database, services.broker.pid, services.server.pid, flush=True)
time.sleep(600)
"""
GRACE_S = 30


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with services_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def own(folder: Path) -> Iterator[Services]:
    with Services(folder / "own", prepare=migrations.upgrade) as services:
        yield services


def _remember(kafka: str, database: str, what: str) -> None:
    async def write() -> None:
        async with AIOKafkaProducer(**KafkaConnection(bootstrap=kafka).client_options(), acks="all") as producer:
            await producer.send_and_wait(EVENTS, what.encode(), partition=0)

    asyncio.run(write())
    with psycopg.connect(database) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS memory (what text)")
        connection.execute("INSERT INTO memory VALUES (%s)", [what])


def _remembered(kafka: str, database: str) -> tuple[str, str]:
    """Return the last thing in each of the two."""

    async def read() -> str:
        options = KafkaConnection(bootstrap=kafka).client_options()
        async with AIOKafkaConsumer(EVENTS, **options, auto_offset_reset="earliest") as consumer:
            return str((await consumer.getone()).value.decode())

    with psycopg.connect(database) as connection:
        row = connection.execute("SELECT max(what) FROM memory").fetchone() or ("",)
    return asyncio.run(read()), row[0]


def test_after_kill_9_of_both_services_they_come_back_at_their_addresses_with_their_data(own: Services) -> None:
    addresses = own.kafka, own.database
    _remember(*addresses, "milk")

    own.broker.kill()
    own.server.kill()

    assert own.revive() == ["PostgreSQL", "Kafka"]
    assert (own.kafka, own.database) == addresses
    assert _remembered(*addresses) == ("milk", "milk")


def test_after_kill_9_of_the_parent_nothing_is_left_running_and_the_next_start_has_the_data(
    own: Services, folder: Path
) -> None:
    folder = folder / "other checkout"
    with subprocess.Popen([sys.executable, "-c", OTHER_PROCESS, str(folder)], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        kafka, database, *pids = parent.stdout.readline().decode().split()
        _remember(kafka, database, "bread")
        orphans = [psutil.Process(int(pid)) for pid in pids]
        assert own.revive() == [], "the other folder's services do not disturb these"
        with pytest.raises(FolderInUse, match=f"in use by process {parent.pid}"):
            Services(folder).start()
        parent.send_signal(signal.SIGKILL)

    gone, alive = psutil.wait_procs(orphans, timeout=GRACE_S)
    assert (len(gone), alive) == (2, [])

    with Services(folder, prepare=migrations.upgrade) as again:
        assert _remembered(again.kafka, again.database) == ("bread", "bread")
        pids_again = [again.broker.pid, again.server.pid]
    assert not any(psutil.pid_exists(pid) for pid in pids_again)
    assert own.revive() == []


def test_both_listen_on_the_loopback_address_only(own: Services) -> None:
    addresses = {
        connection.laddr.ip.removeprefix("::ffff:")
        for pid in (own.broker.pid, own.server.pid)
        for connection in psutil.Process(pid).net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }

    assert addresses == {ports.LOOPBACK}


def test_the_password_is_in_no_command_line_and_its_file_is_private(own: Services) -> None:
    password = psycopg.conninfo.conninfo_to_dict(own.database)["password"]
    file = own.folder / "postgresql" / "password"

    assert file.read_text() == password
    assert file.stat().st_mode & 0o077 == 0
    assert not any(password in word for word in psutil.Process(own.server.pid).cmdline())
    assert os.environ.get("SHOPFLOOR_DATABASE") is None
