"""A process that dies is started again, later each time; one that cannot work is left alone."""

import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from infra.supervision.supervised import SETTLED_S, Role, Supervised

PYTHON = (sys.executable, "-c")
FAILS = "import sys; print('shopfloor: the shop is closed', file=sys.stderr); sys.exit(1)"
REFUSES = "import sys; print('shopfloor: no such layout', file=sys.stderr); sys.exit(2)"
SLEEPS = "import time; time.sleep(600)"
ENDS = "pass"


@pytest.fixture
def started() -> Iterator[list[Supervised]]:
    made: list[Supervised] = []
    yield made
    for each in made:
        each.stop(5.0)


def _run(script: str, folder: Path, started: list[Supervised], *, may_end: bool = False) -> Supervised:
    process = Supervised(Role(name="worker", words=(script,), may_end=may_end), folder, {}, PYTHON)
    started.append(process)
    process.tend(0.0)
    return process


def _until_it_ends(process: Supervised, now: float) -> None:
    while process.state == "running":
        process.tend(now)
        time.sleep(0.01)


def test_a_process_that_dies_is_started_again_after_a_pause_that_doubles(
    tmp_path: Path, started: list[Supervised]
) -> None:
    process = _run(FAILS, tmp_path, started)

    for now, too_early, due in [(1.0, 1.9, 2.0), (2.0, 3.9, 4.0), (4.0, 7.9, 8.0)]:
        _until_it_ends(process, now)
        assert (process.state, process.last_error) == ("waiting", "the shop is closed")
        process.tend(too_early)
        assert process.pid is None
        process.tend(due)
        assert process.pid is not None
    assert process.deaths == 3


def test_a_process_that_ran_long_is_started_again_soon(tmp_path: Path, started: list[Supervised]) -> None:
    process = _run(FAILS, tmp_path, started)
    _until_it_ends(process, 1.0)
    process._environment, process.role = {}, Role(name="worker", words=(SLEEPS,))
    process.tend(2.0)
    process.tend(2.0 + SETTLED_S + 1)

    psutil.Process(process.pid).kill()
    _until_it_ends(process, 100.0)
    process.tend(101.0)

    assert process.state == "running"


def test_an_error_of_its_first_second_is_not_shown_for_as_long_as_it_runs(
    tmp_path: Path, started: list[Supervised]
) -> None:
    process = _run(SLEEPS, tmp_path, started)
    process.log.write_text('{"event": "no coordinator", "level": "error", "timestamp": "2026-01-01T09:00:00Z"}\n')

    assert (process.state, process.last_error) == ("running", "")
    process.log.write_text(
        f'{{"event": "no coordinator", "level": "error", "timestamp": "{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"}}\n'
    )
    assert process.last_error == "no coordinator"


def test_a_process_that_refuses_is_not_started_again(tmp_path: Path, started: list[Supervised]) -> None:
    process = _run(REFUSES, tmp_path, started)

    _until_it_ends(process, 1.0)
    process.tend(1000.0)

    assert (process.state, process.last_error, process.pid) == ("refused", "no such layout", None)


@pytest.mark.parametrize(("may_end", "state"), [(True, "ended"), (False, "waiting")])
def test_an_end_is_an_end_only_where_it_was_asked_for(
    may_end: bool,  # noqa: FBT001  # a parameter of the test
    state: str,
    tmp_path: Path,
    started: list[Supervised],
) -> None:
    process = _run(ENDS, tmp_path, started, may_end=may_end)

    _until_it_ends(process, 1.0)

    assert process.state == state


def test_a_stopped_process_leaves_nothing_behind(tmp_path: Path, started: list[Supervised]) -> None:
    process = _run(SLEEPS, tmp_path, started)
    pid = process.pid
    assert pid is not None

    process.stop(5.0)

    assert not psutil.pid_exists(pid)
    assert process.state == "stopped"
    assert list((tmp_path / "processes").iterdir()) == []
