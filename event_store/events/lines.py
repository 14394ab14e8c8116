"""Shoppers cross lines."""

from typing import Literal

from event_store.events.event import ShopperFact

Direction = Literal["in", "out"]


class LineCrossed(ShopperFact, frozen=True, kw_only=True):
    """A person's foot point went over a line and stayed on the other side; `time` is the crossing itself."""

    line_id: str
    direction: Direction


FACTS = (LineCrossed,)
