"""Kinds of rules: each says where its condition holds. A new one is a class here with a name of its own."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Protocol
from zoneinfo import ZoneInfo

import msgspec

from event_store.layout.model import Layout, Rule

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Stay(msgspec.Struct, frozen=True):
    """Somebody's stay in a zone, as one camera sees it; it does not say whose."""

    zone_id: str
    camera_id: str
    entered_at: datetime


class Floor(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a store at a moment."""

    layout: Layout | None = None
    now: datetime = datetime.min.replace(tzinfo=UTC)
    stays: list[Stay] = []
    lengths: Mapping[str, int] = {}
    """Of each line, by zone."""
    obscured: Mapping[str, datetime] = {}
    """By camera: since when its pictures show nothing."""
    inside: int | None = None
    """People inside by the doors' count."""

    def in_zone(self, zone_id: str) -> Sequence[Stay]:
        """Return the stays in a zone, by the camera that sees most of them: who is seen by two counts once."""
        found: dict[str, list[Stay]] = {}
        for stay in self.stays:
            if stay.zone_id == zone_id:
                found.setdefault(stay.camera_id, []).append(stay)
        return max((found[camera] for camera in sorted(found)), key=len, default=[])


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """That a rule's condition holds somewhere."""

    once: str
    """What it is told once for: a stay, a zone, a camera or the store."""
    since: datetime | None = None
    """Null where it is since it was noticed."""
    zone_id: str | None = None
    camera_id: str | None = None
    people: int | None = None


class Kind(Protocol):
    """A kind of rules."""

    name: ClassVar[str]

    def holds(self, rule: Rule, floor: Floor) -> Iterator[Held]:
        """Yield where the condition holds now."""


class Restricted:
    """Somebody is in a zone where only employees may be; told once for each stay."""

    name: ClassVar[str] = "restricted"

    def holds(self, rule: Rule, floor: Floor) -> Iterator[Held]:
        """Yield each stay."""
        for zone_id in zones_of(rule, floor, kind="restricted"):
            for stay in floor.in_zone(zone_id):
                yield Held(once=_of(stay), since=stay.entered_at, zone_id=zone_id, people=1)


class Loitering:
    """Somebody stays in a zone for longer than they should; told once for each stay."""

    name: ClassVar[str] = "loitering"

    def holds(self, rule: Rule, floor: Floor) -> Iterator[Held]:
        """Yield each stay that lasts for too long."""
        most = timedelta(seconds=rule.longer_than_s or 0)
        for zone_id in zones_of(rule, floor):
            for stay in floor.in_zone(zone_id):
                if floor.now - stay.entered_at > most:
                    yield Held(once=_of(stay), since=stay.entered_at, zone_id=zone_id, people=1)


class Crowding:
    """More people are in a zone than should be; told once for each zone."""

    name: ClassVar[str] = "crowding"

    def holds(self, rule: Rule, floor: Floor) -> Iterator[Held]:
        """Yield each zone that is too full."""
        for zone_id in zones_of(rule, floor):
            people = len(floor.in_zone(zone_id))
            if people > (rule.more_than or 0):
                yield Held(once=zone_id, zone_id=zone_id, people=people)


class Queue:
    """A line is too long; told once for each line."""

    name: ClassVar[str] = "queue"

    def holds(self, rule: Rule, floor: Floor) -> Iterator[Held]:
        """Yield each line that is too long."""
        for zone_id in zones_of(rule, floor, kind="checkout"):
            length = floor.lengths.get(zone_id, 0)
            if length > (rule.more_than or 0):
                yield Held(once=zone_id, zone_id=zone_id, people=length)


class Closed:
    """Somebody is in the store outside of its opening hours; told once for the store."""

    name: ClassVar[str] = "closed"

    def holds(self, rule: Rule, floor: Floor) -> Iterator[Held]:  # noqa: ARG002  # all kinds are asked alike
        """Yield the store."""
        people = max(
            [floor.inside or 0, *(len(floor.in_zone(each)) for each in {stay.zone_id for stay in floor.stays})]
        )
        if people and floor.layout is not None and not is_open(floor.layout, floor.now):
            yield Held(once="store", people=people)


class Covered:
    """A camera's pictures show nothing: covered, black or frozen; told once for each camera."""

    name: ClassVar[str] = "covered"

    def holds(self, rule: Rule, floor: Floor) -> Iterator[Held]:
        """Yield each camera."""
        for camera_id, since in floor.obscured.items():
            if rule.camera in {None, camera_id}:
                yield Held(once=camera_id, since=since, camera_id=camera_id)


KINDS: Mapping[str, Kind] = {
    each.name: each for each in (Restricted(), Loitering(), Crowding(), Queue(), Closed(), Covered())
}
"""By their names in the layout; a new one is added here."""


def zones_of(rule: Rule, floor: Floor, kind: str | None = None) -> Sequence[str]:
    """Return the zones that a rule is about: the one that it names, or all of a kind."""
    if rule.zone is not None:
        return [rule.zone]
    layout = floor.layout
    return [] if layout is None else [each.id for each in layout.zone if kind is None or each.kind == kind]


def is_open(layout: Layout, moment: datetime) -> bool:
    """Tell whether a store is open; one that says no hours of a day is closed on it, one without any always open."""
    if not layout.store.opening_hours:
        return True
    local = moment.astimezone(ZoneInfo(layout.store.time_zone))
    hours = {DAYS.index(day): span for day, span in layout.store.opening_hours.items()}
    for days_ago in (0, 1):  # yesterday's may end after midnight
        day = (local - timedelta(days=days_ago)).date()
        span = hours.get(day.weekday()) if day not in layout.store.holidays else None
        if span is not None and _is_within(span, local, days_ago):
            return True
    return False


def _is_within(span: str, local: datetime, days_ago: int) -> bool:
    opens, closes = (int(each[:2]) * 60 + int(each[3:]) for each in span.split("-"))
    closes += 24 * 60 if closes <= opens else 0
    return opens <= local.hour * 60 + local.minute + days_ago * 24 * 60 < closes


def _of(stay: Stay) -> str:
    return f"{stay.zone_id} {stay.camera_id} {stay.entered_at.isoformat()}"
