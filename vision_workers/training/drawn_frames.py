"""Training frames out of the simulator: stores that nobody built, full of people that nobody knows."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator

from vision_workers.frames import Picture
from vision_workers.simulator.furniture import furnish
from vision_workers.simulator.sight import Sight, View
from vision_workers.simulator.stage import Stage
from vision_workers.training.labelled import LabelledFrame, LabelWriter
from vision_workers.training.stores import draw_crowd, draw_lens, draw_plan

SIZE_PX = (512, 288)
DRAWN_SIZE_PX = (1024, 576)
"""Drawn twice as large and made smaller, so that edges are as soft as a camera's."""
FRAMES_PER_STORE = 10
SMALLEST = 0.03
"""Height of a box, as a fraction of the picture, below which a person is left out."""
CLEAR, GLIMPSED = 0.35, 0.04
"""Share of a body to be seen for a person to be demanded; and to be seen at all."""
CROWD = 20


def draw_frames(seed: int, stores: int, folder: Path) -> Iterator[int]:
    """Write the frames of as many stores, labelled; yield how many stores are done."""
    writer = LabelWriter(folder)
    for store in range(stores):
        name = f"{seed}-{store:05}"
        for number, (picture, sights) in enumerate(_film(np.random.default_rng([seed, store]))):
            seen = [sight for sight in sights if sight.box.y1 - sight.box.y0 > SMALLEST]
            people = [_corners(sight) for sight in seen if _share(sight) >= CLEAR]
            unclear = [_corners(sight) for sight in seen if GLIMPSED <= _share(sight) < CLEAR]
            file = f"{name}-{number}.jpg"
            writer.put(picture, LabelledFrame(file=file, people=people, unclear=unclear, group=name))
        yield store + 1
    writer.close()


def _film(random: Generator) -> Iterator[tuple[Picture, list[Sight]]]:
    plan = draw_plan(random)
    stage = Stage(plan, furnish(plan, random), DRAWN_SIZE_PX, random)
    for number in range(FRAMES_PER_STORE):
        lens = draw_lens(random, plan, DRAWN_SIZE_PX)
        # numbers go on from frame to frame, for a number keeps its looks on the stage
        figures = {each + CROWD * number: parts for each, parts in draw_crowd(random, plan, lens).items()}
        picture = cv2.resize(stage.draw(lens, figures), SIZE_PX, interpolation=cv2.INTER_AREA)
        yield np.asarray(picture, np.uint8), list(View(plan, lens).see(figures).values())
    stage.close()


def _share(sight: Sight) -> float:
    """How much of a whole body can be seen; a little beyond the picture's edge does no harm."""
    return sight.visible * min(1.0, 1.6 * sight.inside)


def _corners(sight: Sight) -> tuple[float, float, float, float]:
    return sight.box.x0, sight.box.y0, sight.box.x1, sight.box.y1
