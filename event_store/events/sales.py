"""Tills sell."""

from typing import Annotated, Literal

from msgspec import Meta

from event_store.events.event import Event

Channel = Literal["till", "self", "walk-out", "web"]
"""Where it was paid: to somebody, at a machine, by leaving, or elsewhere."""

Amount = Annotated[str, Meta(pattern=r"^-?[0-9]{1,12}(\.[0-9]{1,4})?$")]
"""Money as an exact decimal."""

Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$")]
"""ISO 4217."""


class SaleRecorded(Event, frozen=True, kw_only=True):
    """A till closed a sale; `time` is when. A refund is a sale of a negative total, and so is what voids another one.

    It holds no personal field.
    """

    till_id: str
    sale_id: str
    """The till's own number; the same number of the same till is the same sale."""
    channel: Channel
    total: Amount
    currency: Currency
    voided_sale_id: str | None = None
    """The till's own number of the sale that this one takes back, as if that had never been."""

    @property
    def subject(self) -> str:
        """The sale."""
        return f"sale/{self.till_id}/{self.sale_id}"


FACTS = (SaleRecorded,)
