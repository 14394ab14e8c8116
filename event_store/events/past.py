"""Versions of facts that are written no longer: the record holds them for ever, and the contract says what they are."""

from typing import Annotated, Any

from msgspec import Meta

from event_store.events.amendments import RecordAmendment
from event_store.events.event import Event, Moment
from event_store.layout.model import Camera, Layout

Words = Annotated[str, Meta(min_length=1, max_length=500)]


class EventCorrectedV1(Event, frozen=True, kw_only=True):
    """A fact was wrong: the whole of the right one counts in its place, or none. The reason is in words."""

    event_id: str
    corrected_type: str
    right: dict[str, Any] | None
    reason: Words


class RecordSkippedV1(RecordAmendment, frozen=True, kw_only=True):
    """A dead letter is given up. The reason is in words."""

    reason: Words


class CameraV1(Camera, frozen=True, kw_only=True):
    """One camera and where its picture comes from."""

    source: str


class LayoutV1(Layout, frozen=True, kw_only=True):
    """One store as its layout file describes it."""

    camera: Annotated[list[CameraV1], Meta(min_length=1)]  # type: ignore[assignment]  # read only


class LayoutPublishedV1(Event, frozen=True, kw_only=True):
    """A layout is in force from `valid_from`. It carries the whole layout, with the sources of its cameras."""

    layout: LayoutV1
    layout_digest: str
    valid_from: Moment


PAST: dict[str, type[Event]] = {
    "shopfloor.EventCorrected.v1": EventCorrectedV1,
    "shopfloor.LayoutPublished.v1": LayoutPublishedV1,
    "shopfloor.RecordSkipped.v1": RecordSkippedV1,
}
"""By type; `event_store/upcasting.py` reads each of them as the next version."""
