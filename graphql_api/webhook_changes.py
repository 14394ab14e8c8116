"""Making subscriptions, ending them, and asking for a delivery again."""

from typing import Annotated, Self

import strawberry

from event_store.errors import ShopfloorError
from event_store.webhooks.errors import WebhookError
from graphql_api.context import Asked
from graphql_api.errors import Forbidden, Unavailable
from graphql_api.fields import mutation
from graphql_api.rules import needs
from graphql_api.snapshots import driver_of
from graphql_api.tokens import Permission
from graphql_api.user_errors import UserError, UserErrorCode
from graphql_api.webhooks import Webhook, may_manage
from projections.webhooks import deliveries, subscriptions
from projections.webhooks.errors import (
    NoSuchDelivery,
    NoSuchSubscription,
    SubscriptionError,
    TooManyStores,
    UnknownType,
    UnusablePlace,
)


@strawberry.input(description="Who is to be told of what.")
class CreateWebhookInput:
    """A new subscription."""

    organisation: str = strawberry.field(description="Whose facts.")
    address: str = strawberry.field(description="`https://` address of the receiver, which must answer a challenge.")
    stores: list[str] | None = strawberry.field(
        default=None, description="Keys of stores, at most 1,000; all of the organisation's if absent."
    )
    types: list[str] | None = strawberry.field(
        default=None, description="Names of facts, such as ShopperEntered; all if absent."
    )


@strawberry.type(description="Why a webhook cannot be changed so.", directives=needs(Permission.SUBSCRIBE))
class WebhookProblem(UserError):
    """Why a webhook cannot be changed so."""

    @classmethod
    def of(cls, refusal: ShopfloorError) -> Self:
        """Shape the answer."""
        match refusal:
            case NoSuchSubscription():
                code, where = UserErrorCode.NOT_FOUND, "key"
            case NoSuchDelivery():
                code, where = UserErrorCode.NOT_FOUND, "sequence"
            case UnknownType():
                code, where = UserErrorCode.INVALID, "types"
            case UnusablePlace() | TooManyStores():
                code, where = UserErrorCode.INVALID, "stores"
            case _:
                code, where = UserErrorCode.INVALID, "address"
        return cls(code=code, message=str(refusal), field=[where])


@strawberry.type(description="What came of a change to a webhook.", directives=needs(Permission.SUBSCRIBE))
class WebhookPayload:
    """What came of a change to a webhook."""

    webhook: Webhook | None = strawberry.field(description="How it is now; null where it cannot be done.")
    secret: str | None = strawberry.field(
        default=None, description="What its messages are signed with. It is shown once, when the webhook is made."
    )
    user_errors: list[WebhookProblem] = strawberry.field(
        default_factory=list, description="Empty once the change is made."
    )


@strawberry.type(description="How many deliveries are made again.", directives=needs(Permission.SUBSCRIBE))
class ReplayPayload:
    """How many deliveries are made again."""

    deliveries: int | None = strawberry.field(
        default=None, description="How many they are, or would be with `preview`; null where it cannot be done."
    )
    user_errors: list[WebhookProblem] = strawberry.field(
        default_factory=list, description="Empty where the webhook is there."
    )


Wanted = Annotated[CreateWebhookInput, strawberry.argument(name="input", description="Who is told of what.")]
Key = Annotated[str, strawberry.argument(description="The webhook: `sub_…`.")]
Enabled = Annotated[bool, strawberry.argument(description="Whether facts are sent.")]
FirstNumber = Annotated[int, strawberry.argument(description="The first delivery's number.")]
LastNumber = Annotated[int, strawberry.argument(description="The last delivery's number, which is in the range.")]
Preview = Annotated[bool, strawberry.argument(description="Only count.")]
Sequence = Annotated[int, strawberry.argument(description="The delivery's number.")]


