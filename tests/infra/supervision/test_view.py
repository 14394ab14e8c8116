"""The view shows how every process and camera is, as a picture or as lines."""

from datetime import UTC, datetime
from io import StringIO

import msgspec
import pytest
from rich.console import Console

from infra.health.lag import Lag
from infra.supervision.status import CameraStatus, ProcessStatus, SpoolStatus, Status, WorkerStatus
from infra.supervision.view import Lines, Screen

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
CAMERA = CameraStatus(
    organisation="acme", store="ginza-3", camera_id="entrance", state="online", frames=50, fps=24.9, last_frame_at=NOON
)
STATUS = Status(
    at=100.0,
    processes=[
        ProcessStatus(name="projector", state="running", pid=11, deaths=0, last_error=""),
        ProcessStatus(name="worker", state="waiting", pid=None, deaths=2, last_error="no such model"),
    ],
    workers=[
        WorkerStatus(at=NOON, state="watching", broker="ok", spool=SpoolStatus(waiting_records=7), cameras=(CAMERA,))
    ],
    lag=Lag(records=3, written=90, stopped={4: "made again"}),
    trouble="",
)


def test_the_picture_shows_processes_cameras_and_lag() -> None:
    paper = StringIO()
    console = Console(file=paper, width=140, force_terminal=True, color_system=None)

    with Screen(console, "http://127.0.0.1:8000", "data/token") as screen:
        screen.show(STATUS, "http://127.0.0.1:8000/#code=once")

    drawn = paper.getvalue()
    for words in ("no such model", "ginza-3/entrance", "24.9", "2026-05-01 12:00:00Z", "3 behind", "7 wait"):
        assert words in drawn
    assert "partition 4 is stopped: made again" in drawn
    assert "API http://127.0.0.1:8000/graphql" in drawn
    assert "Page http://127.0.0.1:8000/#code=once" in drawn


def test_lines_tell_each_change_once(capsys: pytest.CaptureFixture[str]) -> None:
    lines = Lines("http://127.0.0.1:8000", "data/token")
    lines.show(STATUS)
    first = capsys.readouterr().out

    lines.show(msgspec.structs.replace(STATUS, at=101.0), "http://127.0.0.1:8000/#code=once")
    lines.show(msgspec.structs.replace(STATUS, at=102.0, trouble="port 9 for Kafka is in use"))
    later = capsys.readouterr().out

    assert "worker waiting: no such model" in first
    assert "camera ginza-3/entrance online" in first
    assert "50 frames watched; 90 facts in the record, read models 3 behind, 7 wait in the spool" in first
    assert later.splitlines()[0] == "Page http://127.0.0.1:8000/#code=once"
    assert later.splitlines()[1].endswith("port 9 for Kafka is in use")
    assert len(later.splitlines()) == 2
