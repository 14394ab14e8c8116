from datetime import timedelta
from typing import Any

import msgspec
import numpy as np
import pytest

from event_store.events.event import Box
from event_store.events.labels import LabelRead
from event_store.layout.model import Label, Layout
from tests.builders.labels import FailingReader, SayingReader, line
from tests.builders.shelf import shop_with_shelf
from tests.builders.watching import NOON, RUN
from vision_workers.detectors.labels import label_detector
from vision_workers.frames import Observation, Picture, Track
from vision_workers.labels import LabelReader
from vision_workers.labels.errors import UnknownLocale
from vision_workers.observed import Found, ObservedFrame
from vision_workers.targets import PEOPLE
from vision_workers.watchers import Provenance, ShopperWatcher, Site, wants_of
from vision_workers.watchers.labels import LABELS, LabelWatcher, SeenLabel

WHERE = [(0.1, 0.1), (0.3, 0.1), (0.3, 0.2), (0.1, 0.2)]
IN_FRONT = Box(x0=0.1, y0=0.0, x1=0.3, y1=1.0)


def shop(locale: str | None = "ja_JP") -> Layout:
    plan = shop_with_shelf(1)
    shelf = msgspec.structs.replace(plan.shelf[0], label=[Label(slot=1, polygon=WHERE)])
    store = msgspec.structs.replace(plan.store, locale=locale)
    return msgspec.structs.replace(plan, store=store, shelf=[shelf])


class ReadLabel:
    """A watcher, and what its label is read to say."""

    def __init__(self) -> None:
        by = Provenance(camera_id="aisle", model="label", model_digest="ef" * 32, layout_digest="ab" * 32)
        site = Site(layout=shop(), camera_id="aisle", run=RUN, provenances={"person": by, "label": by})
        self._watcher = LabelWatcher(site, ShopperWatcher(site))
        self._frame = 0

    def says(self, price: str | None, *people: Box) -> list[Any]:
        self._frame += 1
        time = NOON + timedelta(seconds=self._frame)
        seen = Observation(
            camera_id="aisle", frame=self._frame, time=time, tracks=(), lost=(), input_digest=lambda: "cd" * 32
        )
        tracks = tuple(_track(box, self._frame, time) for box in people)
        label = SeenLabel(
            shelf_id="A1",
            slot=1,
            polygon=tuple(WHERE),
            price=price,
            unit_price=None,
            currency="JPY",
            text="Milk",
            confidence=0.9,
        )
        found = (
            Found(target=PEOPLE, observation=msgspec.structs.replace(seen, tracks=tracks), things=()),
            Found(target=LABELS, observation=seen, things=(label,)),
        )
        return list(self._watcher.observe(ObservedFrame(camera_id="aisle", frame=self._frame, time=time, found=found)))


def _track(box: Box, frame: int, time: Any) -> Track:
    return Track(
        id="track",
        box=box,
        confidence=0.9,
        first_box=box,
        first_seen=time,
        first_frame=frame,
        last_seen=time,
        last_frame=frame,
        frames=(frame,),
    )


def looks(reader: LabelReader, *pictures: Picture) -> list[list[SeenLabel]]:
    detector = label_detector(shop(), "aisle", reader, None)
    return [list(detector.detect(picture).things()) for picture in pictures]


def test_a_label_is_told_when_it_is_read_first_and_when_it_says_something_else() -> None:
    label = ReadLabel()

    told = [label.says(price) for price in ("198", "198", "178", "178")]

    (first,), _, (changed,), _ = told
    assert isinstance(first, LabelRead)
    assert [len(facts) for facts in told] == [1, 0, 1, 0]
    assert (first.price, first.sku, first.readable, first.subject) == ("198", "sku-1", True, "label/A1/1")
    assert (changed.price, changed.time) == ("178", NOON + timedelta(seconds=3))


def test_an_unreadable_label_is_told_without_a_price() -> None:
    (read,) = ReadLabel().says(None)

    assert (read.price, read.readable) == (None, False)


def test_what_is_read_while_somebody_is_in_front_is_no_news() -> None:
    label = ReadLabel()
    label.says("198")

    assert label.says(None, IN_FRONT) == []
    for _ in range(3):
        assert label.says("198") == []


def test_a_camera_without_labels_is_not_looked_at_for_any() -> None:
    assert LABELS in [want.target for want in wants_of(shop(), "aisle")]
    assert LABELS not in [want.target for want in wants_of(shop_with_shelf(1), "aisle")]


def test_a_label_is_read_again_only_when_it_has_changed() -> None:
    reader = SayingReader([line("198")])
    white, grey = np.full((480, 640, 3), 255, np.uint8), np.full((480, 640, 3), 200, np.uint8)

    seen = looks(reader, white, white, grey, grey)

    assert [len(each) for each in seen] == [1, 0, 1, 0]
    assert seen[0][0].price == "198"


def test_a_label_that_breaks_its_reader_is_unreadable_and_the_camera_goes_on() -> None:
    ((label,),) = looks(FailingReader(), np.full((480, 640, 3), 255, np.uint8))

    assert (label.price, label.currency) == (None, "JPY")


@pytest.mark.parametrize("locale", ["de_DE", None])
def test_a_store_whose_labels_cannot_be_read_is_refused(locale: str | None) -> None:
    with pytest.raises(UnknownLocale):
        label_detector(shop(locale), "aisle", SayingReader([]), None)
