"""Correcting a fact that was recorded wrongly."""

from typing import Annotated, Any, cast

import msgspec
import strawberry

from event_store.envelope import Position
from event_store.errors import InvalidEvent
from graphql_api.commands import Command
from graphql_api.context import Asked
from graphql_api.errors import Forbidden, UnusableArgument
from graphql_api.fields import mutation
from graphql_api.ids import store_key
from graphql_api.rules import needs
from graphql_api.scalars import Json
from graphql_api.tokens import Permission
from graphql_api.words import CorrectionReason, word
from projections.deciding import decisions
from projections.deciding.decision_errors import RefusedDecision


@strawberry.input(description="What is wrong with a fact, and what would be right.")
class CorrectEventInput:
    """A correction."""

    idempotency_key: str = strawberry.field(
        description="8 to 128 letters, digits, dots, dashes or underscores, another for each change. Sent again with "
        "the same input it gives the same answer and changes nothing."
    )
    store: strawberry.ID = strawberry.field(description="Whose fact it is: `organisation/store`.")
    event_id: strawberry.ID = strawberry.field(description="The wrong fact's id.")
    right: Json | None = strawberry.field(
        default=None,
        description="Fields of the fact's data that were wrong, as they are right, `time` among them where that was "
        "wrong; fields that are left out stay. Absent together with `retract`.",
    )
    retract: bool = strawberry.field(default=False, description="Nothing of the kind happened: the fact counts not.")
    reason: CorrectionReason = strawberry.field(description="Why the record does not count as it was written.")


Input = Annotated[CorrectEventInput, strawberry.argument(name="input", description="The correction and its key.")]


@strawberry.type(description="Why a fact cannot be corrected so.", directives=needs(Permission.CORRECT))
class CorrectionProblem:
    """Why a fact cannot be corrected so."""

    what: str = strawberry.field(description="What is wrong, naming the field where it is one.")


@strawberry.type(
    description="Where the correction was recorded, or why it was not.", directives=needs(Permission.CORRECT)
)
class CorrectEventPayload:
    """What came of a correction."""

    event_id: strawberry.ID | None = strawberry.field(description="Id of the correction itself, a fact like any other.")
    position: Position | None = strawberry.field(
        description="Its place; give it as `atLeast` to read what follows from it."
    )
    user_errors: list[CorrectionProblem] = strawberry.field(description="Empty once the correction is recorded.")


@strawberry.type(description="Changes to what was recorded wrongly.")
class CorrectionsMutation:
    """Changes to what was recorded wrongly."""

    @mutation(
        "Say that a recorded fact was wrong. The record keeps both; every read model follows.", Permission.CORRECT
    )
    async def correct_event(self, info: Asked, wrong: Input) -> CorrectEventPayload:
        """Check the correction against the fact, and record it under the idempotency key."""
        try:
            done = await info.context.services.commands.perform(await _command(info, wrong), info.context.claims)
        except (RefusedDecision, InvalidEvent) as refusal:
            return CorrectEventPayload(event_id=None, position=None, user_errors=[CorrectionProblem(what=str(refusal))])
        return CorrectEventPayload(event_id=strawberry.ID(done.event_id), position=done.position, user_errors=[])


async def _command(info: Asked, wrong: CorrectEventInput) -> Command:
    store, claims = store_key(wrong.store), info.context.claims
    if not claims.may_see(store.organisation):
        raise Forbidden(f"the store {wrong.store}")
    if (wrong.right is None) is not wrong.retract:
        raise UnusableArgument("give either `right` or `retract: true`")
    if wrong.right is not None and not isinstance(wrong.right, dict):
        raise UnusableArgument("`right` is an object of fields")
    wanted = decisions.Correction(
        event_id=str(wrong.event_id),
        right=cast("dict[str, Any] | None", wrong.right),
        reason=word(wrong.reason),
        store=store,
    )
    services = info.context.services
    async with services.database.reading(claims) as connection:  # given back before the command takes its own
        _, event = await decisions.correct(connection, services.topic, wanted, decisions.now())
    said = [str(wrong.store), str(wrong.event_id), wrong.right, wrong.retract, word(wrong.reason)]
    return Command(
        key=wrong.idempotency_key,
        store=store,
        input=msgspec.json.encode(said, order="deterministic"),
        event=event,
        actor=f"person/{claims.name}",
    )
