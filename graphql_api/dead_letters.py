"""Records of a store that could not be applied."""

from datetime import datetime
from typing import Annotated, Self

import msgspec
import strawberry

from event_store.envelope import Position
from graphql_api.connections import Order
from graphql_api.rules import needs
from graphql_api.tokens import Permission
from projections.deciding.letters import Letter, LetterKey

_Partition = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
_Offset = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]

BY_POSITION: Order[LetterKey] = Order(tuple[str, _Partition, _Offset], "topic", "partition", "offset")


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
    reason: str = strawberry.field(
        description="undecodable, unknown_type, misaddressed or fold_failed; parked for one that only waits."
    )
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
            reason=letter.reason,
            error=letter.error,
            behind=None if behind is None else Position(topic=at.topic, partition=at.partition, offset=behind),
            waiting=letter.waiting,
        )
