"""Shelves of one camera: what is in their facings, and what is taken from them and put back."""

from collections.abc import Sequence
from datetime import timedelta

from event_store.events.event import Event, Reason
from event_store.layout.model import Layout
from vision_workers.observed import ObservedFrame
from vision_workers.targets import PEOPLE, Want
from vision_workers.watchers.facing_states import FacingWatch
from vision_workers.watchers.facings import FACINGS
from vision_workers.watchers.items import ItemWatcher
from vision_workers.watchers.presence import Presence, hidden_share
from vision_workers.watchers.shoppers import ShopperWatcher
from vision_workers.watchers.site import Site

EVERY = timedelta(seconds=0.2)
"""How often facings are looked at."""
CERTAIN = 0.5
"""Confidence of a person in a picture that stands for itself, from which they hide what is behind them."""


class ShelfWatcher:
    """Reports the state of one camera's facings; what passes in front of one is no gap."""

    def __init__(self, site: Site, shoppers: ShopperWatcher, /) -> None:
        witness = site.witness(FACINGS)
        self._presence, self._items = Presence(shoppers.visit_of), ItemWatcher(witness)
        self._facings = {
            (shelf.id, facing.slot): FacingWatch(shelf, facing, witness)
            for shelf in site.layout.shelf
            if shelf.camera == site.camera_id
            for facing in shelf.facing
        }

    @staticmethod
    def wants(layout: Layout, camera_id: str) -> Sequence[Want]:
        """Return facings, where the layout has any in this camera's picture."""
        has_facings = any(shelf.facing for shelf in layout.shelf if shelf.camera == camera_id)
        return [Want(target=FACINGS, every=EVERY)] if has_facings else []

    def observe(self, frame: ObservedFrame, /) -> list[Event]:
        """Take one frame; return what became true."""
        people, found = frame.of(PEOPLE), frame.of(FACINGS)
        if people is not None:
            self._presence.observe(people.observation)
        if found is None:
            return []
        facts: list[Event] = []
        for look in found.things:
            facing = self._facings[look.shelf_id, look.slot]
            if frame.still:
                things = people.things if people is not None else ()
                covered = any(
                    each.confidence >= CERTAIN and hidden_share(look.polygon, each.box) > 0 for each in things
                )
                facts += facing.observe_still(look, found.observation, covered=covered)
            else:
                facts += facing.observe(look, found.observation, self._presence)
        changed = [each.changed for each in self._facings.values() if each.changed is not None]
        return [*facts, *self._items.observe(changed)]

    def finish(self, frame: ObservedFrame, reason: Reason, /) -> list[Event]:  # noqa: ARG002
        """Leave gaps open: nobody has seen them end."""
        return []
