"""Correcting a fact that was recorded wrongly."""

from typing import Annotated, Any, Self, cast

import msgspec
import strawberry

from event_store.errors import InvalidEvent
from graphql_api.commands import Command
from graphql_api.context import Asked
from graphql_api.errors import Forbidden, KeyReused, UnusableArgument
from graphql_api.fields import mutation
from graphql_api.ids import id_of, read_id
from graphql_api.rules import needs
from graphql_api.scalars import Json
from graphql_api.tokens import Permission
from graphql_api.user_errors import ChangePayload, UserError, UserErrorCode
from graphql_api.words import CorrectionReason, word
from projections.deciding import decisions
from projections.deciding.decision_errors import (
    AmbiguousFact,
    ArchivedFact,
    RefusedDecision,
    UncorrectableFact,
    UnknownFact,
)


@strawberry.input(description="What is wrong with a fact, and what would be right.")
class CorrectEventInput:
    """A correction."""

    idempotency_key: str = strawberry.field(
        description="8 to 128 letters, digits, dots, dashes or underscores, another for each change. Sent again with "
        "the same input it gives the same answer and changes nothing."
    )
    event: strawberry.ID = strawberry.field(description="The wrong fact's id, as answers give it.")
    right: Json | None = strawberry.field(
        default=None,
        description="Fields of the fact's data that were wrong, as they are right, `time` among them where that was "
        "wrong; fields that are left out stay. Absent together with `retract`.",
    )
    retract: bool = strawberry.field(default=False, description="Nothing of the kind happened: the fact counts not.")
    reason: CorrectionReason = strawberry.field(description="Why the record does not count as it was written.")


Input = Annotated[CorrectEventInput, strawberry.argument(name="input", description="The correction and its key.")]


@strawberry.type(description="Why a fact cannot be corrected so.", directives=needs(Permission.CORRECT))
class CorrectionProblem(UserError):
    """Why a fact cannot be corrected so."""

    @classmethod
    def of(cls, refusal: Exception) -> Self:
        """Shape the answer."""
        match refusal:
            case UnknownFact() | AmbiguousFact():
                code, where = UserErrorCode.NOT_FOUND, "event"
            case UncorrectableFact() | ArchivedFact():
                code, where = UserErrorCode.NOT_CHANGEABLE, "event"
            case KeyReused():
                code, where = UserErrorCode.IDEMPOTENCY_KEY_REUSED, "idempotencyKey"
            case _:
                code, where = UserErrorCode.INVALID, "right"
        return cls(code=code, message=str(refusal), field=[where])


@strawberry.type(
    description="Where the correction was recorded, or why it was not.", directives=needs(Permission.CORRECT)
)
class CorrectEventPayload(ChangePayload):
    """What came of a correction."""

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
            command = await _command(info, wrong)
            done = await info.context.services.commands.perform(command, info.context.claims)
        except (RefusedDecision, InvalidEvent, KeyReused) as refusal:
            problem = CorrectionProblem.of(refusal)
            return CorrectEventPayload(changed=None, event_id=None, position=None, user_errors=[problem])
        return CorrectEventPayload(
            changed=command.store,
            event_id=id_of(command.store, "event", done.event_id),
            position=done.position,
            user_errors=[],
        )


async def _command(info: Asked, wrong: CorrectEventInput) -> Command:
    event_id, claims = read_id(wrong.event), info.context.claims
    store = event_id.store_key
    if event_id.kind != "event":
        raise UnusableArgument(f"{wrong.event!r} is no id of a fact; give one back as an answer gave it")
    if not claims.may_see(store.organisation, store.store):
        raise Forbidden(f"the store {store.organisation}/{store.store}")
    if (wrong.right is None) is not wrong.retract:
        raise UnusableArgument("give either `right` or `retract: true`")
    if wrong.right is not None and not isinstance(wrong.right, dict):
        raise UnusableArgument("`right` is an object of fields")
    wanted = decisions.Correction(
        event_id="/".join(event_id.key),
        right=cast("dict[str, Any] | None", wrong.right),
        reason=word(wrong.reason),
        store=store,
    )
    services = info.context.services
    async with services.database.reading(claims) as connection:  # given back before the command takes its own
        _, event = await decisions.correct(connection, services.topic, wanted, decisions.now())
    said = [str(wrong.event), wrong.right, wrong.retract, word(wrong.reason)]
    return Command(
        key=wrong.idempotency_key,
        store=store,
        input=msgspec.json.encode(said, order="deterministic"),
        event=event,
        actor=f"person/{claims.name}",
    )
