"""What is in one facing: its state, told when it changes and now and then, and the gap in it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from event_store.events.event import Event, Limit
from event_store.events.shelves import FacingState, ShelfCounted, ShelfEmpty, ShelfRestocked
from event_store.layout.model import Facing, Shelf
from vision_workers.frames import Observation
from vision_workers.watchers.evidence import PlaceSeen, Rule, Witness
from vision_workers.watchers.facings import (
    CLEARLY_FEWER,
    FEW_EDGES,
    Change,
    FacingLook,
    FacingMemory,
    FacingView,
    Shown,
)
from vision_workers.watchers.items import FacingChange
from vision_workers.watchers.measures import rounded
from vision_workers.watchers.presence import Presence, Visitors

AGAIN = timedelta(minutes=10)
"""How often the state of a facing that does not change is told."""
LEARNS = timedelta(minutes=1)
"""How long a facing is watched before one that may hold something smooth is called empty."""
COUNTED = Rule("facing-state", 1)
EMPTY = Rule("facing-empty", 1)
RESTOCKED = Rule("facing-restocked", 1)


class Gap(msgspec.Struct, kw_only=True):
    """A facing without product."""

    since: datetime
    told: bool = False
    people: set[str] = msgspec.field(default_factory=set)


class FacingWatch:
    """One facing: its state, told when it changes and now and then, and its gap."""

    def __init__(self, shelf: Shelf, facing: Facing, witness: Witness) -> None:
        self._shelf_id, self._facing, self._witness = shelf.id, facing, witness
        self._of = {"shelf_id": shelf.id, "slot": facing.slot, "sku": facing.sku}
        self._patience = timedelta(seconds=facing.patience_s)
        self._view, self._memory, self._visitors = FacingView(), FacingMemory(), Visitors(facing.polygon)
        self.changed: FacingChange | None = None
        """What it has changed to at the last look."""
        self._gap: Gap | None = None
        self._told: FacingState | None = None
        self._told_at: datetime | None = None
        self._told_of: datetime | None = None
        """Since when the state was so that was told."""

    def observe(self, look: FacingLook, seen: Observation, presence: Presence) -> list[Event]:
        """Take a look; return what became true."""
        change = self._view.take(look, seen.time, seen.frame, near_at=presence.near_at(look.polygon))
        self._visitors.observe(presence, seen.time)
        if self._gap is not None:
            self._gap.people |= {each.key for each in presence.at(look.polygon)}
        return self._judge(change, look, seen)

    def observe_still(self, look: FacingLook, seen: Observation, *, covered: bool) -> list[Event]:
        """Take a look at a picture that stands for itself; return what became true."""
        if covered:
            return [] if self._told == "hidden" else [self._counted("hidden", look, seen.time, seen)]
        self._memory = FacingMemory()
        return self._judge(self._view.take_still(look, seen.time, seen.frame), look, seen, still=True)

    def _judge(self, change: Change | None, look: FacingLook, seen: Observation, *, still: bool = False) -> list[Event]:
        facts: list[Event] = []
        self.changed = None
        if change is not None:
            self._memory.add(change.after)
            facts += self._change(change, look, seen)
            self.changed = None if still else self._changed(change, look, seen)
        shown = self._view.shown
        if self._view.unseen_since is not None or shown is None:
            return [*facts, *self._hide(look, seen)]
        self._memory.add(shown)
        state = self._state(shown)
        if state != "empty" and self._gap is not None and not self._gap.told:
            self._gap = None
        if state == "empty" and not still and self._is_undecided(shown, seen.time):
            return facts
        if state != self._told or self._told_at is None or seen.time - self._told_at >= AGAIN:
            facts.append(self._counted(state, look, self._began(state, shown, seen.time), seen))
        return [*facts, *self._lasting(shown, look, seen)]

    def _state(self, shown: Shown) -> FacingState:
        if not self._memory.holds_product(shown):
            return "empty"
        return "low" if self._memory.is_low(shown) else "full"

    def _began(self, state: FacingState, shown: Shown, now: datetime) -> datetime:
        """Return when a facing came into a state; now, where it was in it before."""
        began = self._gap.since if state == "empty" and self._gap is not None else shown.since
        is_news = self._told_of is None or (state != self._told and began >= self._told_of)
        return began if is_news else now

    def _is_undecided(self, shown: Shown, time: datetime) -> bool:
        return self._memory.is_doubtful(shown) and time - shown.since < max(self._patience, LEARNS)

    def _changed(self, change: Change, look: FacingLook, seen: Observation) -> FacingChange:
        return FacingChange(
            shelf_id=self._shelf_id,
            facing=self._facing,
            change=change,
            people=self._visitors.since(change.gone_at),
            look=look,
            seen=seen,
            confidence=self._memory.confidence(change.after) * look.likeness,
            before=None if change.before is None else self._count(self._state(change.before)),
            after=self._count(self._state(change.after)),
        )

    def _change(self, change: Change, look: FacingLook, seen: Observation) -> list[Event]:
        """Open a gap or close it; what only looked like one is forgotten."""
        if self._gap is not None and not self._gap.told and change.before and self._memory.holds_product(change.before):
            self._gap = None
        if self._state(change.after) == "empty":
            since = change.after.since if change.before is None else change.gone_at
            self._gap = self._gap or Gap(since=since)
            return []
        gap, self._gap = self._gap, None
        if gap is None or not gap.told:
            return []
        at = change.after.since
        empty_ms = (at - gap.since) // timedelta(milliseconds=1)
        testimony = self._testify(at, look, seen, RESTOCKED, self._limits(change.after))
        return [
            ShelfRestocked(
                **testimony,
                empty_since=gap.since,
                empty_ms=empty_ms,
                people=len(gap.people),
                count=self._count("full"),
            )
        ]

    def _lasting(self, shown: Shown, look: FacingLook, seen: Observation) -> list[Event]:
        """Tell a gap once it has lasted."""
        gap = self._gap
        if gap is None or gap.told or seen.time - gap.since < self._patience:
            return []
        gap.told = True
        empty_ms = (seen.time - gap.since).total_seconds() * 1000
        limits = [rounded("patience_ms", self._facing.patience_s * 1000, empty_ms), *self._limits(shown)]
        testimony = self._testify(gap.since + self._patience, look, seen, EMPTY, limits)
        return [ShelfEmpty(**testimony, empty_since=gap.since)]

    def _hide(self, look: FacingLook, seen: Observation) -> list[Event]:
        since = self._view.unseen_since
        is_known = since is None or self._told == "hidden" or self._view.is_settling(seen.time)
        if since is None or is_known or seen.time - since < self._patience:
            return []
        return [self._counted("hidden", look, since, seen)]

    def _counted(self, state: FacingState, look: FacingLook, at: datetime, seen: Observation) -> ShelfCounted:
        self._told, self._told_at, self._told_of = state, seen.time, at
        shown = self._view.shown
        limits = self._limits(shown) if shown is not None and state != "hidden" else []
        return ShelfCounted(**self._testify(at, look, seen, COUNTED, limits), state=state, count=self._count(state))

    def _count(self, state: FacingState) -> int | None:
        if state == "empty":
            return 0
        return 1 if state == "full" and self._facing.capacity == 1 else None

    def _limits(self, shown: Shown) -> list[Limit]:
        return [
            rounded("edges_share", FEW_EDGES, shown.look.edges),
            rounded("fewer_edges_ratio", CLEARLY_FEWER, self._memory.fullness(shown)),
        ]

    def _testify(self, at: datetime, look: FacingLook, seen: Observation, rule: Rule, limits: Sequence[Limit]) -> Any:
        shown = self._view.shown
        frames = shown.frames if shown is not None else (seen.frame,)
        confidence = self._memory.confidence(shown) * look.likeness if shown is not None else 0.0
        place = PlaceSeen.around(look.polygon, confidence, frames)
        return {**self._witness.testify_of_place(at, place, seen, rule, limits), **self._of}
