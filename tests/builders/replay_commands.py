"""`shopfloor replay`, as a user starts it, and what it printed or wrote."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.builders.commands import CommandLine
from tests.builders.logs import Record
from tests.builders.replayed import in_topic, positions

DEADLINE_S = 60


def printed(shopfloor: CommandLine, *words: object) -> list[dict[str, Any]]:
    """Return what a replay to the screen printed."""
    assert shopfloor.run("replay", "--print", *words) == 0, shopfloor.err
    return [json.loads(line) for line in shopfloor.out.splitlines()]


def position(record: Record) -> str:
    """Return where a record is, as replays write it."""
    return f"{record.topic}/{record.partition}/{record.offset}"


def time_of(record: Record) -> str:
    """Return when a record was recorded, as replays write it."""
    return (
        time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.timestamp // 1000)) + f".{record.timestamp % 1000:03d}Z"
    )


def assert_replayed(kafka: str, target: str, expected: list[Record]) -> None:
    """A topic has these records and no others, each as it was."""
    got = asyncio.run(in_topic(kafka, target))
    for partition, records in got.items():
        wanted = [each for each in expected if each.partition == partition]
        assert list(positions(records)) == [position(each) for each in wanted]
        for record, origin in zip(records, wanted, strict=True):
            assert (record.value, record.key, record.timestamp) == (origin.value, origin.key, origin.timestamp)
            assert list(record.headers)[:-2] == list(origin.headers)


def command(folder: Path, *words: str, out: Any = subprocess.PIPE) -> "subprocess.Popen[str]":
    """Start a replay as a process of its own."""
    environment = dict(os.environ) | {"SHOPFLOOR_DATA": str(folder / "data")}
    return subprocess.Popen(
        [sys.executable, "-m", "infra.cli", "replay", *words],
        env=environment,
        stdout=out,
        stderr=subprocess.PIPE,
        text=True,
    )


def noted(state: Path) -> int:
    """Return how many records a replay has noted as played."""
    return int(json.loads(state.read_bytes())["played"])


def wait_for(happened: Callable[[], bool], what: str) -> None:
    """Wait until it happened."""
    deadline = time.monotonic() + DEADLINE_S
    while not happened():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)
