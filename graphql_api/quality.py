"""How far figures can be trusted."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import msgspec
import strawberry

from graphql_api.fields import field
from graphql_api.rules import needs
from graphql_api.staleness import Staleness
from graphql_api.tokens import Permission
from projections.read_models.coverage_periods import elapsed

NEVER = timedelta()


class Watched(msgspec.Struct, frozen=True):
    """How long each camera watched in each of several periods."""

    cuts: Sequence[datetime]
    cameras: Mapping[str, Sequence[timedelta]]
    now: datetime

    def coverage(self, cameras: Sequence[str]) -> list[float | None]:
        """Return for each period the share of what has passed of it in which the worst of these cameras was up.

        Null without a camera, and where nothing of the period has passed.
        """
        return [
            min(min(1.0, self._watched(camera, number) / passed) for camera in cameras)
            if cameras and (passed := elapsed(start, end, self.now))
            else None
            for number, (start, end) in enumerate(pairwise(self.cuts))
        ]

    def was_seen(self, cameras: Sequence[str]) -> list[bool]:
        """Return for each period whether any of these cameras delivered anything in it."""
        return [any(self._watched(camera, number) for camera in cameras) for number in range(len(self.cuts) - 1)]

    def _watched(self, camera: str, number: int) -> timedelta:
        found = self.cameras.get(camera)
        return NEVER if found is None else found[number]


@strawberry.type(description="How far figures can be trusted.", directives=needs(Permission.READ))
class Quality:
    """How far figures can be trusted."""

    staleness: strawberry.Private[Staleness]
    coverage: float | None = strawberry.field(
        description="Share, 0 to 1, of what has passed of the range in which the cameras that make the figure were up: "
        "that of the worst of them, by quarter-hours. Null where there is no such camera."
    )

    @field(
        "Since when the figures may lack something: records of the store wait behind one that could not be applied. "
        "Null where none do."
    )
    async def stale_since(self) -> datetime | None:
        """Return since when records of the store wait."""
        return await self.staleness.since()
