import socket
from pathlib import Path

import pytest

from event_store.topics import Topics
from tests.builders.facts import crossed
from tests.builders.feeding import Feeding, taken

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]


async def test_faust_opens_no_port_and_makes_no_folder(
    kafka: str, topics: Topics, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feeding = Feeding(kafka, topics, database)
    monkeypatch.chdir(tmp_path)
    await feeding.write(feeding.facts(crossed("gate"), store="acme/shop-1"))
    async with feeding.projecting() as task:
        await feeding.until_taken(1, task)

        with socket.socket() as web:
            assert web.connect_ex(("127.0.0.1", 6066)) != 0
    assert list(tmp_path.iterdir()) == []  # noqa: ASYNC240  # nothing else runs
    assert taken(database) == 1
