"""Stores, and everything that one can ask of a store."""

from datetime import UTC, datetime, timedelta
from typing import Self

import strawberry

from event_store.partitions import partition_of
from graphql_api.arguments import After, AtLeast, End, Ended, First, From, Parked, Start, StoreId, To
from graphql_api.cameras import Camera
from graphql_api.connections import FIRST, Connection, Order
from graphql_api.context import Asked
from graphql_api.dead_letters import BY_POSITION, DeadLetter
from graphql_api.errors import UnusableArgument
from graphql_api.fields import field
from graphql_api.freshness import Freshness, freshness
from graphql_api.lines import Line, LineCrossings
from graphql_api.occupancy import Occupancy
from graphql_api.ranges import Period, between, cuts, zone_of
from graphql_api.rules import needs
from graphql_api.staleness import MOST_STALE, Staleness, StaleSubject
from graphql_api.tokens import Permission
from graphql_api.traffic import Traffic
from graphql_api.visits import Visit
from graphql_api.zones import Stay, Zone, stay_subject
from projections.deciding.letters import Wanted, find_letters, find_stale
from projections.read_models.cameras import find_cameras
from projections.read_models.coverage import find_coverage
from projections.read_models.lines import find_crossings, find_line_counts
from projections.read_models.occupancy import find_occupancy
from projections.read_models.stores import Store as StoreAnswer
from projections.read_models.stores import find_store, find_stores
from projections.read_models.traffic import find_total
from projections.read_models.visits import VisitKey, find_visits
from projections.read_models.zones import StayKey, find_stays, find_zone_visits
from projections.scope import StoreKey

NEVER = timedelta()

BY_STORE: Order[tuple[str, str]] = Order(tuple[str, str], "organisation", "store")
BY_CAMERA: Order[tuple[str]] = Order(tuple[str], "camera_id")
BY_LINE: Order[tuple[str]] = Order(tuple[str], "line_id")
BY_ZONE: Order[tuple[str]] = Order(tuple[str], "zone_id")
VISITS_BY_START: Order[VisitKey] = Order(VisitKey, "entered_at", "visit_id")
STAYS_BY_START: Order[StayKey] = Order(StayKey, "entered_at", "zone_id", "track_id")


