from datetime import datetime

from event_store.events.cameras import CameraDark, CameraOnline, CameraRestored
from projections.folding.folding import fold_all
from projections.read_models.cameras import CameraRow, Cameras
from projections.read_models.coverage import Coverage, CoverageRow
from tests.builders.facts import minute_passed
from tests.builders.records import MINUTE, NOON, SECOND, history


def online(at: datetime = NOON) -> CameraOnline:
    return CameraOnline(time=at, camera_id="entrance", width_px=1280, height_px=720, model="people", layout_digest="d")


def dark(at: datetime) -> CameraDark:
    return CameraDark(time=at, camera_id="entrance", silence_ms=5_000, cause="connection refused")


def restored(at: datetime) -> CameraRestored:
    return CameraRestored(time=at, camera_id="entrance", dark_since=NOON)


def test_a_camera_that_delivers_is_online_with_its_picture_size_and_model() -> None:
    rows = fold_all(Cameras(), history(online()))

    assert rows == {
        ("acme", "ginza-3", "entrance"): CameraRow(
            status="online", since=NOON, last_frame_at=NOON, model="people", width_px=1280, height_px=720
        )
    }


def test_a_camera_that_stops_is_dark_since_its_last_frame() -> None:
    (row,) = fold_all(Cameras(), history(online(), dark(NOON + MINUTE))).values()

    assert (row.status, row.since, row.cause) == ("dark", NOON + MINUTE, "connection refused")


def test_a_camera_that_comes_back_is_online_and_has_no_cause() -> None:
    (row,) = fold_all(Cameras(), history(online(), dark(NOON + MINUTE), restored(NOON + 2 * MINUTE))).values()

    assert (row.status, row.since, row.cause) == ("online", NOON + 2 * MINUTE, None)


def test_a_silence_told_late_does_not_darken_a_camera_that_came_back_since() -> None:
    (row,) = fold_all(Cameras(), history(online(NOON + 2 * MINUTE), dark(NOON + MINUTE))).values()

    assert (row.status, row.since) == ("online", NOON + 2 * MINUTE)


def test_each_minute_moves_the_last_frame_forward_and_never_back() -> None:
    (row,) = fold_all(
        Cameras(),
        history(online(), minute_passed(NOON + 2 * MINUTE, "entrance"), minute_passed(NOON + MINUTE, "entrance")),
    ).values()

    assert row.last_frame_at == NOON + 2 * MINUTE - SECOND / 10


def test_a_quarter_hour_adds_up_what_its_minutes_covered() -> None:
    rows = fold_all(
        Coverage(),
        history(
            minute_passed(NOON, "entrance"),
            minute_passed(NOON + MINUTE, "entrance", covered_ms=30_000),
            minute_passed(NOON + 15 * MINUTE, "entrance"),
        ),
    )

    assert rows == {
        ("acme", "ginza-3", "entrance", NOON - 15 * MINUTE): CoverageRow(frames=600, covered_ms=60_000),
        ("acme", "ginza-3", "entrance", NOON): CoverageRow(frames=1200, covered_ms=90_000),
    }
