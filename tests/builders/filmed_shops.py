"""Small shops with a film each: coloured figures come in below, stay in the middle and leave on the right."""

from pathlib import Path

import cv2
import numpy as np

from tests.builders.networks import blob_finder, save_model

WIDTH_PX, HEIGHT_PX, FPS = 320, 192, 10
FIGURE = (26, 56)
"""Width and height of a figure in pixels."""
COLOURS = ((255, 0, 0), (0, 255, 0), (0, 0, 255))
FILM_S = 13.0
LAYOUT = """\
[store]
organisation = "acme"
id = "{store}"
name = "Shop {store}"
time_zone = "Europe/Oslo"

[[camera]]
id = "entrance"
source = "{store}.mp4"
model = "{model}"

[[door]]
id = "below"
camera = "entrance"
polygon = [[0.0, 0.85], [0.7, 0.85], [0.7, 1.0], [0.0, 1.0]]

[[door]]
id = "right"
camera = "entrance"
polygon = [[0.85, 0.0], [1.0, 0.0], [1.0, 1.0], [0.85, 1.0]]

[[line]]
id = "gate"
camera = "entrance"
from = [0.65, 0.1]
to = [0.65, 1.0]
inside = "left"

[[zone]]
id = "middle"
name = "Middle"
camera = "entrance"
polygon = [[0.3, 0.45], [0.6, 0.45], [0.6, 0.75], [0.3, 0.75]]
min_dwell_s = 1.0
"""

WALK = ((0.0, 0.3, 1.05), (1.8, 0.45, 0.6), (3.6, 0.45, 0.6), (5.2, 0.97, 0.6))
"""Seconds after coming in, and where the feet are then."""


def film_shop(folder: Path, store: str, model: Path, late_s: float = 0.0) -> Path:
    """Write a shop's film and layout; return the layout file. Three people come, 2.5 s apart."""
    writer = cv2.VideoWriter(str(folder / f"{store}.mp4"), cv2.VideoWriter.fourcc(*"mp4v"), FPS, (WIDTH_PX, HEIGHT_PX))
    for number in range(int(FILM_S * FPS)):
        picture = np.zeros((HEIGHT_PX, WIDTH_PX, 3), np.uint8)
        for place, colour in enumerate(COLOURS):
            _draw(picture, number / FPS - 0.7 - late_s - 2.5 * place, colour)
        writer.write(picture)
    writer.release()
    layout = folder / f"{store}.toml"
    layout.write_text(LAYOUT.format(store=store, model=model))
    return layout


def film_shops(folder: Path, count: int) -> list[Path]:
    """Write several shops that differ in when people come; return their layout files."""
    model = save_model(blob_finder(), folder / "blobs")
    return [film_shop(folder, f"shop-{number}", model, late_s=0.3 * number) for number in range(1, count + 1)]


def _draw(picture: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], at_s: float, colour: tuple[int, int, int]) -> None:
    times, xs, ys = zip(*WALK, strict=True)
    if not times[0] <= at_s <= times[-1]:
        return
    x, y = float(np.interp(at_s, times, xs)) * WIDTH_PX, float(np.interp(at_s, times, ys)) * HEIGHT_PX
    width, height = FIGURE
    cv2.rectangle(picture, (round(x - width / 2), round(y - height)), (round(x + width / 2), round(y)), colour, -1)
