"""What a fire does, and what it remembers of its processes."""

import threading
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from infra.fire.doomed import POINTS, SINK_POINTS
from infra.fire.ground import Ground
from infra.fire.teller import tend
from infra.fire.walk import Walk

NAME = "projector-1"


@pytest.fixture
def ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ground:
    """A ground whose projectors do nothing and need no services."""
    monkeypatch.setattr(Ground, "_settings", lambda _: {})
    monkeypatch.setattr(Ground, "words", lambda *_: ("-c", "import time; time.sleep(60)"))
    return Ground(tmp_path, 1, "faust")


@pytest.mark.parametrize("seed", range(20))
def test_a_walk_of_any_seed_goes_through_every_kill_point_soon(seed: int) -> None:
    ground = SimpleNamespace(kafka_proxy=None, database_proxy=None)
    deck: list[Any] = Walk(cast("Ground", ground), seed, print)._shuffled()

    soon = [card.args[0] for card in deck[: 2 * len(POINTS)] if isinstance(card, partial)]
    assert set(POINTS) <= set(soon)
    assert set(SINK_POINTS) <= {card.args[0] for card in deck if isinstance(card, partial)}
    assert len(deck) == len({str(card) for card in deck})


def test_a_process_that_ends_by_itself_is_started_again_and_remembered(ground: Ground) -> None:
    ground.start(NAME, "-c", "raise SystemExit('no more')")
    ground.processes[NAME].wait()
    ground.start_missing([NAME])

    assert ground.is_alive(NAME)
    ground.stop([NAME])
    assert ground.surprises == [f"{NAME} ended by itself with 1: no more"]


def test_a_process_that_we_killed_is_started_again_and_no_surprise(ground: Ground) -> None:
    ground.start_missing([NAME])
    assert ground.kill(NAME)
    ground.start_missing([NAME])

    assert ground.is_alive(NAME)
    ground.stop([NAME])
    assert ground.surprises == []


def test_a_process_that_was_to_kill_itself_and_failed_is_remembered(ground: Ground) -> None:
    ground.start(NAME, "-c", "raise SystemExit('not that way')")
    assert not ground.has_killed_itself(NAME, 60)
    ground.stop([NAME])

    assert ground.surprises == [f"{NAME} ended by itself with 1: not that way"]
    ground.start(NAME, "-c", "import os; os.kill(os.getpid(), 9)")
    assert ground.has_killed_itself(NAME, 60)
    assert len(ground.surprises) == 1


def test_a_teller_that_was_started_just_now_ends_when_it_has_sent_what_waits(ground: Ground) -> None:
    finished = ground.folder / "finished"
    ends_well = f"lambda *_: (open({str(finished)!r}, 'w'), exit())"
    ground.start("teller-1", "-c", f"import signal, time; signal.signal(signal.SIGTERM, {ends_well}); time.sleep(60)")
    ground.let_finish(["teller-1"])

    assert finished.exists()
    assert ground.surprises == []


def test_a_teller_that_is_told_to_stop_right_after_room_was_made_has_the_room_first() -> None:
    asked, stop = threading.Event(), threading.Event()
    stopped_before: list[bool] = []

    class Watched:
        def settle(self) -> None:
            stopped_before.append(stop.is_set())

    asked.set()
    tend(Watched(), asked, stop)  # type: ignore[arg-type]

    assert (stopped_before, stop.is_set()) == ([False], True)
