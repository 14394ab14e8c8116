"""Visits and zone stays that were announced and have not ended: every entry gets its exit, whatever happens between."""

from datetime import datetime

from event_store.events.event import Event, Evidence, Reason
from event_store.events.visits import ShopperEntered, ShopperExited
from event_store.events.zones import ZoneEntered, ZoneExited

RULE, RULE_VERSION = "end-of-knowledge", 1
"""Ends what nobody watches any more: the worker was killed, or its model turned out not to be believed."""

Opening = ShopperEntered | ZoneEntered


def opened(event: Event) -> str | None:
    """Return the name of the visit or stay that an event opens; None when it opens nothing."""
    match event:
        case ShopperEntered(visit_id=visit) if visit is not None:
            return f"visit/{visit}"
        case ZoneEntered(track_id=track, zone_id=zone, visit_id=visit):
            return f"stay/{visit or track}/{zone}"
        case _:
            return None


def closed(event: Event) -> str | None:
    """Return the name of the visit or stay that an event closes; None when it closes nothing."""
    match event:
        case ShopperExited(visit_id=visit) if visit is not None:
            return f"visit/{visit}"
        case ZoneExited(track_id=track, zone_id=zone, visit_id=visit):
            return f"stay/{visit or track}/{zone}"
        case _:
            return None


def exit_of(opening: Opening, time: datetime, reason: Reason) -> Event:
    """Return the fact that ends a visit or stay at a time, which is not before it began."""
    time = max(time, opening.time)
    evidence = Evidence(
        frame=opening.evidence.frame,
        frame_time=opening.evidence.frame_time,
        input_digest=opening.evidence.input_digest,
        region=None,
        model_digest=opening.evidence.model_digest,
        rule=RULE,
        rule_version=RULE_VERSION,
        limits=[],
        frames=opening.evidence.frames,
    )
    common = {
        "time": time,
        "camera_id": opening.camera_id,
        "confidence": opening.confidence,
        "layout_digest": opening.layout_digest,
        "model": opening.model,
        "evidence": evidence,
        "track_id": opening.track_id,
        "visit_id": opening.visit_id,
        "reason": reason,
    }
    if isinstance(opening, ShopperEntered):
        return ShopperExited(**common, door_id=None, role=opening.role)  # type: ignore[arg-type]
    return ZoneExited(
        **common,  # type: ignore[arg-type]
        zone_id=opening.zone_id,
        zone_name=opening.zone_name,
        entered_at=opening.time,
        dwell_ms=round((time - opening.time).total_seconds() * 1000),
    )
