import cv2
import numpy as np
import pytest

from tests.builders.shelf import shop_with_shelf
from vision_workers.detectors.facings import facing_detector
from vision_workers.frames import Picture
from vision_workers.watchers.facings import FEW_EDGES, FacingLook

HEIGHT, WIDTH = 480, 640


def shelf(*stocked: int, seed: int = 1) -> Picture:
    """Draw a grey wall with packages in some slots, each printed in its own way."""
    picture = np.full((HEIGHT, WIDTH, 3), 120, np.uint8)
    for slot in stocked:
        rng = np.random.default_rng(1000 * seed + slot)
        left, top = round((0.05 + 0.15 * slot) * WIDTH), round(0.3 * HEIGHT)
        print_ = rng.integers(0, 255, (12, 8, 3), dtype=np.uint8)
        size = (round(0.1 * WIDTH), round(0.2 * HEIGHT))
        picture[top : top + size[1], left : left + size[0]] = cv2.resize(print_, size, interpolation=cv2.INTER_NEAREST)
    return picture


def looks(*pictures: Picture) -> list[list[FacingLook]]:
    """Show pictures to one detector; return the looks of slots 1 and 2 in each."""
    detector = facing_detector(shop_with_shelf(1, 2), "aisle")
    return [list(detector.detect(picture).things()) for picture in pictures]


def test_a_stocked_facing_has_many_edges_and_a_bare_one_hardly_any() -> None:
    ((stocked, bare),) = looks(shelf(1))

    assert stocked.edges > FEW_EDGES > bare.edges


def test_what_comes_and_stays_is_another_appearance_and_what_was_there_before_is_known_again() -> None:
    full, gone = shelf(1, 2), shelf(2)

    seen = looks(full, *[gone] * 5, full)

    assert [first.appearance for first, _ in seen] == [0, None, None, None, 1, 1, 0]
    assert {second.appearance for _, second in seen} == {0}


@pytest.mark.parametrize(
    "changed",
    [
        lambda picture: cv2.convertScaleAbs(picture, alpha=0.6),
        lambda picture: cv2.convertScaleAbs(picture, alpha=1.4),
        lambda picture: np.roll(picture, (3, -4), (0, 1)),
        lambda picture: cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 20])[1], 1),
        lambda picture: cv2.resize(picture, (WIDTH // 2, HEIGHT // 2), interpolation=cv2.INTER_AREA),
        lambda picture: np.clip(picture + np.random.default_rng(3).normal(0, 12, picture.shape), 0, 255).astype("u1"),
    ],
    ids=["darker", "brighter", "shaken", "compressed", "half size", "noisy"],
)
def test_light_shaking_and_a_poor_picture_change_no_appearance(changed: object) -> None:
    full = shelf(1, 2)
    assert callable(changed)

    seen = looks(full, *[changed(full)] * 6)

    assert {look.appearance for each in seen for look in each} == {0}


def test_another_package_is_another_appearance() -> None:
    seen = looks(shelf(1), *[shelf(1, seed=2)] * 5)

    assert [first.appearance for first, _ in seen] == [0, None, None, None, 1, 1]


def test_a_facing_at_the_pictures_edge_is_looked_at_as_far_as_it_is_seen() -> None:
    layout = shop_with_shelf(1)
    layout.shelf[0].facing[0].polygon[:] = [(0.0, 0.0), (0.1, 0.0), (0.1, 0.2), (0.0, 0.2)]
    detector = facing_detector(layout, "aisle")

    (look,) = detector.detect(shelf(1)).things()

    assert look.appearance == 0


def test_a_picture_of_a_few_pixels_is_no_error() -> None:
    ((first, _),) = looks(np.zeros((2, 3, 3), np.uint8))

    assert first.edges == 0
