"""Subscribers get every fact, in order, however often the dispatcher is killed."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.builders.commands import CommandLine
from tests.builders.facts import came, stepped_in, stepped_out, went
from tests.builders.projected import Shop
from tests.builders.records import MINUTE, NOON
from tests.builders.subscribers import Answer, Subscriber

pytestmark = pytest.mark.postgres

VISITS, KILLS, PATIENCE_S = 60, 2, 120.0


@pytest.fixture
def shopfloor(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> CommandLine:
    return CommandLine(monkeypatch, capfdbinary)


def start(database: str, folder: Path) -> "subprocess.Popen[bytes]":
    environment = os.environ | {
        "SHOPFLOOR_DATABASE": database, "SHOPFLOOR_DATA": str(folder), "SHOPFLOOR_WEBHOOK_LOOPBACK": "1",
    }  # fmt: skip
    return subprocess.Popen([sys.executable, "-m", "infra.cli", "dispatcher"], env=environment)


async def happen(shop: Shop) -> None:
    visits = [f"v{number}" for number in range(VISITS)]
    await shop.happened(
        *(came(visit) for visit in visits),
        *(stepped_in(visit, "dairy") for visit in visits),
        *(stepped_out(visit, "dairy", NOON, NOON + MINUTE) for visit in visits),
        *(went(visit) for visit in visits),
    )


def until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.005)


def test_a_dispatcher_that_is_killed_loses_nothing_and_doubles_only_under_the_same_id(
    projected_database: str, shop: Shop, shopfloor: CommandLine, tmp_path: Path
) -> None:
    for name, value in {"DATABASE": projected_database, "DATA": str(tmp_path), "WEBHOOK_LOOPBACK": "1"}.items():
        shopfloor.set(f"SHOPFLOOR_{name}", value)
    receiver, refusing, killed = Subscriber(), threading.Event(), threading.Event()

    def refuse_what_is_on_its_way_at_a_kill(_: object, __: int) -> Answer:
        if refusing.is_set():
            killed.wait(PATIENCE_S)
            return 500, {}
        return 200, {}

    receiver.decide = refuse_what_is_on_its_way_at_a_kill
    with receiver.listening() as address:
        assert shopfloor.run("webhook", "create", address, "--organisation", "acme") == 0, shopfloor.err
        name, receiver.secret = shopfloor.out.decode().split()
        asyncio.run(happen(shop))
        for kill in range(1, KILLS + 1):
            process = start(projected_database, tmp_path)
            wanted = kill * 4 * VISITS // (KILLS + 1)
            until(lambda wanted=wanted: len(receiver.messages) >= wanted)  # type: ignore[misc]
            killed.clear()
            refusing.set()
            until(lambda: receiver.asked > len(receiver.messages))
            process.kill()
            assert process.wait() == -signal.SIGKILL
            killed.set()
            until(lambda: receiver.asked == len(receiver.messages))
            refusing.clear()
        process = start(projected_database, tmp_path)
        until(lambda: len({each.id for each in receiver.accepted}) == 4 * VISITS)
        process.terminate()
        assert process.wait(PATIENCE_S) == 0

    firsts = list({each.id: each for each in reversed(receiver.accepted)}.values())[::-1]
    by_entity = defaultdict[str, list[int]](list)
    for each in receiver.accepted:
        order = by_entity[each.entity]
        if each.fact["deliverysequence"] not in order:
            order.append(each.fact["deliverysequence"])
    assert sorted(each.fact["deliverysequence"] for each in firsts) == list(range(1, 4 * VISITS + 1))
    assert all(order == sorted(order) and len(order) == 4 for order in by_entity.values())
    assert receiver.forged == []
    bodies = defaultdict[str, set[bytes]](set)
    for each in receiver.accepted:
        bodies[each.id].add(each.body)
    assert all(len(each) == 1 for each in bodies.values())
    doubles = len(receiver.accepted) - 4 * VISITS
    assert doubles <= KILLS * 8
    assert shopfloor.run("webhook", "deliveries", name, "--most", 1) == 0
    assert "delivered" in shopfloor.out.decode()
