"""Visits to a store."""

from datetime import datetime, timedelta
from enum import Enum
from typing import Self

import strawberry

from graphql_api.arguments import After, Ended, First, From, To
from graphql_api.connections import FIRST, Connection, Order
from graphql_api.context import Asked
from graphql_api.fields import field
from graphql_api.ranges import between
from graphql_api.rules import needs
from graphql_api.staleness import MayBeStale, Staleness
from graphql_api.store_scope import StoreScope
from graphql_api.tokens import Permission
from projections.read_models import visits

BY_START: Order[visits.VisitKey] = Order(visits.VisitKey, "entered_at", "visit_id")


@strawberry.enum(
    description="Why a stay or a visit ended. Only LEFT was seen; the others are the end of our knowledge."
)
class EndReason(Enum):
    """Why a stay or a visit ended."""

    LEFT = "left"
    LOST = "lost"
    CAMERA_DOWN = "camera_down"
    DAY_END = "day_end"
    SOURCE_END = "source_end"


@strawberry.enum(description="Who somebody is, as far as it is known.")
class Role(Enum):
    """Who somebody is."""

    CUSTOMER = "customer"
    EMPLOYEE = "employee"
    TESTER = "tester"
    UNKNOWN = "unknown"


@strawberry.type(description="One person from door to door.", directives=needs(Permission.READ))
class Visit(MayBeStale):
    """One person from door to door."""

    id: strawberry.ID = strawberry.field(description="Random, and another for each visit of the same person.")
    entered_at: datetime = strawberry.field(description="When they were first seen.")
    entry_door: str = strawberry.field(description="The door they came in by.")
    exited_at: datetime | None = strawberry.field(description="When they were last seen; null while the visit goes on.")
    exit_door: str | None = strawberry.field(description="The door they left by; null unless the reason is LEFT.")
    reason: EndReason | None = strawberry.field(description="Why the visit ended; null while it goes on.")
    role: Role = strawberry.field(description="Who they are.")
    duration: timedelta | None = strawberry.field(
        name="durationMs", description="How long the visit lasted; null while it goes on."
    )

    @classmethod
    def of(cls, visit: visits.Visit, staleness: Staleness) -> Self:
        """Shape the answer."""
        return cls(
            staleness=staleness,
            about=f"visit/{visit.visit_id}",
            id=strawberry.ID(visit.visit_id),
            entered_at=visit.entered_at,
            entry_door=visit.entry_door,
            exited_at=visit.exited_at,
            exit_door=visit.exit_door,
            reason=visit.reason and EndReason(visit.reason),
            role=Role(visit.role),
            duration=visit.duration,
        )


@strawberry.type
class VisitsOfStore(StoreScope):
    """What one may ask of a store's visits."""

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
        request = BY_START.request(first, after)
        rows = await info.context.ask(visits.find_visits, self.key, between(start, end), request.page, ended=ended)
        stale = Staleness(info.context, self.key, [f"visit/{row.visit_id}" for row in rows])
        return Connection[Visit].of(rows, request, lambda row: Visit.of(row, stale))
