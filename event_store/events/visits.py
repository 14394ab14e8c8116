"""Shoppers come and go."""

from typing import Literal

from event_store.events.event import Reason, ShopperFact

Role = Literal["customer", "employee", "tester", "unknown"]


class ShopperEntered(ShopperFact, frozen=True, kw_only=True):
    """A person came into the store through a door; `time` is when they were first seen."""

    door_id: str
    role: Role = "unknown"


class ShopperExited(ShopperFact, frozen=True, kw_only=True):
    """A visit ended; `time` is when the person was last seen. `visit_id` is null for one whose coming nobody saw."""

    door_id: str | None
    """The door they left by; null unless `reason` is `left`."""
    reason: Reason
    role: Role = "unknown"


FACTS = (ShopperEntered, ShopperExited)
