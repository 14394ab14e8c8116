"""Subscribers are told each fact that they asked for, signed and in order, whatever goes wrong in between."""

import asyncio
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from event_store.events.amendments import RecordRetried
from event_store.webhooks import read_secret
from projections.webhooks import outcomes
from projections.webhooks.deliveries import count_ended, find_deliveries, replay, resend
from projections.webhooks.subscriptions import enable, find_secret, find_subscription
from tests.builders.dispatching import Dispatching, until
from tests.builders.facts import came, stepped_in, went
from tests.builders.subscribers import Answer, Subscriber, taken

pytestmark = pytest.mark.postgres


async def test_a_subscriber_is_told_what_happens_from_then_on_as_the_record_has_it(
    dispatching: Dispatching, subscriber: tuple[Subscriber, str]
) -> None:
    receiver, address = subscriber
    await dispatching.shop.happened(came("v0"))
    await dispatching.subscribe(receiver, address)
    await dispatching.shop.happened(came("v1"), stepped_in("v1", "dairy"), came("v2"), went("v1"))
    async with dispatching.running():
        await until(lambda: len(receiver.accepted) == 4)

    assert receiver.forged == []
    assert receiver.challenges == 1
    facts = sorted((each.fact for each in receiver.accepted), key=lambda fact: fact["deliverysequence"])
    assert [fact["type"].split(".")[1] for fact in facts] == [
        "ShopperEntered", "ZoneEntered", "ShopperEntered", "ShopperExited",
    ]  # fmt: skip
    assert [fact["deliverysequence"] for fact in facts] == [1, 2, 3, 4]
    ids = {each.fact["deliverysequence"]: each.id for each in receiver.accepted}
    assert [fact.get("deliveryprevious") for fact in facts] == [None, ids[1], None, ids[2]]
    assert len(set(ids.values())) == 4


