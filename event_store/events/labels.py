"""Price labels of shelves are read."""

from typing import Annotated

from msgspec import Meta

from event_store.events.event import CameraFact
from event_store.events.shelves import Slot

Price = Annotated[str, Meta(pattern=r"^\d{1,9}(\.\d{1,4})?$")]
"""Digits, with a point and the currency's decimals where it has any: `18.90`, `198`."""


class LabelRead(CameraFact, frozen=True, kw_only=True):
    """A label was read for the first time, or says something else than before.

    `time` is that of the frame that was read; `confidence` is that of the price.
    """

    shelf_id: str
    slot: Slot
    """The facing that the label is for."""
    sku: str | None
    """The product that the layout plans there; null where it plans none."""
    price: Price | None
    """What is written on it, and nothing that was inferred; null where it cannot be read for sure."""
    unit_price: Price | None
    currency: str
    text: str
    """All that was read, line by line."""
    readable: bool
    """False exactly where the price is null."""

    @property
    def subject(self) -> str:
        """The label."""
        return f"label/{self.shelf_id}/{self.slot}"


FACTS = (LabelRead,)
