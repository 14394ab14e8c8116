"""Visits to a store, and the stays in its zones."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Self

import strawberry

from graphql_api.arguments import After, Before, Began, First, Last, OrderBy
from graphql_api.connections import FIRST, MOST_COUNTED, Connection, SortKey
from graphql_api.context import Asked
from graphql_api.doors import Door
from graphql_api.fields import field
from graphql_api.ids import GlobalId, id_of
from graphql_api.nodes import InStore
from graphql_api.ranges import range_of
from graphql_api.rules import needs
from graphql_api.staleness import MayBeStale, Staleness
from graphql_api.store_scope import Scope, StoreScope, demand_place
from graphql_api.tokens import Permission
from graphql_api.words import EndReason, Role, TimeOrder, word
from graphql_api.zones import Zone
from projections.read_models import visits, zones

MOST_STAYS = 2_000
VISITS: SortKey[visits.VisitKey] = SortKey("visits", visits.VisitKey, "entered_at", "visit_id")
STAYS: SortKey[zones.StayKey] = SortKey("stays", zones.StayKey, "entered_at", "zone_id", "track_id")


@strawberry.type(description="One person from door to door.", directives=needs(Permission.READ))
class Visit(InStore, MayBeStale):
    """One person from door to door."""

    page: strawberry.Private[tuple[str, ...]]
    """The visits of the page that it is on: their stays are asked for together."""
    visit_id: strawberry.Private[str]
    entered_at: datetime = strawberry.field(description="When they were first seen.")
    entry_door: Door = strawberry.field(description="The door they came in by.")
    stepped_in_at: datetime | None = strawberry.field(
        description="When their feet came onto the store's floor; null where nobody measured it."
    )
    exited_at: datetime | None = strawberry.field(description="When they were last seen; null while the visit goes on.")
    stepped_out_at: datetime | None = strawberry.field(
        description="When their feet were last on the store's floor; null unless they left, and where nobody "
        "measured it."
    )
    exit_door: Door | None = strawberry.field(description="The door they left by; null unless the reason is LEFT.")
    reason: EndReason | None = strawberry.field(description="Why the visit ended; null while it goes on.")
    role: Role = strawberry.field(description="Who they are.")
    unconfirmed_since: datetime | None = strawberry.field(
        description="Since when nobody knows whether it still goes on, because nobody watches its camera any more. "
        "Null while that is known, and once it has ended."
    )
    duration: timedelta | None = strawberry.field(
        name="durationMs",
        description="How long the visit lasted, from the first to the last step on the store's floor; from first to "
        "last sight where nobody measured it. Null while it goes on.",
    )

    @field("Their stays in zones, the earliest first; of a page of visits at most 2,000 together.")
    async def stays(self, info: Asked) -> "list[Stay] | None":
        """Return the visit's stays."""
        found = await info.context.ask_once(zones.find_stays_of_visits, self.scope.key, self.page, MOST_STAYS)
        return Stay.shape(info, self.scope, [stay for stay in found if stay.visit_id == self.visit_id])

    @classmethod
    def shape(cls, info: Asked, scope: Scope, rows: Sequence[visits.Visit]) -> list[Self]:
        """Shape the visits of a page."""
        page = tuple(row.visit_id for row in rows)
        stale = Staleness(info.context, scope.key, [f"visit/{visit}" for visit in page])
        return [cls._of(scope, row, page, stale) for row in rows]

    @classmethod
    def _of(cls, scope: Scope, visit: visits.Visit, page: tuple[str, ...], stale: Staleness) -> Self:
        return cls(
            scope=scope,
            page=page,
            visit_id=visit.visit_id,
            staleness=stale,
            about=f"visit/{visit.visit_id}",
            id=id_of(scope.key, "visit", visit.visit_id),
            entered_at=visit.entered_at,
            stepped_in_at=visit.stepped_in_at,
            entry_door=Door.of(scope, visit.entry_door),
            exited_at=visit.exited_at,
            stepped_out_at=visit.stepped_out_at,
            exit_door=None if visit.exit_door is None else Door.of(scope, visit.exit_door),
            reason=visit.reason and EndReason(visit.reason),
            role=Role(visit.role),
            unconfirmed_since=visit.unconfirmed_since,
            duration=visit.duration,
        )


