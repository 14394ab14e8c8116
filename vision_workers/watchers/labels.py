"""Price labels: told when they are read for the first time, and when they say something else."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from event_store.events.event import Event, Reason
from event_store.events.labels import LabelRead
from event_store.layout.geometry import XY
from event_store.layout.model import Layout
from vision_workers.frames import Observation
from vision_workers.observed import ObservedFrame
from vision_workers.targets import PEOPLE, Target, Want
from vision_workers.watchers.evidence import PlaceSeen, Rule
from vision_workers.watchers.presence import Presence, Visitors
from vision_workers.watchers.shoppers import ShopperWatcher
from vision_workers.watchers.site import Site

EVERY = timedelta(seconds=1)
"""How often it is looked whether a label has changed."""
READ = Rule("label-read", 1)
LONGEST_TEXT = 500


class SeenLabel(msgspec.Struct, frozen=True, kw_only=True):
    """What was read of one label in one frame."""

    shelf_id: str
    slot: int
    polygon: tuple[XY, ...]
    price: str | None
    unit_price: str | None
    currency: str
    text: str
    confidence: float


LABELS: Target[SeenLabel] = Target("label")


class LabelWatcher:
    """Reports what the labels of one camera say; what is read while somebody is in front is left aside."""

    def __init__(self, site: Site, shoppers: ShopperWatcher, /) -> None:
        self._witness, self._presence = site.witness(LABELS), Presence(shoppers.visit_of)
        shelves = [shelf for shelf in site.layout.shelf if shelf.camera == site.camera_id]
        self._skus = {(shelf.id, facing.slot): facing.sku for shelf in shelves for facing in shelf.facing}
        self._visitors = {(shelf.id, label.slot): Visitors(label.polygon) for shelf in shelves for label in shelf.label}
        self._told: dict[tuple[str, int], tuple[str | None, str | None]] = {}

    @staticmethod
    def wants(layout: Layout, camera_id: str) -> Sequence[Want]:
        """Return labels, where the layout has any in this camera's picture."""
        has_labels = any(shelf.label for shelf in layout.shelf if shelf.camera == camera_id)
        return [Want(target=LABELS, every=EVERY, only_changed=True)] if has_labels else []

    def observe(self, frame: ObservedFrame, /) -> list[Event]:
        """Take one frame, with what was read in it or in an earlier one; return what is new."""
        people, found = frame.of(PEOPLE), frame.of(LABELS)
        if people is not None:
            self._presence.observe(people.observation)
            for each in self._visitors.values():
                each.observe(self._presence, frame.time)
        if found is None:
            return []
        seen = found.observation
        return [self._read(label, seen) for label in found.things if self._is_news(label, seen)]

    def finish(self, frame: ObservedFrame, reason: Reason, /) -> list[Event]:  # noqa: ARG002
        """Say nothing: a label that nobody looks at says what it said."""
        return []

    def _is_news(self, label: SeenLabel, seen: Observation) -> bool:
        at = label.shelf_id, label.slot
        if self._visitors[at].since(seen.time):
            return False
        said = label.price, label.unit_price
        is_news = at not in self._told or self._told[at] != said
        self._told[at] = said
        return is_news

    def _read(self, label: SeenLabel, seen: Observation) -> LabelRead:
        place = PlaceSeen.around(label.polygon, label.confidence, (seen.frame,))
        return LabelRead(
            **self._witness.testify_of_place(seen.time, place, seen, READ, []),
            shelf_id=label.shelf_id,
            slot=label.slot,
            sku=self._skus.get((label.shelf_id, label.slot)),
            price=label.price,
            unit_price=label.unit_price,
            currency=label.currency,
            text=label.text[:LONGEST_TEXT],
            readable=label.price is not None,
        )
