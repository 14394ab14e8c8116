"""Rules of the layout are asked whenever something changes, and every minute: what should not be is told once."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, ClassVar

import msgspec
from sqlalchemy import BigInteger, Column, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from event_store.envelope import RecordedEvent
from event_store.events.alerts import AnomalyDetected, AnomalyEnded
from event_store.events.cameras import CameraOnline
from event_store.events.clock import MinutePassed
from event_store.events.event import Event
from event_store.events.layouts import LayoutPublished
from event_store.events.queues import QueueLengthChanged
from event_store.events.workers import WorkerReported
from event_store.events.zones import ZoneEntered, ZoneExited
from event_store.layout.model import Camera, Layout, Rule, Zone
from projections.folding.projection import EventClasses, Policy, Row, Rows
from projections.policies.anomaly_rules import KINDS, Floor, Held, Stay
from projections.tables.read_model import read_model

STORE = "store"


class Watch(msgspec.Struct, frozen=True, kw_only=True):
    """A condition that holds."""

    rule_id: str
    once: str
    since: datetime
    alert_id: str | None = None
    """Null while the rule's patience is not over."""
    detected_at: datetime | None = None


class AnomaliesRow(Row, frozen=True, kw_only=True):
    """What is known of a store."""

    floor: Floor
    watches: list[Watch]
    told: int
    """How many alerts there were."""


class Anomalies(Policy[AnomaliesRow]):
    """One row for each store that has rules. It holds nobody's id."""

    table: ClassVar[Table] = read_model(
        "anomalies",
        1,
        Column("kind", Text, primary_key=True),
        Column("floor", JSONB, nullable=False),
        Column("watches", JSONB, nullable=False),
        Column("told", BigInteger, nullable=False),
    )
    facts: ClassVar[EventClasses] = frozenset(
        {LayoutPublished, CameraOnline, ZoneEntered, ZoneExited, MinutePassed, QueueLengthChanged, WorkerReported}
    )
    row = AnomaliesRow

    def decide(self, rows: Rows[AnomaliesRow], recorded: RecordedEvent) -> Iterator[Event]:
        """Learn from the fact, and tell what begins and ends."""
        event = recorded.event
        before = rows.get(STORE)
        if before is None:
            if not (isinstance(event, LayoutPublished) and event.layout.rule):
                return
            before = AnomaliesRow(floor=Floor(), watches=[], told=0)
        floor = _learn(before.floor, event)
        rules = floor.layout.rule if floor.layout else []
        held = {(rule.id, each.once): (rule, each) for rule in rules for each in KINDS[rule.kind].holds(rule, floor)}
        known = {(each.rule_id, each.once): each for each in before.watches}
        watches, told = [], before.told
        for key, (rule, each) in held.items():
            watch = known.get(key) or Watch(rule_id=rule.id, once=each.once, since=each.since or floor.now)
            if watch.alert_id is None and floor.now - watch.since >= timedelta(seconds=rule.patience_s):
                told += 1
                watch = msgspec.structs.replace(watch, alert_id=f"{rule.id}-{told}", detected_at=floor.now)
                yield _detected(rule, each, watch)
            watches.append(watch)
        for key in sorted(known.keys() - held.keys()):
            yield from _ended(known[key], floor.now)
        after = AnomaliesRow(floor=floor, watches=sorted(watches, key=lambda each: each.since), told=told)
        if after != msgspec.structs.replace(before, floor=msgspec.structs.replace(before.floor, now=floor.now)):
            rows[STORE] = after


def _learn(floor: Floor, event: Event) -> Floor:
    """Return what is known after a fact."""
    return msgspec.structs.replace(floor, now=max(floor.now, event.time), **_news(floor, event))


def _news(floor: Floor, event: Event) -> dict[str, Any]:
    news: dict[str, Any] = {}
    match event:
        case LayoutPublished(layout=layout):
            news = {"layout": _without_pictures(layout)}
        case ZoneEntered(zone_id=zone, camera_id=camera, time=at):
            news = {"stays": [*floor.stays, Stay(zone, camera, at)]}
        case ZoneExited(zone_id=zone, camera_id=camera, entered_at=since):
            news = {"stays": [each for each in floor.stays if each != Stay(zone, camera, since)]}
        case CameraOnline(camera_id=camera):
            news = {"stays": [each for each in floor.stays if each.camera_id != camera]}
        case MinutePassed(occupancy=inside):
            news = {"inside": inside}
        case QueueLengthChanged(zone_id=zone, length=length):
            news = {"lengths": {**floor.lengths, zone: length}}
        case WorkerReported(cameras=cameras):
            told = {each.camera_id: each.obscured_since for each in cameras}
            known = {camera: since for camera, since in floor.obscured.items() if camera not in told}
            news = {"obscured": known | {camera: since for camera, since in told.items() if since is not None}}
    return news


def _without_pictures(layout: Layout) -> Layout:
    """Return what rules go by, so that little is written whenever something happens."""
    zones = [Zone(id=each.id, name=each.name, kind=each.kind) for each in layout.zone]
    return Layout(store=layout.store, camera=[Camera(id=layout.camera[0].id)], zone=zones, rule=layout.rule)


def _detected(rule: Rule, held: Held, watch: Watch) -> AnomalyDetected:
    return AnomalyDetected(
        time=watch.detected_at or watch.since,
        alert_id=watch.alert_id or "",
        rule_id=rule.id,
        name=rule.name or rule.id,
        kind=rule.kind,
        severity=rule.severity,
        zone_id=held.zone_id,
        camera_id=held.camera_id,
        since=watch.since,
        people=held.people,
    )


def _ended(watch: Watch, at: datetime) -> Iterator[AnomalyEnded]:
    if watch.alert_id is not None and watch.detected_at is not None:
        yield AnomalyEnded(time=at, alert_id=watch.alert_id, detected_at=watch.detected_at)