@strawberry.type(description="A store, as the layout that is in force describes it.", directives=needs(Permission.READ))
class Store:
    """A store."""

    key: strawberry.Private[StoreKey]
    id: strawberry.ID = strawberry.field(description="`organisation/store`, the key of all its facts.")
    organisation: str = strawberry.field(description="The organisation that the store belongs to.")
    name: str = strawberry.field(description="What it is called.")
    time_zone: str = strawberry.field(description="Its IANA time zone; hours and days are counted in it.")
    currency: str | None = strawberry.field(description="ISO 4217 code.")
    locale: str | None = strawberry.field(description="Language and country, such as ja_JP.")
    layout_digest: str = strawberry.field(description="SHA-256 of the layout in force.")
    layout_valid_from: datetime = strawberry.field(description="When it came into force.")

    @classmethod
    def of(cls, store: StoreAnswer) -> Self:
        """Shape the answer."""
        return cls(
            key=store.key,
            id=strawberry.ID(f"{store.organisation}/{store.store}"),
            organisation=store.organisation,
            name=store.name,
            time_zone=store.time_zone,
            currency=store.layout.store.currency,
            locale=store.layout.store.locale,
            layout_digest=store.layout_digest,
            layout_valid_from=store.valid_from,
        )

    @field("The position that answers about this store reflect; null before its first fact.")
    async def freshness(self, info: Asked) -> Freshness | None:
        """Return how fresh the answers are."""
        partition = partition_of(self.id, info.context.services.partitions)
        return next(iter(await freshness(info, partition)), None)

    @field("What of it is stale, the longest first; at most 100 subjects. Counts of the store lack their records.")
    async def stale_subjects(self, info: Asked) -> list[StaleSubject]:
        """Return the subjects of which records wait."""
        return [StaleSubject.of(each) for each in await info.context.ask(find_stale, self.key, MOST_STALE)]

    @field("Its records that could not be applied and that nobody decided about, in the order of the record.")
    async def dead_letters(
        self, info: Asked, *, parked: Parked = False, first: First = FIRST, after: After = None
    ) -> Connection[DeadLetter]:
        """Return dead letters, with those that wait behind them if wanted."""
        request = BY_POSITION.request(first, after)
        rows = await info.context.ask(find_letters, Wanted(store=self.key, parked=parked), request.page)
        return Connection[DeadLetter].of(rows, request, DeadLetter.of)

    @field("Its cameras by id, with how long each watched in the range.")
    async def cameras(
        self, info: Asked, start: From = None, end: To = None, first: First = FIRST, after: After = None
    ) -> Connection[Camera]:
        """Return the cameras of the layout, and others that were heard of."""
        request = BY_CAMERA.request(first, after)
        rows = await info.context.ask(find_cameras, self.key, request.page)
        stale = Staleness(info.context, self.key, [f"camera/{row.camera_id}" for row in rows])
        watched = await info.context.ask(find_coverage, self.key, between(start, end))
        return Connection[Camera].of(
            rows, request, lambda row: Camera.of(row, watched.get(row.camera_id, NEVER), stale)
        )

    @field("Visits that began in the range, the earliest first.")
    async def visits(
        self,
        info: Asked,
        start: From = None,
        end: To = None,
        ended: Ended = None,
        first: First = FIRST,
        after: After = None,
    ) -> Connection[Visit]:
        """Return visits by when they began."""
        request = VISITS_BY_START.request(first, after)
        rows = await info.context.ask(find_visits, self.key, between(start, end), request.page, ended=ended)
        stale = Staleness(info.context, self.key, [f"visit/{row.visit_id}" for row in rows])
        return Connection[Visit].of(rows, request, lambda row: Visit.of(row, stale))

    @field("How many people came and went in the range, which is cut at whole minutes.")
    async def traffic(self, info: Asked, start: From = None, end: To = None) -> Traffic:
        """Return counts of the doors."""
        within = between(start, end)
        total = await info.context.ask(find_total, self.key, within)
        zone = zone_of(self.time_zone)
        return Traffic(
            staleness=Staleness(info.context, self.key),
            about=None,
            store=self.key,
            zone=zone,
            within=within,
            entered=total.entered,
            left=total.left,
        )

    @field("How many people were inside, by period; at most 31 days and 1,500 periods.")
    async def occupancy(self, info: Asked, start: Start, end: End, period: Period = Period.MINUTE) -> list[Occupancy]:
        """Return people inside by period."""
        zone = zone_of(self.time_zone)
        bounds = cuts(period, between(start, end), zone)
        return [Occupancy.of(each) for each in await info.context.ask(find_occupancy, self.key, bounds, zone)]

    @field("How many people are inside by the doors' count, now or at a moment.")
    async def inside(self, info: Asked, at: datetime | None = None) -> int:
        """Return people inside at a moment."""
        moment = at or datetime.now(UTC)
        bounds = [moment - timedelta(minutes=1), moment]
        (minute,) = await info.context.ask(find_occupancy, self.key, bounds, zone_of(self.time_zone))
        return minute.inside

    @field("Its lines by id, with their crossings in the range, which is cut at whole minutes.")
    async def lines(
        self, info: Asked, start: From = None, end: To = None, first: First = FIRST, after: After = None
    ) -> Connection[Line]:
        """Return the lines of the layout, and others that were crossed."""
        request = BY_LINE.request(first, after)
        rows = await info.context.ask(find_line_counts, self.key, between(start, end), request.page)
        stale = Staleness(info.context, self.key)
        return Connection[Line].of(rows, request, lambda row: Line.of(row, stale))

    @field("One line's crossings by period, empty ones included; at most 1,500.")
    async def line_crossings(
        self, info: Asked, line: strawberry.ID, start: Start, end: End, period: Period
    ) -> list[LineCrossings]:
        """Return a line's crossings by period."""
        bounds = cuts(period, between(start, end), zone_of(self.time_zone))
        rows = await info.context.ask(find_crossings, self.key, str(line), bounds)
        return [LineCrossings.of(row) for row in rows]

    @field("Its zones by id, with the stays that began in the range.")
    async def zones(
        self, info: Asked, start: From = None, end: To = None, first: First = FIRST, after: After = None
    ) -> Connection[Zone]:
        """Return the zones of the layout, and others that people stayed in."""
        request = BY_ZONE.request(first, after)
        rows = await info.context.ask(find_zone_visits, self.key, between(start, end), request.page)
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
            find_stays, self.key, between(start, end), request.page, zone_id=zone and str(zone), ended=ended
        )
        stale = Staleness(info.context, self.key, [stay_subject(row) for row in rows])
        return Connection[Stay].of(rows, request, lambda row: Stay.of(row, stale))


@strawberry.type(description="Questions about stores.")
class StoresQuery:
    """Questions about stores."""

    @field("The store of this id; null where the token sees none.", Permission.READ)
    async def store(self, info: Asked, store_id: StoreId, at_least: AtLeast = None) -> Store | None:  # noqa: ARG002
        """Return a store by its id; what is wanted at least was waited for before."""
        store = await info.context.ask(find_store, store_key(store_id))
        return None if store is None else Store.of(store)

    @field("The stores that the token may see, by id.", Permission.READ)
    async def stores(
        self,
        info: Asked,
        first: First = FIRST,
        after: After = None,
        at_least: AtLeast = None,  # noqa: ARG002
    ) -> Connection[Store]:
        """Return stores by organisation and id; what is wanted at least was waited for before."""
        request = BY_STORE.request(first, after)
        return Connection[Store].of(await info.context.ask(find_stores, request.page), request, Store.of)


def store_key(store_id: str) -> StoreKey:
    """Return the two names in a store's id; refuses one that has not two."""
    organisation, slash, store = store_id.partition("/")
    if not (organisation and slash and store):
        raise UnusableArgument(f"{store_id!r} is no id of a store; write organisation/store")
    return StoreKey(organisation, store)
