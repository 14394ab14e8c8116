import math
from pathlib import Path

import numpy as np
import pytest

from event_store.events.event import Box
from event_store.layout.model import Line
from event_store.layout.reading import read_layout
from vision_workers.frames import Picture
from vision_workers.pictures import blur, draw_layout, tile
from vision_workers.pictures.layouts import inside_arrow
from vision_workers.pictures.strokes import BLUE, GREEN, ORANGE

SHOP = read_layout(Path(__file__).parents[2] / "layouts" / "example.toml")


def chequered(width: int = 640, height: int = 360) -> Picture:
    """Return a picture with as much detail as there can be."""
    rows, columns = np.indices((height, width))
    return np.repeat(((rows + columns) % 2 * 255).astype(np.uint8)[:, :, np.newaxis], 3, axis=2)


def test_a_person_is_blurred_with_a_margin_and_nothing_else_is() -> None:
    picture = chequered()

    blurred = blur(picture, [Box(x0=0.4, y0=0.2, x1=0.6, y1=0.9)])

    assert blurred[60:330, 250:390].std() < 1
    assert blurred[150, 246:252].std() < 1
    assert np.array_equal(blurred[:, :200], picture[:, :200])
    assert np.array_equal(blurred[:30], picture[:30])


def test_blurring_cannot_be_undone_by_looking_closely() -> None:
    rng = np.random.default_rng(7)
    picture = rng.integers(0, 256, (360, 640, 3), dtype=np.uint8)

    person = blur(picture, [Box(x0=0.4, y0=0.2, x1=0.6, y1=0.9)])[72:324, 256:384]

    spectrum = np.abs(np.fft.fft2(person.mean(axis=2)))
    assert spectrum[8:-8, 8:-8].max() < spectrum[0, 0] / 500


@pytest.mark.parametrize("box", [(0.9, 0.5, 1.0, 1.0), (0.0, 0.0, 0.001, 0.001), (0.5, 0.5, 0.5, 0.5)])
def test_people_at_the_edge_are_blurred_too(box: tuple[float, float, float, float]) -> None:
    x0, y0, x1, y1 = box

    assert blur(chequered(), [Box(x0=x0, y0=y0, x1=x1, y1=y1)]).shape == (360, 640, 3)


def colours(picture: Picture) -> set[tuple[int, ...]]:
    return {tuple(pixel) for pixel in picture.reshape(-1, 3).tolist()}


def test_a_camera_shows_its_own_places_only() -> None:
    empty = np.full((720, 1280, 3), 90, np.uint8)

    entrance, aisle = draw_layout(empty, SHOP, "entrance"), draw_layout(empty, SHOP, "aisle-1")

    assert {GREEN, ORANGE, BLUE} <= colours(entrance)
    assert BLUE in colours(aisle)
    assert not {GREEN, ORANGE} & colours(aisle)
    assert colours(empty) == {(90, 90, 90)}


@pytest.mark.parametrize(
    ("start", "end", "inside", "points"),
    [
        ((0.2, 0.5), (0.8, 0.5), "right", "down"),
        ((0.2, 0.5), (0.8, 0.5), "left", "up"),
        ((0.5, 0.2), (0.5, 0.8), "right", "left"),
        ((0.5, 0.8), (0.5, 0.2), "right", "right"),
    ],
)
def test_the_arrow_of_a_line_points_in(
    start: tuple[float, float], end: tuple[float, float], inside: str, points: str
) -> None:
    line = Line(id="gate", camera="entrance", start=start, end=end, inside="left" if inside == "left" else "right")

    (x0, y0), (x1, y1) = inside_arrow(line, aspect=16 / 9)

    way = {(0, 1): "down", (0, -1): "up", (-1, 0): "left", (1, 0): "right"}
    assert (
        way[round(math.copysign(abs(x1 - x0) > 1e-9, x1 - x0)), round(math.copysign(abs(y1 - y0) > 1e-9, y1 - y0))]
        == points
    )


def test_several_cameras_are_tiled() -> None:
    shots = {"a": chequered(), "b": chequered(1280, 720), "c": chequered(480, 480)}

    assert tile(shots).shape == (2 * 720, 2 * 720, 3)
    assert tile({"a": chequered()}).shape == (360, 640, 3)
