"""Alerts: what the rules of a layout found, and what people said of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

import msgspec
from sqlalchemy import Column, DateTime, Index, Integer, Select, Table, Text, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from event_store.envelope import RecordedEvent
from event_store.events.alerts import AlertAcknowledged, AnomalyDetected, AnomalyEnded, Verdict
from event_store.layout.model import RuleKind, Severity
from projections.folding.projection import EventClasses, Projection, Row, Rows
from projections.scope import Page, Range, StoreKey
from projections.tables.read_model import read_model

ALERTS = read_model(
    "alerts",
    1,
    Column("alert_id", Text, primary_key=True),
    Column("detected_at", DateTime(timezone=True)),
    Column("rule_id", Text),
    Column("rule_name", Text),
    Column("rule_kind", Text),
    Column("severity", Text),
    Column("zone_id", Text),
    Column("camera_id", Text),
    Column("since", DateTime(timezone=True)),
    Column("people", Integer),
    Column("ended_at", DateTime(timezone=True)),
    Column("acknowledged_at", DateTime(timezone=True)),
    Column("verdict", Text),
    Index("alerts_by_time", "organisation", "store", "detected_at", "alert_id"),
    Index("alerts_open", "organisation", "store", "detected_at", postgresql_where=text("ended_at IS NULL")),
)


class AlertRow(Row, frozen=True, kw_only=True):
    """What is known of an alert; all of it null while nothing but its end or a word about it is recorded."""

    detected_at: datetime | None = None
    rule_id: str | None = None
    rule_name: str | None = None
    rule_kind: RuleKind | None = None
    severity: Severity | None = None
    zone_id: str | None = None
    camera_id: str | None = None
    since: datetime | None = None
    people: int | None = None
    ended_at: datetime | None = None
    acknowledged_at: datetime | None = None
    verdict: Verdict | None = None


class Alerts(Projection[AlertRow]):
    """One row for each alert, open until its end is recorded. Of several words about it the latest counts."""

    table: ClassVar[Table] = ALERTS
    facts: ClassVar[EventClasses] = frozenset({AnomalyDetected, AnomalyEnded, AlertAcknowledged})
    row = AlertRow

    def fold(self, rows: Rows[AlertRow], recorded: RecordedEvent) -> None:
        """Take what is told of an alert, in whatever order."""
        match recorded.event:
            case AnomalyDetected(alert_id=alert) as found:
                rows[alert] = msgspec.structs.replace(
                    rows.get(alert) or AlertRow(),
                    detected_at=found.time,
                    rule_id=found.rule_id,
                    rule_name=found.name,
                    rule_kind=found.kind,
                    severity=found.severity,
                    zone_id=found.zone_id,
                    camera_id=found.camera_id,
                    since=found.since,
                    people=found.people,
                )
            case AnomalyEnded(alert_id=alert, time=at):
                rows[alert] = msgspec.structs.replace(rows.get(alert) or AlertRow(), ended_at=at)
            case AlertAcknowledged(alert_id=alert, time=at, verdict=verdict):
                row = rows.get(alert) or AlertRow()
                if row.acknowledged_at is None or row.acknowledged_at <= at:
                    rows[alert] = msgspec.structs.replace(row, acknowledged_at=at, verdict=verdict)


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """An alert as an answer."""

    alert_id: str
    detected_at: datetime
    rule_id: str
    rule_name: str
    rule_kind: RuleKind
    severity: Severity
    zone_id: str | None
    camera_id: str | None
    since: datetime
    people: int | None
    ended_at: datetime | None
    acknowledged_at: datetime | None
    verdict: Verdict | None


AlertKey = tuple[datetime, str]
"""When an alert was told, and its id: the order of alerts."""


class AlertsWanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which alerts: those of which all that is given is true."""

    ended: bool | None = None
    acknowledged: bool | None = None
    rule_kind: RuleKind | None = None
    severity: Severity | None = None

    def of(self, statement: Select[Any], store: StoreKey, within: Range) -> Select[Any]:
        """Return the statement for the alerts of a store that are wanted and were told in a range."""
        values = {"rule_kind": self.rule_kind, "severity": self.severity}
        wanted = [ALERTS.c[name] == value for name, value in values.items() if value is not None]
        for column, asked in ((ALERTS.c.ended_at, self.ended), (ALERTS.c.acknowledged_at, self.acknowledged)):
            if asked is not None:
                wanted.append(column.is_not(None) if asked else column.is_(None))
        told = ALERTS.c.detected_at.is_not(None)
        return statement.where(store.of(ALERTS), told, within.holds(ALERTS.c.detected_at), *wanted)


QUESTION = select(*(ALERTS.c[name] for name in Alert.__struct_fields__))


async def find_alerts(
    connection: AsyncConnection, store: StoreKey, within: Range, page: Page[AlertKey], wanted: AlertsWanted
) -> Sequence[Alert]:
    """Return alerts that were told in the range, by when that was."""
    statement = page.cut(wanted.of(QUESTION, store, within), ALERTS.c.detected_at, ALERTS.c.alert_id)
    return [Alert(**row) for row in (await connection.execute(statement)).mappings()]


async def count_alerts(
    connection: AsyncConnection, store: StoreKey, within: Range, wanted: AlertsWanted, most: int
) -> int:
    """Return how many alerts were told in the range; counts no further than `most`."""
    counted = wanted.of(select(ALERTS.c.alert_id), store, within).limit(most).subquery()
    return (await connection.execute(select(func.count()).select_from(counted))).scalar_one()


async def find_alert(connection: AsyncConnection, store: StoreKey, alert: str) -> Alert | None:
    """Return the alert of an id."""
    told = ALERTS.c.detected_at.is_not(None)
    row = (await connection.execute(QUESTION.where(store.of(ALERTS), ALERTS.c.alert_id == alert, told))).mappings()
    found = row.one_or_none()
    return None if found is None else Alert(**found)
