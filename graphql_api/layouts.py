"""Publishing the layout of a store: the pattern of every change."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Self

import strawberry

from event_store import errors
from event_store.events.layouts import LayoutPublished
from event_store.layout.digest import layout_digest, published
from event_store.layout.model import Layout
from event_store.layout.reading import parse_layout
from graphql_api.commands import Command, Done
from graphql_api.context import Asked
from graphql_api.errors import Forbidden, KeyReused
from graphql_api.fields import mutation
from graphql_api.ids import id_of
from graphql_api.rules import needs
from graphql_api.tokens import Permission
from graphql_api.user_errors import ChangePayload, UserError, UserErrorCode
from projections.scope import StoreKey

FILE = Path("layout.toml")
"""What problems are reported under; the client's own name for the file is not known."""

MOST_PROBLEMS = 100
MOST_BYTES = 65_536
"""Of a layout's text; a record has room for 60,000."""


@strawberry.input(description="A layout to publish.")
class PublishLayoutInput:
    """A layout to publish."""

    idempotency_key: str = strawberry.field(
        description="8 to 128 letters, digits, dots, dashes or underscores, another for each change. Sent again with "
        "the same input it gives the same answer and changes nothing."
    )
    toml: str = strawberry.field(description="The layout file's text.")


Input = Annotated[PublishLayoutInput, strawberry.argument(name="input", description="The layout and its key.")]


@strawberry.type(description="One thing that is wrong with a layout.", directives=needs(Permission.PUBLISH))
class LayoutProblem(UserError):
    """One thing that is wrong with a layout."""

    line: int | None = strawberry.field(description="Line of the text, counted from 1; null where it is none.")
    cure: str = strawberry.field(description="What would be right.")

    @classmethod
    def of(cls, problem: errors.Problem) -> Self:
        """Shape the answer."""
        return cls(
            code=UserErrorCode.INVALID,
            message=problem.what,
            field=["toml"],
            line=problem.line,
            cure=problem.cure,
        )

    @classmethod
    def whole(cls, code: UserErrorCode, message: str, cure: str, field: str = "toml") -> Self:
        """Tell what is wrong with all of it."""
        return cls(code=code, message=message, field=[field], line=None, cure=cure)


@strawberry.type(
    description="The published layout, or all that is wrong with it (at most 100 problems).",
    directives=needs(Permission.PUBLISH),
)
class PublishLayoutPayload(ChangePayload):
    """What came of publishing a layout."""

    layout_digest: str | None = strawberry.field(description="SHA-256 of the published layout.")
    user_errors: list[LayoutProblem] = strawberry.field(description="Empty once the layout is published.")

    @classmethod
    def refused(cls, *problems: LayoutProblem) -> Self:
        """Tell what is wrong."""
        shown = list(problems[:MOST_PROBLEMS])
        return cls(changed=None, layout_digest=None, event_id=None, position=None, user_errors=shown)

    @classmethod
    def accepted(cls, store: StoreKey, digest: str, done: Done) -> Self:
        """Tell where the fact went."""
        return cls(
            changed=store,
            layout_digest=digest,
            event_id=id_of(store, "event", done.event_id),
            position=done.position,
            user_errors=[],
        )


@strawberry.type(description="Changes to what a store is.")
class LayoutsMutation:
    """Changes to what a store is."""

    @mutation("Put a store's layout in force: now, or from its valid_from.", Permission.PUBLISH)
    async def publish_layout(self, info: Asked, layout: Input) -> PublishLayoutPayload:
        """Read the layout, and record it under the idempotency key."""
        document = layout.toml.encode()
        if len(document) > MOST_BYTES:
            why = f"the layout has {len(document)} bytes"
            cure = f"make it smaller than {MOST_BYTES}"
            return PublishLayoutPayload.refused(LayoutProblem.whole(UserErrorCode.TOO_LARGE, f"{why}; {cure}", cure))
        try:
            parsed = await asyncio.to_thread(parse_layout, document, FILE)
            command = _command(layout, parsed)
            if not info.context.claims.may_see(command.store.organisation, command.store.store):
                raise Forbidden(f"the organisation {command.store.organisation}")
            done = await info.context.services.commands.perform(command, info.context.claims)
        except errors.InvalidLayout as refusal:
            return PublishLayoutPayload.refused(*map(LayoutProblem.of, refusal.problems))
        except (errors.OversizedRecord, errors.InvalidEvent, KeyReused) as refusal:
            return PublishLayoutPayload.refused(_problem(refusal))
        return PublishLayoutPayload.accepted(command.store, layout_digest(parsed), done)


def _problem(refusal: Exception) -> LayoutProblem:
    match refusal:
        case errors.OversizedRecord():
            return LayoutProblem.whole(UserErrorCode.TOO_LARGE, str(refusal), "make the layout smaller")
        case KeyReused():
            code, cure = UserErrorCode.IDEMPOTENCY_KEY_REUSED, "make a new key for each change"
            return LayoutProblem.whole(code, str(refusal), cure, "idempotencyKey")
    return LayoutProblem.whole(UserErrorCode.INVALID, str(refusal), "see docs/layout.md")


def _command(wanted: PublishLayoutInput, layout: Layout) -> Command:
    now = datetime.now(UTC)
    now = now.replace(microsecond=now.microsecond // 1000 * 1000)
    event = LayoutPublished(
        time=now,
        layout=published(layout),
        layout_digest=layout_digest(layout),
        valid_from=layout.store.valid_from or now,
    )
    store = StoreKey(layout.store.organisation, layout.store.id)
    return Command(key=wanted.idempotency_key, store=store, input=wanted.toml.encode(), event=event)
