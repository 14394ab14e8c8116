"""Runs of `shopfloor try` as a user runs it, and what came out of them."""

import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

ROOT = Path(__file__).parents[2]
LAYOUTS = ROOT / "tests" / "layouts"


class Tried(msgspec.Struct, frozen=True):
    """The events and samples of a run, as plain JSON."""

    events: list[dict[str, Any]]
    samples: list[dict[str, Any]]

    def facts(self, name: str) -> list[dict[str, Any]]:
        """Return the events of one kind, by its name without version."""
        return [event for event in self.events if event["type"].split(".")[1] == name]


def try_clip(video: Path, layout: str | Path, model: str, data: Path) -> Tried:
    """Run the command with a layout of tests/layouts or of one's own; `data` is the data folder with the models."""
    events, samples = data / "events.jsonl", data / "samples.jsonl"
    where = ["--layout", LAYOUTS / layout, "--model", model, "--events", events, "--samples", samples]
    command = [sys.executable, "-m", "infra.cli", "try", video, *where]
    ended = subprocess.run(
        [*map(str, command)],
        cwd=ROOT,
        env={**os.environ, "SHOPFLOOR_DATA": str(data)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return Tried(_lines(events), _lines(samples))


def seconds_of(event: dict[str, Any]) -> float:
    """Return when an event became true, in seconds from the beginning of the film."""
    return datetime.fromisoformat(event["time"]).timestamp()


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]
