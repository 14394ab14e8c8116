"""Zones of a store, and who stayed in them."""

from datetime import datetime
from typing import Self

import strawberry

from graphql_api.arguments import After, Ended, First, From, To
from graphql_api.connections import FIRST, Connection, Order
from graphql_api.context import Asked
from graphql_api.fields import field
from graphql_api.ranges import between
from graphql_api.rules import needs
from graphql_api.scalars import Long
from graphql_api.staleness import MayBeStale, Staleness
from graphql_api.store_scope import StoreScope
from graphql_api.tokens import Permission
from graphql_api.visits import EndReason
from projections.read_models import zones

BY_ZONE: Order[tuple[str]] = Order(tuple[str], "zone_id")
STAYS_BY_START: Order[zones.StayKey] = Order(zones.StayKey, "entered_at", "zone_id", "track_id")


@strawberry.type(
    description="How long people stayed; stays that go on are not in it.", directives=needs(Permission.READ)
)
class Dwell:
    """How long people stayed."""

    count: int = strawberry.field(description="Stays that have ended.")
    median_ms: float | None = strawberry.field(description="Half of the stays were shorter; null without any.")
    p90_ms: float | None = strawberry.field(description="Nine in ten stays were shorter; null without any.")


@strawberry.type(
    description="A zone with the stays that began in the range that was asked for.", directives=needs(Permission.READ)
)
class Zone(MayBeStale):
    """A zone and the stays in it."""

    id: strawberry.ID = strawberry.field(description="Its id in the layout.")
    name: str = strawberry.field(description="What it is called, or was when somebody stayed in it last.")
    kind: str | None = strawberry.field(description="aisle, checkout and so on; null once the layout has dropped it.")
    visitors: int = strawberry.field(description="Different people, as far as they are known to be.")
    stays: int = strawberry.field(description="Stays, those that go on included.")
    open_stays: int = strawberry.field(description="Stays that go on.")
    dwell: Dwell = strawberry.field(description="How long people stayed.")

    @classmethod
    def of(cls, zone: zones.ZoneVisits, staleness: Staleness) -> Self:
        """Shape the answer."""
        return cls(
            staleness=staleness,
            about=None,
            id=strawberry.ID(zone.zone_id),
            name=zone.name,
            kind=zone.kind,
            visitors=zone.visitors,
            stays=zone.stays,
            open_stays=zone.stays - zone.ended,
            dwell=Dwell(count=zone.ended, median_ms=zone.median_ms, p90_ms=zone.p90_ms),
        )


@strawberry.type(description="One person's stay in a zone.", directives=needs(Permission.READ))
class Stay(MayBeStale):
    """One person's stay in a zone."""

    zone_id: strawberry.ID = strawberry.field(description="The zone.")
    zone_name: str = strawberry.field(description="What the zone was called at the time.")
    visit_id: strawberry.ID | None = strawberry.field(description="The visit; null where it is not known.")
    track_id: strawberry.ID = strawberry.field(description="The person as one camera followed them.")
    entered_at: datetime = strawberry.field(description="When they stepped in.")
    exited_at: datetime | None = strawberry.field(description="When they stepped out; null while the stay goes on.")
    dwell_ms: Long | None = strawberry.field(description="How long they stayed; null while the stay goes on.")
    reason: EndReason | None = strawberry.field(description="Why the stay ended; null while it goes on.")

    @classmethod
    def of(cls, stay: zones.Stay, staleness: Staleness) -> Self:
        """Shape the answer."""
        return cls(
            staleness=staleness,
            about=stay_subject(stay),
            zone_id=strawberry.ID(stay.zone_id),
            zone_name=stay.zone_name,
            visit_id=None if stay.visit_id is None else strawberry.ID(stay.visit_id),
            track_id=strawberry.ID(stay.track_id),
            entered_at=stay.entered_at,
            exited_at=stay.exited_at,
            dwell_ms=None if stay.dwell_ms is None else Long(stay.dwell_ms),
            reason=stay.reason and EndReason(stay.reason),
        )


def stay_subject(stay: zones.Stay) -> str:
    """Return what the facts about a stay are about: the visit where it is known, otherwise the track."""
    return f"track/{stay.track_id}" if stay.visit_id is None else f"visit/{stay.visit_id}"


@strawberry.type
class ZonesOfStore(StoreScope):
    """What one may ask of a store's zones and of the stays in them."""

    @field("Its zones by id, with the stays that began in the range.")
    async def zones(
        self, info: Asked, start: From = None, end: To = None, first: First = FIRST, after: After = None
    ) -> Connection[Zone]:
        """Return the zones of the layout, and others that people stayed in."""
        request = BY_ZONE.request(first, after)
        rows = await info.context.ask(zones.find_zone_visits, self.key, between(start, end), request.page)
        stale = Staleness(info.context, self.key)
        return Connection[Zone].of(rows, request, lambda row: Zone.of(row, stale))

    @field("Stays in its zones that began in the range, the earliest first.")
    async def stays(  # noqa: PLR0913, PLR0917 a field's arguments are what one may ask
        self,
        info: Asked,
        zone: strawberry.ID | None = None,
        start: From = None,
        end: To = None,
        ended: Ended = None,
        first: First = FIRST,
        after: After = None,
    ) -> Connection[Stay]:
        """Return stays by when they began."""
        request = STAYS_BY_START.request(first, after)
        rows = await info.context.ask(
            zones.find_stays, self.key, between(start, end), request.page, zone_id=zone and str(zone), ended=ended
        )
        stale = Staleness(info.context, self.key, [stay_subject(row) for row in rows])
        return Connection[Stay].of(rows, request, lambda row: Stay.of(row, stale))
