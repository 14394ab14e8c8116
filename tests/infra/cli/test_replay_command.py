"""History played again: in its order, narrowed, to the screen or into a topic; and what is refused."""

import json
from base64 import b64decode

import pytest

from event_store.connection import KafkaConnection
from event_store.topics import TopicSpec
from infra.local.topics import make_topics
from tests.builders.commands import CommandLine
from tests.builders.logs import GINZA, Record
from tests.builders.replay_commands import assert_replayed, position, printed, time_of
from tests.builders.replayed import OSLO, by_time, count_in_topic

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]


def test_history_is_printed_in_order_with_what_became_of_it(shopfloor: CommandLine, recorded: list[Record]) -> None:
    everything = printed(shopfloor, "--everything")
    applied = printed(shopfloor)

    assert [each["position"] for each in everything] == [position(each) for each in by_time(recorded)]
    for said, record in zip(everything, by_time(recorded), strict=True):
        assert said["recorded_at"] == time_of(record)
        if "event" in said:
            assert said["event"] == json.loads(record.value or b"")
        else:
            assert (None if said["bytes"] is None else b64decode(said["bytes"])) == record.value
    assert {each["disposition"] for each in everything} == {"applied", "duplicate", "dead", "parked"}
    assert {each["reason"] for each in everything if each["disposition"] == "dead"} == {"undecodable", "unknown_type"}
    assert applied == [each for each in everything if each["disposition"] == "applied"]
    assert "done: " in shopfloor.err


def test_a_range_is_half_open_and_may_be_narrowed(shopfloor: CommandLine, recorded: list[Record]) -> None:
    first, behind = time_of(recorded[20]), time_of(recorded[60])
    applied = printed(shopfloor)
    (visit,) = {
        each["event"]["data"]["visit_id"] for each in applied if each["event"]["type"].endswith("Entered.v1")
    } & {"visit-7"}

    assert printed(shopfloor, "--from", first, "--to", behind) == [
        each for each in applied if first <= each["recorded_at"] < behind
    ]
    assert printed(shopfloor, "--store", OSLO) == [each for each in applied if each["event"]["store"] == "oslo-1"]
    assert printed(shopfloor, "--type", "LineCrossed", "--type", "shopfloor.ShopperEntered.v1") == [
        each for each in applied if each["event"]["type"].split(".")[1] in {"LineCrossed", "ShopperEntered"}
    ]
    assert printed(shopfloor, "--camera", "entrance", "--store", GINZA) == [
        each
        for each in applied
        if each["event"]["data"].get("camera_id") == "entrance" and each["event"]["store"] == "ginza-3"
    ]
    assert printed(shopfloor, "--visit", f"visit/{visit}") == [
        each for each in applied if each["event"]["subject"] == f"visit/{visit}"
    ]
    assert printed(shopfloor, "--from", "2031-01-01T00:00:00Z") == []


REFUSED = [
    (["--from", "2026-03-02T12:00:00Z", "--to", "2026-03-02T12:00:00Z"], "not before --to"),
    (["--from", "yesterday"], "no RFC 3339 time"),
    (["--to", "2026-03-02T12:00:00"], "no RFC 3339 time"),
    (["--speed", "fast"], "no speed"),
    (["--speed", "0x"], "no speed"),
    (["--speed", "2x", "--as-fast"], "say --speed or --as-fast"),
    (["--print", "--to-topic", "copy"], "say --print or --to-topic"),
    (["--type", "ShoperEntered"], "did you mean ShopperEntered"),
    (["--store", "acme"], "not ORGANISATION/STORE"),
    (["--store", "acme/nowhere"], "holds nothing of a store acme/nowhere"),
    (["--to-topic", "x.shopfloor.events"], "one of the service's own topics"),
    (["--to-topic", "shopfloor.samples"], "one of the service's own topics"),
    (["--to-topic", "nobody-made-this"], "add --create-topic"),
    (["--to-topic", "not a topic", "--create-topic"], "not a topic"),
]


def test_what_cannot_be_replayed_is_told_in_one_line(shopfloor: CommandLine, recorded: list[Record]) -> None:
    assert recorded

    for words, said in REFUSED:
        assert shopfloor.run("replay", *words) in {1, 2}
        assert said in " ".join(shopfloor.err.replace("│", " ").split())
        assert "Traceback" not in shopfloor.err


def test_a_topic_with_other_partitions_is_refused(
    shopfloor: CommandLine, recorded: list[Record], kafka: str, target: str
) -> None:
    make_topics(KafkaConnection(bootstrap=kafka), [TopicSpec(name=target, partitions=3, config={})], replicas=1)

    assert shopfloor.run("replay", "--to-topic", target) == 2

    assert recorded
    assert f"{target} has 3 partitions and the record has 12" in shopfloor.err


def test_a_topic_gets_exact_bytes_once_and_a_second_time_only_if_told(
    shopfloor: CommandLine, recorded: list[Record], kafka: str, target: str
) -> None:
    words = ("replay", "--to-topic", target, "--create-topic", "--everything")

    assert shopfloor.run(*words) == 0, shopfloor.err
    assert_replayed(kafka, target, recorded)
    assert shopfloor.run(*words) == 0
    assert "done before" in shopfloor.err
    assert count_in_topic(kafka, target) == len(recorded)
    assert shopfloor.run(*words, "--again") == 0
    assert count_in_topic(kafka, target) == 2 * len(recorded)
