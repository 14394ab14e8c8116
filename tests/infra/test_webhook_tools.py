"""What whoever writes a receiver tries it with: an example of any fact, and a receiver to compare it with."""

import asyncio
import io
import time
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest

from event_store.serialization import decode
from event_store.webhooks import OPERATOR, make_secret, post, read_secret, signed_headers
from infra.webhooks.examples import example_of
from infra.webhooks.listener import Listener
from projections.webhooks.errors import UnknownType
from projections.webhooks.messages import new_challenge
from projections.webhooks.subscriptions import TYPES
from tests.builders.commands import CommandLine
from tests.builders.subscribers import Subscriber


@pytest.fixture
def shopfloor(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> CommandLine:
    return CommandLine(monkeypatch, capfdbinary)


@pytest.mark.parametrize("name", TYPES)
def test_there_is_an_example_of_every_fact_that_the_record_takes(name: str) -> None:
    assert type(decode(example_of(name)).event).__name__ == name


def test_an_example_of_nothing_is_refused_with_what_there_is() -> None:
    with pytest.raises(UnknownType, match="ShopperEntered"):
        example_of("ShopperTeleported")


@pytest.mark.parametrize(("answer", "status"), [(200, 0), (204, 0), (302, 1), (410, 1), (500, 1)])
def test_a_receiver_is_tried_with_one_signed_example_and_no_service(
    shopfloor: CommandLine, answer: int, status: int
) -> None:
    receiver = Subscriber()
    receiver.secret, receiver.decide = make_secret(), lambda _, __: (answer, {})
    with receiver.listening() as address:
        words = ("webhook", "send-test", address, "--secret", receiver.secret, "--type", "ZoneEntered")
        assert shopfloor.run(*words, "--allow-loopback") == status

    (message,) = receiver.messages
    assert shopfloor.out.decode().splitlines() == [f"status {answer}", f"webhook-id {message.id}"]
    assert message.fact["type"] == "shopfloor.ZoneEntered.v1"
    assert receiver.forged == []


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("http://127.0.0.1:9/", "https://"),
        ("https://127.0.0.1/", "no public address"),
        ("https://169.254.169.254/", "no public address"),
        ("https://example.com:22/", "port"),
    ],
)
def test_an_example_goes_into_no_network_of_ours_unasked(shopfloor: CommandLine, address: str, why: str) -> None:
    assert shopfloor.run("webhook", "send-test", address, "--secret", make_secret()) == 2
    assert why in shopfloor.err


def test_a_wrong_secret_and_a_receiver_that_is_not_there_are_told(shopfloor: CommandLine) -> None:
    address = "http://127.0.0.1:9/"
    assert shopfloor.run("webhook", "send-test", address, "--secret", "x", "--allow-loopback") == 2
    assert "whsec_" in shopfloor.err
    assert shopfloor.run("webhook", "send-test", address, "--secret", make_secret(), "--allow-loopback") == 1
    assert "gave no answer" in shopfloor.err


async def test_the_listener_shows_what_is_signed_and_refuses_everything_else() -> None:
    secret, out, stop = make_secret(), io.StringIO(), asyncio.Event()
    listening = asyncio.create_task(Listener(secret, 0, out).run(stop))
    while "listening at " not in out.getvalue():  # noqa: ASYNC110  # a thread says it
        await asyncio.sleep(0.01)
    address = out.getvalue().split()[-1]

    async def sent(body: bytes, by: str, message_id: str = "msg_1") -> Any:
        headers = signed_headers(read_secret(by), message_id, int(time.time()), body)
        return await asyncio.to_thread(post, address, body, headers, OPERATOR, 20.0)

    challenge = new_challenge("sub_1")
    asked = challenge.body(decode(example_of("ZoneEntered")).event.time)
    assert challenge.is_answered_by((await sent(asked, secret)).body)
    body = example_of("ZoneEntered")
    statuses = [
        (await sent(body, secret)).status,
        (await sent(body, secret)).status,
        (await sent(body, make_secret())).status,
        (await sent(b"[]", secret)).status,
        (await sent(b"x", secret)).status,
        (await asyncio.to_thread(post, address, body, {}, OPERATOR, 20.0)).status,
    ]
    stop.set()
    await listening

    assert statuses == [204, 204, 401, 401, 401, 401]
    lines = out.getvalue().splitlines()[1:]
    assert [line.split()[0] for line in lines] == ["challenge", "verified", "again", *["refused:"] * 4]
    assert "ZoneEntered.v1" in lines[1]
    assert msgspec.json.decode(body)["subject"] in lines[1]


@pytest.mark.postgres
def test_a_range_of_deliveries_is_counted_before_it_is_sent_again(
    shopfloor: CommandLine, database: str, tmp_path: Path
) -> None:
    for name, value in {"DATABASE": database, "DATA": str(tmp_path), "WEBHOOK_LOOPBACK": "1"}.items():
        shopfloor.set(f"SHOPFLOOR_{name}", value)
    assert shopfloor.run("webhook", "create", "http://127.0.0.1:9/", "--organisation", "acme") == 0
    with psycopg.connect(database) as connection:
        (name,) = connection.execute("SELECT id FROM webhooks.subscriptions").fetchone() or ("",)

    assert shopfloor.run("webhook", "replay", name, 1, 5, "--dry-run") == 0
    assert shopfloor.out.decode() == f"{name} would get 0 deliveries again\n"
    assert shopfloor.run("webhook", "replay", name, 1, 5) == 0
    assert shopfloor.out.decode() == f"{name} gets 0 deliveries again\n"
    assert shopfloor.run("webhook", "replay", "sub_nobody", 1, 5) == 2
    assert "there is no subscription" in shopfloor.err