@strawberry.type(description="Changes to who is told what happens.")
class WebhooksMutation:
    """Changes to who is told what happens."""

    @mutation(
        "Tell an address of facts from now on, each signed with a secret that is shown once.", Permission.SUBSCRIBE
    )
    async def create_webhook(self, info: Asked, wanted: Wanted) -> WebhookPayload:
        """Make a subscription; raises `Unavailable` where the server has no keys."""
        services, claims = info.context.services, info.context.claims
        if not may_manage(claims, wanted.organisation, wanted.stores):
            raise Forbidden(f"all of the stores of {wanted.organisation} that it names")
        if services.webhooks is None:
            raise Unavailable("the folder of keys")
        asked = subscriptions.Wanted(
            organisation=wanted.organisation, stores=wanted.stores, types=wanted.types, address=wanted.address
        )
        masters, reach = services.webhooks.masters, services.webhooks.reach
        try:
            await subscriptions.demand_usable(asked, reach)
            async with services.database.writing(claims) as connection:
                driver = driver_of(connection)
                name, secret = await subscriptions.keep(driver, masters, services.topic, asked)
                made = await subscriptions.find_subscription(driver, name)
        except (WebhookError, SubscriptionError) as refusal:
            return _refused(refusal)
        return WebhookPayload(webhook=Webhook.of(made), secret=secret)

    @mutation("Send a webhook nothing more, or go on where it stopped.", Permission.SUBSCRIBE)
    async def set_webhook_enabled(self, info: Asked, key: Key, enabled: Enabled) -> WebhookPayload:
        """Enable or disable a subscription."""
        async with info.context.services.database.writing(info.context.claims) as connection:
            driver = driver_of(connection)
            try:
                await _own(info, await subscriptions.find_subscription(driver, key))
                if enabled:
                    await subscriptions.enable(driver, key)
                else:
                    await subscriptions.disable(driver, key, f"disabled by {info.context.claims.name}")
                return WebhookPayload(webhook=Webhook.of(await subscriptions.find_subscription(driver, key)))
            except SubscriptionError as refusal:
                return _refused(refusal)

    @mutation(
        "Send a delivery that has ended once more, under the same id and marked in its body.", Permission.SUBSCRIBE
    )
    async def resend_delivery(self, info: Asked, key: Key, sequence: Sequence) -> WebhookPayload:
        """Have a delivery made again."""
        async with info.context.services.database.writing(info.context.claims) as connection:
            driver = driver_of(connection)
            try:
                found = await subscriptions.find_subscription(driver, key)
                await _own(info, found)
                await deliveries.resend(driver, key, sequence)
            except SubscriptionError as refusal:
                return _refused(refusal)
            return WebhookPayload(webhook=Webhook.of(found))

    @mutation(
        "Send the deliveries of a range of numbers that have ended once more, in order, each under its id and marked; "
        "or only count them.",
        Permission.SUBSCRIBE,
    )
    async def replay_deliveries(
        self, info: Asked, key: Key, first: FirstNumber, last: LastNumber, *, preview: Preview = False
    ) -> ReplayPayload:
        """Have a range of deliveries made again."""
        async with info.context.services.database.writing(info.context.claims) as connection:
            driver = driver_of(connection)
            try:
                await _own(info, await subscriptions.find_subscription(driver, key))
            except SubscriptionError as refusal:
                return ReplayPayload(user_errors=[WebhookProblem.of(refusal)])
            ask = deliveries.count_ended if preview else deliveries.replay
            return ReplayPayload(deliveries=await ask(driver, key, first, last))


async def _own(info: Asked, found: subscriptions.Subscription) -> None:
    """Raise the same as for one that is not there, so that nobody learns what others have."""
    if not may_manage(info.context.claims, found.organisation, found.stores):
        raise NoSuchSubscription(found.id)


def _refused(refusal: ShopfloorError) -> WebhookPayload:
    return WebhookPayload(webhook=None, user_errors=[WebhookProblem.of(refusal)])
