"""Facings of shelves are counted, become empty and are filled again."""

from typing import Annotated, Literal

from msgspec import Meta

from event_store.events.event import CameraFact, Moment

Slot = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
"""A facing's number in its shelf, as the layout counts them."""

FacingState = Literal["empty", "low", "full", "hidden"]
"""`hidden` is a facing that nobody could see for longer than its patience; what is in it is not known."""


class FacingFact(CameraFact, frozen=True, kw_only=True):
    """A fact about one facing, the place of one product on a shelf."""

    shelf_id: str
    slot: Slot
    sku: str | None
    """The product that the layout plans there; null where it plans none."""

    @property
    def subject(self) -> str:
        """The facing."""
        return f"facing/{self.shelf_id}/{self.slot}"


class ShelfCounted(FacingFact, frozen=True, kw_only=True):
    """A facing was seen to be in a state; told when it changes, and every ten minutes while it is in sight.

    `time` is when it came into that state, or when it was looked at again.
    """

    state: FacingState
    count: int | None
    """Pieces in sight; null where they cannot be told apart."""


class ShelfEmpty(FacingFact, frozen=True, kw_only=True):
    """A facing has had no product for the layout's patience; `time` is when that was over."""

    empty_since: Moment


class ShelfRestocked(FacingFact, frozen=True, kw_only=True):
    """An empty facing holds product again; `time` is when that came. Each belongs to a ShelfEmpty."""

    empty_since: Moment
    empty_ms: int
    people: int
    """Different people seen at the empty facing, as far as they are known to be."""
    count: int | None
    """Pieces in sight; null where they cannot be told apart."""


FACTS = (ShelfCounted, ShelfEmpty, ShelfRestocked)
