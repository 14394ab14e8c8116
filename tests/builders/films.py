"""Short films of coloured people on a black floor, for the detector of tests.builders.networks."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from vision_workers.frames import Picture

WIDTH, HEIGHT = 256, 128
BLUE, GREEN, RED = (255, 0, 0), (0, 255, 0), (0, 0, 255)


class Walker(NamedTuple):
    """Somebody who walks from the left edge to the right one, and is not there before and after."""

    colour: tuple[int, int, int] = RED
    begins_s: float = 0.5
    ends_s: float = 3.5


def scene(at_s: float, walkers: Sequence[Walker]) -> Picture:
    """Draw the floor at a moment."""
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for walker in walkers:
        share = (at_s - walker.begins_s) / (walker.ends_s - walker.begins_s)
        if 0 <= share <= 1:
            x = round(share * (WIDTH - 24))
            picture[40:112, x : x + 24] = walker.colour
    return picture


def film(path: Path, walkers: Sequence[Walker] = (Walker(),), seconds: float = 4.0, fps: float = 10.0) -> Path:
    """Write a film and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"mp4v"), fps, (WIDTH, HEIGHT))
    assert writer.isOpened()
    for number in range(round(seconds * fps)):
        writer.write(scene(number / fps, walkers))
    writer.release()
    return path


def animation(path: Path, durations_ms: Sequence[int], draw: Callable[[float], Picture]) -> Path:
    """Write a GIF whose frames last as long as told: a variable frame rate."""
    animated = cv2.Animation()
    starts = np.cumsum([0, *durations_ms[:-1]])
    animated.frames = [draw(start / 1000) for start in starts]
    animated.durations = np.array(durations_ms, np.int32)  # type: ignore[assignment]
    assert cv2.imwriteanimation(str(path), animated)
    return path
