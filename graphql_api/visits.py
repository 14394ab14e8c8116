"""Visits to a store."""

from datetime import datetime, timedelta
from enum import Enum
from typing import Self

import strawberry

from graphql_api.rules import needs
from graphql_api.staleness import MayBeStale, Staleness
from graphql_api.tokens import Permission
from projections.read_models import visits


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