@strawberry.type(description="One person's stay in a zone.", directives=needs(Permission.READ))
class Stay(InStore, MayBeStale):
    """One person's stay in a zone."""

    page: strawberry.Private[tuple[str, ...]]
    """The visits of the page that it is on: they are asked for together."""
    visit_id: strawberry.Private[str | None]
    zone: Zone = strawberry.field(description="The zone.")
    zone_name: str = strawberry.field(description="What the zone was called at the time.")
    track_id: str = strawberry.field(description="The person as one camera followed them.")
    entered_at: datetime = strawberry.field(description="When they stepped in.")
    exited_at: datetime | None = strawberry.field(description="When they stepped out; null while the stay goes on.")
    dwell: timedelta | None = strawberry.field(
        name="dwellMs", description="How long they stayed; null while the stay goes on."
    )
    reason: EndReason | None = strawberry.field(description="Why the stay ended; null while it goes on.")
    unconfirmed_since: datetime | None = strawberry.field(
        description="Since when nobody knows whether it still goes on, because nobody watches its camera any more. "
        "Null while that is known, and once it has ended."
    )

    @field("The visit; null where it is not known.")
    async def visit(self, info: Asked) -> Visit | None:
        """Return the stay's visit."""
        return None if self.visit_id is None else await visit_of(info, self.scope, self.visit_id, self.page)

    @classmethod
    def shape(cls, info: Asked, scope: Scope, rows: Sequence[zones.Stay]) -> list[Self]:
        """Shape the stays of a page."""
        page = tuple(sorted({row.visit_id for row in rows if row.visit_id is not None}))
        stale = Staleness(info.context, scope.key, map(_subject, rows))
        return [cls._of(scope, row, page, stale) for row in rows]

    @classmethod
    def _of(cls, scope: Scope, stay: zones.Stay, page: tuple[str, ...], stale: Staleness) -> Self:
        return cls(
            scope=scope,
            page=page,
            visit_id=stay.visit_id,
            staleness=stale,
            about=_subject(stay),
            id=id_of(scope.key, "stay", stay.zone_id, str(_milliseconds(stay.entered_at)), stay.track_id),
            zone=Zone.of(scope, stay.zone_id),
            zone_name=stay.zone_name,
            track_id=stay.track_id,
            entered_at=stay.entered_at,
            exited_at=stay.exited_at,
            dwell=None if stay.dwell_ms is None else timedelta(milliseconds=stay.dwell_ms),
            reason=stay.reason and EndReason(stay.reason),
            unconfirmed_since=stay.unconfirmed_since,
        )


def _subject(stay: zones.Stay) -> str:
    """Return what the facts about a stay are about: the visit where it is known, otherwise the track."""
    return f"track/{stay.track_id}" if stay.visit_id is None else f"visit/{stay.visit_id}"


EPOCH = datetime.fromisoformat("1970-01-01T00:00:00Z")
MILLISECOND = timedelta(milliseconds=1)


def _milliseconds(moment: datetime) -> int:
    return (moment - EPOCH) // MILLISECOND


async def visit_of(info: Asked, scope: Scope, visit: str, page: tuple[str, ...]) -> Visit | None:
    """Return a visit, asked for together with the others of a page; null while its beginning is not known."""
    found = await info.context.ask_once(visits.find_visits_by_id, scope.key, page)
    return next((each for each in Visit.shape(info, scope, found) if each.visit_id == visit), None)


async def find_visit(info: Asked, scope: Scope, wanted: GlobalId) -> Visit | None:
    """Return the visit of an id."""
    return await visit_of(info, scope, wanted.key[0], (wanted.key[0],)) if len(wanted.key) == 1 else None


async def find_stay(info: Asked, scope: Scope, wanted: GlobalId) -> Stay | None:
    """Return the stay of an id."""
    match wanted.key:
        case (zone, moment, track) if moment.isdecimal() and len(moment) <= MOST_DIGITS:
            key = (EPOCH + int(moment) * MILLISECOND, zone, track)
            found = await info.context.ask_once(zones.find_stay, scope.key, key)
            return None if found is None else Stay.shape(info, scope, [found])[0]
    return None


