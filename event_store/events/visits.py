"""Shoppers come and go."""

from typing import Literal

from event_store.events.event import Moment, Reason, ShopperFact

Role = Literal["customer", "employee", "tester", "unknown"]


class ShopperEntered(ShopperFact, frozen=True, kw_only=True):
    """A person came into the store through a door; `time` is when they were first seen."""

    door_id: str
    role: Role = "unknown"
    stepped_in_at: Moment | None = None
    """When their feet came onto the store's floor, where they were first seen outside of it or on it.

    Null where the camera or the floor was not measured.
    """


class ShopperExited(ShopperFact, frozen=True, kw_only=True):
    """A visit ended; `time` is when the person was last seen. `visit_id` is null for one whose coming nobody saw."""

    door_id: str | None
    """The door they left by; null unless `reason` is `left`."""
    reason: Reason
    role: Role = "unknown"
    stepped_out_at: Moment | None = None
    """When their feet were last on the store's floor; null unless they left, and where nobody can tell."""


FACTS = (ShopperEntered, ShopperExited)
