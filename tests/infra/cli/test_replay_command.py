import asyncio
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from event_store.connection import KafkaConnection
from event_store.topics import Topics, TopicSpec
from infra.local.topics import make_topics
from tests.builders.commands import CommandLine
from tests.builders.logs import GINZA, Record
from tests.builders.replayed import OSLO, by_time, count_in_topic, in_topic, positions, project, two_days

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]

DEADLINE_S = 60


@pytest.fixture
def recorded(
    kafka: str, topics: Topics, projected_database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> list[Record]:
    """Two stores' records in the database, and the environment of a command."""
    records = two_days(topics)
    asyncio.run(project(projected_database, topics, records))
    for name, value in {
        "SHOPFLOOR_DATABASE": projected_database,
        "SHOPFLOOR_KAFKA": kafka,
        "SHOPFLOOR_TOPIC_PREFIX": topics.prefix,
        "SHOPFLOOR_DATA": str(tmp_path / "data"),
    }.items():
        monkeypatch.setenv(name, value)
    return records


@pytest.fixture
def target() -> str:
    """A topic that nobody else uses and nobody made."""
    return f"copy-{secrets.token_hex(6)}"


def printed(shopfloor: CommandLine, *words: object) -> list[dict[str, Any]]:
    assert shopfloor.run("replay", "--print", *words) == 0, shopfloor.err
    return [json.loads(line) for line in shopfloor.out.splitlines()]


def position(record: Record) -> str:
    return f"{record.topic}/{record.partition}/{record.offset}"


def time_of(record: Record) -> str:
    return (
        time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.timestamp // 1000)) + f".{record.timestamp % 1000:03d}Z"
    )


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
    assert {each["disposition"] for each in everything} == {"applied", "duplicate", "dead"}
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


def assert_replayed(kafka: str, target: str, expected: list[Record]) -> None:
    got = asyncio.run(in_topic(kafka, target))
    for partition, records in got.items():
        wanted = [each for each in expected if each.partition == partition]
        assert list(positions(records)) == [position(each) for each in wanted]
        for record, origin in zip(records, wanted, strict=True):
            assert (record.value, record.key, record.timestamp) == (origin.value, origin.key, origin.timestamp)
            assert list(record.headers)[:-2] == list(origin.headers)


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


def test_a_replay_that_is_killed_goes_on_and_each_record_is_there_once(
    shopfloor: CommandLine, recorded: list[Record], kafka: str, target: str, tmp_path: Path
) -> None:
    words = ("--to-topic", target, "--create-topic", "--everything")
    process = command(tmp_path, *words, "--speed", "3x")
    wait_for(lambda: count_in_topic(kafka, target) >= 20, "records arrive")
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert count_in_topic(kafka, target) < len(recorded)

    assert shopfloor.run("replay", *words) == 0, shopfloor.err

    assert "going on behind" in shopfloor.err
    assert f"done: {len(recorded)} records" in shopfloor.err
    assert_replayed(kafka, target, recorded)


def test_a_replay_whose_note_is_older_than_the_topic_doubles_nothing(
    shopfloor: CommandLine, recorded: list[Record], kafka: str, target: str, tmp_path: Path
) -> None:
    words = ("replay", "--to-topic", target, "--create-topic", "--everything")
    assert shopfloor.run(*words, "--to", time_of(recorded[0])) == 0
    assert shopfloor.run(*words) == 0
    (state,) = [
        path for path in (tmp_path / "data" / "replays").glob("*.json") if json.loads(path.read_bytes())["played"]
    ]
    left = json.loads(state.read_bytes())
    begun = left | {"done": False, "played": 0, "scanned": dict.fromkeys(left["scanned"], 0)}
    begun["legs"] = {number: {"start": 0, "end": leg["end"]} for number, leg in left["legs"].items()}
    state.write_text(json.dumps(begun))

    assert shopfloor.run(*words) == 0

    assert f"done: {len(recorded)} records" in shopfloor.err
    assert_replayed(kafka, target, recorded)


def test_a_printed_replay_that_is_killed_loses_nothing(
    shopfloor: CommandLine, recorded: list[Record], tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    with out.open("wb") as file:
        process = command(tmp_path, "--everything", "--speed", "3x", out=file)
        wait_for(lambda: any(noted(path) for path in (tmp_path / "data" / "replays").glob("*.json")), "lines are noted")
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    before = out.read_bytes()
    after = printed(shopfloor, "--everything")

    whole = [json.loads(line) for line in before[: before.rfind(b"\n") + 1].splitlines()] + after
    assert "going on behind" in shopfloor.err
    assert {each["position"] for each in whole} == {position(each) for each in recorded}
    assert 0 < len(after) < len(recorded)


def test_who_reads_no_further_ends_the_replay_without_a_word(recorded: list[Record], tmp_path: Path) -> None:
    with command(tmp_path, "--everything", "--speed", "20x") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        err = process.stderr.read()

    assert process.returncode == 0
    assert recorded
    assert "Error" not in err
    assert not list((tmp_path / "data" / "replays").glob("*.json"))


def test_the_same_replay_runs_once_at_a_time_and_spoilt_state_is_told(
    shopfloor: CommandLine, recorded: list[Record], tmp_path: Path
) -> None:
    process = command(tmp_path, "--everything", "--speed", "0.5x")
    assert process.stdout is not None
    process.stdout.readline()

    assert shopfloor.run("replay", "--everything") == 1
    assert "the same replay is running" in shopfloor.err
    process.kill()
    process.communicate()
    (state,) = (tmp_path / "data" / "replays").glob("*.json")
    state.write_text("{")
    assert shopfloor.run("replay", "--everything") == 2
    assert "--again starts anew" in shopfloor.err
    assert len(printed(shopfloor, "--everything", "--again")) == len(recorded)


def command(folder: Path, *words: str, out: Any = subprocess.PIPE) -> "subprocess.Popen[str]":
    environment = dict(os.environ) | {"SHOPFLOOR_DATA": str(folder / "data")}
    return subprocess.Popen(
        [sys.executable, "-m", "infra.cli", "replay", *words],
        env=environment,
        stdout=out,
        stderr=subprocess.PIPE,
        text=True,
    )


def noted(state: Path) -> int:
    return int(json.loads(state.read_bytes())["played"])


def wait_for(happened: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not happened():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)
