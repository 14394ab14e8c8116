"""Pictures that show nothing are noticed; those of a dull shop are not taken for such."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
import pytest

from vision_workers.cameras.sight import Obscured, Sight
from vision_workers.frames import Frame, Picture

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
Draw = Callable[[int], Picture]
RANDOM = np.random.default_rng(1)


def shop(number: int) -> Picture:
    """Return a shop: a bright floor, a dark shelf, and the noise of a sensor."""
    picture = np.full((90, 160, 3), 140, np.float32)
    picture[:30] = 70
    return noisy(picture + number % 2, 3)


def noisy(picture: np.ndarray, noise: float) -> Picture:
    return np.clip(picture + RANDOM.normal(0, noise, picture.shape), 0, 255).astype(np.uint8)


def with_clock(picture: Picture, number: int) -> Picture:
    """Write the time into a picture, as most cameras do."""
    return np.asarray(cv2.putText(picture, f"12:00:{number:02}", (4, 10), 0, 0.3, (255, 255, 255), 1), np.uint8)


def black(number: int) -> Picture:
    return with_clock(noisy(np.full((90, 160, 3), 6), 4), number)


def covered(number: int) -> Picture:
    return with_clock(noisy(np.full((90, 160, 3), 90), 4), number)


def frozen(_: int) -> Picture:
    return FROZEN


FROZEN = shop(0)


def look(sight: Sight, draw: Draw, seconds: int, start: datetime = NOON) -> Iterator[Obscured | None]:
    for number in range(seconds):
        picture = draw(number)
        time = start + timedelta(seconds=number)
        sight.look(Frame(camera_id="door", number=number, time=time, picture=picture))
        yield sight.obscured


@pytest.mark.parametrize(
    ("draw", "how", "after_s"), [(black, "black", 10), (covered, "covered", 10), (frozen, "frozen", 30)]
)
def test_a_picture_that_shows_nothing_is_told_once_it_lasts(draw: Draw, how: str, after_s: int) -> None:
    found = list(look(Sight(), draw, after_s + 5))

    assert found[:after_s] == [None] * after_s
    assert found[-1] == Obscured(how, NOON)  # type: ignore[arg-type]


def test_it_is_over_when_the_picture_shows_something() -> None:
    sight = Sight()
    list(look(sight, black, 15))

    found = list(look(sight, shop, 2, NOON + timedelta(seconds=15)))

    assert found[-1] is None


def still_under_noise(number: int) -> Picture:
    return noisy(FROZEN.astype(np.float32), 0.6) if number else FROZEN


def night(_: int) -> Picture:
    picture = np.full((90, 160, 3), 10, np.float32)
    picture[:, 100:] = 35
    return noisy(picture, 3)


def white_wall(_: int) -> Picture:
    return noisy(np.tile(np.linspace(150, 230, 160)[None, :, None], (90, 1, 3)), 2)


def held(number: int) -> Picture:
    """Return what a hard compression makes of a still shop: the same picture for ten seconds at a time."""
    return np.roll(FROZEN, number // 10)


@pytest.mark.parametrize("draw", [shop, still_under_noise, night, white_wall, held])
def test_a_dull_shop_is_not_taken_for_a_covered_camera(draw: Draw) -> None:
    assert set(look(Sight(), draw, 60)) == {None}


def test_a_pause_between_frames_is_no_time_in_which_a_picture_stood_still() -> None:
    sight = Sight()
    sight.look(Frame(camera_id="door", number=0, time=NOON, picture=FROZEN))
    sight.look(Frame(camera_id="door", number=1, time=NOON + timedelta(minutes=5), picture=FROZEN))

    assert sight.obscured is None
