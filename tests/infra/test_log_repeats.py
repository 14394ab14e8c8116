import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest
import structlog

from infra.log_repeats import MOST_STATES, Repeats
from infra.logs import configure


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def warned(repeats: Repeats, text: str = "no connection to node %s", *values: object) -> str | None:
    """Return what is written of a warning."""
    record = logging.LogRecord("aiokafka", logging.WARNING, "", 0, text, values, None)
    return record.getMessage() if repeats.filter(record) else None


def test_a_state_is_said_once_and_then_at_widening_intervals_with_how_often_it_was_met() -> None:
    clock = Clock()
    repeats, said = Repeats(clock), []
    for tick in range(73 * 600):  # ten minutes of 73 lines a second
        clock.now = tick / 73
        if (line := warned(repeats, "no connection to node %s", tick)) is not None:
            said.append((round(clock.now), line.partition(" (")[2]))

    assert [at for at, _ in said] == [0, 10, 30, 70, 150, 310]
    assert said[1][1] == "729 times more since)"


def test_a_state_that_comes_again_after_a_silence_is_said_at_once() -> None:
    clock = Clock()
    repeats = Repeats(clock)
    assert warned(repeats) is not None
    clock.now = 601.0

    assert warned(repeats) is not None


def test_other_words_are_another_state_and_what_is_known_is_bounded() -> None:
    repeats = Repeats(Clock())

    assert warned(repeats, "a") == "a"
    assert warned(repeats, "b") == "b"
    for number in range(2 * MOST_STATES):
        warned(repeats, "x" * number)
    assert len(repeats._states) == MOST_STATES


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What is written to stderr, as a process of `up` writes it."""
    root, written = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers, root.level
    monkeypatch.setattr(sys, "stderr", written)
    monkeypatch.setenv("SHOPFLOOR_LOG_FORMAT", "json")
    monkeypatch.setenv("SHOPFLOOR_LOG_LEVEL", "INFO")
    configure()
    yield written
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def test_each_camera_is_heard_and_what_goes_well_is_never_held_back(lines: io.StringIO) -> None:
    log = structlog.get_logger("worker")
    for _ in range(3):
        for camera in ("door-1", "door-2"):
            log.warning("dark", camera=camera, why="no frame for 12 s")
            log.info("camera", camera=camera)
        logging.getLogger("a.library").error("no connection to node %s", 7)

    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert [each["camera"] for each in told if each["event"] == "dark"] == ["door-1", "door-2"]
    assert len([each for each in told if each["event"] == "camera"]) == 6
    assert len([each for each in told if each["logger"] == "a.library"]) == 1
