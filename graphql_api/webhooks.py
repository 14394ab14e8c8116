"""Subscriptions whose facts are sent to an address, and what became of each delivery."""

from collections.abc import Collection
from datetime import datetime
from enum import Enum
from typing import Annotated, Self

import msgspec
import strawberry
from sqlalchemy.ext.asyncio import AsyncConnection

from event_store.envelope import Position
from graphql_api.arguments import After, First
from graphql_api.connections import FIRST, Connection, SortKey
from graphql_api.context import Asked
from graphql_api.fields import field
from graphql_api.rules import needs
from graphql_api.snapshots import driver_of
from graphql_api.tokens import Claims, Permission
from projections.webhooks import deliveries, subscriptions

_Sequence = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]

BY_ID: SortKey[tuple[str]] = SortKey("webhooks", tuple[str], "id")
NEWEST_FIRST: SortKey[tuple[int]] = SortKey("webhookDeliveries", tuple[_Sequence], "sequence")


@strawberry.enum(description="How a subscription is.")
class WebhookState(Enum):
    """How a subscription is."""

    UNPROVEN = strawberry.enum_value("unproven", description="Its endpoint has not answered the challenge yet.")
    ACTIVE = strawberry.enum_value("active", description="It is sent what it asked for.")
    DISABLED = strawberry.enum_value("disabled", description="Nothing is sent; what it has not got waits.")


@strawberry.enum(description="How a delivery is.")
class DeliveryState(Enum):
    """How a delivery is."""

    PENDING = strawberry.enum_value("pending", description="Not taken yet.")
    DELIVERED = strawberry.enum_value("delivered", description="The endpoint answered 2xx.")
    FAILED = strawberry.enum_value("failed", description="Every attempt failed.")


@strawberry.type(description="A fact on its way to an endpoint.", directives=needs(Permission.SUBSCRIBE))
class WebhookDelivery:
    """A fact on its way to an endpoint."""

    sequence: int = strawberry.field(description="Its number within the subscription, as in the body.")
    event_id: strawberry.ID = strawberry.field(description="The fact's id.")
    type: str = strawberry.field(description="The fact's type.")
    position: Position = strawberry.field(description="Where the record holds it.")
    state: DeliveryState = strawberry.field(description="How it is.")
    attempts: int = strawberry.field(description="How often it was tried.")
    next_attempt_at: datetime | None = strawberry.field(description="When it is tried again; null once it has ended.")
    resent: bool = strawberry.field(description="Whether somebody asked for it again.")
    last_answer: str | None = strawberry.field(description="The last answer's status, or why there was none.")

    @classmethod
    def of(cls, row: deliveries.Delivery) -> Self:
        """Shape the answer."""
        return cls(
            sequence=row.sequence,
            event_id=strawberry.ID(row.event_id),
            type=row.type,
            position=Position(topic=row.topic, partition=row.partition, offset=row.offset),
            state=DeliveryState(row.state),
            attempts=row.attempts,
            next_attempt_at=row.next_attempt_at if row.state == "pending" else None,
            resent=row.resent,
            last_answer=row.last_answer,
        )


@strawberry.type(description="An address that is told of facts.", directives=needs(Permission.SUBSCRIBE))
class Webhook:
    """An address that is told of facts."""

    key: str = strawberry.field(description="What it is called: `sub_…`.")
    address: str = strawberry.field(description="Where its facts go.")
    stores: list[str] | None = strawberry.field(description="Keys of its stores; null for all of the organisation's.")
    types: list[str] | None = strawberry.field(description="Names of its facts; null for all.")
    state: WebhookState = strawberry.field(description="How it is.")
    trouble: str | None = strawberry.field(description="What is wrong with it; null where nothing is.")
    created_at: datetime = strawberry.field(description="When it was made.")
    last_sequence: int = strawberry.field(description="How many deliveries there are so far.")
    failures: int = strawberry.field(description="How many attempts failed in a row.")
    rests_until: datetime | None = strawberry.field(description="Nothing is sent before; null where it does not rest.")

    @field("Its deliveries, newest first.")
    async def deliveries(self, info: Asked, first: First = FIRST, after: After = None) -> Connection[WebhookDelivery]:
        """Return what became of each delivery."""
        request = NEWEST_FIRST.forwards(first, after)
        before = None if request.key is None else request.key[0]
        rows = await info.context.ask(_deliveries, self.key, request.page.first, before)
        return Connection[WebhookDelivery].of(rows, request, lambda found: [WebhookDelivery.of(each) for each in found])

    @classmethod
    def of(cls, row: subscriptions.Subscription) -> Self:
        """Shape the answer."""
        return cls(
            key=row.id,
            address=row.address,
            stores=None if row.stores is None else list(row.stores),
            types=None if row.types is None else list(row.types),
            state=WebhookState(row.state),
            trouble=row.trouble,
            created_at=row.created_at,
            last_sequence=row.last_sequence,
            failures=row.failures,
            rests_until=row.paused_until if row.failures else None,
        )


OrganisationKey = Annotated[str, strawberry.argument(description="Whose.")]


@strawberry.type(description="Questions about webhooks.")
class WebhooksQuery:
    """Questions about webhooks."""

    @field("An organisation's webhooks that the token may see, by their names.", Permission.SUBSCRIBE)
    async def webhooks(
        self, info: Asked, organisation: OrganisationKey, first: First = FIRST, after: After = None
    ) -> Connection[Webhook]:
        """Return the organisation's subscriptions."""
        request = BY_ID.forwards(first, after)
        behind = None if request.key is None else request.key[0]
        within = _stores_seen(info.context.claims, organisation)
        rows = await info.context.ask(_subscriptions, organisation, within, request.page.first, behind)
        return Connection[Webhook].of(rows, request, lambda found: [Webhook.of(each) for each in found])


def may_manage(claims: Claims, organisation: str, stores: Collection[str] | None) -> bool:
    """Tell whether a token sees all that a subscription is told."""
    if stores is None:
        return claims.may_see(organisation)
    return all(claims.may_see(organisation, each) for each in stores)


def _stores_seen(claims: Claims, organisation: str) -> list[str] | None:
    """Return the stores that a token sees of an organisation, None being all."""
    if claims.may_see(organisation):
        return None
    return [each.partition("/")[2] for each in claims.stores or () if each.startswith(f"{organisation}/")]


async def _subscriptions(
    connection: AsyncConnection, organisation: str, within: list[str] | None, most: int, after: str | None
) -> list[subscriptions.Subscription]:
    return await subscriptions.find_page(driver_of(connection), organisation, within, most, after)


async def _deliveries(
    connection: AsyncConnection, name: str, most: int, before: int | None
) -> list[deliveries.Delivery]:
    return list(await deliveries.find_deliveries(driver_of(connection), name, most, before))
