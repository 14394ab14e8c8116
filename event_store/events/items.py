"""Items are taken from facings and put back."""

from collections.abc import Mapping
from typing import ClassVar

from event_store.events.event import Named
from event_store.events.shelves import FacingFact


class ItemFact(FacingFact, frozen=True, kw_only=True):
    """A fact about an item of a facing and, where it is known, about the person who has it in their hands.

    `sku` is the product that the item is held to be; `time` is the first look at which it was gone, or there.
    """

    named: ClassVar[Mapping[str, Named]] = {"visit_id": "visit", "track_id": "track"}

    track_id: str | None
    """The person within one camera; null where nobody, or more than one, was at the facing."""
    visit_id: str | None
    """The person within the store; null where it is not known."""
    count: int | None
    """Pieces in sight after the fact; null where they cannot be told apart."""

    @property
    def subject(self) -> str:
        """The visit where it is known, otherwise the track, otherwise the facing."""
        if self.visit_id is not None:
            return f"visit/{self.visit_id}"
        return f"facing/{self.shelf_id}/{self.slot}" if self.track_id is None else f"track/{self.track_id}"


class ItemPicked(ItemFact, frozen=True, kw_only=True):
    """An item was taken from a facing."""


class ItemReturned(ItemFact, frozen=True, kw_only=True):
    """An item that was taken came back to a shelf; what staff brings is no return."""

    misplaced: bool
    """It came to another facing than it was taken from."""


FACTS = (ItemPicked, ItemReturned)
