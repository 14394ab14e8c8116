"""A layout may say that fewer frames are enough than a camera sends."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import pytest

from tests.builders.films import film
from vision_workers.cameras import LiveSource, Playing, Rest, open_recording, open_source
from vision_workers.cameras.rates import RateLimit
from vision_workers.frames import Frame

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def ms(offset: float) -> datetime:
    return NOON + timedelta(milliseconds=int(offset))


def taken(offsets_ms: Sequence[float], most_per_second: float | None) -> list[int]:
    limit = RateLimit(most_per_second)
    return [int(each) for each in offsets_ms if limit.takes(ms(each))]


def at(fps: float, seconds: float) -> list[float]:
    return [number * 1000 / fps for number in range(round(fps * seconds))]


def read(path: Path, most_per_second: float | None) -> list[Frame]:
    playing = Playing(start=NOON, fps=10, most_per_second=most_per_second)
    return list(open_recording("door", str(path), playing).frames())


@pytest.mark.parametrize("limit", [1.0, 2.5, 5.0, 7.0, 10.0, 12.5, 24.0])
@pytest.mark.parametrize("fps", [25.0, 29.97, 30.0, 60.0])
def test_no_more_are_taken_than_the_limit_and_no_fewer(fps: float, limit: float) -> None:
    seconds = 60

    assert len(taken(at(fps, seconds), limit)) == pytest.approx(limit * seconds, abs=1)


@pytest.mark.parametrize("fps", [1.0, 10.0, 15.0, 25.0, 29.97, 30.0])
def test_a_camera_within_the_limit_loses_nothing(fps: float) -> None:
    frames = at(fps, 60)

    assert taken(frames, fps) == [int(each) for each in frames]
    assert taken(frames, None) == [int(each) for each in frames]


def test_frames_are_taken_evenly() -> None:
    assert taken(at(25, 1), 10) == [0, 80, 160, 280, 360, 480, 560, 680, 760, 880, 960]


def test_a_pause_is_not_made_up_for() -> None:
    assert taken([0, 100, 200, 9_000, 9_040, 9_080, 9_120, 9_160], 10) == [0, 100, 200, 9_000, 9_080, 9_160]


def test_a_clock_that_is_set_back_takes_frames_as_before() -> None:
    limit = RateLimit(10)

    assert [limit.takes(ms(each)) for each in (60_000, 60_040, 0, 40, 80)] == [True, False, True, False, True]


@pytest.mark.parametrize("kind", ["mp4", "folder"])
def test_a_recording_is_limited_and_its_frames_are_numbered_without_gaps(kind: str, tmp_path: Path) -> None:
    path = recording_of(kind, tmp_path)

    few, all_of_them = read(path, 2), read(path, None)

    assert [(each.time - NOON).total_seconds() for each in few] == [0.0, 0.3, 0.8, 1.3, 1.8]
    assert [each.number for each in few] == list(range(len(few)))
    assert len(all_of_them) == 20


def recording_of(kind: str, folder: Path) -> Path:
    path = film(folder / "door.mp4", seconds=2.0, fps=10.0)
    return path if kind == "mp4" else pictures_of(path, folder / "pictures")


def pictures_of(path: Path, folder: Path) -> Path:
    folder.mkdir()
    for frame in read(path, None):
        cv2.imwrite(str(folder / f"{frame.number}.png"), frame.picture)
    return folder


def test_the_rest_of_a_recording_has_the_frames_that_the_whole_has(tmp_path: Path) -> None:
    source = open_recording(
        "door", str(film(tmp_path / "door.mp4", seconds=2.0, fps=10.0)), Playing(start=NOON, most_per_second=3)
    )
    whole = [(each.number, each.time) for each in source.frames()]

    assert [(each.number, each.time) for each in Rest(source, whole[2][1]).frames()] == whole[3:]
    assert source.shortfall is None


def test_a_live_camera_is_given_its_limit() -> None:
    source = open_source("door", "rtsp://127.0.0.1:1/door", Playing(most_per_second=5))

    assert isinstance(source, LiveSource)
    assert taken_of(source) == [True, False, True]


def taken_of(source: LiveSource) -> list[bool]:
    return [source._limit.takes(ms(each)) for each in (0, 40, 200)]
