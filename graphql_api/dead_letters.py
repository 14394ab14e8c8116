"""Records of a store that could not be applied."""

from datetime import datetime
from typing import Annotated, Self

import msgspec
import strawberry

from event_store.envelope import Position
from graphql_api.arguments import After, First, Parked
from graphql_api.connections import FIRST, Connection, SortKey
from graphql_api.context import Asked
from graphql_api.fields import field
from graphql_api.rules import needs
from graphql_api.store_scope import StoreScope
from graphql_api.tokens import Permission
from graphql_api.words import DeadLetterReason
from projections.deciding.letters import Letter, LetterKey, Wanted, find_letters

_Partition = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
_Offset = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]

BY_POSITION: SortKey[LetterKey] = SortKey(
    "deadLetters", tuple[str, _Partition, _Offset], "topic", "partition", "offset"
)


@strawberry.type(
    description="A record that could not be applied; what nobody can read in it is null.",
    directives=needs(Permission.READ),
)
class DeadLetter:
    """A record that could not be applied."""

    position: Position = strawberry.field(description="Its place in the record.")
    recorded_at: datetime = strawberry.field(description="When the record took it.")
    subject: str | None = strawberry.field(description="What it is about; later records of that wait behind it.")
    type: str | None = strawberry.field(description="Its event type.")
    reason: DeadLetterReason = strawberry.field(description="Why it could not be applied.")
    error: str = strawberry.field(description="What went wrong, in words.")
    behind: Position | None = strawberry.field(description="The dead letter that it waits behind; null for that one.")
    waiting: int = strawberry.field(description="How many records wait behind it.")

    @classmethod
    def of(cls, letter: Letter) -> Self:
        """Shape the answer."""
        at, behind = letter.position, letter.behind
        return cls(
            position=at,
            recorded_at=letter.recorded_at,
            subject=letter.subject,
            type=letter.type,
            reason=DeadLetterReason(letter.reason),
            error=letter.error,
            behind=None if behind is None else Position(topic=at.topic, partition=at.partition, offset=behind),
            waiting=letter.waiting,
        )


@strawberry.type
class DeadLettersOfStore(StoreScope):
    """What one may ask of a store's dead letters."""

    @field("Its records that could not be applied and that nobody decided about, in the order of the record.")
    async def dead_letters(
        self, info: Asked, *, parked: Parked = False, first: First = FIRST, after: After = None
    ) -> Connection[DeadLetter] | None:
        """Return dead letters, with those that wait behind them if wanted."""
        request = BY_POSITION.forwards(first, after)
        rows = await info.context.ask(find_letters, Wanted(store=self.scope.key, parked=parked), request.page)
        return Connection[DeadLetter].of(rows, request, lambda letters: [DeadLetter.of(each) for each in letters])
