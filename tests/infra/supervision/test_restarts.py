"""A process that dies again and again is told by whoever is asked: doctor, readiness and metrics."""

import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from infra.health.watching import check_processes
from infra.settings import Settings
from infra.supervision.restarts import Restarts, read_restarts, restarts_path, troubles_of, write_restarts
from infra.supervision.supervised import Role, Supervised

NOW = datetime.now(UTC)
FAILS = "import sys; print('shopfloor: maximum recursion depth exceeded', file=sys.stderr); sys.exit(1)"


def restarts(*ages_s: float, state: str = "running") -> Restarts:
    """Return a projector that died so long ago."""
    died = tuple(NOW - timedelta(seconds=age) for age in sorted(ages_s, reverse=True))
    return Restarts(name="projector", state=state, deaths=len(died), deaths_at=died, last_error="no luck")


def crash_looping(folder: Path, deaths: int) -> Supervised:
    """Let a process die that often."""
    process, now = Supervised(Role(name="projector", words=(FAILS,)), folder, {}, (sys.executable, "-c")), 0.0
    while process.deaths < deaths:
        process.tend(now)
        now += 100.0 if process.state == "waiting" else 0.0
        time.sleep(0.01)
    return process


def test_doctor_names_a_process_that_dies_again_and_again_and_why(tmp_path: Path) -> None:
    write_restarts(tmp_path, [crash_looping(tmp_path, 3)])

    finding = check_processes(Settings(data=tmp_path))

    assert finding.state == "fail"
    assert finding.detail == "projector was started again 3 times in 10 minutes: maximum recursion depth exceeded"
    assert "logs" in finding.cure


def test_a_death_or_two_and_deaths_of_long_ago_are_no_trouble(tmp_path: Path) -> None:
    write_restarts(tmp_path, [crash_looping(tmp_path, 1)])

    assert check_processes(Settings(data=tmp_path)).detail == "1 supervised, started again: projector 1"
    assert troubles_of([restarts(1, 2), restarts(700, 800, 900, 1)]) == []


def test_a_process_that_cannot_run_is_trouble_at_once() -> None:
    assert troubles_of([restarts(state="refused")]) == ["projector cannot run: no luck"]


def test_what_nobody_supervises_any_more_is_not_told_as_if_it_were(tmp_path: Path) -> None:
    write_restarts(tmp_path, [crash_looping(tmp_path, 3)])
    path = restarts_path(tmp_path)
    told = msgspec.json.decode(path.read_bytes())
    path.write_bytes(msgspec.json.encode({**told, "at": NOW - timedelta(minutes=1)}))

    assert read_restarts(tmp_path) == ()
    assert check_processes(Settings(data=tmp_path)).state == "ok"


@pytest.mark.parametrize("content", [b"", b"{", b"[]"])
def test_a_file_that_cannot_be_read_says_nothing(content: bytes, tmp_path: Path) -> None:
    restarts_path(tmp_path).parent.mkdir()
    restarts_path(tmp_path).write_bytes(content)

    assert read_restarts(tmp_path) == ()
