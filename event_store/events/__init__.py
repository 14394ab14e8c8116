"""The catalogue: every fact that the record can hold, by its current major version."""

from event_store.events.amendments import EventCorrected, RecordAmendment, RecordRetried, RecordSkipped, Wrongness
from event_store.events.cameras import CameraDark, CameraOnline, CameraRestored
from event_store.events.clock import CameraMinute, MinutePassed
from event_store.events.consents import ConsentGiven, ConsentWithdrawn
from event_store.events.erasures import Ground, SubjectForgotten
from event_store.events.event import (
    Box,
    CameraFact,
    Encrypted,
    Event,
    Evidence,
    Fraction,
    Limit,
    Purpose,
    RandomId,
    Reason,
    ShopperFact,
    Value,
)
from event_store.events.gaps import GapDetected
from event_store.events.layouts import LayoutPublished
from event_store.events.lines import Direction, LineCrossed
from event_store.events.ops import ModelSuspect, RecordDiverged, SpoolDrained, SpoolFilled
from event_store.events.restatements import MetricRestated, SampleRange, ZoneFigures
from event_store.events.visits import Role, ShopperEntered, ShopperExited
from event_store.events.zones import ZoneEntered, ZoneExited

FACTS: dict[str, type[Event]] = {
    "shopfloor.ShopperEntered.v1": ShopperEntered,
    "shopfloor.ShopperExited.v1": ShopperExited,
    "shopfloor.LineCrossed.v1": LineCrossed,
    "shopfloor.ZoneEntered.v1": ZoneEntered,
    "shopfloor.ZoneExited.v1": ZoneExited,
    "shopfloor.CameraOnline.v1": CameraOnline,
    "shopfloor.CameraDark.v1": CameraDark,
    "shopfloor.CameraRestored.v1": CameraRestored,
    "shopfloor.MinutePassed.v1": MinutePassed,
    "shopfloor.GapDetected.v1": GapDetected,
    "shopfloor.LayoutPublished.v1": LayoutPublished,
    "shopfloor.ConsentGiven.v1": ConsentGiven,
    "shopfloor.ConsentWithdrawn.v1": ConsentWithdrawn,
    "shopfloor.SubjectForgotten.v1": SubjectForgotten,
    "shopfloor.EventCorrected.v2": EventCorrected,
    "shopfloor.RecordRetried.v1": RecordRetried,
    "shopfloor.RecordSkipped.v2": RecordSkipped,
    "shopfloor.MetricRestated.v1": MetricRestated,
}
"""What `shopfloor.events` carries; a new kind of fact is added here, and nowhere is a type guessed."""

OPERATIONS: dict[str, type[Event]] = {
    "shopfloor.ModelSuspect.v1": ModelSuspect,
    "shopfloor.SpoolFilled.v1": SpoolFilled,
    "shopfloor.SpoolDrained.v1": SpoolDrained,
    "shopfloor.RecordDiverged.v1": RecordDiverged,
}
"""What `shopfloor.ops` carries."""

CATALOGUE = FACTS | OPERATIONS
TYPE_OF = {event: name for name, event in CATALOGUE.items()}

__all__ = [
    "CATALOGUE",
    "FACTS",
    "OPERATIONS",
    "TYPE_OF",
    "Box",
    "CameraDark",
    "CameraFact",
    "CameraMinute",
    "CameraOnline",
    "CameraRestored",
    "ConsentGiven",
    "ConsentWithdrawn",
    "Direction",
    "Encrypted",
    "Event",
    "EventCorrected",
    "Evidence",
    "Fraction",
    "GapDetected",
    "Ground",
    "LayoutPublished",
    "Limit",
    "LineCrossed",
    "MetricRestated",
    "MinutePassed",
    "ModelSuspect",
    "Purpose",
    "RandomId",
    "Reason",
    "RecordAmendment",
    "RecordDiverged",
    "RecordRetried",
    "RecordSkipped",
    "Role",
    "SampleRange",
    "ShopperEntered",
    "ShopperExited",
    "ShopperFact",
    "SpoolDrained",
    "SpoolFilled",
    "SubjectForgotten",
    "Value",
    "Wrongness",
    "ZoneEntered",
    "ZoneExited",
    "ZoneFigures",
]
