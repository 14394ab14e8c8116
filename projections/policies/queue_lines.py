"""Who stays in a checkout zone stands in line: how long it is, and how long each of them waited."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

import msgspec
from sqlalchemy import Column, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from event_store.envelope import RecordedEvent
from event_store.events.cameras import CameraOnline
from event_store.events.event import Event
from event_store.events.layouts import LayoutPublished
from event_store.events.queues import Outcome, QueueLeft, QueueLengthChanged
from event_store.events.zones import ZoneEntered, ZoneExited
from event_store.layout.homography import fit
from event_store.layout.model import Layout, Zone
from projections.folding.projection import EventClasses, Policy, Row, Rows
from projections.tables.read_model import read_model

LINES = "lines"
MILLISECOND = timedelta(milliseconds=1)


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """Who stands in one line. It names nobody: the end of a stay says whose it was."""

    zone_id: str
    zone_name: str
    camera_id: str
    """The one that counts it, so that who is seen by two cameras counts once."""
    joined: list[datetime]
    """When each of them joined, the first in line first."""
    head_since: datetime | None
    """Since when the first in line is that."""


class LinesRow(Row, frozen=True, kw_only=True):
    """The lines of a store."""

    lines: list[Line]


class QueueLines(Policy[LinesRow]):
    """One row for each store, with its lines.

    Stays shorter than a zone's `min_dwell_s` are passing by. The order is that of joining. Who leaves from behind
    others has given up. Who was first in line was served.
    """

    table: ClassVar[Table] = read_model(
        "queue_lines", 1, Column("kind", Text, primary_key=True), Column("lines", JSONB, nullable=False)
    )
    facts: ClassVar[EventClasses] = frozenset({LayoutPublished, CameraOnline, ZoneEntered, ZoneExited})
    row = LinesRow

    def decide(self, rows: Rows[LinesRow], recorded: RecordedEvent) -> Iterator[Event]:
        """Follow who joins and who leaves."""
        event = recorded.event
        if isinstance(event, LayoutPublished):
            rows[LINES] = LinesRow(lines=_lines_of(event.layout, _known(rows)))
            return
        for line in _known(rows):
            match event:
                case ZoneEntered(zone_id=line.zone_id, camera_id=line.camera_id, time=at):
                    yield from _become(rows, line, sorted([*line.joined, at]), at)
                case ZoneExited(zone_id=line.zone_id, camera_id=line.camera_id) if event.entered_at in line.joined:
                    yield _left(line, event)
                    joined = [*line.joined]
                    joined.remove(event.entered_at)
                    yield from _become(rows, line, joined, event.time)
                case CameraOnline(camera_id=line.camera_id, time=at) if line.joined:
                    yield from _become(rows, line, [], at)  # whom a run before saw, nobody saw leave


def _known(rows: Rows[LinesRow]) -> Sequence[Line]:
    row = rows.get(LINES)
    return () if row is None else row.lines


def _become(rows: Rows[LinesRow], line: Line, joined: list[datetime], at: datetime) -> Iterator[QueueLengthChanged]:
    first_before, first = (each[0] if each else None for each in (line.joined, joined))
    head_since = line.head_since if first == first_before else None if first is None else max(first, at)
    now = msgspec.structs.replace(line, joined=joined, head_since=head_since)
    rows[LINES] = LinesRow(lines=[now if each.zone_id == line.zone_id else each for each in _known(rows)])
    if len(joined) != len(line.joined):
        yield QueueLengthChanged(
            time=at, zone_id=line.zone_id, zone_name=line.zone_name, camera_id=line.camera_id, length=len(joined)
        )


def _left(line: Line, stay: ZoneExited) -> QueueLeft:
    is_first = stay.entered_at == line.joined[0]
    served_at = line.head_since if is_first else None
    outcome: Outcome = "unknown" if stay.reason != "left" else "served" if is_first else "given_up"
    until = served_at or (stay.time if outcome == "given_up" else None)
    return QueueLeft(
        time=stay.time,
        zone_id=line.zone_id,
        zone_name=line.zone_name,
        camera_id=line.camera_id,
        track_id=stay.track_id,
        visit_id=stay.visit_id,
        joined_at=stay.entered_at,
        served_at=served_at,
        wait_ms=None if until is None else max(0, (until - stay.entered_at) // MILLISECOND),
        outcome=outcome,
    )


def _lines_of(layout: Layout, before: Sequence[Line]) -> list[Line]:
    """Return the lines of a layout; those that it keeps go on."""
    known = {(each.zone_id, each.camera_id): each for each in before}
    found = []
    for zone in layout.zone:
        camera = _camera(layout, zone) if zone.kind == "checkout" else None
        if camera is not None:
            old = known.get((zone.id, camera))
            empty = Line(zone_id=zone.id, zone_name=zone.name, camera_id=camera, joined=[], head_since=None)
            found.append(empty if old is None else msgspec.structs.replace(old, zone_name=zone.name))
    return found


def _camera(layout: Layout, zone: Zone) -> str | None:
    """Return the camera that counts a line: that of the zone, or the first that sees the middle of its floor."""
    drawn = [*([zone.camera] if zone.camera else []), *(each.camera for each in zone.view)]
    if drawn or zone.floor_polygon is None:
        return drawn[0] if drawn else None
    x, y = (sum(each) / len(zone.floor_polygon) for each in zip(*zone.floor_polygon, strict=True))
    views = {each.id: fit(each.floor_points) for each in layout.camera if each.floor_points}
    for camera, view in views.items():
        point = view.picture((x, y)) if view else None
        if point is not None and 0 <= point[0] <= 1 and 0 <= point[1] <= 1:
            return camera
    return next(iter(views), None)
