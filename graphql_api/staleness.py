"""Answers that are late, because records of what they are about wait behind one that could not be applied."""

from collections.abc import Iterable
from datetime import datetime
from typing import Self

import strawberry

from graphql_api.context import Asked, Context
from graphql_api.fields import field
from graphql_api.rules import needs
from graphql_api.store_scope import StoreScope
from graphql_api.tokens import Permission
from graphql_api.words import DeadLetterReason
from projections.deciding import letters
from projections.scope import StoreKey

MOST_STALE = 100


@strawberry.type(
    description="Something of which records wait, so that answers about it are late.",
    directives=needs(Permission.READ),
)
class StaleSubject:
    """A subject of which records wait."""

    subject: str = strawberry.field(description="What the records are about, such as `visit/…` or `camera/…`.")
    since: datetime = strawberry.field(description="When the first of them was recorded.")
    records: int = strawberry.field(description="How many wait.")
    reason: DeadLetterReason = strawberry.field(description="Why the first could not be applied.")

    @classmethod
    def of(cls, stale: letters.StaleSubject) -> Self:
        """Shape the answer."""
        return cls(
            subject=stale.subject, since=stale.since, records=stale.records, reason=DeadLetterReason(stale.reason)
        )


class Staleness:
    """Looks up once, and only if asked, since when subjects of a store are stale; without subjects the whole store."""

    def __init__(self, context: Context, store: StoreKey, subjects: Iterable[str] | None = None) -> None:
        self._context = context
        self._store = store
        self._subjects = None if subjects is None else tuple(subjects)

    async def since(self, subject: str | None = None) -> datetime | None:
        """Return since when records of a subject wait, or of any subject of the store; None where none do."""
        limit = 1 if self._subjects is None else len(self._subjects)
        found = await self._context.ask_once(letters.find_stale, self._store, limit, self._subjects)
        return next((each.since for each in found if subject in {None, each.subject}), None)


@strawberry.type
class MayBeStale:
    """An answer about a subject."""

    staleness: strawberry.Private[Staleness]
    about: strawberry.Private[str]

    @field(
        "Since when the answer may be incomplete: records that it should reflect wait behind one that could not be "
        "applied. Null where none do."
    )
    async def stale_since(self) -> datetime | None:
        """Return since when records of the subject wait."""
        return await self.staleness.since(self.about)


@strawberry.type
class StalenessOfStore(StoreScope):
    """What one may ask of what waits."""

    @field("What of it is stale, the longest first; at most 100 subjects. Counts of the store lack their records.")
    async def stale_subjects(self, info: Asked) -> list[StaleSubject] | None:
        """Return the subjects of which records wait."""
        return [
            StaleSubject.of(each) for each in await info.context.ask(letters.find_stale, self.scope.key, MOST_STALE)
        ]
