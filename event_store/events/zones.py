"""Shoppers stay in zones."""

from event_store.events.event import Moment, Reason, ShopperFact


class ZoneEntered(ShopperFact, frozen=True, kw_only=True):
    """A person has been in a zone for the layout's minimum dwell; `time` is when they stepped in."""

    zone_id: str
    zone_name: str
    """What the zone was called at the time."""


class ZoneExited(ShopperFact, frozen=True, kw_only=True):
    """A stay in a zone ended; every ZoneEntered has one. `time` is when they stepped out or were last seen in it."""

    zone_id: str
    zone_name: str
    entered_at: Moment
    dwell_ms: int
    reason: Reason


FACTS = (ZoneEntered, ZoneExited)