async def test_facts_of_one_entity_stay_in_order_while_its_first_fails_and_others_pass_it(
    dispatching: Dispatching, subscriber: tuple[Subscriber, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outcomes, "PAUSES", (timedelta(milliseconds=50),) * 9)
    receiver, address = subscriber

    def first_of_v1_fails_twice(fact: dict[str, Any], before: int) -> Answer:
        failing = fact["subject"] == "visit/v1" and fact["type"].endswith("ShopperEntered.v1") and before < 2
        return (500 if failing else 200), {}

    receiver.decide = first_of_v1_fails_twice
    name = await dispatching.subscribe(receiver, address)
    await dispatching.shop.happened(came("v1"), stepped_in("v1", "dairy"), came("v2"), went("v1"), went("v2"))
    async with dispatching.running():
        await until(lambda: len(receiver.accepted) == 5)

    assert [each.fact["type"].split(".")[1] for each in receiver.accepted if each.entity == "ginza-3/visit/v1"] == [
        "ShopperEntered", "ZoneEntered", "ShopperExited",
    ]  # fmt: skip
    tries = [each for each in receiver.messages if each.fact["deliverysequence"] == 1]
    assert [each.status for each in tries] == [500, 500, 200]
    assert len({each.id for each in tries}) == len({each.body for each in tries}) == 1
    kept = "SELECT array_agg(coalesce(status, 0) ORDER BY at) FROM webhooks.attempts WHERE subscription = %s"
    assert sorted(await dispatching.value(kept, name)) == [200] * 5 + [500] * 2


async def test_only_the_facts_and_stores_that_were_asked_for_go_out(
    dispatching: Dispatching, subscriber: tuple[Subscriber, str]
) -> None:
    receiver, address = subscriber
    await dispatching.subscribe(receiver, address, types=["ShopperEntered"], stores=["ginza-3"])
    await dispatching.shop.happened(came("v1"), stepped_in("v1", "dairy"))
    await dispatching.shop.happened(came("v2"), store="acme/other")
    await dispatching.shop.happened(came("v3"), store="rival/ginza-3")
    await dispatching.shop.happened(came("v4"))
    async with dispatching.running():
        await until(lambda: len(receiver.accepted) == 2)

    assert {each.fact["subject"] for each in receiver.accepted} == {"visit/v1", "visit/v4"}  # in any order: two visits


async def test_an_endpoint_that_is_gone_is_disabled_and_goes_on_where_it_stopped_when_it_is_enabled(
    dispatching: Dispatching, subscriber: tuple[Subscriber, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outcomes, "PAUSES", (timedelta(milliseconds=50),) * 9)
    receiver, address = subscriber
    receiver.decide = lambda _, __: (410, {})
    name = await dispatching.subscribe(receiver, address)
    await dispatching.shop.happened(came("v1"))
    async with dispatching.running():
        await until(lambda: receiver.messages)
        async with dispatching.connection() as connection:
            while (await find_subscription(connection, name)).state != "disabled":  # noqa: ASYNC110  # a row's
                await asyncio.sleep(0.01)
            receiver.decide = taken
            await dispatching.shop.happened(went("v1"))
            await enable(connection, name)
        await until(lambda: len(receiver.accepted) == 2)

    assert [each.fact["deliverysequence"] for each in receiver.accepted] == [1, 2]


async def test_a_receiver_that_asks_for_time_gets_it_and_loses_no_attempt_by_it(
    dispatching: Dispatching, subscriber: tuple[Subscriber, str]
) -> None:
    receiver, address = subscriber
    receiver.decide = lambda _, before: (429, {"retry-after": "1"}) if before < 1 else (200, {})
    name = await dispatching.subscribe(receiver, address, types=["ShopperEntered"])
    await dispatching.shop.happened(came("v1"))
    async with dispatching.running():
        await until(lambda: receiver.accepted)

    at = "SELECT extract(epoch FROM max(at) - min(at)) FROM webhooks.attempts WHERE subscription = %s"
    assert await dispatching.value(at, name) >= 1
    assert await dispatching.value("SELECT attempts FROM webhooks.deliveries WHERE subscription = %s", name) == 1


async def test_an_endpoint_that_does_not_prove_itself_gets_no_fact(
    dispatching: Dispatching, subscriber: tuple[Subscriber, str]
) -> None:
    receiver, address = subscriber
    receiver.proves = False
    await dispatching.subscribe(receiver, address)
    await dispatching.shop.happened(came("v1"))
    async with dispatching.running():
        await until(lambda: receiver.challenges == 2)
        assert receiver.messages == []
        receiver.proves = True
        await until(lambda: receiver.accepted)

    assert len(receiver.accepted) == 1


async def test_a_redirect_is_not_followed_and_one_who_fails_holds_up_no_other(
    dispatching: Dispatching, subscriber: tuple[Subscriber, str]
) -> None:
    receiver, address = subscriber
    other = Subscriber()
    other.decide = lambda _, __: (307, {"location": address})
    with other.listening() as elsewhere:
        failing = await dispatching.subscribe(other, elsewhere)
        await dispatching.subscribe(receiver, address)
        await dispatching.shop.happened(came("v1"), came("v2"), came("v3"))
        async with dispatching.running():
            await until(lambda: len(receiver.accepted) == 3)
            await until(lambda: len(other.messages) == 3)

    assert receiver.forged == []
    waiting = "SELECT count(*) FROM webhooks.deliveries WHERE subscription = %s AND state = 'pending'"
    assert await dispatching.value(waiting, failing) == 3


async def test_what_could_not_be_read_at_first_goes_out_when_it_was_taken_again(
    dispatching: Dispatching, subscriber: tuple[Subscriber, str]
) -> None:
    receiver, address = subscriber
    await dispatching.subscribe(receiver, address)
    await dispatching.shop.happened(came("v1"))
    position = await dispatching.shop.unreadable(came("v2"))
    await dispatching.shop.happened(went("v1"))
    retried = await dispatching.shop.happened(
        RecordRetried(topic=position.topic, partition=position.partition, offset=position.offset)
    )
    async with dispatching.running():
        await until(lambda: len(receiver.accepted) == 3)

    told = {each.fact["recordposition"].rpartition("/")[2] for each in receiver.accepted}
    assert told == {"0", "2", str(retried.offset)}


async def test_an_ended_delivery_goes_out_again_under_its_id_and_marked(
    dispatching: Dispatching, subscriber: tuple[Subscriber, str]
) -> None:
    receiver, address = subscriber
    name = await dispatching.subscribe(receiver, address)
    await dispatching.shop.happened(came("v1"))
    async with dispatching.running():
        await until(lambda: receiver.accepted)
        async with dispatching.connection() as connection:
            while (await find_deliveries(connection, name, 1))[0].state != "delivered":  # noqa: ASYNC110  # a row's
                await asyncio.sleep(0.01)
            await resend(connection, name, 1)
        await until(lambda: len(receiver.accepted) == 2)

    first, second = receiver.accepted
    assert first.id == second.id
    assert ("deliveryresent" in first.fact, second.fact["deliveryresent"]) == (False, True)


async def test_a_range_is_counted_and_then_sent_again_in_order_and_what_is_pending_is_left_as_it_is(
    dispatching: Dispatching, subscriber: tuple[Subscriber, str]
) -> None:
    receiver, address = subscriber
    name = await dispatching.subscribe(receiver, address)
    await dispatching.shop.happened(came("v1"), stepped_in("v1", "dairy"), went("v1"), came("v2"), went("v2"))
    async with dispatching.running():
        await until(lambda: len(receiver.accepted) == 5)
    await dispatching.shop.happened(came("v3"))
    async with dispatching.connection() as connection:
        counted = [await count_ended(connection, name, *each) for each in ((2, 3), (5, 99), (6, 9), (3, 2))]
        replayed = await replay(connection, name, 2, 3)
    async with dispatching.running():
        await until(lambda: len(receiver.accepted) == 8)

    assert (counted, replayed) == ([2, 1, 0, 0], 2)
    again = [each for each in receiver.accepted if "deliveryresent" in each.fact]
    assert [each.fact["deliverysequence"] for each in again] == [2, 3]
    assert {each.id for each in again} <= {each.id for each in receiver.accepted[:5]}


async def test_a_secret_lies_in_the_database_encrypted(
    dispatching: Dispatching, subscriber: tuple[Subscriber, str]
) -> None:
    receiver, address = subscriber
    name = await dispatching.subscribe(receiver, address)

    kept = bytes(await dispatching.value("SELECT secret FROM webhooks.subscriptions WHERE id = %s", name))
    assert read_secret(receiver.secret) not in kept
    async with dispatching.connection() as connection:
        assert await find_secret(connection, dispatching.masters, name) == read_secret(receiver.secret)


async def test_a_rest_is_kept_and_one_delivery_tries_the_endpoint_after_it(
    dispatching: Dispatching, subscriber: tuple[Subscriber, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outcomes, "FIRST_REST", timedelta(milliseconds=300))
    monkeypatch.setattr(outcomes, "LONGEST_REST", timedelta(milliseconds=300))
    monkeypatch.setattr(outcomes, "PAUSES", (timedelta(milliseconds=10),) * 99)
    receiver, address = subscriber
    receiver.decide = lambda _, __: (500, {})
    name = await dispatching.subscribe(receiver, address)
    await dispatching.shop.happened(*(came(f"v{number}") for number in range(20)))
    async with dispatching.running():
        await until(lambda: len(receiver.messages) >= 17)
        receiver.decide = taken
        await until(lambda: len(receiver.accepted) == 20)

    at = "SELECT array_agg(at ORDER BY at) FROM webhooks.attempts WHERE subscription = %s AND status = 500"
    times = await dispatching.value(at, name)
    rests = [later - sooner for sooner, later in pairwise(times[13:])]
    assert min(rests) >= timedelta(milliseconds=300) * (1 - outcomes.JITTER)