MOST_DIGITS = 14
"""Of a moment in milliseconds, so that it lies in a year that there is."""


@strawberry.input(description="Which visits: those of which all that is given is true.")
class VisitFilter:
    """Which visits."""

    ended: bool | None = strawberry.field(default=None, description="Those that have ended, or those that go on.")
    entry_door: strawberry.ID | None = strawberry.field(default=None, description="Who came in by this door.")
    exit_door: strawberry.ID | None = strawberry.field(default=None, description="Who left by this door.")
    reason: EndReason | None = strawberry.field(default=None, description="Those that ended so.")
    role: Role | None = strawberry.field(default=None, description="Those of people who are this.")

    async def read(self, info: Asked, scope: Scope) -> visits.VisitsWanted:
        """Return what it means; refuses doors that are not there."""
        return visits.VisitsWanted(
            ended=self.ended,
            entry_door=self.entry_door and await demand_place(info, scope, "door", self.entry_door),
            exit_door=self.exit_door and await demand_place(info, scope, "door", self.exit_door),
            reason=word(self.reason),
            role=word(self.role),
        )


@strawberry.input(description="Which stays: those of which all that is given is true.")
class StayFilter:
    """Which stays."""

    zone: strawberry.ID | None = strawberry.field(default=None, description="Those in this zone.")
    ended: bool | None = strawberry.field(default=None, description="Those that have ended, or those that go on.")
    reason: EndReason | None = strawberry.field(default=None, description="Those that ended so.")

    async def read(self, info: Asked, scope: Scope) -> zones.StaysWanted:
        """Return what it means; refuses a zone that is not there."""
        return zones.StaysWanted(
            zone_id=self.zone and await demand_place(info, scope, "zone", self.zone),
            ended=self.ended,
            reason=word(self.reason),
        )


Visits = Annotated[VisitFilter | None, strawberry.argument(name="where", description="Which visits; all if absent.")]
Stays = Annotated[StayFilter | None, strawberry.argument(name="where", description="Which stays; all if absent.")]


@strawberry.type
class VisitsOfStore(StoreScope):
    """What one may ask of a store's visits and of the stays in its zones."""

    @field("Visits by when they began. The newest are `orderBy: LATEST_FIRST`.")
    async def visits(  # noqa: PLR0913, PLR0917 a field's arguments are what one may ask
        self,
        info: Asked,
        where: Visits = None,
        began: Began = None,
        order_by: OrderBy = TimeOrder.EARLIEST_FIRST,
        first: First = FIRST,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Visit] | None:
        """Return visits by when they began."""
        request = VISITS.request(first, after, last, before, order_by)
        scope, within = self.scope, range_of(began, self.scope.zone, self.scope.now)
        wanted = await (where or VisitFilter()).read(info, scope)
        rows = await info.context.ask(visits.find_visits, scope.key, within, request.page, wanted)
        count = partial(info.context.ask, visits.count_visits, scope.key, within, wanted, MOST_COUNTED + 1)
        return Connection[Visit].of(rows, request, partial(Visit.shape, info, scope), count)

    @field("Stays in its zones by when they began. The newest are `orderBy: LATEST_FIRST`.")
    async def stays(  # noqa: PLR0913, PLR0917 a field's arguments are what one may ask
        self,
        info: Asked,
        where: Stays = None,
        began: Began = None,
        order_by: OrderBy = TimeOrder.EARLIEST_FIRST,
        first: First = FIRST,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Stay] | None:
        """Return stays by when they began."""
        request = STAYS.request(first, after, last, before, order_by)
        scope, within = self.scope, range_of(began, self.scope.zone, self.scope.now)
        wanted = await (where or StayFilter()).read(info, scope)
        rows = await info.context.ask(zones.find_stays, scope.key, within, request.page, wanted)
        count = partial(info.context.ask, zones.count_stays, scope.key, within, wanted, MOST_COUNTED + 1)
        return Connection[Stay].of(rows, request, partial(Stay.shape, info, scope), count)
