"""Items: what is taken from facings and put back, by what they show before and after somebody was at them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from event_store.events.event import Event
from event_store.events.items import ItemPicked, ItemReturned
from event_store.layout.model import Facing
from vision_workers.frames import Observation
from vision_workers.watchers.evidence import PlaceSeen, Rule, Witness
from vision_workers.watchers.facings import CLEARLY_FEWER, Change, FacingLook
from vision_workers.watchers.measures import rounded
from vision_workers.watchers.presence import Somebody

PICKED = Rule("item-picked", 1)
RETURNED = Rule("item-returned", 1)
FEWER = 0.8
"""Of the edges before, below which something was taken by who was there; without anybody it must be clearly fewer."""
COMES_BACK = timedelta(minutes=10)
"""What comes to a facing so long after something was taken from it is no return."""
MOST_AT_ONCE = 2
"""Facings that change in one look with nobody near: more of them are the camera that was pushed, or the light."""
UNSEEN_HANDS = 0.7
"""Confidence is so much lower where nobody was seen at the facing."""


class FacingChange(msgspec.Struct, frozen=True, kw_only=True):
    """A facing that shows something else for good, and who was at it."""

    shelf_id: str
    facing: Facing
    change: Change
    people: tuple[Somebody, ...]
    look: FacingLook
    seen: Observation
    confidence: float
    before: int | None
    """Pieces before the change, where they are known."""
    after: int | None

    @property
    def place(self) -> tuple[str, int]:
        """Shelf and slot."""
        return self.shelf_id, self.facing.slot

    @property
    def who(self) -> Somebody | None:
        """The one who was at it; None where there was nobody, or more than one."""
        return self.people[0] if len(self.people) == 1 else None

    @property
    def ratio(self) -> float:
        """Edges after the change as a share of those before."""
        before = self.change.before
        return self.change.after.look.edges / max(before.look.edges if before else 0.0, 1e-4)


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """An item that was taken and has not come back."""

    place: tuple[str, int]
    sku: str | None
    who: str | None
    visit_id: str | None
    at: datetime


class ItemWatcher:
    """Reports picks and returns of one camera's facings."""

    def __init__(self, witness: Witness) -> None:
        self._witness = witness
        self._taken: list[Taken] = []

    def observe(self, changes: Sequence[FacingChange]) -> list[Event]:
        """Take the facings that changed in one frame; return what was taken and put back."""
        alone = [each for each in changes if not each.people]
        pushed = alone if len(alone) > MOST_AT_ONCE else []
        return [fact for each in changes if each.change.before and each not in pushed for fact in self._judge(each)]

    def _judge(self, each: FacingChange) -> list[Event]:
        limit = FEWER if each.people else CLEARLY_FEWER
        if each.ratio < limit:
            return [self._picked(each, limit)]
        return self._came(each, limit) if each.ratio * limit > 1 else []

    def _picked(self, each: FacingChange, limit: float) -> ItemPicked:
        who, at = each.who, each.change.gone_at
        taken = Taken(
            place=each.place,
            sku=each.facing.sku,
            who=who.key if who else None,
            visit_id=who.visit_id if who else None,
            at=at,
        )
        self._taken.append(taken)
        return ItemPicked(**self._testify(each, at, PICKED, limit), sku=each.facing.sku, count=each.after)

    def _came(self, each: FacingChange, limit: float) -> list[Event]:
        at = each.change.after.since
        self._taken = [taken for taken in self._taken if at - taken.at <= COMES_BACK]
        back = self._taken_by(each)
        if back is None:
            return []
        self._taken.remove(back)
        misplaced = back.place != each.place
        count = each.after if each.after is not None or each.before is None else each.before + 1
        shared = self._testify(each, at, RETURNED, limit)
        return [ItemReturned(**shared, sku=back.sku, count=count, misplaced=misplaced)]

    def _taken_by(self, each: FacingChange) -> Taken | None:
        """Return what came back: the item of this facing that was taken last, or one that the same person holds.

        What somebody took is not brought back by another known visit: that one fills up.
        """
        who, visit_id = (each.who.key, each.who.visit_id) if each.who else (None, None)
        own = [
            taken
            for taken in self._taken
            if taken.place == each.place and (None in {visit_id, taken.visit_id} or visit_id == taken.visit_id)
        ]
        same = [taken for taken in own if taken.who == who]
        held = [taken for taken in self._taken if taken.who == who]
        return next((taken for taken in reversed(same or own or held)), None)

    def _testify(self, each: FacingChange, at: datetime, rule: Rule, limit: float) -> dict[str, Any]:
        who = each.who
        confidence = each.confidence * (1.0 if each.people else UNSEEN_HANDS)
        place = PlaceSeen.around(each.look.polygon, confidence, each.change.after.frames)
        limits = [rounded("edges_ratio", limit if rule is PICKED else 1 / limit, each.ratio)]
        return {
            **self._witness.testify_of_place(at, place, each.seen, rule, limits),
            "shelf_id": each.shelf_id,
            "slot": each.facing.slot,
            "track_id": who.track.id if who else None,
            "visit_id": who.visit_id if who else None,
        }
