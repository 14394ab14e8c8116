from pathlib import Path

import msgspec
import pytest

from event_store.layout.model import Ignore
from tests.builders.films import GREEN, RED, Walker, film
from tests.builders.watching import layout, store_plan, watch
from vision_workers.detectors import Detector

STANDS_STILL = Walker(GREEN, begins_s=-1e6, ends_s=1e6)
"""A figure in the middle of the picture for as long as the film lasts: `film` draws it where it has got to by then."""
FIGURE = [(0.4, 0.2), (0.6, 0.2), (0.6, 1.0), (0.4, 1.0)]


@pytest.mark.parametrize("camera", ["door", "aisle"])
def test_a_figure_in_an_ignored_place_of_its_camera_is_nobody(blobs: Detector, tmp_path: Path, camera: str) -> None:
    film(tmp_path / "door.mp4", [STANDS_STILL], seconds=6)
    film(tmp_path / "aisle.mp4", [], seconds=6)
    shop = msgspec.structs.replace(layout("door", "aisle"), ignore=[Ignore(camera=camera, polygon=FIGURE)])

    _, seen = watch([store_plan(shop, blobs, tmp_path)])

    assert ("ZoneEntered" in seen.kinds()) == (camera == "aisle")


def test_who_walks_elsewhere_is_followed_and_the_pictures_blur_everybody(blobs: Detector, tmp_path: Path) -> None:
    film(tmp_path / "door.mp4", [STANDS_STILL, Walker(RED)], seconds=6)
    corner = [(0.4, 0.9), (0.6, 0.9), (0.6, 1.0), (0.4, 1.0)]
    shop = layout("door")
    plans = [msgspec.structs.replace(shop, ignore=[Ignore(camera="door", polygon=each)]) for each in (FIGURE, corner)]

    ignored, followed = (watch([store_plan(plan, blobs, tmp_path)])[1] for plan in plans)

    assert ignored.kinds().count("ShopperEntered") == 1
    assert followed.kinds().count("ZoneEntered") > ignored.kinds().count("ZoneEntered")
    assert max(len(step.result.detections) for step in ignored.steps if step.result) >= 2
