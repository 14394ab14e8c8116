"""Figures that were made again from position samples."""

from typing import Annotated, Literal

from msgspec import Meta

from event_store.events.event import Event, Moment, Value

Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Count = Annotated[int, Meta(ge=0)]


class ZoneFigures(Value, frozen=True, kw_only=True):
    """What the stays in a zone come to."""

    people: Count
    """Different people, as far as they are known to be."""
    stays: Count
    median_ms: float | None
    p90_ms: float | None


class SampleRange(Value, frozen=True, kw_only=True):
    """The position samples that were read: one store's, between two offsets of one partition."""

    topic: str
    partition: Count
    start: Count
    """Offset of the first."""
    end: Count
    """Offset behind the last."""
    count: Count
    digest: Sha256
    """SHA-256 over each sample's offset and length, as 8 bytes each, and its bytes, in order."""


class MetricRestated(Event, frozen=True, kw_only=True):
    """A zone's figures for a range were made again from position samples, by the layout of then and by another one.

    The facts of the range stay as they are, and so do the figures that were made from them.
    """

    metric: Literal["zone_stays"]
    zone_id: str
    zone_name: str
    start: Moment
    """Stays that began from here …"""
    end: Moment
    """… up to here, this moment not included."""
    old: ZoneFigures | None
    """By the layouts in force when the samples were taken; null where none of them has the zone."""
    new: ZoneFigures | None
    """By the layout that was given; null where it has the zone no more."""
    old_layouts: list[Sha256]
    """Digests of the layouts in force, in the order in which they came."""
    new_layout: Sha256
    samples: SampleRange

    @property
    def subject(self) -> str:
        """The zone."""
        return f"zone/{self.zone_id}"


FACTS = (MetricRestated,)
