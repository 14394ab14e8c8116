"""Changes a labelled frame so that no two looks at it are alike: place, size, colour, light, noise and strangers."""

import cv2
import msgspec
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from vision_workers.frames import Picture
from vision_workers.training.labelled import Boxes

VISIBLE = 0.4
"""Share of a person's box that must stay in the picture for the label to stay; less becomes unclear."""
SMALL = 0.045
"""Height of a box, as a fraction of the picture, below which a person is unclear."""


class Sample(msgspec.Struct, frozen=True):
    """A picture with its labels, corners as fractions."""

    picture: Picture
    people: Boxes
    unclear: Boxes


def vary(sample: Sample, random: Generator, size: tuple[int, int]) -> Sample:
    """Return a changed copy in the given size (width, height) in pixels."""
    moved = _window(sample, random, size)
    if random.random() < 0.5:
        moved = _mirrored(moved)
    return Sample(_aged(_coloured(moved.picture, random), random), moved.people, moved.unclear)


def fitted(sample: Sample, size: tuple[int, int]) -> Sample:
    """Return the sample in the given size and otherwise unchanged, as a detector sees it."""
    picture = np.asarray(cv2.resize(sample.picture, size), np.uint8)
    return Sample(picture, sample.people, sample.unclear)


def paste(sample: Sample, stranger: Sample, random: Generator) -> Sample:
    """Put one clear person of another frame somewhere into this one, over whatever stands there."""
    height, width = stranger.picture.shape[:2]
    tall = [box for box in stranger.people if (box[3] - box[1]) * height > 40]
    if not tall:
        return sample
    x0, y0, x1, y1 = tall[int(random.integers(len(tall)))] * (width, height, width, height)
    cut = stranger.picture[int(y0) : int(y1), int(x0) : int(x1)]
    host = sample.picture.copy()
    scale = random.uniform(0.25, 0.9) * host.shape[0] / max(cut.shape[0], 1)
    cut = np.asarray(cv2.resize(cut, None, fx=scale, fy=scale), np.uint8)
    tallness, wideness = cut.shape[:2]
    if wideness >= host.shape[1] or tallness >= host.shape[0]:
        return sample
    left = int(random.integers(0, host.shape[1] - wideness))
    top = int(random.integers(0, host.shape[0] - tallness))
    mask = _soft_ellipse(tallness, wideness)
    spot = host[top : top + tallness, left : left + wideness]
    spot[:] = (mask * cut + (1 - mask) * spot).astype(np.uint8)
    whole = np.array([host.shape[1], host.shape[0]] * 2, np.float32)
    new = np.array([[left, top, left + wideness, top + tallness]], np.float32) / whole
    covered = _covered(sample.people, new[0])
    return Sample(
        host,
        np.concatenate([sample.people[covered < 0.6], new]),
        np.concatenate([sample.unclear, sample.people[covered >= 0.6]]),
    )


def _soft_ellipse(height: int, width: int) -> NDArray[np.float32]:
    mask = np.zeros((height, width), np.float32)
    cv2.ellipse(mask, (width // 2, height // 2), (int(width * 0.46), int(height * 0.49)), 0, 0, 360, 1.0, -1)
    blurred = cv2.GaussianBlur(mask, (0, 0), max(width * 0.04, 0.5))
    return np.asarray(blurred, np.float32)[..., None]


def _covered(boxes: Boxes, by: NDArray[np.float32]) -> NDArray[np.float32]:
    inner = np.clip(np.minimum(boxes[:, 2:], by[2:]) - np.maximum(boxes[:, :2], by[:2]), 0, None).prod(1)
    return np.asarray(inner / np.maximum((boxes[:, 2:] - boxes[:, :2]).prod(1), 1e-9), np.float32)


def _window(sample: Sample, random: Generator, size: tuple[int, int]) -> Sample:
    """Cut a window, which may reach beyond the picture, and stretch it to the size."""
    height, width = sample.picture.shape[:2]
    zoom = float(np.exp(random.uniform(np.log(0.45), np.log(1.35))))
    aspect = float(np.exp(random.uniform(-0.2, 0.2)))
    wide, high = zoom * aspect, zoom / aspect
    left, top = random.uniform(min(0, 1 - wide), max(0, 1 - wide)), random.uniform(min(0, 1 - high), max(0, 1 - high))
    matrix = np.array(
        [
            [size[0] / (wide * width), 0, -left / wide * size[0]],
            [0, size[1] / (high * height), -top / high * size[1]],
        ],
        np.float64,
    )
    grey = tuple(int(each) for each in random.integers(60, 180, 3))
    picture = cv2.warpAffine(sample.picture, matrix, size, flags=cv2.INTER_AREA, borderValue=grey)
    shift = np.array([left, top, left, top], np.float32)
    scale = np.array([wide, high, wide, high], np.float32)
    people = (sample.people - shift) / scale
    unclear = (sample.unclear - shift) / scale
    inside = _share_inside(people)
    kept = np.clip(people, 0, 1)
    clear = (inside >= VISIBLE) & (kept[:, 3] - kept[:, 1] >= SMALL)
    some = (inside > 0.02) & ~clear
    blurred = np.clip(unclear[_share_inside(unclear) > 0.02], 0, 1)
    return Sample(np.asarray(picture, np.uint8), kept[clear], np.concatenate([blurred, kept[some]]))


def _share_inside(boxes: Boxes) -> NDArray[np.float32]:
    kept = np.clip(boxes, 0, 1)
    areas = np.maximum((boxes[:, 2:] - boxes[:, :2]).prod(1), 1e-9)
    return np.asarray((kept[:, 2:] - kept[:, :2]).prod(1) / areas, np.float32)


def _mirrored(sample: Sample) -> Sample:
    def flip(boxes: Boxes) -> Boxes:
        return np.stack([1 - boxes[:, 2], boxes[:, 1], 1 - boxes[:, 0], boxes[:, 3]], axis=1)

    return Sample(np.ascontiguousarray(sample.picture[:, ::-1]), flip(sample.people), flip(sample.unclear))


def _coloured(picture: Picture, random: Generator) -> Picture:
    hsv = cv2.cvtColor(picture, cv2.COLOR_BGR2HSV).astype(np.float32)
    hsv[..., 0] = (hsv[..., 0] + random.uniform(-18, 18)) % 180
    hsv[..., 1] *= random.uniform(0.3, 1.5)
    hsv[..., 2] = 255 * (hsv[..., 2] / 255) ** random.uniform(0.6, 1.6) * random.uniform(0.6, 1.3)
    out = cv2.cvtColor(np.clip(hsv, 0, 255).astype(np.uint8), cv2.COLOR_HSV2BGR)
    tint = random.uniform(0.85, 1.15, 3)
    return np.clip(out * tint, 0, 255).astype(np.uint8)


def _aged(picture: Picture, random: Generator) -> Picture:
    """Blur, noise and compression of real cameras, each in some frames only."""
    if random.random() < 0.3:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), random.uniform(0.4, 1.6)), np.uint8)
    if random.random() < 0.4:
        noise = random.normal(0, random.uniform(2, 14), picture.shape)
        picture = np.clip(picture + noise, 0, 255).astype(np.uint8)
    if random.random() < 0.3:
        quality = int(random.integers(20, 80))
        _, coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
        picture = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
    return picture
