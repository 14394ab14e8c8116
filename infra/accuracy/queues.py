"""Waits in line beside the simulator's truth: shops whose till is busy, with a detector that errs in a known way."""

import tempfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import msgspec
import numpy as np

from event_store.envelope import Envelope, Position, RecordedEvent
from event_store.events.event import Event
from event_store.events.queues import QueueLeft
from event_store.layout.reading import read_layout
from infra.accuracy.checks import Check, Section
from infra.accuracy.stories import watched
from projections.folding.rows import TableRows
from projections.policies.queue_lines import LinesRow, QueueLines
from vision_workers.cameras.moments import EPOCH
from vision_workers.simulator import simulate
from vision_workers.simulator.truth import CameraTruth, StoreTruth, Wait
from vision_workers.worker.layouts import layout_published

SEEDS = tuple(range(101, 109))
"""None of them was looked at while the rules were made."""
SHOPPERS = 7
WITHIN_S = 3.0
AIM = 0.9
SAME_S = 6.0
"""Who left at about the same time is the same person."""


def waits_in_line() -> Section:
    """Check what people waited in shops that nothing was tuned on."""
    text = (
        f"{len(SEEDS)} shops of the simulator, {SHOPPERS} people each who come 4 to 14 s apart and pay for 4 to 14 s.\n"
        "Nothing was tuned on them. The truth is when somebody came to stand in line and when it was their turn.\n"
        "Who was not found counts as wrong."
    )
    pairs = [pair for seed in SEEDS for pair in compared(seed)]
    right = [measured is not None and abs(truth - measured) <= WITHIN_S for truth, measured in pairs]
    share = sum(right) / len(right)
    check = Check(
        what=f"waits of {len(pairs)} people within {WITHIN_S:g} s",
        truth=f"≥ {AIM:.0%}",
        measured=f"{share:.0%}",
        tolerance="",
        passed=share >= AIM,
    )
    errors = sorted(abs(truth - measured) for truth, measured in pairs if measured is not None)
    found = f"{len(errors)} of {len(pairs)}"
    median = f"{errors[len(errors) // 2]:.1f} s" if errors else "none"
    worst = f"{errors[-1]:.1f} s" if errors else "none"
    return Section(
        title="Waits in line",
        text=text,
        checks=[check],
        columns=["people found", "median error", "largest error"],
        rows=[[found, median, worst]],
    )


def compared(seed: int) -> list[tuple[float, float | None]]:
    """Return for everybody who stood in a shop's line how long they waited, and what was measured of it."""
    with tempfile.TemporaryDirectory() as place:
        return _compared(seed, Path(place))


def _compared(seed: int, folder: Path) -> list[tuple[float, float | None]]:
    scenario = folder / "till.toml"
    scenario.write_text(_scenario(seed))
    played = simulate(scenario, folder / "played", seed, film=False)
    layout, truth = read_layout(played.layout), msgspec.json.decode(played.truth.read_bytes(), type=StoreTruth)
    camera = msgspec.json.decode(played.camera_truths["entrance"].read_bytes(), type=CameraTruth)
    facts = watched(layout, camera, seed)
    left = waited([layout_published(layout, EPOCH), *facts])
    return _matched([wait for shopper in truth.shoppers for wait in shopper.waits], left)


def _scenario(seed: int) -> str:
    chance, at, tables = np.random.default_rng([seed, 9]), 1.0, ['cameras = ["entrance"]\n']
    for _ in range(SHOPPERS):
        pays = chance.uniform(4.0, 14.0)
        tables.append(f'[[shopper]]\nat = {at:.1f}\npath = ["door", "till:{pays:.1f}s", "door"]\n')
        at += chance.uniform(4.0, 14.0)
    return "\n".join(tables)


def waited(facts: Sequence[Event]) -> list[QueueLeft]:
    """Return what the policy makes of a worker's facts."""
    rows: TableRows[LinesRow] = TableRows()
    policy, found = QueueLines(), list[Event]()
    for number, fact in enumerate(facts):
        if type(fact) in policy.facts:
            found += policy.decide(rows.of("", ""), _recorded(fact, number))
    return [fact for fact in found if isinstance(fact, QueueLeft)]


def _recorded(event: Event, number: int) -> RecordedEvent:
    envelope = Envelope(
        id=str(number), source="", sequence=number + 1, organisation="", store="", actor="accuracy", event=event
    )
    position = Position(topic="", partition=0, offset=number)
    return RecordedEvent(position=position, recorded_at=event.time, envelope=envelope)


def _matched(truth: Sequence[Wait], left: Sequence[QueueLeft]) -> list[tuple[float, float | None]]:
    free, pairs = list(left), list[tuple[float, float | None]]()
    for wait in sorted(truth, key=lambda each: each.left_s):
        near = min(free, key=lambda each: _apart(wait, each), default=None)
        if near is None or _apart(wait, near) > SAME_S:
            pairs.append((wait.wait_s, None))
        else:
            free.remove(near)
            pairs.append((wait.wait_s, None if near.wait_ms is None else near.wait_ms / 1000))
    return pairs


def _apart(wait: Wait, left: QueueLeft) -> float:
    return abs((left.time - EPOCH) / timedelta(seconds=1) - wait.left_s)
